"""What the ledger would say of a message by itself: the rules that need no account."""

from collections.abc import Callable, Iterator
from datetime import date

from ledger import commands as c
from ledger.decision import in_range, name, positive
from ledger.invoice_checks import check
from ledger.money import format_minor
from ledger.rejections import Code, RefusedError, refuse
from ledger.values import Refusal


def check_command(command: c.AccountCommand, today: date) -> tuple[Refusal, ...]:
    """Every rule that a message fails whatever its account; none when it could be posted."""
    match command:
        case c.IssueInvoice():
            rules = _of_invoice(command, today)
        case c.CreditInvoice():
            rules = _of_credit_note(command)
        case _:
            return ()
    found: list[Refusal] = []
    for rule in rules:
        try:
            rule()
        except RefusedError as error:
            found += error.refusals
    return tuple(found)


def _of_invoice(bill: c.IssueInvoice, today: date) -> Iterator[Callable[[], object]]:
    yield lambda: name(bill.invoice, "the invoice number")
    yield lambda: positive(bill.gross_minor, "the bill")
    yield lambda: in_range(bill.invoiced_on, today, "invoice date")
    yield lambda: _raise(check(bill))


def _of_credit_note(note: c.CreditInvoice) -> Iterator[Callable[[], object]]:
    yield lambda: name(note.credit_note, "the credit note")
    yield lambda: _source_document(note)
    if not note.whole:
        yield lambda: positive(_gross(note), "the credit note")
        yield lambda: _total(note)


def _source_document(note: c.CreditInvoice) -> None:
    if not note.source_document.strip():
        raise refuse(
            Code.SOURCE_DOCUMENT_MISSING, "a credit note needs the document that directed it"
        )


def _gross(note: c.CreditInvoice) -> int:
    return sum(line.net_minor + line.vat_minor for line in note.lines)


def _total(note: c.CreditInvoice) -> None:
    if note.gross_minor not in {None, _gross(note)}:
        raise refuse(
            Code.TOTAL_DIFFERS_FROM_LINES,
            f"total {format_minor(note.gross_minor or 0)} is not the sum of the lines,"
            f" {format_minor(_gross(note))}",
        )


def _raise(refusals: tuple[Refusal, ...]) -> None:
    if refusals:
        raise RefusedError(*refusals)
