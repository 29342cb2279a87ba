"""Copies what Kafka messages were refused to `<topic>.dlq`, bytes, key and headers untouched.

The log is the outbox: the relay reads the refusals after its stored position, publishes, waits for
the brokers, and only then moves its position. A crash in between publishes a letter twice, never
loses one; `x-dlq-event` tells the two apart. Added headers:

| header           | value                                              |
|------------------|----------------------------------------------------|
| x-dlq-reason     | code of the first refusal                          |
| x-dlq-sentences  | every refusal, one sentence each, joined by "; "   |
| x-dlq-class      | poison (unreadable) or business (refused)          |
| x-dlq-topic, x-dlq-partition, x-dlq-offset | where the message stood  |
| x-dlq-event      | id of the refusal's event in the ledger            |
| x-dlq-first-seen | when the ledger recorded it, ISO 8601 in UTC       |
| x-dlq-missing    | why there are no bytes: no longer kept, or too many for the topic |
"""

from collections.abc import Callable, Sequence
from datetime import UTC
from typing import Protocol

from consumers.keeping import message_of
from consumers.message import Headers, Message
from consumers.ports import TooLargeError
from ledger.intake_events import MessageRefused, MessageUnreadable
from ledger.recorded import RecordedEvent, Source, decode
from ledger.store import Store
from ledger.store_values import Batch, Position, PositionTakenError

RELAY = "relay:dlq"
PAGE_EVENTS = 500
TOPICS = (MessageRefused.topic, MessageUnreadable.topic)


class BytesGoneError(LookupError):
    """The bytes of a digest are not kept here any more; the sentence says why."""


class Publisher(Protocol):
    """Sends messages; `flush` returns when the brokers have them."""

    def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """Queue one message."""

    def flush(self) -> None:
        """Wait until all queued messages are stored."""


def relay(store: Store, publisher: Publisher, read: Callable[[str], bytes]) -> int:
    """Publish every refusal since the last time; how many there were.

    `read` gives the kept bytes of a digest or raises BytesGoneError. Of two relays at once, the
    slower one leaves the rest to the other.
    """
    published = 0
    while True:
        found = store.position(RELAY)
        rows = store.rows_after(found[0] if found else 0, PAGE_EVENTS, TOPICS)
        if not rows:
            return published
        published += _publish_all([decode(*row) for row in rows], publisher, read)
        try:
            store.append(Batch(position=Position(RELAY, rows[-1][0])))
        except PositionTakenError:
            return published


def _publish_all(
    events: Sequence[RecordedEvent], publisher: Publisher, read: Callable[[str], bytes]
) -> int:
    """Publish a page; when one of its letters is too large, each by itself, that one empty."""
    try:
        published = sum(_publish(event, publisher, read) for event in events)
        publisher.flush()
    except TooLargeError:
        return sum(_publish_alone(event, publisher, read) for event in events)
    return published


def _publish_alone(event: RecordedEvent, publisher: Publisher, read: Callable[[str], bytes]) -> int:
    def left_out(digest: str) -> bytes:
        raise BytesGoneError(f"larger than the topic of dead letters takes; kept as {digest}")

    try:
        published = _publish(event, publisher, read)
        publisher.flush()
    except TooLargeError:
        published = _publish(event, publisher, left_out)
        publisher.flush()
    return published


def _publish(event: RecordedEvent, publisher: Publisher, read: Callable[[str], bytes]) -> int:
    fact, source = event.fact, event.envelope.source
    if source.kind != "kafka" or not isinstance(fact, MessageRefused | MessageUnreadable):
        return 0
    message, missing = _kept(fact.digest, source, read)
    business = isinstance(fact, MessageRefused)
    added = (
        ("x-dlq-reason", fact.refusals[0].code),
        ("x-dlq-sentences", "; ".join(refusal.sentence for refusal in fact.refusals)),
        ("x-dlq-class", "business" if business else "poison"),
        ("x-dlq-topic", message.topic),
        ("x-dlq-partition", str(message.partition)),
        ("x-dlq-offset", str(message.offset)),
        ("x-dlq-event", event.envelope.id),
        ("x-dlq-first-seen", event.recorded_at.astimezone(UTC).isoformat()),
        *missing,
    )
    headers = (*message.headers, *((name, text.encode()) for name, text in added))
    publisher.send(f"{message.topic}.dlq", message.key, message.value, headers)
    return 1


def _kept(
    digest: str, source: Source, read: Callable[[str], bytes]
) -> tuple[Message, tuple[tuple[str, str], ...]]:
    """The message as it came; without its bytes, a letter that says so at least."""
    try:
        return message_of(read(digest)), ()
    except BytesGoneError as error:
        partition, offset = source.partition or 0, source.offset or 0
        empty = Message(source.name, partition, offset, None, None, (), 0)
        return empty, (("x-dlq-missing", str(error)),)
