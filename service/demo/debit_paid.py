"""Money that moves beside the runs: paid by another way, paid twice and back, claimed back."""

from ledger import commands as c
from service.demo.debit_office import Office
from service.demo.debit_town import Payer
from service.demo.officers import BELL, COLE, DEAN


def paid_otherwise(office: Office, *, early: bool) -> None:
    """What came back is paid by bank transfer: early by those who keep the mandate."""
    for payer in office.town.payers:
        row = payer.row
        if row.estate or row.report in ("ARUCS", "AWACS"):
            continue
        is_quick = row.status == "active" and row.story not in ("unpaid again", "reinstated")
        if is_quick == early:
            for bill in row.otherwise:
                office.bank.paid_in(payer, payer.bills[bill].gross_minor)


def estates_pay(office: Office) -> None:
    """The estates of those who have died pay what is left."""
    for payer in office.town.payers:
        if payer.row.estate and payer.row.report != "ARUCS":  # his money came back to us
            for bill in payer.row.otherwise:
                office.bank.paid_in(payer, payer.bills[bill].gross_minor)


def double_payments(office: Office) -> None:
    """These pay by bank transfer what is in the file that went already."""
    for payer in (*office.town.of("ARUCS"), *office.town.of("AWACS")):
        office.bank.paid_in(payer, payer.bills[1].gross_minor)


def refunds_paid(office: Office, which: str) -> None:
    """The second payment goes back; what came back of it, once more."""
    payers = office.town.of("ARUCS")
    if which == "first":
        payers = [*payers, *office.town.of("AWACS")]
    desk = office.desk
    proposals = []
    for payer in payers:
        office.refunds[payer.account] = desk.next_number("RF")
        proposals.append(_proposal(office, payer))
    approvals = [
        c.ApproveRefund(unit=one.unit, account=one.account, refund=one.refund) for one in proposals
    ]
    paid = [
        c.RecordRefundPaid(
            unit=one.unit,
            account=one.account,
            refund=one.refund,
            payment_reference=f"BACS {one.refund}",
        )
        for one in proposals
    ]
    done = [desk.give_all(BELL, proposals), desk.give_all(COLE, approvals)]
    done.append(desk.give_all(DEAN, paid))
    if not all(all(each) for each in done):
        office.wrong.append(f"refunds, {which} time: {done}")
    for one in proposals:
        office.bank.paid_out(one.amount_minor, f"REFUND {one.refund}")


def _proposal(office: Office, payer: Payer) -> c.ProposeRefund:
    return c.ProposeRefund(
        unit=payer.debtor.unit,
        account=payer.account,
        refund=office.refunds[payer.account],
        amount_minor=payer.bills[1].gross_minor,
        reason="paid by bank transfer and by Direct Debit",
        accepts_claim_risk=True,
    )


def claims_debited(office: Office) -> None:
    """The bank takes what was claimed and not withdrawn."""
    for payer in office.town.of("DDICA"):
        for bill in payer.row.claims:
            text = f"DD INDEMNITY CLAIM CLM{payer.account}"
            office.bank.takes_back(payer.bills[bill].gross_minor, text)
