"""Debt that does not come in, at the end of every quarter: disputes, corrections, write-offs."""

from collections.abc import Callable

from ledger import commands as c
from ledger.values import CreditLine, WriteOffReason
from service.demo.council import FIRST_DAY, SERVICES
from service.demo.figures import Row
from service.demo.officers import AMES, BELL, COLE, DEAN, FORD, Desk
from service.demo.suspense_desk import pence

_WRITE_OFF_AFTER_DAYS = 270
_WRITE_OFFS_A_QUARTER = 16
_DISPUTES_A_QUARTER = 9
_CORRECTIONS_A_QUARTER = 4
_DEPARTMENTS = ("Housing repairs", "Estates", "Waste and recycling", "Adult social care")
_REASONS: tuple[WriteOffReason, ...] = (
    "uneconomic",
    "absconded",
    "insolvent",
    "deceased_no_estate",
    "hardship",
)
_TIERS = ((100_00, COLE), (5_000_00, DEAN))  # what each may approve; above them the s151 officer


def review_debt(desk: Desk) -> None:
    """Go through the open items: release old disputes, place new ones, correct, write off."""
    rows = desk.figures.report("open_items", desk.today, desk.app.store.now())
    items = sorted(rows, key=lambda row: (row["unit"], row["account"], row["item"]))
    overdue = [row for row in items if row["due_on"] < desk.today and row["instalment"] == 1]
    _release(desk)
    _each(desk, overdue, _DISPUTES_A_QUARTER, _dispute)
    correctable = [row for row in overdue if row["account"] not in desk.council.careful]
    _each(desk, correctable, _CORRECTIONS_A_QUARTER, _correct)
    hopeless = [
        row for row in overdue if row["days_overdue"] > _WRITE_OFF_AFTER_DAYS and not _is_kept(row)
    ]
    _each(desk, hopeless, _WRITE_OFFS_A_QUARTER, _write_off)


def _each(desk: Desk, rows: list[Row], of_3000: int, do: Callable[[Desk, Row], None]) -> None:
    for row in desk.rng.sample(rows, min(len(rows), desk.scaled(of_3000))):
        do(desk, row)


def _dispute(desk: Desk, row: Row) -> None:
    hold = desk.next_number("DP")
    placed = desk.give(
        BELL,
        c.PlaceHold(
            unit=row["unit"],
            account=row["account"],
            hold=hold,
            kind="dispute",
            invoice=row["item"],
            amount_minor=max(1, pence(row["open_amount"]) // 2),
            department=desk.rng.choice(_DEPARTMENTS),
            reason="the debtor says that the service was not as agreed",
        ),
    )
    if placed:
        desk.disputes.append((row["unit"], row["account"], hold))


def _release(desk: Desk) -> None:
    """The departments have answered two disputes of three by the next quarter."""
    waiting = []
    for unit, account, hold in desk.disputes:
        if desk.rng.random() < 0.33:
            waiting.append((unit, account, hold))
            continue
        outcome = "not upheld, the debtor was told"
        desk.give(BELL, c.ReleaseHold(unit=unit, account=account, hold=hold, outcome=outcome))
    desk.disputes[:] = waiting


def _correct(desk: Desk, row: Row) -> None:
    """A late credit note by an officer; above the own limit it is a proposal for the senior."""
    note = desk.next_number("OC")
    service = next(one for one in SERVICES if one.code == row["service"])
    line = CreditLine(
        service=service.code,
        cost_code=service.cost_code,
        vat_code="N",
        net_minor=max(1, pence(row["open_amount"]) * 2 // 3),
        vat_minor=0,
    )
    given = desk.give(
        AMES,
        c.CreditInvoice(
            unit=row["unit"],
            account=row["account"],
            credit_note=note,
            invoice=row["item"],
            reason="agreed_reduction",
            source_document=f"COMPLAINT-{note}",
            lines=(line,),
        ),
    )
    if given and line.net_minor > 250_00:
        approve = c.ApproveCreditNote(unit=row["unit"], account=row["account"], credit_note=note)
        if not desk.give(COLE, approve):
            desk.give(DEAN, approve)


def _write_off(desk: Desk, row: Row) -> None:
    write_off = desk.next_number("WO")
    amount = pence(row["open_amount"])
    proposed = c.ProposeWriteOff(
        unit=row["unit"],
        account=row["account"],
        write_off=write_off,
        invoice=row["item"],
        amount_minor=amount,
        reason=_reason(desk, row),
        evidence=f"CASE-{write_off}: traced twice, no assets",
    )
    if not desk.give(AMES, proposed):
        return
    approve = c.ApproveWriteOff(unit=row["unit"], account=row["account"], write_off=write_off)
    tiers = [who for limit, who in _TIERS if amount <= limit]
    for who in (*tiers, FORD):
        # What was written off on the account in the year counts, so a tier may have to pass it on.
        if desk.give(who, approve):
            return


def _is_kept(row: Row) -> bool:
    """Re-opened refunds, and most of the debts taken over: those are secured, or at court."""
    taken_over = row["due_on"] < FIRST_DAY and int(row["account"]) % 4 != 0
    return taken_over or row["item"].startswith("REVERSAL:")


def _reason(desk: Desk, row: Row) -> WriteOffReason:
    if row["days_overdue"] > 6 * 365:
        return "statute_barred"
    return desk.rng.choice(_REASONS)
