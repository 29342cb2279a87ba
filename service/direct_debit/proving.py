"""The four-way proof of a run: ledger = file = Input report = bank, each difference by item."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.collection_run import CollectionRunState
from ledger.money import format_minor
from service.direct_debit.file_proof import prove_file
from service.direct_debit.run_file import total
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
    own = Total("ledger", *total(app, run, upto))
    file = prove_file(app, state, upto)
    others = (Total("file", *file[:3]), _reported(state), _bank(state))
    differences = [
        *_capped(file.differences),
        *(one for other in others for one in _differs(own, other)),
        *_unexplained(state, _rejected(app, run)),
    ]
    return Proof(run, state.status, (own, *others), tuple(dict.fromkeys(differences)))


def _capped(found: Sequence[str]) -> list[str]:
    more = len(found) - DIFFERENCES_MAX
    return [*found[:DIFFERENCES_MAX], f"and {more:,} more"] if more > 0 else list(found)


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
    rejected = state.reported.rejected_minor if state.reported else 0
    if state.reported is not None and state.reported.accepted_minor == 0:
        return Total("bank", None, rejected, "Bacs rejected all of it")
    if not state.credited_minor:
        return Total("bank", None, None, "its credit has not come")
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
