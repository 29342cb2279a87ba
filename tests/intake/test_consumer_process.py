"""`tallystick consume` as a real process on a real broker, and what kill -9 does to it: nothing."""

import signal
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger import events as e
from ledger.checks import verify
from ledger.intake_events import MessageRefused, MessageUnreadable
from projections import runner
from projections.rebuild import Today, rebuild

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
Broker: TypeAlias = Any  # of plugins/kafka_broker.py
Part: TypeAlias = Any  # of plugins/processes.py

pytestmark = pytest.mark.kafka


def _id(letter: Any) -> bytes:  # noqa: ANN401 - of plugins/processes.py
    return dict(letter[2])["ce_id"]  # type: ignore[no-any-return]


def test_good_messages_post_bad_ones_go_to_the_dead_letters_untouched(
    council: Council, tallystick: Part, kafka_broker: Broker, billing_topic: Part, letters: Part
) -> None:
    kafka_broker.need("topics with two partitions")
    good, bad = list(letters.good(10, 90)), [letters.bad(number) for number in range(20)]
    billing_topic.publish([*good[:50], *bad[:10], *good[50:], *bad[10:]])
    consumer = tallystick.start("consume")
    consumer.eventually(lambda: any(one.get("lag") == 0 for one in consumer.logged("consumed")))
    assert consumer.stop() == 0, consumer.log()
    assert consumer.logged()[-1]["event"] == "stopped cleanly"
    counts = Counter[str]()
    for one in consumer.logged():
        counts.update({name: one[name] for name in ("posted", "refused") if name in one})
    assert counts == {"posted": 100, "refused": 20}
    assert len(council.facts(e.InvoiceIssued)) == 90
    _assert_letters(council, billing_topic, bad)


def _assert_letters(council: Council, billing_topic: Part, bad: Sequence[Any]) -> None:
    letters = billing_topic.dead_letters()
    sent = {_id(one): one for one in bad}
    assert {_id(one) for one in letters} == set(sent)
    assert len(letters) == len(bad)
    recorded = {event.envelope.id: event.fact for event in council.events()}
    for key, value, headers in letters:
        original = sent[dict(headers)["ce_id"]]
        assert (key, value) == original[:2]
        assert headers[: len(original[2])] == original[2]
        added = {name: (text or b"").decode() for name, text in headers[len(original[2]) :]}
        fact = recorded[added["x-dlq-event"]]
        assert isinstance(fact, MessageRefused | MessageUnreadable)
        business = isinstance(fact, MessageRefused)
        assert added["x-dlq-class"] == ("business" if business else "poison")
        assert added["x-dlq-reason"] == fact.refusals[0].code
        assert added["x-dlq-sentences"]
        assert added["x-dlq-topic"] == billing_topic.name
        assert datetime.fromisoformat(added["x-dlq-first-seen"]).tzinfo is not None
        assert (added["x-dlq-partition"], added["x-dlq-offset"]) != ("", "")


def test_a_restart_posts_nothing_twice_and_goes_on(
    council: Council, tallystick: Part, kafka_broker: Broker, billing_topic: Part, letters: Part
) -> None:
    kafka_broker.need("topics with two partitions")
    good = list(letters.good(4, 30))
    for upto, part in ((20, good[:20]), (34, [*good[20:], *good[:10]])):
        billing_topic.publish(part)
        consumer = tallystick.start("consume")
        consumer.eventually(billing_topic.all_taken(council))
        assert consumer.stop() == 0, consumer.log()
        assert len(council.events()) == upto


# Where a consumer dies, and at which time that it comes there.
NAMED = (
    ("after decode", 2),
    ("before append", 2),
    ("before commit", 1),
    ("after append", 1),
    ("before kafka commit", 2),
    ("before dead letter", 3),
    ("after dead letter", 1),
)
# As many as a consumer takes in while it is waited for, so that no kill comes after the work.
BILLS_A_KILL = 300
BAD_EACH = 30  # one bad message in so many


