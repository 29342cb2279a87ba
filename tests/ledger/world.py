"""The ledger's deciders around streams held in memory: what the store does, without a store.

Every decision that is taken here is also checked: its postings balance, fact by fact, and a
command that does not look back is shown no history.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from ledger import account as account_of
from ledger import commands as c
from ledger import receipt as receipt_of
from ledger.account_state import AccountState, Dated
from ledger.authority import Actor, AuthorityPolicy, parse_policy
from ledger.decide import decide_account, decide_suspense, identify_suspense, transfer_credit
from ledger.decision import Context, Decision
from ledger.ids import account_stream, receipt_stream
from ledger.postings import postings_of
from ledger.receipt import ReceiptState
from ledger.references import mint
from ledger.rejections import Code, RefusedError
from ledger.suspense_events import ReceiptFact
from ledger.values import Fact

TODAY = date(2026, 6, 15)
POLICY_TEXT = (
    Path(__file__).parents[2].joinpath("ledger", "policy", "authority.toml").read_text("utf-8")
)
POLICY = parse_policy(POLICY_TEXT)

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
        self.streams: dict[str, list[Dated]] = {}
        self.accounts: dict[str, AccountState] = {}
        self.receipts: dict[str, ReceiptState] = {}
        self.log: list[tuple[str, Dated]] = []

    def record(self, stream: str, facts: Iterable[Dated]) -> None:
        """Append facts to a stream."""
        for dated in facts:
            assert sum(one.amount_minor for one in postings_of(dated.fact)) == 0
            if stream.startswith("account:"):
                self.accounts[stream] = account_of.evolve(self.accounts.get(stream), dated)
            else:
                self.receipts[stream] = receipt_of.evolve(self.receipts.get(stream), dated)
            self.streams.setdefault(stream, []).append(dated)
            self.log.append((stream, dated))

    def stream_of(self, dated: Dated) -> str:
        """The stream to which a fact belongs."""
        if isinstance(dated.fact, ReceiptFact):
            return receipt_stream(dated.fact.receipt)
        return account_stream(dated.fact.unit, dated.fact.account)  # type: ignore[attr-defined]  # facts of accounts have both

    def decide(
        self, command: c.AnyCommand, actor: Actor, on: date | None = None
    ) -> list[tuple[str, Decision]]:
        """The facts that a command gives, by stream. Raises RefusedError. Records nothing."""
        context = Context(actor, self.policy, self.today, on)
        match command:
            case c.TransferCredit():
                source = account_stream(command.unit, command.account)
                target = account_stream(command.to_unit, command.to_account)
                out, into = transfer_credit(
                    self.accounts.get(source), self.accounts.get(target), command, context
                )
                return [(source, out), (target, into)]
            case c.IdentifySuspense():
                source = receipt_stream(command.receipt)
                target = account_stream(command.to_unit, command.to_account)
                out, into = identify_suspense(
                    self.receipts.get(source), self.accounts.get(target), command, context
                )
                return [(source, out), (target, into)]
            case c.AccountCommand():
                return [self._of_account(command, actor, on)]
            case c.SuspenseCommand():
                stream = receipt_stream(command.receipt)
                return [(stream, decide_suspense(self.receipts.get(stream), command, context))]

    def _of_account(
        self, command: c.AccountCommand, actor: Actor, on: date | None
    ) -> tuple[str, Decision]:
        stream = account_stream(command.unit, command.account)
        history = tuple(self.streams.get(stream, ())) if command.looks_back else ()
        reference = mint(command.unit, command.account)
        context = Context(actor, self.policy, self.today, on, history, reference)
        return stream, decide_account(self.accounts.get(stream), command, context)

    def submit(
        self, command: c.AnyCommand, actor: Actor, on: date | None = None
    ) -> tuple[Dated, ...]:
        """Decide a command and record what it gave. Raises RefusedError, and records nothing."""
        decided = self.decide(command, actor, on)
        for stream, facts in decided:
            self.record(stream, facts)
        return tuple(dated for _, facts in decided for dated in facts)


def _who_may(action: str) -> Actor:
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
        actor = actor or _who_may(command.action)
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
        return self.world.accounts[account_stream(unit, account)]

    def receipt(self, receipt: str = "S1") -> ReceiptState:
        """The state of a receipt in suspense, after nothing was refused."""
        self.fine()
        return self.world.receipts[receipt_stream(receipt)]

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
