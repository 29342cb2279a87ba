"""An explanation as JSON; the format has a name and a version, and amounts are strings."""

import base64
from typing import Any

from ledger.money import format_minor
from service.explain_values import Detail, Evidence, Explanation, Line, Trace
from service.moments import written

FORMAT = "tallystick.explanation.v1"


def as_json(explanation: Explanation) -> dict[str, Any]:
    """The whole explanation; amounts are pounds and pence such as `12.34`."""
    target, checks = explanation.target, explanation.checks
    return {
        "format": FORMAT,
        "unit": target.unit,
        "account": target.account,
        "item": target.item,
        "currency": explanation.currency,
        "as_at": explanation.as_at.isoformat(),
        "as_known": explanation.as_known.isoformat(),
        "position": explanation.position,
        "sentences": list(explanation.sentences),
        "balance": format_minor(explanation.balance_minor),
        "open": format_minor(explanation.open_minor),
        "overdue": format_minor(explanation.overdue_minor),
        "unapplied_credit": format_minor(explanation.unapplied_minor),
        "open_items": [
            {
                "item": part.item,
                "instalment": part.number or None,
                "due_on": part.due_on.isoformat(),
                "open": format_minor(part.open_minor),
                "overdue": part.overdue,
            }
            for part in explanation.parts
        ],
        "lines": [_line(line) for line in explanation.lines],
        "other_events": [_detail(one) for one in explanation.others],
        "checks": {
            "lines_add_up": True,  # an explanation that does not is never made
            "equals_movements": checks.movements,
            "equals_state": checks.state,
            "note": checks.note,
        },
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "text": line.text,
        "amount": format_minor(line.amount_minor),
        "balance": format_minor(line.balance_minor),
        **_trace(line.trace),
        "details": [_detail(one) for one in line.details],
        "origins": [_detail(one) for one in line.origins],
    }


def _detail(detail: Detail) -> dict[str, Any]:
    amount = format_minor(detail.amount_minor)
    return {"text": detail.text, "amount": amount, **_trace(detail.trace)}


def _trace(trace: Trace) -> dict[str, Any]:
    return {
        "effective_on": trace.effective_on.isoformat(),
        "recorded_at": written(trace.recorded_at),
        "position": trace.position,
        "event_id": trace.event_id,
        "topic": trace.topic,
        "rule": trace.rule,
        "actor": trace.actor,
        "approver": trace.approver,
        "source": _evidence(trace.evidence),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    source = evidence.source
    quote = evidence.quote
    return {
        "kind": source.kind,
        "name": source.name,
        "sha256": source.digest,
        "line": source.line,
        "byte_start": source.byte_start,
        "byte_end": source.byte_end,
        "partition": source.partition,
        "offset": source.offset,
        "schema": source.schema,
        "sentence": evidence.sentence,
        "state": evidence.state,
        "quote": None if quote is None else quote.decode("utf-8", errors="backslashreplace"),
        "quote_base64": None if quote is None else base64.b64encode(quote).decode("ascii"),
    }
