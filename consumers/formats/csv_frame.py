"""What stands around the rows of a CSV: rows above the header, the header, typed records.

A file whose profile declares a trailer record must end with it, and hold as many payments, and as
much money, as it says. Nothing is posted before that is proved.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from consumers.formats.csv_cells import Layout, Outline, layout_of
from consumers.formats.csv_figures import pence, pounds
from consumers.formats.csv_rows import Row, rows
from consumers.formats.csv_shape import HeaderRecord, Profile, Records, TrailerRecord
from consumers.formats.errors import ControlTotalError, RowError, UnreadableFileError
from consumers.formats.statement import SourceSpan
from ledger.money import format_minor


class Frame:
    """One reading of one file: its data rows, and what its own records say about them.

    `sequence` and `declared_rows` are what header and trailer record state, None where they do not.
    """

    def __init__(self, path: Path, profile: Profile) -> None:
        self.path, self.profile = path, profile
        self.sequence: int | None = None
        self.declared_rows: int | None = None
        self._layout: Layout | None = None
        self._begun = False
        self._declared_minor: int | None = None
        self._end: SourceSpan | None = None
        self._last = SourceSpan(1, 0, 0)
        self._counted = 0
        self._total_minor: int | None = 0

    def rows(self) -> Iterator[tuple[Layout, Row]]:
        """The data rows, each with the layout that holds for it.

        Raises UnreadableFileError.
        """
        profile = self.profile
        if profile.template:
            raise self._template()
        above: list[Row] = []
        for row in rows(self.path, profile.encodings, profile.delimiter):
            self._last = row.span
            if self._layout is None:
                self._layout = self._begin(row, above)
                if self._layout is None or profile.has_header or is_titles(self._layout, row):
                    continue
            if row.cells[0].strip().startswith(profile.skip_rows_starting or ("\0",)):
                continue
            if profile.records is None or self._is_payment(row, profile.records, self._layout):
                yield self._layout, row

    def count(self, outline: Outline) -> None:
        """Count a data row for the trailer."""
        if outline.states_balance:
            return
        self._counted += 1
        if self._total_minor is not None and outline.amount_minor is not None:
            self._total_minor += outline.amount_minor
        else:
            self._total_minor = None

    def prove(self) -> None:
        """Prove what the trailer says, once every row was counted. Raises ControlTotalError."""
        trailer = self.profile.records.trailer if self.profile.records else None
        if trailer is None:
            return
        if self._end is None:
            reason = f"there is no {trailer.mark} record: the file is cut off"
            raise ControlTotalError(self.path.name, self._last.line, "trailer", "", reason)
        if self.declared_rows != self._counted:
            raise self._differs("count", str(self.declared_rows), str(self._counted))
        total, declared = self._total_minor, self._declared_minor
        if declared is not None and total is not None and total != declared:
            raise self._differs("total", format_minor(declared), format_minor(total))

    def _begin(self, row: Row, above: list[Row]) -> Layout | None:
        """The layout, when this row is the header or the first of a file without one."""
        layout = layout_of(self.profile, row.cells)
        if layout is not None:
            return replace(layout, stated_account=self._account_above(above))
        above.append(row)
        if len(above) > self.profile.preamble_rows_max:
            value = self.profile.delimiter.join(row.cells)
            reason = f"not the header of {self.profile.name}"
            raise self._refused(row, "header", value, reason)
        return None

    def _account_above(self, above: list[Row]) -> str | None:
        title = (self.profile.account_title or "").rstrip(":").casefold()
        for row in above if title else ():
            name, *rest = (cell.strip() for cell in row.cells)
            found, _, behind = name.partition(":")
            if found.strip().casefold() == title:
                return next((cell for cell in (behind.strip(), *rest) if cell), None)
        return None

    def _is_payment(self, row: Row, records: Records, layout: Layout) -> bool:
        """Whether a record is a payment; header and trailer are taken note of."""
        mark, header, trailer = layout.text(row, records.column), records.header, records.trailer
        if self._end is not None:
            raise self._refused(row, records.column, mark, "a record after the trailer")
        if header is not None and mark == header.mark:
            self._header(row, header, layout)
            return False
        if header is not None and not self._begun:
            raise self._refused(
                row, records.column, mark, f"the {header.mark} record must be first"
            )
        if trailer is not None and mark == trailer.mark:
            self._trailer(row, trailer)
            return False
        if mark not in records.detail:
            raise self._refused(row, records.column, mark, "no kind of record that the profile has")
        return True

    def _header(self, row: Row, header: HeaderRecord, layout: Layout) -> None:
        if self._begun:
            raise self._refused(row, "record", header.mark, "a second header: send a file for each")
        self._begun = True
        if header.sequence is not None:
            self.sequence = self._number(row, header.sequence)
        if header.account is not None:
            self._layout = replace(layout, stated_account=_cell(row, header.account))

    def _trailer(self, row: Row, trailer: TrailerRecord) -> None:
        self._end = row.span
        self.declared_rows = self._number(row, trailer.count)
        if trailer.total is None:
            return
        text, field = _cell(row, trailer.total), f"cell {trailer.total}"
        try:
            in_pence = self.profile.amounts == "pence"
            total = pence(text, field) if in_pence else pounds(text, self.profile.currency, field)
        except RowError as error:
            raise self._refused(row, field, text, error.reason) from None
        self._declared_minor = -total if self.profile.inverted else total

    def _number(self, row: Row, at: int) -> int:
        text = _cell(row, at)
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise self._refused(row, f"cell {at}", text, "not a number")
        return int(text)

    def _differs(self, field: str, declared: str, counted: str) -> ControlTotalError:
        line = (self._end or self._last).line
        reason = f"the file holds {counted}"
        return ControlTotalError(self.path.name, line, f"trailer {field}", declared, reason)

    def _template(self) -> UnreadableFileError:
        name = self.profile.name
        reason = (
            f"the file does not say which account it is of: put a profile into profiles/ of the "
            f'policy folder with a name of its own, extends = "{name}" and account = '
            '"SS-SS-SS NNNNNNNN"'
        )
        return UnreadableFileError(self.path.name, 0, "account", "", reason)

    def _refused(self, row: Row, name: str, value: str, reason: str) -> UnreadableFileError:
        return UnreadableFileError(self.path.name, row.span.line, name, value, reason)


def is_titles(layout: Layout, row: Row) -> bool:
    """Whether the first row of a file without a header is one all the same.

    A payment has a digit in its date or in its amount; titles have none there.
    """
    if layout.profile.records is not None or row.problem is not None:
        return False
    written = "".join(layout.text(row, title) for title in layout.figures())
    return bool(written) and not any(one.isdigit() for one in written)


def _cell(row: Row, at: int) -> str:
    return row.cells[at - 1].strip() if at <= len(row.cells) else ""
