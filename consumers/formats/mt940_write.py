"""Write bank statements in SWIFT MT940: the other direction of `mt940`, byte for byte.

For tests and for the demo council's bank. The same statements give the same bytes. Texts are put
into the characters of SWIFT (set X) as banks do it: accents fall away, what is left over becomes a
point. References that do not fit their field go into the narrative, as `/EREF/`.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, Final

from consumers.formats.amounts import minor_places
from consumers.formats.methods import Method
from consumers.formats.mt940_narrative import has_code_word, reads_as_free_text
from consumers.formats.plain_statement import PlainLine, PlainStatement

LINE_WIDTH: Final = 65
NARRATIVE_LINES_MAX: Final = 6
_DAYS_APART_MAX = 180  # an entry date has no year: beyond half a year it would be read as another

_OUTSIDE_X = re.compile(r"[^A-Za-z0-9/?:().,'+ -]", re.ASCII)
_TAG_LIKE = re.compile(r":(?=[0-9]{2}[A-Z]?:|NS:)", re.ASCII)
_REFERENCE = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/?:().,'+ -]{1,15}[A-Za-z0-9?:().,'+-]", re.ASCII)
_TYPE_IDS: Final[dict[Method, str]] = {
    "bank_transfer": "NTRF",
    "direct_debit": "NDDT",
    "standing_order": "NSTO",
    "cheque": "NCHK",
    "cash": "NCSH",
    "card": "NPOS",
    "direct_debit_returned": "NRTI",
    "charge": "NCHG",
    "interest": "NINT",
    "other": "NMSC",
}


def write(
    statements: Iterable[PlainStatement], out: BinaryIO, lines_per_message: int | None = None
) -> None:
    """Write statements as one file, cut into parts of so many lines when that is asked for.

    Raises ValueError for a text or reference that does not fit, and for dates half a year apart.
    """
    for statement in statements:
        out.writelines(piece.encode("ascii") for piece in _statement(statement, lines_per_message))


def swift_text(text: str) -> str:
    """A text in the characters of SWIFT set X, blanks made single."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_OUTSIDE_X.sub(".", " ".join(plain.split())).split())


def _statement(statement: PlainStatement, lines_per_message: int | None) -> Iterator[str]:
    part, held, balance = 1, 0, statement.opening_minor
    yield _head(statement, part)
    yield _balance("60F", statement, balance)
    for line in statement.lines:
        if held == lines_per_message:
            yield _balance("62M", statement, balance) + "-\r\n"
            part, held = part + 1, 0
            yield _head(statement, part) + _balance("60M", statement, balance)
        yield _line(line, statement.currency)
        balance += line.amount_minor
        held += 1
    yield _balance("62F", statement, balance) + "-\r\n"


def _head(statement: PlainStatement, part: int) -> str:
    return (
        f":20:ST{statement.closed_on:%y%m%d}{statement.number:05d}\r\n"
        f":25:{statement.account}\r\n"
        f":28C:{statement.number:05d}/{part:05d}\r\n"
    )


def _balance(tag: str, statement: PlainStatement, minor: int) -> str:
    day = statement.opened_on if tag == "60F" else statement.closed_on
    mark = "D" if minor < 0 else "C"
    amount = _amount(minor, statement.currency)
    return f":{tag}:{mark}{day:%y%m%d}{statement.currency}{amount}\r\n"


def _line(line: PlainLine, currency: str) -> str:
    if abs((line.booked_on - line.value_on).days) > _DAYS_APART_MAX:
        raise ValueError(f"booked {line.booked_on}, of value {line.value_on}: too far apart")
    into = line.amount_minor >= 0
    mark = ("RD" if into else "RC") if line.reversal else ("C" if into else "D")
    reference = swift_text(line.reference or "")
    fits = _REFERENCE.fullmatch(reference) is not None
    bank = f"//{_fitting(line.bank_reference)}" if line.bank_reference else ""
    texts = _narrative(line, "" if fits else reference)
    narrative = ":86:" + "\r\n".join(texts) + "\r\n" if texts else ""
    return (
        f":61:{line.value_on:%y%m%d}{line.booked_on:%m%d}{mark}"
        f"{_amount(line.amount_minor, currency)}{_TYPE_IDS[line.method]}"
        f"{reference if fits else 'NONREF'}{bank}\r\n"
        f"{narrative}"
    )


def _fitting(reference: str) -> str:
    if _REFERENCE.fullmatch(reference) is None:
        raise ValueError(f"{reference!r} is no reference of SWIFT: at most 16 characters")
    return reference


def _narrative(line: PlainLine, reference: str) -> Sequence[str]:
    """The lines of field 86: free text, or code words when it says who paid."""
    text = swift_text(line.narrative)
    words = (
        ("NAME", swift_text(line.payer_name or "")),
        ("IBAN", line.payer_account or ""),
        ("EREF", reference),
        ("REMI", text),
    )
    if any(value for _, value in words[:3]) or not reads_as_free_text(text):
        text = "".join(f"/{word}/{_without_words(value)}" for word, value in words if value)
    return _wrapped(text)


def _without_words(value: str) -> str:
    """A value whose strokes cannot be read as those of a code word."""
    value = value.strip(" /")
    plain = not has_code_word(f"/{value}/") and not value.startswith(("USTD//", "STRD/"))
    return value if plain else value.replace("/", ".")


def _wrapped(text: str) -> Sequence[str]:
    """Cut at the width, blanks kept, and no line that could be taken for a field."""
    lines = [text[at : at + LINE_WIDTH] for at in range(0, len(text), LINE_WIDTH)]
    if len(lines) > NARRATIVE_LINES_MAX:
        raise ValueError(f"a narrative of {len(text)} characters does not fit field 86")
    return [_TAG_LIKE.sub(".", line) if _TAG_LIKE.match(line) else line for line in lines]


def _amount(minor: int, currency: str) -> str:
    places = minor_places(currency)
    digits = str(abs(minor)).rjust(places + 1, "0")
    return f"{digits[: len(digits) - places]},{digits[len(digits) - places :]}"
