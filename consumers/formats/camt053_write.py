"""Write bank statements in camt.053.001.08: the other direction of `camt053`, byte for byte.

For tests and for the demo council's bank. The same statements give the same bytes: the creation
time is the end of the statement's last day, and nothing is random.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO
from xml.sax.saxutils import escape

from consumers.formats.methods import Method
from ledger.money import GBP, format_minor

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">\n<BkToCstmrStmt>\n'
)
_FOOT = "</BkToCstmrStmt>\n</Document>\n"

# Family and sub-family of a credit; those of a debit where they differ.
_CODES: dict[Method, tuple[str, str]] = {
    "bank_transfer": ("RCDT", "DMCT"),
    "direct_debit": ("IDDT", "PMDD"),
    "standing_order": ("RCDT", "STDO"),
    "cheque": ("RCHQ", "CCHQ"),
    "cash": ("CNTR", "CDPT"),
    "card": ("MCRD", "POSP"),
    "direct_debit_returned": ("IDDT", "UPDD"),
    "charge": ("MCOP", "CHRG"),
    "interest": ("MCOP", "INTR"),
    "other": ("NTAV", "NTAV"),
}
_DEBIT_FAMILIES = {"RCDT": "ICDT", "RCHQ": "ICHQ"}


@dataclass(frozen=True, slots=True)
class OutDetail:
    """One payment of an entry; `amount_minor` is signed as in its entry."""

    amount_minor: int
    end_to_end_id: str = "NOTPROVIDED"
    creditor_reference: str | None = None
    mandate_id: str | None = None
    bank_reference: str | None = None
    party_name: str | None = None
    party_iban: str | None = None
    remittance: tuple[str, ...] = ()
    return_reason: str | None = None


@dataclass(frozen=True, slots=True)
class OutEntry:
    """One booked entry; `amount_minor` is signed, + being money in."""

    amount_minor: int
    booked_on: date
    value_on: date
    method: Method = "bank_transfer"
    bank_reference: str | None = None
    details: tuple[OutDetail, ...] = ()
    status: str = "BOOK"
    reversal: bool = False
    narrative: str | None = None


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
            head = _tag("MsgId", message_id) + _tag("CreDtTm", created)
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
    yield "<Stmt>\n" + _tag("Id", statement.statement_id) + "\n"
    yield _tag("ElctrncSeqNb", str(statement.sequence)) + "\n"
    yield _tag("CreDtTm", f"{statement.closed_on}T23:59:59") + "\n"
    yield (
        f"<Acct><Id>{_tag('IBAN', statement.iban)}</Id>{_tag('Ccy', statement.currency)}</Acct>\n"
    )
    yield _balance("OPBD", statement.opening_minor, statement.opened_on, statement.currency)
    yield _balance("CLBD", closing, statement.closed_on, statement.currency)
    yield (
        f"<TxsSummry>{_total('TtlNtries', credits_ + debits, credited + debited)}"
        f"{_total('TtlCdtNtries', credits_, credited)}"
        f"{_total('TtlDbtNtries', debits, debited)}</TxsSummry>\n"
    )
    for entry in statement.entries:
        yield _entry(entry, statement.currency)
    yield "</Stmt>\n"


def _entry(entry: OutEntry, currency: str) -> str:
    details = "".join(_detail(detail, currency) for detail in entry.details)
    family, subfamily = _CODES[entry.method]
    if entry.amount_minor < 0:
        family = _DEBIT_FAMILIES.get(family, family)
    codes = (
        f"<Domn>{_tag('Cd', 'PMNT')}<Fmly>{_tag('Cd', family)}"
        f"{_tag('SubFmlyCd', subfamily)}</Fmly></Domn>"
    )
    return (
        f"<Ntry>{_amount(entry.amount_minor, currency)}"
        f"{'<RvslInd>true</RvslInd>' if entry.reversal else ''}"
        f"<Sts>{_tag('Cd', entry.status)}</Sts>"
        f"<BookgDt>{_tag('Dt', entry.booked_on.isoformat())}</BookgDt>"
        f"<ValDt>{_tag('Dt', entry.value_on.isoformat())}</ValDt>"
        f"{_tag('AcctSvcrRef', entry.bank_reference)}<BkTxCd>{codes}</BkTxCd>"
        f"{f'<NtryDtls>{details}</NtryDtls>' if details else ''}"
        f"{_tag('AddtlNtryInf', entry.narrative)}</Ntry>\n"
    )


def _detail(detail: OutDetail, currency: str) -> str:
    references = (
        _tag("AcctSvcrRef", detail.bank_reference)
        + _tag("EndToEndId", detail.end_to_end_id)
        + _tag("MndtId", detail.mandate_id)
    )
    remittance = "".join(_tag("Ustrd", text) for text in detail.remittance)
    if detail.creditor_reference:
        reference = _tag("Ref", detail.creditor_reference)
        remittance += f"<Strd><CdtrRefInf>{reference}</CdtrRefInf></Strd>"
    returned = _tag("Cd", detail.return_reason)
    return (
        f"<TxDtls><Refs>{references}</Refs>{_amount(detail.amount_minor, currency)}"
        f"{_party(detail)}{f'<RmtInf>{remittance}</RmtInf>' if remittance else ''}"
        f"{f'<RtrInf><Rsn>{returned}</Rsn></RtrInf>' if returned else ''}</TxDtls>"
    )


def _party(detail: OutDetail) -> str:
    """The other party: who pays a credit, who is paid by a debit; a return keeps the old roles."""
    role = "Dbtr" if (detail.amount_minor >= 0) != bool(detail.return_reason) else "Cdtr"
    name = account = ""
    if detail.party_name:
        name = f"<{role}><Pty>{_tag('Nm', detail.party_name)}</Pty></{role}>"
    if detail.party_iban:
        account = f"<{role}Acct><Id>{_tag('IBAN', detail.party_iban)}</Id></{role}Acct>"
    return f"<RltdPties>{name}{account}</RltdPties>" if name or account else ""


def _balance(kind: str, minor: int, day: date, currency: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry>{_tag('Cd', kind)}</CdOrPrtry></Tp>{_amount(minor, currency)}"
        f"<Dt>{_tag('Dt', day.isoformat())}</Dt></Bal>\n"
    )


def _total(group: str, count: int, minor: int) -> str:
    inner = _tag("NbOfNtries", str(count)) + _tag("Sum", format_minor(minor))
    return f"<{group}>{inner}</{group}>"


def _amount(minor: int, currency: str) -> str:
    direction = "DBIT" if minor < 0 else "CRDT"
    return (
        f'<Amt Ccy="{escape(currency)}">{format_minor(abs(minor))}</Amt>'
        f"{_tag('CdtDbtInd', direction)}"
    )


def _tag(name: str, text: str | None) -> str:
    """One element; nothing at all when there is no text."""
    return f"<{name}>{escape(text)}</{name}>" if text else ""
