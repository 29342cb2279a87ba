"""What was in a run that never went: collections stopped and due again, instructions lodged anew.

A run is given up, its file is withdrawn or refused, or nobody let it go by the last day to send it.
This follows item by item, and can be cut off anywhere: done again, it does what is left.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

from consumers.mandates_found import Mandates
from consumers.unlodging import unlodging
from ledger.collection_run import CollectionRunState
from ledger.commands import AnyCommand, ReversePayment
from ledger.ids import mandate_stream
from ledger.lodging import lodged_at
from ledger.mandate import MandateState
from ledger.mandate_commands import StopCollection, StopLodgement
from ledger.recorded import Source
from ledger.requests import Request
from ledger.stream_states import states_of
from ledger.values import Refusal, StoppedHow
from service.desk_orders import Order
from service.direct_debit.states import PAGE
from service.reading import figures
from service.report_run import catch_up
from service.wiring import App

_LEFT = """
    SELECT l.item, l.mandate, NULL AS collection
    FROM reporting.mandate_events AS l
    WHERE l.run = %(run)s AND l.kind = 'lodged'
        AND l.item NOT IN (
            SELECT s.item FROM reporting.mandate_events AS s
            WHERE s.run = %(run)s AND s.kind = 'lodgement_stopped')
    UNION ALL
    SELECT i.item, i.mandate, i.collection
    FROM reporting.collection_events AS i
    WHERE %(all)s AND i.run = %(run)s AND i.kind = 'instructed'
        AND i.collection NOT IN (
            SELECT s.collection FROM reporting.collection_events AS s
            WHERE s.kind IN ('stopped', 'returned'))
    ORDER BY item
"""
_CREDITED = """
    SELECT i.unit, i.account, 'DD:' || i.collection, i.run
    FROM reporting.collection_events AS s
    JOIN reporting.collection_events AS i ON i.collection = s.collection AND i.kind = 'instructed'
    WHERE s.kind = 'stopped'
        AND EXISTS (
            SELECT FROM reporting.receipts AS r
            WHERE r.kind = 'received' AND r.unit = i.unit AND r.receipt = 'DD:' || i.collection)
        AND NOT EXISTS (
            SELECT FROM reporting.receipts AS r
            WHERE r.kind = 'reversed' AND r.unit = i.unit AND r.receipt = 'DD:' || i.collection)
    ORDER BY s.position
