"""The rules of matching as an officer reads them: what spoke for an account, and how much."""

from consumers.matching import rules
from consumers.matching.match import Matched
from ledger.values import Candidate
from service.explain_terms import joined

SAID: dict[str, str] = {
    rules.ACCOUNT_REFERENCE: "our payment reference is on the line",
    rules.VIRTUAL_ACCOUNT: "it was paid to the account number that only this debtor has",
    rules.INVOICE_NUMBER: "the line names a bill of the account",
    rules.ACCOUNT_REFERENCE_MENDED: "our payment reference, once letters are read as digits",
    rules.PAYER_ALIAS: "the payer is remembered for the account",
    rules.ACCOUNT_NUMBER: "the line names the account's number, which has no check digits",
    rules.PAYER_KNOWN: "the payer's bank account has paid the account before",
    rules.PAYER_NAME: "the payer is called like the debtor",
    rules.DEBTOR_INSTRUCTION: "the debtor said what this payment is for",
    rules.AMOUNT_EXACT: "the amount is exactly what is open",
    rules.AMOUNT_INSTALMENT: "the amount is that of an instalment",
    rules.AMOUNT_SUM: "the amount is the sum of several bills",
    rules.AMOUNT_WITHIN_TOLERANCE: "the amount is what is open, but for a little",
    rules.RECENTLY_CLOSED: "the bill named was paid before: it may be a second payment",
}
TAKEN_OFF = "taken-off-by-a-person"
CUT_UP = "cut-up-by-a-person"
# the reason of a receipt in suspense -> why it is there; a refusal's code is a reason too
WHY_HELD: dict[str, str] = {
    rules.NO_CANDIDATE: "nothing on its line names an account, a bill or a payer that we know",
    rules.BELOW_THRESHOLD: "it may belong to an account, but not surely enough",
    rules.NEAR_EQUAL: "two accounts are as likely as each other",
    rules.PAYER_DIFFERS: "the number is an account's, but the payer is not its debtor",
    rules.REFERENCES_DISAGREE: "its line names more than one account",
    rules.RETURNED_REFUND: "as much was refunded to the account lately: it may have come back",
    rules.NO_POLICY: "no matching policy is in force",
    "no-reference": "its line names no account and no bill that we know",
    TAKEN_OFF: "the account that it points to is one that a person took it off",
    CUT_UP: "a person has cut it up, and says where its parts go",
    "unopened-batch": "the bank booked several payments as one line, and no advice lists them yet",
    "account_not_open": "the account that its line names is not open",
    "account_quarantined": "the account that its line names is stopped until a person releases it",
    "currency_differs": "the account that its line names is kept in another currency",
}


SHORT: dict[str, str] = {
    rules.BELOW_THRESHOLD: "not sure enough",
    rules.NEAR_EQUAL: "two equally likely",
    rules.PAYER_DIFFERS: "payer is not the debtor",
    rules.REFERENCES_DISAGREE: "names several accounts",
    rules.RETURNED_REFUND: "a refund come back?",
    rules.NO_POLICY: "no policy",
}


def why_held(reason: str) -> str:
    """Why a receipt is in suspense; a reason without a sentence of its own is spelt out."""
    return WHY_HELD.get(reason, reason.replace("_", " ").replace("-", " "))


def short(reason: str) -> str:
    """The same in a few words, for a list."""
    return SHORT.get(reason, reason.replace("_", " ").replace("-", " "))


def scored(candidate: Candidate) -> str:
    """`HSG/100, 190 points: our payment reference is on the line (150), ...`."""
    place = f"{candidate.unit}/{candidate.account}"
    if candidate.score is None or candidate.rules is None:
        return f"{place}: {SAID.get(candidate.rule, candidate.rule)}"
    said = [f"{SAID.get(one.rule, one.rule)} ({one.points})" for one in candidate.rules]
    bills = f"; it would pay {joined(candidate.invoices)}" if candidate.invoices else ""
    return f"{place}, {candidate.score} points: {', '.join(said)}{bills}"


def answered(matched: Matched) -> str:
    """What the matcher says now, in a sentence."""
    if matched.account is None:
        return f"By today's state still nobody is sure: {why_held(matched.reason or '')}."
    place, score = "/".join(matched.account), matched.match.score if matched.match else 0
    return f"By today's state it is sure: {place}, with {score} points (suspense rematch --apply)."
