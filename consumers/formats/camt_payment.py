"""One payment of an ISO 20022 account report (`TxDtls`): who paid, what for, and by what means.

    Amt@Ccy (v04+), AmtDtls/TxAmt/Amt (v02, v03), CdtDbtInd
    Refs/EndToEndId ...           NOTPROVIDED and NONREF stand for none
    RltdPties/Dbtr/Nm (to v07), /Dbtr/Pty/Nm (v08+), /Dbtr/Agt/FinInstnId/Nm when a bank pays;
      UltmtDbtr; DbtrAcct/Id/IBAN or /Othr/Id; the same for Cdtr
    RltdPties/CdtrAcct            of a credit: the account that the payer paid to
    RmtInf/Ustrd, RmtInf/Strd/CdtrRefInf/Ref, /RfrdDocInf/Nb, RtrInf, AddtlTxInf

Source: ISO 20022 camt.053.001.02 to .14, camt.054 alike.
"""

from functools import lru_cache
from typing import NamedTuple

from consumers.formats.accounts import account_key
from consumers.formats.amounts import currency_code, decimal_minor
from consumers.formats.errors import RowError
from consumers.formats.methods import Method, iso_method
from consumers.formats.statement import SourceSpan
from consumers.formats.xml_records import Record

_NO_REFERENCE = frozenset(("NOTPROVIDED", "NOT PROVIDED", "NONREF"))
_REFERENCE_PATHS = (
    "Refs/EndToEndId",
    "RmtInf/Strd/CdtrRefInf/Ref",
    "RmtInf/Strd/RfrdDocInf/Nb",
    "Refs/MndtId",
    "Refs/InstrId",
    "Refs/TxId",
    "Refs/PmtInfId",
    "Refs/ChqNb",
    "Refs/UETR",
    "Refs/Prtry/Ref",
)
_METHOD_PATHS = ("BkTxCd/Domn/Fmly/Cd", "BkTxCd/Prtry/Cd")
_RETURN_PATHS = ("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry", "RtrInf/AddtlInf")
_WRAPPED_AT = (35, 140)  # widths at which banks cut a remittance text into several Ustrd


class _Amount(NamedTuple):
    """Where an amount and its currency stand."""

    figure: str
    currency: str


_AMOUNT = _Amount("Amt", "Amt@Ccy")
_TRANSACTION_AMOUNT = _Amount("AmtDtls/TxAmt/Amt", "AmtDtls/TxAmt/Amt@Ccy")


class _Party(NamedTuple):
    """Where a payment names one of its two parties."""

    name: tuple[str, ...]
    account: tuple[str, ...]


def _party(role: str) -> _Party:
    party, ultimate = f"RltdPties/{role}", f"RltdPties/Ultmt{role}"
    return _Party(
        (
            f"{party}/Pty/Nm",
            f"{party}/Nm",
            f"{ultimate}/Pty/Nm",
            f"{ultimate}/Nm",
            f"{party}/Agt/FinInstnId/Nm",
        ),
        (f"{party}Acct/Id/IBAN", f"{party}Acct/Id/Othr/Id"),
    )


_DEBTOR, _CREDITOR = _party("Dbtr"), _party("Cdtr")


class Payment(NamedTuple):
    """What one `TxDtls` says; `amount_minor` is None when it gives no amount that can be read.

    `method` is None when it gives no code of its own, so that its entry's is meant.
    """

    amount_minor: int | None
    currency: str | None
    bank_reference: str | None
    references: tuple[str, ...]
    narrative: str
    party_name: str | None
    party_account: str | None
    credited_account: str | None
    method: Method | None
    is_return: bool
    span: SourceSpan


def payment(record: Record, own_account: str | None) -> Payment:
    """Read one `TxDtls`; nothing in it can fail its entry, as the entry holds the amount.

    `own_account` is the account of the report: money for another account of ours says which.
    """
    get, entry = record.fields.get, record.parent
    direction = get("CdtDbtInd") or (entry.fields.get("CdtDbtInd") if entry else "") or ""
    at = _AMOUNT if "Amt" in record.fields else _TRANSACTION_AMOUNT
    try:
        amount = _signed(record, at, direction)
    except RowError:
        amount = None
    keys = record.fields.keys()
    is_return = not keys.isdisjoint(_RETURN_PATHS) and bool(record.first(*_RETURN_PATHS))
    is_credit = direction == "CRDT"
    party = _DEBTOR if is_credit != is_return else _CREDITOR
    account = record.first(*party.account)
    return Payment(
        amount,
        get(at.currency),
        real_reference(get("Refs/AcctSvcrRef")),
        _references(record),
        _narrative(record),
        record.first(*party.name),
        account_key(account) if account else None,
        _credited(record, own_account) if is_credit and not is_return else None,
        None if keys.isdisjoint(_METHOD_PATHS) else method_of(record),
        is_return,
        record.span,
    )


def signed_minor(entry: Record) -> int:
    """The amount of an entry with its sign: CRDT is money in. RowError when it cannot be read."""
    return _signed(entry, _AMOUNT, entry.fields.get("CdtDbtInd") or "")


def method_of(record: Record) -> Method:
    """The method that a bank transaction code says."""
    get = record.fields.get
    family, proprietary = get(_METHOD_PATHS[0]), get(_METHOD_PATHS[1])
    return iso_method(family, get("BkTxCd/Domn/Fmly/SubFmlyCd"), proprietary)


def real_reference(text: str | None) -> str | None:
    """A reference, unless it only says that there is none."""
    return None if not text or text.upper() in _NO_REFERENCE else text


def _signed(record: Record, at: _Amount, indicator: str) -> int:
    fields, repeated = record.fields, record.repeated
    if at.figure not in fields or (repeated is not None and at.figure in repeated):
        stated = ", ".join(record.all(at.figure))
        raise RowError(at.figure, stated, "exactly one amount is expected")
    return _figure(fields[at.figure], fields.get(at.currency), indicator, at.figure)


@lru_cache(maxsize=4096)  # an entry and its one payment state the same figure
def _figure(amount: str, currency: str | None, indicator: str, path: str) -> int:
    minor = decimal_minor(amount, currency_code(currency, f"{path}@Ccy"), path)
    if indicator not in ("CRDT", "DBIT"):
        raise RowError("CdtDbtInd", indicator, "neither CRDT nor DBIT")
    return minor if indicator == "CRDT" else -minor


def _credited(record: Record, own_account: str | None) -> str | None:
    """The account that was paid to, when it is not the report's own: a virtual account."""
    stated = record.first(*_CREDITOR.account)
    if stated is None or own_account is None:
        return None
    account = account_key(stated)
    # Some banks state their own customer's account number without its sort code.
    is_own = account == own_account or own_account.endswith(f"-{account}")
    return None if is_own else account


def _references(record: Record) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for path in _REFERENCE_PATHS:
        if path in record.fields:
            for text in record.all(path):
                if reference := real_reference(text.strip()):
                    found[reference] = None
    return tuple(found)


def _narrative(record: Record) -> str:
    """The remittance text; where the bank has none, what it adds in words of its own."""
    if record.repeated is None or "RmtInf/Ustrd" not in record.repeated:
        text = record.fields.get("RmtInf/Ustrd") or ""
    else:
        parts = record.repeated["RmtInf/Ustrd"]
        text = "".join(part if len(part) in _WRAPPED_AT else f"{part} " for part in parts)
    text = text or record.first("RmtInf/Strd/AddtlRmtInf", "AddtlTxInf") or ""
    return " ".join(text.split())
