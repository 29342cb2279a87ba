"""What the XML reports of Bacs have in common: how they leave out, count, date and name accounts.

A report is `BACSDocument/Data/<report>` (`VocaDocument` for indemnity claims) with a signature
beside `Data`. An attribute that is empty or `0` stands for none. An element that is not known where
it stands would be lost without a word, so it refuses the file.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

from consumers.formats.amounts import decimal_minor, iso_date
from consumers.formats.bacs_items import Tally
from consumers.formats.errors import RowError, UnreadableFileError
from consumers.formats.xml_records import Record, records
from ledger.limits import FILE_ROWS_MAX
from ledger.money import GBP

AROUND: Final = frozenset(("Signature", "SignatureMethod"))  # beside Data; not proved here
_SORT_CODE = re.compile(r"([0-9]{2})[- ]?([0-9]{2})[- ]?([0-9]{2})", re.ASCII)
_ACCOUNT_NUMBER = re.compile(r"[0-9]{6,8}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?", re.ASCII)
_NONE = re.compile(r"0*", re.ASCII)
Item = TypeVar("Item")


def proved(taken: Callable[[], Iterator[Item]]) -> Iterator[Item]:
    """What a reader takes of a file, once all of it could be taken.

    Nothing is yielded of a file that is refused at its end.
    """
    for _ in taken():
        pass
    yield from taken()


def report_records(
    path: Path, report: str, inside: Mapping[str, str | None], root: str = "BACSDocument"
) -> Iterator[Record]:
    """The records of a report: itself (`report`, which stands in `Data`) and what is named inside.

    Raises UnreadableFileError for what stands around the report and is not known, for no report
    at all, and what `xml_records` refuses.
    """
    reports = 0
    names = {root: None, "Data": root, report: "Data", **inside}
    for seen, record in enumerate(records(path, names), 1):
        reports += record.name == report
        if seen > FILE_ROWS_MAX:
            raise UnreadableFileError(path.name, record.line, "rows", str(seen), "too many")
        if record.name in ("Data", root):
            with_reason(path.name, record, _outermost)
        else:
            yield record
    if not reports:
        raise UnreadableFileError(path.name, 0, report, "", f"no {root} with this in its Data")


def _outermost(record: Record) -> None:
    only(record, () if record.name == "Data" else AROUND)


def with_reason(file: str, record: Record, taken: Callable[[Record], Item]) -> Item:
    """What is taken of one record; what cannot be read in it refuses the file."""
    try:
        return taken(record)
    except RowError as error:
        raise UnreadableFileError(
            file, record.line, error.field, error.value, error.reason
        ) from None


def only(record: Record, known: Collection[str], *, plain: bool = False) -> None:
    """Nothing but these elements may stand in a record, each with whatever is in it.

    With `plain`, unknown ones are passed over that are a text alone: no attributes, nothing inside.
    """
    for path in record.fields:
        element = path.partition("@")[0].partition("/")[0]
        if element and element not in known and not (plain and element == path):
            raise RowError(element, "", f"stands in {record.name}, where it is not understood")


def once(record: Record, element: str) -> None:
    """An element that says what holds for all of a record may not stand in it twice."""
    if len(record.all(element)) > 1:
        raise RowError(element, "", f"stands in {record.name} more than once")


def stated(record: Record, path: str) -> str | None:
    """A text without blanks around it; None when it is missing, empty or `0`."""
    text = record.first(path)
    return None if text is None or text == "0" else text


def needed(record: Record, path: str) -> str:
    """A text that a report cannot do without."""
    text = stated(record, path)
    if text is None:
        raise RowError(path, "", f"missing in {record.name}")
    return text


def day(record: Record, path: str) -> date | None:
    """A date; None when there is none."""
    text = stated(record, path)
    return None if text is None else iso_date(text, path)


def sort_code(text: str | None, path: str) -> str | None:
    """Six digits, printed with hyphens or without; None for noughts alone."""
    if text is None or _NONE.fullmatch(text) is not None:
        return None
    code = _SORT_CODE.fullmatch(text)
    if code is None:
        raise RowError(path, text, "not a sort code of six digits")
    return "".join(code.groups())


def account_number(text: str | None, path: str) -> str | None:
    """Eight digits, noughts filled in before; None for noughts alone."""
    if text is None or _NONE.fullmatch(text) is not None:
        return None
    if _ACCOUNT_NUMBER.fullmatch(text) is None:
        raise RowError(path, text, "not an account number of eight digits")
    return text.zfill(8)


def number(record: Record, path: str) -> int | None:
    """A whole number; None when it is missing or empty."""
    text = record.first(path)
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None:
        raise RowError(path, text, "not a whole number")
    return int(text)


def pounds(text: str | None, path: str, currency: str = GBP) -> int:
    """An amount in minor units; commas may stand before each three digits, and nowhere else."""
    text = text or ""
    if "," in text and _THOUSANDS.fullmatch(text) is None:
        raise RowError(path, text, "not an amount: a comma stands before three digits only")
    return decimal_minor(text.replace(",", ""), currency, path)


def tally(record: Record, element: str) -> Tally | None:
    """`@numberOf` and `@valueOf` of an element; None when the record has no such element."""
    items, value = number(record, f"{element}@numberOf"), record.first(f"{element}@valueOf")
    if items is None and value is None:
        return None
    currency = record.first(f"{element}@currency") or GBP
    if currency != GBP:
        raise RowError(f"{element}@currency", currency, "Bacs clears sterling")
    return Tally(items, pounds(value or "0", f"{element}@valueOf"))
