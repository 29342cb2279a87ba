"""Facts and commands in one line each, with what a test does not care about filled in.

The account is HSG/1, the bill is I1 of 1 April 2026, due on 1 May, over 120.00 without VAT.
"""

from datetime import date
from typing import Any

from ledger import alias_commands as a
from ledger import alias_events as af
from ledger import commands as c
from ledger import events as e
from ledger import quarantine_commands as q
from ledger import quarantine_events as qf
from ledger import small_balance_commands as sb
from ledger import small_balance_events as sf
from ledger import suspense_commands as sc
from ledger import suspense_events as s
from ledger.account_state import Dated
from ledger.values import (
    CreditLine,
    Fact,
    Instalment,
    InvoiceLine,
    ItemAmount,
    Method,
    ReceiptAmount,
    SmallBalanceLine,
    SmallBalanceReason,
    Variance,
)

BILLED_ON = date(2026, 4, 1)
DUE_ON = date(2026, 5, 1)
TODAY = date(2026, 6, 15)
HSG: dict[str, Any] = {"unit": "HSG", "account": "1"}
DIGEST = "ab" * 16
PAYER: dict[str, Any] = {"unit": "HSG", "kind": "account", "digest": DIGEST}
HELD: dict[str, Any] = {"receipt": "S1", "unit": "HSG", "currency": "GBP"}
MONEY: dict[str, Any] = {**HSG, "debt_type": "sundry", "currency": "GBP"}


def on(day: date, fact: Fact) -> Dated:
    """A fact with its effective date."""
    return Dated(fact, day)


# --- parts ---------------------------------------------------------------------------------------


def invoice_line(net: int, vat: int = 0, vat_code: str = "N", **changes: object) -> InvoiceLine:
    fields: dict[str, Any] = {
        "description": "Lift repair", "service": "RENT", "cost_code": "R1", "vat_code": vat_code,
        "net_minor": net, "vat_minor": vat,
    }  # fmt: skip
    return InvoiceLine(**{**fields, **changes})


def credit_line(net: int, vat: int = 0, vat_code: str = "N") -> CreditLine:
    return CreditLine(
        service="RENT", cost_code="R1", vat_code=vat_code, net_minor=net, vat_minor=vat
    )


def line(
    item: str, amount: int, number: int = 1, billed_on: date = BILLED_ON, due_on: date = DUE_ON
) -> ItemAmount:
    return ItemAmount(
        item=item,
        instalment=number,
        service="RENT",
        invoiced_on=billed_on,
        due_on=due_on,
        amount_minor=amount,
    )


def part(receipt: str, amount: int, value_on: date, method: Method = "cash") -> ReceiptAmount:
    return ReceiptAmount(receipt=receipt, value_on=value_on, method=method, amount_minor=amount)


def plan(*parts: tuple[date, int]) -> tuple[Instalment, ...]:
    return tuple(
        Instalment(number=number, due_on=due_on, amount_minor=amount)
        for number, (due_on, amount) in enumerate(parts, 1)
    )


# --- facts ---------------------------------------------------------------------------------------


def opened(account: str = "1", unit: str = "HSG", **changes: object) -> Dated:
    fields: dict[str, Any] = {
        "unit": unit, "account": account, "reference": "000000000098", "debt_type": "sundry",
        "terms_days": 30, "apply_credit": True, "currency": "GBP",
    }  # fmt: skip
    return Dated(e.AccountOpened(**{**fields, **changes}), date(2020, 1, 1))


def billed(
    invoice: str = "I1",
    gross: int = 12000,
    billed_on: date = BILLED_ON,
    due_on: date = DUE_ON,
    instalments: tuple[Instalment, ...] = (),
    **changes: object,
) -> Dated:
    fields: dict[str, Any] = {
        **MONEY, "invoice": invoice, "service": "RENT", "invoiced_on": billed_on,
        "tax_point_on": billed_on, "due_on": due_on, "description": "Repairs",
        "lines": (invoice_line(gross),), "gross_minor": gross,
        "instalments": instalments or plan((due_on, gross)),
    }  # fmt: skip
    return Dated(e.InvoiceIssued(**{**fields, **changes}), billed_on)


def received(
    receipt: str,
    amount: int,
    value_on: date,
    variance: Variance = "on_account",
    difference: int | None = None,
    **changes: object,
) -> Dated:
    fields: dict[str, Any] = {
        **MONEY, "receipt": receipt, "amount_minor": amount, "method": "cash",
        "value_on": value_on, "rule": "account-reference", "variance": variance,
        "variance_minor": amount if difference is None else difference,
    }  # fmt: skip
    return Dated(e.PaymentReceived(**{**fields, **changes}), value_on)


