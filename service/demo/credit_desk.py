"""Money that is too much, once a month: bounced cheques, refunds, transfers of credit."""

from ledger import commands as c
from service.demo.figures import Row
from service.demo.officers import AMES, BELL, COLE, DEAN, Desk
from service.demo.suspense_desk import pence

_REFUND_AFTER_DAYS = 45
_REFUND_FROM_MINOR = 20_00
_REFUND_AT_ONCE_MINOR = 150_00
_REFUNDS_A_MONTH = 20


def reverse_bounced_cheques(desk: Desk) -> None:
    """Reverse the receipts of cheques that the bank took back since the last time."""
    for bounce in desk.council.bounces:
        payment = bounce.payment
        if not desk.last_session < bounce.on <= desk.today:
            continue
        found = desk.figures.receipts(
            payment.debtor.unit, payment.debtor.account, payment.amount_minor
        )
        if found:
            desk.give(
                BELL,
                c.ReversePayment(
                    unit=payment.debtor.unit,
                    account=payment.debtor.account,
                    receipt=found[-1],
                    reason="cheque_bounced",
                ),
                effective_on=bounce.on,
            )


def refund_credit(desk: Desk) -> None:
    """Propose refunds of credit that has lain for long, have them approved, record the payment."""
    rows = _credit(desk)[: desk.scaled(_REFUNDS_A_MONTH)]
    proposals = [
        c.ProposeRefund(
            unit=row["unit"],
            account=row["account"],
            refund=desk.next_number("RF"),
            amount_minor=pence(row["unapplied_credit"]),
            reason="overpaid, the debtor asked for it",
        )
        for row in rows
    ]
    done = desk.give_all(BELL, proposals)
    waiting = [one for one, is_done in zip(proposals, done, strict=True) if is_done]
    for approver in (COLE, DEAN):  # the senior first; what is over the limit goes to the manager
        done = desk.give_all(approver, [_approval(one) for one in waiting])
        approved = [one for one, is_done in zip(waiting, done, strict=True) if is_done]
        desk.give_all(DEAN, [_payment(one) for one in approved])
        waiting = [one for one in waiting if one not in approved]


def _approval(proposed: c.ProposeRefund) -> c.ApproveRefund:
    return c.ApproveRefund(unit=proposed.unit, account=proposed.account, refund=proposed.refund)


def _payment(proposed: c.ProposeRefund) -> c.RecordRefundPaid:
    return c.RecordRefundPaid(
        unit=proposed.unit,
        account=proposed.account,
        refund=proposed.refund,
        payment_reference=f"BACS {proposed.refund}",
    )


def transfer_credit(desk: Desk) -> None:
    """Move credit to another account of the same person, when there is debt to settle with it."""
    linked = {(one.unit, one.account): one.linked for one in desk.council.debtors if one.linked}
    for row in _credit(desk, any_age=True):
        target = linked.get((row["unit"], row["account"]))
        if target is None:
            continue
        amount = pence(row["unapplied_credit"])
        desk.give(
            AMES,
            c.TransferCredit(
                unit=row["unit"],
                account=row["account"],
                transfer=desk.next_number("TR"),
                amount_minor=amount,
                to_unit=row["unit"],
                to_account=target,
                reason="same tenant, garage and dwelling",
            ),
        )


def ask_too_much(desk: Desk) -> bool:
    """Somebody tries what the policy does not allow; False when there is no credit to try with."""
    row = next(iter(_credit(desk, any_age=True)), None)
    if row is None:
        return False
    unit, account = row["unit"], row["account"]
    amount = pence(row["unapplied_credit"])
    first, second = desk.next_number("RF"), desk.next_number("RX")
    too_much = c.ProposeRefund(
        unit=unit, account=account, refund=second, amount_minor=amount + 500_00, reason="goodwill"
    )
    desk.give(BELL, too_much)
    proposed = c.ProposeRefund(
        unit=unit, account=account, refund=first, amount_minor=amount, reason="overpaid"
    )
    if desk.give(COLE, proposed):
        approve = c.ApproveRefund(unit=unit, account=account, refund=first)
        desk.give(COLE, approve)  # the own proposal
        desk.give(BELL, approve)  # a role that approves nothing
        turned_down = c.RejectRefund(
            unit=unit, account=account, refund=first, reason="kept for the next bill"
        )
        desk.give(DEAN, turned_down)
    return True


def _is_due(row: Row) -> bool:
    """Old credit, or so much that the debtor asks; small sums wait for the next bill."""
    return (
        pence(row["unapplied_credit"]) >= _REFUND_AT_ONCE_MINOR
        or (row["days_since_received"] or 0) >= _REFUND_AFTER_DAYS
    )


def _credit(desk: Desk, *, any_age: bool = False) -> list[Row]:
    rows = desk.figures.report("unapplied_credit", desk.today, desk.app.store.now())
    wanted = [
        row
        for row in rows
        if pence(row["unapplied_credit"]) >= _REFUND_FROM_MINOR and (any_age or _is_due(row))
    ]
    return sorted(wanted, key=lambda row: (-row["unapplied_credit"], row["unit"], row["account"]))
