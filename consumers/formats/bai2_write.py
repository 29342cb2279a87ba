"""Write bank statements in BAI2: the other direction of `bai2`, byte for byte.

For tests and for the demo council's bank. The same statements give the same bytes; each statement
is a group of its own, the final report of its closing day. A BAI2 line has no booking date: all
lines of a statement must be booked on its closing day.
"""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from consumers.formats.bai2_records import LINE_WIDTH, SEVERAL
from consumers.formats.methods import Method
from consumers.formats.plain_statement import PlainLine, PlainStatement

_SENDER, _RECEIVER = "BANKGB2L", "COUNCIL"
_FIELD = re.compile(r"[^,/\n\r]{1,140}")

# Type codes of a credit and of a debit.
_CODES: Final[dict[Method, tuple[str, str]]] = {
    "bank_transfer": ("195", "495"),
    "direct_debit": ("155", "455"),
    "standing_order": ("227", "527"),
    "cheque": ("175", "475"),
    "cash": ("366", "595"),
    "card": ("147", "699"),
    "direct_debit_returned": ("399", "557"),
    "charge": ("398", "698"),
    "interest": ("354", "654"),
    "other": ("399", "699"),
}
_REVERSALS: Final = ("252", "552")


def write(statements: Iterable[PlainStatement], out: BinaryIO) -> None:
    """Write statements as one file, holding one line at a time.

    Raises ValueError for a line booked on another day than its statement closes, for a bank
    reference with a comma or stroke, for lines that can be gone through only once, and for no
    statement at all.
    """
    groups = records = total = 0
    for statement in statements:
        if not groups:
            day = f"{statement.closed_on:%y%m%d}"
            _put(out, f"01,{_SENDER},{_RECEIVER},{day},2359,1,,,2/")
        group_total, group_records = _group(statement, out)
        groups, records, total = groups + 1, records + group_records, total + group_total
    if not groups:
        raise ValueError("a file of no statements cannot be written: BAI2 needs a group")
    _put(out, f"99,{total},{groups},{records + 2}/")


def _group(statement: PlainStatement, out: BinaryIO) -> tuple[int, int]:
    """Write the group of one statement; the sum of its amounts, and its records."""
    if iter(statement.lines) is statement.lines:
        raise ValueError("the lines of a statement are gone through twice: pass no iterator")
    day = f"{statement.closed_on:%y%m%d}"
    _put(out, f"02,{_RECEIVER},{_SENDER},1,{day},2400,{statement.currency},2/")
    head, total = _account(statement)
    _put(out, head)
    count = 2
    for line in statement.lines:
        if line.booked_on != statement.closed_on:
            raise ValueError(f"booked {line.booked_on}, in a statement of {statement.closed_on}")
        for text in _transaction(line):
            _put(out, text)
            count += 1
        total += abs(line.amount_minor)
    _put(out, f"49,{total},{count}/")
    _put(out, f"98,{total},1,{count + 2}/")
    return total, count + 2


def _account(statement: PlainStatement) -> tuple[str, int]:
    """Record 03, and the sum of its amounts."""
    sums = [0, 0, 0, 0]
    for line in statement.lines:
        sums[line.amount_minor < 0] += 1
        sums[2 + (line.amount_minor < 0)] += abs(line.amount_minor)
    credits_, debits, credited, debited = sums
    opening, closing = statement.opening_minor, statement.opening_minor + credited - debited
    head = (
        f"03,{statement.account},{statement.currency},010,{opening},,,015,{closing},,"
        f",100,{credited},{credits_},,400,{debited},{debits},/"
    )
    return head, opening + closing + credited + debited


def _transaction(line: PlainLine) -> Iterator[str]:
    """Record 16 and its continuations."""
    is_debit = line.amount_minor < 0
    code = (_REVERSALS if line.reversal else _CODES[line.method])[is_debit]
    funds = f"V,{line.value_on:%y%m%d}," if line.value_on != line.booked_on else "0"
    bank, reference = line.bank_reference or "", " ".join((line.reference or "").split())
    if bank and _FIELD.fullmatch(bank) is None:
        raise ValueError(f"{bank!r} does not fit a field of BAI2")
    fits = _FIELD.fullmatch(reference) is not None
    labels = {
        "EREF": "" if fits else reference,
        "CRNM" if is_debit else "DBNM": " ".join((line.payer_name or "").split()),
        "CACT" if is_debit else "DACT": line.payer_account or "",
    }
    head = f"16,{code},{abs(line.amount_minor)},{funds},{bank},{reference if fits else ''},"
    text = SEVERAL.sub("- ", " ".join(line.narrative.split()))
    if any(labels.values()):
        yield f"{head}/"
        yield from (f"88,{label}: {value}/" for label, value in labels.items() if value)
        head = "88,REMI: "
        if not text:
            return
    yield from _wrapped(head, text)


def _wrapped(head: str, text: str) -> Iterator[str]:
    """A text in lines: cut between words, or in the middle of one at the full width."""
    while len(head) + len(text) > LINE_WIDTH - 2:
        room = LINE_WIDTH - len(head)
        blank = text.rfind(" ", 0, room - 2)
        cut = blank if blank > 0 else _past_strokes(text, room)
        yield f"{head}{text[:cut]}{'/' if text[:cut].endswith('/') else ''}"
        text = text[cut + 1 :] if blank > 0 else text[cut:]
        head = "88,"
    yield f"{head}{text}/"


def _past_strokes(text: str, cut: int) -> int:
    """Where to cut a word: not behind a stroke, which would end the record."""
    while cut < len(text) and text[:cut].rstrip().endswith("/"):
        cut += 1
    return cut


def _put(out: BinaryIO, line: str) -> None:
    out.write(f"{line}\r\n".encode())
