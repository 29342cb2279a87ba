"""What came in, and what the officers did: the first part of the ending."""

from decimal import Decimal

from rich.console import Console
from rich.table import Table

from consumers.reports import Part
from ledger.money import format_minor
from service.demo.council import UNITS
from service.demo.officers import Desk
from service.demo.style import headline, table
from service.demo.tally import Intake

_PARTS = (
    ("posted", "posted to accounts"),
    ("suspended", "to suspense"),
    ("other", "not receipts"),
    ("quarantined", "quarantined"),
    ("duplicates", "in the ledger already"),
)
_ACTIONS = (
    ("identify_suspense", "receipts identified"),
    ("assign_suspense", "receipts given to an officer"),
    ("split_suspense", "receipts split"),
    ("move_to_suspense", "moved back to suspense"),
    ("transfer_suspense", "sent to another budget"),
    ("record_suspense_return_paid", "returned to the payer"),
    ("confirm_payer_alias", "payers remembered"),
    ("record_payment_instruction", "debtors' instructions kept"),
    ("assign_virtual_account", "virtual accounts assigned"),
    ("reverse_payment", "bounced cheques reversed"),
    ("record_refund_paid", "refunds paid"),
    ("transfer_credit", "transfers of credit"),
    ("credit_invoice", "credit notes by officers"),
    ("place_hold", "disputes placed"),
    ("release_hold", "disputes released"),
    ("approve_write_off", "write-offs approved"),
)


def show_intake(console: Console, intake: Intake) -> None:
    """Files, messages, lines and money."""
    headline(console, "What came in")
    messages = intake.messages
    console.print(
        f"{intake.message_files} runs of billing messages: {messages['posted']:,} posted,"
        f" {messages['refused']:,} refused, {messages['repeated']:,} repeated without effect."
    )
    console.print(
        f"{intake.bank_files} bank files, {intake.advice_files} advices and reports of returns;"
        f" {len(intake.refused_files)} more were refused whole,"
        f" {intake.same_files} files came a second time.\n"
    )
    console.print(_lines(intake))
    console.print(_units(intake))
    console.print("Not receipts: charges, interest, sweeps to the general account, unpaid cheques.")
    for report in intake.refused_files:
        if report.refusal is not None:
            console.print(f"refused: {report.refusal.sentence}", style="dim", markup=False)


def _lines(intake: Intake) -> Table:
    shown = table("", "lines of the bank files", "lines", "£")
    for name, title in _PARTS:
        part = intake.total(name)
        shown.add_row(title, f"{part.lines:,}", _pounds(part.amount_minor))
    return shown


def _units(intake: Intake) -> Table:
    """Money in by unit, and how much of it found its account by itself."""
    shown = table("", "receipts by unit", "posted £", "to suspense £", "first pass %")
    for unit in UNITS:
        parts = intake.units.get(unit.code, {})
        posted, held = parts.get("posted", Part()), parts.get("suspended", Part())
        shown.add_row(unit.title, *_first_pass(posted, held))
    shown.add_row("all", *_first_pass(intake.total("posted"), intake.total("suspended")))
    return shown


def _first_pass(posted: Part, held: Part) -> tuple[str, str, str]:
    received = Decimal(posted.amount_minor + held.amount_minor)
    rate = f"{100 * posted.amount_minor / received:.2f}" if received else "-"
    return _pounds(posted.amount_minor), _pounds(held.amount_minor), rate


def _pounds(minor: int) -> str:
    return format_minor(minor, thousands=True)


def show_officers(console: Console, desk: Desk) -> None:
    """What the officers did, and what the ledger would not let them do."""
    headline(console, "What the officers did")
    shown = table("", "commands, each under its officer's name", "number")
    for action, title in _ACTIONS:
        shown.add_row(title, f"{desk.done[action]:,}")
    console.print(shown)
    seen: set[str] = set()
    console.print(f"{len(desk.refused)} commands were refused, among them:")
    for one in desk.refused:
        if one.code not in seen:
            seen.add(one.code)
            console.print(f"  {one.on}  {one.sentence}", markup=False, highlight=False)
