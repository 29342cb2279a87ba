"""What a day brings by itself: accounts credited, claims settled, the bank's credits found."""

from dataclasses import dataclass, field
from datetime import date

from ledger.account_state import AccountState
from ledger.ids import account_stream
from ledger.indemnity_commands import SettleIndemnityClaim
from ledger.mandate import MandateState
from ledger.mandate_commands import EndMandate
from ledger.mandates import dormant
from ledger.recorded import Source
from ledger.requests import Request
from ledger.stream_states import states_of
from service.desk_orders import Order
from service.direct_debit.bank_credit import Paired, pair
from service.direct_debit.crediting import Credited, credit
from service.direct_debit.returned_refunds import Back, find_returned
from service.direct_debit.runs import run_states
from service.direct_debit.states import living, standing
from service.direct_debit.stopping import Stopped, reverse_stopped, stop_left
from service.reading import figures
from service.report_run import catch_up
from service.wiring import App

_LIVE_CLAIMS = """
    SELECT DISTINCT r.unit, r.account FROM reporting.indemnity_claim_events AS r
    WHERE r.kind = 'raised' AND r.debit_on <= %(on)s
        AND NOT EXISTS (
            SELECT FROM reporting.indemnity_claim_events AS c
            WHERE c.unit = r.unit AND c.account = r.account AND c.claim = r.claim
                AND c.kind IN ('settled', 'withdrawn', 'returned'))
"""


@dataclass(slots=True)
class Posted:
    """What was done for a day; minor units."""

    credited: Credited = field(default_factory=Credited)
    settled: int = 0
    settled_minor: int = 0
    paired: list[Paired] = field(default_factory=list)
    back: list[Back] = field(default_factory=list)
    stopped: Stopped = Stopped()  # noqa: RUF009 - it cannot be changed
    dormant: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def post(app: App, order: Order, on: date) -> Posted:
    """Do everything that a day brings; done again, it does what is left."""
    done = Posted()
    catch_up(app)
    # What never reached a bank is due again, also when giving it up was cut off.
    done.stopped = stop_left(app, order, list(run_states(app).values()))
    done.problems += [one.sentence for one in reverse_stopped(app, order)]
    done.credited = credit(app, order, on)
    _settle(app, order, on, done)
    done.paired = pair(app)
    done.back = find_returned(app)
    _end_dormant(app, order, done)
    return done


def _settle(app: App, order: Order, on: date, done: Posted) -> None:
    with figures(app.urls.app) as connection:
        places = connection.execute(_LIVE_CLAIMS, {"on": on}).fetchall()
    names = [account_stream(unit, account) for unit, account in places]
    claims = [
        claim
        for state in states_of(app.store, names, AccountState).values()
        for claim in state.claims.values()
        if claim.debit_on <= on
    ]
    requests = [
        Request(
            SettleIndemnityClaim(unit=one.unit, account=one.account, claim=one.claim),
            app.actor(order.actor),
            Source("command", order.verb),
            f"claim|{one.unit}|{one.account}|{one.claim}|settle",
            correlation=f"claim|{one.claim}",
        )
        for one in claims
    ]
    outcomes = app.ledger.handle(requests) if requests else ()
    for one, outcome in zip(claims, outcomes, strict=True):
        if outcome.refusals:
            done.problems += [f"claim {one.claim}: {why.sentence}" for why in outcome.refusals]
        elif outcome.status == "posted":
            done.settled += 1
            done.settled_minor += one.amount_minor


def _end_dormant(app: App, order: Order, done: Posted) -> None:
    today = app.ledger.today()
    for own in app.direct_debit.originators:
        for page in standing(app, own.sun, living(app, own.unit, own.sun)):
            asleep = [one.mandate for one in page if _is_dormant(app, one.mandate, today)]
            requests = [
                Request(
                    EndMandate(sun=one.sun, mandate=one.mandate, end="dormant"),
                    app.actor(order.actor),
                    Source("command", order.verb),
                    f"mandate|{one.sun}|{one.mandate}|dormant",
                )
                for one in asleep
            ]
            outcomes = app.ledger.handle(requests) if requests else ()
            done.dormant += [
                one.mandate
                for one, outcome in zip(asleep, outcomes, strict=True)
                if outcome.status == "posted"
            ]


def _is_dormant(app: App, mandate: MandateState, today: date) -> bool:
    return not mandate.is_ended and dormant(mandate, today, app.direct_debit)
