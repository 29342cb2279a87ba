"""Deciding whether an unpaid collection is presented once more."""

from ledger import mandate_commands as mc
from ledger.account_state import AccountState, Dated
from ledger.collecting import existing, instructed, same_account
from ledger.collection import Collection
from ledger.collection_plan import Due, against_account, can_collect, due_lines
from ledger.decision import Context, Decision, opened
from ledger.mandate import MandateState
from ledger.mandates import living
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.represent_rule import represent_until


def represent_collection(
    state: MandateState | None,
    account: AccountState | None,
    command: mc.RepresentCollection,
    context: Context,
) -> Decision:
    """Present an unpaid collection once more: refer to payer, same amount, within the month."""
    context.authorise(command.action)
    mandate = living(state, command.mandate)
    owner = opened(account, command.unit, command.account)
    same_account(mandate, owner)
    unpaid = existing(mandate, command.collection)
    _may_be_represented(mandate, unpaid, command, context)
    _owed_still(mandate, owner, command, context)
    # From here it must succeed.
    due = Due(unpaid.amount_minor, unpaid.invoices, command.collection, context.today)
    fact = instructed(mandate, owner, command, due, "18", command.collection)
    return (Dated(fact, context.today),)


def _may_be_represented(
    mandate: MandateState, unpaid: Collection, command: mc.RepresentCollection, context: Context
) -> None:
    last = represent_until(mandate, unpaid, context.today, context.direct_debit)
    if isinstance(last, str):
        raise _not_again(command, last)
    if not can_collect(mandate, command.entry_on, context.direct_debit):
        raise _not_again(command, f"the mandate is {mandate.status}")
    if command.processing_on > last:
        raise _not_again(command, f"it could be processed again until {last.isoformat()}")


def _owed_still(
    mandate: MandateState,
    owner: AccountState,
    command: mc.RepresentCollection,
    context: Context,
) -> None:
    """Nothing may stand against the account, and its bills must be unpaid as they were."""
    against = against_account(owner, command.entry_on)
    if against is not None:
        raise refuse(Code.COLLECTION_HELD_BACK, f"{against[0].replace('_', ' ')}: {against[1]}")
    others = {name: one for name, one in mandate.collections.items() if name != command.collection}
    alone = mandate.model_copy(update={"collections": others})
    lines = due_lines(alone, owner, command.entry_on, context.today, context.direct_debit)
    unpaid = mandate.collections[command.collection]
    owed = sum(line.amount_minor for line in lines if line.invoice in unpaid.invoices)
    if owed < unpaid.amount_minor:
        why = f"of {format_minor(unpaid.amount_minor)} only {format_minor(owed)} is owed still"
        raise _not_again(command, why)


def _not_again(command: mc.RepresentCollection, why: str) -> Exception:
    return refuse(Code.NOT_TO_BE_REPRESENTED, f"collection {command.collection}: {why}")
