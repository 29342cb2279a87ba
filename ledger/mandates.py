"""Deciding about a Direct Debit mandate: set up, lodged, refused, suspended, changed, ended.

What a bank tells is never refused because it comes late, twice or out of order: what it says of a
mandate that has gone on already is a repeat (`NOTHING_TO_CHANGE`) or is recorded.
"""

from datetime import date

from ledger import mandate_commands as mc
from ledger import mandate_events as m
from ledger.account_state import AccountState, Dated
from ledger.bacs_days import is_dormant
from ledger.core_reference import SENTENCES, fault, partial_match
from ledger.decision import Context, Decision, in_range, opened, text
from ledger.direct_debit_policy import DirectDebitPolicy
from ledger.former import named
from ledger.leaving import Said, former_ended
from ledger.mandate import MandateState
from ledger.payer_references import PayerReferencesState
from ledger.rejections import Code, refuse


def draft_mandate(
    state: MandateState | None,
    references: PayerReferencesState | None,
    account: AccountState | None,
    command: mc.DraftMandate,
    context: Context,
) -> tuple[Decision, Decision]:
    """The facts of the mandate and of its payer's references, for one append."""
    context.authorise(command.action)
    owner = opened(account, command.unit, command.account)
    if state is not None:
        raise refuse(
            Code.MANDATE_EXISTS, f"there is a mandate {command.mandate} already: none is used again"
        )
    _sound(owner, command, context)
    for other in references.mandates if references else ():
        if partial_match(other, command.mandate):
            raise refuse(
                Code.MANDATE_REFERENCE_LIKE_ANOTHER,
                f"reference {command.mandate} is a part of {other}, or the other way round: both"
                " would stand for the same payer's account",
            )
    # From here it must succeed.
    drafted = m.MandateDrafted(**dict(command))
    taken = m.PayerReferenceTaken(
        sun=command.sun,
        payer_account_digest=command.payer_account_digest,
        mandate=command.mandate,
    )
    return (Dated(drafted, command.agreed_on),), (Dated(taken, command.agreed_on),)


def _sound(owner: AccountState, command: mc.DraftMandate, context: Context) -> None:
    originator = context.direct_debit.originator(command.unit)
    if originator is None or originator.sun != command.sun:
        raise refuse(
            Code.NOT_AN_ORIGINATOR,
            f"unit {command.unit} does not collect with service user number {command.sun}:"
            " direct-debit.toml says who collects",
        )
    wrong = fault(command.mandate)
    if wrong is not None:
        why = SENTENCES[wrong]
        raise refuse(Code.FIELD_INVALID, f"the reference {command.mandate!r}: {why}")
    if owner.party is not None and owner.party != command.party:
        raise refuse(Code.FIELD_INVALID, f"the payer {command.party} is not the account's party")
    text(command.sealed, "the sealed bank details")
    in_range(command.agreed_on, context.today, "day of agreement")
    in_range(command.collect_from, context.today, "first day to collect from")
    if command.agreed_on > context.today:
        raise refuse(
            Code.EFFECTIVE_DATE_OUT_OF_RANGE,
            f"the day of agreement {command.agreed_on.isoformat()} is in the future",
        )


def found(state: MandateState | None, mandate: str) -> MandateState:
    """The state of a mandate that must be there."""
    if state is None:
        raise refuse(Code.MANDATE_NOT_FOUND, f"there is no mandate {mandate}")
    return state


def living(state: MandateState | None, mandate: str) -> MandateState:
    """The state of a mandate that has not ended."""
    one = found(state, mandate)
    if one.is_ended:
        raise refuse(Code.MANDATE_ENDED, f"mandate {mandate} is {one.status}")
    return one


def notify_mandate(
    state: MandateState | None, command: mc.NotifyMandate, context: Context
) -> Decision:
    """Record the confirmation of the set-up."""
    context.authorise(command.action)
    living(state, command.mandate)
    text(command.notice, "the notice")
    in_range(command.given_on, context.today, "day of the notice")
    return (Dated(m.MandateNotified(**dict(command)), command.given_on),)


