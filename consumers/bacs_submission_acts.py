"""Acting on what Bacs says of a file that we sent: taken (Input), withdrawn, arrived.

What was rejected or returned never reached a bank: a collection is due again, an instruction is
lodged again. What Bacs amended runs, on the account to which the payer's bank has moved it; the
bank says so itself by its own advice. A file of which nothing was taken never went.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from consumers.bacs_steps import Step, Steps, Told, aside
from consumers.formats.bacs_items import (
    AccountTotals,
    Arrival,
    Fault,
    InputError,
    InputReport,
    SubmissionItem,
    Withdrawal,
)
from consumers.mandates_found import FoundCollection, Mandates
from consumers.runs_found import NotFound, RunsFound
from consumers.unlodging import unlodging
from ledger import collection_run_commands as rc
from ledger.collection_run import CollectionRunState
from ledger.mandate import MandateState
from ledger.mandate_commands import StopCollection, StopLodgement
from ledger.store import Store
from ledger.values import StoppedHow

_HOW: dict[Fault, StoppedHow] = {"REJECTED": "rejected", "RETURNED": "returned"}


class _Found(NamedTuple):
    """An item that a report names: a collection, or an instruction by its number in the run."""

    mandate: MandateState
    collection: FoundCollection | None
    number: int = 0


class SubmissionActs:
    """What a report on a file of ours leads to."""

    def __init__(self, store: Store, mandates: Mandates, digest: str) -> None:
        self._runs, self._mandates, self._digest = RunsFound(store), mandates, digest

    def steps(self, item: SubmissionItem) -> Iterator[Steps]:
        """The commands that a report asks for, or why an officer must look at it."""
        if isinstance(item, Arrival):
            return
        run = self._runs.of(item)
        if isinstance(run, NotFound):
            yield aside(item.span, "volumeSerialNumber", item.volume_serial, run.why)
        elif isinstance(item, Withdrawal):
            command = rc.RecordRunWithdrawn(run=run.opened.run, digest=self._digest)
            yield Step(command, item.span, f"withdrawal|{run.opened.run}", "withdrawn")
        elif _nothing_taken(item, run):
            yield self._refused(item, run)
        else:
            yield from self._reported(item, run)

    def _refused(self, item: InputReport, run: CollectionRunState) -> Step:
        why = "; ".join(item.messages) or "Bacs took nothing of the file"
        command = rc.RecordRunRefused(run=run.opened.run, digest=self._digest, reason=why)
        return Step(command, item.span, f"refused|{run.opened.run}", "refused")

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
        for message in item.messages:
            yield aside(item.span, "message", run.opened.run, f"Bacs says of the file: {message}")
        self._mandates.load(one.reference for one in item.errors if one.reference)
        for error in item.errors:
            yield from self._error(error, run)

    def _error(self, error: InputError, run: CollectionRunState) -> Iterator[Steps]:
        found = self._item(error, run)
        kind = error.kind.lower()
        if found is None:
            why = f"{kind}, and no item of run {run.opened.run} is like it: {error.message}"
            yield aside(error.span, "reference", error.reference or "", why, error.amount_minor)
            return
        how = _HOW.get(error.kind)
        if how is None:
            yield Told(error.span, "amended by Bacs, and runs")
            return
        advice = f"Input report {self._digest[:12]} line {error.span.line}"
        name = f"{run.opened.run}|{found.mandate.mandate}"
        if found.collection is None:
            for part in self._unlodging(found, how, error.message, advice, run):
                identity = f"input|{name}|{part.action}"
                identity += f"|{part.collection}" if isinstance(part, StopCollection) else ""
                is_former = isinstance(part, StopLodgement) and not _is_present(found, run)
                identity += f"|{found.number}" if is_former else ""
                yield Step(part, error.span, identity, kind)
            return
        command = StopCollection(
            sun=found.mandate.sun,
            mandate=found.mandate.mandate,
            collection=found.collection.name,
            how=how,
            reason=error.message,
            advice=advice,
        )
        yield Step(command, error.span, f"input|{found.collection.name}|{kind}", kind)

    def _unlodging(
        self, found: _Found, how: StoppedHow, why: str, advice: str, run: CollectionRunState
    ) -> Iterator[StopCollection | StopLodgement]:
        """What takes an instruction back; at a bank that was left nothing rests on it."""
        if _is_present(found, run):
            yield from unlodging(self._mandates, found.mandate, how, why, advice)
            return
        yield StopLodgement(
            sun=found.mandate.sun,
            mandate=found.mandate.mandate,
            run=run.opened.run,
            item=found.number,
            how=how,
            reason=why,
            advice=advice,
        )

    def _item(self, error: InputError, run: CollectionRunState) -> _Found | None:
        """The item that is meant: of its mandate in the run, and of its amount if it has one."""
        if error.reference is None:
            return None
        mandate = self._mandates.of(error.reference, run.opened.sun)
        if mandate is None:
            return None
        name, on = run.opened.run, run.opened.processing_on
        all_: list[_Found] = []
        if error.amount_minor:
            same = self._mandates.collections(mandate, on, error.amount_minor)
            all_ += [_Found(mandate, one) for one in same if one.run == name]
        else:
            there = _instructions(mandate, name)
            all_ += [
                _Found(mandate, None, number)
                for number, code in there.items()
                if error.code in (None, code)
            ]
        return all_[0] if len(all_) == 1 else None


def _instructions(mandate: MandateState, run: str) -> dict[int, str]:
    """The instructions of a mandate in a run by their numbers, also to banks that it has left."""
    there: dict[int, str] = {
        one.lodged[1]: "0C"
        for one in mandate.former
        if one.lodged is not None and one.lodged[0] == run
    }
    for lodging in (mandate.lodging, *(one.sent for one in mandate.former)):
        if lodging is not None and lodging.run == run:
            there[lodging.item] = lodging.code
    return there


def _is_present(found: _Found, run: CollectionRunState) -> bool:
    lodging = found.mandate.lodging
    return lodging is not None and (lodging.run, lodging.item) == (run.opened.run, found.number)


def _nothing_taken(item: InputReport, run: CollectionRunState) -> bool:
    """Whether Bacs took nothing of a file: it says so, or all of its money was rejected as one."""
    if item.sun is None and not item.accounts:
        return True
    made = run.written
    if made is None or made.instructions or item.errors:
        return False
    debits = [one for one in item.accounts if one.flow == "debit"]
    taken, refused = _items(debits, "accepted"), _items(debits, "rejected")
    return taken == 0 and refused == made.collections > 0


def _items(totals: Sequence[AccountTotals], which: str) -> int:
    tallies = (getattr(one, which) for one in totals)
    return sum(one.items or 0 for one in tallies)
