"""One transaction of an OFX statement (`STMTTRN`) as a bank line. The layout is in `ofx`.

Amounts are signed; the sign is taken over the word of TRNTYPE, except where a debit would become
money in: then the row is quarantined, as nobody may be credited with it by mistake.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from consumers.formats.accounts import account_key
from consumers.formats.amounts import decimal_minor
from consumers.formats.errors import RowError
from consumers.formats.methods import ofx_method
from consumers.formats.ofx_tags import Tag, fields
from consumers.formats.statement import BadRow, BankLine, SkippedEntry
from ledger.limits import TEXT_LENGTH_MAX

# Twice in one transaction, these make it two: a payer's text may have been taken for tags.
_ONCE: Final = frozenset(("TRNTYPE", "DTPOSTED", "TRNAMT", "FITID"))
_DAY = re.compile(r"([0-9]{8})(?:[0-9]{2,6}(?:[.,][0-9]{1,6})?)? ?(?:\[[^\]]{0,40}\]?)?", re.ASCII)
_AMOUNT = re.compile(r"([+-]?) ?([0-9]{1,18}|[0-9]{1,3}(?:([.,])[0-9]{3})+)?(?:([.,])([0-9]*))?")
_UK_SORT_CODE = re.compile(r"([0-9]{2})[- ]?([0-9]{2})[- ]?([0-9]{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class EntryContext:
    """What the transactions of one statement share."""

    currency: str
    charset: str


def entry_item(tag: Tag, ordinal: int, context: EntryContext) -> BankLine | BadRow | SkippedEntry:
    """The line of a transaction; HOLD and STMTTRNP are not booked, and shown only."""
    amount = None
    try:
        named = _named(tag.value, context.charset)
        amount = _amount(named, context.currency)
        if tag.name == "STMTTRNP" or named.get("TRNTYPE") == "HOLD":
            return SkippedEntry(tag.span, "HOLD" if tag.name == "STMTTRN" else "PENDING", amount)
        return _line(tag, named, amount, ordinal, context)
    except RowError as error:
        return BadRow(tag.span, error.field, error.value, error.reason, amount)


def signed_minor(written: str, currency: str, field: str) -> int:
    """Minor units of `-1234.5`, `+12,34` or `1.234,56`; RowError for anything less certain.

    One separator is the decimal one, as the specification has it: `1,234` is no pounds and pence.
    """
    found = _AMOUNT.fullmatch(written)
    if found is None or not (found[2] or found[5]) or (found[3] and found[3] == found[4]):
        raise RowError(field, written, "not an amount")
    whole = found[2] or "0"
    if found[3]:
        whole = whole.replace(found[3], "")
    try:
        minor = decimal_minor(f"{whole}.{found[5]}" if found[5] else whole, currency, field)
    except RowError as error:
        raise RowError(field, written, error.reason) from None
    return -minor if found[1] == "-" else minor


@lru_cache(maxsize=4096)
def local_day(written: str, field: str) -> date:
    """The day of `YYYYMMDD[hhmmss[.xxx]][[offset:zone]]`, as written where it was booked."""
    found = _DAY.fullmatch(written)
    if found is None:
        raise RowError(field, written, "not a date like 20260430 or 20260430120000[0:GMT]")
    digits = found[1]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise RowError(field, written, "no such day in the calendar") from None


@lru_cache(maxsize=4096)
def account_of(bank_id: str, account_id: str, currency: str) -> str:
    """The account's one spelling: `SSSSSS-NNNNNNNN` for a British one, else `bank/account`.

    Some banks repeat the sort code in front of the account number, or leave out its zeros.
    """
    sort_code, number = _UK_SORT_CODE.fullmatch(bank_id), account_id.replace(" ", "")
    if sort_code is not None:
        digits = "".join(sort_code.groups())
        number = number.replace("-", "")
        if len(number) == 14 and number.startswith(digits):
            number = number[6:]
        if number.isascii() and number.isdigit():
            short = 6 <= len(number) < 8 and currency == "GBP"
            number = number.zfill(8) if short else number
            if len(number) == 8:
                return f"{digits}-{number}"
    known = account_key(account_id)
    return known if known != account_id or not bank_id else f"{bank_id}/{account_id}"


def _named(block: bytes, charset: str) -> dict[str, str]:
    """The values of a transaction by tag; the first of each that is not blank."""
    found = fields(block, charset)
    named = dict(found)
    if len(named) == len(found) and "" not in named.values():
        return named
    named.clear()
    for tag, told in found:
        if tag in named:
            if tag in _ONCE and told:
                raise RowError(tag, told, f"stated twice; the first is {named[tag]}")
        elif told or tag == "CURRENCY":
            named[tag] = told
    return named


def _amount(named: dict[str, str], currency: str) -> int:
    # In CURRENCY the amount is in another currency; ORIGCURRENCY tells what it was changed from.
    if "CURRENCY" in named and named.get("CURSYM", currency) != currency:
        raise RowError("CURSYM", named["CURSYM"], f"the statement is in {currency}")
    amount = signed_minor(named.get("TRNAMT", ""), currency, "TRNAMT")
    if amount > 0 and named.get("TRNTYPE") == "DEBIT":
        reason = "a DEBIT without a minus sign: whether money came in or went out is not certain"
        raise RowError("TRNAMT", named["TRNAMT"], reason)
    return amount


def _line(
    tag: Tag, named: dict[str, str], amount: int, ordinal: int, context: EntryContext
) -> BankLine:
    if "CORRECTFITID" in named:
        action = named.get("CORRECTACTION", "REPLACE")
        reason = f"it is to {action} a transaction sent earlier, which may be in the ledger"
        raise RowError("CORRECTFITID", named["CORRECTFITID"], reason)
    booked_on = local_day(named.get("DTPOSTED", ""), "DTPOSTED")
    name = named.get("EXTDNAME") or named.get("NAME") or named.get("PAYEE")
    name = " ".join(name.split()) if name else None
    narrative, cut = _narrative(named, name)
    zero = () if amount else ("the amount is zero",)
    return BankLine(
        ordinal=ordinal,
        part=1,
        parts=1,
        amount_minor=amount,
        currency=context.currency,
        booked_on=booked_on,
        value_on=_value_on(named, booked_on),
        bank_reference=named.get("FITID"),
        references=_references(named),
        narrative=narrative,
        payer_name=name,
        payer_account=_payer_account(named, context.currency),
        method=ofx_method(named.get("TRNTYPE", "")),
        reversal=False,
        warnings=zero + cut,
        span=tag.span,
    )


def _value_on(named: dict[str, str], booked_on: date) -> date:
    """The day the money can be used (DTAVAIL), where it is stated and a day."""
    try:
        return local_day(named["DTAVAIL"], "DTAVAIL") if "DTAVAIL" in named else booked_on
    except RowError:
        return booked_on


def _references(named: dict[str, str]) -> tuple[str, ...]:
    found = [named[name] for name in ("REFNUM", "CHECKNUM") if name in named]
    return tuple(dict.fromkeys(one for one in found if one.strip("0")))


def _narrative(named: dict[str, str], name: str | None) -> tuple[str, tuple[str, ...]]:
    """Name and memo; banks cut the name at 32 characters and repeat it whole in the memo."""
    memo = " ".join(named.get("MEMO", "").split())
    told = memo if name is None or name in memo else f"{name} {memo}".strip()
    if len(told) <= TEXT_LENGTH_MAX:
        return told, ()
    return told[:TEXT_LENGTH_MAX], ("the narrative was cut",)


def _payer_account(named: dict[str, str], currency: str) -> str | None:
    """The account of BANKACCTTO: the only account that a transaction holds."""
    number = named.get("ACCTID")
    return account_of(named.get("BANKID", ""), number, currency) if number else None
