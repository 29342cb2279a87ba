"""One entry of an ISO 20022 account report (`Ntry`) with its payments, as bank lines.

    Amt@Ccy, CdtDbtInd            never negative; the indicator is the true direction, and RvslInd
                                  (information only) never turns it round
    Sts (to v07), Sts/Cd (v08+)   BOOK is posted; PDNG, INFO, FUTR are shown; none means BOOK
    BookgDt, ValDt                /Dt or /DtTm
    AcctSvcrRef, NtryRef          the bank's own ids
    NtryDtls/Btch/NbOfTxs         how many payments a batch entry has
    NtryDtls/TxDtls               those of them that the bank lists, see `camt_payment`

Source: ISO 20022 camt.053.001.02 to .14, camt.054 alike. Payments become lines of their own when
they add up to their entry; otherwise the entry is the line, and what its payments say are hints.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from consumers.formats.amounts import iso_date
from consumers.formats.camt_payment import Payment, method_of, real_reference, signed_minor
from consumers.formats.errors import RowError
from consumers.formats.methods import Method, returned
from consumers.formats.statement import BadRow, BankLine, SkippedEntry
from consumers.formats.xml_records import Record
from ledger.limits import TEXT_LENGTH_MAX

HINTS_MAX = 50  # references kept of a batch whose payments do not add up; a warning counts the rest
NOT_BOOKED = frozenset(("PDNG", "INFO", "FUTR"))
_COUNT_DIGITS_MAX = 15  # NbOfTxs is Max15NumericText


class _Booking(NamedTuple):
    """What every line of one entry shares."""

    ordinal: int
    amount_minor: int
    currency: str
    booked_on: date
    value_on: date
    bank_reference: str | None
    method: Method
    reversal: bool
    narrative: str
    batch: int | None
    warnings: tuple[str, ...]
    entry: Record


def entry_reference(entry: Record) -> str | None:
    """The bank's own reference of an entry: the one of its ledger, or else of its statement."""
    get = entry.fields.get
    return real_reference(get("AcctSvcrRef")) or real_reference(get("NtryRef"))


def entry_items(
    entry: Record, payments: Sequence[Payment], ordinal: int, closing_on: date | None
) -> Iterable[BankLine | BadRow | SkippedEntry]:
    """The lines of one entry, or the one row that says why there are none."""
    get = entry.fields.get
    status = get("Sts/Cd") or get("Sts") or get("Sts/Prtry") or "BOOK"
    amount = None
    try:
        amount = signed_minor(entry)
        if status == "BOOK":
            return _lines(_booking(entry, ordinal, amount, closing_on), payments)
        if status not in NOT_BOOKED:
            raise RowError("Sts", status, "not a status of ISO 20022")  # noqa: TRY301 - one exit
    except RowError as error:
        if status not in NOT_BOOKED:
            return (BadRow(entry.span, error.field, error.value, error.reason, amount),)
    return (SkippedEntry(entry.span, status, amount),)


def _booking(entry: Record, ordinal: int, amount: int, closing_on: date | None) -> _Booking:
    get = entry.fields.get
    warnings = [] if amount else ["the amount is zero"]
    booked_on, value_on = _days(entry, closing_on, warnings)
    return _Booking(
        ordinal,
        amount,
        get("Amt@Ccy") or "",
        booked_on,
        value_on,
        entry_reference(entry),
        method_of(entry),
        get("RvslInd") in ("true", "1"),
        " ".join((get("AddtlNtryInf") or "").split()),
        _batch(entry, warnings),
        tuple(warnings),
        entry,
    )


def _days(entry: Record, closing_on: date | None, warnings: list[str]) -> tuple[date, date]:
    """Booking date and value date; the one stands in for the other, with a warning."""
    get = entry.fields.get
    booked = get("BookgDt/Dt") or get("BookgDt/DtTm")
    value = get("ValDt/Dt") or get("ValDt/DtTm")
    value_on = iso_date(value, "ValDt") if value else None
    booked_on = iso_date(booked, "BookgDt") if booked else None
    if booked_on is None:
        booked_on = value_on or closing_on
        source = "the value date" if value_on else "the date of the closing balance"
        warnings.append(f"no booking date: {source} is taken")
    if booked_on is None:
        raise RowError("BookgDt", "", "no date in the entry, nor a closing balance to take it from")
    if value_on is None:
        warnings.append("no value date: the booking date is taken")
    return booked_on, value_on or booked_on


