"""The head of one account in a BAI2 file: record 03.

    03,account,currency,{type,amount,count,funds}*

Types used: 010 opening and 015 closing ledger balance, 100 and 400 the totals of credits and debits
with their counts. Account forms: sort code and account number in any of the usual spellings, also
`NNNNNNNN SSSSSS` as NatWest has it. A count or funds type may be empty; amounts have implied
decimals. A currency that the account leaves out is its group's.

Source: BAI "Cash Management Balance Reporting Specifications, version 2".
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from consumers.formats.accounts import account_key
from consumers.formats.amounts import currency_code
from consumers.formats.bai2_entry import bai2_minor, funds_cells
from consumers.formats.bai2_records import Record
from consumers.formats.errors import RowError
from consumers.formats.statement import UNKNOWN_CURRENCY, DeclaredTotals

OPENING: Final = "010"
CLOSING: Final = "015"
CREDITS: Final = "100"
DEBITS: Final = "400"

_NUMBER_FIRST = re.compile(r"([0-9]{8})[ -]([0-9]{6})", re.ASCII)
_STROKE = re.compile(r"([0-9]{6})/([0-9]{8})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Summary:
    """One `type,amount,count`; None where it is empty."""

    type: str
    minor: int | None
    count: int | None


@dataclass(frozen=True, slots=True)
class AccountHead:
    """What a record 03 says; `sum_minor` is of all its amounts as written."""

    account: str
    currency: str
    opening_minor: int | None
    closing_minor: int | None
    declared: DeclaredTotals
    sum_minor: int


def account_head(record: Record, group_currency: str) -> AccountHead:
    """Read a record 03; RowError when it cannot be trusted."""
    fields = record.fields()
    account = _account(fields[0])
    if not account:
        raise RowError("account (record 03)", "", "the record names none")
    stated = fields[1].strip() if len(fields) > 1 else ""
    currency = stated or group_currency
    if currency != UNKNOWN_CURRENCY:
        currency_code(currency, "currency (record 03)")
    summaries = list(_summaries(fields[2:]))
    by_type = {one.type: one for one in reversed(summaries)}
    opening, closing = by_type.get(OPENING), by_type.get(CLOSING)
    credits_, debits = by_type.get(CREDITS), by_type.get(DEBITS)
    return AccountHead(
        account=account,
        currency=currency,
        opening_minor=opening.minor if opening else None,
        closing_minor=closing.minor if closing else None,
        declared=DeclaredTotals(
            credit_entries=credits_.count if credits_ else None,
            credits_minor=_positive(credits_),
            debit_entries=debits.count if debits else None,
            debits_minor=_positive(debits),
        ),
        sum_minor=sum(one.minor or 0 for one in summaries),
    )


def _positive(total: Summary | None) -> int | None:
    return abs(total.minor) if total and total.minor is not None else None


def _summaries(cells: Sequence[str]) -> Iterator[Summary]:
    """The summaries of an account; some banks leave out or add empty cells between them."""
    at = 0
    while at < len(cells):
        code = cells[at].strip()
        if not code:
            at += 1
            continue
        if len(code) != 3 or not (code.isascii() and code.isdigit()):
            raise RowError("type code (record 03)", code, "three digits are expected")
        amount, count, *_ = (*(cell.strip() for cell in cells[at + 1 : at + 3]), "", "")
        yield Summary(
            code,
            bai2_minor(amount, f"amount of type {code}") if amount else None,
            _count(count, code),
        )
        at += 4 + funds_cells(cells[at + 3 :])


def _count(text: str, code: str) -> int | None:
    if not text:
        return None
    if len(text) > 9 or not (text.isascii() and text.isdigit()):
        raise RowError(f"count of type {code}", text, "not a whole number")
    return int(text)


def _account(text: str) -> str:
    text = text.strip()
    if turned := _NUMBER_FIRST.fullmatch(text):
        return f"{turned[2]}-{turned[1]}"
    if stroke := _STROKE.fullmatch(text):
        return f"{stroke[1]}-{stroke[2]}"
    return account_key(text)
