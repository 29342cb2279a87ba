"""Finds the run that a report of Bacs is about.

A file of our own has our serial. One that a bureau sent has the bureau's, so it is found by service
user number, processing day and totals; of several that are alike an officer must say which.
"""

from collections.abc import Callable
from typing import NamedTuple

from consumers.formats.bacs_items import FileOutcome, InputReport, Tally, Withdrawal
from consumers.formats.bacs_submission import summed
from ledger.collection_run import CollectionRunState
from ledger.store import Store
from ledger.stream_states import states_of

_RUNS = "collection-run:"
# Of these a bureau's file may have gone, and reports on it may come, also for a second time.
_GONE = ("released", "refused", "withdrawn", "signed_off")


class NotFound(NamedTuple):
    """Why no run is found."""

    why: str


class RunsFound:
    """The runs, read once for a report."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._states: list[CollectionRunState] | None = None

    def of(self, item: InputReport | Withdrawal | FileOutcome) -> CollectionRunState | NotFound:
        """The run that an item of a report is about, or why there is none."""
        ours = [one for one in self._runs() if item.sun in (None, one.opened.sun)]
        by_serial = [
            one
            for one in ours
            if one.opened.layout == "standard18" and one.opened.serial == item.volume_serial
        ]
        if by_serial:
            several = "several runs of ours have this serial"
            return by_serial[0] if len(by_serial) == 1 else NotFound(several)
        is_like = _like(item)
        sent = [one for one in ours if one.opened.layout != "standard18" and one.status in _GONE]
        alike = [one for one in sent if is_like(one)]
        waiting = [one for one in alike if one.status == "released" and one.reported is None]
        found = alike if len(alike) == 1 else waiting
        if len(found) == 1:
            return found[0]
        if alike:
            names = ", ".join(one.opened.run for one in alike)
            return NotFound(f"several runs by a bureau have its day and totals: {names}")
        if sent:
            return NotFound("no run of ours has this serial, and none by a bureau its totals")
        return NotFound("no run of ours has this serial")

    def _runs(self) -> list[CollectionRunState]:
        if self._states is None:
            names = self._store.stream_names(_RUNS)
            self._states = list(states_of(self._store, names, CollectionRunState).values())
        return self._states


def _like(item: InputReport | Withdrawal | FileOutcome) -> Callable[[CollectionRunState], bool]:
    """Whether a run has the day and the totals of an item."""
    match item:
        case FileOutcome():
            day = item.processing_on
            counts = item.accepted_instructions, item.rejected_instructions
            number = None if None in counts else sum(one or 0 for one in counts)
            return lambda run: (
                run.written is not None
                and (run.opened.processing_on, run.written.instructions) == (day, number)
            )
        case InputReport():
            debits = summed([one.total for one in item.accounts if one.flow == "debit"])
            return _with(item.processing_on, debits)
        case Withdrawal():
            days = {one.processing_on for one in item.days}
            debits = summed([one.debits for one in item.days])
            return _with(days.pop() if len(days) == 1 else None, debits)


def _with(day: object, debits: Tally) -> Callable[[CollectionRunState], bool]:
    def has(run: CollectionRunState) -> bool:
        made = run.written
        return (
            made is not None
            and run.opened.processing_on == day
            and made.amount_minor == debits.value_minor
            and debits.items in (None, made.collections)
        )

    return has