def _batch(entry: Record, warnings: list[str]) -> int | None:
    """How many payments the bank says that the entry has, when it is more than one."""
    stated = entry.all("NtryDtls/Btch/NbOfTxs")
    if not stated:
        return None
    counts = [text.strip() for text in stated]
    if not all(text.isdecimal() and text.isascii() for text in counts):
        warnings.append("the bank's number of its payments cannot be read")
        return None
    count = sum(int(text[:_COUNT_DIGITS_MAX]) for text in counts)
    return count if count > 1 else None


def _lines(booking: _Booking, payments: Sequence[Payment]) -> Iterable[BankLine]:
    count = len(payments)
    if count == 0:
        return (_line(booking, None, (), batch=booking.batch),)
    adds_up = _add_up(booking, payments)
    if count == 1:
        whole = adds_up and booking.batch is None
        return (_line(booking, payments[0], ()) if whole else _of_entry(booking, payments[0]),)
    if not adds_up:
        return (_hinted(booking, payments),)
    return (_line(booking, one, (), part, count) for part, one in enumerate(payments, 1))


def _add_up(booking: _Booking, payments: Sequence[Payment]) -> bool:
    currency, total = booking.currency, 0
    for one in payments:
        if one.amount_minor is None or one.currency != currency:
            return False
        total += one.amount_minor
    return total == booking.amount_minor


def _line(
    booking: _Booking,
    one: Payment | None,
    warnings: tuple[str, ...],
    part: int = 1,
    parts: int = 1,
    *,
    of_entry: bool = False,
    batch: int | None = None,
) -> BankLine:
    """A line of one payment; `of_entry` when the figure, and so the span, is the entry's."""
    amount = booking.amount_minor
    if one is not None and not of_entry and one.amount_minor is not None:
        amount = one.amount_minor
    narrative = (one.narrative if one else "") or booking.narrative
    if len(narrative) > TEXT_LENGTH_MAX:
        warnings += ("the narrative was cut",)
        narrative = narrative[:TEXT_LENGTH_MAX]
    if amount == 0 and booking.amount_minor:
        warnings += ("the amount is zero",)
    return BankLine(
        booking.ordinal,
        part,
        parts,
        amount,
        booking.currency,
        booking.booked_on,
        booking.value_on,
        (one.bank_reference if one and batch is None else None) or booking.bank_reference,
        one.references if one else (),
        narrative,
        one.party_name if one else None,
        one.party_account if one else None,
        _method(booking, one),
        booking.reversal,
        booking.warnings + warnings,
        one.span if one and not of_entry else booking.entry.span,
        one.credited_account if one else None,
        batch,
    )


def _method(booking: _Booking, one: Payment | None) -> Method:
    if one is None:
        return booking.method
    method = one.method or booking.method
    return returned(method) if one.is_return else method


def _of_entry(booking: _Booking, one: Payment) -> BankLine:
    """The line of an entry that lists one payment, which is not the whole of it or not alone."""
    if booking.batch is not None:
        warning = f"it lists one of its {booking.batch} payments: booked as one"
        return _line(booking, one, (warning,), of_entry=True, batch=booking.batch)
    warning = "its payment states another amount: the amount of the entry is taken"
    stated = one.amount_minor is not None
    return _line(booking, one, (warning,) if stated else (), of_entry=True)


def _hinted(booking: _Booking, payments: Sequence[Payment]) -> BankLine:
    """One line for an entry whose payments do not add up to it, with their references as hints."""
    references = tuple(dict.fromkeys(r for one in payments for r in one.references))
    warnings = [f"its {len(payments)} payments do not add up to it: booked as one"]
    if len(references) > HINTS_MAX:
        warnings.append(f"{len(references) - HINTS_MAX} references of its payments are left out")
    hints = Payment(
        amount_minor=None,
        currency=None,
        bank_reference=None,
        references=references[:HINTS_MAX],
        narrative="",
        party_name=None,
        party_account=None,
        credited_account=None,
        method=None,
        is_return=False,
        span=booking.entry.span,
    )
    count = max(booking.batch or 0, len(payments))
    return _line(booking, hints, tuple(warnings), of_entry=True, batch=count)
