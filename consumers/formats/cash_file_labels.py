"""The labels of a cash file: which way it goes, who sent it, and when. See `cash_file`.

Collections that go to Bacs and cash files that come from a bank share one layout; they are told
apart by their labels. Labels are filled carelessly outside the banks, so what a label does not say
is left out and never guessed; the rows hold what must be right.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from consumers.formats.errors import RowError
from consumers.formats.statement import SourceSpan
from ledger.money import GBP

_LABEL = re.compile(rb"(?:VOL|HDR|UHL|EOF|EOV|UTL)[1-9]|CTL ")
_ROW = re.compile(rb"[0-9]{14}.[0-9A-Z]{2}[0-9 ]{6}.{8}.{4} *[0-9]+", re.DOTALL)
_FIGURE = re.compile(rb" *([0-9]{1,13}) *")
_OWNERS: Final[dict[str, str]] = {"****830000": "from NatWest or RBS"}
# Sterling as Bacs labels write it, and the numbers of ISO 4217.
_CURRENCIES: Final[dict[bytes, str]] = {
    **dict.fromkeys((b"", b"0", b"00", b"000", b"826", b"GBP"), GBP),
    **dict.fromkeys((b"978", b"EUR"), "EUR"),
    **dict.fromkeys((b"840", b"USD"), "USD"),
}
_HEADER_LINES_MAX = 4  # in front of the rows of a file without labels


@dataclass(frozen=True, slots=True)
class Header:
    """What HDR1 and UHL1 of a section say; None or empty where they say nothing."""

    span: SourceSpan
    file_id: str = ""
    created_on: date | None = None
    processed_on: date | None = None
    currency: str = GBP


@dataclass(frozen=True, slots=True)
class Trailer:
    """The totals of UTL1 in pence; `balance_rows` is None where it does not count them."""

    span: SourceSpan
    debits_minor: int
    credits_minor: int
    debit_rows: int
    credit_rows: int
    balance_rows: int | None


def is_label(raw: bytes) -> bool:
    """Whether a line is a label rather than a row."""
    return _LABEL.match(raw) is not None


def direction(head: bytes) -> str | None:
    """`in` for a cash file that came from a bank, `out` for a submission to Bacs, or None.

    By the level of VOL1 (3 in, 1 out), the owner (`****830000` in), then by which of the two
    accounts of a row is the same in all of them: the first is ours when the file came in.
    """
    lines = head.removeprefix(b"\xef\xbb\xbf").splitlines()
    if not lines or not lines[0].startswith(b"VOL1"):
        return "in" if _unlabelled(lines) else None
    level = lines[0][79:80]
    if level in (b"3", b"1"):
        return "in" if level == b"3" else "out"
    if lines[0][37:41] == b"****":
        return "in"
    rows = [line for line in lines[1:] if _ROW.match(line) and not is_label(line)]
    if not rows:
        return None
    own, other = {row[:14] for row in rows}, {row[17:31] for row in rows}
    return "in" if len(own) < len(other) else "out"


def sender(head: bytes) -> str:
    """Who sent a cash file, in words, as far as its labels say."""
    lines = head.removeprefix(b"\xef\xbb\xbf").splitlines()
    if lines[0].startswith(b"VOL1"):
        owner = lines[0][37:47].decode("ascii", "replace").strip()
        return _OWNERS.get(owner, f"owner {owner}" if owner else "with labels")
    return "without labels, dates YYMMDD" if _dated(_first_row(lines)) == 6 else "without labels"


def header(raw: bytes, span: SourceSpan, before: Header | None) -> Header:
    """One more label of a section's head: HDR1 begins it, UHL1 adds to it.

    Raises RowError for a currency that is not known.
    """
    if raw.startswith(b"HDR1"):
        named = raw[4:17].decode("ascii", "replace").split()
        identity = " ".join([named[0][:-4], named[0][-4:]]) if _has_number(named) else ""
        created = _label_date(raw[47:53])
        return Header(span, identity or " ".join(named), created)
    if not raw.startswith(b"UHL1"):
        return before or Header(span)
    currency = _CURRENCIES.get(raw[20:23].strip())
    if currency is None:
        raise RowError("UHL1 currency", raw[20:23].decode("ascii", "replace"), "not known")
    known = before or Header(span)
    processed = _label_date(raw[4:10])
    return Header(span, known.file_id, known.created_on, processed, currency)


def trailer(raw: bytes, span: SourceSpan) -> Trailer | None:
    """The totals of UTL1, or None when it has none. Raises RowError for one that is no number."""
    stated = raw[4:44].strip()
    if not stated[:1].isdigit():
        return None
    return Trailer(
        span,
        debits_minor=_figure(raw[4:17], "debit total"),
        credits_minor=_figure(raw[17:30], "credit total"),
        debit_rows=_figure(raw[30:37], "debit count"),
        credit_rows=_figure(raw[37:44], "credit count"),
        balance_rows=_figure(raw[44:51], "balance count") if raw[44:51].strip() else None,
    )


@lru_cache(maxsize=4096)
def day(text: str, field: str) -> date:
    """The day of `YYDDD` (year and day of it) or, six digits long, `YYMMDD`. Or RowError."""
    if not (text.isascii() and text.isdigit() and len(text) in (5, 6)):
        raise RowError(field, text, "neither a year and day like 26152 nor a date like 260601")
    year = 2000 + int(text[:2])
    try:
        if len(text) == 6:
            return date(year, int(text[2:4]), int(text[4:]))
        found = date(year, 1, 1) + timedelta(days=int(text[2:]) - 1)
    except ValueError:
        found = date.min
    if found.year != year:
        raise RowError(field, text, "no such day in the calendar")
    return found


def own_account(raw: bytes) -> bytes | None:
    """The 14 digits of the account that a row belongs to, or None when they are none."""
    own = raw[:14]
    return own if len(own) == 14 and own.isdigit() else None


def _figure(raw: bytes, name: str) -> int:
    found = _FIGURE.fullmatch(raw)
    if found is None:
        value = raw.decode("ascii", "replace")
        raise RowError(f"UTL1 {name}", value, "not a number: the file is cut or damaged")
    return int(found[1])


def _label_date(raw: bytes) -> date | None:
    try:
        return day(raw.decode("ascii", "replace").strip(), "label")
    except RowError:
        return None


def _has_number(named: list[str]) -> bool:
    return len(named) == 1 and len(named[0]) > 4 and named[0][-4:].isdigit()


def _first_row(lines: list[bytes]) -> bytes:
    candidates = lines[: _HEADER_LINES_MAX + 1]
    return next((line for line in candidates if _ROW.match(line)), b"")


def _dated(row: bytes) -> int:
    """How many digits the date of a row has; 0 when it has none that is a day."""
    text = row[100:106].decode("ascii", "replace").strip()
    try:
        day(text, "date")
    except RowError:
        return 0
    return len(text)


def _unlabelled(lines: list[bytes]) -> bool:
    return _dated(_first_row(lines)) > 0
