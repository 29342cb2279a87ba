"""Passes over the whole log that return findings, never exceptions.

    seals      every event is as it was recorded, none is missing, added, moved or re-dated
    streams    every stream folds to its state row, its versions have no gap
    register   every number that was used is registered once, where it was used
    postings   debits = credits, for every fact

Each sees one snapshot of the ledger: a writer may go on meanwhile, and nothing is locked. Progress
is told in events; `verify` looks at each of them twice. What no check of a ledger by itself can
see is that its end was cut off in every table, or that all of it was sealed again: for that the
newest seal has to be kept where the database's owner cannot reach.
"""

import gc
from collections.abc import Callable
from typing import Any

from psycopg import Connection

from ledger import check_register, check_seals, check_streams
from ledger.check_register import PostingsWatcher, RegisterWatcher
from ledger.findings import Finding, Findings, OnProgress, in_order, nowhere
from ledger.store import Store

__all__ = ["Finding", "OnProgress", "postings", "register", "seals", "streams", "verify"]


def verify(store: Store, on_progress: OnProgress = nowhere) -> tuple[Finding, ...]:
    """All checks; the finding with the first bad position comes first, none when all is well."""
    return _checked(store, (_seals, _by_stream), on_progress)


def seals(store: Store, on_progress: OnProgress = nowhere) -> tuple[Finding, ...]:
    """Recompute every leaf, root and hash, and see that they cover every event in order."""
    return _checked(store, (_seals,), on_progress)


def streams(store: Store, on_progress: OnProgress = nowhere) -> tuple[Finding, ...]:
    """Refold every stream from its events and compare with its state row."""
    return _only(check_streams.CHECK, store, on_progress)


def register(store: Store, on_progress: OnProgress = nowhere) -> tuple[Finding, ...]:
    """Compare the numbers in the log with the rows of the register, both ways."""
    return _only(check_register.REGISTER, store, on_progress)


def postings(store: Store, on_progress: OnProgress = nowhere) -> tuple[Finding, ...]:
    """Add up the postings of every fact."""
    return _only(check_register.POSTINGS, store, on_progress)


def _only(check: str, store: Store, on_progress: OnProgress) -> tuple[Finding, ...]:
    found = _checked(store, (_by_stream,), on_progress)
    return tuple(finding for finding in found if finding.check == check)


_Pass = Callable[[Connection[Any], OnProgress], list[Finding]]


def _checked(
    store: Store, passes: tuple[_Pass, ...], on_progress: OnProgress
) -> tuple[Finding, ...]:
    # What was loaded before is not garbage: looking through it again and again costs a quarter.
    gc.freeze()
    try:
        with store.snapshot() as connection:
            return in_order([one for run in passes for one in run(connection, on_progress)])
    finally:
        gc.unfreeze()


def _seals(connection: Connection[Any], on_progress: OnProgress) -> list[Finding]:
    findings = Findings(check_seals.CHECK)
    check_seals.seals(connection, findings, on_progress)
    return findings.found


def _by_stream(connection: Connection[Any], on_progress: OnProgress) -> list[Finding]:
    # One scan for three checks: reading an event costs more than looking at it.
    of_streams = Findings(check_streams.CHECK)
    of_register = Findings(check_register.REGISTER)
    of_postings = Findings(check_register.POSTINGS)
    keys = RegisterWatcher(connection, of_register)
    check_streams.streams(connection, of_streams, on_progress, (keys, PostingsWatcher(of_postings)))
    keys.end()
    return [*of_streams.found, *of_register.found, *of_postings.found]
