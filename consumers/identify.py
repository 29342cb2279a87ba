"""Whose money a bank line is, by named rules in their written order.

1. `invoice-reference`: a text of the line names one invoice of the unit.
2. `account-reference`: a text holds a payment reference that we minted, check digits and all.
3. Otherwise the money goes to suspense. An account number without check digits is never posted
   to: it makes the account a candidate, with its rule. Texts that name different accounts make
   all of them candidates.

Nothing here guesses by name or amount. Digit groups that are written like a reference are never
looked up as numbers: `1234 5678 9012` with one wrong digit must not find somebody's bill 5678.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from consumers.formats.statement import BankLine
from ledger import registers
from ledger.references import CORE_DIGITS, find
from ledger.store_values import RegisterRow
from ledger.values import Candidate

BY_INVOICE = "invoice-reference"
BY_REFERENCE = "account-reference"
BY_NUMBER = "account-number"
REFERENCE_DIGITS = CORE_DIGITS + 2

_WORD = re.compile(r"[A-Z0-9][A-Z0-9/.-]{2,30}", re.ASCII)
_WORDS_MAX = 40  # a narrative has a handful; the rest of a long one is not looked up
_DIGIT = re.compile(r"[0-9]")
_GROUPS = re.compile(r"[0-9]+(?:[ -][0-9]+)+", re.ASCII)
_GROUP = re.compile(r"[0-9]+", re.ASCII)

Key = tuple[str, str]
Lookup = Callable[[Sequence[Key]], Mapping[Key, RegisterRow]]


@dataclass(frozen=True, slots=True)
class Identified:
    """The account of a line and the rule that found it, or the candidates and why it is none."""

    account: tuple[str, str] | None
    rule: str
    invoice: str | None = None
    matched_reference: str | None = None
    candidates: tuple[Candidate, ...] = ()


def identify(lines: Sequence[BankLine], unit: str, lookup: Lookup) -> list[Identified]:
    """Identify lines of one unit's bank account with one look-up for all of them."""
    keys = [list(_keys(line, unit)) for line in lines]
    found = lookup(list(dict.fromkeys(key for of_line in keys for key in of_line)))
    return [_one(of_line, found) for of_line in keys]


def _keys(line: BankLine, unit: str) -> Iterator[Key]:
    texts = [*line.references, line.narrative, line.payer_name or ""]
    for text in texts:
        for reference in find(text):
            yield registers.REFERENCE, reference
    words = dict.fromkeys(word for text in texts for word in _words(text))
    for word in list(words)[:_WORDS_MAX]:
        yield registers.INVOICE, f"{unit}|{word}"
        yield registers.ACCOUNT, f"{unit}|{word}"


def _words(text: str) -> Iterator[str]:
    for word in _WORD.findall(_GROUPS.sub(_without_references, text.upper())):
        stripped = word.strip("/.-")
        if _DIGIT.search(stripped):
            yield stripped


def _without_references(found: re.Match[str]) -> str:
    """The digit groups of a text, blanked where neighbours are as long as a reference."""
    text = found[0]
    groups = list(_GROUP.finditer(text))
    lengths = [len(group[0]) for group in groups]
    for first in range(len(groups)):
        for last in range(first + 1, len(groups)):
            if sum(lengths[first : last + 1]) == REFERENCE_DIGITS:
                start, end = groups[first].start(), groups[last].end()
                text = text[:start] + " " * (end - start) + text[end:]
    return text


def _one(keys: Sequence[Key], found: Mapping[Key, RegisterRow]) -> Identified:
    hits = [(key, found[key].holder) for key in dict.fromkeys(keys) if key in found]
    invoices = [(key, holder) for key, holder in hits if key[0] == registers.INVOICE]
    references = [(key, holder) for key, holder in hits if key[0] == registers.REFERENCE]
    sure = {holder for _, holder in (*invoices, *references)}
    if len(sure) == 1:
        unit, account = sure.pop().split("|", 1)
        reference = references[0][0][1] if references else None
        if len(invoices) == 1:
            invoice = invoices[0][0][1].split("|", 1)[1]
            return Identified((unit, account), BY_INVOICE, invoice, reference or invoice)
        if references:
            return Identified((unit, account), BY_REFERENCE, None, reference)
        # Several invoices of one account: the account is sure, the invoice is not.
        return Identified((unit, account), BY_INVOICE)
    candidates = tuple(dict.fromkeys(_candidate(key, holder) for key, holder in hits))
    rule = "references-disagree" if len(sure) > 1 else "no-reference"
    return Identified(None, rule, candidates=candidates)


def _candidate(key: Key, holder: str) -> Candidate:
    rules = {
        registers.INVOICE: BY_INVOICE,
        registers.REFERENCE: BY_REFERENCE,
        registers.ACCOUNT: BY_NUMBER,
    }
    unit, account = holder.split("|", 1)
    return Candidate(unit=unit, account=account, rule=rules[key[0]])
