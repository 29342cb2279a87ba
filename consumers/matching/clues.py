"""What one line says about whose money it is: read from its texts alone, nothing looked up."""

from datetime import date
from typing import NamedTuple

from consumers.formats.statement import BankLine
from consumers.keeping import Digester
from consumers.matching.names import account_digest, payer_digest
from consumers.matching.numbers import Number, numbers
from consumers.matching.payable import Payable
from ledger.references import find, find_mended, virtual_account

NUMBERS_MAX = 40  # a narrative has a handful; the rest of a long one is not looked up


class Clues(NamedTuple):
    """The clues of one line, each in the order of its texts and once.

    `references` hold as they were written, `mended` once letters are read as digits. `numbers` are
    of bills or accounts, or may be of either. The payer is known by keyed digests of his account
    and of his name.
    """

    references: tuple[str, ...] = ()
    mended: tuple[str, ...] = ()
    virtual_account: str | None = None
    numbers: tuple[Number, ...] = ()
    payer_account: str | None = None
    payer_name: str | None = None


def clues_of(line: Payable, on: date, digest: Digester) -> Clues:
    """Read the clues of a line; `on` is the day on which it is matched."""
    # A line break ends every number, so that the texts do not run into one another.
    text = "\n".join((*line.references, line.narrative, line.payer_name or "")).upper()
    credited = line.credited_account if isinstance(line, BankLine) else None
    references = find(text)
    words = dict.fromkeys(
        number
        for number in numbers(text, on, cheque=line.method == "cheque")
        if number.text not in references
    )
    return Clues(
        references=references,
        mended=find_mended(text),
        virtual_account=virtual_account(credited) if credited else None,
        numbers=tuple(words)[:NUMBERS_MAX],
        payer_account=account_digest(line.payer_account, digest),
        payer_name=payer_digest(line.payer_name, digest),
    )
