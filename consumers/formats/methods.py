"""How money moved: a closed set of words, and the codes that banks use for them.

ISO codes: the external code set of ISO 20022, `BkTxCd/Domn` (family, sub-family). UK codes: the
two- or three-letter codes of UK statements. SWIFT codes: `:61:` of MT940, which many banks put into
`BkTxCd/Prtry`. A bank whose codes differ has its own table in its CSV profile.
"""

from typing import Final, Literal, TypeAlias

Method: TypeAlias = Literal[
    "bank_transfer",
    "direct_debit",
    "standing_order",
    "cheque",
    "cash",
    "card",
    "direct_debit_returned",
    "charge",
    "interest",
    "other",
]

_ISO_FAMILIES: Final[dict[str, Method]] = {
    "RCDT": "bank_transfer",
    "ICDT": "bank_transfer",
    "RRCT": "bank_transfer",
    "IRCT": "bank_transfer",
    "IDDT": "direct_debit",
    "RDDT": "direct_debit",
    "RCHQ": "cheque",
    "ICHQ": "cheque",
    "CNTR": "cash",
    "MCRD": "card",
    "CCRD": "card",
}
# A sub-family says more than its family: it is asked first.
_ISO_SUBFAMILIES: Final[dict[str, Method]] = {
    "STDO": "standing_order",
    "UPDD": "direct_debit_returned",
    "PRDD": "direct_debit_returned",
    "RCDD": "direct_debit_returned",
    "CHKD": "cheque",
    "CHRG": "charge",
    "FEES": "charge",
    "COMM": "charge",
    "COMI": "charge",
    "INTR": "interest",
}
_PROPRIETARY: Final[dict[str, Method]] = {
    **dict.fromkeys(("BAC", "BGC", "BACS", "FPI", "FPO", "TFR", "CHAPS", "NTRF"), "bank_transfer"),
    **dict.fromkeys(("DD", "DDR", "NDDT"), "direct_debit"),
    **dict.fromkeys(("SO", "STO", "NSTO"), "standing_order"),
    **dict.fromkeys(("CHQ", "NCHK"), "cheque"),
    **dict.fromkeys(("CSH", "CASH", "ATM"), "cash"),
    **dict.fromkeys(("DEB", "POS", "CARD"), "card"),
    **dict.fromkeys(("UDD", "NRTI"), "direct_debit_returned"),
    **dict.fromkeys(("CHG", "FEE", "NCHG"), "charge"),
    **dict.fromkeys(("INT", "NINT"), "interest"),
}
_BACS: Final[dict[str, Method]] = {
    **dict.fromkeys(("01", "17", "18", "19"), "direct_debit"),
    **dict.fromkeys(("U1", "U7", "U8", "U9"), "direct_debit_returned"),
    **dict.fromkeys(("93", "99", "RA"), "bank_transfer"),
    **dict.fromkeys(("90", "Z4", "Z5"), "interest"),
    "11": "cheque",
}
_OFX: Final[dict[str, Method]] = {
    **dict.fromkeys(("DIRECTDEP", "XFER", "PAYMENT"), "bank_transfer"),
    **dict.fromkeys(("CASH", "ATM"), "cash"),
    **dict.fromkeys(("FEE", "SRVCHG"), "charge"),
    **dict.fromkeys(("INT", "DIV"), "interest"),
    "DIRECTDEBIT": "direct_debit",
    "REPEATPMT": "standing_order",
    "CHECK": "cheque",
    "POS": "card",
}


def ofx_method(kind: str) -> Method:
    """The method of an OFX transaction by its TRNTYPE; `other` for CREDIT, DEBIT, DEP and OTHER."""
    return _OFX.get(kind, "other")


def bacs_method(code: str) -> Method:
    """The method of a transaction code of Bacs Standard 18; `other` for 03 and 86, which say none.

    93 is a sundry credit: a giro credit or transfer, and also cash paid in at a counter.
    """
    return _BACS.get(code, "other")


def iso_method(family: str | None, subfamily: str | None, proprietary: str | None) -> Method:
    """The method of an ISO 20022 entry; `other` when its codes say nothing."""
    return (
        _ISO_SUBFAMILIES.get(subfamily or "")
        or _ISO_FAMILIES.get(family or "")
        or _PROPRIETARY.get((proprietary or "").upper())
        or "other"
    )


def returned(method: Method) -> Method:
    """The method of an entry that the bank marks as a return."""
    return "direct_debit_returned" if method == "direct_debit" else method
