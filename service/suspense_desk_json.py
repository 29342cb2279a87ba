"""One receipt in suspense for a script."""

import base64
from typing import Any

from ledger.money import format_minor
from ledger.values import Candidate
from service.explain_values import Evidence
from service.suspense_desk_case import Case
from service.suspense_desk_match import Fresh

FORMAT = "tallystick.suspense-receipt.v1"


def case_json(case: Case) -> dict[str, Any]:
    """Everything about the receipt; amounts are pounds and pence such as `12.34`.

    What is left of it in suspense is told as in the list, and absent when nothing is.
    """
    state = case.state
    return {
        "format": FORMAT,
        "receipt": state.receipt,
        "unit": state.unit,
        "received": format_minor(state.amount_minor),
        **({"amount": "0.00"} if case.held is None else case.held.as_json()),
        "evidence": _evidence(case.evidence),
        "history": [one.as_json() for one in case.moments],
        "candidates_of_the_day": [_candidate(one) for one in state.candidates],
        "candidates_now": _fresh(case.fresh),
        "accounts": [place.as_json() for place in case.places],
        "returns_waiting": [
            one.model_dump(include={"suspense_return", "way", "amount_minor", "proposed_by"})
            for one in state.returns.values()
        ],
        "siblings": [
            {"receipt": one.receipt, "amount": format_minor(one.held_minor)}
            for one in case.siblings
        ],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    source, quote = evidence.source, evidence.quote
    return {
        "sentence": evidence.sentence,
        "state": evidence.state,
        "file": source.name if source.kind == "file" else None,
        "sha256": source.digest,
        "line": source.line,
        "byte_start": source.byte_start,
        "byte_end": source.byte_end,
        "quote": None if quote is None else quote.decode("utf-8", errors="backslashreplace"),
        "quote_base64": None if quote is None else base64.b64encode(quote).decode("ascii"),
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "account": f"{one.unit}/{one.account}",
        "rule": one.rule,
        "score": one.score,
        "rules": {each.rule: each.points for each in one.rules or ()},
        "invoices": list(one.invoices or ()),
    }


def _fresh(fresh: Fresh) -> dict[str, Any]:
    matched = fresh.matched
    if matched is None:
        return {"note": fresh.note, "would_apply": None, "candidates": []}
    account = None if matched.account is None else "/".join(matched.account)
    return {
        "note": "",
        "would_apply": account,
        "rule": matched.rule,
        "candidates": [_candidate(one) for one in matched.candidates],
    }
