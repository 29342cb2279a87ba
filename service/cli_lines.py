"""The verb that looks for a payment in every line ever received: lines find."""

import json
import re
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.limits import AMOUNT_MINOR_MAX
from ledger.money import format_minor
from service.exits import NOT_FOUND, USAGE, fail
from service.line_fates import Fate, fates
from service.line_search import LIMIT, LIMIT_MAX, FoundLine, Wanted, find_lines, words_of
from service.report_run import catch_up
from service.wiring import open_app

_FIGURE = re.compile(r"£?([0-9]{1,10}|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]{2}))?", re.ASCII)

lines = typer.Typer(help="Every bank line that was ever received, posted or not: find.")


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.add_typer(lines, name="lines")


@lines.command("find")
def find(
    context: typer.Context,
    amount: Annotated[
        str | None, typer.Option(help="Such as 12.34, or from 10 to 20 as 10..20; in or out.")
    ] = None,
    day_from: Annotated[
        str | None, typer.Option("--from", help="Not before this day, such as 2026-04-03.")
    ] = None,
    day_to: Annotated[str | None, typer.Option("--to", help="Not after this day.")] = None,
    text: Annotated[
        list[str] | None,
        typer.Option(help="Words of the line or of the payer, in any order; may be repeated."),
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="Our bank account, or part of its number.")
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=LIMIT_MAX, help="How many lines at most, newest first.")
    ] = LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
) -> None:
    """Find a payment, posted or not, and say what became of it: "I paid you on the 3rd".

    Exit code 5 when no line is like that.
    """
    wanted = _wanted(amount, (day_from, day_to), text or [], account, limit)
    with open_app(context.obj) as app:
        found = find_lines(app.lines, wanted)
        catch_up(app)
        became = fates(app, found)
    if as_json:
        rows = [_json(line, fate) for line, fate in zip(found, became, strict=True)]
        typer.echo(json.dumps(rows))
    elif found:
        _show(found, became, limit)
    if not found:
        fail("no line that was received is like that", NOT_FOUND)


def _wanted(
    amount: str | None,
    days: tuple[str | None, str | None],
    text: list[str],
    account: str | None,
    limit: int,
) -> Wanted:
    low, high = _amounts(amount)
    day_from, day_to = _day(days[0]), _day(days[1])
    if day_from and day_to and day_from > day_to:
        fail(f"--from {day_from} is after --to {day_to}", USAGE)
    try:
        words = words_of(text)
    except ValueError as error:
        fail(str(error), USAGE)
    return Wanted(low, high, day_from, day_to, words, account, limit)


def _amounts(text: str | None) -> tuple[int | None, int | None]:
    """The two ends of an amount, in pence."""
    if text is None:
        return None, None
    low, dots, high = text.partition("..")
    ends = _pence(low), _pence(high if dots else low)
    if ends[0] > ends[1]:
        fail(f"--amount {text}: the first is larger than the second", USAGE)
    return ends


def _pence(text: str) -> int:
    match = _FIGURE.fullmatch(text.strip().lstrip("-"))
    if match is None:
        fail(f"--amount {text!r} is not an amount such as 12.34, or 10..20", USAGE)
    return min(int(match[1].replace(",", "")) * 100 + int(match[2] or 0), AMOUNT_MINOR_MAX)


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is not a day such as 2026-04-03", USAGE)


def _show(found: list[FoundLine], became: list[tuple[Fate, ...]], limit: int) -> None:
    console = Console(highlight=False)
    table = Table("date")
    table.add_column("£", justify="right")
    for name in ("payer", "text", "file and line", "what became of it"):
        table.add_column(name, overflow="fold")
    for line, fate in zip(found, became, strict=True):
        table.add_row(
            _shown_day(line),
            "" if line.amount_minor is None else format_minor(line.amount_minor, thousands=True),
            escape(line.payer_name or ""),
            escape(line.text),
            escape(line.place),
            escape("; ".join(told(one, line) for one in fate)),
        )
    console.print(table)
    if len(found) == limit:
        console.print(f"the newest {limit:,}: there may be more, narrow it or raise --limit")


def _shown_day(line: FoundLine) -> str:
    if line.booked_on is None:
        return "unreadable"
    shown = f"{line.booked_on:%d/%m/%Y}"
    if line.value_on is None or line.value_on == line.booked_on:
        return shown
    return f"{shown}, value {line.value_on:%d/%m/%Y}"


def told(fate: Fate, line: FoundLine) -> str:
    """What became of a line, or of a part of it, in a few words."""
    words = _WORDS[fate.status].format(place=fate.place)
    if fate.why:
        words = f"{words}: {fate.why}" if words else fate.why
    if fate.amount_minor is None or fate.amount_minor == line.amount_minor:
        return words
    return f"{format_minor(fate.amount_minor, thousands=True)} {words}"


_WORDS = {
    "posted": "posted on {place}",
    "suspense": "in suspense as {place}",
    "returned": "returned",
    "transferred": "transferred to a GL account",
    "reversed": "bounced",
    "quarantined": "set aside, see intake show {place}",
    "resolved": "set aside",
    "not-booked": "not posted",
    "no-receipt": "",
    "advice": "",
    "not-posted": "not posted",
}


def _json(line: FoundLine, fate: tuple[Fate, ...]) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "account": line.account,
        "booked_on": line.booked_on.isoformat() if line.booked_on else None,
        "value_on": line.value_on.isoformat() if line.value_on else None,
        "amount_minor": line.amount_minor,
        "currency": line.currency,
        "payer": line.payer_name,
        "payer_account": line.payer_account,
        "text": line.text,
        "file": line.file_name,
        "line": line.line,
        "sha256": line.digest,
        "byte_start": line.byte_start,
        "byte_end": line.byte_end,
        "receipt": line.receipt,
        "became": [
            {
                "status": one.status,
                "place": one.place,
                "amount_minor": one.amount_minor,
                "why": one.why,
                "words": told(one, line),
            }
            for one in fate
        ],
    }