@pytest.mark.soak
def test_kill_nine_at_named_points_and_at_random_loses_and_doubles_nothing(
    council: Council,
    killable: Part,
    kafka_broker: Broker,
    billing_topic: Part,
    letters: Part,
    soak: Any,  # noqa: ANN401 - of plugins/soak.py
    seed: int,
) -> None:
    kafka_broker.need("topics with two partitions")
    chance, kills, rounds = Random(seed), soak.size(13, 200), soak.size(1, 20)  # noqa: S311 - repeated by its seed
    accounts, bills = 1_000, BILLS_A_KILL * (kills + rounds)
    bad = [letters.bad(number) for number in range(bills // BAD_EACH)]
    good = list(letters.good(accounts, bills))
    mixed = good[accounts:]
    for letter in bad:
        mixed.insert(chance.randrange(len(mixed)), letter)
    billing_topic.publish([*good[:accounts], *mixed])
    for name, times in NAMED * rounds:
        killable.begin("consume", name, times)
        assert killable.ended() == 137, (name, killable.log())
    at_work = sum(_is_killed_at_work(council, killable, chance, bills) for _ in range(kills))
    killable.begin("consume")
    killable.eventually(billing_topic.all_taken(council), seconds=600)
    assert killable.kill(signal.SIGTERM) == 0, killable.log()
    soak.tally(
        kills=kills + len(NAMED) * rounds, messages=len(good) + len(bad), **_wrong(council, bills)
    )
    assert at_work >= kills // 2, "the kills came too late to prove anything"
    assert _wrong(council, bills) == {"lost": 0, "doubled": 0}
    assert len(council.facts(e.AccountOpened)) == accounts
    refusals = [*council.facts(MessageRefused), *council.facts(MessageUnreadable)]
    assert len(refusals) == len(bad)
    found = billing_topic.dead_letters()
    assert {_id(one): one[:2] for one in found} == {_id(one): one[:2] for one in bad}
    assert len({dict(one[2])["x-dlq-event"] for one in found}) == len(bad)
    assert verify(council.app.store) == ()
    _assert_figures_are_those_of_a_refold(council, bills)


def _wrong(council: Council, bills: int) -> dict[str, int]:
    """How many bills of those that were sent are not in the ledger, and how many are twice."""
    issued = Counter(one.invoice for one in council.facts(e.InvoiceIssued))
    assert set(issued) <= {f"INV-{number}" for number in range(bills)}
    return {"lost": bills - len(issued), "doubled": issued.total() - len(issued)}


def _is_killed_at_work(council: Council, killable: Part, chance: Random, bills: int) -> bool:
    """Kill a consumer a random moment after its first batch; whether it left work behind."""
    killable.begin("consume")
    killable.at_work()
    time.sleep(chance.uniform(0, 0.12))
    assert killable.kill() == -signal.SIGKILL
    with council.app.store.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger.register WHERE kind = 'invoice'")
        (stored,) = cursor.fetchone()
    return bool(stored < bills)


def _assert_figures_are_those_of_a_refold(council: Council, bills: int) -> None:
    today = Today(date(2025, 12, 31), datetime.now(UTC))
    with runner.connect(council.app.urls.app) as connection:
        runner.catch_up(connection, page_events=700)
        rebuilt = rebuild(connection, today)
    assert rebuilt.switched
    assert rebuilt.differences == ()
    rows = council.figures("control_account", date(2025, 12, 31), period_start=date(2025, 4, 1))
    expected = sum(100 + number for number in range(bills))
    assert [row["billed"] * 100 for row in rows] == [expected]


@pytest.mark.parametrize(
    ("verb", "what"), [("control-position-last", "doubled"), ("control-position-first", "lost")]
)
def test_a_position_in_a_transaction_of_its_own_would_lose_or_double(
    council: Council,
    database: Any,  # noqa: ANN401
    killable: Part,
    billing_topic: Part,
    letters: Part,
    verb: str,
    what: str,
) -> None:
    """The negative control: the same kill, after the first of two commits, on a naive sink."""
    billing_topic.publish(list(letters.good(4, 200)))
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE control_rows (partition int, at bigint)")
        connection.execute(
            "CREATE TABLE control_positions (topic text, partition int, position bigint)"
        )
        killable.begin(verb, "after append")
        assert killable.ended() == 137, killable.log()
        killable.begin(verb)

        last = billing_topic.last()

        def is_done() -> bool:
            query = "SELECT partition, max(position) FROM control_positions GROUP BY 1"
            return bool(dict(connection.execute(query).fetchall()) == last)

        killable.eventually(is_done)
        assert killable.kill(signal.SIGTERM) == 0, "a clean stop ends its batch"
        rows = Counter(connection.execute("SELECT partition, at FROM control_rows").fetchall())
    doubled = [row for row, times in rows.items() if times > 1]
    assert bool(doubled) == (what == "doubled")
    assert (len(rows) < 204) == (what == "lost")
