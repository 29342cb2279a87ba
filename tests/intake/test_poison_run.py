"""One bad message in ten through a real Kafka: all good ones post, all bad ones come back whole."""

import time
from collections import Counter
from collections.abc import Sequence
from random import Random
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from ledger import events as e
from ledger.checks import verify
from ledger.intake_events import MessageRefused, MessageUnreadable
from projections import runner

Council: TypeAlias = Any
Broker: TypeAlias = Any
Part: TypeAlias = Any  # of plugins/processes.py and plugins/topics.py
Soak: TypeAlias = Any
Letter: TypeAlias = Any

pytestmark = pytest.mark.kafka
ACCOUNTS = 50
MESSAGES, MESSAGES_LONG = 1_000, 10_000  # so that the short run too has every kind of poison
ADDED = "x-dlq-"


def _as_sent(letter: Letter) -> Letter:
    """A dead letter without what we added."""
    key, value, headers = letter
    return key, value, tuple(pair for pair in headers if not pair[0].startswith(ADDED))


def _seconds_to_take(
    council: Council, topic: Part, letters: Sequence[Letter], consumer: Part
) -> float:
    """How long the consumer works at these letters."""
    begun = time.monotonic()
    topic.publish(letters)
    consumer.eventually(topic.all_taken(council))
    return time.monotonic() - begun


@pytest.mark.soak
def test_one_poison_in_ten_stops_nothing_and_every_bad_message_comes_back_byte_for_byte(
    council: Council,
    tallystick: Part,
    kafka_broker: Broker,
    billing_topic: Part,
    letters: Part,
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
    assert {kind.name for kind in kinds} == {kind.name for kind in poison.CORPUS}
    half = (size - len(bad)) // 2
    mixed = [*letters.bills(ACCOUNTS, half, half), *bad]
    chance.shuffle(mixed)
    consumer = tallystick.start("consume")
    _seconds_to_take(council, billing_topic, list(letters.good(ACCOUNTS, 0)), consumer)
    clean = _seconds_to_take(council, billing_topic, list(letters.bills(ACCOUNTS, half)), consumer)
    spoilt = _seconds_to_take(council, billing_topic, mixed, consumer)
    consumer.eventually(lambda: billing_topic.dead_letters_arrived() >= len(bad))
    assert consumer.stop() == 0, consumer.log()
    print(  # noqa: T201 - a figure for the reader, which no test may assert
        f"{half} good in {clean:.1f} s, with {len(bad)} bad ones between them in {spoilt:.1f} s:"
        f" {clean / spoilt:.0%} of the rate"
    )
    issued = Counter(one.invoice for one in council.facts(e.InvoiceIssued))
    assert issued == Counter(f"INV-{number}" for number in range(2 * half))
    returned = billing_topic.dead_letters()
    assert Counter(map(_as_sent, returned)) == Counter(bad)
    _assert_each_is_told_why(council, returned)
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
