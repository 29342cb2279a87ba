"""What happened to a mandate, as an officer says it."""

from ledger import mandate_events as m
from ledger.money import format_minor
from ledger.values import DetailsCheck
from service.desk_account_words import titled

_SCHEMES = {"paper": "on paper", "paperless": "without paper"}
_CHECKED: dict[DetailsCheck, str] = {
    "valid": "is one that can exist",
    "cannot_be_checked": "cannot be checked",
}
_ENDS = {
    "expired": "its last collection was on",
    "dormant": "it was last used on",
    "erased": "the payer's bank details can be read no more; it was last used on",
}


def of_mandate(fact: m.MandateFact) -> str:
    """One sentence about a fact of a mandate, which is named already; else its topic in words."""
    match fact:
        case m.MandateDrafted():
            way, checked = _SCHEMES[fact.scheme], _CHECKED[fact.details_check]
            return f"the payer agreed {way}; the account number {checked}"
        case m.MandateNotified():
            return f"the payer was sent the confirmation ({fact.notice})"
        case m.LodgementStopped():
            how = fact.how.replace("_", " ")
            return f"that instruction of run {fact.run} did not go, {how}: {fact.reason}"
        case m.MandateActivated():
            return "the days in which the bank could refuse are over: money may be collected"
        case m.MandateRejected():
            return f"the payer's bank refused the instruction: {fact.reason} (AUDDIS {fact.code})"
        case m.MandateSuspended():
            return f"suspended: {fact.reason}"
        case m.MandateResumed():
            return f"resumed: {fact.reason}"
        case m.MandateCancelled():
            who = {"us": "we", "payer": "the payer", "bank": "the bank"}.get(fact.by)
            done = f"{who} cancelled it" if who else "cancelled, the payer has died"
            return f"{done}: {fact.reason}"
        case m.MandateAmended():
            again = "; it is lodged anew" if fact.relodge else ""
            return f"the payer's account changed: {fact.reason}{again}"
        case m.FormerInstructionEnded():
            moved = ", moved to where the payer is now" if fact.is_moved else ""
            return f"the bank that the payer has left: {fact.reason}{moved}"
        case m.FinalCollectionOrdered():
            which = "is" if fact.is_final else "is after all not"
            return f"the next collection {which} the last one: {fact.reason}"
        case m.MandateEnded():
            return f"{fact.end}: {_ENDS[fact.end]} {fact.last_used_on:%-d %B %Y}"
        case _:
            return _of_collection(fact)


def _of_collection(fact: m.MandateFact) -> str:
    match fact:
        case m.CollectionsAnnounced():
            days = ", ".join(
                f"£{format_minor(one.amount_minor, thousands=True)} on {one.entry_on:%-d %B %Y}"
                for one in fact.collections
            )
            return f"the payer was told of {days} ({fact.notice})"
        case m.CollectionWithheld():
            return f"what was announced for {fact.entry_on:%-d %B %Y} is withheld: {fact.reason}"
        case m.CollectionAmended():
            was, now = (format_minor(one) for one in (fact.was_minor, fact.amount_minor))
            return f"£{now} instead of £{was} on {fact.entry_on:%-d %B %Y}: {fact.reason}"
        case m.CollectionStopped():
            how = fact.how.replace("_", " ")
            return f"collection {fact.collection} did not go, {how}: {fact.reason}"
        case m.CollectionReturned():
            amount = format_minor(fact.amount_minor, thousands=True)
            why = f"{fact.reason} (ARUDD {fact.code})"
            return f"£{amount} of {fact.collection} came back unpaid: {why}"
        case _:
            return titled(fact.topic)
