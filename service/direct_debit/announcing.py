"""Advance notice: what is due on the days of the coming runs, told to each payer once."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from ledger.collection_plan import due_lines
from ledger.mandate import MandateState
from ledger.mandate_commands import AnnounceCollections
from ledger.recorded import Source
from ledger.requests import Request
from ledger.values import AnnouncedCollection, Refusal
from service.desk_orders import Order, tried
from service.direct_debit.planning import days_of, originator_of
from service.direct_debit.states import Standing, living, standing
from service.wiring import App


class Notice(NamedTuple):
    """One notice to send: to whom, about which account, what is taken when."""

    notice: str
    mandate: str
    unit: str
    account: str
    party: str
    collections: tuple[AnnouncedCollection, ...]
    refusals: tuple[Refusal, ...] = ()


def announce(app: App, order: Order, unit: str, entry_days: Sequence[date]) -> Iterator[Notice]:
    """Give notice on every living mandate of a unit of what falls due on the days.

    A day that was announced with the same amount is not told again. The read models must have
    caught up. Raises NotCollectingError.
    """
    own = originator_of(app, unit)
    days = sorted(set(entry_days))
    for day in days:
        days_of(app, day)
    today = app.ledger.today()
    for page in standing(app, own.sun, living(app, unit, own.sun)):
        notices = [one for one in (_notice(app, each, days, today) for each in page) if one]
        requests = [_request(app, order, own.sun, one, today) for one in notices]
        outcomes = tried(app.ledger, requests, dry_run=order.dry_run) if requests else ()
        for one, outcome in zip(notices, outcomes, strict=True):
            yield one._replace(refusals=outcome.refusals)


def _notice(app: App, one: Standing, days: Sequence[date], today: date) -> Notice | None:
    mandate = one.mandate
    if mandate.is_ended or mandate.status in ("draft", "suspended"):
        return None
    told = list(_changes(app, one, days, today))
    if not told:
        return None
    return Notice(
        _name(mandate.mandate, today, told),
        mandate.mandate,
        mandate.unit,
        mandate.account,
        mandate.party,
        tuple(told),
    )


def _name(mandate: str, today: date, told: Sequence[AnnouncedCollection]) -> str:
    """The same notice has the same name, so that it is given once."""
    content = "|".join(f"{one.entry_on.isoformat()} {one.amount_minor}" for one in told)
    short = hashlib.sha256(content.encode()).hexdigest()[:6]
    return f"AN-{mandate}-{today:%Y%m%d}-{short}"


def _changes(
    app: App, one: Standing, days: Sequence[date], today: date
) -> Iterator[AnnouncedCollection]:
    """What is due on each day beyond what the days before it take, where that is news."""
    before = 0
    for day in days:
        lines = due_lines(one.mandate, one.account, day, today, app.direct_debit)
        earlier = _announced_before(one.mandate, days[0], today)
        amount = sum(line.amount_minor for line in lines) - earlier - before
        if amount <= 0:
            continue
        before += amount
        told = one.mandate.announced.get(day)
        if told is None or told.amount_minor != amount:
            yield AnnouncedCollection(entry_on=day, amount_minor=amount)


def _announced_before(mandate: MandateState, first: date, today: date) -> int:
    return sum(
        told.take_minor
        for day, told in mandate.announced.items()
        if today < day < first and told.withheld is None
    )


def _request(app: App, order: Order, sun: str, one: Notice, today: date) -> Request:
    command = AnnounceCollections(
        sun=sun,
        mandate=one.mandate,
        notice=one.notice,
        given_on=today,
        collections=one.collections,
    )
    return Request(
        command,
        app.actor(order.actor),
        Source("command", order.verb),
        f"notice|{sun}|{one.notice}",
        correlation=f"command|{order.id}",
    )
