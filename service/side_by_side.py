"""Pages of work in their order, done here and, when there are many, by another process beside.

Deciding, opening and comparing are Python, and one process of it leaves a core idle. The other one
has connections of its own, and dies with this one.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from datetime import datetime
from multiprocessing.connection import wait
from typing import Generic, TypeVar

from service.settings import Settings
from service.wiring import App, open_app, settle_memory, standing_clock

PROCESSES = min(2, os.cpu_count() or 1)  # the database works beside them
ALONE_PAGES = 10  # after which the work counts as long: a process takes a second to start
GIVEN_PAGES = 2  # at a time to each of the others: one in work and one that waits
AHEAD_PAGES = 8  # done before they are asked for

Page = TypeVar("Page")
Result = TypeVar("Result")


def in_order(
    app: App, work: Callable[[App, Page], Result], pages: Iterable[Page]
) -> Iterator[tuple[Page, Result]]:
    """Each page with what `work` makes of it, in the order of the pages.

    `work` is a function of a module, or a partial of one, and may be done twice for a page: what a
    process leaves that dies is done by this one, which then meets whatever stopped it.
    """
    source = iter(pages)
    for _ in range(ALONE_PAGES):
        for page in source:
            yield page, work(app, page)
            break
        else:
            return
    shared = _Shared(app, work, source)
    try:
        yield from shared.done()
    finally:
        shared.end()


class _Slot(Generic[Page, Result]):
    """A page that is somewhere between here and there."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.given: Future[Result] | None = None
        self.made: Result | None = None
        self.is_made = False


class _Shared(Generic[Page, Result]):
    """The pages that are left, and who does them."""

    def __init__(
        self, app: App, work: Callable[[App, Page], Result], source: Iterator[Page]
    ) -> None:
        self._app, self._work, self._source = app, work, source
        self._ahead: deque[_Slot[Page, Result]] = deque()
        self._others: ProcessPoolExecutor | None = None
        self._is_broken = False
        self._fill()
        if len(self._ahead) > 1 and PROCESSES > 1:
            moment = app.store.now() if app.store.is_sandbox() else None
            self._others = ProcessPoolExecutor(
                PROCESSES - 1,
                # A fresh interpreter: a forked one would share this one's connections.
                multiprocessing.get_context("spawn"),
                _open,
                (app.settings, moment),
            )

    def done(self) -> Iterator[tuple[Page, Result]]:
        """Each page with its result."""
        while self._ahead:
            self._give()
            head = self._ahead[0]
            if head.given is not None and not head.given.done():
                own = next(
                    (one for one in self._ahead if not one.is_made and one.given is None), None
                )
                if own is not None:
                    self._make(own)
                    continue
            yield head.page, self._result(head)
            self._ahead.popleft()
            self._fill()

    def _fill(self) -> None:
        for page in self._source:
            self._ahead.append(_Slot(page))
            if len(self._ahead) == AHEAD_PAGES:
                return

    def _give(self) -> None:
        """Keep the others busy; the page that is asked for next is done here."""
        busy = sum(one.given is not None and not one.given.done() for one in self._ahead)
        for one in list(self._ahead)[1:]:
            if self._others is None or self._is_broken or busy >= GIVEN_PAGES * (PROCESSES - 1):
                return
            if one.given is None and not one.is_made:
                try:
                    one.given = self._others.submit(_do, self._work, one.page)
                except BrokenProcessPool:
                    self._is_broken = True
                busy += 1

    def _make(self, one: _Slot[Page, Result]) -> Result:
        one.made, one.is_made = self._work(self._app, one.page), True
        return one.made

    def _result(self, one: _Slot[Page, Result]) -> Result:
        if one.given is not None:
            try:
                return one.given.result()
            except BrokenProcessPool:
                self._is_broken = True
        return one.made if one.is_made and one.made is not None else self._make(one)

    def end(self) -> None:
        """Wait for the pages in work: an append is whole or not there."""
        if self._others is not None:
            self._others.shutdown(cancel_futures=True)


# Of a process beside: opened once, until it ends.
_until_the_end = ExitStack()
_apps: list[App] = []


def _open(settings: Settings, moment: datetime | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses Ctrl-C stops the parent, and it us
    threading.Thread(target=_die_with_parent, daemon=True).start()
    settle_memory()
    clock = None if moment is None else standing_clock(moment)
    _apps.append(_until_the_end.enter_context(open_app(settings, clock)))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _do(work: Callable[[App, Page], Result], page: Page) -> Result:
    return work(_apps[0], page)
