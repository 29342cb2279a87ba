"""An answer as a table in the terminal, across several pages when it is too wide for one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ledger.money import format_minor
from projections.reporting.install import sql_text
from projections.reporting.reports import REPORTS, Report
from service.explain_terms import day
from service.report_formats import definitions, jsonable
from service.report_run import Answer, Column
from service.wiring import UK

_CELL_PADDING = 3  # two blanks and a rule
_TOTAL = "total"
_KEY_WIDTH = 22  # a longer text is wrapped, so that figures find room beside it
# Only here do the rows add up to something; elsewhere they are rates, or parts of each other.
_ADDITIVE = (
    "account_balances",
    "open_items",
    "aged_debt",
    "suspense",
    "unapplied_credit",
    "control_account",
    "trial_balance",
)
_ROW_NAMES = (
    "scope",
    "unit",
    "account",
    "debt_type",
    "service",
    "item",
    "instalment",
    "receipt",
    "gl_account",
    "cohort_on",
    "age_days",
    "definition",
    "name",
    "measure",
    "projection",
)
_OF_ACCOUNT = ("debt_type", "service")
_SENTENCE = re.compile(r"COMMENT ON FUNCTION \S+ IS\s+((?:'(?:[^']|'')*'\s*)+);")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A column ready to print: its header, its cells, the last of them a total when there is."""

    name: str
    cells: tuple[str, ...]
    total: str
    is_text: bool
    is_key: bool

    @property
    def header(self) -> str:
        return self.name.replace("_", " ")

    @property
    def width_min(self) -> int:
        """The width below which a word or a figure would be broken."""
        texts = (self.header, self.total, *self.cells)
        split = [word for text in texts for word in text.split()] if self.is_text else texts[1:]
        return max(map(len, (*split, *self.header.split(), _TOTAL)), default=1)

    @property
    def width(self) -> int:
        """The width at which it is to be printed, without the space between columns."""
        longest = max(map(len, (self.header, *self.cells)))
        return max(self.width_min, min(longest, _KEY_WIDTH)) if self.is_text else self.width_min


def show(answer: Answer, console: Console) -> None:
    """Print the rows, and below them what they rest on."""
    question = answer.question
    unit = f", unit {question.unit}" if question.unit else ""
    console.print(Text(f"{question.report.title}{unit}, {day(question.as_at)}", style="bold"))
    shown, said = _columns(answer)
    if not answer.rows:
        console.print("No rows: there is nothing to show for this day.")
    else:
        for page in _pages(shown, console.width):
            console.print(_table(page, has_total=question.report.name in _ADDITIVE))
    console.print(Text(footer(answer, said), style="dim"))
    for one in answer.broken:
        left, right = format_minor(one.left_minor), format_minor(one.right_minor)
        text = f"BROKEN {one.definition} {one.unit}: {one.name}: {left} and {right}"
        console.print(Text(text, style="bold red"), soft_wrap=True)


def footer(answer: Answer, said: Sequence[str] = ()) -> str:
    """The definitions, both times, the freshness and the identities, in four short lines."""
    question, fresh = answer.question, answer.freshness
    asked = "".join(f", {name} {value}" for name, value in question.parameters.items())
    behind = "up to date" if not fresh.behind else f"{fresh.behind:,} events behind the log"
    if fresh.replayed_at is not None:
        behind += f" as replayed here at {fresh.replayed_at.astimezone(UK):%H:%M:%S}"
    holds = (
        f"all {answer.identities} identities hold"
        if not answer.broken
        else f"{len(answer.broken)} of {answer.identities} identities are BROKEN: do not publish"
    )
    known = question.as_known.astimezone(UK)
    return "\n".join(
        (
            f"Definition {', '.join(definitions(answer))}{asked}",
            f"As at {question.as_at.isoformat()}, as known {known:%Y-%m-%d %H:%M:%S %Z}",
            f"Read models at position {fresh.position:,}, {behind}; {holds}",
            *said,
        )
    )


