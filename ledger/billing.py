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
    opened,
    positive,
    same_currency,
    settling_date,
    text,
)
from ledger.invoice_checks import check
from ledger.money import format_minor
from ledger.rejections import Code, RefusedError, refuse
from ledger.values import CreditLine, Instalment, ItemAmount

SOURCE_DOCUMENT_LENGTH_MAX = 200


def issue_invoice(
    state: AccountState | None, command: c.IssueInvoice, context: Context
) -> Decision:
    """Post a bill whose every pre-issue check passes; unapplied credit may settle it at once."""
    context.authorise(command.action, command.gross_minor)
    account = opened(state, command.unit, command.account)
    same_currency(account, command.currency)
    positive(command.gross_minor, "the bill")
    in_range(command.invoiced_on, context.today, "invoice date")
    failed = check(command)
    if failed:
        raise RefusedError(*failed)
    # From here it must succeed.
    bill = Dated(_issued(account, command), command.invoiced_on)
    return (bill, *_apply_credit(account, command))


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


def _apply_credit(account: AccountState, command: c.IssueInvoice) -> Decision:
    if not account.apply_credit or not account.credits:
        return ()
    instalments = command.instalments or (
        Instalment(number=1, due_on=command.due_on, amount_minor=command.gross_minor),
    )
    left = [
        ItemAmount(
            item=command.invoice,
            instalment=instalment.number,
            service=command.service,
            invoiced_on=command.invoiced_on,
            due_on=instalment.due_on,
            amount_minor=instalment.amount_minor,
        )
        for instalment in instalments
    ]
    raised = dict.fromkeys((command.invoice,), command.invoiced_on)
    return allocations(account, account.credits.values(), left, raised, CREDIT_ON_ACCOUNT)


def credit_invoice(
    state: AccountState | None, command: c.CreditInvoice, context: Context
) -> Decision:
    """Credit an invoice, or propose it when the amount is above the maker's authority."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    text(command.source_document, "the source document of a credit note")
    item = account.items.get(command.invoice)
    if item is None:
        raise refuse(Code.INVOICE_NOT_OPEN, f"invoice {command.invoice} is not open")
    lines = _whole(command, item, context) if command.whole else command.lines
    gross = sum(line.net_minor + line.vat_minor for line in lines)
    if command.gross_minor is not None and command.gross_minor != gross:
        raise refuse(
            Code.TOTAL_DIFFERS_FROM_LINES,
            f"total {format_minor(command.gross_minor)} is not the sum of the lines,"
            f" {format_minor(gross)}",
        )
    positive(gross, "the credit note")
    _not_above_open(item, gross)
    on = settling_date(context, [item])
    if not context.may(command.action, gross):
        proposal = _proposal(account, command, lines, gross, context.actor.id)
        if command.credit_note in account.credit_notes:
            raise refuse(
                Code.PROPOSAL_EXISTS, f"credit note {command.credit_note} is already proposed"
            )
        return (Dated(proposal, on),)
    # From here it must succeed.
    proposal = _proposal(account, command, lines, gross, context.actor.id)
    return (Dated(_credited(proposal, item), on),)


def approve_credit_note(
    state: AccountState | None, command: c.ApproveCreditNote, context: Context
) -> Decision:
    """Post a proposed credit note; what is open is looked at again."""
    account = opened(state, command.unit, command.account)
    proposal = account.credit_notes.get(command.credit_note)
    context.authorise(
        command.action,
        proposal.gross_minor if proposal else 0,
        proposal.proposed_by if proposal else None,
    )
    if proposal is None:
        raise refuse(
            Code.PROPOSAL_NOT_FOUND, f"no credit note {command.credit_note} waits for approval"
        )
    item = account.items.get(proposal.invoice)
    if item is None or item.open_minor < proposal.gross_minor:
        raise refuse(
            Code.PROPOSAL_OUT_OF_DATE,
            f"less than {format_minor(proposal.gross_minor)} is open on {proposal.invoice} by now",
        )
    on = settling_date(context, [item])
    # From here it must succeed.
    return (Dated(_credited(proposal, item), on),)


def reject_credit_note(
    state: AccountState | None, command: c.RejectCreditNote, context: Context
) -> Decision:
    """Turn down a proposed credit note."""
    context.authorise(command.action)
    account = opened(state, command.unit, command.account)
    if command.credit_note not in account.credit_notes:
        raise refuse(
            Code.PROPOSAL_NOT_FOUND, f"no credit note {command.credit_note} waits for approval"
        )
    fact = e.CreditNoteRejected(
        unit=command.unit,
        account=command.account,
        credit_note=command.credit_note,
        reason=command.reason,
    )
    return (Dated(fact, context.today),)


def _whole(command: c.CreditInvoice, item: OpenItem, context: Context) -> tuple[CreditLine, ...]:
    bill = next(
        (
            dated.fact
            for dated in context.history
            if isinstance(dated.fact, e.InvoiceIssued) and dated.fact.invoice == command.invoice
        ),
        None,
    )
    if bill is None:
        raise refuse(Code.INVOICE_NOT_OPEN, f"invoice {command.invoice} was not issued here")
    if item.open_minor != bill.gross_minor:
        raise refuse(
            Code.INVOICE_PARTLY_SETTLED,
            f"{format_minor(bill.gross_minor - item.open_minor)} of {command.invoice} is settled:"
            " take that back first, or credit what is open",
        )
    return tuple(
        CreditLine(
            service=line.service,
            cost_code=line.cost_code,
            vat_code=line.vat_code,
            net_minor=line.net_minor,
            vat_minor=line.vat_minor,
        )
        for line in bill.lines
    )


def _not_above_open(item: OpenItem, gross: int) -> None:
    if gross > item.open_minor:
        raise refuse(
            Code.CREDIT_EXCEEDS_OPEN,
            f"{format_minor(gross)} is more than the {format_minor(item.open_minor)} open on"
            f" {item.item}",
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
