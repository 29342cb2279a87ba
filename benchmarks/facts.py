"""From the orders of a long history to its facts, as the ledger itself would have made them."""

from datetime import date

from benchmarks.history import Bill, Order, day, unit_of
from ledger import events as e
from ledger import intake_events as i
from ledger import suspense_events as s
from ledger.account_state import Dated
from ledger.references import mint
from ledger.values import CreditLine, Fact, Instalment, InvoiceLine, ItemAmount, ReceiptAmount

CURRENCY = "GBP"
_DEBTS = {
    "COR": ("sundry", "commercial_rent"),
    "HSG": ("rent", "service_charge"),
    "ASC": ("adult_social_care", "adult_social_care"),
}
_SERVICES = {
    "COR": ("TRADE", "LICENCES", "PROPERTY"),
    "HSG": ("RENT", "GARAGES", "RENT"),
    "ASC": ("HOMECARE", "RESIDENTIAL", "HOMECARE"),
}


def bank_account(unit: str) -> str:
    """The bank account of a unit."""
    return f"20000{len(unit)}-{unit}"


def name_of(account: int) -> str:
    """The number of an account."""
    return f"A{account:06d}"


def receipt_of(bill: Bill) -> str:
    """The receipt by which a bill is paid on its account."""
    return f"R-{bill.number:010d}"


def suspended_of(bill: Bill) -> str:
    """The receipt in suspense that a bill's money was first."""
    return f"S-{bill.number:010d}"


def dated(order: Order) -> Dated:
    """The fact of an order with the day on which it takes effect."""
    return Dated(_fact(order), _effective_on(order))


def _effective_on(order: Order) -> date:
    bill, before = order.bill, day(order.recorded - 1)
    match order.kind:
        case "billed":
            return day(bill.billed)
        case "received" | "suspended" | "found" | "identified" | "allocated":
            return day(bill.paid)
        case "bounced" | "refund_on_statement" | "statement":
            return before
        case _:
            return day(order.recorded)


def _fact(order: Order) -> Fact:
    match order.kind:
        case "suspended" | "identified":
            return _of_suspense(order)
        case "refund_on_statement" | "statement":
            return _of_bank(order)
        case "opened" | "disputed" | "settled_dispute":
            return _of_account(order)
        case "billed" | "credited" | "written_off":
            return _of_debt(order.kind, order.bill)
        case _:
            return _of_cash(order)


def _head(bill: Bill) -> dict[str, str]:
    unit = unit_of(bill.account)
    debt_type = _DEBTS[unit][bill.account % 2]
    return {
        "unit": unit,
        "account": name_of(bill.account),
        "debt_type": debt_type,
        "currency": CURRENCY,
    }


def _service(bill: Bill) -> str:
    return _SERVICES[unit_of(bill.account)][bill.number % 3]


def _item(bill: Bill, amount_minor: int) -> ItemAmount:
    return ItemAmount(
        item=f"I{bill.number:09d}",
        instalment=1,
        service=_service(bill),
        invoiced_on=day(bill.billed),
        due_on=day(bill.due),
        amount_minor=amount_minor,
    )


def _of_account(order: Order) -> Fact:
    unit, account = unit_of(order.bill.account), name_of(order.bill.account)
    hold = f"H-{order.bill.number}"
    if order.kind == "opened":
        debt_type = _head(order.bill)["debt_type"]
        return e.AccountOpened(
            unit=unit,
            account=account,
            reference=mint(unit, account),
            debt_type=debt_type,
            terms_days=28,
            apply_credit=True,
            currency=CURRENCY,
        )
    if order.kind == "disputed":
        return e.HoldPlaced(
            unit=unit, account=account, hold=hold, kind="dispute", reason="says it was paid"
        )
    return e.HoldReleased(unit=unit, account=account, hold=hold, outcome="explained")


def _of_debt(kind: str, bill: Bill) -> Fact:
    head, service, amount = _head(bill), _service(bill), bill.amount_minor
    code = {"service": service, "cost_code": "C1000", "vat_code": "E"}
    if kind == "billed":
        line = InvoiceLine(description="Charges", net_minor=amount, vat_minor=0, **code)
        due_on = day(bill.due)
        return e.InvoiceIssued(
            **head,
            invoice=f"I{bill.number:09d}",
            service=service,
            invoiced_on=day(bill.billed),
            tax_point_on=day(bill.billed),
            due_on=due_on,
            description="Charges",
            lines=(line,),
            instalments=(Instalment(number=1, due_on=due_on, amount_minor=amount),),
            gross_minor=amount,
        )
    if kind == "credited":
        return e.InvoiceCredited(
            **head,
            credit_note=f"C{bill.number:09d}",
            invoice=f"I{bill.number:09d}",
            reason="billing_error",
            source_document="letter",
            description="Billed in error",
            lines=(CreditLine(net_minor=amount, vat_minor=0, **code),),
            settles=(_item(bill, amount),),
            gross_minor=amount,
        )
    return e.WriteOffApproved(
        **head,
        write_off=f"W-{bill.number}",
        invoice=f"I{bill.number:09d}",
        amount_minor=amount,
        reason="uneconomic",
        lines=(_item(bill, amount),),
    )