def allocated(
    receipt: str,
    value_on: date,
    *lines: ItemAmount,
    rule: str = "oldest-due-first",
    effective_on: date | None = None,
    **changes: object,
) -> Dated:
    fields: dict[str, Any] = {
        **MONEY, "receipt": receipt, "value_on": value_on, "rule": rule, "lines": lines,
    }  # fmt: skip
    return Dated(e.PaymentAllocated(**{**fields, **changes}), effective_on or value_on)


def unallocated(
    receipt: str, value_on: date, *lines: ItemAmount, effective_on: date = TODAY
) -> Dated:
    fact = e.PaymentUnallocated(
        **MONEY, receipt=receipt, method="cash", value_on=value_on, reason="wrong", lines=lines
    )
    return Dated(fact, effective_on)


def reversed_(
    receipt: str,
    amount: int,
    value_on: date,
    *reopened: ItemAmount,
    unapplied: int = 0,
    recoverable: int = 0,
    effective_on: date = TODAY,
) -> Dated:
    fact = e.PaymentReversed(
        **MONEY, receipt=receipt, amount_minor=amount, method="cash", value_on=value_on,
        reversed_on=effective_on, service="RENT" if reopened else "", reason="cheque_bounced",
        reopened=reopened, unapplied_minor=unapplied, recoverable_minor=recoverable,
    )  # fmt: skip
    return Dated(fact, effective_on)


def refund_proposed(
    refund: str, *parts: ReceiptAmount, by: str = "officer.ames", day: date = TODAY
) -> Dated:
    total = sum(one.amount_minor for one in parts)
    fact = e.RefundProposed(
        **MONEY, proposed_by=by, refund=refund, receipts=parts, amount_minor=total, reason="asked"
    )
    return Dated(fact, day)


def refund_approved(refund: str, *parts: ReceiptAmount, day: date = TODAY) -> Dated:
    total = sum(one.amount_minor for one in parts)
    return Dated(e.RefundApproved(**MONEY, refund=refund, receipts=parts, amount_minor=total), day)


def write_off_proposed(
    write_off: str, amount: int, invoice: str = "I1", by: str = "officer.ames"
) -> Dated:
    fact = e.WriteOffProposed(
        **MONEY, proposed_by=by, write_off=write_off, invoice=invoice, amount_minor=amount,
        reason="uneconomic", evidence="case 17",
    )  # fmt: skip
    return Dated(fact, TODAY)


def written_off(write_off: str, *lines: ItemAmount, day: date = TODAY) -> Dated:
    fact = e.WriteOffApproved(
        **MONEY, write_off=write_off, invoice=lines[0].item, reason="uneconomic", lines=lines,
        amount_minor=sum(one.amount_minor for one in lines),
    )  # fmt: skip
    return Dated(fact, day)


def written_back(
    write_off: str, *lines: ItemAmount, reason: str = "money came", day: date = TODAY
) -> Dated:
    total = sum(one.amount_minor for one in lines)
    fact = e.DebtWrittenBack(
        **MONEY, write_off=write_off, amount_minor=total, reason=reason, lines=lines
    )
    return Dated(fact, day)


def suspended(receipt: str = "S1", amount: int = 12000, value_on: date = BILLED_ON) -> Dated:
    fact = s.ReceiptSuspended(
        receipt=receipt, unit="HSG", currency="GBP", amount_minor=amount, method="cash",
        value_on=value_on, reason="no reference",
    )  # fmt: skip
    return Dated(fact, value_on)


def return_proposed(name: str, amount: int, by: str = "officer.ames") -> Dated:
    fact = s.SuspenseReturnProposed(
        receipt="S1", unit="HSG", currency="GBP", proposed_by=by, suspense_return=name,
        amount_minor=amount, way="return", reason="not ours",
    )  # fmt: skip
    return Dated(fact, TODAY)


def return_approved(name: str, amount: int, day: date = TODAY) -> Dated:
    fact = s.SuspenseReturnApproved(
        receipt="S1", unit="HSG", currency="GBP", suspense_return=name, amount_minor=amount
    )
    return Dated(fact, day)


def return_paid(name: str, amount: int, day: date = TODAY) -> Dated:
    fact = s.SuspenseReturnPaid(
        **HELD, suspense_return=name, amount_minor=amount, paid_on=day, payment_reference="BACS 8"
    )
    return Dated(fact, day)


def instructed(
    name: str, *pairs: tuple[str, int | None], receipt: str | None = None, given_on: date = TODAY
) -> Dated:
    fact = e.PaymentInstructionRecorded(
        **HSG, instruction=name, targets=targets(*pairs), receipt=receipt, given_on=given_on,
        wording="my March rent",
    )  # fmt: skip
    return Dated(fact, TODAY)


