"""The officers in the bank month: what waits is assigned, and each receipt finds its place.

What no line says they know from `Known`: who telephoned, which of two debtors of one name it was.
"""

from collections.abc import Sequence
from datetime import date

from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.alias_commands import ConfirmPayerAlias
from service.aliases_desk import proposal
from service.aliases_payer import Paid, payers_of
from service.demo.figures import Row
from service.demo.month_banks import BANKS, MONTH_FIRST, WEEKS
from service.demo.month_lines import LineKey, MonthAdvice, MonthLine
from service.demo.month_town import Tenant
from service.demo.month_waiting import TO_BUDGET, TO_PAYER
from service.demo.officers import AMES, BELL, COLE, Desk
from service.demo.suspense_desk import pence, send_back, transfer
from service.suspense_desk_receipts import find_receipt

SESSIONS = (MONTH_FIRST, date(2026, 4, 10), *(week[-1] for week in WEEKS[2:4]), date(2026, 4, 28))
ACCOUNTS = frozenset(bank.account for bank in BANKS)
MOVED_BACK = "-BACK"  # ends the name of a receipt that was given to the wrong debtor
_OFFICERS = {"HSG": AMES, "COR": BELL, "ASC": BELL}


def month_session(desk: Desk) -> None:
    """One sitting; on the first day of the month what debtors were promised is recorded."""
    if desk.today == MONTH_FIRST:
        _prepare(desk)
        return
    _reverse_cheques(desk)
    rows = [
        row
        for row in desk.figures.report("suspense", desk.today, desk.app.store.now())
        if row["bank_account"] in ACCOUNTS
    ]
    unowned = [row for row in rows if row["owner"] is None]
    assigned = [
        sc.AssignSuspense(receipt=row["receipt"], owner=_OFFICERS[row["unit"]]) for row in unowned
    ]
    desk.give_all(COLE, assigned)
    for row in sorted(rows, key=lambda one: (one["received_on"], one["receipt"])):
        _clear(desk, row)


def _prepare(desk: Desk) -> None:
    known = desk.council.month.known
    for tenant, virtual in known.virtual:
        unit, account = tenant.place
        given = c.AssignVirtualAccount(unit=unit, account=account, virtual_account=virtual)
        desk.give(AMES, given)
    for tenant in known.instructions:
        unit, account = tenant.place
        target = c.AllocationTarget(item=tenant.bills[-1].number)
        desk.give(
            AMES,
            c.RecordPaymentInstruction(
                unit=unit,
                account=account,
                instruction=desk.next_number("PI"),
                targets=(target,),
                given_on=desk.today,
                wording="my next payment is for the newest bill",
            ),
        )


def _reverse_cheques(desk: Desk) -> None:
    """Reverse the receipts of cheques whose debit a statement has shown since the last sitting."""
    for one in desk.council.month.known.cheques:
        if (desk.today - one.on).days in range(1, 8):
            unit, account = one.line.owner or ("", "")
            found = desk.figures.receipts(unit, account, one.line.amount_minor)
            for receipt in found[-1:]:
                command = c.ReversePayment(
                    unit=unit, account=account, receipt=receipt, reason="cheque_bounced"
                )
                desk.give(BELL, command, effective_on=one.on)


def _clear(desk: Desk, row: Row) -> None:
    """Give one receipt its place, as far as anybody knows it."""
    month = desk.council.month
    known = month.known
    key: LineKey = row["bank_account"], pence(row["received"]), row["received_on"]
    advice = next((one for one in month.advices if one.line.key == key), None)
    line = month.truth().get(key)
    if advice is not None:
        _make_up(desk, row, advice)
    elif key in known.remembered:
        _remember(desk, row, known.remembered[key])
    elif key in known.mixed_up:
        _of_two(desk, row, *known.mixed_up[key])
    elif key in known.shared:
        _share(desk, row, known.shared[key])
    elif key in known.strangers:
        _of_stranger(desk, row, known.strangers[key])
    elif line is not None and line.owner is not None:
        _identify(desk, row["receipt"], line.owner, _why(line))


def _why(line: MonthLine) -> str:
    return f"{line.kind}: confirmed by telephone"


