"""What the cells of one CSV row mean under a profile: date, signed amount, balance, account, texts.

amount   one signed column, one with a column of marks such as CR and DR, or debit and credit
account  sort code and account number, in one column or two, with or without an apostrophe
texts    an apostrophe in front is the bank's guard against spreadsheets, and is dropped
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from consumers.formats.accounts import account_key
from consumers.formats.csv_dates import parsed_date
from consumers.formats.csv_figures import check_digits_hold, pence, pounds
from consumers.formats.csv_rows import Row
from consumers.formats.csv_shape import Direction, Profile
from consumers.formats.errors import RowError
from consumers.formats.statement import BankLine
from ledger.limits import TEXT_LENGTH_MAX

T = TypeVar("T")

_NO_REFERENCE = ("NONREF", "NOTPROVIDED")  # how banks fill a reference that was not given


@dataclass(frozen=True, slots=True)
class Outline:
    """What a row is worth to its statement; each part None when it cannot be read.

    `states_balance` marks a row that is no movement, `left_out` says why a row is not posted.
    """

    account: str | None
    booked_on: date | None
    amount_minor: int | None
    balance_minor: int | None
    error: RowError | None
    states_balance: bool = False
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A profile tied to the columns of one file; `stated_account` is what stands above its rows."""

    profile: Profile
    index: Mapping[str, int]
    width: int
    stated_account: str | None = None

    def outline(self, row: Row) -> Outline:
        """The figures of a row, each read on its own, and the first thing wrong with it."""
        if (misfit := self._misfit(row)) is not None:
            return Outline(None, None, None, None, misfit)
        if self._states_balance(row):
            return self._balance_row(row)
        errors: list[RowError] = []
        account = _attempt(errors, lambda: self._account(row))
        booked_on = _attempt(errors, lambda: self._date(row, self.profile.columns.date))
        amount = _attempt(errors, lambda: self._amount(row))
        balance = _attempt(errors, lambda: self._balance(row))
        if (foreign := self._foreign(row)) is not None:
            amount, errors = None, [foreign, *errors]
        first = errors[0] if errors else None
        return Outline(account, booked_on, amount, balance, first, left_out=self._left_out(row))

    def line(self, row: Row, outline: Outline, ordinal: int) -> BankLine:
        """The bank line of a row whose outline has no error. RowError for a bad value date."""
        columns = self.profile.columns
        amount, booked_on = outline.amount_minor, outline.booked_on
        if amount is None or booked_on is None:
            raise RowError("row", " ".join(row.cells), "has no amount or no date")
        narrative = " ".join(" ".join(self.text(row, name) for name in columns.narrative).split())
        references = (self._reference(row, name) for name in columns.references)
        return BankLine(
            ordinal=ordinal,
            part=1,
            parts=1,
            amount_minor=amount,
            currency=self.profile.currency,
            booked_on=booked_on,
            value_on=self._date(row, columns.value_date) if columns.value_date else booked_on,
            bank_reference=self._reference(row, columns.bank_reference) or None,
            references=tuple(dict.fromkeys(text for text in references if text)),
            narrative=narrative[:TEXT_LENGTH_MAX],
            payer_name=self._payer(row),
            payer_account=None,
            method=self.profile.methods.get(self.text(row, columns.type).upper(), "other"),
            reversal=False,
            warnings=tuple(self._warnings(row, amount, narrative)),
            span=row.span,
        )

    def text(self, row: Row, title: str | None) -> str:
        """A cell without blanks around it and without the bank's apostrophe; empty when absent."""
        if title is None:
            return ""
        index = self.index[title]
        cell = row.cells[index].strip() if index < len(row.cells) else ""
        return cell[1:].strip() if cell.startswith("'") else cell

    def figures(self) -> tuple[str, ...]:
        """The titles of the columns that hold the date and the amount of a movement."""
        columns = self.profile.columns
        titles = (columns.date, columns.amount, columns.debit, columns.credit)
        return tuple(title for title in titles if title is not None)

    def _reference(self, row: Row, title: str | None) -> str:
        text = self.text(row, title)
        return "" if text in _NO_REFERENCE else text

    def _warnings(self, row: Row, amount: int, narrative: str) -> list[str]:
        profile, warnings = self.profile, []
        code = self.text(row, profile.columns.type)
        if profile.columns.type is not None and code.upper() not in profile.methods:
            warnings.append(f"type code {code!r} is not in profile {profile.name}")
        if len(narrative) > TEXT_LENGTH_MAX:
            warnings.append("the narrative was cut")
        if amount == 0:
            warnings.append("the amount is zero")
        check = profile.check_digit
        if check is not None and not check_digits_hold(self.text(row, check.column), check.rule):
            warnings.append(f"the check digit of {check.column} is wrong")
        return warnings

    def _misfit(self, row: Row) -> RowError | None:
        if row.problem is not None:
            return RowError("row", row.cells[0], row.problem)
        if any(cell.strip() for cell in row.cells[self.width :]):
            reason = f"{len(row.cells)} cells, {self._source_of_width()} {self.width}"
            return RowError("row", ",".join(row.cells), reason)
        return None

    def _source_of_width(self) -> str:
        return "the header has" if self.profile.has_header else "the profile has"

    def _foreign(self, row: Row) -> RowError | None:
        title = self.profile.columns.currency
        currency = self.text(row, title)
        if title is None or currency in ("", self.profile.currency):
            return None
        return RowError(
            title, currency, f"profile {self.profile.name} is for {self.profile.currency}"
        )

    def _states_balance(self, row: Row) -> bool:
        marked = self.profile.balance_rows
        return marked is not None and self.text(row, marked.column) in marked.marks

    def _balance_row(self, row: Row) -> Outline:
        """A row without movement; the balance stands in its column, else in that of the amount."""
        errors: list[RowError] = []
        account = _attempt(errors, lambda: self._account(row))
        balance = _attempt(errors, lambda: self._balance(row))
        if balance is None and not errors:
            balance = _attempt(errors, lambda: self._amount(row))
        error = errors[0] if errors else None
        return Outline(account, None, 0, balance, error, states_balance=True)

    def _left_out(self, row: Row) -> str | None:
        rule = self.profile.left_out
        return None if rule is None else rule.values.get(self.text(row, rule.column).upper())

    def _account(self, row: Row) -> str:
        profile = self.profile
        if profile.account is not None:
            return account_key(profile.account)
        titles = profile.columns.account
        if not titles:
            return self._named_account(
                self.stated_account or "", profile.account_title or "account"
            )
        parts = [self.text(row, title) for title in titles]
        if not all(parts):
            raise RowError(titles[0], "", "no account")
        return self._named_account("-".join(parts), titles[0])

    def _named_account(self, text: str, field: str) -> str:
        if not text:
            raise RowError(field, "", "no account")
        return account_key(self.profile.accounts.get(text.upper(), text))

    def _date(self, row: Row, title: str) -> date:
        text = self.text(row, title)
        for form in self.profile.date_formats:
            if (day := parsed_date(text, form)) is not None:
                return day
        expected = " or ".join(self.profile.date_formats)
        raise RowError(title, text, f"not a date written as {expected}")

    def _amount(self, row: Row) -> int:
        columns = self.profile.columns
        sign = -1 if self.profile.inverted else 1
        if columns.amount is not None and self.profile.direction is None:
            return sign * self._figure(row, columns.amount)
        if self.profile.direction is not None:
            return sign * self._directed(row, self.profile.direction)
        debit = self._unsigned(row, columns.debit)
        credit = self._unsigned(row, columns.credit)
        if debit and credit:
            raise RowError(columns.debit or "", self.text(row, columns.debit), "credit and debit")
        if debit is None and credit is None:
            raise RowError(columns.credit or "", "", "neither a credit nor a debit")
        return sign * ((credit or 0) - (debit or 0))

    def _directed(self, row: Row, rule: Direction) -> int:
        mark = self.text(row, rule.column)
        if mark not in (*rule.credit, *rule.debit):
            raise RowError(rule.column, mark, "neither a credit nor a debit")
        figure = self._unsigned(row, self.profile.columns.amount)
        if figure is None:
            raise RowError(self.profile.columns.amount or "", "", "no amount")
        return figure if mark in rule.credit else -figure

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
        if self.profile.amounts == "pence":
            return pence(text, title)
        return pounds(text, self.profile.currency, title)

    def _payer(self, row: Row) -> str | None:
        columns, mark = self.profile.columns, self.profile.payer_before
        if columns.payer is not None:
            return self.text(row, columns.payer) or None
        if mark is None or not columns.narrative:
            return None
        name, found, _ = self.text(row, columns.narrative[0]).partition(mark)
        return " ".join(name.split()) or None if found else None


def layout_of(profile: Profile, cells: Sequence[str]) -> Layout | None:
    """The layout of a file whose header row has these cells; None when it is another header."""
    if not profile.has_header:
        places = {title: at for at, title in enumerate(profile.header)}
        return Layout(profile, places, len(profile.header))
    index = columns_found(profile, cells)
    width = max((at + 1 for at, cell in enumerate(cells) if cell.strip()), default=0)
    return Layout(profile, index, width) if set(profile.needed()) <= index.keys() else None


def columns_found(profile: Profile, cells: Sequence[str]) -> Mapping[str, int]:
    """Where a header row has the columns of a profile, by their titles or other names."""
    places = {_plain(cell): at for at, cell in reversed(list(enumerate(cells)))}
    index: dict[str, int] = {}
    for title in profile.header:
        names = (title, *profile.aliases.get(title, ()))
        at = next((places[_plain(name)] for name in names if _plain(name) in places), None)
        if at is not None:
            index[title] = at
    return index


def _plain(title: str) -> str:
    return title.strip().lstrip("'").casefold()


def _attempt(errors: list[RowError], reading: Callable[[], T]) -> T | None:
    try:
        return reading()
    except RowError as error:
        errors.append(error)
        return None
