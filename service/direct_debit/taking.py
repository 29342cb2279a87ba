"""The commands of a run, a page in one append; a long run is shared out over processes.

Every item has its number before it is decided, so it does not matter who decides a page, or when:
the file is written in the order of the numbers.
"""

import hashlib
from collections.abc import Sequence
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
from service.direct_debit import states
from service.direct_debit.states import pages
from service.side_by_side import in_order
from service.wiring import App

Refused = tuple[str, Refusal]  # a mandate, and why nothing is taken under it


class Running(NamedTuple):
    """The run that is prepared: by which order, and the days of its collections."""

    order: Order
    opened: RunOpened
    days: CollectionDays


def give(
    app: App, order: Order, opened: RunOpened, commands: Sequence[MandateCommand]
) -> list[Refused]:
    """Put a page into a run; what was refused and why."""
    source, actor = Source("command", order.verb), app.actor(order.actor)
    requests = [
        Request(
            command,
            actor,
            source,
            f"run|{opened.run}|{command.action}|{_taken(command)}",
            correlation=f"run|{opened.run}",
            # Taken once, whatever its number in the run.
            content=hashlib.sha256(_taken(command).encode()).digest(),
        )
        for command in commands
    ]
    outcomes = app.ledger.handle(requests) if requests else ()
    told = zip(commands, outcomes, strict=True)
    return [(command.mandate, one) for command, outcome in told for one in outcome.refusals]


def _taken(command: MandateCommand) -> str:
    """What is taken once in a run: a mandate; each collection that is presented again; each 0C."""
    if isinstance(command, mc.RepresentCollection):
        return f"{command.mandate}|{command.collection}"
    if isinstance(command, mc.LodgeMandate) and command.details is not None:
        return f"{command.mandate}|{command.details}"
    return command.mandate


def take(app: App, run: Running, due: Sequence[tuple[str, str]], first: int) -> list[Refused]:
    """Put what is due into a run; what was held back and why, in the sequence of the items.

    Each mandate of `due` comes with its account. The items are numbered from `first` on, whether
    they are taken or not: what is in the run already is not taken twice.
    """
    numbered = ((first + states.PAGE * number, page) for number, page in enumerate(pages(due)))
    done = in_order(app, partial(_take, run), numbered)
    return [one for _, held in done for one in held]


def _take(run: Running, app: App, page: tuple[int, Sequence[tuple[str, str]]]) -> list[Refused]:
    return give(app, run.order, run.opened, _instructing(run, *page))


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
