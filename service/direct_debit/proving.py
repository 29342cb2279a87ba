"""The four-way proof of a run: ledger = file = Input report = bank, each difference by item."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from consumers.formats.errors import FormatError
from consumers.formats.standard18_read import InstructionLine, read
from consumers.formats.standard18_values import NOTICES
from ledger.collection_run import CollectionRunState
from ledger.money import format_minor
from service.direct_debit.run_file import items
from service.reading import figures
from service.wiring import App

DIFFERENCES_MAX = 50  # told one by one; of more the number is told

_REJECTED = """
    SELECT i.mandate, i.amount_minor, s.reason
    FROM reporting.collection_events AS s
    JOIN reporting.collection_events AS i ON i.collection = s.collection AND i.kind = 'instructed'
    WHERE i.run = %(run)s AND s.kind = 'stopped' AND s.code = 'rejected'
    ORDER BY i.item
"""


class Total(NamedTuple):
    """One of the four totals: what says it, items and minor units; None for what is not told."""

    name: str
    items: int | None
    amount_minor: int | None
    note: str = ""


class Proof(NamedTuple):
    """What was found: the totals, the first being the ledger's, and every difference in words."""

    run: str
    status: str
    totals: tuple[Total, ...]
    differences: tuple[str, ...]

    @property
    def is_proved(self) -> bool:
        """Whether all four agree."""
        return not self.differences


def prove(app: App, state: CollectionRunState) -> Proof:
    """Hold the four totals of a run against each other. The read models must have caught up."""
    run = state.opened.run
    upto = app.store.last_position()
    # What the two have in common is taken out as it is met: a run of any size needs one table.
    left = Counter[tuple[str, int]]()
    count = total = 0
    with items(app, run, upto) as found:
        for one in found:
            if one.collection is not None:
                left[one.mandate, one.amount_minor] += 1
                count += 1
                total += one.amount_minor
    own = Total("ledger", count, total)
    totals = [own]
    differences: list[str] = []
    file = _file(app, state, left)
    totals.append(file)
    differences += _between(left, "the file") if file.amount_minor is not None else []
    totals += [_reported(state), _bank(state)]
    differences += [one for total in totals[1:] for one in _differs(own, total)]
    rejected = _rejected(app, run)
    differences += _unexplained(state, rejected)
    return Proof(run, state.status, tuple(totals), tuple(dict.fromkeys(differences)))


def _file(app: App, state: CollectionRunState, left: Counter[tuple[str, int]]) -> Total:
    """What the kept file says; what it has in common with the ledger is taken out of `left`."""
    if state.written is None:
        return Total("file", None, None, "it was not made yet")
    if state.opened.layout != "standard18":
        left.clear()  # a bureau's file has no reader: it counts as it was made
        written = state.written
        return Total("file", written.collections, written.amount_minor, "as it was made")
    path = app.raw.path(state.written.digest)
    if not path.exists():
        return Total("file", None, None, "its kept copy was removed")
    count = total = 0
    try:
        for line in _collections(path):
            left[line] -= 1
            if not left[line]:
                del left[line]
            count += 1
            total += line[1]
    except FormatError as error:
        return Total("file", None, None, f"its kept copy is not what was sent: {error}")
    return Total("file", count, total, f"SHA-256 {state.written.digest[:12]}")


def _collections(path: Path) -> Iterator[tuple[str, int]]:
    for one in read(path):
        if isinstance(one, InstructionLine) and one.instruction.code not in NOTICES:
            yield one.instruction.reference, one.instruction.amount_minor


def _between(left: Counter[tuple[str, int]], what: str) -> list[str]:
    found = []
    for (mandate, minor), number in left.items():
        where = f"in the ledger and not in {what}" if number > 0 else f"in {what} and not there"
        found += [f"{mandate} {format_minor(minor)} is {where}"] * abs(number)
    more = len(found) - DIFFERENCES_MAX
    return [*found[:DIFFERENCES_MAX], f"and {more:,} more"] if more > 0 else found


def _reported(state: CollectionRunState) -> Total:
    one = state.reported
    if one is None:
        return Total("Input report", None, None, "it has not come")
    note = (
        f"{one.rejected:,} rejected of {format_minor(one.rejected_minor)}" if one.rejected else ""
    )
    accepted = one.accepted + one.rejected
    return Total("Input report", accepted, one.accepted_minor + one.rejected_minor, note)


def _bank(state: CollectionRunState) -> Total:
    if state.written is not None and state.written.amount_minor == 0:
        return Total("bank", None, 0, "nothing to credit")
    if not state.credited_minor:
        return Total("bank", None, None, "its credit has not come")
    rejected = state.reported.rejected_minor if state.reported else 0
    total = state.credited_minor + state.returned_minor + rejected
    parts = [f"credit {format_minor(state.credited_minor)}"]
    if state.returned_minor:
        parts.append(f"returned at once {format_minor(state.returned_minor)}")
    if rejected:
        parts.append(f"rejected {format_minor(rejected)}")
    return Total("bank", None, total, ", ".join(parts))


def _differs(own: Total, other: Total) -> Iterator[str]:
    if other.amount_minor is None:
        yield f"{other.name}: {other.note}"
        return
    if other.amount_minor != own.amount_minor:
        off = other.amount_minor - (own.amount_minor or 0)
        yield f"{other.name} differs from the ledger by {format_minor(off)}"
    if other.items is not None and other.items != own.items:
        yield f"{other.name} has {other.items:,} items, the ledger {own.items or 0:,}"


def _rejected(app: App, run: str) -> list[tuple[str, int, str]]:
    with figures(app.urls.app) as connection:
        return connection.execute(_REJECTED, {"run": run}).fetchall()


def _unexplained(state: CollectionRunState, rejected: list[tuple[str, int, str]]) -> Iterator[str]:
    """What the Input report counts as rejected must be items that it names."""
    if state.reported is None:
        return
    named = sum(minor for _, minor, _ in rejected)
    if named != state.reported.rejected_minor:
        yield (
            f"Input report: {format_minor(state.reported.rejected_minor)} was rejected, the items"
            f" that it names come to {format_minor(named)}"
        )