def alias_proposed(amount: int = 12000, by: str = "officer.ames", to: str = "1") -> Dated:
    fact = af.PayerAliasProposed(
        **PAYER, proposed_by=by, to_unit="HSG", to_account=to, from_receipt="S1",
        amount_minor=amount, reason="he rang",
    )  # fmt: skip
    return Dated(fact, TODAY)


def alias_confirmed(to: str = "1", day: date = TODAY) -> Dated:
    return Dated(af.PayerAliasConfirmed(**PAYER, to_unit="HSG", to_account=to), day)


def balance(
    amount: int, invoice: str = "I1", reason: SmallBalanceReason = "small_balance"
) -> SmallBalanceLine:
    return SmallBalanceLine(**HSG, invoice=invoice, amount_minor=amount, reason=reason)


def balances_proposed(*lines: SmallBalanceLine, by: str = "officer.ames") -> Dated:
    fact = sf.SmallBalancesProposed(
        batch="P1", proposed_by=by, currency="GBP", lines=lines,
        total_minor=sum(one.amount_minor for one in lines),
    )  # fmt: skip
    return Dated(fact, TODAY)


def balances_approved(total: int, day: date = TODAY) -> Dated:
    return Dated(sf.SmallBalancesApproved(batch="P1", currency="GBP", total_minor=total), day)


# --- commands ------------------------------------------------------------------------------------


def issue(
    invoice: str = "I1",
    gross: int = 12000,
    billed_on: date = BILLED_ON,
    due_on: date = DUE_ON,
    **changes: object,
) -> c.IssueInvoice:
    fields: dict[str, Any] = {
        **HSG, "invoice": invoice, "service": "RENT", "invoiced_on": billed_on,
        "tax_point_on": billed_on, "due_on": due_on, "currency": "GBP", "description": "Repairs",
        "lines": (invoice_line(gross),), "net_minor": gross, "vat_minor": 0, "gross_minor": gross,
    }  # fmt: skip
    return c.IssueInvoice(**{**fields, **changes})


def issue_lines(*lines: InvoiceLine, **changes: object) -> c.IssueInvoice:
    net, vat = sum(one.net_minor for one in lines), sum(one.vat_minor for one in lines)
    fields: dict[str, Any] = {
        "lines": lines, "net_minor": net, "vat_minor": vat, "gross_minor": net + vat, **changes,
    }  # fmt: skip
    return issue(**fields)


def credit(note: str = "C1", net: int = 12000, **changes: object) -> c.CreditInvoice:
    fields: dict[str, Any] = {
        **HSG, "credit_note": note, "invoice": "I1", "reason": "overcharge",
        "source_document": "memo 4", "lines": (credit_line(net),),
    }  # fmt: skip
    return c.CreditInvoice(**{**fields, **changes})


def pay(receipt: str, amount: int, value_on: date, **changes: object) -> c.ReceivePayment:
    fields: dict[str, Any] = {
        **HSG, "receipt": receipt, "amount_minor": amount, "method": "cash",
        "value_on": value_on, "rule": "account-reference",
    }  # fmt: skip
    return c.ReceivePayment(**{**fields, **changes})


def targets(*pairs: tuple[str, int | None]) -> tuple[c.AllocationTarget, ...]:
    return tuple(c.AllocationTarget(item=item, amount_minor=amount) for item, amount in pairs)


def allocate(receipt: str, *pairs: tuple[str, int | None]) -> c.Allocate:
    return c.Allocate(**HSG, receipt=receipt, targets=targets(*pairs))


def unallocate(receipt: str, *pairs: tuple[str, int | None]) -> c.Unallocate:
    return c.Unallocate(**HSG, receipt=receipt, targets=targets(*pairs), reason="wrong")


def reverse(receipt: str) -> c.ReversePayment:
    return c.ReversePayment(**HSG, receipt=receipt, reason="cheque_bounced")


def transfer(name: str, amount: int, **changes: object) -> c.TransferCredit:
    fields: dict[str, Any] = {
        **HSG, "transfer": name, "amount_minor": amount, "to_unit": "GEN", "to_account": "9",
        "reason": "his other account",
    }  # fmt: skip
    return c.TransferCredit(**{**fields, **changes})


def refund(name: str, amount: int, reason: str = "asked") -> c.ProposeRefund:
    return c.ProposeRefund(**HSG, refund=name, amount_minor=amount, reason=reason)


def write_off(name: str, amount: int | None = None, **changes: object) -> c.ProposeWriteOff:
    fields: dict[str, Any] = {
        **HSG, "write_off": name, "invoice": "I1", "amount_minor": amount,
        "reason": "uneconomic", "evidence": "case 17",
    }  # fmt: skip
    return c.ProposeWriteOff(**{**fields, **changes})


