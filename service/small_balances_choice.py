"""Which open bills are small balances: within the policy, and nothing stands against it.

What is held, disputed, in credit, waiting for a refund or a write-off, or in another batch is left
out; so is what would take a debtor over the yearly cap, all his accounts counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import class_row

from ledger.account_state import AccountState
from ledger.ids import account_stream
from ledger.limits import SMALL_BALANCES_MAX
from ledger.small_balance_policy import SmallBalancePolicy
from ledger.stream_states import states_of
from ledger.values import SmallBalanceLine, SmallBalanceReason
from service.report_run import known_now
from service.small_balances import batches
from service.wiring import App

# The narrowest reason that fits is taken: its limit is the lowest.
REASONS: tuple[SmallBalanceReason, ...] = ("rounding", "short_payment", "small_balance")

_QUERY = """
SELECT unit, account, item, (sum(open_amount) * 100)::bigint AS open_minor,
    (coalesce(sum(cash), 0) * 100)::bigint AS paid_minor
FROM reporting.open_items(%(as_at)s, %(as_known)s)
WHERE currency = 'GBP' AND service IS NOT NULL
    AND (%(unit)s::text IS NULL OR unit = %(unit)s)
GROUP BY unit, account, item
HAVING sum(open_amount) * 100 <= %(limit)s AND max(due_on) < %(as_at)s
ORDER BY max(due_on), unit, account, item
"""
_ACCOUNTS_OF = """
SELECT unit, account FROM (
    SELECT DISTINCT ON (unit, account) unit, account, party
    FROM reporting.account_terms WHERE party IS NOT NULL ORDER BY unit, account, position DESC
) AS t WHERE party = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which small balances are asked for; the limit, in pence, is never above the policy's."""

    unit: str | None = None
    limit_minor: int | None = None
    reason: SmallBalanceReason | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The lines of a batch, and how many small balances were left out for which reason."""

    lines: tuple[SmallBalanceLine, ...]
    left: Mapping[str, int]

    @property
    def total_minor(self) -> int:
        """What the lines come to, in pence."""
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Bill:
    unit: str
    account: str
    item: str
    open_minor: int
    paid_minor: int


def choose(app: App, policy: SmallBalancePolicy, asked: Asked) -> Chosen:
    """The small balances of today, the oldest first. The read models must have caught up."""
    today = app.ledger.today()
    bills = _bills(app, asked, max(_limit(policy, one, asked, today) for one in REASONS))
    choosing = _Choosing(app, policy, asked, bills)
    lines = [line for bill in bills if (line := choosing.line(bill)) is not None]
    if len(lines) > SMALL_BALANCES_MAX:
        choosing.left["for the next batch"] = len(lines) - SMALL_BALANCES_MAX
    return Chosen(tuple(lines[:SMALL_BALANCES_MAX]), dict(choosing.left))


def _bills(app: App, asked: Asked, limit_minor: int) -> list[_Bill]:
    with psycopg.connect(app.urls.app, row_factory=class_row(_Bill)) as connection:
        connection.execute("SET ROLE tallystick_reader")
        values = {
            "as_at": app.ledger.today(),
            "as_known": known_now(app),
            "unit": asked.unit,
            "limit": limit_minor,
        }
        return connection.execute(_QUERY, values).fetchall()


def _limit(policy: SmallBalancePolicy, reason: str, asked: Asked, today: date) -> int:
    limit = policy.limit(reason, today) if asked.reason in (None, reason) else 0
    return limit if asked.limit_minor is None else min(limit, asked.limit_minor)


class _Choosing:
    """What is known of the debtors while lines are chosen one by one."""

    def __init__(
        self, app: App, policy: SmallBalancePolicy, asked: Asked, bills: Sequence[_Bill]
    ) -> None:
        self.left: Counter[str] = Counter()
        self._today = app.ledger.today()
        self._asked = asked
        self._policy = policy
        self._taken = set(_in_batches(app))
        self._states = _states(app, {(bill.unit, bill.account) for bill in bills})
        parties = {state.party for state in self._states.values() if state.party is not None}
        others = _states(app, _accounts_of(app, parties) - self._states.keys())
        self._used: Counter[str] = Counter()
        for state in (*self._states.values(), *others.values()):
            self._used[_debtor(state)] += state.totals_of(self._today).small_balances_minor

    def line(self, bill: _Bill) -> SmallBalanceLine | None:
        """The line of a bill; None, and counted, when something stands against it."""
        reason = self._reason(bill)
        if reason is None:
            return None
        against = self._against(bill)
        if against is not None:
            self.left[against] += 1
            return None
        self._used[_debtor(self._states[bill.unit, bill.account])] += bill.open_minor
        return SmallBalanceLine(
            unit=bill.unit,
            account=bill.account,
            invoice=bill.item,
            amount_minor=bill.open_minor,
            reason=reason,
        )

    def _reason(self, bill: _Bill) -> SmallBalanceReason | None:
        for reason in REASONS:
            fits = bill.open_minor <= _limit(self._policy, reason, self._asked, self._today)
            if fits and (reason != "short_payment" or bill.paid_minor > 0):
                return reason
        return None

    def _against(self, bill: _Bill) -> str | None:
        state = self._states.get((bill.unit, bill.account))
        if state is None or bill.item not in state.items:
            return "settled in the meantime"
        if (bill.unit, bill.item) in self._taken:
            return "in another batch"
        if (blocked := _blocked(state, bill.item)) is not None:
            return blocked
        cap = self._policy.yearly_cap(self._today)
        used = self._used[_debtor(state)] + bill.open_minor
        return "over the yearly cap" if used > cap else None


def _debtor(state: AccountState) -> str:
    """Whose cap it counts against: the party's, with all his accounts, else the account's own."""
    return state.party or f"{state.unit}/{state.account}"


def _blocked(state: AccountState, item: str) -> str | None:
    holds = [hold for hold in state.holds.values() if hold.invoice in (None, item)]
    if holds:
        disputed = any(hold.kind == "dispute" for hold in holds)
        return "disputed" if disputed else "on hold"
    if state.refunds or state.refunds_payable:
        return "a refund is on its way"
    if any(proposal.invoice == item for proposal in state.write_offs.values()):
        return "a write-off is proposed"
    return "the account is in credit" if state.unapplied_minor else None


def _in_batches(app: App) -> Iterator[tuple[str, str]]:
    """The bills of batches that wait for approval, or that were approved."""
    for state in batches(app).values():
        if state.waits or state.approved_on is not None:
            yield from ((line.unit, line.invoice) for line in state.proposal.lines)


def _accounts_of(app: App, parties: Iterable[str]) -> set[tuple[str, str]]:
    with psycopg.connect(app.urls.app) as connection:
        connection.execute("SET ROLE tallystick_reader")
        return {(row[0], row[1]) for row in connection.execute(_ACCOUNTS_OF, (sorted(parties),))}


def _states(app: App, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], AccountState]:
    names = [account_stream(*key) for key in sorted(keys)]
    found = states_of(app.store, names, AccountState).values()
    return {(state.unit, state.account): state for state in found}
