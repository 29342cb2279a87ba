"""One receipt in suspense, on the screen and for a script."""

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ledger.money import format_minor
from service.desk_rules import answered, scored, why_held
from service.explain_terms import BY_METHOD, day, money
from service.explain_values import Evidence
from service.suspense_desk import NOBODY
from service.suspense_desk_case import Case
from service.suspense_desk_places import Place
from service.suspense_desk_text import days
from service.suspense_desk_timeline import Moment
from service.wiring import UK

_QUOTE_LINES_MAX = 40


def show_case(case: Case, console: Console) -> None:
    """Print the receipt with everything that helps to say whose it is."""
    _show_head(case, console)
    _show_evidence(case.evidence, console)
    _show_moments(case.moments, console)
    if case.held is not None:
        _show_candidates(case, console)
        for place in case.places:
            _show_place(place, console)
    _show_siblings(case, console)
    if case.held is not None:
        name = case.state.receipt
        _print(f"tallystick suspense identify {name} --to UNIT/ACCOUNT --reason WHY", console)


def _print(text: str, console: Console, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=True)


def _show_head(case: Case, console: Console) -> None:
    state, held = case.state, case.held
    came = f"{money(state.amount_minor, state.currency)}{BY_METHOD[state.method]}"
    _print(f"{state.receipt}: {came} with value of {day(state.value_on)}", console, "bold")
    if held is None:
        _print(f"Unit {state.unit}. Nothing of it is in suspense any more.", console)
        return
    left = f"{money(state.held_minor, state.currency)} of it is in suspense"
    owner = f"looked after by {state.owner or NOBODY}"
    _print(f"Unit {state.unit}. {left}, for {days(held.age_working_days)}, {owner}.", console)
    _print(f"Why it is here: {why_held(held.reason)}.", console)
    for one in state.returns.values():
        amount = money(one.amount_minor, state.currency)
        waits = f"{one.way} {one.suspense_return} of {amount} waits for approval"
        _print(f"{waits} (proposed by {one.proposed_by}).", console)


def _show_evidence(evidence: Evidence, console: Console) -> None:
    _print(f"\nThe line as it came: {evidence.sentence}", console)
    lines = (evidence.quote or b"").decode("utf-8", errors="backslashreplace").splitlines()
    for text in lines[:_QUOTE_LINES_MAX]:
        _print(f"  | {text}", console)
    if len(lines) > _QUOTE_LINES_MAX:
        more = len(lines) - _QUOTE_LINES_MAX
        _print(f"  | ... {more} more lines; --json has all", console, "dim")


def _show_moments(moments: Sequence[Moment], console: Console) -> None:
    _print("\nWhat happened", console, "bold")
    for one in moments:
        on = one.recorded_at.astimezone(UK)
        value = "" if one.effective_on == on.date() else f", effective {day(one.effective_on)}"
        _print(f"  {day(on.date())}{value}: {one.text} ({one.actor})", console)


def _show_candidates(case: Case, console: Console) -> None:
    _print("\nWhose it may be", console, "bold")
    matched = case.fresh.matched
    if matched is None:
        _print(f"  Not looked for again: {case.fresh.note}.", console)
    else:
        _print(f"  {answered(matched)}", console)
        for one in matched.candidates:
            _print(f"  - {scored(one)}", console)
    if case.state.candidates:
        _print("  On the day on which it came:", console)
    for one in case.state.candidates:
        _print(f"  - {scored(one)}", console)


def _show_place(place: Place, console: Console) -> None:
    name = f"{place.unit}/{place.account}, {place.debt_type.replace('_', ' ')}"
    owes = f"owes {money(place.open_minor, place.currency)}"
    credit = f", has credit of {money(place.unapplied_minor, place.currency)}"
    _print(f"\n{name}: {owes}{credit if place.unapplied_minor else ''}", console, "bold")
    for refund in place.refunds:
        of = f"unit={place.unit} account={place.account} refund={refund}"
        _print(f"  may be refund {refund}, come back: identify-returned-refund {of}", console)
    if not place.bills:
        _print("  nothing is open there", console)
        return
    table = Table("open", "due")
    table.add_column("£ open", justify="right")
    table.add_column("this receipt")
    for bill in place.bills:
        amount = format_minor(bill.open_minor, thousands=True)
        table.add_row(escape(bill.item), bill.due_on.isoformat(), amount, _beside(bill.left_minor))
    table.add_section()
    total = format_minor(place.open_minor, thousands=True)
    table.add_row("all that is open", "", total, _beside(place.left_minor))
    console.print(table)
    if place.more:
        _print(f"  and {place.more:,} more open bills", console)


def _beside(left_minor: int) -> str:
    """The difference as a class and an amount: it must be 0.00, or be called something."""
    amount = format_minor(abs(left_minor), thousands=True)
    if left_minor == 0:
        return "exactly: 0.00"
    return f"{amount} over" if left_minor > 0 else f"{amount} short"


def _show_siblings(case: Case, console: Console) -> None:
    if not case.siblings:
        return
    _print("\nOf the same payer, in suspense too", console, "bold")
    for one in case.siblings:
        amount = money(one.held_minor, one.currency)
        _print(f"  {one.receipt}: {amount} with value of {day(one.value_on)}", console)
    if case.held is not None:
        _print("  --with-siblings gives them to the same account", console, "dim")
