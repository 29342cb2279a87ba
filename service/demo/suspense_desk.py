"""Clearing suspense, every second Friday: identify, return to the payer, or send to its budget."""

from decimal import Decimal

from ledger import commands as c
from service.demo.bank_days import Truth
from service.demo.figures import Row
from service.demo.officers import AMES, BELL, COLE, DEAN, Desk

_FOUND_OUT = 0.82  # of the receipts at each session; the rest waits for an answer
_LOOKED_AT_AFTER_DAYS = 3
_SMALL_RETURN_MINOR = 1_000_00  # a senior officer may approve up to here
_SMALL_TRANSFER_MINOR = 500_00


def clear_suspense(desk: Desk) -> None:
    """Work through the list of receipts in suspense."""
    rows = desk.figures.report("suspense", desk.today, desk.app.store.now())
    old_enough = [
        row for row in rows if (desk.today - row["received_on"]).days >= _LOOKED_AT_AFTER_DAYS
    ]
    identified = []
    for row in sorted(old_enough, key=lambda row: (row["received_on"], row["receipt"])):
        if desk.rng.random() > _FOUND_OUT:
            continue
        truth = _find_out(desk, row)
        match truth.whose:
            case "debtor":
                identified.append(_identify(row, truth))
            case "payer":
                _send_back(desk, row)
            case "general ledger":
                _transfer(desk, row)
            case "unknown":
                continue
    desk.give_all(AMES, identified)


def pence(amount: Decimal) -> int:
    """Pounds of a report as minor units."""
    return int(amount * 100)


def _find_out(desk: Desk, row: Row) -> Truth:
    """Whose money it is."""
    key = row["unit"], pence(row["received"]), row["received_on"]
    return desk.council.truth.get(key, [Truth("unknown")])[0]


def _identify(row: Row, truth: Truth) -> c.IdentifySuspense:
    return c.IdentifySuspense(
        receipt=row["receipt"],
        to_unit=row["unit"],
        to_account=truth.account or "",
        reason="payer confirmed by telephone",
    )


def _send_back(desk: Desk, row: Row) -> None:
    name = desk.next_number("RT")
    amount = pence(row["open_amount"])
    approver = COLE if amount <= _SMALL_RETURN_MINOR else DEAN
    proposed = c.ProposeSuspenseReturn(
        receipt=row["receipt"],
        suspense_return=name,
        amount_minor=amount,
        reason="meant for another payee",
    )
    if not desk.give(BELL, proposed):
        return
    if desk.give(approver, c.ApproveSuspenseReturn(receipt=row["receipt"], suspense_return=name)):
        paid = c.RecordSuspenseReturnPaid(
            receipt=row["receipt"], suspense_return=name, payment_reference=f"BACS {name}"
        )
        desk.give(approver, paid)


def _transfer(desk: Desk, row: Row) -> None:
    amount = pence(row["open_amount"])
    command = c.TransferSuspense(
        receipt=row["receipt"],
        to_gl_account="GF-9100-OTHER-INCOME",
        reason="income of another budget, coded by the budget holder",
    )
    # The officer tries first what is above the limit; the manager then does it.
    if not desk.give(AMES, command) and amount > _SMALL_TRANSFER_MINOR:
        desk.give(DEAN, command)
