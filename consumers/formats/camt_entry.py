"""One entry of an ISO 20022 account report (`Ntry`) and its payments (`TxDtls`), as bank lines.

    Amt@Ccy, CdtDbtInd            never negative; the indicator is the true direction, and RvslInd
                                  (information only) never turns it round
    Sts (to v07), Sts/Cd (v08+)   BOOK is posted; PDNG, INFO, FUTR are shown; none means BOOK
    BookgDt, ValDt                /Dt or /DtTm
    AcctSvcrRef, NtryRef          the bank's own ids
    NtryDtls/TxDtls               0..n payments of a batch entry:
      Amt@Ccy (v04+), AmtDtls/TxAmt/Amt (v02, v03), CdtDbtInd
      Refs/EndToEndId ...         NOTPROVIDED and NONREF stand for none
      RltdPties/Dbtr/Nm (to v07), /Dbtr/Pty/Nm (v08+), DbtrAcct/Id/IBAN or /Othr/Id
      RmtInf/Ustrd, RmtInf/Strd/CdtrRefInf/Ref, RtrInf, AddtlTxInf

Source: ISO 20022 camt.053.001.02 to .14. Payments become lines of their own when they add up to
their entry; otherwise the entry is the line, and what its payments say are hints.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from consumers.formats.accounts import account_key
from consumers.formats.amounts import currency_code, decimal_minor, iso_date
from consumers.formats.errors import RowError
from consumers.formats.methods import Method, iso_method, returned
from consumers.formats.statement import BadRow, BankLine, SkippedEntry, SourceSpan
from consumers.formats.xml_records import Record
from ledger.limits import TEXT_LENGTH_MAX

HINTS_MAX = 50  # references kept of a batch whose payments do not add up; a warning counts the rest
NOT_BOOKED = frozenset(("PDNG", "INFO", "FUTR"))
_NO_REFERENCE = frozenset(("NOTPROVIDED", "NOT PROVIDED", "NONREF"))
_REFERENCE_PATHS = (
    "Refs/EndToEndId",
    "RmtInf/Strd/CdtrRefInf/Ref",
    "Refs/MndtId",
    "Refs/InstrId",
    "Refs/TxId",
    "Refs/PmtInfId",
    "Refs/ChqNb",
    "Refs/UETR",
    "Refs/Prtry/Ref",
)
_RETURN_PATHS = ("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/AddtlInf")
_WRAPPED_AT = (35, 140)  # widths at which banks cut a remittance text into several Ustrd


@dataclass(frozen=True, slots=True)
class Payment:
    """What one `TxDtls` says; `amount_minor` is None when it gives no amount that can be read."""

    amount_minor: int | None
    currency: str | None
    bank_reference: str | None
    references: tuple[str, ...]
    narrative: str
    party_name: str | None
    party_account: str | None
    method: Method
    is_return: bool
    span: SourceSpan


@dataclass(frozen=True, slots=True)
class _Booking:
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
    warnings: tuple[str, ...]
    span: SourceSpan


def signed_minor(record: Record, path: str = "Amt", direction: str | None = None) -> int:
    """An amount with its sign: CRDT is money in. RowError when either cannot be read."""
    amounts = record.all(path)
    if len(amounts) != 1:
        raise RowError(path, ", ".join(amounts), "exactly one amount is expected")
    currency = currency_code(record.first(f"{path}@Ccy"), f"{path}@Ccy")
    minor = decimal_minor(amounts[0].strip(), currency, path)
    indicator = record.first("CdtDbtInd") or direction or ""
    if indicator not in ("CRDT", "DBIT"):
        raise RowError("CdtDbtInd", indicator, "neither CRDT nor DBIT")
    return minor if indicator == "CRDT" else -minor


def payment(record: Record) -> Payment:
    """Read one `TxDtls`; nothing in it can fail its entry, as the entry holds the amount."""
    entry = record.parent
    direction = record.first("CdtDbtInd") or (entry.first("CdtDbtInd") if entry else None)
    path = "Amt" if record.all("Amt") else "AmtDtls/TxAmt/Amt"
    try:
        amount = signed_minor(record, path, direction)
    except RowError:
        amount = None
    is_return = record.first(*_RETURN_PATHS) is not None
    method = _method(record, entry)
    name, account = _party(record, from_debtor=(direction == "CRDT") != is_return)
    return Payment(
        amount_minor=amount,
        currency=record.first(f"{path}@Ccy"),
        bank_reference=_reference(record.first("Refs/AcctSvcrRef")),
        references=_references(record),
        narrative=_narrative(record),
        party_name=name,
        party_account=account_key(account) if account else None,
        method=returned(method) if is_return else method,
        is_return=is_return,
        span=record.span,
    )


def entry_items(
    entry: Record, payments: Sequence[Payment], ordinal: int, closing_on: date | None
) -> Iterator[BankLine | BadRow | SkippedEntry]:
    """The lines of one entry, or the one row that says why there are none."""
    status = entry.first("Sts/Cd", "Sts/Prtry", "Sts") or "BOOK"
    amount = None
    try:
        amount = signed_minor(entry)
        if status == "BOOK":
            yield from _lines(_booking(entry, ordinal, amount, closing_on), payments)
            return
        if status not in NOT_BOOKED:
            raise RowError("Sts", status, "not a status of ISO 20022")  # noqa: TRY301 - one exit
    except RowError as error:
        if status not in NOT_BOOKED:
            yield BadRow(entry.span, error.field, error.value, error.reason, amount)
            return
    yield SkippedEntry(entry.span, status, amount)


def _booking(entry: Record, ordinal: int, amount: int, closing_on: date | None) -> _Booking:
    warnings = [] if amount else ["the amount is zero"]
    booked = entry.first("BookgDt/Dt", "BookgDt/DtTm")
    value = entry.first("ValDt/Dt", "ValDt/DtTm")
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
    return _Booking(
        ordinal=ordinal,
        amount_minor=amount,
        currency=entry.first("Amt@Ccy") or "",
        booked_on=booked_on,
        value_on=value_on or booked_on,
        bank_reference=_reference(entry.first("AcctSvcrRef")) or _reference(entry.first("NtryRef")),
        method=_method(entry, None),
        reversal=entry.first("RvslInd") in ("true", "1"),
        narrative=" ".join((entry.first("AddtlNtryInf") or "").split()),
        warnings=tuple(warnings),
        span=entry.span,
    )


def _lines(booking: _Booking, payments: Sequence[Payment]) -> Iterator[BankLine]:
    if not payments:
        yield _line(booking, None, ())
    elif _add_up(booking, payments):
        for part, one in enumerate(payments, 1):
            yield _line(booking, one, (), part, len(payments))
    elif len(payments) == 1:
        warning = "its payment states another amount: the amount of the entry is taken"
        stated = payments[0].amount_minor is not None
        yield _line(booking, payments[0], (warning,) if stated else (), of_entry=True)
    else:
        yield _hinted(booking, payments)


def _add_up(booking: _Booking, payments: Sequence[Payment]) -> bool:
    if any(p.amount_minor is None or p.currency != booking.currency for p in payments):
        return False
    return sum(p.amount_minor or 0 for p in payments) == booking.amount_minor


def _line(
    booking: _Booking,
    one: Payment | None,
    warnings: tuple[str, ...],
    part: int = 1,
    parts: int = 1,
    *,
    of_entry: bool = False,
) -> BankLine:
    """A line of one payment; `of_entry` when the figure, and so the span, is the entry's."""
    amount = one.amount_minor if one and not of_entry else None
    narrative = (one.narrative if one else "") or booking.narrative
    cut = () if len(narrative) <= TEXT_LENGTH_MAX else ("the narrative was cut",)
    zero = ("the amount is zero",) if amount == 0 and booking.amount_minor else ()
    return BankLine(
        ordinal=booking.ordinal,
        part=part,
        parts=parts,
        amount_minor=booking.amount_minor if amount is None else amount,
        currency=booking.currency,
        booked_on=booking.booked_on,
        value_on=booking.value_on,
        bank_reference=(one.bank_reference if one else None) or booking.bank_reference,
        references=one.references if one else (),
        narrative=narrative[:TEXT_LENGTH_MAX],
        payer_name=one.party_name if one else None,
        payer_account=one.party_account if one else None,
        method=one.method if one else booking.method,
        reversal=booking.reversal,
        warnings=(*booking.warnings, *warnings, *zero, *cut),
        span=one.span if one and not of_entry else booking.span,
    )


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
        method=booking.method,
        is_return=False,
        span=booking.span,
    )
    return _line(booking, hints, tuple(warnings), of_entry=True)


