"""The ledger's deciders around streams held in memory: what the store does, without a store.

Every decision that is taken here is also checked: its postings balance, fact by fact, and a
command that does not look back is shown no history.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from ledger import commands as c
from ledger.account_state import AccountState, Dated
from ledger.alias_events import AliasFact
from ledger.aliases import AliasState
from ledger.authority import Actor, AuthorityPolicy, parse_policy
from ledger.decide_claims import places_of
from ledger.decide_together import decide
from ledger.decision import Context, Decision
from ledger.direct_debit_policy import DirectDebitPolicy, parse_direct_debit
from ledger.ids import (
    QUARANTINE,
    account_stream,
    alias_stream,
    receipt_stream,
    small_balances_stream,
)
from ledger.postings import postings_of
from ledger.quarantine_events import QuarantineFact
from ledger.receipt import ReceiptState
from ledger.references import mint
from ledger.rejections import Code, RefusedError
from ledger.small_balance_events import SmallBalancesFact
from ledger.small_balance_policy import parse_small_balances
from ledger.streams import KeptState, evolve
from ledger.suspense_events import ReceiptFact
from ledger.values import Fact

TODAY = date(2026, 6, 15)
SHIPPED = Path(__file__).parents[2] / "ledger" / "policy"
POLICY_TEXT = (SHIPPED / "authority.toml").read_text("utf-8")
POLICY = parse_policy(POLICY_TEXT)
SMALL_TEXT = (SHIPPED / "small-balances.toml").read_text("utf-8")
SMALL = parse_small_balances(SMALL_TEXT)


def direct_debit(more: str = "") -> DirectDebitPolicy:
    """The shipped rules of Direct Debit, with more keys of their one table, and an originator."""
    return parse_direct_debit(
        (SHIPPED / "direct-debit.toml").read_text("utf-8")
        + f"""
run_total_max = "5000000.00"
run_items_max = 1000
{more}

[[originator]]
unit = "HSG"
sun = "999999"
account = "089999-66374958"
account_name = "ANYTOWN COUNCIL"
user_name = "ANYTOWN COUNCIL"
"""
    )


DIRECT_DEBIT = direct_debit()
INTAKE = POLICY.actor("system:intake")
AMES = POLICY.actor("officer.ames")
BELL = POLICY.actor("officer.bell")
COLE = POLICY.actor("senior.cole")
DEAN = POLICY.actor("manager.dean")
FORD = POLICY.actor("s151.ford")
NOBODY = Actor("visitor")


class World:
    """Streams by name, their facts and their states."""

    def __init__(self, policy: AuthorityPolicy = POLICY, today: date = TODAY) -> None:
        self.policy = policy
        self.today = today
        self.direct_debit = DIRECT_DEBIT
        self.streams: dict[str, list[Dated]] = {}
        self.states: dict[str, KeptState] = {}
        self.log: list[tuple[str, Dated]] = []

    @property
    def accounts(self) -> dict[str, AccountState]:
        """The states of accounts, by stream."""
        return {name: one for name, one in self.states.items() if isinstance(one, AccountState)}

    @property
    def receipts(self) -> dict[str, ReceiptState]:
        """The states of receipts that are, or were, in suspense, by stream."""
        return {name: one for name, one in self.states.items() if isinstance(one, ReceiptState)}

    def record(self, stream: str, facts: Iterable[Dated]) -> None:
        """Append facts to a stream."""
        for dated in facts:
            assert sum(one.amount_minor for one in postings_of(dated.fact)) == 0
            state = evolve(stream, self.states.get(stream), dated)
            assert state is not None
            self.states[stream] = state
            self.streams.setdefault(stream, []).append(dated)
            self.log.append((stream, dated))

    def stream_of(self, dated: Dated) -> str:
        """The stream to which a fact belongs."""
        match dated.fact:
            case ReceiptFact() as fact:
                return receipt_stream(fact.receipt)
            case AliasFact() as fact:
                return alias_stream(fact.unit, fact.kind, fact.digest)
            case SmallBalancesFact() as fact:
                return small_balances_stream(fact.batch)
            case QuarantineFact():
                return QUARANTINE
            case fact:
                return account_stream(fact.unit, fact.account)  # type: ignore[attr-defined]  # facts of accounts have both

    def decide(
        self, command: c.AnyCommand, actor: Actor, on: date | None = None
    ) -> list[tuple[str, Decision]]:
        """The facts that a command gives, by stream. Raises RefusedError. Records nothing."""
        history: tuple[Dated, ...] = ()
        reference = ""
        if isinstance(command, c.AccountCommand):
            stream = account_stream(command.unit, command.account)
            history = tuple(self.streams.get(stream, ())) if command.looks_back else ()
            reference = mint(command.unit, command.account)
        places = places_of(command, self.states.get, lambda name: self.streams.get(name, ()))
        context = Context(
            actor,
            self.policy,
            self.today,
            on,
            history,
            reference,
            SMALL,
            self.direct_debit,
            places,
        )
        return decide(command, self.states.get, context)

    def submit(
        self, command: c.AnyCommand, actor: Actor, on: date | None = None
    ) -> tuple[Dated, ...]:
        """Decide a command and record what it gave. Raises RefusedError, and records nothing."""
        decided = self.decide(command, actor, on)
        for stream, facts in decided:
            self.record(stream, facts)
        return tuple(dated for _, facts in decided for dated in facts)


def who_may(action: str) -> Actor:
    """The first who is granted an action, in the order of the shipped policy's ranks."""
    limits = POLICY.tables[-1].limits
    ranks = (INTAKE, DEAN, COLE, FORD)
    return next(actor for actor in ranks if action in limits[actor.roles[0]])


