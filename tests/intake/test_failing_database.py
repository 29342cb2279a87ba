"""Running `consume` and `project` while their database fails: they wait, say why, and go on."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger import events as e
from ledger.checks import verify
from ledger.intake_events import MessageRefused, MessageUnreadable
from ledger.suspense_events import ReceiptSuspended
from projections import runner
from service.embedded import is_running
from service.embedded_cluster import SUPERUSER
from service.embedded_place import find_place
from service.embedded_process import children, find_postmaster

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
Part: TypeAlias = Any  # of plugins/

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

ACCOUNTS = 20
GOES_ON_SECONDS = 120


class Town:
    """A council whose consumer and projector run on a server that can be made to fail."""

    def __init__(self, council: Council, server: Part, billing_topic: Part, letters: Part) -> None:
        self.council = council
        self.server = server
        self.sent = 0
        self._topic = billing_topic
        self._letters = letters
        self.store = council.app.store
        self.store.datastore.pool.timeout = 2.0  # the test's own looks have no time to lose

    def publish(self, bills: int) -> None:
        self._topic.publish(list(self._letters.good(ACCOUNTS, bills, self.sent)))
        self.sent += bills

    def publish_bad(self, count: int) -> None:
        self._topic.publish([self._letters.bad(number) for number in range(count)])

    def catch_up(self) -> None:
        with runner.connect(self.council.app.urls.app) as connection:
            runner.catch_up(connection)

    def taken(self) -> Callable[[], bool]:
        """Whether all that was published is stored; a server that is away says no."""
        condition = self._topic.all_taken(self.council)

        def is_taken() -> bool:
            try:
                return bool(condition())
            except psycopg.OperationalError:
                return False

        return is_taken

    def projected(self) -> bool:
        with runner.connect(self.council.app.urls.app) as connection:
            return bool(runner.progress(connection) == self.council.app.store.last_position())

    def wrong(self) -> dict[str, int]:
        issued = Counter(one.invoice for one in self.council.facts(e.InvoiceIssued))
        assert set(issued) <= {f"INV-{number}" for number in range(self.sent)}
        return {"lost": self.sent - len(issued), "doubled": issued.total() - len(issued)}

    def assert_whole(self, soak: Part, **done: int) -> None:
        wrong = self.wrong()
        soak.tally(messages=self.sent, **done, **wrong)
        assert wrong == {"lost": 0, "doubled": 0}
        assert verify(self.council.app.store) == ()
        with runner.connect(self.council.app.urls.app) as connection:
            billed = "SELECT sum(amount_minor) FROM reporting.movements WHERE kind = 'billed'"
            (amount,) = connection.execute(billed).fetchone() or (0,)
        assert amount == sum(100 + number for number in range(self.sent))


OpenTown: TypeAlias = Callable[[Any], Town]


@pytest.fixture
def open_town(
    open_council: Any,  # noqa: ANN401
    billing_topic: Part,
    letters_of: Any,  # noqa: ANN401
    kafka_broker: Part,
    tmp_path: Path,
) -> Iterator[OpenTown]:
    """Opens a town on a server."""
    kafka_broker.need("topics with two partitions")
    with ExitStack() as stack:

        def opened(server: Part) -> Town:
            council = stack.enter_context(open_council(server.database, tmp_path))
            return Town(council, server, billing_topic, letters_of(council.billing))

        yield opened


@pytest.fixture
def start(
    kafka_broker: Part, billing_topic: Part, processes: Callable[..., Part]
) -> Callable[[Town], Part]:
    """A starter of processes on a town."""

    def starter(town: Town) -> Part:
        database = town.server.database
        return processes(town.council, database, kafka_broker.bootstrap, billing_topic.name)

    return starter


def told(process: Part, event: str, kind: str, words: str = "") -> Callable[[], bool]:
    """Whether it has said in the log that it waits, and why."""
    return lambda: any(
        one["kind"] == kind and words in one["sentence"] for one in process.logged(event)
    )


@pytest.mark.soak
def test_a_restart_of_the_database_is_survived_by_the_running_processes(
    open_town: OpenTown,
    start: Callable[[Town], Part],
    own_server: Part,
    soak: Any,  # noqa: ANN401
    seed: int,
) -> None:
    chance, kills = Random(seed), soak.size(2, 30)  # noqa: S311 - repeated by its seed
    town = open_town(own_server)
    tallystick = start(town)
    consumer, projector = tallystick.start("consume"), tallystick.start("project")
    town.publish(100)
    consumer.eventually(town.taken())
    projector.eventually(town.projected)
    for _ in range(kills):
        town.publish(500)
        time.sleep(chance.uniform(0.2, 1.0))
        own_server.kill()
        time.sleep(chance.uniform(0.0, 1.0))
        own_server.start()
    consumer.eventually(town.taken(), GOES_ON_SECONDS)
    projector.eventually(town.projected, GOES_ON_SECONDS)
    assert (consumer.stop(), projector.stop()) == (0, 0), consumer.log() + projector.log()
    town.assert_whole(soak, kills=kills)


@pytest.mark.soak
def test_a_full_disk_pauses_intake_and_figures_until_there_is_room(
    open_town: OpenTown,
    start: Callable[[Town], Part],
    server_on_small_disk: Part,
    small_disk: Part,
    soak: Any,  # noqa: ANN401
) -> None:
    town = open_town(server_on_small_disk)
    tallystick = start(town)
    consumer, projector = tallystick.start("consume"), tallystick.start("project")
    for _ in range(soak.size(1, 10)):
        town.publish(400)
        consumer.eventually(town.taken())
        alarms = len(consumer.logged("consume.alarm"))
        _room_in_the_log(town)
        small_disk.fill()
        town.publish(2_000)
        consumer.eventually(lambda before=alarms: len(consumer.logged("consume.alarm")) > before)
        small_disk.empty()
        consumer.eventually(town.taken(), GOES_ON_SECONDS)
        projector.eventually(town.projected, GOES_ON_SECONDS)
    assert told(consumer, "consume.alarm", "paused", "the database's disk is full")()
    assert consumer.logged("consume.resumed"), consumer.log()
    assert (consumer.stop(), projector.stop()) == (0, 0), consumer.log() + projector.log()
    town.assert_whole(soak, full_disks=1)


def _room_in_the_log(town: Town) -> None:
    """Let the server's own log have a segment for all that comes.

    Without room for its next segment it stops, which is the next test; tables must be what is full.
    """
    url = town.server.server.url("postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")


@pytest.mark.soak(only=True)
def test_a_server_that_a_full_disk_stopped_is_waited_for(
    open_town: OpenTown,
    start: Callable[[Town], Part],
    server_on_small_disk: Part,
    small_disk: Part,
    soak: Any,  # noqa: ANN401
) -> None:
    """The server panics; somebody gives it room and starts it; nobody touches the consumer."""
    town = open_town(server_on_small_disk)
    consumer = start(town).start("consume")
    small_disk.leave(6)
    town.publish(12_000)
    consumer.eventually(told(consumer, "consume.alarm", "paused", "disk is full"), GOES_ON_SECONDS)
    assert not is_running(server_on_small_disk.home), "the server did not need the room"
    small_disk.leave(300)
    server_on_small_disk.start()
    consumer.eventually(town.taken(), GOES_ON_SECONDS)
    assert consumer.stop() == 0, consumer.log()
    town.catch_up()
    town.assert_whole(soak)


def test_a_folder_for_kept_files_that_is_read_only_pauses_intake(
    open_town: OpenTown,
    start: Callable[[Town], Part],
    own_server: Part,
    small_disk: Part,
    soak: Any,  # noqa: ANN401
) -> None:
    """What is refused is kept before it is recorded: without a place for it nothing is posted."""
    town = open_town(own_server)
    home: Path = town.council.settings.home
    (home / "raw").rmdir()
    (home / "raw").symlink_to(small_disk.folder, target_is_directory=True)
    consumer = start(town).start("consume")
    town.publish(40)
    consumer.eventually(town.taken())
    small_disk.read_only(on=True)
    town.publish_bad(3)
    town.publish(40)
    words = "a file cannot be kept: [Errno 30] Read-only file system"
    consumer.eventually(told(consumer, "consume.alarm", "paused", words))
    small_disk.read_only(on=False)
    consumer.eventually(town.taken(), GOES_ON_SECONDS)
    assert consumer.stop() == 0, consumer.log()
    assert len(town.council.facts(MessageUnreadable)) + len(town.council.facts(MessageRefused)) == 3
    town.catch_up()
    town.assert_whole(soak)


def test_a_server_without_a_free_connection_pauses_intake_and_figures(
    open_town: OpenTown,
    start: Callable[[Town], Part],
    own_server: Part,
    soak: Any,  # noqa: ANN401
) -> None:
    town = open_town(own_server)
    tallystick = start(town)
    consumer, projector = tallystick.start("consume"), tallystick.start("project")
    town.publish(100)
    consumer.eventually(town.taken())
    with ExitStack() as others:
        take_every_connection(town, others)
        town.publish(100)
        words = "the database has no connection left (max_connections)"
        consumer.eventually(told(consumer, "consume.alarm", "paused", words))
        projector.eventually(told(projector, "project.alarm", "paused", words))
    consumer.eventually(town.taken(), GOES_ON_SECONDS)
    projector.eventually(town.projected, GOES_ON_SECONDS)
    assert (consumer.stop(), projector.stop()) == (0, 0), consumer.log() + projector.log()
    town.assert_whole(soak)


def take_every_connection(town: Town, others: ExitStack) -> None:
    """Cut off everybody else, and be faster than they with every connection that there is."""
    url = town.server.database.owner_url
    first = others.enter_context(psycopg.connect(url, autocommit=True))
    theirs = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename <> %s"
    for _ in range(100):
        first.execute(f"SELECT count(pg_terminate_backend(pid)) {theirs}".encode(), (SUPERUSER,))
        take_what_is_free(url, others)
        row = first.execute(f"SELECT count(*) {theirs}".encode(), (SUPERUSER,)).fetchone()
        if row == (0,):
            return
    raise AssertionError("the others were faster each time")


def take_what_is_free(url: str, others: ExitStack) -> None:
    try:
        while True:
            others.enter_context(psycopg.connect(url))
    except psycopg.OperationalError as error:
        if "too many clients" not in str(error):
            raise


@pytest.mark.soak
def test_a_disk_that_stands_still_is_waited_for_and_told(
    open_town: OpenTown,
    start: Callable[[Town], Part],
    own_server: Part,
    soak: Any,  # noqa: ANN401
) -> None:
    """Every process of the server stands still, as all do whose disk answers no more."""
    town = open_town(own_server)
    consumer = start(town).lives()
    consumer.begin("consume")
    for _ in range(soak.size(1, 20)):
        town.publish(1_000)
        consumer.at_work()
        before = len(consumer.logged("consume.alarm"))
        frozen = freeze(own_server)
        try:
            consumer.eventually(
                lambda before=before: len(consumer.logged("consume.alarm")) > before
            )
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
        consumer.eventually(town.taken(), GOES_ON_SECONDS)
    assert told(consumer, "consume.alarm", "slow", "no answer from the database for")()
    assert consumer.kill(signal.SIGTERM) == 0, consumer.log()
    town.catch_up()
    town.assert_whole(soak)


def freeze(server: Part) -> list[int]:
    """SIGSTOP to every process of the server; their ids."""
    place = find_place(server.home)
    assert place is not None
    postmaster = find_postmaster(place.data)
    assert postmaster is not None
    family = [*children(postmaster.pid), postmaster.pid]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    return family


LINES = 3_000


def test_a_file_that_a_restart_broke_off_is_taken_to_its_end_and_once(
    open_council: Any,  # noqa: ANN401
    own_server: Part,
    processes: Callable[..., Part],
    tmp_path: Path,
) -> None:
    """The watched folder takes the file again from its start: what is posted already is known."""
    with open_council(own_server.database, tmp_path) as council:
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        rows = [(date(2025, 6, 2), 100 + number, f"line {number}") for number in range(LINES)]
        council.csv("week.csv", rows).rename(inbox / "week.csv")
        watcher = processes(council, own_server.database).start("watch", str(inbox))
        watcher.eventually(lambda: council.app.store.last_position() > LINES // 3)
        own_server.kill()
        stored_before = (inbox / "done" / "week.csv").exists()
        own_server.start()
        watcher.eventually((inbox / "done" / "week.csv").exists, GOES_ON_SECONDS)
        assert watcher.stop() == 0, watcher.log()
        received = Counter(one.amount_minor for one in council.facts(ReceiptSuspended))
        assert not stored_before, "the kill came too late to prove anything"
        assert received == Counter(100 + number for number in range(LINES))
        assert verify(council.app.store) == ()
