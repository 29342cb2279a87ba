"""The work that every peer is given: a bill and its payment in turn, one client; and its timing."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import psycopg

ACCOUNTS = 2_000
SINGLE = 1_000  # deeds handed over one at a time
SIZES = ((100, 4_000), (1_000, 8_000), (8_000, 16_000))  # deeds a transaction, deeds in all
FIRST = date(2024, 4, 1)
DAYS = 700
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Deed:
    """A bill of an account, or the payment of that bill."""

    number: int
    pays: bool
    account: str
    on: date
    amount_minor: int

    @property
    def bill(self) -> str:
        """The number of the bill."""
        return f"HSG-{self.number:08d}"

    @property
    def receipt(self) -> str:
        """The name of its payment."""
        return f"R-{self.number:08d}"

    @property
    def due_on(self) -> date:
        """When the bill is due."""
        return self.on + timedelta(days=28)


def account_of(number: int) -> str:
    """The account of a bill."""
    return f"{number % ACCOUNTS:07d}"


def deeds(count: int, first: int) -> list[Deed]:
    """The deeds of half as many bills, numbered from one that nothing else has used."""
    made = []
    for number in range(first, first + count // 2):
        billed = FIRST + timedelta(days=number // 40 % DAYS)
        amount = 10_000 + number % 5_000
        made.append(Deed(number, False, account_of(number), billed, amount))
        paid = billed + timedelta(days=20)
        made.append(Deed(number, True, account_of(number), paid, amount))
    return made


@dataclass(frozen=True, slots=True)
class Timing:
    """What one peer took for its transactions of one size; `bare_ms` is a bare commit between."""

    peer: str
    batch: int
    per_second: float
    p50_ms: float
    p99_ms: float
    bare_ms: float | None = None


def measure(
    peer: str,
    work: Sequence[T],
    batch: int,
    take: Callable[[Sequence[T]], object],
    bare: Callable[[], object] | None = None,
) -> Timing:
    """Hand over the work in transactions of one size, each timed.

    `bare` is timed before each: on a busy machine only what was measured in the same moment can be
    compared.
    """
    spent, beside = [], []
    for part in _parts(work, batch):
        if bare is not None:
            beside.append(_timed(bare))
        spent.append(_timed(lambda: take(part)))  # noqa: B023 - called at once
    middle, late = _at(spent, 50), _at(spent, 99)
    between = _at(beside, 50) if beside else None
    return Timing(peer, batch, len(work) / sum(spent), middle, late, between)


def _timed(step: Callable[[], object]) -> float:
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


def _at(spent: Sequence[float], percentile: int) -> float:
    """Milliseconds at a percentile."""
    return sorted(spent)[len(spent) * percentile // 100] * 1_000


class Bare:
    """One-row inserts, each its own commit: the ceiling of single commands."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " note text NOT NULL)"
        )

    def __call__(self) -> None:
        """Insert and commit."""
        self._connection.execute("INSERT INTO bare (note) VALUES ('one row')")

    def close(self) -> None:
        """Leave."""
        self._connection.close()


def _parts(work: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(work), size):
        yield work[start : start + size]
