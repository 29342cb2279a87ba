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
from ledger.suspense_events import ReceiptFact

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