def _identify(
    desk: Desk, receipt: str, place: tuple[str, str], reason: str, amount_minor: int | None = None
) -> bool:
    command = sc.IdentifySuspense(
        receipt=receipt,
        to_unit=place[0],
        to_account=place[1],
        amount_minor=amount_minor,
        reason=reason,
    )
    return desk.give(_OFFICERS[place[0]], command)


def _remember(desk: Desk, row: Row, tenant: Tenant) -> None:
    """An officer proposes to remember the payer; above the own limit a senior confirms."""
    state = find_receipt(desk.app, row["receipt"])
    paid = Paid(state.receipt, state.amount_minor, payers_of(state), ())
    reason = "the daughter pays, she telephoned"
    _identify(desk, row["receipt"], tenant.place, reason)
    command = proposal(paid, tenant.place, reason)
    if desk.give(_OFFICERS[row["unit"]], command):
        confirm = ConfirmPayerAlias(unit=command.unit, kind=command.kind, digest=command.digest)
        desk.give(COLE, confirm)


def _of_two(desk: Desk, row: Row, right: Tenant, wrong: Tenant) -> None:
    """The first time the officer takes the wrong one of two; the right one complains.

    The receipt is moved back to suspense, and identified as it should have been.
    """
    if row["receipt"].endswith(MOVED_BACK):
        _identify(desk, row["receipt"], right.place, "the other debtor of this name")
        return
    if not _identify(desk, row["receipt"], wrong.place, "name and amount agree"):
        return
    desk.mixed_up.append((wrong, row["receipt"], pence(row["received"])))


def put_right(desk: Desk) -> None:
    """What an officer gave to the wrong debtor goes back to suspense, once he complains."""
    for wrong, receipt, minor in desk.mixed_up:
        unit, account = wrong.place
        for posted in desk.figures.receipts(unit, account, minor)[-1:]:
            command = c.MoveToSuspense(
                unit=unit,
                account=account,
                receipt=posted,
                new_receipt=f"{receipt}{MOVED_BACK}",
                reason="given to another debtor of the same name",
            )
            desk.give(_OFFICERS[unit], command)
    desk.mixed_up.clear()


def _share(desk: Desk, row: Row, two: Sequence[Tenant]) -> None:
    """Cut the sum in two, and give each debtor what is his."""
    _, second = two
    part = f"{row['receipt']}-B"
    command = sc.SplitSuspense(
        receipt=row["receipt"],
        new_receipt=part,
        amount_minor=second.bills[0].gross_minor,
        reason="two debtors paid in one sum",
    )
    if desk.give(BELL, command):
        for receipt, tenant in zip((row["receipt"], part), two, strict=True):
            _identify(desk, receipt, tenant.place, "the payer said whose it is")


def _of_stranger(desk: Desk, row: Row, what: str) -> None:
    if what == TO_BUDGET:
        transfer(desk, [row])
    elif what == TO_PAYER:
        send_back(desk, [row])


def _make_up(desk: Desk, row: Row, advice: MonthAdvice) -> None:
    """What an advice takes back is taken from that account, and given to whom it falls short."""
    short = next((one for one in advice.payments if one.waits), None)
    back = next((one for one in advice.payments if one.amount_minor < 0), None)
    if short is None or back is None or row["open_amount"] == row["received"]:
        return  # nothing is taken back, or the advice has not come
    unit, account = back.tenant.place
    bill = back.tenant.bills[0]
    for receipt in desk.figures.receipts(unit, account, bill.gross_minor)[-1:]:
        target = c.AllocationTarget(item=bill.number, amount_minor=-back.amount_minor)
        desk.give(
            AMES,
            c.Unallocate(
                unit=unit,
                account=account,
                receipt=receipt,
                targets=(target,),
                reason="the DWP took it back",
            ),
        )
    to_unit, to_account = short.tenant.place
    desk.give(
        AMES,
        c.TransferCredit(
            unit=unit,
            account=account,
            transfer=desk.next_number("TR"),
            amount_minor=-back.amount_minor,
            to_unit=to_unit,
            to_account=to_account,
            reason="the DWP took it back and paid this one less",
        ),
    )
    _identify(desk, row["receipt"], short.tenant.place, "what is left of the schedule")
