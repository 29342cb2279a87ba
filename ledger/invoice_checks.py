"""Pre-issue checks of a bill: named rules, all of which are tried, so that a publisher sees all.

Total = sum of lines; VAT by code at the rate in force on the tax point, per line or per code and
rate, rounded half up to the penny (both roundings are lawful, so either is accepted); due date not
before the invoice date; coding and description present; instalments add up and are in order.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from ledger.commands import IssueInvoice
from ledger.limits import INSTALMENTS_MAX, INVOICE_LINES_MAX
from ledger.money import format_minor, percentage
from ledger.rejections import Code, refusal
from ledger.values import InvoiceLine, Refusal
from ledger.vat import rate_basis_points

INSTALMENTS_SHOWN_MAX = 12
_PRECEDENCE = {code.value: place for place, code in enumerate(Code)}


def check(bill: IssueInvoice) -> tuple[Refusal, ...]:
    """Every rule that the bill fails, in the precedence of the codes and the order of lines."""
    failed = (
        *_lines_present(bill),
        *_totals(bill),
        *_vat(bill),
        *_dates(bill),
        *_coding(bill),
        *_instalments(bill),
    )
    return tuple(sorted(failed, key=lambda one: _PRECEDENCE[one.code])) if failed else ()


def _lines_present(bill: IssueInvoice) -> Iterator[Refusal]:
    if not 1 <= len(bill.lines) <= INVOICE_LINES_MAX:
        yield refusal(
            Code.LINES_MISSING, f"{len(bill.lines)} lines: a bill has 1 to {INVOICE_LINES_MAX}"
        )


def _totals(bill: IssueInvoice) -> Iterator[Refusal]:
    net = sum([line.net_minor for line in bill.lines])
    vat = sum([line.vat_minor for line in bill.lines])
    if (bill.net_minor, bill.vat_minor, bill.gross_minor) == (net, vat, net + vat):
        return
    for name, stated, summed in (
        ("net", bill.net_minor, net),
        ("VAT", bill.vat_minor, vat),
        ("gross", bill.gross_minor, net + vat),
    ):
        if stated != summed:
            yield refusal(
                Code.TOTAL_DIFFERS_FROM_LINES,
                f"total {name} {format_minor(stated)} is not the sum of the lines,"
                f" {format_minor(summed)}",
            )


def _vat(bill: IssueInvoice) -> Iterator[Refusal]:
    by_code: dict[str, list[InvoiceLine]] = defaultdict(list)
    for line in bill.lines:
        by_code[line.vat_code].append(line)
    for code, lines in by_code.items():
        rate = rate_basis_points(code, bill.tax_point_on)
        if rate is None:
            yield refusal(
                Code.VAT_CODE_UNKNOWN,
                f"VAT code {code!r} has no rate on {bill.tax_point_on.isoformat()}",
            )
            continue
        if all(line.vat_minor == percentage(line.net_minor, rate) for line in lines):
            continue
        stated = sum(line.vat_minor for line in lines)
        per_code = percentage(sum(line.net_minor for line in lines), rate)
        if stated != per_code:
            yield refusal(
                Code.VAT_ARITHMETIC_WRONG,
                f"VAT code {code}: {format_minor(stated)} stated, {format_minor(per_code)} is"
                f" {format_minor(rate)} % of the net",
            )


def _dates(bill: IssueInvoice) -> Iterator[Refusal]:
    if bill.due_on < bill.invoiced_on:
        yield refusal(
            Code.DUE_BEFORE_ISSUED,
            f"due {bill.due_on.isoformat()} is before the invoice date"
            f" {bill.invoiced_on.isoformat()}",
        )
    for number, line in enumerate(bill.lines, 1):
        if line.period_from and line.period_to and line.period_to < line.period_from:
            yield refusal(
                Code.PERIOD_BACKWARDS,
                f"line {number}: its period ends {line.period_to.isoformat()}, before it begins"
                f" {line.period_from.isoformat()}",
            )


def _coding(bill: IssueInvoice) -> Iterator[Refusal]:
    if not bill.service.strip():
        yield refusal(Code.CODING_MISSING, "the issuing service is missing")
    for number, line in enumerate(bill.lines, 1):
        if not line.service.strip() or not line.cost_code.strip():
            yield refusal(Code.CODING_MISSING, f"line {number}: service or cost code is missing")
        if not line.description.strip():
            yield refusal(Code.DESCRIPTION_MISSING, f"line {number}: the description is missing")


def _instalments(bill: IssueInvoice) -> Iterator[Refusal]:
    if not bill.instalments:
        return
    total = sum(instalment.amount_minor for instalment in bill.instalments)
    whole = all(instalment.amount_minor > 0 for instalment in bill.instalments)
    if total != bill.gross_minor or not whole or len(bill.instalments) > INSTALMENTS_MAX:
        yield refusal(
            Code.INSTALMENTS_DIFFER_FROM_TOTAL,
            f"{len(bill.instalments)} instalments add up to {format_minor(total)}, the bill is"
            f" {format_minor(bill.gross_minor)}",
        )
    days = [bill.invoiced_on, *(instalment.due_on for instalment in bill.instalments)]
    numbers = [instalment.number for instalment in bill.instalments]
    in_order = all(first <= second for first, second in pairwise(days))
    if not in_order or numbers != list(range(1, len(numbers) + 1)):
        yield refusal(
            Code.INSTALMENT_DATES_OUT_OF_ORDER,
            "instalments must be numbered from 1 with due dates in order, none before the invoice:"
            f" {_dates_shown(bill)}",
        )


def _dates_shown(bill: IssueInvoice) -> str:
    shown = [f"{one.number} {one.due_on.isoformat()}" for one in bill.instalments]
    return ", ".join(shown[:INSTALMENTS_SHOWN_MAX]) + (
        ", ..." * (len(shown) > INSTALMENTS_SHOWN_MAX)
    )
