"""Load, decide, append: a batch of entries is one transaction, decided again on conflict."""

from collections.abc import Callable, Sequence
from datetime import date

from ledger.authority import AuthorityPolicy
from ledger.limits import CONFLICT_RETRIES_MAX
from ledger.requests import Entry, Outcome, Request
from ledger.round import Round
from ledger.store import Store
from ledger.store_values import Position, StreamMovedError


class TooManyConflictsError(Exception):
    """Other writers were faster every time: try again later."""


class Ledger:
    """The one door to the log: every command and every fact of a source goes through here."""

    def __init__(self, store: Store, policy: AuthorityPolicy, today: Callable[[], date]) -> None:
        self.store = store
        self.policy = policy
        self.today = today

    def handle(
        self, entries: Sequence[Entry], position: Position | None = None
    ) -> tuple[Outcome, ...]:
        """Decide the entries in their order and append all outcomes with the position.

        Either everything of the batch is in the log, the position included, or nothing is.
        Raises TooManyConflictsError, and what `Store.append` raises.
        """
        for _ in range(CONFLICT_RETRIES_MAX):
            attempt = self._decide(entries)
            batch = attempt.batch(position)
            if not batch.events and not batch.register and position is None:
                return attempt.outcomes(None)
            try:
                appended = self.store.append(batch)
            except StreamMovedError:
                continue
            return attempt.outcomes(appended.first_position)
        raise TooManyConflictsError(f"{CONFLICT_RETRIES_MAX} attempts met a faster writer")

    def preview(self, request: Request) -> Outcome:
        """What a command would do now: its facts or its refusals. Nothing is written."""
        return self._decide([request]).outcomes(None)[0]

    def _decide(self, entries: Sequence[Entry]) -> Round:
        attempt = Round(self.store, self.policy, self.today())
        attempt.load(entries)
        for entry in entries:
            attempt.take(entry)
        return attempt
