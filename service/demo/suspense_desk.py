"""Clearing suspense, every second Friday: identify, return to the payer, or send to its budget."""

from collections.abc import Sequence
from decimal import Decimal

from ledger import suspense_commands as sc
from service.demo.bank_days import Truth, Whose
from service.demo.debit_days import ACCOUNT
from service.demo.figures import Row
from service.demo.month_banks import BANKS
from service.demo.officers import AMES, BELL, COLE, DEAN, Desk

_FOUND_OUT = 0.82  # of the receipts at each session; the rest waits for an answer
_LOOKED_AT_AFTER_DAYS = 3


def clear_suspense(desk: Desk) -> None:
    """Work through the list of receipts in suspense."""
    rows = desk.figures.report("suspense", desk.today, desk.app.store.now())
    found: dict[Whose, list[tuple[Row, Truth]]] = {}
    of_others = {ACCOUNT, *(bank.account for bank in BANKS)}  # another desk's
    rows = [row for row in rows if row["bank_account"] not in of_others]
    for row in sorted(rows, key=lambda row: (row["received_on"], row["receipt"])):
        is_old_enough = (desk.today - row["received_on"]).days >= _LOOKED_AT_AFTER_DAYS
        if is_old_enough and desk.rng.random() < _FOUND_OUT:
            truth = _find_out(desk, row)
            found.setdefault(truth.whose, []).append((row, truth))
    desk.give_all(AMES, [_identify(row, truth) for row, truth in found.get("debtor", [])])
    send_back(desk, [row for row, _ in found.get("payer", [])])
    transfer(desk, [row for row, _ in found.get("general ledger", [])])


def pence(amount: Decimal) -> int:
    """Pounds of a report as minor units."""
    return int(amount * 100)


def _find_out(desk: Desk, row: Row) -> Truth:
    """Whose money it is."""
    key = row["unit"], pence(row["received"]), row["received_on"]
    return desk.council.truth.get(key, [Truth("unknown")])[0]


def _identify(row: Row, truth: Truth) -> sc.IdentifySuspense:
    return sc.IdentifySuspense(
        receipt=row["receipt"],
        to_unit=row["unit"],
        to_account=truth.account or "",
        reason="payer confirmed by telephone",
    )


def send_back(desk: Desk, rows: Sequence[Row]) -> None:
    """Proposed by one officer, approved and paid by another."""
    named = {row["receipt"]: desk.next_number("RT") for row in rows}
    proposals = [
        sc.ProposeSuspenseReturn(
            receipt=receipt, suspense_return=name, reason="meant for another payee"
        )
        for receipt, name in named.items()
    ]
    desk.give_all(BELL, proposals)
    for approver in (COLE, DEAN):  # the senior first; what is over the limit goes to the manager
        approvals = [
            sc.ApproveSuspenseReturn(receipt=receipt, suspense_return=name)
            for receipt, name in named.items()
        ]
        done = desk.give_all(approver, approvals)
        paid = [receipt for receipt, is_done in zip(named, done, strict=True) if is_done]
        desk.give_all(DEAN, [_paid_back(receipt, named.pop(receipt)) for receipt in paid])


def _paid_back(receipt: str, name: str) -> sc.RecordSuspenseReturnPaid:
    return sc.RecordSuspenseReturnPaid(
        receipt=receipt, suspense_return=name, payment_reference=f"BACS {name}"
    )


def transfer(desk: Desk, rows: Sequence[Row]) -> None:
    """The officer tries first; what is over the limit the manager does."""
    commands = [
        sc.TransferSuspense(
            receipt=row["receipt"],
            to_gl_account="GF-9100-OTHER-INCOME",
            reason="income of another budget, coded by the budget holder",
        )
        for row in rows
    ]
    done = desk.give_all(AMES, commands)
    left = [command for command, is_done in zip(commands, done, strict=True) if not is_done]
    desk.give_all(DEAN, left)
