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
from service.moments import written
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
            "recorded_at": written(self.recorded_at),
            "actor": self.actor,
            "rule": self.rule,
            "text": self.text,
        }


def timeline(app: App, receipt: str, before: Sequence[RecordedEvent]) -> tuple[Moment, ...]:
    """The moments of a receipt by the log: before it was one of its own, since, and on accounts.

    `before` are the events by which the money came to it.
    """
    own = history_of(app, receipt)
    events = {event.position: event for event in (*before, *own, *_on_accounts(app, before, own))}
    return tuple(_moment(events[position]) for position in sorted(events))


def _on_accounts(
    app: App, before: Sequence[RecordedEvent], own: Sequence[RecordedEvent]
) -> Iterator[RecordedEvent]:
    """What became of the money on the accounts that it was on, or was found to belong to."""
    places: list[tuple[str, str, str]] = []
    for event in (*before, *own):
        match event.fact:
            case e.PaymentReceived() as fact:
                places.append((fact.unit, fact.account, fact.receipt))
            case s.SuspenseIdentified() as fact:
                places.append((fact.to_unit, fact.to_account, fact.account_receipt))
            case _:
                pass
    for unit, account, receipt in dict.fromkeys(places):
        for event in app.store.history(stream_id(account_stream(unit, account))):
            if getattr(event.fact, "receipt", None) == receipt:
                yield event


def _moment(event: RecordedEvent) -> Moment:
    return Moment(
        position=event.position,
        effective_on=event.envelope.effective_on,
        recorded_at=event.recorded_at,
        actor=event.envelope.actor,
        rule=getattr(event.fact, "rule", None),
        text=words(event.fact),
    )
