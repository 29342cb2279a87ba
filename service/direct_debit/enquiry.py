"""One story of a mandate in plain English: what was told, taken, returned and claimed, and when."""

import json
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from ledger import indemnity_events as i
from ledger import mandate_events as m
from ledger.collection import collection_name
from ledger.ids import account_stream, mandate_stream, stream_id
from ledger.mandate import MandateState
from ledger.money import format_minor
from ledger.recorded import RecordedEvent
from ledger.values import Fact
from service.desk_claim_words import of_claim
from service.desk_mandate_words import of_mandate
from service.reading import figures
from service.wiring import App

_LODGED = {
    "0N": "a new instruction for the payer's bank",
    "0S": "the conversion of the paper instruction",
    "0C": "its cancellation, for the payer's bank",
}
_CODES = {
    "01": "the first collection",
    "17": "a collection",
    "18": "an unpaid collection, presented again",
    "19": "the last collection",
}
_FIRST_LINE = 5  # of the first item of a file, after its four labels
_LINE = """
    SELECT count(*) FROM (
        SELECT c.item FROM reporting.collection_events AS c
        WHERE c.run = %(run)s AND c.kind = 'instructed' AND c.item < %(item)s
            AND NOT EXISTS (
                SELECT FROM reporting.collection_events AS s
                WHERE s.collection = c.collection AND s.kind = 'stopped'
                    AND s.code IN ('abandoned', 'mandate_rejected'))
        UNION ALL
        SELECT l.item FROM reporting.mandate_events AS l
        WHERE l.run = %(run)s AND l.kind = 'lodged' AND l.item < %(item)s
            AND NOT EXISTS (
                SELECT FROM reporting.mandate_events AS s
                WHERE s.run = l.run AND s.item = l.item AND s.kind = 'lodgement_stopped'
                    AND s.code = 'abandoned')
    ) AS before
"""


class Told(NamedTuple):
    """One line of a story: when it took effect, what happened, and where it is written."""

    on: date
    position: int
    sentence: str
    source: str


class Timeline(NamedTuple):
    """The story of a mandate, and how it stands."""

    state: MandateState
    told: tuple[Told, ...]

    def lines(self) -> Iterator[str]:
        """The story for a screen."""
        one = self.state
        yield f"Mandate {one.mandate} of account {one.unit}/{one.account}: {one.status}"
        for told in self.told:
            yield f"{told.on:%d %b %Y}  {told.sentence}  [{told.source}]"
        for day, coming in sorted(one.announced.items()):
            amount = format_minor(coming.take_minor, thousands=True)
            kept_out = f"is not taken, withheld: {coming.withheld}"
            how = kept_out if coming.withheld else "is announced and in no run yet"
            yield f"{day:%d %b %Y}  £{amount} {how}"

    def as_json(self) -> str:
        """The story for a script."""
        return json.dumps(
            {
                "mandate": self.state.mandate,
                "unit": self.state.unit,
                "account": self.state.account,
                "status": self.state.status,
                "story": [
                    {
                        "on": told.on.isoformat(),
                        "position": told.position,
                        "sentence": told.sentence,
                        "source": told.source,
                    }
                    for told in self.told
                ],
            }
        )


def timeline(app: App, state: MandateState) -> Timeline:
    """The story of a mandate and of the claims on it. The read models must have caught up."""
    own = app.store.history(stream_id(mandate_stream(state.sun, state.mandate)))
    account = app.store.history(stream_id(account_stream(state.unit, state.account)))
    claims = {
        event.fact.claim
        for event in account
        if isinstance(event.fact, i.IndemnityClaimRaised)
        and (event.fact.sun, event.fact.mandate) == (state.sun, state.mandate)
    }
    events = [*own, *(event for event in account if _is_of(event.fact, claims))]
    told = [_told(app, event) for event in events]
    return Timeline(state, tuple(sorted(told, key=lambda one: (one.on, one.position))))


def _is_of(fact: Fact, claims: set[str]) -> bool:
    kinds = (i.IndemnityClaimRaised, i.IndemnityClaimChallenged, i.IndemnityClaimClosed)
    return isinstance(fact, kinds) and fact.claim in claims


def _told(app: App, event: RecordedEvent) -> Told:
    source = event.envelope.source
    place = source.name if source.line is None else f"{source.name}, line {source.line}"
    sentence = _sentence(app, event.fact)
    return Told(event.envelope.effective_on, event.position, sentence, place)


def _sentence(app: App, fact: Fact) -> str:
    match fact:
        case m.MandateLodged():
            line = line_of(app, fact.run, fact.item)
            return f"{_LODGED[fact.code]} was put into run {fact.run}, line {line} of its file"
        case m.CollectionInstructed():
            return _instructed(app, fact)
        case m.MandateFact():
            return of_mandate(fact)
        case _:
            return of_claim(fact)


def _instructed(app: App, fact: m.CollectionInstructed) -> str:
    amount = format_minor(fact.amount_minor, thousands=True)
    line = line_of(app, fact.run, fact.item)
    again = f" ({fact.represents} again)" if fact.represents else ""
    name = collection_name(fact.run, fact.item)
    return (
        f"£{amount}, {_CODES[fact.code]}{again}, is taken on {fact.entry_on:%-d %B %Y}:"
        f" {name}, line {line} of its file, for {', '.join(fact.invoices)}"
    )


def line_of(app: App, run: str, item: int) -> int:
    """The line at which an item stands in the file of its run."""
    with figures(app.urls.app) as connection:
        row = connection.execute(_LINE, {"run": run, "item": item}).fetchone()
    return _FIRST_LINE + (row[0] if row else 0)
