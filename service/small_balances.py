"""Batches of small balances: one approval for all their lines, and every line written off once."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg
from psycopg.rows import class_row

from ledger.ids import small_balances_stream
from ledger.money import format_minor
from ledger.recorded import Source
from ledger.requests import Outcome, Request
from ledger.small_balance_commands import ApproveSmallBalances, WriteOffSmallBalance
from ledger.small_balances import SmallBalancesState
from ledger.stream_states import states_of
from ledger.values import SmallBalanceLine
from service.desk_orders import Order, requests_of, tried
from service.nearest import nearest
from service.report_run import known_now
from service.wiring import App

_PREFIX = "small-balances:"


class BatchNotFoundError(LookupError):
    """There is no such batch; the sentence names the nearest."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one line: written off now, or before, or refused and why."""

    line: SmallBalanceLine
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Approved:
    """What became of an approval: its own outcome (None when it was given before) and the lines."""

    approval: Outcome | None
    written: tuple[Written, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the batch was not approved; then no line was looked at."""
        return self.approval is not None and self.approval.status == "refused"

    @property
    def done(self) -> tuple[Written, ...]:
        """The lines that are written off, now or before."""
        return tuple(one for one in self.written if one.outcome.status != "refused")

    @property
    def left(self) -> tuple[Written, ...]:
        """The lines that are not: their bills are no longer what they were."""
        return tuple(one for one in self.written if one.outcome.status == "refused")


def batches(app: App) -> dict[str, SmallBalancesState]:
    """Every batch by its name."""
    names = app.store.stream_names(_PREFIX)
    found = states_of(app.store, names, SmallBalancesState)
    return {name.removeprefix(_PREFIX): state for name, state in found.items()}


def find_batch(app: App, name: str) -> SmallBalancesState:
    """The batch of that name. Raises BatchNotFoundError."""
    stream = small_balances_stream(name)
    found = states_of(app.store, [stream], SmallBalancesState)
    if found:
        return found[stream]
    names = [one.removeprefix(_PREFIX) for one in app.store.stream_names(_PREFIX)]
    hint = f"; did you mean {nearest(name, names)}?" if names else ""
    raise BatchNotFoundError(f"there is no batch {name!r}{hint}")


def free_name(app: App) -> str:
    """The first of `SB-2026-03-31-1`, `SB-2026-03-31-2`, ... that no batch has."""
    day = app.ledger.today().isoformat()
    names = app.store.stream_names(small_balances_stream(f"SB-{day}-"))
    taken = {name.removeprefix(_PREFIX) for name in names}
    return next(name for number in count(1) if (name := f"SB-{day}-{number}") not in taken)


def approve(app: App, order: Order, batch: SmallBalancesState) -> Approved:
    """Approve a batch and write its lines off, in one append.

    A line whose bill has changed is refused by itself and stays. Given again, it writes off what
    is still to be: each line has one identity, whoever sends it.
    """
    name = batch.proposal.batch
    approval = requests_of(app, order, [ApproveSmallBalances(batch=name)])
    asked = approval if batch.waits else []
    lines = [_write_off(app, order, name, line) for line in batch.proposal.lines]
    outcomes = tried(app.ledger, [*asked, *lines], dry_run=order.dry_run)
    own = outcomes[: len(asked)]
    pairs = zip(batch.proposal.lines, outcomes[len(asked) :], strict=True)
    return Approved(next(iter(own), None), tuple(Written(*pair) for pair in pairs))


def _write_off(app: App, order: Order, batch: str, line: SmallBalanceLine) -> Request:
    return Request(
        WriteOffSmallBalance(batch=batch, **dict(line)),
        app.actor(order.actor),
        Source("command", order.verb),
        f"small-balance|{batch}|{line.unit}|{line.invoice}",
        effective_on=order.effective_on,
        correlation=f"small-balances|{batch}",
    )


@dataclass(frozen=True, slots=True)
class Sum:
    """What a batch comes to for one unit and reason, as the report on small balances says it."""

    batch: str | None
    financial_year: str
    unit: str
    reason: str
    state: str
    proposed_by: str | None
    decided_by: str | None
    proposed_minor: int
    written_minor: int
    lines: int
    written: int

    def as_json(self) -> dict[str, Any]:
        """For a script; amounts are pounds and pence."""
        return {
            "batch": self.batch,
            "financial_year": self.financial_year,
            "unit": self.unit,
            "reason": self.reason,
            "state": self.state,
            "proposed_by": self.proposed_by,
            "decided_by": self.decided_by,
            "proposed": format_minor(self.proposed_minor),
            "written_off": format_minor(self.written_minor),
            "lines": self.lines,
            "lines_written_off": self.written,
        }


def sums(app: App) -> list[Sum]:
    """Every batch by unit and reason. The read models must have caught up."""
    with psycopg.connect(app.urls.app, row_factory=class_row(Sum)) as connection:
        connection.execute("SET ROLE tallystick_reader")
        return connection.execute(
            "SELECT batch, financial_year, unit, reason, state, proposed_by, decided_by,"
            " (coalesce(proposed_amount, 0) * 100)::bigint AS proposed_minor,"
            " (coalesce(written_off_amount, 0) * 100)::bigint AS written_minor,"
            " proposed_lines AS lines, written_off_lines AS written"
            " FROM reporting.small_balances(%s, %s)"
            " ORDER BY financial_year, batch NULLS FIRST, unit, reason",
            (app.ledger.today(), known_now(app)),
        ).fetchall()
