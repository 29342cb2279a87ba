"""Everything that happened to the money of a receipt, on one line of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ledger import events as e
from ledger import suspense_events as s
from ledger.ids import account_stream, stream_id
from ledger.recorded import RecordedEvent
from service.desk_words import words
from service.suspense_desk_receipts import history_of
from service.wiring import App


@dataclass(frozen=True, slots=True)
class Moment:
    """One step: when it took effect, when we learned it, who did it, and what it was."""

    position: int
    effective_on: date
    recorded_at: datetime
    actor: str
    rule: str | None
    text: str

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "position": self.position,
            "effective_on": self.effective_on.isoformat(),
            "recorded_at": self.recorded_at.isoformat(),
            "actor": self.actor,
            "rule": self.rule,
            "text": self.text,
        }


def timeline(app: App, receipt: str, before: Sequence[RecordedEvent]) -> tuple[Moment, ...]:
    """The moments of a receipt by the log: before it was one of its own, since, and on accounts.

    `before` are the events by which the money came to it.
    """
    own = history_of(app, receipt)
    events = {event.position: event for event in (*before, *own, *_on_accounts(app, own))}
    return tuple(_moment(events[position]) for position in sorted(events))


def _on_accounts(app: App, own: Sequence[RecordedEvent]) -> Iterator[RecordedEvent]:
    """What became of the money on the accounts that it was found to belong to."""
    for event in own:
        fact = event.fact
        if isinstance(fact, s.SuspenseIdentified):
            name = account_stream(fact.to_unit, fact.to_account)
            for other in app.store.history(stream_id(name)):
                if getattr(other.fact, "receipt", None) == fact.account_receipt:
                    yield other


def _moment(event: RecordedEvent) -> Moment:
    return Moment(
        position=event.position,
        effective_on=event.envelope.effective_on,
        recorded_at=event.recorded_at,
        actor=event.envelope.actor,
        rule=getattr(event.fact, "rule", None),
        text=_text(event),
    )


def _text(event: RecordedEvent) -> str:
    fact = event.fact
    return (
        f"{fact.unit}/{fact.account}: {words(fact)}"
        if isinstance(fact, e.AccountFact)
        else words(fact)
    )
