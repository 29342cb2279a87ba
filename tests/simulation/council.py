"""A small council made of the product's own parts, a store under the weather, and a virtual clock.

The reference is told an input at the moment at which the store's commit took effect: of messages
by the position that was committed, of bank lines and commands by their register keys. It is never
told what the product made of them.
"""

import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from consumers.bank_files import BankIntake
from consumers.billing_sink import BillingSink
from consumers.intake_parts import IntakeParts
from consumers.kafka_loop import Pace, _Loop
from consumers.keeping import Keeping, PartyDetails
from consumers.matching.policy import MatchingPolicy
from consumers.message import Partition, position_name
from consumers.patience import Patience
from ledger.authority import AuthorityPolicy
from ledger.handle import Ledger
from ledger.ids import intake_stream
from ledger.registers import MESSAGE
from ledger.requests import Outcome
from ledger.store_values import Batch

from .documents import BANK_ACCOUNT, UNIT
from .faults import UnderWeather, Weather
from .reference import INTAKE, Reference
from .transport import NoWaiting, Reader, Topic

CLUSTER = "simulated"
PACE = Pace(poll_ms=0, tick_seconds=0.0, stalled_seconds=1e9, yield_seconds=0.0)
BEGINNING = datetime(2026, 4, 1, 9, tzinfo=UTC)
PARTITIONS = 2
MESSAGES_STREAM = intake_stream("kafka:bills")

MakeStore = Callable[[Callable[[], datetime], Weather], UnderWeather]


class RawInMemory:
    """Raw inputs by their digest; files in a folder that is gone after the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: dict[str, bytes] = {}

    def keep(self, content: bytes) -> str:
        """Keep bytes."""
        digest = hashlib.sha256(content).hexdigest()
        self.kept[digest] = content
        return digest

    def keep_all(self, contents: Sequence[bytes]) -> None:
        """Keep many."""
        for content in contents:
            self.keep(content)

    def keep_file(self, path: Path) -> str:
        """Keep a file."""
        digest = self.keep(path.read_bytes())
        (self.folder / digest).write_bytes(self.kept[digest])
        return digest

    def path(self, digest: str) -> Path:
        """Where the kept file is."""
        return self.folder / digest


class NoParties:
    """No message of the simulation carries a person."""

    def put_all(self, details: Sequence[tuple[str, PartyDetails]]) -> None:
        """Do nothing."""


@dataclass
class Consumer:
    """A running process: its connection and its loop, lost when it dies."""

    reader: Reader
    loop: Any


@dataclass
class Council:
    """Everything that outlives a process, and the processes that run now."""

    make_store: MakeStore
    policy: AuthorityPolicy
    matching: MatchingPolicy
    reference: Reference
    make_ledger: Callable[..., Ledger] = Ledger
    make_sink: Callable[..., BillingSink] = BillingSink
    moment: datetime = BEGINNING
    topic: Topic = field(default_factory=lambda: Topic(PARTITIONS))
    sent: dict[tuple[int, int], tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    consumers: dict[int, Consumer] = field(default_factory=dict)
    expected: dict[str, Callable[[], None]] = field(default_factory=dict)
    told: list[Outcome] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    opening: int = 0
    offered: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="tallystick-simulation-")
        self.folder = Path(self._temporary.name)
        self.weather = Weather(self.committed)
        self.store = self.make_store(lambda: self.moment, self.weather)
        self.keeping = Keeping(
            RawInMemory(self.folder),
            NoParties(),
            lambda text: hashlib.sha256(text.encode()).hexdigest(),
        )
        self.reference.books.today = self.today()

    def close(self) -> None:
        """End of the run."""
        self.store.close()
        self._temporary.cleanup()

    def today(self) -> date:
        """The business day."""
        return self.moment.date()

    def pass_time(self, seconds: int) -> None:
        """The clock jumps."""
        self.moment += timedelta(seconds=seconds)
        self.reference.books.today = self.today()

    # -- processes ---------------------------------------------------------------------------------

    def ledger(self) -> Ledger:
        """A ledger as a new process makes it."""
        return self.make_ledger(self.store, self.policy, self.today)

    def consumer(self, number: int) -> Consumer:
        """The running consumer of a number, begun when it is not running."""
        if number not in self.consumers:
            reader = Reader(self.topic)
            actor = self.policy.actor(INTAKE)
            sink = self.make_sink(
                self.ledger(), self.keeping, actor, CLUSTER, on_outcomes=self.told.extend
            )
            loop = _Loop(reader, sink, Patience(NoWaiting()), PACE, _no_alarm, accept_lost=False)
            self.consumers[number] = Consumer(reader, loop)
        return self.consumers[number]

    def bank(self) -> BankIntake:
        """The intake of bank files as a new process makes it."""
        actor = self.policy.actor(INTAKE)
        accounts = {BANK_ACCOUNT: UNIT}
        return BankIntake(
            IntakeParts(self.ledger(), self.keeping, accounts, self.matching, actor), ()
        )

    # -- what took effect --------------------------------------------------------------------------

    def committed(self, batch: Batch) -> None:
        """Tell the reference what a commit took in."""
        if batch.position is not None:
            self._count(batch.position.source, batch.position.position)
        for row in batch.register:
            if row.kind == MESSAGE and row.key in self.expected:
                self.expected.pop(row.key)()

    def _count(self, source: str, last: int) -> None:
        for partition in self.topic.logs:
            if position_name(CLUSTER, *partition) == source:
                self._take_until(partition, last)

    def _take_until(self, partition: Partition, last: int) -> None:
        number = partition.partition
        for offset in range(self.reference.taken.get(number, -1) + 1, last + 1):
            ident, record = self.sent[number, offset]
            self.answers.append(self.reference.message(number, offset, ident, record))


def _no_alarm(alarm: object) -> None:
    raise AssertionError(f"an alarm without a cause: {alarm}")
