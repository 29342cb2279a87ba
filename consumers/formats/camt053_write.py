"""Write bank statements in camt.053.001.08: the other direction of `camt053`, byte for byte.

For tests and for the demo council's bank. The same statements give the same bytes: the creation
time is the end of the statement's last day, and nothing is random.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from consumers.formats.camt_entry_write import OutDetail, OutEntry, amount, entry_xml, tag
from ledger.money import GBP, format_minor

__all__ = ["OutDetail", "OutEntry", "OutStatement", "write"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">\n<BkToCstmrStmt>\n'
)
_FOOT = "</BkToCstmrStmt>\n</Document>\n"


@dataclass(frozen=True, slots=True)
class OutStatement:
    """One statement. `entries` is gone through twice (totals come first), so not an iterator."""

    iban: str
    statement_id: str
    sequence: int
    opened_on: date
    closed_on: date
    opening_minor: int
    entries: Iterable[OutEntry]
    currency: str = GBP


def write(statements: Iterable[OutStatement], out: BinaryIO, message_id: str = "1") -> None:
    """Write statements as one file, holding one entry at a time.

    Raises ValueError when `entries` can be gone through only once.
    """
    created = None
    for statement in statements:
        if created is None:
            created = f"{statement.closed_on}T23:59:59"
            head = tag("MsgId", message_id) + tag("CreDtTm", created)
            out.write((_HEAD + f"<GrpHdr>{head}</GrpHdr>\n").encode())
        out.writelines(piece.encode() for piece in _statement(statement))
    if created is None:
        raise ValueError("a file of no statements cannot be written: camt.053 needs one")
    out.write(_FOOT.encode())


def _statement(statement: OutStatement) -> Iterator[str]:
    if iter(statement.entries) is statement.entries:
        raise ValueError("the entries of a statement are gone through twice: pass no iterator")
    amounts = [0, 0, 0, 0]
    for entry in statement.entries:
        if entry.status == "BOOK":
            amounts[entry.amount_minor < 0] += 1
            amounts[2 + (entry.amount_minor < 0)] += abs(entry.amount_minor)
    credits_, debits, credited, debited = amounts
    closing = statement.opening_minor + credited - debited
    yield "<Stmt>\n" + tag("Id", statement.statement_id) + "\n"
    yield tag("ElctrncSeqNb", str(statement.sequence)) + "\n"
    yield tag("CreDtTm", f"{statement.closed_on}T23:59:59") + "\n"
    yield (f"<Acct><Id>{tag('IBAN', statement.iban)}</Id>{tag('Ccy', statement.currency)}</Acct>\n")
    yield _balance("OPBD", statement.opening_minor, statement.opened_on, statement.currency)
    yield _balance("CLBD", closing, statement.closed_on, statement.currency)
    yield (
        f"<TxsSummry>{_total('TtlNtries', credits_ + debits, credited + debited)}"
        f"{_total('TtlCdtNtries', credits_, credited)}"
        f"{_total('TtlDbtNtries', debits, debited)}</TxsSummry>\n"
    )
    for entry in statement.entries:
        yield entry_xml(entry, statement.currency)
    yield "</Stmt>\n"


def _balance(kind: str, minor: int, day: date, currency: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry>{tag('Cd', kind)}</CdOrPrtry></Tp>{amount(minor, currency)}"
        f"<Dt>{tag('Dt', day.isoformat())}</Dt></Bal>\n"
    )


def _total(group: str, count: int, minor: int) -> str:
    inner = tag("NbOfNtries", str(count)) + tag("Sum", format_minor(minor))
    return f"<{group}>{inner}</{group}>"
