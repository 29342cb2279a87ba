"""An answer as CSV for a spreadsheet and as JSON for a script."""

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledger.money import format_minor
from service.moments import written
from service.report_run import Answer, BrokenIdentity, Freshness

FORMAT = "tallystick.report.v1"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(answer: Answer) -> str:
    """The rows by RFC 4180, the names of the columns first.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; numbers stay
    numbers.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([column.name for column in answer.columns])
    for row in answer.rows:
        writer.writerow([guarded(value) for value in row])
    return out.getvalue()


def guarded(value: object) -> str:
    """One value as the text of a CSV cell."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    plain = jsonable(value)
    if plain is None:
        return ""
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def jsonable(value: object) -> str | int | bool | None:
    """One value for JSON: amounts and rates as strings, so that no reader rounds them."""
    match value:
        case Decimal():
            return format(value, "f")
        case datetime():
            return written(value)
        case date():
            return value.isoformat()
        case str() | bool() | int() | None:
            return value
        case _:
            raise TypeError(f"a report has a value of type {type(value).__name__}")


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer with everything that it rests on."""
    question = answer.question
    names = [column.name for column in answer.columns]
    return {
        "format": FORMAT,
        "report": question.report.name,
        "title": question.report.title,
        "definitions": definitions(answer),
        "as_at": question.as_at.isoformat(),
        "as_known": question.as_known.isoformat(),
        "unit": question.unit,
        "parameters": dict(question.parameters),
        "freshness": _freshness(answer.freshness),
        "identities": {
            "hold": not answer.broken,
            "checked": answer.identities,
            "broken": [_broken(one) for one in answer.broken],
        },
        "rows": [dict(zip(names, map(jsonable, row), strict=True)) for row in answer.rows],
    }


def _freshness(fresh: Freshness) -> dict[str, Any]:
    known = {"position": fresh.position, "behind": fresh.behind}
    at = fresh.replayed_at
    return known if at is None else {**known, "replayed_at": at.isoformat()}


def definitions(answer: Answer) -> list[str]:
    """The definition ids of the rows; those that the report can publish when it has no row."""
    names = [column.name for column in answer.columns]
    if not answer.rows or "definition" not in names:
        return list(answer.question.report.definitions)
    index = names.index("definition")
    return sorted({str(row[index]) for row in answer.rows})


def _broken(one: BrokenIdentity) -> dict[str, str]:
    return {
        "definition": one.definition,
        "name": one.name,
        "unit": one.unit,
        "currency": one.currency,
        "left": format_minor(one.left_minor),
        "right": format_minor(one.right_minor),
    }
