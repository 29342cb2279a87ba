"""What happens to mandates in a random Direct Debit month: told early, late and out of order."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from ledger import mandate_events as m
from ledger.values import Fact

from .lines import DAY, is_working

SUN = "999999"
ENDS = ("cancelled", "rejected", "expired", "dormant", "erased")
ADDACS = "012B3C"


class Told(NamedTuple):
    """A fact, where it stands in the log, when it was told, and when it takes effect."""

    position: int
    recorded_at: datetime
    effective_on: date
    fact: Any


class Instruction:
    """What the generator must know of a mandate to go on with it sensibly."""

    def __init__(self, reference: str, unit: str, account: str) -> None:
        self.reference, self.unit, self.account = reference, unit, account
        self.status, self.was, self.to_lodge = "draft", "", "0N"
        self.by_bank, self.details, self.has_collected = False, 1, False
        self.sent: m.MandateLodged | None = None

    @property
    def keys(self) -> dict[str, str]:
        return {"sun": SUN, "mandate": self.reference}

    def move(self, status: str) -> None:
        """The next step of the set-up; behind a suspension it is where resuming goes on."""
        if self.status == "suspended":
            self.was = status
        else:
            self.status = status


def working_day(day: date, steps: int) -> date:
    """The working day that lies so many of them after (or before) a day."""
    while steps:
        day += DAY if steps > 0 else -DAY
        steps -= is_working(day) * (1 if steps > 0 else -1)
    return day


class Instructions:
    """Mandates that are set up, lodged, refused, suspended, changed, ended and reinstated."""

    def __init__(self, seed: int, start: date) -> None:
        self.chance = Random(seed)  # noqa: S311 - a repeatable month, no secret
        self.now = datetime(start.year, start.month, start.day, 9, tzinfo=UTC)
        self.told: list[Told] = []
        self.mandates: list[Instruction] = []

    @property
    def today(self) -> date:
        return self.now.date()

    def say(self, fact: Fact, on: date | None = None) -> None:
        self.now += timedelta(seconds=1)
        self.told.append(Told(len(self.told) + 1, self.now, on or self.today, fact))

    def lately(self, since: date = date.min) -> date:
        """A day on which it happened, when it is told late."""
        return max(since, self.today - DAY * self.chance.choice((0, 0, 1, 2, 5, 9)))

    def one_of(self, *statuses: str) -> Instruction | None:
        found = [one for one in self.mandates if one.status in statuses]
        return self.chance.choice(found) if found else None

    def draft(self) -> None:
        account = str(self.chance.randrange(6))
        unit = self.chance.choice(("HSG", "HSG", "TAX", "LIB"))
        one = Instruction(f"{unit}REF{len(self.mandates):03d}", unit, account)
        migrated = self.chance.random() < 0.2
        one.to_lodge = "0S" if migrated else "0N"
        self.mandates.append(one)
        agreed_on = self.lately()
        fact = m.MandateDrafted(
            **one.keys,
            unit=unit,
            account=account,
            party="P",
            scheme="paper",
            sealed="-",
            payer_account_digest="-",
            details_check="valid",
            agreed_on=agreed_on,
            collect_from=agreed_on,
            is_migrated=migrated,
        )
        self.say(fact, agreed_on)
        if self.chance.random() < 0.9:
            one.status = "notified"
            self.say(m.MandateNotified(**one.keys, notice="N", given_on=self.today))

    def lodge(self) -> None:
        for one in self.mandates:
            if not one.to_lodge or "draft" in (one.status, one.was) or self.chance.random() < 0.3:
                continue
            code: Any = one.to_lodge
            fact = m.MandateLodged(
                **one.keys,
                run=f"L-{len(self.told)}",
                item=one.details,
                code=code,
                details=one.details,
                processing_on=working_day(self.today, 1),
            )
            self.say(fact)
            one.to_lodge, one.sent = "", fact
            if code != "0C":
                one.move("lodged")

    def unlodge(self) -> None:
        """The run of an instruction never went: the next one carries it again."""
        one = self.one_of("lodged", "active", "suspended")
        if one is None or one.sent is None or self.chance.random() < 0.3:
            return
        sent, one.sent = one.sent, None
        if one.status == "suspended":
            one.was = "notified" if one.was in ("lodged", "active") else one.was
        else:
            one.status = "notified"
        one.to_lodge = sent.code
        how: Any = self.chance.choice(("abandoned", "withdrawn", "rejected"))
        fact = m.LodgementStopped(
            **one.keys,
            run=sent.run,
            item=sent.item,
            code=sent.code,
            how=how,
            reason="no",
            to_lodge=sent.code,
        )
        self.say(fact)

    def reject(self) -> None:
        one = self.one_of("lodged", "active", "suspended", "cancelled")
        if one is None or one.to_lodge == "0N" or self.chance.random() < 0.6:
            return
        one.status, one.to_lodge, one.sent = "rejected", "", None
        code, on = self.chance.choice("156B"), self.lately()
        fact = m.MandateRejected(
            **one.keys, code=code, reason="no", reported_on=on, advice="AUDDIS 1"
        )
        self.say(fact, on)

    def suspend(self) -> None:
        one = self.one_of("notified", "lodged", "active")
        if one is not None:
            one.was, one.status = one.status, "suspended"
            self.say(m.MandateSuspended(**one.keys, reason="disputed"))

    def resume(self) -> None:
        one = self.one_of("suspended", "cancelled")
        if one is None or (one.status == "cancelled" and not one.by_bank):
            return
        one.to_lodge = "" if one.status == "cancelled" else one.to_lodge
        one.status, one.was = one.was or "active", ""
        self.say(m.MandateResumed(**one.keys, reason="again"))

    def cancel(self) -> None:
        one = self.one_of("notified", "lodged", "active", "active", "active", "suspended")
        if one is None:
            return
        one.was = one.was if one.status == "suspended" else one.status
        one.status, one.by_bank = "cancelled", self.chance.random() < 0.7
        one.sent = None
        tell = not one.by_bank and one.was in ("lodged", "active")
        one.to_lodge, on = "0C" if tell else "", self.lately()
        fact = m.MandateCancelled(
            **one.keys,
            by="bank" if one.by_bank else "us",
            code=self.chance.choice(ADDACS) if one.by_bank else None,
            reason="ended",
            reported_on=on,
            advice="ADDACS 1" if one.by_bank else None,
            tell_bank=tell,
        )
        self.say(fact, on)

    def amend(self) -> None:
        one = self.one_of("notified", "lodged", "active", "suspended")
        if one is None:
            return
        one.details += 1
        relodge = self.chance.random() < 0.5 and not one.to_lodge
        if relodge:
            one.move("notified")
            one.to_lodge, one.has_collected, one.sent = "0N", False, None
        fact = m.MandateAmended(
            **one.keys,
            details=one.details,
            sealed="-",
            payer_account_digest="-",
            details_check="valid",
            reason="moved",
            relodge=relodge,
        )
        self.say(fact)

    def sleep(self) -> None:
        one = self.one_of("notified", "lodged", "active")
        if one is not None and self.chance.random() < 0.2:
            end: Any = self.chance.choice(("dormant", "erased"))
            one.status, one.to_lodge = end, ""
            self.say(m.MandateEnded(**one.keys, end=end, last_used_on=self.today))
