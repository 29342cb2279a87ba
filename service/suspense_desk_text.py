"""The list of what is in suspense, on the screen."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ledger.money import GBP, format_minor
from service.desk_rules import short
from service.exits import complain
from service.explain_terms import money
from service.suspense_desk import NOBODY, Held, oldest, totals
from service.suspense_desk_rematch import Again


def show_list(rows: Sequence[Held], console: Console) -> None:
    """Print the list and, below it, what it comes to."""
    if not rows:
        console.print("nothing is in suspense here: every receipt has its place")
        return
    table = Table()
    for name in ("receipt", "value date"):
        table.add_column(name, no_wrap=True)
    for name in ("days", "£"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("owner")
    table.add_column("best candidate; how it came and why it is here")
    for row in rows:
        table.add_row(*_cells(row))
    console.print(table)
    console.print(Text(summary(rows)), soft_wrap=True)
    console.print(Text("days are working days; tallystick suspense show RECEIPT", style="dim"))


def summary(rows: Sequence[Held]) -> str:
    """What the rows come to, and which has waited longest."""
    sums = " and ".join(money(minor, currency) for currency, minor in totals(rows).items())
    count = "1 receipt" if len(rows) == 1 else f"{len(rows):,} receipts"
    first = oldest(rows)
    waited = (
        f"; the oldest, {first.receipt}, has waited {days(first.age_working_days)}" if first else ""
    )
    return f"{count} in suspense, {sums}{waited}"


def days(age: int) -> str:
    """An age in working days."""
    return "1 working day" if age == 1 else f"{age:,} working days"


def _cells(row: Held) -> tuple[str, ...]:
    amount = format_minor(row.held_minor, thousands=True)
    return (
        escape(row.receipt),
        row.received_on.isoformat(),
        f"{row.age_working_days:,}",
        amount if row.currency == GBP else f"{row.currency} {amount}",
        escape(row.owner or NOBODY),
        escape(f"{_best(row)}\n{row.method.replace('_', ' ')}: {short(row.reason)}"),
    )


def _best(row: Held) -> str:
    if row.candidate is None:
        return "none"
    points = "" if row.candidate_score is None else f", {row.candidate_score} points"
    more = (row.candidates or 1) - 1
    return f"{row.candidate}{points}{f' (and {more} more)' if more else ''}"


def show_rematched(found: Sequence[Again], console: Console, *, applied: bool) -> None:
    """Print what a rematch did, or would do, and how much it left."""
    sure = [one for one in found if one.account is not None]
    for one in sure:
        console.print(Text(_rematched(one, applied=applied)), soft_wrap=True)
    for one in found:
        for refusal in one.outcome.refusals if one.outcome is not None else ():
            complain(f"{one.state.receipt} is left ({refusal.code}): {refusal.sentence}")
    left = len(found) - len(sure)
    rest = f"{left:,} left in suspense"
    if not sure:
        console.print(f"nothing more is sure; {rest}")
        return
    amounts: Counter[str] = Counter()
    for one in sure:
        amounts[one.state.currency] += one.state.held_minor
    sums = " and ".join(money(minor, currency) for currency, minor in amounts.items())
    done = "identified" if applied else "would be identified; --apply does it"
    console.print(Text(f"{len(sure):,} receipts of {sums} {done}; {rest}"), soft_wrap=True)


def _rematched(one: Again, *, applied: bool) -> str:
    state, matched = one.state, one.fresh.matched
    place = "/".join(one.account or ())
    verb = "went to" if applied else "would go to"
    how = matched.rule if matched is not None else ""
    amount = money(state.held_minor, state.currency)
    points = matched.match.score if matched is not None and matched.match is not None else 0
    return f"{state.receipt}, {amount}, {verb} {place} by {how}, {points} points"
