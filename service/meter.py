"""What is counted of a running process, as a seam: who counts does not know who is asking."""

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Protocol

from consumers.alarms import Alarm
from consumers.watchdog import PartitionLag
from ledger.authority import AuthorityPolicy
from ledger.direct_debit_policy import DirectDebitPolicy
from ledger.handle import BeforeAppend, Ledger, OnStopped
from ledger.requests import Entry, Outcome
from ledger.small_balance_policy import SmallBalancePolicy
from ledger.store import Store
from ledger.store_reads import StoreReads
from ledger.store_values import Appended, Batch, Position, StreamMovedError


class Meter(Protocol):
    """Is told what happens, as it happens."""

    def appended(self, events: int, seconds: float) -> None:
        """A batch was appended."""

    def conflicted(self) -> None:
        """Another writer was faster: a batch is decided again."""

    def decided(self, outcomes: Sequence[Outcome]) -> None:
        """What became of the entries of a batch."""

    def broke(self) -> None:
        """An invariant broke, and its stream was stopped."""


class LoopMeter(Meter, Protocol):
    """A meter that the Kafka loop tells of its partitions too."""

    def lettered(self, outcomes: Sequence[Outcome]) -> None:
        """What became of messages from Kafka, as their sender sees it."""

    def lagging(self, lags: Sequence[PartitionLag]) -> None:
        """How far each partition is read."""

    def alarmed(self, alarm: Alarm) -> None:
        """An alarm of the loop."""


class MeteredStore(Store):
    """A store that tells how long each append takes."""

    def __init__(self, url: str, meter: Meter, clock: Callable[[], datetime] | None) -> None:
        super().__init__(url, clock=clock)
        self._meter = meter

    def append_decided(self, decide: Callable[[StoreReads], Batch]) -> Appended:
        """As the store's own."""
        begun = time.perf_counter()
        try:
            appended = super().append_decided(decide)
        except StreamMovedError:
            self._meter.conflicted()
            raise
        self._meter.appended(appended.count, time.perf_counter() - begun)
        return appended


class MeteredLedger(Ledger):
    """A ledger that tells what became of each batch."""

    def __init__(
        self,
        store: Store,
        policy: AuthorityPolicy,
        today: Callable[[], date],
        small_balances: SmallBalancePolicy,
        on_stopped: OnStopped,
        direct_debit: DirectDebitPolicy,
        meter: Meter,
    ) -> None:
        super().__init__(store, policy, today, small_balances, on_stopped, direct_debit)
        self._meter = meter

    def handle(
        self,
        entries: Sequence[Entry],
        position: Position | None = None,
        before_append: BeforeAppend | None = None,
    ) -> tuple[Outcome, ...]:
        """As the ledger's own."""
        outcomes = super().handle(entries, position, before_append)
        self._meter.decided(outcomes)
        return outcomes
