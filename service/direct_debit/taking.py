"""The commands of a run, a page in one append; a long run is shared out over processes.

Every item has its number before it is decided, so it does not matter who decides a page, or when:
the file is written in the order of the numbers.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ledger import mandate_commands as mc
from ledger.bacs_days import CollectionDays
from ledger.collection_run_events import RunOpened
from ledger.commands import MandateCommand
from ledger.recorded import Source
from ledger.requests import Request
from ledger.values import Refusal
from service.desk_orders import Order
from service.direct_debit.states import pages
from service.reading import figures
from service.side_by_side import in_order
from service.wiring import App

# What is in a run to be taken there again: stopped before the run was let go; of instructions the
# mandate itself says what it waits for, which may be another one than it was lodged with there.
_BEFORE = """
    SELECT concat_ws('|',
        CASE WHEN i.represents IS NULL THEN 'instruct_collection' ELSE 'represent_collection' END,
        i.mandate, i.represents), max(i.item)
    FROM reporting.collection_events AS i
    JOIN reporting.collection_events AS s ON s.collection = i.collection AND s.kind = 'stopped'
    WHERE i.run = %(run)s AND i.kind = 'instructed'
    GROUP BY i.mandate, i.represents
    UNION ALL
    SELECT 'lodge_mandate|' || l.mandate, max(l.item)
    FROM reporting.mandate_events AS l
    WHERE l.run = %(run)s AND l.kind = 'lodged'
    GROUP BY l.mandate
"""

Refused = tuple[str, Refusal]  # a mandate, and why nothing is taken under it
Before = Mapping[str, int]  # the last item by which something was in a run and is not any more


class Running(NamedTuple):
    """The run that is prepared: by which order, and the days of its collections."""

    order: Order
    opened: RunOpened
    days: CollectionDays


def taken_before(app: App, run: str) -> dict[str, int]:
    """What was in a run and may be taken there again. The read models must have caught up.

    To be read before what is due: what another one takes meanwhile is then a repeat.
    """
    with figures(app.urls.app) as connection:
        return dict(connection.execute(_BEFORE, {"run": run}).fetchall())


def give(
    app: App,
    order: Order,
    opened: RunOpened,
    commands: Sequence[MandateCommand],
    before: Before,
) -> list[Refused]:
    """Put a page into a run; what was refused and why."""
    named = [(command, _taken(command, before)) for command in commands]
    source, actor = Source("command", order.verb), app.actor(order.actor)
    requests = [
        Request(
            command,
            actor,
            source,
            f"run|{opened.run}|{command.action}|{taken}",
            correlation=f"run|{opened.run}",
            # Taken once, whatever its number in the run.
            content=hashlib.sha256(taken.encode()).digest(),
        )
        for command, taken in named
    ]
    outcomes = app.ledger.handle(requests) if requests else ()
    told = zip(commands, outcomes, strict=True)
    return [(command.mandate, one) for command, outcome in told for one in outcome.refusals]


def _taken(command: MandateCommand, before: Before) -> str:
    """What is taken once in a run: a mandate; each collection that is presented again; each 0C.

    Once more when it was there and was taken out: after the item that it was then.
    """
    name = of = command.mandate
    if isinstance(command, mc.RepresentCollection):
        name = of = f"{command.mandate}|{command.collection}"
    elif isinstance(command, mc.LodgeMandate) and command.details is not None:
        name = f"{command.mandate}|{command.details}"
    last = before.get(f"{command.action}|{of}")
    return name if last is None else f"{name}|after {last}"


def take(
    app: App, run: Running, due: Sequence[tuple[str, str]], first: int, before: Before
) -> list[Refused]:
    """Put what is due into a run; what was held back and why, in the sequence of the items.

    Each mandate of `due` comes with its account. The items are numbered from `first` on, whether
    they are taken or not: what is in the run already is not taken twice.
    """
    done = in_order(app, partial(_take, run), _numbered(due, first, before))
    return [one for _, held in done for one in held]


class _Page(NamedTuple):
    """Mandates with their accounts, the number of the first of their items, and their `Before`."""

    first: int
    due: Sequence[tuple[str, str]]
    before: Before


def _numbered(due: Sequence[tuple[str, str]], first: int, before: Before) -> Iterator[_Page]:
    for page in pages(due):
        names = [f"{mc.InstructCollection.action}|{mandate}" for mandate, _ in page]
        yield _Page(first, page, {name: before[name] for name in names if name in before})
        first += len(page)


def _take(run: Running, app: App, page: _Page) -> list[Refused]:
    return give(app, run.order, run.opened, _instructing(run, page.first, page.due), page.before)


def _instructing(run: Running, first: int, page: Sequence[tuple[str, str]]) -> list[MandateCommand]:
    return [
        mc.InstructCollection(
            sun=run.opened.sun,
            mandate=mandate,
            unit=run.opened.unit,
            account=account,
            run=run.opened.run,
            item=item,
            input_on=run.days.input_on,
            processing_on=run.days.processing_on,
            entry_on=run.days.entry_on,
        )
        for item, (mandate, account) in enumerate(page, first)
    ]