"""


class Left(NamedTuple):
    """An item of a run that has not been stopped yet; an instruction has no collection."""

    item: int
    mandate: str
    collection: str | None


class Stopped(NamedTuple):
    """What was stopped: collections, and instructions that the next run carries again."""

    collections: int = 0
    instructions: int = 0

    def and_(self, other: "Stopped") -> "Stopped":
        """Both together."""
        return Stopped(self.collections + other.collections, self.instructions + other.instructions)


class _Ended(NamedTuple):
    """How a run ended before it reached a bank, why, and whether its collections did too."""

    how: StoppedHow
    why: str
    all: bool = True


def stop_left(app: App, order: Order, states: Sequence[CollectionRunState]) -> Stopped:
    """Stop what is left in those of the runs that never went; how much that was."""
    today = app.ledger.today()
    found = [(state, ended) for state in states if (ended := _ended(state, today)) is not None]
    if found:
        catch_up(app)
    done = Stopped()
    for state, ended in found:
        done = done.and_(_stop(app, order, state, ended))
    return done


def _ended(state: CollectionRunState, today: date) -> _Ended | None:
    last = state.opened.input_on
    if state.status in ("opened", "written") and last < today:  # its release is refused from now on
        return _Ended("abandoned", f"nobody released it by {last:%-d %B %Y}, its last day")
    if state.status == "abandoned":
        return _Ended("abandoned", state.ended_because or "the run was given up")
    if state.status == "withdrawn":
        return _Ended("withdrawn", "Bacs withdrew the file")
    if state.status == "refused":
        return _Ended("rejected", state.ended_because)
    if state.instructions_rejected is not None:
        return _Ended("rejected", state.instructions_rejected, all=False)
    return None


def _stop(app: App, order: Order, state: CollectionRunState, ended: _Ended) -> Stopped:
    with figures(app.urls.app) as connection:
        left = _left(connection, state.opened.run, ended)
    done = Stopped()
    for first in range(0, len(left), PAGE):
        page = left[first : first + PAGE]
        commands = list(_commands(app, state, page, ended))
        requests = [_request(app, order, state.opened.run, one) for one in commands]
        outcomes = app.ledger.handle(requests) if requests else ()
        posted = [
            command
            for command, outcome in zip(commands, outcomes, strict=True)
            if outcome.status == "posted"
        ]
        collections = sum(isinstance(one, StopCollection) for one in posted)
        instructions = sum(isinstance(one, StopLodgement) for one in posted)
        done = done.and_(Stopped(collections, instructions))
    return done


def _left(connection: Connection[object], run: str, ended: _Ended) -> list[Left]:
    with connection.cursor(row_factory=class_row(Left)) as cursor:
        return cursor.execute(_LEFT, {"run": run, "all": ended.all}).fetchall()


def _commands(
    app: App, state: CollectionRunState, page: Sequence[Left], ended: _Ended
) -> Iterator[AnyCommand]:
    """The commands that stop a page of items; what rests on one of them goes before it."""
    run, sun = state.opened.run, state.opened.sun
    names = [mandate_stream(sun, one.mandate) for one in page]
    mandates = states_of(app.store, names, MandateState)
    for one in page:
        mandate = mandates[mandate_stream(sun, one.mandate)]
        if one.collection is None:
            lodging = mandate.lodging
            if lodging is not None and (lodging.run, lodging.item) == (run, one.item):
                yield from unlodging(Mandates(app.store, (sun,)), mandate, ended.how, ended.why)
            elif lodged_at(mandate, run, one.item) is not None:
                yield _of_former(mandate, run, one.item, ended)
            continue
        yield _stopping(mandate, one.collection, ended.how, ended.why)


def _of_former(mandate: MandateState, run: str, item: int, ended: _Ended) -> StopLodgement:
    """What was said to a bank that the payer has left; nothing is collected there any more."""
    return StopLodgement(
        sun=mandate.sun,
        mandate=mandate.mandate,
        run=run,
        item=item,
        how=ended.how,
        reason=ended.why,
    )


def _stopping(mandate: MandateState, name: str, how: StoppedHow, why: str) -> StopCollection:
    return StopCollection(
        sun=mandate.sun, mandate=mandate.mandate, collection=name, how=how, reason=why
    )


def reverse_stopped(app: App, order: Order) -> list[Refusal]:
    """Take back what accounts were credited with although no bank paid it; why it could not be.

    An account is credited on the entry day, and Bacs may say later that the file was withdrawn.
    """
    catch_up(app)
    with figures(app.urls.app) as connection:
        rows = connection.execute(_CREDITED).fetchall()
    refusals: list[Refusal] = []
    for first in range(0, len(rows), PAGE):
        requests = [
            _request(
                app,
                order,
                run,
                ReversePayment(
                    unit=unit, account=account, receipt=receipt, reason="direct_debit_unpaid"
                ),
            )
            for unit, account, receipt, run in rows[first : first + PAGE]
        ]
        refusals += [one for outcome in app.ledger.handle(requests) for one in outcome.refusals]
    return refusals


def _request(app: App, order: Order, run: str, command: AnyCommand) -> Request:
    identity = f"never went|{run}|{command.action}|{_of(command)}"
    return Request(
        command,
        app.actor(order.actor),
        Source("command", order.verb),
        identity,
        correlation=f"run|{run}",
        # Stopped once, whatever is said of it by whom.
        content=hashlib.sha256(identity.encode()).digest(),
    )


def _of(command: AnyCommand) -> str:
    match command:
        case StopCollection():
            return command.collection
        case StopLodgement():
            return str(command.item)
        case ReversePayment():
            return command.receipt
        case _:
            raise TypeError(type(command))