def reject_mandate(
    state: MandateState | None, command: mc.RejectMandate, context: Context
) -> Decision:
    """The payer's bank returned the instruction."""
    context.authorise(command.action)
    one = found(state, command.mandate)
    text(command.advice, "the advice")
    former = named(one, command.of_account)
    if former is not None:
        said = Said(command.code, command.reason, command.reported_on, command.advice)
        return former_ended(one, former, said, context)
    if one.status == "rejected":
        raise refuse(Code.NOTHING_TO_CHANGE, f"mandate {command.mandate} is rejected already")
    fact = m.MandateRejected(**command.model_dump(exclude={"of_account"}))
    return (Dated(fact, command.reported_on),)


def suspend_mandate(
    state: MandateState | None, command: mc.SuspendMandate, context: Context
) -> Decision:
    """Collect nothing until it is resumed."""
    context.authorise(command.action)
    one = living(state, command.mandate)
    text(command.reason, "the reason")
    if one.status == "suspended":
        raise refuse(Code.NOTHING_TO_CHANGE, f"mandate {command.mandate} is suspended already")
    return (Dated(m.MandateSuspended(**dict(command)), context.today),)


def resume_mandate(
    state: MandateState | None, command: mc.ResumeMandate, context: Context
) -> Decision:
    """Collect again: after a suspension, or because its bank has reinstated what it cancelled."""
    context.authorise(command.action)
    one = found(state, command.mandate)
    text(command.reason, "the reason")
    reinstated = command.advice is not None and one.status == "cancelled" and one.by_bank
    if one.status != "suspended" and not reinstated:
        raise refuse(
            Code.NOTHING_TO_CHANGE, f"mandate {command.mandate} is {one.status}, not suspended"
        )
    return (Dated(m.MandateResumed(**dict(command)), context.today),)


def cancel_mandate(
    state: MandateState | None, command: mc.CancelMandate, context: Context
) -> Decision:
    """Collect nothing any more; a bank that still holds the instruction is told by a 0C.

    The advice of a bank that comes before our 0C has gone takes the 0C back.
    """
    context.authorise(command.action)
    one = found(state, command.mandate)
    former = named(one, command.of_account) if command.advice is not None else None
    if former is not None and command.by != "deceased":  # who has died has no account left
        said = Said(command.code or "", command.reason, command.reported_on, command.advice or "")
        return former_ended(one, former, said, context)
    if one.to_lodge != "0C" or command.advice is None:
        living(one, command.mandate)
    text(command.reason, "the reason")
    # From here it must succeed.
    tell = one.is_held and command.advice is None
    fact = m.MandateCancelled(tell_bank=tell, **command.model_dump(exclude={"of_account"}))
    return (Dated(fact, min(command.reported_on, context.today)),)


def order_final_collection(
    state: MandateState | None, command: mc.OrderFinalCollection, context: Context
) -> Decision:
    """Send the next collection as the last one, or after all not."""
    context.authorise(command.action)
    one = living(state, command.mandate)
    text(command.reason, "the reason")
    if one.is_final == command.is_final:
        said = "is" if one.is_final else "is not"
        raise refuse(
            Code.NOTHING_TO_CHANGE,
            f"the next collection of mandate {command.mandate} {said} the last one already",
        )
    return (Dated(m.FinalCollectionOrdered(**dict(command)), context.today),)


def end_mandate(state: MandateState | None, command: mc.EndMandate, context: Context) -> Decision:
    """Record that the mandate is dormant, or that its payer was erased: nothing is collected.

    Of an erased payer not even the cancellation that a bank waits for can be sent.
    """
    context.authorise(command.action)
    erased = command.end == "erased"
    one = found(state, command.mandate) if erased else living(state, command.mandate)
    if erased and one.is_ended and not one.waits_for_bank:
        raise refuse(Code.NOTHING_TO_CHANGE, f"mandate {command.mandate} is {one.status} already")
    if command.end == "dormant" and not dormant(one, context.today, context.direct_debit):
        raise refuse(
            Code.NOTHING_TO_CHANGE,
            f"mandate {command.mandate} was last used on {one.last_used_on.isoformat()}:"
            " it is not dormant",
        )
    fact = m.MandateEnded(
        sun=one.sun, mandate=one.mandate, end=command.end, last_used_on=one.last_used_on
    )
    return (Dated(fact, context.today),)


def dormant(state: MandateState, on: date, policy: DirectDebitPolicy) -> bool:
    """Whether nothing was sent on a mandate for so long that its bank may have deleted it."""
    months = policy.table_on(on).dormant_after_months
    return is_dormant(state.last_used_on, on, months)
