"""A remittance profile tied to the columns of one file: what its rows and its preamble say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from consumers.formats.accounts import account_key
from consumers.formats.advice import AdviceLine
from consumers.formats.csv_dates import parsed_date
from consumers.formats.csv_figures import pounds
from consumers.formats.csv_rows import Row
from consumers.formats.errors import RowError
from consumers.formats.remittance_profiles import RemittanceProfile
from consumers.formats.statement import BadRow
from ledger.limits import TEXT_LENGTH_MAX


@dataclass(frozen=True, slots=True)
class RemittanceLayout:
    """Where each column of a profile stands in a file."""

    profile: RemittanceProfile
    index: dict[str, int]
    width: int

    def item(self, row: Row, ordinal: int) -> AdviceLine | BadRow:
        """The line of a row, or why it is none."""
        amount = None
        try:
            self._refuse_misfit(row)
            amount = self.amount(row)
            return self._line(row, ordinal, amount)
        except RowError as error:
            return BadRow(row.span, error.field, error.value, error.reason, amount)

    def amount(self, row: Row) -> int:
        """The signed amount of a row. RowError when it cannot be read."""
        title = self.profile.columns.amount
        return pounds(self.text(row, title), self.profile.currency, title)

    def is_total(self, row: Row) -> bool:
        """Whether a row is the total of the others."""
        label = self.profile.total_row
        first = next((cell for cell in row.cells if cell.strip()), "")
        return label is not None and plain(first) == plain(label)

    def text(self, row: Row, title: str | None) -> str:
        """A cell without blanks around it; empty when the file or the row does not have it."""
        at = self.index.get(title) if title is not None else None
        return row.cells[at].strip() if at is not None and at < len(row.cells) else ""

    def _refuse_misfit(self, row: Row) -> None:
        if row.problem is not None:
            raise RowError("row", row.cells[0], row.problem)
        if any(cell.strip() for cell in row.cells[self.width :]):
            reason = f"{len(row.cells)} cells, the header has {self.width}"
            raise RowError("row", ",".join(row.cells), reason)

    def _line(self, row: Row, ordinal: int, amount_minor: int) -> AdviceLine:
        columns = self.profile.columns
        references = tuple(
            dict.fromkeys(text for title in columns.references if (text := self.text(row, title)))
        )
        payer = " ".join(self.text(row, columns.payer).split())
        if not references and not payer:
            raise RowError(columns.references[0], "", "neither a reference nor a name")
        account = self.text(row, columns.payer_account)
        narrative = " ".join(" ".join(self.text(row, one) for one in columns.narrative).split())
        period_from = self._day(row, columns.period_from)
        period_to = self._day(row, columns.period_to)
        warnings = [] if amount_minor else ["the amount is zero"]
        if len(narrative) > TEXT_LENGTH_MAX:
            warnings.append("the narrative was cut")
        if period_from is not None and period_to is not None and period_to < period_from:
            warnings.append("the period ends before it begins")
        return AdviceLine(
            ordinal=ordinal,
            amount_minor=amount_minor,
            references=references,
            narrative=narrative[:TEXT_LENGTH_MAX],
            payer_name=payer or None,
            payer_account=account_key(account) if account else None,
            method=self.profile.method,
            period_from=period_from,
            period_to=period_to,
            span=row.span,
            warnings=tuple(warnings),
        )

    def _day(self, row: Row, title: str | None) -> date | None:
        text = self.text(row, title)
        return read_day(self.profile, text, title or "") if text else None


def read_day(profile: RemittanceProfile, text: str, field: str) -> date:
    """A date in one of the forms of a profile. RowError when it is in none of them."""
    for form in profile.date_formats:
        if (day := parsed_date(text, form)) is not None:
            return day
    raise RowError(field, text, f"not a date written as {' or '.join(profile.date_formats)}")


def layout_of(profile: RemittanceProfile, cells: Sequence[str]) -> RemittanceLayout | None:
    """The layout of a file whose header row has these cells; None when it is another header."""
    places = {plain(cell): at for at, cell in reversed(list(enumerate(cells))) if cell.strip()}
    if any(plain(title) in places for title in profile.never_with):
        return None
    index: dict[str, int] = {}
    for title in profile.header:
        names = (title, *profile.aliases.get(title, ()))
        at = next((places[plain(name)] for name in names if plain(name) in places), None)
        if at is not None and at not in index.values():
            index[title] = at
    width = max((at + 1 for at, cell in enumerate(cells) if cell.strip()), default=0)
    return (
        RemittanceLayout(profile, index, width) if set(profile.needed()) <= index.keys() else None
    )


def plain(title: str) -> str:
    """A title or a label as it is compared: without case, blanks around it, or a colon."""
    return title.strip().lstrip("'").rstrip(": ").casefold()