def _of_cash(order: Order) -> Fact:
    bill, head = order.bill, _head(order.bill)
    unit, receipt, paid_on = head["unit"], receipt_of(bill), day(bill.paid)
    settled = min(bill.paid_minor, bill.amount_minor)
    bank = bank_account(unit) if bill.by_bank else None
    match order.kind:
        case "allocated":
            return e.PaymentAllocated(
                **head,
                receipt=receipt,
                value_on=paid_on,
                rule="invoice-reference",
                lines=(_item(bill, settled),),
            )
        case "bounced":
            return e.PaymentReversed(
                **head,
                receipt=receipt,
                amount_minor=bill.paid_minor,
                method="bank_transfer",
                value_on=paid_on,
                reversed_on=day(order.recorded - 1),
                service=_service(bill),
                reason="recalled_by_bank",
                reopened=(_item(bill, settled),),
                unapplied_minor=0,
                recoverable_minor=0,
                bank_account=bank,
            )
        case "refund_approved" | "refund_paid":
            return _of_refund(order)
        case _:
            return _received(order)


def _received(order: Order) -> Fact:
    bill, head = order.bill, _head(order.bill)
    was_found = order.kind == "found"
    short = bill.amount_minor - bill.paid_minor
    return e.PaymentReceived(
        **head,
        receipt=receipt_of(bill),
        amount_minor=bill.paid_minor,
        method="bank_transfer",
        value_on=day(bill.paid),
        rule="identified" if was_found else "invoice-reference",
        variance="part_payment" if short > 0 else "overpayment" if short < 0 else "exact",
        variance_minor=abs(short),
        bank_account=bank_account(head["unit"]) if bill.by_bank and not was_found else None,
        from_suspense=suspended_of(bill) if was_found else None,
    )


def _of_refund(order: Order) -> Fact:
    bill, head = order.bill, _head(order.bill)
    amount = bill.paid_minor - bill.amount_minor
    if order.kind == "refund_paid":
        return e.RefundPaid(
            **head,
            refund=f"F-{bill.number}",
            amount_minor=amount,
            paid_on=day(order.recorded),
            payment_reference=f"BACS {bill.number}",
        )
    part = ReceiptAmount(
        receipt=receipt_of(bill),
        value_on=day(bill.paid),
        method="bank_transfer",
        amount_minor=amount,
    )
    return e.RefundApproved(
        **head,
        refund=f"F-{bill.number}",
        receipts=(part,),
        amount_minor=amount,
    )


def _of_suspense(order: Order) -> Fact:
    bill = order.bill
    unit = unit_of(bill.account)
    if order.kind == "identified":
        return s.SuspenseIdentified(
            receipt=suspended_of(bill),
            unit=unit,
            currency=CURRENCY,
            amount_minor=bill.paid_minor,
            to_unit=unit,
            to_account=name_of(bill.account),
            account_receipt=receipt_of(bill),
            reason="the debtor rang",
        )
    return s.ReceiptSuspended(
        receipt=suspended_of(bill),
        unit=unit,
        currency=CURRENCY,
        amount_minor=bill.paid_minor,
        method="bank_transfer",
        value_on=day(bill.paid),
        reason="no-match",
        bank_account=bank_account(unit) if bill.by_bank else None,
    )


def _of_bank(order: Order) -> Fact:
    unit, on = unit_of(order.bill.account), day(order.recorded - 1)
    if order.kind == "refund_on_statement":
        return i.BankLineRecorded(
            unit=unit,
            bank_account=bank_account(unit),
            bank_line=f"L-{order.bill.number}",
            amount_minor=order.bill.amount_minor - order.bill.paid_minor,
            currency=CURRENCY,
            kind="payment",
        )
    opening, posted, posted_minor, held, held_minor, other, other_minor = order.amounts
    totals = i.StatementTotals
    return i.BankStatementTaken(
        source=f"{unit}.csv",
        digest=digest_of(unit, order.recorded),
        file_name=f"{unit}-{on}.csv",
        format="csv",
        unit=unit,
        bank_account=bank_account(unit),
        statement=f"{unit}-{on}",
        currency=CURRENCY,
        opening_minor=opening,
        closing_minor=opening + posted_minor + held_minor + other_minor,
        first_on=on,
        last_on=on,
        posted=totals(lines=posted, amount_minor=posted_minor),
        suspended=totals(lines=held, amount_minor=held_minor),
        other=totals(lines=other, amount_minor=other_minor),
        quarantined=totals(lines=0, amount_minor=0),
        duplicates=totals(lines=0, amount_minor=0),
    )


def digest_of(unit: str, recorded: int) -> str:
    """The digest under which a unit's bank file of a day would be kept."""
    return f"{recorded:04d}{unit}".encode().hex().ljust(64, "0")
