"""The reference pages that are written from the code: every event, and every refusal.

`python -m ledger.catalogue FOLDER` writes both; a test finds a page that is out of date.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from ledger import (
    alias_events,
    collection_run_events,
    events,
    indemnity_events,
    intake_events,
    mandate_events,
    quarantine_events,
    small_balance_events,
    standing_order_events,
    suspense_events,
)
from ledger.recorded import FACTS
from ledger.refusals_explained import MEANINGS
from ledger.values import Fact, Value

EVENTS_PAGE = "event-catalogue.md"
REFUSALS_PAGE = "refusals.md"
_GENERATED = "<!-- Written by `python -m ledger.catalogue docs`; do not edit. -->"
_SECTIONS: tuple[tuple[str, ModuleType], ...] = (
    ("Debtor accounts", events),
    ("Money in suspense", suspense_events),
    ("Payers that are known", alias_events),
    ("Batches of small balances", small_balance_events),
    ("Direct Debit: mandates and collections", mandate_events),
    ("Direct Debit: runs", collection_run_events),
    ("Direct Debit: indemnity claims", indemnity_events),
    ("Standing orders", standing_order_events),
    ("Intake", intake_events),
    ("Quarantine", quarantine_events),
)
_EVENTS_INTRODUCTION = (
    "Every fact that the ledger can record, by its topic. Amounts are whole numbers of minor units"
    " (`_minor`), dates are ISO 8601. Around each fact stands an envelope: id, effective date,"
    " actor, approver, source, correlation and causation. A fact never changes its form: a new"
    " form is a new version of its topic. Fields marked `?` may be absent."
)
_REFUSALS_INTRODUCTION = (
    "Every answer by which the ledger declines to do something, in precedence: where several apply,"
    " the first of this list is given (a bill's failing pre-issue checks are given all together)."
    " Programs match the code; the sentence that comes with it tells the case."
)
_WORDS = {str: "text", int: "whole number", bool: "yes or no", date: "date"}


def page() -> str:
    """The catalogue of events, in Markdown."""
    parts = ["# Events", _GENERATED, _EVENTS_INTRODUCTION]
    for title, module in _SECTIONS:
        parts += [f"## {title}", _first_paragraph(module)]
        parts += (_entry(f"`{fact.topic}`", fact) for fact in _facts_of(module))
    parts.append("## Parts of events")
    parts += (_entry(f"`{part.__name__}`", part) for part in _parts())
    return "\n\n".join(parts) + "\n"


def refusals_page() -> str:
    """The catalogue of refusals, in Markdown."""
    parts = ["# Refusals", _GENERATED, _REFUSALS_INTRODUCTION]
    for title, codes in MEANINGS.items():
        rows = (f"| `{code.value}` | {meaning} |" for code, meaning in codes.items())
        parts += [f"## {title}", "\n".join(("| Code | Meaning |", "|---|---|", *rows))]
    return "\n\n".join(parts) + "\n"


def _first_paragraph(module: ModuleType) -> str:
    return " ".join((module.__doc__ or "").split("\n\n")[0].split())


def _facts_of(module: ModuleType) -> Iterator[type[Fact]]:
    known = set(FACTS.values())
    return (one for one in vars(module).values() if isinstance(one, type) and one in known)


def _entry(heading: str, kind: type[Value]) -> str:
    fields = kind.model_fields.items()
    rows = (f"| `{name}` | {describe(field.annotation)} |" for name, field in fields)
    meaning = " ".join((kind.__doc__ or "").split())
    return "\n".join((f"### {heading}", "", meaning, "", "| Field | Type |", "|---|---|", *rows))


def describe(annotation: Any) -> str:  # noqa: ANN401 - whatever may stand as a field's type
    """A field's type in words. Raises KeyError for one that facts may not have."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        inner = next(one for one in args if one is not NoneType)
        return f"{describe(inner)} ?"
    if origin is Literal:
        return "one of " + ", ".join(f"`{one}`" for one in args)
    if origin is tuple:
        return f"list of {describe(args[0])}"
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return f"`{annotation.__name__}`"
    return _WORDS[annotation]


def _parts() -> list[type[Value]]:
    found: dict[str, type[Value]] = {}
    pending: list[Any] = list(FACTS.values())
    while pending:
        kind = pending.pop()
        pending += get_args(kind)
        if isinstance(kind, type) and issubclass(kind, Value):
            pending += (field.annotation for field in kind.model_fields.values())
            if not issubclass(kind, Fact):
                found[kind.__name__] = kind
    return [found[name] for name in sorted(found)]


def write(folder: Path) -> None:
    """Write both pages."""
    (folder / EVENTS_PAGE).write_text(page(), encoding="utf-8")
    (folder / REFUSALS_PAGE).write_text(refusals_page(), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
