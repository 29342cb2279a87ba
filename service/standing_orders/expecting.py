"""Record the standing orders that we were told of."""

import hashlib
import uuid
from itertools import count
from typing import NamedTuple

from ledger.account_state import AccountState
from ledger.ids import account_stream, standing_order_stream
from ledger.limits import STANDING_ORDER_PAYMENTS_MAX
from ledger.recorded import Source
from ledger.requests import Outcome, Request
from ledger.standing_order_commands import ExpectStandingOrder
from ledger.standing_order_days import Schedule
from ledger.stream_states import states_of
from ledger.values import ToldBy
from service.desk_orders import Order, tried
from service.standing_orders.named import sealed_reference, states_by_name
from service.wiring import App


class Wanted(NamedTuple):
    """A standing order to record. Without a name it gets that of its account."""

    unit: str
    account: str
    amount_minor: int
    schedule: Schedule
    told_by: ToldBy
    payments: int | None = None
    reference: str | None = None
    name: str | None = None
    line: int | None = None


class Recorded(NamedTuple):
    """What became of it, under which name."""

    wanted: Wanted
    name: str
    outcome: Outcome


def expect(app: App, order: Order, wanted: Wanted, file: str | None = None) -> Recorded:
    """Record a standing order; one that is recorded already with the same terms is answered so."""
    name = wanted.name or _free(app, wanted)
    stream = account_stream(wanted.unit, wanted.account)
    owner = states_of(app.store, [stream], AccountState).get(stream)
    party = _party(wanted, owner)
    # The reference is the payer's words: it is his to be erased. A debtor we do not know has none.
    sealed = sealed_reference(app, (party, wanted.unit, name), wanted.reference if owner else None)
    content = _content(app, wanted)
    command = ExpectStandingOrder(
        unit=wanted.unit,
        standing_order=name,
        account=wanted.account,
        party=party,
        amount_minor=wanted.amount_minor,
        payments=wanted.payments,
        tolerance=app.standing_orders.tolerance_on(app.ledger.today()),
        sealed_reference=sealed,
        told_by=wanted.told_by,
        **dict(wanted.schedule),
    )
    request = Request(
        command,
        app.actor(order.actor),
        Source("command", f"{order.verb}: {file}" if file else order.verb, line=wanted.line),
        # Sealed anew each time, so a repeat is known by what was told.
        f"standing-order|{wanted.unit}|{name}|{content.hex()}",
        effective_on=order.effective_on,
        correlation=f"command|{order.id}",
        content=content,
    )
    (outcome,) = tried(app.ledger, [request], dry_run=order.dry_run)
    return Recorded(wanted, name, outcome)


def _content(app: App, wanted: Wanted) -> bytes:
    """The SHA-256 of what is expected, whoever told it and under whichever seal."""
    quoted = app.keeping.digest(wanted.reference) if wanted.reference else ""
    schedule = wanted.schedule.model_dump_json()
    terms = wanted.account, wanted.amount_minor, schedule, wanted.payments, quoted
    return hashlib.sha256("|".join(map(str, terms)).encode()).digest()


def _party(wanted: Wanted, owner: AccountState | None) -> str:
    if owner is not None and owner.party:
        return owner.party
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"payer|{wanted.unit}|{wanted.account}"))


def _free(app: App, wanted: Wanted) -> str:
    """The account's name with a number, the first that no other order has."""
    told = wanted.schedule
    if wanted.payments is not None and 1 <= wanted.payments <= STANDING_ORDER_PAYMENTS_MAX:
        told = told.for_payments(wanted.payments)
    for number in count(1):
        name = f"{wanted.account}-{number}"
        state = states_by_name(app, [standing_order_stream(wanted.unit, name)]).get(name)
        if state is None or (state.told, state.told_minor) == (told, wanted.amount_minor):
            break
    return name
