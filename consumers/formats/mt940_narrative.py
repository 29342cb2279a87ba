"""What field 86 says about an entry: free text, or one of the layouts banks put into it.

    free text     as most UK banks write it; Dutch banks label it (`IBAN: .. NAAM: ..`, `REK: ..`)
    code words    SWIFT's and the banks' own: /TRTP/.. /IBAN/.. /NAME/.. /REMI/.. /EREF/..,
                  /ORDP//NAME/.., /CNTP/account/BIC/name/town, /VA/ the virtual account paid to
    German        166?00 text ?20-?29, ?60-?63 remittance (EREF+ MREF+ SVWZ+), ?31 account,
                  ?32 ?33 name

A word that comes twice counts the first time: banks put the parties first and the payer's own
words last, so that `/NAME/` typed into a payment reference does not become the payer.

Sources: SWIFT usage guidelines of field 86; DK "Anlage 3" (MT940 structured field 86); the MT940
guides of ABN AMRO, ING, Rabobank, Knab and Triodos.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from consumers.formats.accounts import account_key
from ledger.limits import REFERENCE_LENGTH_MAX

_LINE_WIDTH = 65  # a line this long was cut in the middle of its text, a shorter one was not
_FIRST_LINE_WIDTH = 61  # for banks that count the tag
_GERMAN_WIDTH = 27  # of a sub-field

_WORD = re.compile(
    r"/ ?(TRTP|TRCD|IBAN|BBAN|BIC|NAME|REMI|EREF|PREF|KREF|IREF|MARF|CSID|ORDP|BENM|ULTD|ULTC|ULTB"
    r"|ISDT|ADDR|RTRN|RTYP|PURP|CNTP|CDTRREFTP|CDTRREF|OCMT|CHGS|EXCH|OGB|VA|ID) ?/",
    re.ASCII,
)
_GERMAN = re.compile(r"\s?([0-9]{3})?([?>])(?=[0-3][0-9])", re.ASCII)
_SEPA = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|PURP|IBAN|BIC)\+", re.ASCII)
_LABEL = re.compile(r"NAAM:|IBAN:|REK:")
_LABELLED_NAME = re.compile(r"NAAM: ?(.+?)(?: {2,}|$)")
_LABELLED_ACCOUNT = re.compile(
    r"(?:IBAN|REK): ?([A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}|[0-9]{6,14})(?![A-Z0-9])", re.ASCII
)
_REFERENCES = ("EREF", "CDTRREF", "MARF", "PREF", "KREF", "IREF")
_TAKEN = frozenset((*_REFERENCES, "NAME", "IBAN", "BBAN", "BIC", "CNTP", "ORDP", "BENM"))
_REMITTANCE = (*(f"2{digit}" for digit in range(10)), "60", "61", "62", "63")
_NO_REFERENCE = frozenset(("NOTPROVIDED", "NONREF", "EREF", "KREF", "MARF", "PREF", "KREF+"))


class Narrative(NamedTuple):
    """The text of an entry, and what in it has a meaning of its own.

    `german` is the code of business transactions; `paid_to` a virtual account.
    """

    text: str
    party_name: str | None = None
    party_account: str | None = None
    references: tuple[str, ...] = ()
    german: str | None = None
    paid_to: str | None = None


def narrative(texts: Sequence[Sequence[str]], *, into: bool) -> Narrative:
    """Read the fields 86 of an entry, each as its lines; `into`: the entry is money in."""
    if not texts:
        return Narrative("")
    first = texts[0][0].lstrip()
    if first[:1] == "/" and _WORD.match(first):
        return _code_words(" ".join(map(_joined, texts)), into=into)
    if ("?" in first or ">" in first) and (german := _GERMAN.match(first)):
        return _german(" ".join(map("".join, texts)), german[2])
    return _free(texts)


def reads_as_free_text(text: str) -> bool:
    """Whether a text says nothing but itself when it stands alone in a field 86."""
    return not (_WORD.match(text) or _GERMAN.match(text) or _LABEL.search(text))


def has_code_word(text: str) -> bool:
    """Whether something in a text would be read as a code word."""
    return _WORD.search(text) is not None


def reference(text: str) -> str | None:
    """A reference; None for the words that stand for none, and for a text that is too long."""
    text = " ".join(text.split())
    if not text or len(text) > REFERENCE_LENGTH_MAX or text.upper() in _NO_REFERENCE:
        return None
    return text


def references(found: Iterable[str | None]) -> tuple[str, ...]:
    """The references among these, each once."""
    kept = (reference(text) for text in found if text)
    return tuple(dict.fromkeys(text for text in kept if text))


def _joined(lines: Sequence[str]) -> str:
    """The text of lines: where a line was cut for its width, nothing comes between."""
    if len(lines) == 1:
        return lines[0]
    text = ""
    for at, line in enumerate(lines):
        full = len(line) >= _LINE_WIDTH or (at == 0 and len(line) == _FIRST_LINE_WIDTH)
        text += line if full else f"{line} "
    return text


def _free(texts: Sequence[Sequence[str]]) -> Narrative:
    if len(texts) == 1 and len(texts[0]) == 1:
        text = " ".join(texts[0][0].split())
    else:
        text = " ".join(" ".join(map(_joined, texts)).split())
    if _LABEL.search(text) is None:
        return Narrative(text)
    lines = [line for lines in texts for line in lines]
    names = (found[1] for line in lines if (found := _LABELLED_NAME.search(line)))
    accounts = (found[1] for line in lines if (found := _LABELLED_ACCOUNT.search(line)))
    return Narrative(text, _name(next(names, "")), _account(next(accounts, "")))


def _code_words(text: str, *, into: bool) -> Narrative:
    pieces = _WORD.split(text)
    said: dict[str, str] = {}
    again = ""
    for word, value in zip(pieces[1::2], pieces[2::2], strict=True):
        value = value.strip(" /")  # noqa: PLW2901 - the words' own strokes are no part of it
        if word in said:
            again += f" /{word}/{value}"
        elif value:
            said[word] = value
    party = f"{said.get('CNTP', '')}///".split("/")
    remittance = said.get("REMI", "").removeprefix("USTD//")
    structured = remittance.removeprefix("STRD/") if remittance.startswith("STRD/") else ""
    role = said.get("ORDP" if into else "BENM")
    told = [said[word].partition("//")[0] for word in _REFERENCES if word in said]
    return Narrative(
        text=" ".join(f"{remittance}{again}".split()) or _left_over(said),
        party_name=_name(said.get("NAME") or role or party[2]),
        party_account=_account(said.get("IBAN") or said.get("BBAN") or party[0]),
        references=references((structured.rpartition("/")[2], *told)) if structured or told else (),
        paid_to=_account(said.get("VA", "").partition(" ")[0]),
    )


def _left_over(said: Mapping[str, str]) -> str:
    """Where there is no remittance: what was said beside the parties and the references."""
    kept = (f"/{word}/{value}" for word, value in said.items() if word not in _TAKEN)
    return " ".join(" ".join(kept).split())


def _german(text: str, mark: str) -> Narrative:
    pieces = re.split(rf"[{mark}]([0-9]{{2}})", text)
    said: dict[str, str] = {}
    for code, value in zip(pieces[1::2], pieces[2::2], strict=True):
        said.setdefault(code, value)
    remittance = _unwrapped(said.get(code, "") for code in _REMITTANCE)
    words = _SEPA.split(remittance)
    sepa = dict(reversed(list(zip(words[1::2], words[2::2], strict=True))))
    told = (sepa.get(word) for word in ("EREF", "KREF", "MREF"))
    return Narrative(
        text=" ".join((sepa.get("SVWZ") or remittance or said.get("00", "")).split()),
        party_name=_name(_unwrapped((said.get("32", ""), said.get("33", "")))),
        party_account=_account(said.get("31", "")),
        references=references(told),
        german=pieces[0].strip() or None,
    )


def _unwrapped(values: Iterable[str]) -> str:
    """Sub-fields as one text: a full one was cut in the middle, a shorter one was not."""
    return "".join(
        value if len(value) >= _GERMAN_WIDTH else f"{value} " for value in values if value
    )


def _name(text: str) -> str | None:
    return " ".join(text.split())[:REFERENCE_LENGTH_MAX] or None


def _account(text: str) -> str | None:
    compact = text.strip()
    return account_key(compact) if compact else None
