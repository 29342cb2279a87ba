"""Processes that fold the pages of a rebuild side by side.

A worker takes page after page until none is left. It ends when its parent is gone, whatever killed
that: an orphan ends with its page, and the next rebuild goes on from there.
"""

import gc
import multiprocessing
import signal
from collections.abc import Callable
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any

from psycopg import Connection
from psycopg.conninfo import make_conninfo

from projections.rebuild_pages import Pages
from projections.runner import connect, loosely

LOOK_MILLISECONDS = 500
FROZEN_SECONDS = 60  # a worker that was stopped within a page loses it, and the others go on


def url_of(connection: Connection[Any]) -> str:
    """The URL by which another connection of the same login can be made."""
    return make_conninfo(connection.info.dsn, password=connection.info.password)


def fold_all(url: str, pages: Pages, workers: int, report: Callable[[], object]) -> None:
    """Let so many processes fold pages to the end; `report` is called while they do.

    What a process leaves that dies is left to the others and to the caller, who meets whatever
    stopped it.
    """
    # A fresh interpreter each: a forked one would share this one's connection.
    context = multiprocessing.get_context("spawn")
    running: list[BaseProcess] = [
        context.Process(target=work, args=(url, pages), daemon=True) for _ in range(workers)
    ]
    for process in running:
        process.start()
    try:
        while alive := [process.sentinel for process in running if process.is_alive()]:
            wait(alive, LOOK_MILLISECONDS / 1_000)
            report()
    finally:
        for process in running:
            process.kill()
            process.join()


def work(url: str, pages: Pages) -> None:
    """Fold pages until none is left, or nobody waits for them any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses Ctrl-C stops the parent, and it us
    gc.freeze()
    parent = multiprocessing.parent_process()
    with connect(url) as connection:
        loosely(connection)
        connection.execute(f"SET idle_in_transaction_session_timeout = '{FROZEN_SECONDS}s'")
        while parent is None or parent.is_alive():
            if not pages.fold_next(connection):
                return