def dispute(hold: str = "H1", amount: int | None = 5000, **changes: object) -> c.PlaceHold:
    fields: dict[str, Any] = {
        **HSG, "hold": hold, "kind": "dispute", "invoice": "I1", "amount_minor": amount,
        "department": "Repairs", "reason": "not done",
    }  # fmt: skip
    return c.PlaceHold(**{**fields, **changes})


def suspend(receipt: str = "S1", amount: int = 12000, **changes: object) -> sc.SuspendReceipt:
    fields: dict[str, Any] = {
        "receipt": receipt, "unit": "HSG", "amount_minor": amount, "method": "cash",
        "value_on": BILLED_ON, "reason": "no reference",
    }  # fmt: skip
    return sc.SuspendReceipt(**{**fields, **changes})


def identify(amount: int | None = None, **changes: object) -> sc.IdentifySuspense:
    fields: dict[str, Any] = {
        "receipt": "S1", "to_unit": "HSG", "to_account": "1", "amount_minor": amount,
        "reason": "he rang",
    }  # fmt: skip
    return sc.IdentifySuspense(**{**fields, **changes})


def send_on(amount: int | None = None, to: str = "4711", reason: str = "x") -> sc.TransferSuspense:
    return sc.TransferSuspense(receipt="S1", to_gl_account=to, amount_minor=amount, reason=reason)


def give_back(name: str = "B1", amount: int | None = None) -> sc.ProposeSuspenseReturn:
    return sc.ProposeSuspenseReturn(
        receipt="S1", suspense_return=name, amount_minor=amount, reason="not ours"
    )


def split(new: str = "S1-S1", amount: int = 5000, **changes: object) -> sc.SplitSuspense:
    fields: dict[str, Any] = {
        "receipt": "S1", "new_receipt": new, "amount_minor": amount, "reason": "two tenants",
    }  # fmt: skip
    return sc.SplitSuspense(**{**fields, **changes})


def assign(owner: str = "officer.bell") -> sc.AssignSuspense:
    return sc.AssignSuspense(receipt="S1", owner=owner)


def return_failed(
    name: str = "B1", reason: str = "account closed"
) -> sc.RecordSuspenseReturnFailed:
    return sc.RecordSuspenseReturnFailed(receipt="S1", suspense_return=name, reason=reason)


def move(receipt: str = "R1", new: str = "R1-S1", reason: str = "another's") -> c.MoveToSuspense:
    return c.MoveToSuspense(**HSG, receipt=receipt, new_receipt=new, reason=reason)


def instruct(
    name: str, *pairs: tuple[str, int | None], **changes: object
) -> c.RecordPaymentInstruction:
    fields: dict[str, Any] = {
        **HSG, "instruction": name, "targets": targets(*pairs), "given_on": TODAY,
        "wording": "my March rent",
    }  # fmt: skip
    return c.RecordPaymentInstruction(**{**fields, **changes})


def virtual(number: str = "200000-12345678") -> c.AssignVirtualAccount:
    return c.AssignVirtualAccount(**HSG, virtual_account=number)


def remember(amount: int = 12000, to: str = "1", **changes: object) -> a.ProposePayerAlias:
    fields: dict[str, Any] = {
        **PAYER, "to_unit": "HSG", "to_account": to, "from_receipt": "S1",
        "amount_minor": amount, "reason": "he rang",
    }  # fmt: skip
    return a.ProposePayerAlias(**{**fields, **changes})


def confirm() -> a.ConfirmPayerAlias:
    return a.ConfirmPayerAlias(**PAYER)


def propose_balances(*lines: SmallBalanceLine, **changes: Any) -> sb.ProposeSmallBalances:  # noqa: ANN401 - fields
    return sb.ProposeSmallBalances(**{"batch": "P1", "lines": lines, **changes})


def approve_balances() -> sb.ApproveSmallBalances:
    return sb.ApproveSmallBalances(batch="P1")


def write_off_balance(
    amount: int, invoice: str = "I1", reason: SmallBalanceReason = "small_balance"
) -> sb.WriteOffSmallBalance:
    return sb.WriteOffSmallBalance(
        **HSG, batch="P1", invoice=invoice, amount_minor=amount, reason=reason
    )


def stopped(by: str = "system:intake", stream: str = "account:HSG:1") -> Dated:
    fact = qf.StreamQuarantined(stream=stream, breach="it cannot be", message="m-1", stopped_by=by)
    return Dated(fact, TODAY)


def stop(stream: str = "account:HSG:1", breach: str = "it differs") -> q.QuarantineStream:
    return q.QuarantineStream(stream=stream, breach=breach)


def release(stream: str = "account:HSG:1", reason: str = "mended") -> q.ReleaseQuarantine:
    return q.ReleaseQuarantine(stream=stream, reason=reason)
