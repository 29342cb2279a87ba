"""Load, decide, append: a batch of entries is one transaction, decided again on conflict."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeAlias

from ledger.authority import AuthorityPolicy
from ledger.direct_debit_policy import NO_DIRECT_DEBITS, DirectDebitPolicy
from ledger.ids import QUARANTINABLE
from ledger.invariants import BROKEN, Breach, StreamBrokenError, in_words
from ledger.limits import BREACHES_PER_BATCH_MAX, FREE_ATTEMPTS
from ledger.quarantine_events import StreamQuarantined
from ledger.recorded import NewerEventError
from ledger.requests import Entry, Note, Outcome, Request
from ledger.round import Round
from ledger.small_balance_policy import NO_SMALL_BALANCES, SmallBalancePolicy
from ledger.store import Store
from ledger.store_reads import StoreReads
from ledger.store_values import Batch, Position, StreamMovedError
from ledger.touched import decided_by

OnStopped: TypeAlias = Callable[[StreamQuarantined], None]
BeforeAppend: TypeAlias = Callable[[tuple[Outcome, ...]], None]


class TooManyConflictsError(Exception):
    """Another writer was faster although it had to wait: somebody appends without the lock."""


class Ledger:
    """The one door to the log: every command and every fact of a source goes through here."""

    def __init__(
        self,
        store: Store,
        policy: AuthorityPolicy,
        today: Callable[[], date],
        small_balances: SmallBalancePolicy = NO_SMALL_BALANCES,
        on_stopped: OnStopped = lambda _: None,
        direct_debit: DirectDebitPolicy = NO_DIRECT_DEBITS,
    ) -> None:
        self.store = store
        self.policy = policy
        self.today = today
        self.small_balances = small_balances
        self.direct_debit = direct_debit
        self.on_stopped = on_stopped  # told of each stream that a breach has put into quarantine

    def handle(
        self,
        entries: Sequence[Entry],
        position: Position | None = None,
        before_append: BeforeAppend | None = None,
    ) -> tuple[Outcome, ...]:
        """Decide the entries in their order and append all outcomes with the position.

        Either everything of the batch is in the log, the position included, or nothing is.
        `before_append` is shown the outcomes before they are written, to keep beside the ledger
        what an event will point at; it may be called again when the batch is decided again.
        Raises TooManyConflictsError, and what `Store.append` raises.
        """
        today = self.today()
        for _ in range(FREE_ATTEMPTS):
            attempt = self._decide(entries, self.store, today)
            batch = attempt.batch(position)
            if not batch.events and not batch.register and position is None:
                return attempt.outcomes(None)
            if before_append is not None:
                before_append(attempt.outcomes(None))
            try:
                appended = self.store.append(batch)
            except StreamMovedError:
                continue
            self._tell(attempt)
            return attempt.outcomes(appended.first_position)
        return self._handle_alone(entries, position, before_append, today)

    def _handle_alone(
        self,
        entries: Sequence[Entry],
        position: Position | None,
        before_append: BeforeAppend | None,
        today: date,
    ) -> tuple[Outcome, ...]:
        """Decide while all other writers wait, so that none can be faster again."""
        attempts: list[Round] = []

        def decide(reads: StoreReads) -> Batch:
            attempt = self._decide(entries, reads, today)
            if before_append is not None:
                before_append(attempt.outcomes(None))
            attempts.append(attempt)
            return attempt.batch(position)

        try:
            appended = self.store.append_decided(decide)
        except StreamMovedError as error:
            raise TooManyConflictsError("a writer appends without taking the lock") from error
        self._tell(attempts[0])
        return attempts[0].outcomes(appended.first_position)

    def _tell(self, attempt: Round) -> None:
        for fact in attempt.stopped:
            self.on_stopped(fact)

    def preview(self, request: Request) -> Outcome:
        """What a command would do now: its facts or its refusals. Nothing is written."""
        return self._decide([request], self.store, self.today()).outcomes(None)[0]

    def _decide(self, entries: Sequence[Entry], reads: StoreReads, today: date) -> Round:
        """Decide a batch; what breaks an invariant stops one stream, and the batch goes on.

        An entry may break when half of it is recorded. So the attempt is thrown away, and the batch
        decided anew with the stream stopped at that place: nothing of the entry can be left.
        """
        breaches: dict[int, Breach] = {}
        while True:
            attempt = Round(
                reads, self.policy, today, self.small_balances, breaches, self.direct_debit
            )
            attempt.load(entries)
            try:
                for entry in entries:
                    attempt.take(entry)
            except BROKEN as error:
                place = attempt.taken
                breach = _breach(entries[place], error)
                if breach is None or place in breaches or len(breaches) == BREACHES_PER_BATCH_MAX:
                    raise
                breaches[place] = breach
            else:
                return attempt


def _breach(entry: Entry, error: Exception) -> Breach | None:
    """The stream to stop for an error; None when it is not one stream's, and all must stop."""
    if isinstance(entry, Note) or isinstance(error, NewerEventError):
        return None
    stream = error.stream if isinstance(error, StreamBrokenError) else decided_by(entry.command)[0]
    return Breach(stream, in_words(error)) if stream.startswith(QUARANTINABLE) else None
