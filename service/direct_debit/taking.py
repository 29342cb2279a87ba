"""The commands of a run, a page in one append; a long run is shared out over processes.

Every item has its number before it is decided, so it does not matter who decides a page, or when:
the file is written in the order of the numbers.
"""

import hashlib
import multiprocessing
import os
import signal
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection, Pipe
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
from service.settings import Settings
from service.wiring import App, Clock, open_app, settle_memory

PROCESSES = min(2, os.cpu_count() or 1)  # the database works beside them
WORTH_PROCESSES = 20_000  # items; a process takes more than a second to start

Refused = tuple[str, Refusal]  # a mandate, and why nothing is taken under it


class Take(NamedTuple):
    """What is to be put into a run: each mandate with its account, and the number of its item."""

    order: Order
    opened: RunOpened
    days: CollectionDays
    due: Sequence[tuple[int, str, str]]


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


def take(app: App, whole: Take, processes: int = PROCESSES) -> list[Refused]:
    """Put what is due into a run; what was held back and why, in the sequence of the items.

    This process takes a share itself. What is left by a process that dies is taken by this one,
    which then meets whatever stopped it: what is in the run already is not taken twice.
    """
    if len(whole.due) < WORTH_PROCESSES or processes < 2:
        return _take(app, whole)
    moment = app.store.now() if app.store.is_sandbox() else None
    all_pages = list(pages(whole.due))
    shares = [
        whole._replace(due=[one for page in all_pages[number::processes] for one in page])
        for number in range(processes)
    ]
    workers = [_Worker(app.settings, moment, share) for share in shares[1:]]
    try:
        held = _take(app, shares[0])
        for worker in workers:
            answered = worker.answer()
            held += _take(app, worker.share) if answered is None else answered
    finally:
        for worker in workers:
            worker.end()
    return sorted(held, key=lambda one: one[0])


def _take(app: App, share: Take) -> list[Refused]:
    held: list[Refused] = []
    parent = multiprocessing.parent_process()
    for page in pages(share.due):
        if parent is not None and not parent.is_alive():
            break  # nobody waits for the rest: the next attempt goes on from here
        held += give(app, share.order, share.opened, _instructing(share, page))
    return held


def _instructing(share: Take, page: Sequence[tuple[int, str, str]]) -> list[MandateCommand]:
    return [
        mc.InstructCollection(
            sun=share.opened.sun,
            mandate=mandate,
            unit=share.opened.unit,
            account=account,
            run=share.opened.run,
            item=item,
            input_on=share.days.input_on,
            processing_on=share.days.processing_on,
            entry_on=share.days.entry_on,
        )
        for item, mandate, account in page
    ]


class _Worker:
    """A process that takes a share, with a fresh interpreter: a fork would share connections."""

    def __init__(self, settings: Settings, moment: datetime | None, share: Take) -> None:
        context = multiprocessing.get_context("spawn")
        self.share = share
        self._answers, told = Pipe(duplex=False)
        self._process = context.Process(
            target=_work, args=(settings, moment, share, told), daemon=True
        )
        self._process.start()
        told.close()  # so that its end is seen here

    def answer(self) -> list[Refused] | None:
        """What was held back; None when the process died."""
        try:
            held: list[Refused] = self._answers.recv()
        except EOFError:
            return None
        return held

    def end(self) -> None:
        """Stop it, wherever it is: an append is whole or not there."""
        self._process.kill()
        self._process.join()
        self._answers.close()


def _work(settings: Settings, moment: datetime | None, share: Take, told: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses Ctrl-C stops the parent, and it us
    settle_memory()
    clock: Clock | None = None if moment is None else partial(_fixed, moment)
    with open_app(settings, clock) as app:
        told.send(_take(app, share))


def _fixed(moment: datetime) -> datetime:
    return moment
