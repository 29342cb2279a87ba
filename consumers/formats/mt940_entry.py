"""One entry of an MT940 statement: field 61 with the fields 86 that follow it.

    YYMMDD [MMDD] mark [funds code] amount type-id customer-reference [//bank-reference]
    supplementary details on the next line

Marks: C and D; RC undoes a credit, so it is money OUT; RD undoes a debit, so it is money IN; EC and
ED are expected only, and shown without being booked. The entry date has no year: the one nearest
the value date is meant. The funds code is the third letter of the currency, so `CP12,00` and
`CR300,` are credits.

Read with a warning, because banks write it though SWIFT does not have it: an amount without comma
or with a point, blanks for the entry date, a blank before the type id, no type id, 30 February.

Source: SWIFT user handbook, MT940, fields 61 and 86.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from consumers.formats.accounts import account_key
from consumers.formats.errors import RowError
from consumers.formats.mt940_codes import swift_method
from consumers.formats.mt940_fields import Field
from consumers.formats.mt940_head import amount_minor, value_date
from consumers.formats.mt940_narrative import Narrative, narrative, reference
from consumers.formats.statement import BadRow, BankLine, SkippedEntry, SourceSpan
from ledger.limits import TEXT_LENGTH_MAX

_ENTRY = re.compile(
    r"([0-9]{6})([0-9]{4}| {4})?(R[CD]|E[CD]|[CD])([A-Z])?([0-9]{1,17}(?:[,.][0-9]{0,17})?)"
    r"( *)([A-Z][A-Z0-9 ]{3})?(.*)",
    re.ASCII | re.DOTALL,
)
_INTO = frozenset(("C", "RD", "EC"))
_COLUMNS = re.compile(r" {2,}")
_CHARGES = re.compile(r"(?:/(?:TRCD|OCMT|CHGS|EXCH)/[^/]*/*)+", re.ASCII)
_ACCOUNT = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}", re.ASCII)


@dataclass(slots=True)
class Entry:
    """A field 61, and what came after it up to the next entry."""

    head: Field
    texts: list[list[str]] = field(default_factory=list)
    byte_end: int = 0

    def add(self, more: Field) -> None:
        """A field 86 (or the bank's own NS) of this entry."""
        self.texts.append(more.lines)
        self.byte_end = more.byte_end

    def span(self) -> SourceSpan:
        """From the field 61 to the last field that goes with it."""
        return self.head.span(self.byte_end)


def entry_item(entry: Entry, ordinal: int, currency: str) -> BankLine | BadRow | SkippedEntry:
    """The line of an entry; a `BadRow` when it cannot be read."""
    text = entry.head.lines[0]
    match = _ENTRY.match(text)
    if match is None:
        reason = "not an entry like 2604010401C1234,56NTRFREFERENCE"
        return BadRow(entry.span(), "entry (field 61)", text, reason, None)
    minor = None
    try:
        minor = amount_minor(match[5], currency, "amount (field 61)")
        if match[3] not in _INTO:
            minor = -minor
        if match[3][0] == "E":
            return SkippedEntry(entry.span(), match[3], minor)
        return _line(entry, match, ordinal, minor, currency)
    except RowError as error:
        return BadRow(entry.span(), error.field, error.value, error.reason, minor)


def _line(entry: Entry, match: re.Match[str], ordinal: int, minor: int, currency: str) -> BankLine:
    value_on, mended = value_date(match[1], "value date (field 61)")
    booked_on = _entry_date(match[2], value_on) if match[2] and match[2] != "    " else value_on
    into = match[3] in _INTO
    told = narrative(entry.texts, into=into)
    customer, bank, rest = _references(match[8])
    more = entry.head.lines[1:]
    account, text = _with_supplement(more, rest, told) if more or rest else (None, told.text)
    return BankLine(
        ordinal=ordinal,
        part=1,
        parts=1,
        amount_minor=minor,
        currency=currency,
        booked_on=booked_on,
        value_on=value_on,
        bank_reference=bank,
        references=_once(customer, told.references),
        narrative=text[:TEXT_LENGTH_MAX],
        payer_name=told.party_name,
        payer_account=told.party_account or account,
        method=swift_method(match[7] or "", told.german, into=into),
        reversal=match[3][0] == "R",
        warnings=_warnings(match, currency, minor, text, mended=mended),
        span=entry.span(),
        credited_account=told.paid_to,
    )


@lru_cache(maxsize=1024)
def _entry_date(text: str, value_on: date) -> date:
    """The day of MMDD, in the year nearest the value date."""
    days = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        try:
            days.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    if not days:
        raise RowError("entry date (field 61)", text, "no such day in the calendar")
    return min(days, key=lambda day: abs(day - value_on))


def _references(text: str) -> tuple[str | None, str | None, str]:
    """16x[//16x], and what some banks put behind the reference, as a second column: the party."""
    customer, _, bank = text.partition("//")
    if "  " not in customer:
        return reference(customer), reference(bank), ""
    first, *columns = _COLUMNS.split(customer.strip())
    return reference(first), reference(bank), " ".join(columns)


def _once(customer: str | None, told: tuple[str, ...]) -> tuple[str, ...]:
    """The references of field 61 and of the narrative."""
    if customer is None:
        return told
    return (customer, *(one for one in told if one != customer)) if told else (customer,)


def _with_supplement(lines: Sequence[str], rest: str, told: Narrative) -> tuple[str | None, str]:
    """The other party's account, and the text with what the field 61 adds to it."""
    more = " ".join(f"{rest} {' '.join(lines)}".split())
    if _ACCOUNT.fullmatch(more):
        return account_key(more), told.text
    if more in told.text or _CHARGES.fullmatch(more):
        return None, told.text
    return None, f"{told.text} {more}".strip()


def _warnings(
    match: re.Match[str], currency: str, minor: int, text: str, *, mended: bool
) -> tuple[str, ...]:
    """What is unusual in an entry; nearly always nothing."""
    _, day, _, funds, amount, blank, type_id, _ = match.groups()
    usual = type_id and not blank and "," in amount and day != "    " and not mended
    if usual and funds in (None, currency[2]) and minor and len(text) <= TEXT_LENGTH_MAX:
        return ()
    found = (
        (minor == 0, "the amount is zero"),
        ("," not in amount, "the amount is written without a comma"),
        (day == "    ", "blanks for the entry date: the value date is taken"),
        (mended, "the value date is not in the calendar: the last of February is taken"),
        (funds not in (None, currency[2]), f"the funds code {funds} is not of {currency}"),
        (bool(blank), "a blank before the type id"),
        (type_id is None, "no type id"),
        (len(text) > TEXT_LENGTH_MAX, "the narrative was cut"),
    )
    return tuple(warning for holds, warning in found if holds)
