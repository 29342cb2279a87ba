"""The check of the seals: every leaf, root and hash is computed again from what is stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from ledger.check_scans import scan, watched
from ledger.findings import Findings, OnProgress
from ledger.limits import EVENTS_PER_APPEND_MAX
from ledger.sealing import GENESIS, chain_hash, leaf, merkle_root

CHECK = "seals"
_EVENTS = (
    "SELECT notification_id, originator_id, originator_version, recorded_at, topic, state"
    " FROM ledger.events ORDER BY notification_id"
)
_SEALS = (
    "SELECT number, first_position, last_position, root, previous, sealed_at, hash"
    " FROM ledger.seals ORDER BY number"
)
_UNREADABLE = bytes(32)  # the leaf of an event whose numbers no event can have


@dataclass(frozen=True, slots=True)
class _Block:
    """A seal as it is stored; the time in microseconds."""

    number: int
    first: int
    last: int
    root: bytes
    previous: bytes
    sealed_micros: int
    hash: bytes

    def __str__(self) -> str:
        return f"block {self.number}, positions {self.first} to {self.last}"


_BEFORE_ALL = _Block(0, 1, 0, b"", b"", 0, GENESIS)


def seals(connection: Connection[Any], findings: Findings, on_progress: OnProgress) -> None:
    """Recompute every seal.

    The first bad position is exact where an event is missing, added or re-dated; where its bytes
    were changed, it is the first of its block.
    """
    events = _Feed(watched(scan(connection, _EVENTS), on_progress))
    before = _BEFORE_ALL
    for row in scan(connection, _SEALS):
        block = _Block(*row)
        _check_chain(before, block, findings)
        _check_events(block, events, findings)
        before = block
    for event in events.upto(None):
        findings.add(f"position {event[0]} is beyond the last seal", event[0])


@dataclass(slots=True)
class _Feed:
    """The events of the log in order, taken block by block."""

    rows: Iterator[tuple[Any, ...]]
    waiting: tuple[Any, ...] | None = None

    def upto(self, position: int | None) -> Iterator[tuple[Any, ...]]:
        """The next events up to a position; all that are left for None."""
        while (event := self.waiting or next(self.rows, None)) is not None:
            if position is not None and event[0] > position:
                self.waiting = event
                return
            self.waiting = None
            yield event


def _check_chain(before: _Block, block: _Block, findings: Findings) -> None:
    if block.number != before.number + 1:
        findings.add(
            f"block {before.number + 1} is missing before block {block.number}", before.last + 1
        )
    elif block.first != before.last + 1:
        findings.add(f"{block} does not begin where the block before ended", before.last + 1)
    if block.previous != before.hash:
        findings.add(f"{block} is not chained to the block before it", block.first)
    if block.sealed_micros < before.sealed_micros:
        findings.add(f"{block} was recorded before the block that precedes it", block.first)
    if block.hash != _hash(block):
        findings.add(f"the seal of {block} was changed", block.first)


def _hash(block: _Block) -> bytes | None:
    try:
        return chain_hash(block.previous, block.first, block.last, block.root, block.sealed_micros)
    except OverflowError:
        return None


def _check_events(block: _Block, events: _Feed, findings: Findings) -> None:
    leaves: list[bytes] = []
    expected, wrong = block.first, False
    for event in events.upto(block.last):
        position = event[0]
        if position < block.first:
            findings.add(f"position {position} is covered by no seal", position)
            continue
        if position != expected:
            wrong = _missing(findings, expected, position - 1, block)
        if event[3] != block.sealed_micros:
            findings.add(f"the time of recording of position {position} was changed", position)
            wrong = True
        expected = position + 1
        if len(leaves) < EVENTS_PER_APPEND_MAX:
            leaves.append(_leaf(event))
    if expected <= block.last:
        wrong = _missing(findings, expected, block.last, block)
    if not wrong and (not leaves or merkle_root(leaves) != block.root):
        findings.add(f"an event of {block} is not as it was sealed", block.first)


def _missing(findings: Findings, first: int, last: int, block: _Block) -> bool:
    which = f"position {first} is" if first == last else f"positions {first} to {last} are"
    findings.add(f"{which} missing from {block}", first)
    return True


def _leaf(event: tuple[Any, ...]) -> bytes:
    try:
        return leaf(*event)
    except OverflowError:
        return _UNREADABLE
