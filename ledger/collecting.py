"""Deciding about collections: announced, withheld, amended, instructed, stopped, returned."""

from datetime import date

from ledger import mandate_commands as mc
from ledger import mandate_events as m
from ledger.account_state import AccountState, Dated
from ledger.bacs_days import BacsDays
from ledger.collection import Announced, Collection
from ledger.collection_plan import Due, Held, plan
from ledger.decision import Context, Decision, in_range, opened, positive, text
from ledger.mandate import MandateState
from ledger.mandates import found, living
from ledger.money import format_minor
from ledger.rejections import Code, refuse
from ledger.values import CollectionCode


def announce_collections(
    state: MandateState | None, command: mc.AnnounceCollections, context: Context
) -> Decision:
    """Record the advance notice, given early enough for every day that it names."""
    context.authorise(command.action)
    living(state, command.mandate)
    text(command.notice, "the notice")
    in_range(command.given_on, context.today, "day of the notice")
    if not command.collections:
        raise refuse(Code.FIELD_INVALID, "a notice names at least one collection")
    if len({one.entry_on for one in command.collections}) < len(command.collections):
        raise refuse(Code.FIELD_INVALID, "a notice names each day once")
    days = BacsDays(context.direct_debit.extra_holidays)
    notice = context.direct_debit.table_on(command.given_on).notice_working_days
    first = days.entry_if_noticed(command.given_on, notice)
    for one in command.collections:
        positive(one.amount_minor, f"the collection of {one.entry_on.isoformat()}")
        if not days.is_processing_day(one.entry_on):
            raise refuse(
                Code.NOT_A_PROCESSING_DAY,
                f"{one.entry_on.isoformat()} is no day on which Bacs works",
            )
        if one.entry_on < first:
            raise refuse(
                Code.NOTICE_TOO_SHORT,
                f"a notice of {command.given_on.isoformat()} is good from {first.isoformat()}"
                f" ({notice} working days), not for {one.entry_on.isoformat()}",
            )
    fact = m.CollectionsAnnounced(**dict(command))
    return (Dated(fact, command.given_on),)


def _announced(state: MandateState | None, mandate: str, entry_on: date) -> Announced:
    one = living(state, mandate).announced.get(entry_on)
    if one is None:
        raise refuse(
            Code.NOT_ANNOUNCED,
            f"nothing is announced on mandate {mandate} for {entry_on.isoformat()}",
        )
    return one


def withhold_collection(
    state: MandateState | None, command: mc.WithholdCollection, context: Context
) -> Decision:
    """Keep what was announced for a day out of the run."""
    context.authorise(command.action)
    told = _announced(state, command.mandate, command.entry_on)
    text(command.reason, "the reason")
    if told.withheld is not None:
        raise refuse(Code.NOTHING_TO_CHANGE, f"it is withheld already: {told.withheld}")
    fact = m.CollectionWithheld(amount_minor=told.take_minor, **dict(command))
    return (Dated(fact, context.today),)


def amend_collection(
    state: MandateState | None, command: mc.AmendCollection, context: Context
) -> Decision:
    """Take another amount than was announced: less, or what the payer agreed to."""
    context.authorise(command.action)
    told = _announced(state, command.mandate, command.entry_on)
    text(command.reason, "the reason")
    positive(command.amount_minor, "the collection")
    if command.amount_minor == told.take_minor and told.withheld is None:
        raise refuse(Code.NOTHING_TO_CHANGE, f"{format_minor(told.take_minor)} is taken already")
    if command.amount_minor > told.amount_minor and command.agreed_on is None:
        raise refuse(
            Code.NOTICE_TOO_SHORT,
            f"{format_minor(command.amount_minor)} is more than the"
            f" {format_minor(told.amount_minor)} that was announced: give notice again, or say on"
            " which day the payer agreed",
        )
    if command.agreed_on is not None:
        in_range(command.agreed_on, context.today, "day of agreement")
    fact = m.CollectionAmended(was_minor=told.take_minor, **dict(command))
    return (Dated(fact, context.today),)


