"""How the records of a BAI2 file become statements, with every trailer proved.

Each account of a group is a statement, known by the as-of date of the group; a second one of the
same account and date has `/2` behind it. The trailers 49, 98 and 99 are proved here: sums of the
amounts as written, and counts. Opening + movements = closing is proved by `control`.

Groups: only the final report of a previous day is booked (modifier 2, or none). An interim report,
or one of the same day (1, 3, 4), refuses the file: its money comes again in the final one. A group
that is a test, or deletes what was sent before, refuses it too. A correction is read: lines that
were posted are known again, and one that changed is refused by the ledger, where it can be seen.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, NoReturn

from consumers.formats.amounts import currency_code
from consumers.formats.bai2_account import AccountHead, account_head
from consumers.formats.bai2_entry import Booking, bai2_sum, entry_item
from consumers.formats.bai2_records import Record
from consumers.formats.control import Tally
from consumers.formats.errors import ControlTotalError, RowError, UnreadableFileError
from consumers.formats.mt940_head import swift_date
from consumers.formats.statement import (
    UNKNOWN_CURRENCY,
    StatementClosed,
    StatementItem,
    StatementOpened,
)

_SEND_FINAL: Final = "its money comes again in the final report of the previous day: send that one"
_STATUS: Final = {
    "2": "the group deletes a report that was sent before: reverse by hand what was posted of it",
    "4": "the group is a test",
}
_MODIFIER: Final = {
    "1": f"an interim report of the previous day: {_SEND_FINAL}",
    "3": f"an interim report of the same day: {_SEND_FINAL}",
    "4": f"a report of the same day: {_SEND_FINAL}",
}
_PARENTS: Final = {"01": "", "02": "01", "03": "02", "16": "03", "49": "03", "98": "02", "99": "01"}
_TRAILERS: Final = frozenset(("49", "98", "99"))
_NAMES: Final = {"01": "file", "02": "group", "03": "account"}
_DAY = re.compile(r"[0-9]{6}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(slots=True)
class _Level:
    """A file, group or account that is being read: what its trailer must say.

    `sum_minor` is None once an amount in it could not be read; `members` are the levels inside.
    """

    code: str
    line: int
    records: int = 0
    sum_minor: int | None = 0
    members: int = 0

    def add(self, minor: int | None) -> None:
        """Count an amount."""
        self.sum_minor = None if minor is None or self.sum_minor is None else self.sum_minor + minor


@dataclass(frozen=True, slots=True)
class _Group:
    as_of: date
    currency: str
    warnings: tuple[str, ...]


@dataclass(slots=True)
class FileReading:
    """The levels that are open, and the account that is being read."""

    file: str
    levels: list[_Level] = field(default_factory=list)
    group: _Group | None = None
    head: AccountHead | None = None
    tally: Tally = field(default_factory=Tally)
    ordinal: int = 0
    statements: Counter[tuple[str, date]] = field(default_factory=Counter)

    def items(self, record: Record) -> Iterator[StatementItem]:
        """What one record adds; raises UnreadableFileError and ControlTotalError."""
        try:
            yield from self._items(record)
        except RowError as error:
            raise UnreadableFileError(
                self.file, record.line, error.field, error.value, error.reason
            ) from None

    def finished(self) -> None:
        """The end of the file: every level must have had its trailer."""
        if self.levels:
            level = self.levels[-1]
            self._cut_off(0, level)

    def _items(self, record: Record) -> Iterator[StatementItem]:
        self._place(record)
        for level in self.levels:
            level.records += record.count
        match record.code:
            case "01":
                _check_version(record)
            case "02":
                self.group = _group(record)
            case "03":
                yield self._account_opened(record)
            case "16":
                yield self._transaction(record)
            case "49":
                closed = self._account_closed(record)
                self._trailer(record)
                yield closed
            case _:
                self._trailer(record)

    def _place(self, record: Record) -> None:
        """Open the level of a record; refuse one that stands where none of its kind may."""
        parent = _PARENTS[record.code]
        current = self.levels[-1] if self.levels else None
        if (current.code if current else "") != parent:
            if current is not None and record.code in _NAMES:
                self._cut_off(record.line, current)
            reason = f"it does not stand in {_an(_NAMES[parent])}" if parent else "misplaced"
            raise RowError(f"record {record.code}", _start(record), reason)
        if record.code in _NAMES:
            if current is not None:
                current.members += 1
            self.levels.append(_Level(record.code, record.line))

    def _cut_off(self, line: int, level: _Level) -> NoReturn:
        name = _NAMES[level.code]
        reason = f"the {name} that begins on line {level.line} has no trailer: the file was cut off"
        raise UnreadableFileError(self.file, line, f"{name} trailer", "", reason)

    def _account_opened(self, record: Record) -> StatementOpened:
        group = self.group
        if group is None:
            raise RowError("record 03", "", "it stands in no group")
        self.head = head = account_head(record, group.currency)
        self.levels[-1].add(head.sum_minor)
        self.tally, self.ordinal = Tally(), 0
        self.statements[head.account, group.as_of] += 1
        times = self.statements[head.account, group.as_of]
        return StatementOpened(
            account=head.account,
            statement_id=f"{group.as_of}/{times}" if times > 1 else f"{group.as_of}",
            sequence=None,
            currency=head.currency,
            opening_minor=head.opening_minor,
            opened_on=group.as_of,
            span=record.span(),
            declared=head.declared,
            warnings=(*group.warnings, *_balance_warnings(head)),
        )

    def _transaction(self, record: Record) -> StatementItem:
        if self.group is None or self.head is None:
            raise RowError("record 16", "", "it stands in no account")
        self.ordinal += 1
        booking = Booking(self.group.as_of, self.head.currency)
        item, stated = entry_item(record, self.ordinal, booking)
        self.levels[-1].add(stated)
        self.tally.add(item)
        return item

    def _account_closed(self, record: Record) -> StatementClosed:
        closing = self.head.closing_minor if self.head else None
        return self.tally.closed(closing, record.span())

    def _trailer(self, record: Record) -> None:
        """Prove a trailer against what it closes, and hand its sum up."""
        level = self.levels.pop()
        name = _NAMES[level.code]
        stated = record.field(0)
        minor = bai2_sum(stated, f"{name} total") if stated else None
        if minor is not None and level.sum_minor is not None and minor != level.sum_minor:
            self._refuse(record, f"{name} total", stated, f"its amounts make {level.sum_minor}")
        counts = record.fields()[1:]
        if level.code != "03":
            members = {"01": "groups", "02": "accounts"}[level.code]
            self._check_count(record, f"number of {members}", counts[:1], level.members)
            counts = counts[1:]
        self._check_count(record, f"number of records of the {name}", counts[:1], level.records)
        if self.levels:
            self.levels[-1].add(level.sum_minor)

    def _check_count(self, record: Record, name: str, stated: list[str], counted: int) -> None:
        text = stated[0].strip() if stated else ""
        if text and _COUNT.fullmatch(text) is None:
            raise RowError(name, text, "not a whole number")
        if text and int(text) != counted:
            self._refuse(record, name, text, f"there are {counted}")

    def _refuse(self, record: Record, name: str, stated: str, reason: str) -> NoReturn:
        raise ControlTotalError(self.file, record.line, name, stated, reason)


def _start(record: Record) -> str:
    """How a record begins, for a message."""
    return f"{record.code},{record.pieces[0].text}"


def _an(name: str) -> str:
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _check_version(record: Record) -> None:
    version = record.field(7)
    if version not in ("", "2"):
        reason = "version 2 is read (version 3 is BTRS, another format): ask the bank for BAI2"
        raise RowError("version (record 01)", version, reason)


def _group(record: Record) -> _Group:
    status, day = record.field(2), record.field(3)
    currency, modifier = record.field(5), record.field(6)
    if status in _STATUS:
        raise RowError("status (record 02)", status, _STATUS[status])
    if status not in ("", "1", "3"):
        raise RowError("status (record 02)", status, "1, 2, 3 or 4 is expected")
    if modifier in _MODIFIER:
        raise RowError("as-of date modifier (record 02)", modifier, _MODIFIER[modifier])
    if modifier not in ("", "2"):
        raise RowError("as-of date modifier (record 02)", modifier, "1, 2, 3 or 4 is expected")
    if _DAY.fullmatch(day) is None:
        raise RowError("as-of date (record 02)", day, "not a date like 260401")
    if currency:
        currency_code(currency, "currency (record 02)")
    found = (
        (status == "3", "the bank sends it as a correction of an earlier report"),
        (not modifier, "the bank does not say that it is final: it is taken as final"),
    )
    return _Group(
        as_of=swift_date(day, "as-of date (record 02)"),
        currency=currency or UNKNOWN_CURRENCY,
        warnings=tuple(warning for holds, warning in found if holds),
    )


def _balance_warnings(head: AccountHead) -> tuple[str, ...]:
    found = (
        (head.currency == UNKNOWN_CURRENCY, "the file states no currency"),
        (head.opening_minor is None, "no opening balance: the movements cannot be proved by it"),
        (head.closing_minor is None, "no closing balance: the movements cannot be proved by it"),
    )
    return tuple(warning for holds, warning in found if holds)
