"""A second judge of Standard 18 files, written from the description of the format alone.

It shares no code and no table with the product: where both agree, two readings of the description
agree. `faults` says everything that Bacs would amend, reject or misread; nothing when all is well.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime

ORDER = ["VOL1", "HDR1", "HDR2", "UHL1", "EOF1", "EOF2", "UTL1"]
COLLECTED, PAID, NOTICED = ("01", "17", "18", "19"), ("99",), ("0N", "0C", "0S")
DAY = r" \d{5}"
SHAPES = {
    "VOL1": r"VOL1[A-Z0-9]{6} {31}\d{6} {32}1",
    "HDR1": rf"HDR1A\d{{6}}S   \d{{6}}[A-Z0-9]{{6}}00010001 {{6}}{DAY}{DAY} 000000 {{20}}",
    "HDR2": r"HDR2F\d{5}00(?:100|106) {35}00 {28}",
    "UHL1": rf"UHL1{DAY}999999 {{4}}00000000(?:1 DAILY|4 MULTI)  \d{{3}} {{40}}",
    "UTL1": r"UTL1\d{13}\d{13}\d{7}\d{7} {8}(?:\d{7}| {7}) {21}",
}
ROW = r"\d{14}[0-5](?:01|17|18|19|99|0N|0C|0S)\d{14} {4}\d{11}.{54}"
REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9.&/ -]{5,17}")


def faults(content: bytes) -> list[str]:
    """Every fault that is found, in words; those of the form end the search."""
    text = content.decode("latin-1")
    form = list(_form(text))
    if form:
        return form
    lines = text.split("\r\n")[:-1]
    rows = lines[4:-3]
    heads = dict(zip(ORDER, [*lines[:4], *lines[-3:]], strict=True))
    shape = [*_labels(heads), *_row_shapes(heads, rows)]
    if shape:
        return shape
    return [*_days(heads, rows), *_items(rows), *_balances(heads, rows), *_trailer(heads, rows)]


def _form(text: str) -> Iterator[str]:
    if not text.endswith("\r\n"):
        yield "the last line does not end in CR LF"
    if text.count("\r\n") != text.count("\n") or text.count("\r\n") != text.count("\r"):
        yield "a line does not end in CR LF"
    odd = set(text) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.&/- \r\n")
    if odd:
        yield f"characters that Bacs does not carry: {sorted(odd)}"
    lines = text.split("\r\n")[:-1]
    starts = [line[:4] for line in lines]
    if [*starts[:4], *starts[-3:]] != ORDER or len(lines) < 8:
        yield f"the labels are not VOL1 HDR1 HDR2 UHL1 ... EOF1 EOF2 UTL1 around rows: {starts}"
    elif any(start in ORDER for start in starts[4:-3]):
        yield "a label stands among the rows"


def _labels(heads: dict[str, str]) -> Iterator[str]:
    for label, shape in SHAPES.items():
        line = heads[label]
        if len(line) != 80:
            yield f"{label} has {len(line)} characters"
        elif not re.fullmatch(shape, line):
            yield f"{label} is not of its shape: {line!r}"
    for end, begin in (("EOF1", "HDR1"), ("EOF2", "HDR2")):
        if heads[end][4:] != heads[begin][4:]:
            yield f"{end} does not repeat {begin}"
    serial = heads["VOL1"][4:10]
    if serial == "000000" or heads["HDR1"][21:27] != serial:
        yield "the serial is zeros, or not the same in VOL1 and HDR1"
    if heads["HDR1"][5:11] != heads["HDR1"][15:21]:
        yield "HDR1 names two service users"


def _row_shapes(heads: dict[str, str], rows: Sequence[str]) -> Iterator[str]:
    multi = heads["UHL1"][28:37] == "4 MULTI  "
    width = 106 if multi else 100
    if heads["HDR2"][10:15] != f"{width:05d}":
        yield "the record length is not that of the work code"
    shape = re.compile(ROW + (DAY if multi else ""))
    for number, row in enumerate(rows, 5):
        if len(row) != width:
            yield f"line {number} has {len(row)} characters"
        elif not shape.fullmatch(row):
            yield f"line {number} is not of the shape of a row: {row!r}"


def _days(heads: dict[str, str], rows: Sequence[str]) -> Iterator[str]:
    multi = len(rows[0]) == 106
    fields = [heads["HDR1"][41:47], heads["HDR1"][47:53], heads["UHL1"][4:10]]
    days = [_day(text) for text in [*fields, *(row[100:106] for row in rows if multi)]]
    good = [day for day in days if day is not None]
    if len(good) != len(days):
        yield "a day that is not in the calendar"
        return
    created, expires, first, *own = good
    own = own or [first]
    if min(own) != first:
        yield "UHL1 does not say the first processing day"
    if max(own) >= expires:
        yield "the file expires before its last processing day is over"
    if min(own) <= created:
        yield "a processing day that is not after the day on which the file was made"
    if any(day.isoweekday() > 5 for day in own):
        yield "a processing day at a weekend"
    if any((day - created).days > 31 for day in own):
        yield "a processing day more than 31 days ahead"


def _day(text: str) -> date | None:
    written = f"20{text[1:]}"
    try:
        found = datetime.strptime(written, "%Y%j").date()  # noqa: DTZ007 - a calendar day
    except ValueError:
        return None
    return found if f"{found:%Y%j}" == written else None  # day 366 of a common year is none


def _items(rows: Sequence[str]) -> Iterator[str]:
    contras = [_own_to_own(row) for row in rows]
    if sorted(contras) != contras:
        yield "an item stands behind a contra"
    if all(contras):
        yield "there are no items"
    for number, row in enumerate(rows, 5):
        if _own_to_own(row):
            yield from _contra(number, row)
            continue
        code, pence, reference = row[15:17], int(row[35:46]), row[64:82].rstrip()
        if (code in NOTICED) != (pence == 0):
            yield f"line {number}: {code} with an amount of {pence}"
        if pence > 20_000_000_00:
            yield f"line {number}: more than twenty million pounds"
        if code not in PAID and not _may_be_lodged(reference):
            yield f"line {number}: reference {reference!r}"
        if not row[46:64].strip() or not row[82:100].strip() or not reference:
            yield f"line {number}: a name or the reference is empty"
        if any(text.startswith(" ") for text in (row[46:64], row[64:82], row[82:100])):
            yield f"line {number}: a text does not begin at the left"
        if "0" * 6 in (row[:6], row[17:23]) or "0" * 8 in (row[6:14], row[23:31]):
            yield f"line {number}: an account of zeros"


def _own_to_own(row: str) -> bool:
    return row[:14] == row[17:31]


def _contra(number: int, row: str) -> Iterator[str]:
    if row[64:82] != "CONTRA" + " " * 12:
        yield f"line {number}: a contra without the word"
    if row[15:17] not in ("99", "17") or int(row[35:46]) == 0:
        yield f"line {number}: a contra of another code, or of nothing"


def _may_be_lodged(reference: str) -> bool:
    letters = [one for one in reference if one.isalnum()]
    return (
        REFERENCE.fullmatch(reference) is not None
        and len(letters) >= 6
        and len(set(reference)) > 1
        and not reference.startswith("DDIC")
    )


def _balances(heads: dict[str, str], rows: Sequence[str]) -> Iterator[str]:
    """Debits and credits of each own account and day against its contras."""
    due: Counter[tuple[str, str, str]] = Counter()
    found: Counter[tuple[str, str, str]] = Counter()
    parts: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        day = row[100:106] or heads["UHL1"][4:10]
        code, pence = row[15:17], int(row[35:46])
        if _own_to_own(row):
            found[row[17:31], day, code] += pence
            parts[row[17:31], day, code] += 1
        elif code in COLLECTED:
            due[row[17:31], day, "99"] += pence
        elif code in PAID:
            due[row[17:31], day, "17"] += pence
    for key in sorted({*due, *found}):
        if due[key] != found[key]:
            yield f"items of {key} come to {due[key]}, contras to {found[key]}"
        elif parts[key] != -(-found[key] // 99_999_999_999):
            yield f"{parts[key]} contras of {key}"


def _trailer(heads: dict[str, str], rows: Sequence[str]) -> Iterator[str]:
    line = heads["UTL1"]
    debits = [int(row[35:46]) for row in rows if row[15:17] in COLLECTED]
    credits_ = [int(row[35:46]) for row in rows if row[15:17] in PAID]
    notices = sum(row[15:17] in NOTICED for row in rows)
    for name, stated, counted in (
        ("debit total", line[4:17], sum(debits)),
        ("credit total", line[17:30], sum(credits_)),
        ("debit count", line[30:37], len(debits)),
        ("credit count", line[37:44], len(credits_)),
        ("count of notices", line[52:59].strip() or "0", notices),
    ):
        if int(stated) != counted:
            yield f"UTL1 {name} says {stated}, the rows {counted}"
    if sum(debits) != sum(credits_):
        yield "debits and credits of the file differ"
