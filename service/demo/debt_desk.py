"""Debt that does not come in, at the end of every quarter: disputes, corrections, write-offs."""

from collections.abc import Sequence

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
# Of these an officer takes off a sum without working out its VAT.
_WITHOUT_VAT = {
    service.code: service
    for service in SERVICES
    if service.vat_code != "S20" and service.code != "COMMERCIAL-RENT"
}
_TIERS = ((100_00, COLE), (5_000_00, DEAN), (None, FORD))  # up to how much each is asked
_ANSWERED = 0.67


def review_debt(desk: Desk) -> None:
    """Go through the open items: release old disputes, place new ones, correct, write off."""
    rows = desk.figures.report("open_items", desk.today, desk.app.store.now())
    items = sorted(rows, key=lambda row: (row["unit"], row["account"], row["item"]))
    overdue = [row for row in items if row["due_on"] < desk.today and row["instalment"] == 1]
    _release(desk)
    _dispute(desk, _some(desk, overdue, _DISPUTES_A_QUARTER))
    correctable = [
        row
        for row in overdue
        if row["service"] in _WITHOUT_VAT and row["account"] not in desk.council.careful
    ]
    for row in _some(desk, correctable, _CORRECTIONS_A_QUARTER):
        _correct(desk, row)
    hopeless = [
        row for row in overdue if row["days_overdue"] > _WRITE_OFF_AFTER_DAYS and not _is_kept(row)
    ]
    _write_off(desk, _some(desk, hopeless, _WRITE_OFFS_A_QUARTER))


def _some(desk: Desk, rows: list[Row], of_3000: int) -> list[Row]:
    return desk.rng.sample(rows, min(len(rows), desk.scaled(of_3000)))


def _dispute(desk: Desk, rows: Sequence[Row]) -> None:
    holds = [
        c.PlaceHold(
            unit=row["unit"],
            account=row["account"],
            hold=desk.next_number("DP"),
            kind="dispute",
            invoice=row["item"],
            amount_minor=max(1, pence(row["open_amount"]) // 2),
            department=desk.rng.choice(_DEPARTMENTS),
            reason="the debtor says that the service was not as agreed",
        )
        for row in rows
    ]
    done = desk.give_all(BELL, holds)
    desk.disputes += [hold for hold, is_done in zip(holds, done, strict=True) if is_done]


def _release(desk: Desk) -> None:
    """The departments have answered two disputes of three by the next quarter."""
    answered = [hold for hold in desk.disputes if desk.rng.random() < _ANSWERED]
    releases = [
        c.ReleaseHold(
            unit=hold.unit,
            account=hold.account,
            hold=hold.hold,
            outcome="not upheld, the debtor was told",
        )
        for hold in answered
    ]
    desk.give_all(BELL, releases)
    desk.disputes[:] = [hold for hold in desk.disputes if hold not in answered]


def _correct(desk: Desk, row: Row) -> None:
    """A late credit note by an officer; above the own limit it is a proposal for the senior."""
    note = desk.next_number("OC")
    service = _WITHOUT_VAT[row["service"]]
    line = CreditLine(
        service=service.code,
        cost_code=service.cost_code,
        vat_code=service.vat_code,
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


def _write_off(desk: Desk, rows: Sequence[Row]) -> None:
    """Put forward by an officer; approved by the tier of the amount.

    What was written off on the account in the year counts too, so a tier may have to pass it on.
    """
    proposals = [_proposal(desk, row) for row in rows]
    done = desk.give_all(AMES, proposals)
    waiting = [one for one, is_done in zip(proposals, done, strict=True) if is_done]
    for limit, approver in _TIERS:
        own = [one for one in waiting if limit is None or (one.amount_minor or 0) <= limit]
        done = desk.give_all(approver, [_approval(one) for one in own])
        approved = [one for one, is_done in zip(own, done, strict=True) if is_done]
        waiting = [one for one in waiting if one not in approved]


def _proposal(desk: Desk, row: Row) -> c.ProposeWriteOff:
    write_off = desk.next_number("WO")
    return c.ProposeWriteOff(
        unit=row["unit"],
        account=row["account"],
        write_off=write_off,
        invoice=row["item"],
        amount_minor=pence(row["open_amount"]),
        reason=_reason(desk, row),
        evidence=f"CASE-{write_off}: traced twice, no assets",
    )


def _approval(proposed: c.ProposeWriteOff) -> c.ApproveWriteOff:
    return c.ApproveWriteOff(
        unit=proposed.unit, account=proposed.account, write_off=proposed.write_off
    )


def _is_kept(row: Row) -> bool:
    """Re-opened refunds, and most of the debts taken over: those are secured, or at court."""
    taken_over = row["due_on"] < FIRST_DAY and int(row["account"]) % 4 != 0
    return taken_over or row["item"].startswith("REVERSAL:")


def _reason(desk: Desk, row: Row) -> WriteOffReason:
    if row["days_overdue"] > 6 * 365:
        return "statute_barred"
    return desk.rng.choice(_REASONS)
