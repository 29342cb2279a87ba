"""Write the entries of ISO 20022 account reports: the other direction of `camt_entry`."""

from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from consumers.formats.methods import Method
from ledger.money import format_minor

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
    """One payment of an entry; `amount_minor` is signed as in its entry.

    `credited_iban` is the account that a credit was paid to, when it is a virtual one.
    """

    amount_minor: int
    end_to_end_id: str = "NOTPROVIDED"
    creditor_reference: str | None = None
    mandate_id: str | None = None
    bank_reference: str | None = None
    party_name: str | None = None
    party_iban: str | None = None
    remittance: tuple[str, ...] = ()
    return_reason: str | None = None
    credited_iban: str | None = None


@dataclass(frozen=True, slots=True)
class OutEntry:
    """One booked entry; `amount_minor` is signed, + being money in.

    `batch_payments` is the number of payments that it is said to have, listed or not.
    """

    amount_minor: int
    booked_on: date
    value_on: date
    method: Method = "bank_transfer"
    bank_reference: str | None = None
    details: tuple[OutDetail, ...] = ()
    status: str = "BOOK"
    reversal: bool = False
    narrative: str | None = None
    batch_payments: int | None = None


def entry_xml(entry: OutEntry, currency: str) -> str:
    """One entry, on a line of its own."""
    details = "".join(_detail(detail, currency) for detail in entry.details)
    if entry.batch_payments is not None:
        details = f"<Btch>{tag('NbOfTxs', str(entry.batch_payments))}</Btch>{details}"
    family, subfamily = _CODES[entry.method]
    if entry.amount_minor < 0:
        family = _DEBIT_FAMILIES.get(family, family)
    codes = (
        f"<Domn>{tag('Cd', 'PMNT')}<Fmly>{tag('Cd', family)}"
        f"{tag('SubFmlyCd', subfamily)}</Fmly></Domn>"
    )
    return (
        f"<Ntry>{amount(entry.amount_minor, currency)}"
        f"{'<RvslInd>true</RvslInd>' if entry.reversal else ''}"
        f"<Sts>{tag('Cd', entry.status)}</Sts>"
        f"<BookgDt>{tag('Dt', entry.booked_on.isoformat())}</BookgDt>"
        f"<ValDt>{tag('Dt', entry.value_on.isoformat())}</ValDt>"
        f"{tag('AcctSvcrRef', entry.bank_reference)}<BkTxCd>{codes}</BkTxCd>"
        f"{f'<NtryDtls>{details}</NtryDtls>' if details else ''}"
        f"{tag('AddtlNtryInf', entry.narrative)}</Ntry>\n"
    )


def _detail(detail: OutDetail, currency: str) -> str:
    references = (
        tag("AcctSvcrRef", detail.bank_reference)
        + tag("EndToEndId", detail.end_to_end_id)
        + tag("MndtId", detail.mandate_id)
    )
    remittance = "".join(tag("Ustrd", text) for text in detail.remittance)
    if detail.creditor_reference:
        reference = tag("Ref", detail.creditor_reference)
        remittance += f"<Strd><CdtrRefInf>{reference}</CdtrRefInf></Strd>"
    returned = tag("Cd", detail.return_reason)
    return (
        f"<TxDtls><Refs>{references}</Refs>{amount(detail.amount_minor, currency)}"
        f"{_party(detail)}{f'<RmtInf>{remittance}</RmtInf>' if remittance else ''}"
        f"{f'<RtrInf><Rsn>{returned}</Rsn></RtrInf>' if returned else ''}</TxDtls>"
    )


def _party(detail: OutDetail) -> str:
    """The other party: who pays a credit, who is paid by a debit; a return keeps the old roles."""
    role = "Dbtr" if (detail.amount_minor >= 0) != bool(detail.return_reason) else "Cdtr"
    name = account = ""
    if detail.party_name:
        name = f"<{role}><Pty>{tag('Nm', detail.party_name)}</Pty></{role}>"
    if detail.party_iban:
        account = f"<{role}Acct><Id>{tag('IBAN', detail.party_iban)}</Id></{role}Acct>"
    if detail.credited_iban:
        account += f"<CdtrAcct><Id>{tag('IBAN', detail.credited_iban)}</Id></CdtrAcct>"
    return f"<RltdPties>{name}{account}</RltdPties>" if name or account else ""


def amount(minor: int, currency: str) -> str:
    """An amount and its direction."""
    direction = "DBIT" if minor < 0 else "CRDT"
    return (
        f'<Amt Ccy="{escape(currency)}">{format_minor(abs(minor))}</Amt>'
        f"{tag('CdtDbtInd', direction)}"
    )


def tag(name: str, text: str | None) -> str:
    """One element; nothing at all when there is no text."""
    return f"<{name}>{escape(text)}</{name}>" if text else ""
