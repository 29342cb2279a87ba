"""Acting on what Bacs says of a file that we sent: taken (Input), withdrawn, arrived.

Found by the serial of its first label and the service user number. What was rejected never reached
a bank and is due again; what Bacs amended is shown to an officer, because the payer sees another
thing than we sent.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from consumers.bacs_steps import Step, Steps, aside
from consumers.formats.bacs_items import (
    AccountTotals,
    Arrival,
    InputError,
    InputReport,
    SubmissionItem,
    Withdrawal,
)
from consumers.mandates_found import FoundCollection, Mandates
from ledger import collection_run_commands as rc
from ledger.collection_run import CollectionRunState
from ledger.mandate import MandateState
from ledger.mandate_commands import StopCollection
from ledger.store import Store
from ledger.stream_states import states_of

_RUNS = "collection-run:"


class _Found(NamedTuple):
    """An item that a report names, and the collection that it is."""

    mandate: MandateState
    collection: FoundCollection


class SubmissionActs:
    """What a report on a file of ours leads to."""

    def __init__(self, store: Store, mandates: Mandates, digest: str) -> None:
        self._store, self._mandates, self._digest = store, mandates, digest

    def steps(self, item: SubmissionItem) -> Iterator[Steps]:
        """The commands that a report asks for, or why an officer must look at it."""
        if isinstance(item, Arrival):
            return
        run = self._run(item)
        if run is None:
            why = "no run of ours has this serial"
            yield aside(item.span, "volumeSerialNumber", item.volume_serial, why)
        elif isinstance(item, Withdrawal):
            command = rc.RecordRunWithdrawn(run=run.opened.run, digest=self._digest)
            yield Step(command, item.span, f"withdrawal|{run.opened.run}", "withdrawn")
        else:
            yield from self._reported(item, run)

    def _run(self, item: InputReport | Withdrawal) -> CollectionRunState | None:
        states = states_of(self._store, self._store.stream_names(_RUNS), CollectionRunState)
        found = [
            one
            for one in states.values()
            if one.opened.serial == item.volume_serial and item.sun in (None, one.opened.sun)
        ]
        return found[0] if len(found) == 1 else None

    def _reported(self, item: InputReport, run: CollectionRunState) -> Iterator[Steps]:
        debits = [one for one in item.accounts if one.flow == "debit"]
        command = rc.RecordRunReported(
            run=run.opened.run,
            digest=self._digest,
            accepted=_items(debits, "accepted"),
            accepted_minor=sum(one.accepted.value_minor for one in debits),
            rejected=_items(debits, "rejected"),
            rejected_minor=sum(one.rejected.value_minor for one in debits),
        )
        # Another report of other totals is a conflict that an officer must see.
        said = f"{command.accepted} {command.accepted_minor} {command.rejected}"
        said += f" {command.rejected_minor}"
        yield Step(command, item.span, f"input|{run.opened.run}", "reported", said)
        self._mandates.load(one.reference for one in item.errors if one.reference)
        for error in item.errors:
            yield self._error(error, run)

    def _error(self, error: InputError, run: CollectionRunState) -> Steps:
        if error.kind != "REJECTED":
            why = f"Bacs {error.kind.lower()} it: {error.message}"
            return aside(error.span, "reference", error.reference or "", why, error.amount_minor)
        found = self._item(error, run)
        if found is None:
            why = f"rejected, and no item of run {run.opened.run} is like it: {error.message}"
            return aside(error.span, "reference", error.reference or "", why, error.amount_minor)
        command = StopCollection(
            sun=found.mandate.sun,
            mandate=found.mandate.mandate,
            collection=found.collection.name,
            how="rejected",
            reason=error.message,
            advice=f"Input report {self._digest[:12]} line {error.span.line}",
        )
        identity = f"input|{found.collection.name}|rejected"
        return Step(command, error.span, identity, "rejected")

    def _item(self, error: InputError, run: CollectionRunState) -> _Found | None:
        if error.reference is None or error.amount_minor is None:
            return None
        mandate = self._mandates.of(error.reference, run.opened.sun)
        if mandate is None:
            return None
        on = run.opened.processing_on
        found = [
            one
            for one in self._mandates.collections(mandate, on, error.amount_minor)
            if one.name.rpartition("/")[0] == run.opened.run
        ]
        return _Found(mandate, found[0]) if len(found) == 1 else None


def _items(totals: Sequence[AccountTotals], which: str) -> int:
    tallies = (getattr(one, which) for one in totals)
    return sum(one.items or 0 for one in tallies)
