"""The bank's credit of a refund that came back: found in suspense, and no money a second time.

Found for a refund that failed after it was paid, by its amount: the credit whose line names the
account; or, where Bacs itself advised the failure, the only credit of those days that nothing else
explains. Two of either kind are left to an officer.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from consumers.matching.rules import NO_CANDIDATE, RETURNED_REFUND
from ledger.account_state import AccountState
from ledger.bacs_days import BacsDays
from ledger.ids import account_stream
from ledger.recorded import Source
from ledger.refund_commands import IdentifyReturnedRefund
from ledger.requests import Request
from ledger.sent_refunds import BACK_WITHIN_DAYS, SentRefund
from ledger.stream_states import states_of
from service.direct_debit.bank_credit import LATE_WORKING_DAYS
from service.reading import figures
from service.wiring import INTAKE_ACTOR, App

_FAILED = """
    SELECT DISTINCT f.refund_unit, f.refund_account FROM reporting.claimed_refund_events AS f
    WHERE f.kind = 'failed' AND f.refund_account IS NOT NULL AND f.effective_on >= %(since)s
    AND NOT EXISTS (
        SELECT FROM reporting.receipts AS r
        WHERE r.kind = 'transferred' AND r.rule = f.refund AND r.other_unit = f.refund_unit
            AND r.other_account = f.refund_account AND r.position > f.position)
"""
_HELD = """
    SELECT r.receipt, r.unit, r.amount_minor, r.effective_on, r.rule, r.other_unit, r.other_account
    FROM reporting.receipts AS r
    WHERE r.kind = 'suspended' AND r.bank_account IS NOT NULL AND r.rule = ANY(%(reasons)s)
        AND r.unit = ANY(%(units)s) AND r.amount_minor = ANY(%(amounts)s) AND NOT EXISTS (
            SELECT FROM reporting.receipts AS g
            WHERE g.receipt = r.receipt AND g.unit = r.unit
                AND g.kind NOT IN ('suspended', 'assigned'))
"""


class Back(NamedTuple):
    """A refund whose money the bank has credited; minor units."""

    unit: str
    account: str
    refund: str
    receipt: str
    amount_minor: int


class _Awaited(NamedTuple):
    unit: str
    account: str
    refund: str
    sent: SentRefund


class _Held(NamedTuple):
    receipt: str
    unit: str
    amount_minor: int
    value_on: date
    reason: str
    of_unit: str | None
    of_account: str | None


def find_returned(app: App) -> list[Back]:
    """Identify every receipt in suspense that is a refund come back; figures must be caught up."""
    since = app.ledger.today() - timedelta(days=2 * BACK_WITHIN_DAYS)
    with figures(app.urls.app) as connection:
        places: list[tuple[str, str]] = connection.execute(_FAILED, {"since": since}).fetchall()
        names = [account_stream(*place) for place in places]
        states = states_of(app.store, names, AccountState)
        awaited = [one for state in states.values() for one in _awaited(state)]
        values = {
            "reasons": [RETURNED_REFUND, NO_CANDIDATE],
            "units": [one.unit for one in awaited],
            "amounts": [one.sent.amount_minor for one in awaited],
        }
        rows = connection.execute(_HELD, values).fetchall() if awaited else []
    held = [_Held(*row) for row in rows]
    days = BacsDays(app.direct_debit.extra_holidays)
    named = list(_only(awaited, held, _names))
    done = [pair for pair in named if _identify(app, pair)]
    left = [one for one in awaited if all(one != pair[0] for pair in named)]
    free = [money for money in held if all(money != pair[1] for pair in named)]
    advised = _only(left, free, partial(_is_advised, days))
    done += [pair for pair in advised if _identify(app, pair)]
    return [
        Back(one.unit, one.account, one.refund, money.receipt, money.amount_minor)
        for one, money in done
    ]


def _awaited(state: AccountState) -> Iterator[_Awaited]:
    for refund, sent in state.refunds_sent.items():
        if sent.failed_on is not None:
            yield _Awaited(state.unit, state.account, refund, sent)


def _only(
    awaited: Iterable[_Awaited], held: Iterable[_Held], is_pair: Callable[[_Awaited, _Held], bool]
) -> Iterator[tuple[_Awaited, _Held]]:
    """The pairs of which neither side can be of another."""
    same = [
        (one, money)
        for one in awaited
        for money in held
        if (one.unit, one.sent.amount_minor) == (money.unit, money.amount_minor)
        and is_pair(one, money)
    ]
    of = Counter(one[:3] for one, _ in same)
    by = Counter(money.receipt for _, money in same)
    for one, money in same:
        if of[one[:3]] == by[money.receipt] == 1:
            yield one, money


def _names(one: _Awaited, money: _Held) -> bool:
    place = money.of_unit, money.of_account
    is_here = money.reason == RETURNED_REFUND and place == (one.unit, one.account)
    return is_here and one.sent.may_be(money.amount_minor, money.value_on)


def _is_advised(days: BacsDays, one: _Awaited, money: _Held) -> bool:
    """Whether a credit that nothing explains came about the day on which Bacs told of it."""
    failed_on = one.sent.failed_on
    if failed_on is None or one.sent.advice is None or money.reason != NO_CANDIDATE:
        return False
    first = max(one.sent.paid_on, days.before(failed_on, LATE_WORKING_DAYS))
    return first <= money.value_on <= days.after(failed_on, LATE_WORKING_DAYS)


def _identify(app: App, pair: tuple[_Awaited, _Held]) -> bool:
    one, money = pair
    command = IdentifyReturnedRefund(
        unit=one.unit,
        account=one.account,
        refund=one.refund,
        receipt=money.receipt,
        reason=one.sent.advice or "its line names the account",
    )
    request = Request(
        command,
        app.actor(INTAKE_ACTOR),
        Source("system", "direct-debit"),
        f"returned-refund|{one.unit}|{one.account}|{one.refund}|{money.receipt}",
        correlation=f"refund|{one.unit}|{one.account}|{one.refund}",
    )
    (outcome,) = app.ledger.handle([request])
    return outcome.status == "posted"