def _method(record: Record, entry: Record | None) -> Method:
    """By the record's own bank transaction code, or else its entry's."""
    family = record.first("BkTxCd/Domn/Fmly/Cd")
    proprietary = record.first("BkTxCd/Prtry/Cd")
    if entry is not None and family is None and proprietary is None:
        return _method(entry, None)
    return iso_method(family, record.first("BkTxCd/Domn/Fmly/SubFmlyCd"), proprietary)


def _party(record: Record, *, from_debtor: bool) -> tuple[str | None, str | None]:
    """Name and account of the other party; a return keeps the roles of what is returned."""
    role = "RltdPties/Dbtr" if from_debtor else "RltdPties/Cdtr"
    last = "RltdPties/UltmtDbtr" if from_debtor else "RltdPties/UltmtCdtr"
    name = record.first(f"{role}/Nm", f"{role}/Pty/Nm", f"{last}/Nm", f"{last}/Pty/Nm")
    return name, record.first(f"{role}Acct/Id/IBAN", f"{role}Acct/Id/Othr/Id")


def _reference(text: str | None) -> str | None:
    return None if text is None or text.upper() in _NO_REFERENCE else text


def _references(record: Record) -> tuple[str, ...]:
    stated = [path for path in _REFERENCE_PATHS if path in record.fields]
    found = [text.strip() for path in stated for text in record.all(path)]
    return tuple(dict.fromkeys(text for text in found if text and _reference(text)))


def _narrative(record: Record) -> str:
    """The remittance text; where the bank has none, what it adds in words of its own."""
    text = ""
    for part in record.all("RmtInf/Ustrd"):
        text += part if len(part) in _WRAPPED_AT else f"{part} "
    text = text or record.first("RmtInf/Strd/AddtlRmtInf", "AddtlTxInf") or ""
    return " ".join(text.split())
