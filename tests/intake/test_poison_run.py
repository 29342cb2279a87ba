"""One bad message in ten through a real Kafka: all good ones post, all bad ones come back whole."""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from random import Random
from types import ModuleType
from typing import Any, TypeAlias

import pytest
from kafka import KafkaConsumer
from kafka.structs import TopicPartition

from consumers.avro import encode
from ledger import events as e
from ledger.checks import verify
from ledger.intake_events import MessageRefused, MessageUnreadable
from projections import runner

harness: Any = sys.modules["tallystick_tests_consumer_process"]  # loaded by the conftest
Council: TypeAlias = Any
Broker: TypeAlias = Any
Consumer: TypeAlias = Any
Soak: TypeAlias = Any
Letter: TypeAlias = Any

pytestmark = pytest.mark.kafka
ACCOUNTS = 50
MESSAGES, MESSAGES_LONG = 2_000, 10_000
ADDED = "x-dlq-"


def _bills(council: Council, first: int, count: int) -> list[Letter]:
    return [
        harness.letter(
            str(1_000 + number % ACCOUNTS),
            encode(
                "InvoiceIssued",
                council.billing.invoice(str(1_000 + number % ACCOUNTS), f"INV-{number}"),
            ),
            f"b{number}",
        )
        for number in range(first, first + count)
    ]


def _as_sent(letter: Letter) -> Letter:
    """A dead letter without what we added."""
    key, value, headers = letter
    return key, value, tuple(pair for pair in headers if not pair[0].startswith(ADDED))


def _letters_arrived(broker: Broker, topic: str) -> int:
    reader = KafkaConsumer(bootstrap_servers=broker.bootstrap)
    try:
        at = TopicPartition(topic, 0)
        return int(reader.end_offsets([at])[at])
    finally:
        reader.close()


def _seconds_to_take(
    council: Council,
    broker: Broker,
    topic: str,
    letters: Sequence[Letter],
    running: Any,  # noqa: ANN401
) -> float:
    """How long a consumer that was stopped meanwhile works at these letters."""
    consumer, process = running
    begun = time.monotonic()
    harness.publish(broker, topic, letters)
    harness.eventually(harness.all_taken(council, broker, topic), process, consumer.log)
    return time.monotonic() - begun


@pytest.mark.soak
def test_one_poison_in_ten_stops_nothing_and_every_bad_message_comes_back_byte_for_byte(
    council: Council,
    consumer: Consumer,
    kafka_broker: Broker,
    topic: str,
    poison: ModuleType,
    soak: Soak,
    seed: int,
) -> None:
    kafka_broker.need("topics with two partitions")
    size = soak.size(MESSAGES, MESSAGES_LONG)
    chance = Random(seed)  # noqa: S311 - the same order again
    sender = poison.Sender(council.billing)
    kinds = [poison.CORPUS[number % len(poison.CORPUS)] for number in range(size // 10)]
    bad = [kind.letter(sender, number) for number, kind in enumerate(kinds)]
    half = (size - len(bad)) // 2
    mixed = [*_bills(council, half, half), *bad]
    chance.shuffle(mixed)
    process = consumer.consume()
    running = consumer, process
    _seconds_to_take(
        council, kafka_broker, topic, list(harness.good(council, ACCOUNTS, 0)), running
    )
    clean = _seconds_to_take(council, kafka_broker, topic, _bills(council, 0, half), running)
    spoilt = _seconds_to_take(council, kafka_broker, topic, mixed, running)
    dlq = f"{topic}.dlq"
    harness.eventually(
        lambda: _letters_arrived(kafka_broker, dlq) >= len(bad), process, consumer.log
    )
    assert harness.stop(process) == 0, consumer.log()
    print(  # noqa: T201 - a figure for the reader, which no test may assert
        f"{half} good in {clean:.1f} s, with {len(bad)} bad ones between them in {spoilt:.1f} s:"
        f" {clean / spoilt:.0%} of the rate"
    )
    issued = Counter(one.invoice for one in council.facts(e.InvoiceIssued))
    assert issued == Counter(f"INV-{number}" for number in range(2 * half))
    letters = harness.letters_in(kafka_broker, dlq)
    assert Counter(map(_as_sent, letters)) == Counter(bad)
    _assert_each_is_told_why(council, letters)
    with runner.connect(council.app.urls.app) as connection:
        runner.catch_up(connection)
    assert verify(council.app.store) == ()
    soak.tally(messages=size, poison=len(bad), lost=0, doubled=0)


def _assert_each_is_told_why(council: Council, letters: Sequence[Letter]) -> None:
    facts = {
        event.envelope.id: event.fact
        for event in council.events()
        if isinstance(event.fact, MessageRefused | MessageUnreadable)
    }
    told = [
        {name: text.decode() for name, text in headers if name.startswith(ADDED)}
        for _, _, headers in letters
    ]
    assert {one["x-dlq-event"] for one in told} == set(facts)
    for one in told:
        fact = facts[one["x-dlq-event"]]
        assert one["x-dlq-reason"] == fact.refusals[0].code
        assert one["x-dlq-sentences"] == "; ".join(part.sentence for part in fact.refusals)
        assert "x-dlq-missing" not in one


def test_a_letter_that_was_changed_on_its_way_would_be_noticed(
    council: Council, poison: ModuleType
) -> None:
    """The negative control: a null taken for an empty text makes another letter."""
    sender = poison.Sender(council.billing)
    letters = [one.letter(sender, number) for number, one in enumerate(poison.CORPUS)]
    spoilt = [
        (key or b"", value, tuple((name, text or b"") for name, text in headers))
        for key, value, headers in letters
    ]
    odd = [
        (key, value, tuple((name.encode("utf-8", "replace").decode(), text) for name, text in all_))
        for key, value, all_ in letters
    ]
    assert Counter(spoilt) != Counter(letters)
    assert Counter(odd) != Counter(letters)
