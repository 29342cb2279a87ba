"""An explanation for a person to read: sentences first, then each step with its evidence."""

import textwrap
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ledger.money import format_minor
from service.explain_terms import day
from service.explain_values import Detail, Explanation, Line, OpenPart, Trace
from service.wiring import UK

_QUOTE_LINES_MAX = 8
_AMOUNT = 12  # columns of an amount
_INDENT = "  "


def show(explanation: Explanation, console: Console, *, evidence: bool = True) -> None:
    """Print an explanation; without `evidence`, as a debtor would read it."""
    for number, sentence in enumerate(explanation.sentences):
        console.print(Text(sentence, style="bold" if number == 0 else ""), soft_wrap=False)
    console.print()
    _heading(explanation, console)
    for line in explanation.lines:
        _step(line, console, evidence=evidence)
    _total(explanation, console)
    if explanation.parts:
        console.print(open_table(explanation.parts, explanation.currency))
    if evidence:
        _others(explanation, console)
        console.print(Text(footer(explanation), style="dim"))


def footer(explanation: Explanation) -> str:
    """What the explanation rests on, and what it was compared with."""
    checks = explanation.checks
    said = {True: "yes", None: "not compared", False: "no"}
    known = f"{explanation.as_known.astimezone(UK):%-d %B %Y %H:%M:%S %Z}"
    return (
        f"{explanation.target} as at {day(explanation.as_at)}, as known at {known}"
        f" (position {explanation.position:,}).\n"
        f"The lines add up to the balance: yes. Equal to the movements: {said[checks.movements]}."
        f" Equal to the account's state: {said[checks.state]}."
        + (f"\nNot compared: {checks.note}." if checks.note else "")
    )


def _heading(explanation: Explanation, console: Console) -> None:
    left = "What happened" if explanation.lines else "Nothing has happened up to this day."
    right = f"{_heading_of(explanation.currency):>{_AMOUNT}}"
    line = Text(_columns(left, right, f"{'balance':>{_AMOUNT}}", console.width), style="bold")
    console.print(line, no_wrap=True)


def _columns(left: str, amount: str, balance: str, width: int) -> str:
    return f"{left:<{width - 2 * _AMOUNT - 2}} {amount:>{_AMOUNT}} {balance:>{_AMOUNT}}"


def _step(line: Line, console: Console, *, evidence: bool) -> None:
    width = console.width - 2 * _AMOUNT - 3
    date = day(line.trace.effective_on)
    wrapped = textwrap.wrap(f"{date}: {line.text}.", width, subsequent_indent=_INDENT)
    amount = format_minor(line.amount_minor, thousands=True) if line.amount_minor else "-"
    balance = format_minor(line.balance_minor, thousands=True)
    for number, part in enumerate(wrapped):
        last = number == len(wrapped) - 1
        figures = (amount, balance) if last else ("", "")
        console.print(Text(_columns(part, *figures, console.width)), no_wrap=True)
    for detail in line.details:
        if evidence or "proposed" not in detail.trace.topic:  # who asked inside is no debtor's
            _print(f"- {_sentence(detail)}", console)
    if evidence:
        _evidence(line.trace, console)
        _others_of(line, console)
    for origin in line.origins:
        _print(f"- Where it came from: {_sentence(origin)}", console)
        if evidence:
            _evidence(origin.trace, console)


def _sentence(detail: Detail) -> str:
    return f"{detail.text}."


def _print(text: str, console: Console, depth: int = 1, style: str = "") -> None:
    """Print a text indented, wrapped to the width, its later lines indented further."""
    lines = textwrap.wrap(
        text,
        console.width - 1,
        initial_indent=_INDENT * depth,
        subsequent_indent=_INDENT * (depth + 1),
        break_on_hyphens=False,
    )
    console.print(Text("\n".join(lines), style=style), soft_wrap=True)


def _evidence(trace: Trace, console: Console) -> None:
    for text in _evidence_lines(trace):
        _print(text, console, depth=2, style="dim")
    if trace.evidence.quote is not None:
        _quote(trace.evidence.quote, console)


def _evidence_lines(trace: Trace) -> Iterator[str]:
    approved = f", approved by {trace.approver}" if trace.approver else ""
    rule = f", rule {trace.rule}" if trace.rule else ""
    recorded = f"{trace.recorded_at.astimezone(UK):%-d %B %Y %H:%M}"
    yield f"recorded {recorded} by {trace.actor}{approved}{rule}"
    yield f"position {trace.position:,}, event {trace.event_id}"
    yield f"from {trace.evidence.sentence}"
    if trace.evidence.source.digest is not None:
        yield f"SHA-256 {trace.evidence.source.digest}"


def _quote(quote: bytes, console: Console) -> None:
    lines = quote.decode("utf-8", errors="backslashreplace").splitlines()
    for text in lines[:_QUOTE_LINES_MAX]:
        console.print(Text(f"{_INDENT * 2}| {text}"), soft_wrap=True)
    if len(lines) > _QUOTE_LINES_MAX:
        more = f"| ... {len(lines) - _QUOTE_LINES_MAX} more lines; --json has all"
        console.print(Text(f"{_INDENT * 2}{more}", style="dim"))


def _others_of(line: Line, console: Console) -> None:
    """The positions of the events that were told together with a line."""
    told = dict.fromkeys(
        (detail.trace.position, detail.trace.topic, detail.trace.actor)
        for detail in line.details
        if detail.trace.position != line.trace.position
    )
    if told:
        listed = ", ".join(f"{position:,} {topic} by {actor}" for position, topic, actor in told)
        _print(f"with position {listed}", console, depth=2, style="dim")


def _total(explanation: Explanation, console: Console) -> None:
    total = format_minor(explanation.balance_minor, thousands=True)
    text = _columns(f"On {day(explanation.as_at)}", "", total, console.width)
    console.print(Text(text, style="bold"), no_wrap=True)
    console.print()


def open_table(parts: tuple[OpenPart, ...], currency: str) -> Table:
    """What is still open, bill by bill."""
    table = Table("still open", "due", "")
    table.add_column(_heading_of(currency), justify="right")
    for part in parts:
        amount = format_minor(part.open_minor, thousands=True)
        overdue = "overdue" if part.overdue else ""
        table.add_row(escape(_named(part)), day(part.due_on), overdue, amount)
    return table


def _named(part: OpenPart) -> str:
    if part.item.startswith("REVERSAL:"):
        return f"payment taken back, {part.item}"
    return f"{part.item}, instalment {part.number}" if part.number else part.item


def _heading_of(currency: str) -> str:
    return "£" if currency == "GBP" else currency


def _others(explanation: Explanation, console: Console) -> None:
    if explanation.others:
        console.print(Text("Events that moved no money:", style="bold"))
    for other in explanation.others:
        trace = other.trace
        date = day(trace.effective_on)
        _print(f"{date}: {other.text} (position {trace.position:,}, {trace.actor})", console)
