"""What became of a line that was received: whose account has its money, or where else it is.

The money is followed through everything that happened to its receipt: identified, split, moved,
returned, bounced. The pieces are what is where now; together they are the line.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import psycopg

from ledger.registers import RECEIPT
from service.line_search import FoundLine
from service.wiring import App

HOPS_MAX = 20  # splits and moves of the same money that are followed; nobody moves it more often

Status: TypeAlias = Literal[
    "posted",
    "suspense",
    "returned",
    "transferred",
    "reversed",
    "quarantined",
    "resolved",
    "not-booked",
    "no-receipt",
    "advice",
    "not-posted",
]


@dataclass(frozen=True, slots=True)
class Fate:
    """Where a line's money is, or part of it; `place` is UNIT/ACCOUNT, a receipt, or a number.

    `amount_minor` is None when the fate is that of the whole line.
    """

    status: Status
    place: str = ""
    amount_minor: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Event:
    """One thing that happened to a receipt."""

    kind: str
    amount_minor: int
    here: str
    there: str
    other_receipt: str | None


_Pieces: TypeAlias = Counter[tuple[Status, str]]
_Events: TypeAlias = Mapping[str, Sequence[_Event]]

_RECEIPT_EVENTS = (
    "SELECT receipt, kind, amount_minor, concat_ws('/', unit, account),"
    " concat_ws('/', other_unit, other_account), other_receipt FROM reporting.receipts"
    " WHERE receipt = ANY(%s) AND kind <> 'received' ORDER BY position, line"
)
_ASIDE = (
    "SELECT message, status, sentence, position FROM reporting.intake_log"
    " WHERE message = ANY(%s) ORDER BY position"
)
_RECORDED = "SELECT name FROM reporting.bank_entries WHERE kind = 'line' AND name = ANY(%s)"
_OF_KIND: Mapping[str, Fate] = {
    "quarantined": Fate("quarantined", why="it was set aside"),
    "not-booked": Fate("not-booked", why="the bank has not booked it yet"),
    "advice": Fate("advice", why="it is listed in a remittance advice"),
    "returned": Fate("returned", why="the bank reported it as a returned Direct Debit"),
}
_GONE: Mapping[str, Status] = {
    "returned": "returned",
    "transferred": "transferred",
    "bounced": "reversed",
}


def fates(app: App, lines: Sequence[FoundLine]) -> list[tuple[Fate, ...]]:
    """What became of each line, in their sequence; the read models must be up to date."""
    receipts = {line.receipt for line in lines if line.receipt is not None}
    registered = app.store.registered([(RECEIPT, receipt) for receipt in receipts])
    holders = {key: row.holder.replace("|", "/", 1) for (_, key), row in registered.items()}
    with psycopg.connect(app.urls.app) as connection:
        connection.execute("SET ROLE tallystick_app")
        events = _events(connection, holders)
        others = [line for line in lines if line.receipt not in holders]
        aside = _set_aside(connection, others)
        recorded = _recorded(connection, others)
    return [
        _fate(line, holders, events, aside.get(message_of_row(line), recorded.get(line.receipt)))
        for line in lines
    ]


def message_of_row(line: FoundLine) -> str:
    """The identity under which the intake log knows a row that was set aside."""
    return f"file:{line.digest}|row|{line.line}|{line.byte_start}"


def _fate(
    line: FoundLine, holders: Mapping[str, str], events: _Events, other: Fate | None
) -> tuple[Fate, ...]:
    if line.receipt in holders:
        return tuple(
            Fate(status, place, amount)
            for (status, place), amount in _pieces(line, holders, events).items()
            if amount
        )
    return (other or _OF_KIND.get(line.kind) or Fate("not-posted", why="it is not in the ledger"),)


def _pieces(line: FoundLine, holders: Mapping[str, str], events: _Events) -> _Pieces:
    """The money of a line by where it is."""
    pieces: _Pieces = Counter()
    root = line.receipt or ""
    if holders[root]:
        pieces["posted", holders[root]] += line.amount_minor or 0
    waiting, seen = [root], {root}
    while waiting:
        receipt = waiting.pop()
        for event in events.get(receipt, ()):
            _follow(pieces, receipt, event)
            if event.other_receipt is not None and event.other_receipt not in seen:
                seen.add(event.other_receipt)
                waiting.append(event.other_receipt)
    return pieces


def _follow(pieces: _Pieces, receipt: str, event: _Event) -> None:
    """Move the money as the event did."""
    amount, kind = event.amount_minor, event.kind
    if kind in ("suspended", "moved_in"):
        pieces["suspense", receipt] += amount
    elif kind in ("identified", "split", *_GONE):
        pieces["suspense", receipt] -= amount
        if kind == "identified":
            pieces["posted", event.there] += amount
        elif kind in _GONE:
            pieces[_GONE[kind], ""] += amount
    elif kind == "return_failed":
        pieces["returned", ""] -= amount
        pieces["suspense", receipt] += amount
    elif kind in ("reversed", "moved_to_suspense", "credit_transferred"):
        pieces["posted", event.here] -= amount
        if kind == "reversed":
            pieces["reversed", event.here] += amount
        elif kind == "credit_transferred":
            pieces["posted", event.there] += amount


def _events(
    connection: psycopg.Connection[tuple[Any, ...]], receipts: Iterable[str]
) -> dict[str, list[_Event]]:
    """What happened to receipts, and to those that their money became."""
    found: dict[str, list[_Event]] = defaultdict(list)
    asked: set[str] = set()
    wanted = set(receipts)
    for _ in range(HOPS_MAX):
        if not wanted:
            break
        asked |= wanted
        for receipt, *event in connection.execute(_RECEIPT_EVENTS, (list(wanted),)):
            found[receipt].append(_Event(*event))
        became = {event.other_receipt for receipt in wanted for event in found[receipt]}
        wanted = {one for one in became if one is not None} - asked
    return found


def _set_aside(
    connection: psycopg.Connection[tuple[Any, ...]], lines: Sequence[FoundLine]
) -> dict[str, Fate]:
    messages = [message_of_row(line) for line in lines]
    found: dict[str, Fate] = {}
    for message, status, sentence, position in connection.execute(_ASIDE, (messages,)):
        if status in ("posted", "discarded"):
            found[message] = Fate("resolved", str(position), why=f"{status} since: {sentence}")
        else:
            found[message] = Fate("quarantined", str(position), why=sentence)
    return found


def _recorded(
    connection: psycopg.Connection[tuple[Any, ...]], lines: Sequence[FoundLine]
) -> dict[str | None, Fate]:
    """Lines that move the bank account and are no receipts: charges, payments out."""
    names = [line.receipt for line in lines if line.receipt is not None]
    rows = connection.execute(_RECORDED, (names,)).fetchall() if names else []
    why = "recorded for the bank account, no receipt"
    return {name: Fate("no-receipt", name, why=why) for (name,) in rows}
