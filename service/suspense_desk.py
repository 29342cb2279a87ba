"""What is in suspense: each receipt with its age, its owner, its best candidate, why it is here.

Every figure is that of the report on suspense, so that the desk and the report never differ.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

import psycopg
from psycopg.rows import class_row

from ledger.money import format_minor
from service.report_run import known_now
from service.wiring import App

FORMAT = "tallystick.suspense.v1"
NOBODY = "nobody"
Sort: TypeAlias = Literal["age", "amount", "owner", "candidate"]

_QUERY = """
SELECT unit, currency, receipt, method, received_on, (open_amount * 100)::bigint AS held_minor,
    age_working_days, age_band, owner, reason, candidates, candidate, candidate_rule,
    candidate_score
FROM reporting.suspense(%(as_at)s, %(as_known)s)
"""


@dataclass(frozen=True, slots=True)
class Held:
    """One receipt in suspense; `held_minor` is what is left of it, in minor units of `currency`.

    `reason` is the code of why it is here. `candidates` counts the accounts that it might belong
    to; `candidate` is the best of them, such as `HSG/100`, with its rule and its score.
    """

    unit: str
    currency: str
    receipt: str
    method: str
    received_on: date
    held_minor: int
    age_working_days: int
    age_band: str
    owner: str | None
    reason: str
    candidates: int | None
    candidate: str | None
    candidate_rule: str | None
    candidate_score: int | None

    def as_json(self) -> dict[str, Any]:
        """For a script; the amount is pounds and pence such as `12.34`."""
        return {
            "receipt": self.receipt,
            "unit": self.unit,
            "method": self.method,
            "value_on": self.received_on.isoformat(),
            "age_working_days": self.age_working_days,
            "age_band": self.age_band,
            "amount": format_minor(self.held_minor),
            "currency": self.currency,
            "owner": self.owner,
            "reason": self.reason,
            "candidates": self.candidates or 0,
            "candidate": self.candidate,
            "candidate_rule": self.candidate_rule,
            "candidate_score": self.candidate_score,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which receipts are asked for, and in which order.

    `older_than` is in working days; the owner `nobody` means what nobody looks after.
    """

    owner: str | None = None
    older_than: int | None = None
    unit: str | None = None
    sort: Sort = "age"


ALL = Wanted()


def listed(app: App, wanted: Wanted = ALL) -> list[Held]:
    """What is in suspense today. The read models must have caught up."""
    return sorted(_wanted(_held(app), wanted), key=_order(wanted.sort))


def held(app: App, receipt: str) -> Held | None:
    """One receipt; None when nothing of it is in suspense. The read models must have caught up."""
    return next(iter(_held(app, receipt)), None)


def _held(app: App, receipt: str | None = None) -> list[Held]:
    with psycopg.connect(app.urls.app, row_factory=class_row(Held)) as connection:
        connection.execute("SET ROLE tallystick_reader")
        asked = {"as_at": app.ledger.today(), "as_known": known_now(app), "receipt": receipt}
        one = "" if receipt is None else "WHERE receipt = %(receipt)s"  # a look-up, not a scan
        return connection.execute(f"{_QUERY}{one}", asked).fetchall()


def _wanted(rows: Iterable[Held], wanted: Wanted) -> list[Held]:
    owner = None if wanted.owner == NOBODY else wanted.owner
    return [
        row
        for row in rows
        if (wanted.owner is None or row.owner == owner)
        and (wanted.older_than is None or row.age_working_days > wanted.older_than)
        and (wanted.unit is None or row.unit == wanted.unit)
    ]


def _order(sort: Sort) -> Any:  # noqa: ANN401 - the key of a row, of whatever type
    match sort:
        case "age":
            return lambda row: (row.received_on, row.receipt)
        case "amount":
            return lambda row: (-row.held_minor, row.received_on, row.receipt)
        case "owner":
            return lambda row: (row.owner or "", row.received_on, row.receipt)
        case "candidate":
            return lambda row: (-(row.candidate_score or 0), row.received_on, row.receipt)


def totals(rows: Sequence[Held]) -> dict[str, int]:
    """What the rows come to in each currency, in minor units."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.currency] = found.get(row.currency, 0) + row.held_minor
    return found


def oldest(rows: Sequence[Held]) -> Held | None:
    """The row that has waited longest."""
    return min(rows, key=lambda row: (row.received_on, row.receipt), default=None)


def as_json(rows: Sequence[Held], today: date) -> dict[str, Any]:
    """The list for a script, with its totals."""
    first = oldest(rows)
    return {
        "format": FORMAT,
        "as_at": today.isoformat(),
        "count": len(rows),
        "totals": {currency: format_minor(minor) for currency, minor in totals(rows).items()},
        "oldest": None if first is None else first.receipt,
        "rows": [row.as_json() for row in rows],
    }
