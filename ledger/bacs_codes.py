"""The reason codes of Bacs: what each means, in the words of the field, and what is to be done.

One table for each report. A code that is not in its table is not known, and nobody guesses what it
asks for: whoever reads it sets it aside.

Source: the codes as Bacs members publish them for their customers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Report: TypeAlias = Literal["ARUDD", "ADDACS", "AUDDIS", "DDICA", "ARUCS", "AWACS"]
Action: TypeAlias = Literal[
    # ARUDD: a collection came back unpaid, and
    "represent",  # it may be presented again; the instruction stands
    "unpaid",  # the instruction stands; what was wrong is put right first
    "unpaid_cancel",  # the instruction is cancelled
    "unpaid_deceased",  # the payer has died: the instruction is cancelled, letters stop
    "unpaid_transferred",  # the instruction is cancelled until an ADDACS brings new details
    # ADDACS: the payer's bank changed an instruction
    "cancel",
    "deceased",  # cancel; the payer has died
    "transferred",  # to the new details where they are given, else cancelled
    "amend",  # to the new details; nothing is sent to either bank
    "suspend",  # until the payer has been asked
    "reinstate",  # as it was; nothing is sent
    # AUDDIS: the payer's bank would not lodge an instruction
    "reject",
    # DDICA: the payer's bank takes a collection back, and the instruction
    "claim_keep",
    "claim_cancel",
    "claim_decide",  # is for an officer to decide
    # ARUCS, AWACS: a credit that we sent
    "credit_returned",
    "payee_details",  # it arrived, but the payee's details are to be corrected
]


@dataclass(frozen=True, slots=True)
class Reason:
    """What a code means, and what it asks for."""

    meaning: str
    action: Action


ARUDD: Final[Mapping[str, Reason]] = {
    "0": Reason("refer to payer", "represent"),
    "1": Reason("instruction cancelled", "unpaid_cancel"),
    "2": Reason("payer deceased", "unpaid_deceased"),
    "3": Reason("account transferred", "unpaid_transferred"),
    "4": Reason("advance notice disputed", "unpaid"),
    "5": Reason("no account, or wrong account type", "unpaid_cancel"),
    "6": Reason("no instruction", "unpaid_cancel"),
    "7": Reason("amount differs", "unpaid"),
    "8": Reason("amount not yet due", "unpaid"),
    "9": Reason("presentation overdue", "unpaid"),
    "A": Reason("service user differs", "unpaid"),
    "B": Reason("account closed", "unpaid_cancel"),
}
ADDACS: Final[Mapping[str, Reason]] = {
    "0": Reason("instruction cancelled, refer to payer", "cancel"),
    "1": Reason("instruction cancelled by payer", "cancel"),
    "2": Reason("payer deceased", "deceased"),
    "3": Reason("account transferred", "transferred"),
    "B": Reason("account closed", "cancel"),
    "C": Reason("account transferred to another branch", "amend"),
    "D": Reason("advance notice disputed", "suspend"),
    "E": Reason("instruction amended", "amend"),
    "R": Reason("instruction reinstated", "reinstate"),
}
AUDDIS: Final[Mapping[str, Reason]] = {
    code: Reason(meaning, "reject")
    for code, meaning in {
        "1": "instruction cancelled by payer",
        "2": "payer deceased",
        "3": "account transferred",
        "5": "no account",
        "6": "no instruction",
        "7": "amount of the instruction is not zero",
        "B": "account closed",
        "C": "account transferred to another branch",
        "F": "invalid account type",
        "G": "bank will not accept Direct Debits on the account",
        "H": "instruction has expired",
        "I": "payer reference is not unique",
        "K": "instruction cancelled by paying bank",
        "L": "incorrect payer's account details",
        "M": "transaction code and user status are incompatible",
        "N": "transaction disallowed at payer's branch",
        "O": "invalid reference",
        "P": "payer's name not present",
        "Q": "service user's name blank",
    }.items()
}
DDICA: Final[Mapping[str, Reason]] = {
    "1": Reason("amount or date differ from the advance notice", "claim_keep"),
    "2": Reason("no advance notice received, or the amount is disputed", "claim_keep"),
    "3": Reason("instruction cancelled by paying bank", "claim_cancel"),
    "4": Reason("instruction cancelled by payer with the service user", "claim_cancel"),
    "5": Reason("no instruction held, payer disputes having given authority", "claim_cancel"),
    "6": Reason("signature fraudulent, or not as the account's authority", "claim_cancel"),
    "7": Reason("claim raised at the service user's request", "claim_decide"),
    "8": Reason("service user's name disputed, payer does not recognise it", "claim_cancel"),
}
ARUCS: Final[Mapping[str, Reason]] = {
    "0": Reason("invalid details", "credit_returned"),
    "2": Reason("payee deceased", "credit_returned"),
    "3": Reason("account transferred", "credit_returned"),
    "5": Reason("no account", "credit_returned"),
    "B": Reason("account closed", "credit_returned"),
    "C": Reason("returned at the remitter's request", "credit_returned"),
}
AWACS: Final[Mapping[str, Reason]] = {
    "0": Reason("invalid details", "payee_details"),
    "3": Reason("account transferred", "payee_details"),
}
REASONS: Final[Mapping[Report, Mapping[str, Reason]]] = {
    "ARUDD": ARUDD,
    "ADDACS": ADDACS,
    "AUDDIS": AUDDIS,
    "DDICA": DDICA,
    "ARUCS": ARUCS,
    "AWACS": AWACS,
}
_ARUDD_WORDS: Final[Mapping[str, str]] = {
    **{reason.meaning.upper(): code for code, reason in ARUDD.items()},
    "NO ACCOUNT": "5",
    "AMOUNT NOT DUE": "8",
}


def reason(report: Report, code: str) -> Reason | None:
    """What a code of one character means in a report; None when it is not known there."""
    return REASONS[report].get(code)


def arudd_reason(code: str, description: str | None) -> tuple[str, str]:
    """The reason code (one character) and the reason in words, as an ARUDD report gives them.

    The first character of its code, of four digits, is the reason; without a code the words tell
    it, where they are known. The code is empty when neither does, and may be in no table.
    """
    words = " ".join((description or "").split())
    known = code[:1].upper() or _ARUDD_WORDS.get(words.upper(), "")
    if words:
        return known, words
    return known, ARUDD[known].meaning if known in ARUDD else "no reason is given"
