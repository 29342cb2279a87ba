"""What the cells of one CSV row mean under a profile: date, signed amount, balance, account, texts.

amount   `-1,234.50`, `£12.5`, `+3`; one signed column, or a debit and a credit column
account  sort code and account number, in one column or two, with or without an apostrophe
texts    an apostrophe in front is the bank's guard against spreadsheets, and is dropped
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar

from consumers.formats.accounts import account_key
from consumers.formats.amounts import decimal_minor
from consumers.formats.csv_rows import Row
from consumers.formats.errors import RowError
from consumers.formats.profiles import Profile
from consumers.formats.statement import BankLine
from ledger.limits import TEXT_LENGTH_MAX

T = TypeVar("T")

_AMOUNT = re.compile(
    r"(?P<sign>[+-]?£?|£[+-])(?P<figure>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,16})(?:\.[0-9]{1,2})?)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a row is worth to its statement; each part None when it cannot be read."""

    account: str | None
    booked_on: date | None
    amount_minor: int | None
    balance_minor: int | None
    error: RowError | None


@dataclass(frozen=True, slots=True)
class Layout:
    """A profile tied to the columns of one file."""

    profile: Profile
    index: Mapping[str, int]
    width: int

    def outline(self, row: Row) -> Outline:
        """The figures of a row, each read on its own, and the first thing wrong with it."""
        if (misfit := self._misfit(row)) is not None:
            return Outline(None, None, None, None, misfit)
        errors: list[RowError] = []
        account = _attempt(errors, lambda: self._account(row))
        booked_on = _attempt(errors, lambda: self._date(row, self.profile.columns.date))
        amount = _attempt(errors, lambda: self._amount(row))
        balance = _attempt(errors, lambda: self._balance(row))
        return Outline(account, booked_on, amount, balance, errors[0] if errors else None)

    def line(self, row: Row, outline: Outline, ordinal: int) -> BankLine:
        """The bank line of a row whose outline has no error. RowError for a bad value date."""
        columns = self.profile.columns
        warnings: list[str] = []
        amount, booked_on = outline.amount_minor, outline.booked_on
        if amount is None or booked_on is None:
            raise RowError("row", " ".join(row.cells), "has no amount or no date")
        code = self.text(row, columns.type)
        method = self.profile.methods.get(code.upper())
        if method is None and columns.type is not None:
            warnings.append(f"type code {code!r} is not in profile {self.profile.name}")
        narrative = " ".join(" ".join(self.text(row, name) for name in columns.narrative).split())
        if len(narrative) > TEXT_LENGTH_MAX:
            warnings.append("the narrative was cut")
        if amount == 0:
            warnings.append("the amount is zero")
        references = (self.text(row, name) for name in columns.references)
        return BankLine(
            ordinal=ordinal,
            part=1,
            parts=1,
            amount_minor=amount,
            currency=self.profile.currency,
            booked_on=booked_on,
            value_on=self._date(row, columns.value_date) if columns.value_date else booked_on,
            bank_reference=self.text(row, columns.bank_reference) or None,
            references=tuple(dict.fromkeys(text for text in references if text)),
            narrative=narrative[:TEXT_LENGTH_MAX],
            payer_name=self._payer(row),
            payer_account=None,
            method=method or "other",
            reversal=False,
            warnings=tuple(warnings),
            span=row.span,
        )

    def text(self, row: Row, title: str | None) -> str:
        """A cell without blanks around it and without the bank's apostrophe; empty when absent."""
        if title is None:
            return ""
        index = self.index[title]
        cell = row.cells[index].strip() if index < len(row.cells) else ""
        return cell[1:].strip() if cell.startswith("'") else cell

    def _misfit(self, row: Row) -> RowError | None:
        if row.problem is not None:
            return RowError("row", row.cells[0], row.problem)
        if any(cell.strip() for cell in row.cells[self.width :]):
            reason = f"{len(row.cells)} cells, the header has {self.width}"
            return RowError("row", ",".join(row.cells), reason)
        return None

    def _account(self, row: Row) -> str:
        titles = self.profile.columns.account
        if not titles:
            return account_key(self.profile.account or "")
        parts = [self.text(row, title) for title in titles]
        if not all(parts):
            raise RowError(titles[0], "", "no account")
        return account_key("-".join(parts))

    def _date(self, row: Row, title: str) -> date:
        text = self.text(row, title)
        for layout in self.profile.date_formats:
            if (day := parsed_date(text, layout)) is not None:
                return day
        expected = " or ".join(self.profile.date_formats)
        raise RowError(title, text, f"not a date written as {expected}")

    def _amount(self, row: Row) -> int:
        columns = self.profile.columns
        sign = -1 if self.profile.inverted else 1
        if columns.amount is not None:
            return sign * self._figure(row, columns.amount)
        debit = self._unsigned(row, columns.debit)
        credit = self._unsigned(row, columns.credit)
        if debit and credit:
            raise RowError(columns.debit or "", self.text(row, columns.debit), "credit and debit")
        if debit is None and credit is None:
            raise RowError(columns.credit or "", "", "neither a credit nor a debit")
        return sign * ((credit or 0) - (debit or 0))

    def _unsigned(self, row: Row, title: str | None) -> int | None:
        if title is None or not self.text(row, title):
            return None
        figure = self._figure(row, title)
        if figure < 0:
            raise RowError(title, self.text(row, title), "a sign where the column gives the sign")
        return figure

    def _balance(self, row: Row) -> int | None:
        title = self.profile.columns.balance
        return self._figure(row, title) if title and self.text(row, title) else None

    def _figure(self, row: Row, title: str) -> int:
        text = self.text(row, title)
        match = _AMOUNT.fullmatch(text)
        if match is None:
            raise RowError(title, text, "not an amount such as -1,234.50")
        minor = decimal_minor(match["figure"].replace(",", ""), self.profile.currency, title)
        return -minor if "-" in match["sign"] else minor

    def _payer(self, row: Row) -> str | None:
        columns, mark = self.profile.columns, self.profile.payer_before
        if columns.payer is not None:
            return self.text(row, columns.payer) or None
        if mark is None or not columns.narrative:
            return None
        name, found, _ = self.text(row, columns.narrative[0]).partition(mark)
        return " ".join(name.split()) or None if found else None


@lru_cache(maxsize=4096)
def parsed_date(text: str, layout: str) -> date | None:
    """A date in one layout; None when it is not one. strptime is slow, and files repeat dates."""
    if not text.isascii():
        return None
    try:
        return datetime.strptime(text, layout).date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def layout_of(profile: Profile, cells: Sequence[str]) -> Layout | None:
    """The layout of a file whose header row has these cells; None when it is another header."""
    if not profile.has_header:
        return Layout(
            profile, {title: at for at, title in enumerate(profile.header)}, len(profile.header)
        )
    places = {_plain(cell): at for at, cell in reversed(list(enumerate(cells)))}
    index: dict[str, int] = {}
    for title in profile.header:
        names = (title, *profile.aliases.get(title, ()))
        at = next((places[_plain(name)] for name in names if _plain(name) in places), None)
        if at is not None:
            index[title] = at
    width = max((at + 1 for at, cell in enumerate(cells) if cell.strip()), default=0)
    return Layout(profile, index, width) if set(profile.columns.used()) <= index.keys() else None


def _plain(title: str) -> str:
    return title.strip().lstrip("'").casefold()


def _attempt(errors: list[RowError], reading: Callable[[], T]) -> T | None:
    try:
        return reading()
    except RowError as error:
        errors.append(error)
        return None