def list_reports(console: Console) -> None:
    """Print every report with a sentence, and the options of its own."""
    console.print("Reports; ask for one with: tallystick report NAME --as-at 2026-03-31")
    table = Table("name", "what it says, and its own options", show_lines=False)
    for report in REPORTS:
        options = "".join(
            f"\n--{one.name.replace('_', '-')}: {one.meaning}" for one in report.parameters
        )
        table.add_row(report.name, escape(f"{sentence_of(report)}{options}"))
    console.print(table)


def sentence_of(report: Report) -> str:
    """What a report says, from the comment of its function."""
    found = _SENTENCE.search(sql_text(report.name))
    if found is None:
        return report.title
    return "".join(re.findall(r"'((?:[^']|'')*)'", found[1])).replace("''", "'")


def _columns(answer: Answer) -> tuple[list[_Shown], list[str]]:
    """The columns to print; what is the same in every row is said once, below."""
    shown, same = [], []
    keys = _keys(answer)
    currencies = _distinct(answer, "currency")
    for index, column in enumerate(answer.columns):
        values = [row[index] for row in answer.rows]
        cells = tuple(_cell(column, value) for value in values)
        is_text = column.kind == "text"
        if column.name != "definition" or len(set(values)) > 1:
            said_once = is_text or "year" in column.name
            if said_once and len(set(cells)) == 1 and (len(cells) > 1 or column.name == "currency"):
                same.append(f"{column.name.replace('_', ' ')} {cells[0] or 'none'}")
            else:
                total = _total(column, values) if len(currencies) <= 1 else ""
                key = column.name in keys
                shown.append(_Shown(column.name, cells, total, is_text or key, key))
    return shown, [f"In every row: {', '.join(same)}"] if same else []


def _keys(answer: Answer) -> list[str]:
    """What names a row; an account names it without its service and its debt type."""
    names = [column.name for column in answer.columns if column.name in _ROW_NAMES]
    return [name for name in names if name not in _OF_ACCOUNT or "account" not in names]


def _distinct(answer: Answer, name: str) -> set[object]:
    names = [column.name for column in answer.columns]
    return {row[names.index(name)] for row in answer.rows} if name in names else set()


def _cell(column: Column, value: object) -> str:
    if value is None:
        return "all" if column.name == "unit" else ""
    if isinstance(value, Decimal):
        return _number(column, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value.astimezone(UK):%Y-%m-%d %H:%M}"
    if isinstance(value, int) and "year" not in column.name:
        return f"{value:,}"
    return str(jsonable(value))


def _number(column: Column, value: Decimal) -> str:
    """A figure rounded once, here where it is shown."""
    if column.kind == "pounds":
        return f"{value:,.2f}"
    if column.kind == "fraction":
        return f"{(value * 100).quantize(Decimal('0.01'), ROUND_HALF_UP):,}%"
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def _total(column: Column, values: Sequence[object]) -> str:
    amounts = [value for value in values if isinstance(value, Decimal)]
    return f"{sum(amounts):,.2f}" if column.kind == "pounds" and len(values) > 1 else ""


def _pages(columns: Sequence[_Shown], width: int) -> list[list[_Shown]]:
    """Columns that fit beside each other; what names a row stands on every page."""
    keys = [column for column in columns if column.is_key]
    figures = [column for column in columns if not column.is_key]
    room = width - 1 - sum(column.width + _CELL_PADDING for column in keys)
    pages: list[list[_Shown]] = [[]]
    left = room
    for column in figures:
        wanted = column.width + _CELL_PADDING
        if wanted > left and pages[-1]:
            pages.append([])
            left = room
        pages[-1].append(column)
        left -= wanted
    return [[*keys, *page] for page in pages]


def _table(columns: Sequence[_Shown], *, has_total: bool) -> Table:
    has_total = has_total and any(column.total for column in columns)
    table = Table(show_footer=has_total)
    for number, column in enumerate(columns):
        table.add_column(
            column.header,
            footer=_TOTAL if number == 0 and has_total else column.total,
            justify="left" if column.is_text else "right",
            overflow="fold",
            width=column.width,
        )
    for cells in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(escape(cell) for cell in cells))
    return table