class Scenario:
    """Given facts, when a command, then facts or a refusal."""

    def __init__(self, *facts: Dated, policy: AuthorityPolicy = POLICY) -> None:
        self.world = World(policy)
        self.facts: tuple[Dated, ...] = ()
        self.error: RefusedError | None = None
        for dated in facts:
            self.world.record(self.world.stream_of(dated), [dated])

    def when(
        self, command: c.AnyCommand, actor: Actor | None = None, on: date | None = None
    ) -> "Scenario":
        """Give a command, by default as one who may; what it gave is recorded."""
        self.fine()
        actor = actor or who_may(command.action)
        try:
            self.facts = self.world.submit(command, actor, on)
        except RefusedError as error:
            self.error = error
        return self

    def fine(self) -> "Scenario":
        """Nothing was refused so far."""
        assert self.error is None, self.error
        return self

    def then(self, *expected: Dated | Fact) -> "Scenario":
        """Exactly these facts; with their effective dates where they are given."""
        self.fine()
        found = [
            dated if isinstance(wanted, Dated) else dated.fact
            for dated, wanted in zip(self.facts, expected, strict=False)
        ]
        assert found == list(expected), found
        assert len(self.facts) == len(expected), self.facts[len(expected) :]
        return self

    def refused(self, *codes: Code) -> "Scenario":
        """Exactly these refusals, in this order, and nothing recorded."""
        assert self.error is not None, self.facts
        found = [one.code for one in self.error.refusals]
        assert found == list(codes), self.error
        assert all(one.sentence for one in self.error.refusals)
        return self

    def account(self, account: str = "1", unit: str = "HSG") -> AccountState:
        """The state of an account, after nothing was refused."""
        self.fine()
        state = self.world.states[account_stream(unit, account)]
        assert isinstance(state, AccountState)
        return state

    def receipt(self, receipt: str = "S1") -> ReceiptState:
        """The state of a receipt in suspense, after nothing was refused."""
        self.fine()
        state = self.world.states[receipt_stream(receipt)]
        assert isinstance(state, ReceiptState)
        return state

    def payer(self, digest: str, kind: str = "account", unit: str = "HSG") -> AliasState:
        """What is known of a payer, after nothing was refused."""
        self.fine()
        state = self.world.states[alias_stream(unit, kind, digest)]
        assert isinstance(state, AliasState)
        return state

    def owes(self, account: str = "1", unit: str = "HSG", **items: int) -> "Scenario":
        """Exactly these items are open, with these amounts."""
        state = self.account(account, unit)
        found = {name: item.open_minor for name, item in state.items.items()}
        assert found == items, found
        return self

    def has(self, account: str = "1", unit: str = "HSG", **credits_: int) -> "Scenario":
        """Exactly these receipts have unapplied credit."""
        state = self.account(account, unit)
        found = {name: one.unapplied_minor for name, one in state.credits.items()}
        assert found == credits_, found
        return self

    def gl(self) -> dict[str, int]:
        """The balances of the general ledger that are not zero."""
        totals: dict[str, int] = {}
        for _, dated in self.world.log:
            for one in postings_of(dated.fact):
                totals[one.gl_account] = totals.get(one.gl_account, 0) + one.amount_minor
        return {name: amount for name, amount in totals.items() if amount}
