"""Deciding about bills and credit notes."""

from ledger import commands as c
from ledger import events as e
from ledger.account_state import AccountState, Dated, OpenItem
from ledger.allocation import CREDIT_ON_ACCOUNT, open_lines, take
from ledger.cash import allocations
from ledger.decision import (
    Context,
    Decision,
    in_range,
    name,
    opened,
    positive,
    same_currency,
    settling_date,
    text,
)
from ledger.effects import billed
from ledger.invoice_checks import check
from ledger.money import format_minor
from ledger.rejections import Code, RefusedError, refuse
from ledger.values import CreditLine, Instalment

SOURCE_DOCUMENT_LENGTH_MAX = 200


def issue_invoice(
    state: AccountState | None, command: c.IssueInvoice, context: Context
) -> Decision:
    """Post a bill whose every pre-issue check passes; unapplied credit may settle it at once."""
    context.authorise(command.action, command.gross_minor)
    account = opened(state, command.unit, command.account)
    same_currency(account, command.currency)
    name(command.invoice, "the invoice number")
    positive(command.gross_minor, "the bill")
    in_range(command.invoiced_on, context.today, "invoice date")
    failed = check(command)
    if failed:
        raise RefusedError(*failed)
    # From here it must succeed.
    bill = _issued(account, command)
    return (Dated(bill, command.invoiced_on), *_apply_credit(account, bill))


def _issued(account: AccountState, command: c.IssueInvoice) -> e.InvoiceIssued:
    whole = Instalment(number=1, due_on=command.due_on, amount_minor=command.gross_minor)
    return e.InvoiceIssued(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=command.currency,
        invoice=command.invoice,
        service=command.service,
        invoiced_on=command.invoiced_on,
        tax_point_on=command.tax_point_on,
        due_on=command.due_on,
        description=command.description,
        po_reference=command.po_reference,
        lines=command.lines,
        instalments=command.instalments or (whole,),
        gross_minor=command.gross_minor,
    )


def _apply_credit(account: AccountState, bill: e.InvoiceIssued) -> Decision:
    if not account.apply_credit or not account.credits:
        return ()
    raised = {bill.invoice: bill.invoiced_on}
    return allocations(account, account.credits.values(), billed(bill), raised, CREDIT_ON_ACCOUNT)


def credit_invoice(
    state: AccountState | None, command: c.CreditInvoice, context: Context
) -> Decision:
    """Credit an invoice, or propose it when the amount is above the maker's authority."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    name(command.credit_note, "the credit note")
    if len(command.source_document) > SOURCE_DOCUMENT_LENGTH_MAX:
        raise refuse(
            Code.FIELD_INVALID,
            f"the source document is longer than {SOURCE_DOCUMENT_LENGTH_MAX} characters",
        )
    item = account.items.get(command.invoice)
    lines = _billed_lines(command, context) if command.whole else command.lines
    gross = sum(line.net_minor + line.vat_minor for line in lines)
    if lines or not command.whole:
        positive(gross, "the credit note")
    on = settling_date(context, [item] if item else [])
    if lines and command.gross_minor not in {None, gross}:
        raise refuse(
            Code.TOTAL_DIFFERS_FROM_LINES,
            f"total {format_minor(command.gross_minor or 0)} is not the sum of the lines,"
            f" {format_minor(gross)}",
        )
    if item is None or not lines:
        raise refuse(Code.INVOICE_NOT_OPEN, f"invoice {command.invoice} is not open")
    _creditable(account, command, item, gross)
    proposal = _proposal(account, command, lines, gross, context.actor.id)
    # From here it must succeed.
    if context.may(command.action, gross):
        return (Dated(_credited(proposal, item), on),)
    return (Dated(proposal, on),)


def _creditable(
    account: AccountState, command: c.CreditInvoice, item: OpenItem, gross: int
) -> None:
    if command.whole and gross != item.open_minor:
        raise refuse(
            Code.INVOICE_PARTLY_SETTLED,
            f"{format_minor(gross - item.open_minor)} of {command.invoice} is settled:"
            " take that back first, or credit what is open",
        )
    if not command.source_document.strip():
        raise refuse(
            Code.SOURCE_DOCUMENT_MISSING, "a credit note needs the document that directed it"
        )
    if gross > item.open_minor:
        raise refuse(
            Code.CREDIT_EXCEEDS_OPEN,
            f"{format_minor(gross)} is more than the {format_minor(item.open_minor)} open on"
            f" {item.item}",
        )
    if command.credit_note in account.credit_notes:
        raise refuse(Code.PROPOSAL_EXISTS, f"credit note {command.credit_note} is already proposed")


def approve_credit_note(
    state: AccountState | None, command: c.ApproveCreditNote, context: Context
) -> Decision:
    """Post a proposed credit note; what is open is looked at again."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    proposal = account.credit_notes.get(command.credit_note)
    if proposal is not None:
        context.authorise(command.action, proposal.gross_minor, proposal.proposed_by)
    item = account.items.get(proposal.invoice) if proposal else None
    on = settling_date(context, [item] if item else [])
    if proposal is None:
        raise _not_waiting(command.credit_note)
    if item is None or item.open_minor < proposal.gross_minor:
        raise refuse(
            Code.PROPOSAL_OUT_OF_DATE,
            f"less than {format_minor(proposal.gross_minor)} is open on {proposal.invoice} by now",
        )
    # From here it must succeed.
    return (Dated(_credited(proposal, item), on),)


def _not_waiting(credit_note: str) -> Exception:
    return refuse(Code.PROPOSAL_NOT_FOUND, f"no credit note {credit_note} waits for approval")


def reject_credit_note(
    state: AccountState | None, command: c.RejectCreditNote, context: Context
) -> Decision:
    """Turn down a proposed credit note."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.reason, "the reason")
    if command.credit_note not in account.credit_notes:
        raise _not_waiting(command.credit_note)
    fact = e.CreditNoteRejected(
        unit=command.unit,
        account=command.account,
        credit_note=command.credit_note,
        reason=command.reason,
    )
    return (Dated(fact, context.today),)


def _billed_lines(command: c.CreditInvoice, context: Context) -> tuple[CreditLine, ...]:
    bills = (
        dated.fact.lines
        for dated in context.history
        if isinstance(dated.fact, e.InvoiceIssued) and dated.fact.invoice == command.invoice
    )
    return tuple(
        CreditLine(
            service=line.service,
            cost_code=line.cost_code,
            vat_code=line.vat_code,
            net_minor=line.net_minor,
            vat_minor=line.vat_minor,
        )
        for line in next(bills, ())
    )


def _proposal(
    account: AccountState,
    command: c.CreditInvoice,
    lines: tuple[CreditLine, ...],
    gross: int,
    proposed_by: str,
) -> e.CreditNoteProposed:
    return e.CreditNoteProposed(
        unit=command.unit,
        account=command.account,
        debt_type=account.debt_type,
        currency=account.currency,
        proposed_by=proposed_by,
        credit_note=command.credit_note,
        invoice=command.invoice,
        reason=command.reason,
        source_document=command.source_document,
        description=command.description,
        lines=lines,
        gross_minor=gross,
    )


def _credited(proposal: e.CreditNoteProposed, item: OpenItem) -> e.InvoiceCredited:
    # A reduction shortens a plan from its end: the instalments that are due next stay as billed.
    latest_first = list(reversed(open_lines([item])))
    return e.InvoiceCredited(
        **proposal.model_dump(exclude={"proposed_by", "lines"}),
        lines=proposal.lines,
        settles=take(latest_first, proposal.gross_minor),
    )
