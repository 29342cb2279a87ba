"""Deciding about the bank account of a payer: changed through us, or moved by its bank."""

from ledger import mandate_commands as mc
from ledger import mandate_events as m
from ledger.account_state import Dated
from ledger.core_reference import partial_match
from ledger.decision import Context, Decision, text
from ledger.former import named
from ledger.leaving import Said, former_ended
from ledger.mandate import MandateState
from ledger.mandates import found
from ledger.payer_references import PayerReferencesState
from ledger.rejections import Code, refuse


def amend_mandate(
    state: MandateState | None,
    references: PayerReferencesState | None,
    command: mc.AmendMandate,
    context: Context,
) -> tuple[Decision, Decision]:
    """Take another bank account; one that its bank has moved needs no new instruction.

    The same account again is another name of it: its bank need not be told.
    """
    context.authorise(command.action)
    one = found(state, command.mandate)
    if one.is_ended and command.advice is None:
        raise refuse(Code.MANDATE_ENDED, f"mandate {command.mandate} is {one.status}")
    text(command.sealed, "the sealed bank details")
    text(command.reason, "the reason")
    same = command.payer_account_digest == one.payer_account_digest
    former = named(one, command.of_account) if command.advice is not None else None
    if former is not None:
        said = Said(command.code or "", command.reason, context.today, command.advice or "")
        return former_ended(one, former, said, context, is_moved=same), ()
    _can_be_taken(one, references, command, same=same)
    # From here it must succeed.
    relodge = command.advice is None and one.is_held and not same
    new = command.model_dump(exclude={"of_account", "details"})
    fact = m.MandateAmended(details=one.details + 1, relodge=relodge, **new)
    taken = m.PayerReferenceTaken(
        sun=command.sun,
        payer_account_digest=command.payer_account_digest,
        mandate=command.mandate,
    )
    is_new = references is None or command.mandate not in references.mandates
    return (
        (Dated(fact, context.today),),
        (Dated(taken, context.today),) if is_new else (),
    )


def _can_be_taken(
    one: MandateState,
    references: PayerReferencesState | None,
    command: mc.AmendMandate,
    *,
    same: bool,
) -> None:
    """Not the account that a bank has moved it to already, nor one with a mandate like this."""
    if same and command.advice is not None:
        raise refuse(Code.NOTHING_TO_CHANGE, f"mandate {command.mandate} has this account already")
    others = [other for other in references.mandates if other != one.mandate] if references else []
    if any(partial_match(other, one.mandate) for other in others) and command.advice is None:
        raise refuse(
            Code.MANDATE_REFERENCE_LIKE_ANOTHER,
            f"the new account has a mandate like {one.mandate} already: set up a new one",
        )
    if command.details not in (None, one.details + 1):
        raise refuse(
            Code.MANDATE_CHANGED, f"the bank details of mandate {command.mandate} changed meanwhile"
        )
