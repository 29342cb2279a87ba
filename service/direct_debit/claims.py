"""Indemnity claims as an officer looks at them: how long they can be challenged, and what they met.

A claim is found by the bank's reference alone; only where two accounts have it, the account is
asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger import indemnity_events as i
from ledger.bacs_days import BacsDays
from ledger.ids import account_stream, stream_id
from ledger.recorded import RecordedEvent
from ledger.values import Fact
from service.nearest import nearest
from service.reading import figures
from service.report_run import catch_up
from service.wiring import App

_RAISED = """
    SELECT DISTINCT unit, account FROM reporting.indemnity_claim_events
    WHERE kind = 'raised' AND (%(claim)s::text IS NULL OR claim = %(claim)s)
    ORDER BY unit, account
"""
_NAMES = "SELECT DISTINCT claim FROM reporting.indemnity_claim_events WHERE kind = 'raised'"


class ClaimNotFoundError(LookupError):
    """There is no such claim; the sentence names the nearest."""


class AmbiguousClaimError(LookupError):
    """Several accounts have a claim of this name."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with what became of it; `days_left` are working days in which to challenge it."""

    raised: i.IndemnityClaimRaised
    events: tuple[RecordedEvent, ...]
    days_left: int

    @property
    def closed(self) -> i.IndemnityClaimClosed | None:
        """How it ended; None while it lives."""
        ends = [one.fact for one in self.events if isinstance(one.fact, i.IndemnityClaimClosed)]
        return ends[-1] if ends else None

    @property
    def is_challenged(self) -> bool:
        """Whether we disputed it."""
        return any(isinstance(one.fact, i.IndemnityClaimChallenged) for one in self.events)

    @property
    def collection(self) -> str:
        """The collection that is claimed, as <run>/<item>."""
        return self.raised.receipt.removeprefix("DD:")

    @property
    def status(self) -> str:
        """How it stands, in a word or two."""
        if self.closed is not None:
            return self.closed.outcome
        return "challenged" if self.is_challenged else "live"


def claims(app: App, *, with_closed: bool = False) -> list[Claim]:
    """The claims that live, the first to be debited first; also those that are over when asked."""
    found = [one for place in _places(app, None) for one in _of_account(app, *place)]
    kept = [one for one in found if with_closed or one.closed is None]
    return sorted(kept, key=lambda one: (one.raised.debit_on, one.raised.claim))


def find_claim(app: App, name: str, account: str | None = None) -> Claim:
    """The claim of a bank's reference, the last one when it was used again.

    `account` is <unit>/<account>. Raises ClaimNotFoundError and AmbiguousClaimError.
    """
    places = [one for one in _places(app, name) if account in (None, "/".join(one))]
    if not places:
        with figures(app.urls.app) as connection:
            known = [row[0] for row in connection.execute(_NAMES)]
        hint = f"; did you mean {nearest(name, known)}?" if known else ""
        raise ClaimNotFoundError(f"there is no indemnity claim {name!r}{hint}")
    if len(places) > 1:
        several = ", ".join("/".join(one) for one in places)
        raise AmbiguousClaimError(f"claim {name} is on several accounts: --account {several}?")
    found = [one for one in _of_account(app, *places[0]) if one.raised.claim == name]
    return found[-1]


def _places(app: App, claim: str | None) -> Sequence[tuple[str, str]]:
    catch_up(app)
    with figures(app.urls.app) as connection:
        return connection.execute(_RAISED, {"claim": claim}).fetchall()


def _of_account(app: App, unit: str, account: str) -> list[Claim]:
    """The claims of an account in their order; a name that is used again is another claim."""
    stories: dict[str, list[RecordedEvent]] = {}
    done: list[list[RecordedEvent]] = []
    for event in app.store.history(stream_id(account_stream(unit, account))):
        name = _named(event.fact)
        if name is None:
            continue
        if isinstance(event.fact, i.IndemnityClaimRaised):
            stories[name] = []
            done.append(stories[name])
        stories[name].append(event)
    days, today = BacsDays(app.direct_debit.extra_holidays), app.ledger.today()
    return [_claim(story, days, today) for story in done]


def _named(fact: Fact) -> str | None:
    kinds = (i.IndemnityClaimRaised, i.IndemnityClaimChallenged, i.IndemnityClaimClosed)
    return fact.claim if isinstance(fact, kinds) else None


def _claim(story: list[RecordedEvent], days: BacsDays, today: date) -> Claim:
    raised = story[0].fact
    if not isinstance(raised, i.IndemnityClaimRaised):
        raise TypeError(f"the story of a claim begins with {story[0].topic}")
    return Claim(raised, tuple(story), _days_left(raised.challenge_by, days, today))


def _days_left(last: date, days: BacsDays, today: date) -> int:
    """Working days on which it can be challenged, today among them; none when it is too late."""
    if today > last:
        return 0
    return days.between(today, last) + days.is_processing_day(today)