def instruct_collection(
    state: MandateState | None,
    account: AccountState | None,
    command: mc.InstructCollection,
    context: Context,
) -> Decision:
    """Put what is due and was announced into a run; the plan's rules are looked at again."""
    context.authorise(command.action)
    mandate = found(state, command.mandate)
    owner = opened(account, command.unit, command.account)
    same_account(mandate, owner)
    due = plan(mandate, owner, command.entry_on, context.today, context.direct_debit)
    if isinstance(due, Held):
        raise refuse(Code.COLLECTION_HELD_BACK, f"{due.code.replace('_', ' ')}: {due.sentence}")
    _within(due.amount_minor)
    # From here it must succeed.
    code: CollectionCode = "17" if mandate.has_collected else "01"
    is_final = command.is_final or mandate.is_final
    fact = instructed(mandate, owner, command, due, "19" if is_final else code)
    ended = m.MandateEnded(
        sun=mandate.sun,
        mandate=mandate.mandate,
        end="expired",
        last_used_on=command.processing_on,
    )
    return (
        *_activated(mandate, context),
        Dated(fact, context.today),
        *((Dated(ended, context.today),) if is_final else ()),
    )


def same_account(mandate: MandateState, owner: AccountState) -> None:
    """Refuse another account than the one that the mandate pays."""
    if (mandate.unit, mandate.account) != (owner.unit, owner.account):
        raise refuse(
            Code.FIELD_INVALID,
            f"mandate {mandate.mandate} pays account {mandate.account}, not {owner.account}",
        )


def _within(amount_minor: int) -> None:
    if amount_minor > ITEM_MINOR_MAX:
        raise refuse(
            Code.AMOUNT_TOO_LARGE,
            f"{format_minor(amount_minor)} is more than Bacs carries in one item"
            f" ({format_minor(ITEM_MINOR_MAX)})",
        )


ITEM_MINOR_MAX = 2_000_000_000  # 20,000,000.00: the limit of Bacs for one item


def _activated(mandate: MandateState, context: Context) -> Decision:
    if mandate.status != "lodged" or mandate.lodged_on is None:
        return ()
    fact = m.MandateActivated(sun=mandate.sun, mandate=mandate.mandate, lodged_on=mandate.lodged_on)
    return (Dated(fact, context.today),)


def instructed(
    mandate: MandateState,
    owner: AccountState,
    command: mc.InstructCollection | mc.RepresentCollection,
    due: Due,
    code: CollectionCode,
    represents: str | None = None,
) -> m.CollectionInstructed:
    """The fact of a collection that goes into a run."""
    return m.CollectionInstructed(
        sun=mandate.sun,
        mandate=mandate.mandate,
        run=command.run,
        item=command.item,
        unit=owner.unit,
        account=owner.account,
        code=code,
        details=mandate.details,
        amount_minor=due.amount_minor,
        currency=owner.currency,
        input_on=command.input_on,
        processing_on=command.processing_on,
        entry_on=command.entry_on,
        notice=due.notice,
        announced_on=due.announced_on,
        invoices=due.invoices,
        represents=represents,
    )


def existing(mandate: MandateState, name: str) -> Collection:
    """A collection that the mandate must have."""
    one = mandate.collections.get(name)
    if one is None:
        raise refuse(
            Code.COLLECTION_NOT_FOUND, f"mandate {mandate.mandate} has no collection {name}"
        )
    return one


def stop_collection(
    state: MandateState | None, command: mc.StopCollection, context: Context
) -> Decision:
    """Record that a collection never reached the payer's bank; a final one ends nothing then."""
    context.authorise(command.action)
    mandate = found(state, command.mandate)
    one = existing(mandate, command.collection)
    text(command.reason, "the reason")
    if one.status != "instructed":
        raise refuse(Code.NOTHING_TO_CHANGE, f"collection {command.collection} is {one.status}")
    fact = m.CollectionStopped(amount_minor=one.amount_minor, **dict(command))
    resumed = m.MandateResumed(
        sun=mandate.sun, mandate=mandate.mandate, reason="its last collection did not go"
    )
    goes_on = one.code == "19" and mandate.status == "expired" and command.how != "mandate_rejected"
    return (*((Dated(resumed, context.today),) if goes_on else ()), Dated(fact, context.today))


def return_collection(
    state: MandateState | None, command: mc.ReturnCollection, context: Context
) -> Decision:
    """Record that the payer's bank did not pay the collection; all of it came back."""
    context.authorise(command.action)
    one = existing(found(state, command.mandate), command.collection)
    text(command.advice, "the advice")
    if one.status != "instructed":
        raise refuse(Code.NOTHING_TO_CHANGE, f"collection {command.collection} is {one.status}")
    if one.amount_minor != command.amount_minor:
        raise refuse(
            Code.AMOUNT_DIFFERS,
            f"collection {command.collection} is of {format_minor(one.amount_minor)},"
            f" {format_minor(command.amount_minor)} came back",
        )
    return (Dated(m.CollectionReturned(**dict(command)), command.reported_on),)
