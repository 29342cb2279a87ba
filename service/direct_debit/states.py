"""Which mandates a plan, a notice or a run is about, and how they and their accounts stand."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from ledger.account_state import AccountState
from ledger.ids import account_stream, mandate_stream
from ledger.mandate import MandateState
from ledger.stream_states import states_of
from service.reading import figures
from service.wiring import App

_T = TypeVar("_T")
PAGE = 1_000  # mandates whose states are in memory at once

_LIVING = """
    SELECT d.mandate FROM reporting.mandate_events AS d
    WHERE d.kind = 'drafted' AND d.unit = %(unit)s AND d.sun = %(sun)s
    ORDER BY d.mandate
"""
_ANNOUNCED = """
    SELECT DISTINCT a.mandate, d.account FROM reporting.collection_events AS a
    JOIN reporting.mandate_events AS d
        ON d.sun = a.sun AND d.mandate = a.mandate AND d.kind = 'drafted'
    WHERE a.kind = 'announced' AND a.entry_on = %(entry_on)s AND a.sun = %(sun)s
        AND d.unit = %(unit)s
    ORDER BY a.mandate
"""
_TO_LODGE = """
    SELECT DISTINCT d.mandate FROM reporting.mandate_events AS d
    JOIN reporting.mandate_events AS w
        ON w.sun = d.sun AND w.mandate = d.mandate AND w.to_lodge IS NOT NULL
    WHERE d.kind = 'drafted' AND d.unit = %(unit)s AND d.sun = %(sun)s
        AND NOT EXISTS (
            SELECT FROM reporting.mandate_events AS l
            WHERE l.sun = d.sun AND l.mandate = d.mandate AND l.kind = 'lodged'
                AND l.code = w.to_lodge AND l.position > w.position)
    ORDER BY d.mandate
"""

_NOT_LET_GO = """
    SELECT l.mandate, l.run FROM reporting.mandate_events AS l
    WHERE l.sun = %(sun)s AND l.kind = 'lodged' AND l.code <> '0C'
        AND NOT EXISTS (
            SELECT FROM reporting.collection_run_events AS r
            WHERE r.run = l.run AND r.kind = 'released')
        AND NOT EXISTS (
            SELECT FROM reporting.mandate_events AS s
            WHERE s.run = l.run AND s.item = l.item AND s.kind = 'lodgement_stopped')
"""
_RETURNED = """
    SELECT r.mandate, max(r.told_on) FROM reporting.collection_events AS r
    JOIN reporting.mandate_events AS d
        ON d.sun = r.sun AND d.mandate = r.mandate AND d.kind = 'drafted'
    WHERE r.kind = 'returned' AND r.sun = %(sun)s AND d.unit = %(unit)s
    GROUP BY r.mandate ORDER BY r.mandate
"""


def pages(all_: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """As many at a time as are worked on in one append."""
    for first in range(0, len(all_), PAGE):
        yield all_[first : first + PAGE]


class Standing(NamedTuple):
    """A mandate and the account that it pays."""

    mandate: MandateState
    account: AccountState


def living(app: App, unit: str, sun: str) -> list[str]:
    """Every mandate of a unit, also those that have ended. The read models must have caught up."""
    return _names(app, _LIVING, {"unit": unit, "sun": sun})


def announced(app: App, unit: str, sun: str, entry_on: date) -> list[tuple[str, str]]:
    """The mandates whose payers were told of a collection on a day, each with its account."""
    with figures(app.urls.app) as connection:
        values = {"unit": unit, "sun": sun, "entry_on": entry_on}
        return connection.execute(_ANNOUNCED, values).fetchall()


def returned(app: App, unit: str, sun: str) -> list[tuple[str, date]]:
    """The mandates of which a collection came back, each with the last day of such a report."""
    with figures(app.urls.app) as connection:
        return connection.execute(_RETURNED, {"unit": unit, "sun": sun}).fetchall()


def to_lodge(app: App, unit: str, sun: str) -> list[str]:
    """The mandates of which the next run must tell a bank something."""
    return _names(app, _TO_LODGE, {"unit": unit, "sun": sun})


def not_let_go(app: App, sun: str) -> dict[str, str]:
    """The mandates whose instruction is in a run that nobody has released, each with that run.

    No bank knows of them, and such a run may never go: nothing can rest on it yet. The read models
    must have caught up.
    """
    with figures(app.urls.app) as connection:
        return dict(connection.execute(_NOT_LET_GO, {"sun": sun}).fetchall())


def rests_on(run: str) -> str:
    """Why nothing is taken on an instruction in a run that nobody has released."""
    return f"its instruction is in run {run}, which nobody has released"


def _names(app: App, query: str, values: dict[str, object]) -> list[str]:
    with figures(app.urls.app) as connection:
        return [row[0] for row in connection.execute(query, values)]


def standing(app: App, sun: str, mandates: Sequence[str]) -> Iterator[list[Standing]]:
    """The mandates with their accounts as they are this moment, a page at a time, in order."""
    for page in pages(mandates):
        names = [mandate_stream(sun, one) for one in page]
        found = states_of(app.store, names, MandateState)
        accounts = [account_stream(one.unit, one.account) for one in found.values()]
        owners = states_of(app.store, accounts, AccountState)
        yield [
            Standing(one, owners[account_stream(one.unit, one.account)]) for one in found.values()
        ]
