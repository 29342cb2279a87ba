"""The figures of Direct Debits a second time, from the facts themselves, one after the other."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any, NamedTuple

from ledger import collection_run_events as r
from ledger import events as e
from ledger import indemnity_events as i
from ledger import mandate_events as m
from ledger.values import Fact

from .instructions import ENDS, Told, working_day
from .lines import Row, grouped, ratio, year_start

DORMANT_MONTHS, PROVISIONAL_DAYS, MADE_UP_DAYS = 24, 3, timedelta(days=30)
RATES = ("DDR-1.v1", "DDR-2.v2", "DDR-3.v2", "DDR-4.v2", "DDR-5.v1")


class Debits(NamedTuple):
    """What was known of Direct Debits at a moment, by a day."""

    told: list[Told]

    def of(self, *kinds: type[Fact]) -> list[Told]:
        return [x for x in self.told if isinstance(x.fact, kinds)]

    def about(self, reference: str) -> list[Told]:
        """The facts of a mandate."""
        return [x for x in self.of(m.MandateFact) if x.fact.mandate == reference]

    def mandates(self) -> list[m.MandateDrafted]:
        return [x.fact for x in self.of(m.MandateDrafted)]


def debits(told: Iterable[Told], as_at: date, as_known: datetime) -> Debits:
    return Debits([x for x in told if x.effective_on <= as_at and x.recorded_at <= as_known])


# --- mandates ------------------------------------------------------------------------------------


def went(told: list[Told]) -> list[Told]:
    """The facts without the instructions whose run never went."""
    never = {(x.fact.run, x.fact.item) for x in told if isinstance(x.fact, m.LodgementStopped)}
    return [
        x
        for x in told
        if not (isinstance(x.fact, m.MandateLodged) and (x.fact.run, x.fact.item) in never)
    ]


class Standing(NamedTuple):
    """How a mandate stands, and the fact that stopped it, if one did."""

    status: str
    by: Told | None


def standing(told: list[Told]) -> Standing:
    status, was, by = "draft", "", None
    for x in told:
        match x.fact:
            case m.MandateNotified() if "draft" in (status, was):
                status, was = (status, "notified") if status == "suspended" else ("notified", was)
            case m.MandateLodged(code="0N" | "0S"):
                status, was = (status, "lodged") if status == "suspended" else ("lodged", was)
            case m.MandateActivated():
                status = "active"
            case m.MandateAmended(relodge=True):
                status, was = (status, "notified") if status == "suspended" else ("notified", was)
            case m.LodgementStopped():
                if status == "suspended":
                    was = "notified" if was in ("lodged", "active") else was
                elif status in ("lodged", "active"):
                    status = "notified"
            case m.MandateSuspended():
                status, was, by = "suspended", status, x
            case m.MandateCancelled():
                status, was, by = "cancelled", was if status == "suspended" else status, x
            case m.MandateRejected():
                status, by = "rejected", x
            case m.MandateEnded():
                status, by = x.fact.end, x
            case m.MandateResumed():
                status, was, by = was or "active", "", None
            case _:
                pass
    return Standing(status, by)


def months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def mandates(view: Debits) -> list[Row]:
    rows = []
    for drafted in view.mandates():
        told = view.about(drafted.mandate)
        now = standing(told)
        lodged = [
            x.fact.processing_on
            for x in went(told)
            if isinstance(x.fact, m.MandateLodged) and x.fact.code != "0C"
        ]
        taken = [x.fact.processing_on for x in told if isinstance(x.fact, m.CollectionInstructed)]
        used = max([drafted.agreed_on, *lodged, *taken])
        is_ended = now.status in ENDS
        rows.append(
            {
                "mandate": drafted.mandate,
                "unit": drafted.unit,
                "account": drafted.account,
                "status": now.status,
                "since": now.by.effective_on if now.by else None,
                "lodged_on": max(lodged, default=None),
                "last_used_on": used,
                "dormant_on": None if is_ended else months_after(used, DORMANT_MONTHS),
            }
        )
    return rows


# --- collections ---------------------------------------------------------------------------------


class Collected(NamedTuple):
    """A collection, and the fact that ended it, if one did."""

    name: str
    fact: m.CollectionInstructed
    end: Told | None

    @property
    def is_returned(self) -> bool:
        return self.end is not None and isinstance(self.end.fact, m.CollectionReturned)

    @property
    def is_stopped(self) -> bool:
        return self.end is not None and not self.is_returned

    @property
    def why(self) -> Any:  # noqa: ANN401 - the fact that ended it
        assert self.end is not None
        return self.end.fact


def collected(view: Debits) -> list[Collected]:
    ends: dict[str, Told] = {}
    for x in view.of(m.CollectionStopped, m.CollectionReturned):
        ends[getattr(x.fact, "collection", "")] = x
    found = []
    for x in view.of(m.CollectionInstructed):
        assert isinstance(x.fact, m.CollectionInstructed)
        name = f"{x.fact.run}/{x.fact.item}"
        found.append(Collected(name, x.fact, ends.get(name)))
    return found


def claims(view: Debits) -> dict[str, list[Any]]:
    """Every claim that was raised, with what came after."""
    found: dict[str, list[Any]] = {}
    for x in view.of(i.IndemnityClaimRaised):
        found[x.fact.claim] = [x]
    for x in view.of(i.IndemnityClaimChallenged, i.IndemnityClaimClosed):
        if x.fact.claim in found:
            found[x.fact.claim].append(x)
    return found


def outcome(claim: list[Any]) -> str | None:
    return next((x.fact.outcome for x in claim if isinstance(x.fact, i.IndemnityClaimClosed)), None)


def collections(view: Debits, as_at: date) -> list[Row]:
    by_receipt = {claim[0].fact.receipt: claim for claim in claims(view).values()}
    rows = []
    for one in collected(view):
        claim = by_receipt.get(f"DD:{one.name}")
        ended = outcome(claim) if claim else None
        good_on = working_day(one.fact.entry_on, PROVISIONAL_DAYS)
        if one.end is not None:
            state = "returned" if one.is_returned else "stopped"
        elif claim and ended != "withdrawn":
            state = {"settled": "claim_settled", "returned": "returned"}.get(ended or "", "claimed")
        elif as_at < one.fact.entry_on:
            state = "instructed"
        else:
            state = "provisional" if as_at < good_on else "made_good"
        rows.append(
            {
                "collection": one.name,
                "unit": one.fact.unit,
                "account": one.fact.account,
                "mandate": one.fact.mandate,
                "code": one.fact.code,
                "amount": one.fact.amount_minor,
                "state": state,
                "reason": one.why.reason if one.end else None,
            }
        )
    return rows


# --- runs ----------------------------------------------------------------------------------------

STATES: dict[type[Fact], str] = {
    r.RunOpened: "opened",
    r.RunWritten: "written",
    r.RunReleased: "released",
    r.RunAbandoned: "abandoned",
    r.RunWithdrawn: "withdrawn",
    r.RunRefused: "refused",
    r.RunSignedOff: "signed_off",
}


def collection_runs(view: Debits) -> list[Row]:
    rows = []
    for (name,), items in grouped((x.fact for x in view.of(r.CollectionRunFact)), "run").items():
        opened = next((x for x in items if isinstance(x, r.RunOpened)), None)
        if opened is None:
            continue
        never = ("abandoned", "mandate_rejected")
        mine = [
            x
            for x in collected(view)
            if x.fact.run == name and not (x.is_stopped and x.why.how in never)
        ]
        written = [x.amount_minor for x in items if isinstance(x, r.RunWritten)]
        reports = [x for x in items if isinstance(x, r.RunReported)]
        credits_ = [x for x in items if isinstance(x, r.RunCredited)]
        rejected = sum(x.rejected_minor for x in reports)
        accepted = sum(x.accepted_minor for x in reports)
        banked = sum(x.amount_minor + x.returned_minor for x in credits_) + rejected
        ledger, file = sum(x.fact.amount_minor for x in mine), written[-1] if written else None
        reported, bank = (
            accepted + rejected if reports else None,
            banked if credits_ or (rejected and not accepted) else None,
        )
        back = [x.fact.amount_minor for x in mine if x.is_returned]
        rows.append(
            {
                "run": name,
                "unit": opened.unit,
                "state": [STATES[type(x)] for x in items if type(x) in STATES][-1],
                "items": len(mine),
                "ledger_amount": ledger,
                "file_amount": file,
                "reported_amount": reported,
                "bank_amount": bank,
                "returned_items": len(back),
                "returned_amount": sum(back),
                "difference": max(abs(ledger - (x or 0)) for x in (file, reported, bank)),
            }
        )
    return rows


# --- rates ---------------------------------------------------------------------------------------


class Failed(NamedTuple):
    """One thing in the base of a rate: its money, and what of it failed for which reason."""

    unit: str
    amount: int
    reason: str | None = None
    failed: int | None = None


def made_up(view: Debits) -> dict[str, int]:
    """What each unpaid collection got from payments of its bills, the earliest return first."""
    paid: dict[tuple[str, str, str, str], list[tuple[date, int]]] = defaultdict(list)
    for x in view.of(e.PaymentAllocated, e.PaymentUnallocated):
        fact: Any = x.fact
        sign = 1 if isinstance(fact, e.PaymentAllocated) else -1
        for line in fact.lines:
            key = (fact.unit, fact.account, line.item, fact.receipt)
            paid[key].append((x.effective_on, sign * line.amount_minor))
    purse = {key: sum(amount for _, amount in parts) for key, parts in paid.items()}
    first = {
        key: min((on for on, amount in parts if amount > 0), default=date.max)
        for key, parts in paid.items()
    }
    order = sorted(purse, key=lambda key: (first[key], key[3], key[2]))
    got: dict[str, int] = {}
    returned = [x for x in collected(view) if x.is_returned]
    returned.sort(key=lambda x: (x.why.reported_on, x.fact.processing_on, x.fact.run, x.fact.item))
    for one in returned:
        got[one.name] = 0
        for key in order:
            unit, account, bill, receipt = key
            fits = (unit, account) == (one.fact.unit, one.fact.account)
            fits = fits and bill in one.fact.invoices and receipt != f"DD:{one.name}"
            fits = fits and one.why.reported_on <= first[key]
            if fits and first[key] <= one.why.reported_on + MADE_UP_DAYS:
                part = max(0, min(purse[key], one.fact.amount_minor - got[one.name]))
                purse[key] -= part
                got[one.name] += part
    return got


def lodgements(view: Debits, first_on: date) -> Iterable[Failed]:
    for drafted in view.mandates():
        told = [
            x
            for x in went(view.about(drafted.mandate))
            if isinstance(x.fact, m.MandateRejected)
            or (isinstance(x.fact, m.MandateLodged) and x.fact.code != "0C")
        ]
        for x, after in zip_longest(told, told[1:]):
            if isinstance(x.fact, m.MandateLodged) and x.fact.code == "0N":
                if x.effective_on < first_on:
                    continue
                if after is not None and isinstance(after.fact, m.MandateRejected):
                    yield Failed(drafted.unit, 0, after.fact.code, 0)
                else:
                    yield Failed(drafted.unit, 0)


def lives(view: Debits, first_on: date) -> Iterable[Failed]:
    for drafted in view.mandates():
        told = view.about(drafted.mandate)
        before = [x for x in told if x.effective_on < first_on]
        if not any(isinstance(x.fact, m.MandateDrafted) for x in before):
            continue
        lodged = [x.fact for x in went(before) if isinstance(x.fact, m.MandateLodged)]
        is_lodged = any(x.code != "0C" for x in lodged)
        if not is_lodged or standing(before).status in ENDS:
            continue
        now = standing(told)
        match now.by.fact if now.by else None:
            case m.MandateCancelled(advice=str(), code=code) if code != "3":
                yield Failed(drafted.unit, 0, code, 0)
            case _:
                yield Failed(drafted.unit, 0)


def direct_debit_rates(view: Debits, as_at: date, period: date | None = None) -> list[Row]:
    first_on = period or year_start(as_at)
    year_on = months_before(as_at, 12) + timedelta(days=1)
    went = [x for x in collected(view) if not x.is_stopped and x.fact.processing_on <= as_at]
    back, got = [x for x in went if x.is_returned], made_up(view)
    of: dict[str, list[Failed]] = {
        "DDR-1.v1": [
            Failed(x.fact.unit, x.fact.amount_minor, x.why.code, x.fact.amount_minor)
            if x.is_returned
            else Failed(x.fact.unit, x.fact.amount_minor)
            for x in went
            if x.fact.processing_on >= first_on
        ],
        "DDR-2.v2": [
            Failed(x.fact.unit, x.fact.amount_minor, x.why.code, missing)
            if (missing := x.fact.amount_minor - got[x.name])
            else Failed(x.fact.unit, x.fact.amount_minor)
            for x in back
            if x.fact.processing_on >= first_on
        ],
        "DDR-3.v2": list(lodgements(view, first_on)),
        "DDR-4.v2": list(lives(view, first_on)),
        "DDR-5.v1": [
            Failed(x.fact.unit, x.fact.amount_minor)
            for x in went
            if x.fact.processing_on >= year_on
        ],
    }
    claimed = [
        Failed(x.fact.unit, 0, x.fact.code, x.fact.amount_minor)
        for x, *_ in claims(view).values()
        if x.effective_on >= year_on
    ]
    units = {x.unit for x in view.mandates()} | {x.fact.unit for x in went}
    rows: list[Row] = []
    for definition in RATES:
        for unit in units:
            base = [x for x in of[definition] if x.unit == unit]
            bad = [x for x in base if x.failed is not None]
            if definition == "DDR-5.v1":
                bad = [x for x in claimed if x.unit == unit]
            for reason in {None, *(x.reason for x in bad)}:
                some = [x for x in bad if reason in (None, x.reason)]
                amount, of_amount = sum(x.failed or 0 for x in some), sum(x.amount for x in base)
                rows.append(
                    {
                        "unit": unit,
                        "definition": definition,
                        "reason": reason,
                        "items": len(some),
                        "of_items": len(base),
                        "rate": ratio(len(some), len(base)),
                        "amount": amount,
                        "of_amount": of_amount,
                        "amount_rate": ratio(amount, of_amount),
                    }
                )
    return rows


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def indemnity_challenges(view: Debits, as_at: date) -> list[Row]:
    first_on = months_before(as_at, 12) + timedelta(days=1)
    recent = [x for x in claims(view).values() if x[0].effective_on >= first_on]

    def is_challenged(claim: list[Any]) -> bool:
        return any(isinstance(x.fact, i.IndemnityClaimChallenged) for x in claim)

    def row(unit: str, reason: str | None, some: list[list[Any]]) -> Row:
        ours = [x for x in some if is_challenged(x)]
        count: Callable[[str | None], int] = lambda end: sum(outcome(x) == end for x in ours)  # noqa: E731
        won = [x for x in ours if outcome(x) == "withdrawn"]
        return {
            "unit": unit,
            "reason": reason,
            "claims": len(some),
            "challenged": len(ours),
            "won": len(won),
            "lost": count("settled"),
            "open": count(None),
            "win_rate": ratio(len(won), len(won) + count("settled")),
            "challenged_amount": sum(x[0].fact.amount_minor for x in ours),
            "won_amount": sum(x[0].fact.amount_minor for x in won),
        }

    rows = []
    for unit in {x.unit for x in view.mandates()}:
        mine = [x for x in recent if x[0].fact.unit == unit]
        reasons = {None, *(x[0].fact.code for x in mine)}
        rows += [
            row(unit, reason, [x for x in mine if reason in (None, x[0].fact.code)])
            for reason in reasons
        ]
    return rows
