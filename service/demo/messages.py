"""Accounts, bills and credit notes as the billing systems' messages, shaped as the schemas say."""

from collections.abc import Sequence
from datetime import date

from service.demo.bills import Bill
from service.demo.council import FIRST_DAY, LAST_DAY, TAKE_ON
from service.demo.credits import Credit
from service.demo.debtors import Debtor
from service.demo.runs import Record, Run, adhoc_run_on, following_monday, runs_of


def billing_runs(
    debtors: Sequence[Debtor], bills: Sequence[Bill], credits_: Sequence[Credit]
) -> list[Run]:
    """Every run of two years, without mistakes."""
    return [
        *runs_of("Account", ((one.opened_on, False, account_record(one)) for one in debtors)),
        *runs_of("InvoiceIssued", (sent for bill in bills if (sent := _sent(bill))[0] <= LAST_DAY)),
        *runs_of("CreditNote", (_sent_credit(one) for one in credits_)),
    ]


def _sent(bill: Bill) -> tuple[date, bool, Record]:
    record = invoice_record(bill)
    if bill.invoiced_on < FIRST_DAY:
        return TAKE_ON, False, record
    if bill.debtor.cycle in ("ad_hoc", "once"):
        return adhoc_run_on(bill.invoiced_on), True, record
    return bill.invoiced_on, False, record


def _sent_credit(credit: Credit) -> tuple[date, bool, Record]:
    on = credit.on if credit.bill.debtor.cycle == "ad_hoc" else following_monday(credit.on)
    return on, False, credit_record(credit)


def account_record(debtor: Debtor) -> Record:
    """The message that opens an account; the only one with personal data in it."""
    who = debtor.person
    return {
        "unit": debtor.unit,
        "account": debtor.account,
        "action": "open",
        "opened_on": debtor.opened_on,
        "debt_type": debtor.service.debt_type,
        "payment_terms_days": debtor.service.terms_days,
        "apply_credit_automatically": debtor.apply_credit,
        "party": {
            "kind": who.kind,
            "name": who.name,
            "address_lines": list(who.address),
            "postcode": who.postcode,
            "email": who.email,
        },
    }


def invoice_record(bill: Bill) -> Record:
    """The message that issues a bill."""
    service = bill.debtor.service
    net = sum(line.net_minor for line in bill.lines)
    vat = sum(line.vat_minor for line in bill.lines)
    return {
        "unit": bill.debtor.unit,
        "account": bill.debtor.account,
        "invoice_number": bill.number,
        "service": service.code,
        "invoice_date": bill.invoiced_on,
        "tax_point": bill.invoiced_on,
        "due_date": bill.due_on,
        "currency": "GBP",
        "description": bill.description,
        "po_reference": None,
        "lines": [
            {
                "line_number": number,
                "description": line.description,
                "service": service.code,
                "cost_code": service.cost_code,
                "vat_code": bill.debtor.vat_code,
                "net": line.net_minor,
                "vat": line.vat_minor,
                "period_from": bill.invoiced_on if bill.period_to else None,
                "period_to": bill.period_to,
            }
            for number, line in enumerate(bill.lines, 1)
        ],
        "total_net": net,
        "total_vat": vat,
        "total_gross": net + vat,
        "instalments": [{"due_date": day, "amount": part} for day, part in bill.instalments],
    }


def credit_record(credit: Credit) -> Record:
    """The message that credits a bill; a cancellation names no lines."""
    service = credit.bill.debtor.service
    line = {
        "service": service.code,
        "cost_code": service.cost_code,
        "vat_code": credit.bill.debtor.vat_code,
        "net": credit.net_minor,
        "vat": credit.vat_minor,
    }
    return {
        "unit": credit.bill.debtor.unit,
        "account": credit.bill.debtor.account,
        "credit_note_number": credit.number,
        "invoice_number": credit.bill.number,
        "credit_date": credit.on,
        "reason": credit.reason,
        "source_document": credit.document,
        "authorised_by": credit.authorised_by,
        "description": credit.reason.replace("_", " ").capitalize(),
        "lines": [] if credit.whole else [line],
        "total_gross": credit.gross_minor,
        "whole": credit.whole,
    }
