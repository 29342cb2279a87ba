"""A match in words, for the person who must agree with it or say what is wrong with it."""

from consumers.matching import rules
from consumers.matching.match import Matched
from ledger.references import is_valid, spaced
from ledger.values import Candidate, Match, RulePoints

_WORDS = {
    rules.ACCOUNT_REFERENCE: "payment reference",
    rules.VIRTUAL_ACCOUNT: "paid to the account's own bank account number",
    rules.INVOICE_NUMBER: "number of a bill",
    rules.ACCOUNT_REFERENCE_MENDED: "payment reference, letters read as digits",
    rules.PAYER_ALIAS: "known payer, as an officer said",
    rules.ACCOUNT_NUMBER: "account number",
    rules.PAYER_KNOWN: "bank account that paid this debtor before",
    rules.PAYER_NAME: "name of the debtor",
    rules.DEBTOR_INSTRUCTION: "what the debtor said his next payment is for",
    rules.AMOUNT_EXACT: "exact amount",
    rules.AMOUNT_INSTALMENT: "amount of an instalment that is due",
    rules.AMOUNT_SUM: "sum of several bills",
    rules.AMOUNT_WITHIN_TOLERANCE: "amount within the tolerance",
    rules.RECENTLY_CLOSED: "the bill is settled: a second payment?",
}
_REASONS = {
    rules.NO_CANDIDATE: "nothing in the line leads to an account",
    rules.BELOW_THRESHOLD: "no account is sure enough",
    rules.NEAR_EQUAL: "another account is nearly as likely",
    rules.PAYER_DIFFERS: "the number and the amount fit, but it is not known who paid",
    rules.REFERENCES_DISAGREE: "the line names more than one account",
    rules.RETURNED_REFUND: "as much was refunded to the account lately: it may have come back",
    rules.NO_POLICY: "no matching policy was in force",
}
_HAS_TEXT = rules.SURE | {rules.ACCOUNT_NUMBER}


def describe(match: Match, matched_reference: str | None = None) -> str:
    """Why a receipt was given to its account, and what came second.

    `payment reference 1234 5678 9012 (150) + exact amount (40) = 190; next best HSG/A2 with 40`
    """
    second = match.runner_up
    after = f"; next best {second.unit}/{second.account} with {second.score}" if second else ""
    return f"{_sum(match.rules, match.score, matched_reference)}{after}"


def describe_candidate(candidate: Candidate) -> str:
    """An account that a receipt may belong to: `HSG/A2: name of the debtor (40) = 40`."""
    place = f"{candidate.unit}/{candidate.account}"
    if candidate.rules is None or candidate.score is None:
        return f"{place}: {_WORDS.get(candidate.rule, candidate.rule)}"
    pays = f", for {', '.join(candidate.invoices)}" if candidate.invoices else ""
    return f"{place}: {_sum(candidate.rules, candidate.score, None)}{pays}"


def describe_matched(matched: Matched) -> tuple[str, ...]:
    """The answer of the matcher, a sentence each: the account or why none, and all candidates."""
    candidates = tuple(describe_candidate(candidate) for candidate in matched.candidates)
    if matched.account is None or matched.match is None:
        reason = matched.reason or rules.NO_CANDIDATE
        return (_REASONS.get(reason, reason.replace("-", " ")), *candidates)
    place = "/".join(matched.account)
    return (f"{place}: {describe(matched.match, matched.matched_reference)}", *candidates[1:])


def _sum(held: tuple[RulePoints, ...], score: int, text: str | None) -> str:
    told = next((one.rule for one in held if one.rule in _HAS_TEXT), None)
    parts: list[str] = []
    for one in held:
        words = _WORDS.get(one.rule, one.rule)
        if text is not None and one.rule == told:
            words = f"{words} {spaced(text) if is_valid(text) else text}"
        parts.append(f"{words} ({one.points})")
    return f"{' + '.join(parts)} = {score}"
