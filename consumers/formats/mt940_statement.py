"""How the fields of SWIFT messages become statements.

The parts of a statement that SWIFT cut into messages (62M, then 60M) are read as one statement.
Each part is proved by itself here; the whole is proved by `control`. A part whose beginning is in
another file is a statement of its own.

A statement is known by its number, or, when the bank does not count (0), by field 20; the caller
adds the account and the day it opened. A statement without a closing balance is refused, because a
file that was cut off looks just like that.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from consumers.formats.control import Tally
from consumers.formats.errors import ControlTotalError, RowError, UnreadableFileError
from consumers.formats.mt940_entry import Entry, entry_item
from consumers.formats.mt940_fields import END, KIND, Field
from consumers.formats.mt940_head import (
    Balance,
    Number,
    account,
    amount_minor,
    balance,
    balance_name,
    number,
)
from consumers.formats.statement import StatementItem, StatementOpened
from ledger.money import format_minor

_READ: Final = ("940", "950")
_NOT_READ: Final = {
    "101": "a request for transfer, which goes to the bank",
    "103": "a single payment; its money comes in the MT940 statement",
    "104": "a request for direct debits, which goes to the bank",
    "900": "the confirmation of one debit; its money comes in the MT940 statement",
    "910": "the confirmation of one credit; its money comes in the MT940 statement",
    "941": "a balance report, which lists no entries: send the MT940 statement of the day",
    "942": "an interim report, whose money comes again in the MT940 statement of the day and would"
    " be posted twice: send the MT940",
}
_BETWEEN: Final = frozenset((KIND, END, "34F"))
_COUNT = re.compile(r"([0-9]{1,5})([A-Z]{3})([0-9]{1,15}(?:,[0-9]{0,3})?)\s*", re.ASCII)


@dataclass(slots=True)
class MessageReading:
    """The statement that is being read, and how far; `carried` between two parts of it."""

    file: str
    statements: int = 0
    head: dict[str, Field] = field(default_factory=dict)
    opened: StatementOpened | None = None
    number: Number = field(default_factory=lambda: Number(None, None, ""))
    carried: tuple[Balance, Field] | None = None
    tally: Tally = field(default_factory=Tally)
    entry: Entry | None = None
    ordinal: int = 0

    def items(self, one: Field) -> Sequence[StatementItem]:
        """What one field adds.

        Raises RowError for a field that refuses the file, and errors of the file itself.
        """
        match one.tag:
            case "61":
                ended = self._entry_ended()
                self._entry_begun(one)
                return ended
            case "86" | "NS":
                if self.entry is not None:
                    self.entry.add(one)
            case "60F" | "60M":
                return self._balance_opened(one)
            case "62F" | "62M":
                return (*self._entry_ended(), *self._balance_closed(one))
            case "90C" | "90D":
                ended = self._entry_ended()
                self._check_count(one)
                return ended
            case "20" | "25" | "25P" | "28" | "28C":
                self._must_not_be_open(one.line)
                self.head[one.tag[:2]] = one
            case _ if one.tag in _BETWEEN:
                self._must_not_be_open(one.line)
                self._check_kind(one)
        return ()

    def finished(self) -> Sequence[StatementItem]:
        """The end of the file."""
        self._must_not_be_open(0)
        return self._foot()

    def _must_not_be_open(self, line: int) -> None:
        if self.opened is None or self.carried is not None:
            return
        reason = (
            f"statement {self.opened.statement_id} of {self.opened.account} has no closing balance:"
            " the file was cut off, or is damaged"
        )
        raise UnreadableFileError(self.file, line, "closing balance (field 62F)", "", reason)

    def _check_kind(self, one: Field) -> None:
        if one.tag == END:
            self.head = {}
        kind = "942" if one.tag == "34F" else one.lines[0]
        if one.tag == END or kind in _READ:
            return
        reason = f"it is {_NOT_READ.get(kind, 'no bank statement: send the MT940')}"
        raise UnreadableFileError(self.file, one.line, "message type", f"MT{kind}", reason)

    def _entry_begun(self, one: Field) -> None:
        if self.opened is None or self.carried is not None:
            reason = (
                "an entry with no opening balance before it: a piece of a statement, or an interim"
                " report (MT942), whose money comes again in the MT940"
            )
            raise RowError("entry (field 61)", one.lines[0], reason)
        self.entry = Entry(one)

    def _entry_ended(self) -> Sequence[StatementItem]:
        if self.entry is None or self.opened is None:
            return ()
        self.ordinal += 1
        item = entry_item(self.entry, self.ordinal, self.opened.currency)
        self.tally.add(item)
        self.entry = None
        return (item,)

    def _balance_opened(self, one: Field) -> Sequence[StatementItem]:
        self._must_not_be_open(one.line)
        opening = balance(one)
        counted = number(self.head.get("28"))
        stated = self.head.get("25")
        name = account(stated, opening.currency) if stated else ""
        if not name:
            raise RowError("account (field 25)", "", "the statement names no account")
        if self._goes_on(one, name, counted, opening):
            self.number, self.carried = counted, None
            return ()
        foot = self._foot()
        reference = self.head.get("20")
        statement_id = _statement_id(counted, reference.lines[0].strip() if reference else "")
        self.number = counted
        self.opened = StatementOpened(
            account=name,
            statement_id=statement_id or f"opened {opening.on}",
            sequence=counted.number,
            currency=opening.currency,
            opening_minor=opening.minor,
            opened_on=opening.on,
            span=one.span(),
            warnings=_warnings(one, counted),
        )
        self.statements += 1
        return (*foot, self.opened)

    def _goes_on(self, one: Field, name: str, counted: Number, opening: Balance) -> bool:
        """Whether a message is the next part of the statement that was left at a 62M."""
        if self.opened is None or self.carried is None or one.tag == "60F":
            return False
        before = self.number
        apart = counted.part and before.part and counted.part != before.part + 1
        if name != self.opened.account or counted.number != before.number or apart:
            return False
        left, _ = self.carried
        if (left.minor, left.currency) != (opening.minor, opening.currency):
            self._refuse_sum(one, opening.minor, f"the part before it left {_money(left.minor)}")
        return True

    def _balance_closed(self, one: Field) -> Sequence[StatementItem]:
        closing = balance(one)
        if self.opened is None or self.carried is not None:
            raise RowError(balance_name(one), one.lines[0], "of no statement: none is open")
        if closing.currency != self.opened.currency:
            reason = f"the statement of {self.opened.account} is in {self.opened.currency}"
            raise RowError(balance_name(one), closing.currency, reason)
        self.carried, self.head = (closing, one), {}
        if one.tag == "62F":
            return self._foot()
        moved = self.tally.credits_minor - self.tally.debits_minor
        reached = (self.opened.opening_minor or 0) + moved
        if reached != closing.minor and not self.tally.unknown_rows:
            self._refuse_sum(one, closing.minor, f"up to it the entries make {_money(reached)}")
        return ()

    def _foot(self) -> Sequence[StatementItem]:
        """Close the statement that has come to its last balance, if there is one."""
        if self.carried is None:
            return ()
        closing, one = self.carried
        closed = self.tally.closed(closing.minor, one.span())
        self.opened = self.carried = None
        self.tally, self.ordinal = Tally(), 0
        return (closed,)

    def _check_count(self, one: Field) -> None:
        """Prove a count and sum of entries, which some banks add to an MT940."""
        match = _COUNT.fullmatch(one.lines[0])
        if match is None or self.opened is None or self.carried is not None:
            return
        tally, into = self.tally, one.tag == "90C"
        name = f"{'credits' if into else 'debits'} (field {one.tag})"
        declared = int(match[1]), amount_minor(match[3], match[2], name)
        if declared[0] and not tally.entries:
            self._check_kind(Field(KIND, ["941"], one.line, one.byte_start, one.byte_end))
        read = (
            (tally.credit_entries, tally.credits_minor)
            if into
            else (tally.debit_entries, tally.debits_minor)
        )
        if read != declared and not tally.unknown_rows:
            reason = f"the statement holds {read[0]} of {_money(read[1])}"
            raise ControlTotalError(self.file, one.line, name, one.lines[0], reason)

    def _refuse_sum(self, one: Field, stated: int, reason: str) -> NoReturn:
        opened = self.opened
        whose = f"statement {opened.statement_id} of {opened.account}: " if opened else ""
        raise ControlTotalError(
            self.file, one.line, balance_name(one), _money(stated), whose + reason
        )


def _statement_id(counted: Number, reference: str) -> str:
    """The number, or field 20 when the bank does not count; with its part, unless the first."""
    name = str(counted.number) if counted.number else reference or counted.text
    return f"{name}/{counted.part}" if counted.part and counted.part > 1 else name


def _warnings(one: Field, counted: Number) -> tuple[str, ...]:
    found = (
        (one.tag == "60M", "it goes on from a part that is not in this file"),
        (counted.number is None, "the bank does not number it: no gap can be seen by numbers"),
    )
    return tuple(warning for holds, warning in found if holds)


def _money(minor: int) -> str:
    return format_minor(minor, thousands=True)
