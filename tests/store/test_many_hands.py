"""Many hands at once on fifty accounts; then every rule that money obeys, asked in plain SQL."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.authority import Actor, parse_policy
from ledger.checks import verify
from ledger.handle import Ledger
from ledger.recorded import Source
from ledger.requests import Request
from ledger.store import Store
from projections import runner
from service.embedded_database import EmbeddedDatabase

NewStore: TypeAlias = Callable[..., Store]
MakeDesk: TypeAlias = Callable[[Store], Any]

HANDS = 8
ACCOUNTS = 50
ACTIONS = (
    "open_account issue_invoice receive_payment allocate unallocate transfer_credit suspend_receipt"
    " identify_suspense propose_refund approve_refund reject_refund propose_write_off"
    " approve_write_off write_back reverse_payment"
)
POLICY = parse_policy(
    '[actors]\n"ames" = ["all"]\n"cole" = ["all"]\n[[authority]]\neffective_from = 2000-01-01\n'
    "[authority.roles.all]\n" + "\n".join(f'{action} = "any"' for action in ACTIONS.split())
)
AMES, COLE = Actor("ames", ("all",)), Actor("cole", ("all",))

# Each gives the places where money breaks the rule, and none when it obeys.
RULES = {
    "the postings of each event add up to zero, by unit and currency": """
        SELECT position, unit, currency FROM reporting.postings
        GROUP BY 1, 2, 3 HAVING sum(amount_minor) <> 0""",
    "the postings of each day add up to zero": """
        SELECT effective_on, unit, currency FROM reporting.postings
        GROUP BY 1, 2, 3 HAVING sum(amount_minor) <> 0""",
    "no receipt is used for more than it holds, at any position": """
        SELECT unit, account, receipt, position FROM (
            SELECT *, sum(amount_minor) OVER (
                PARTITION BY unit, account, receipt ORDER BY position, line) AS held
            FROM reporting.movements WHERE control = 'unapplied') AS one
        WHERE held > 0""",
    "what is open of an item is never negative and never above its bill": """
        SELECT unit, account, item, position FROM (
            SELECT *, sum(amount_minor) OVER (ORDERED) AS owed,
                sum(amount_minor) FILTER (WHERE kind IN ('billed', 'reversed')) OVER (ORDERED)
                    AS raised
            FROM reporting.movements WHERE control = 'debtors'
            WINDOW ORDERED AS (PARTITION BY unit, account, item ORDER BY position, line)) AS one
        WHERE owed < 0 OR owed > raised""",
    "every debt is on an account": """
        SELECT position FROM reporting.movements
        WHERE control IN ('debtors', 'unapplied') AND account IS NULL""",
    "the control account of debtors is the sum of what is open": """
        SELECT 1 FROM
            (SELECT coalesce(sum(amount_minor), 0) AS a FROM reporting.postings
                WHERE gl_account = 'debtors_control') AS books,
            (SELECT coalesce(sum(amount_minor), 0) AS b FROM reporting.movements
                WHERE control = 'debtors') AS accounts
        WHERE a <> b""",
    "the control account of credit is the sum of what is unapplied": """
        SELECT 1 FROM
            (SELECT coalesce(sum(amount_minor), 0) AS a FROM reporting.postings
                WHERE gl_account = 'unapplied_cash') AS books,
            (SELECT coalesce(sum(amount_minor), 0) AS b FROM reporting.movements
                WHERE control = 'unapplied') AS accounts
        WHERE a <> b""",
    "every published identity holds": """
        SELECT definition, unit FROM reporting.identities(current_date + 400, now())
        WHERE NOT holds""",
}


@dataclass
class Hand:
    """One person at work: gives commands by chance, also such as must be refused."""

    ledger: Ledger
    name: str
    chance: Random
    desk: Any  # of conftest
    accounts: int = ACCOUNTS
    given: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    receipts: list[tuple[str, str]] = field(default_factory=list)
    bills: list[tuple[str, str]] = field(default_factory=list)
    refunds: list[tuple[str, str]] = field(default_factory=list)
    write_offs: list[tuple[str, str]] = field(default_factory=list)
    suspended: list[str] = field(default_factory=list)

    def work(self, times: int) -> "Hand":
        for _ in range(times):
            self.given += 1
            command, actor = self._command(f"{self.name}-{self.given}")
            request = Request(
                command, actor, Source("command", "test"), f"{self.name}|{self.given}"
            )
            (outcome,) = self.ledger.handle([request])
            self.outcomes[f"{type(command).__name__} {outcome.status}"] += 1
        return self

    def _command(self, name: str) -> tuple[c.AnyCommand, Actor]:
        account = str(self.chance.randrange(self.accounts))
        amount = self.chance.randrange(1, 50_00)
        match self.chance.randrange(12):
            case 0 | 1:
                self.bills.append((account, f"I{name}"))
                return self.desk.bill(account, f"I{name}", amount), AMES
            case 2 | 3:
                self.receipts.append((account, f"R{name}"))
                return self.desk.pay(account, f"R{name}", amount), AMES
            case 4:
                self.suspended.append(f"S{name}")
                return self.desk.suspend(f"S{name}", amount), AMES
            case kind:
                return self._of_what_is_there(kind, name, account, amount)

    def _of_what_is_there(
        self, kind: int, name: str, account: str, amount: int
    ) -> tuple[c.AnyCommand, Actor]:
        of, receipt = self.chance.choice(self.receipts or [(account, "none")])
        owing, bill = self.chance.choice(self.bills or [(account, "none")])
        match kind:
            case 5:
                return c.Allocate(unit="HSG", account=of, receipt=receipt), AMES
            case 6:
                return c.Unallocate(unit="HSG", account=of, receipt=receipt, reason="t"), AMES
            case 7:
                transfer = c.TransferCredit(
                    unit="HSG",
                    account=of,
                    transfer=f"T{name}",
                    amount_minor=amount,
                    to_unit="HSG",
                    to_account=account,
                    reason="t",
                )
                return transfer, AMES
            case 8:
                self.refunds.append((of, f"F{name}"))
                ask = c.ProposeRefund(
                    unit="HSG", account=of, refund=f"F{name}", amount_minor=amount, reason="t"
                )
                return ask, AMES
            case 9:
                self.write_offs.append((owing, f"W{name}"))
                put = c.ProposeWriteOff(
                    unit="HSG",
                    account=owing,
                    write_off=f"W{name}",
                    invoice=bill,
                    reason="uneconomic",
                    evidence="t",
                )
                return put, AMES
            case 10:
                return self._approval(account), COLE
            case _:
                found = self.chance.choice(self.suspended or ["none"])
                identify = sc.IdentifySuspense(
                    receipt=found, to_unit="HSG", to_account=account, reason="t"
                )
                return identify, AMES

    def _approval(self, account: str) -> c.AnyCommand:
        if self.write_offs and self.chance.random() < 0.5:
            on, write_off = self.chance.choice(self.write_offs)
            return c.ApproveWriteOff(unit="HSG", account=on, write_off=write_off)
        on, refund = self.chance.choice(self.refunds or [(account, "none")])
        return c.ApproveRefund(unit="HSG", account=on, refund=refund)


def broken_rules(database: EmbeddedDatabase) -> dict[str, int]:
    """The rules that do not hold, and at how many places."""
    found = {}
    with psycopg.connect(database.owner_url) as connection:
        for name, query in RULES.items():
            rows = connection.execute(query.encode()).fetchall()
            if rows:
                found[name] = len(rows)
    return found


@pytest.fixture
def hands(new_store: NewStore, desk_on: MakeDesk, seed: int) -> list[Hand]:
    """Eight hands on fifty accounts, each with a store of its own."""
    stores = [new_store(pool_size=1) for _ in range(HANDS)]
    desk_on(stores[0]).open(*(str(number) for number in range(ACCOUNTS)))
    return [
        Hand(
            Ledger(store, POLICY, lambda: date(2026, 5, 1)),
            f"h{number}",
            Random(f"{seed} {number}"),  # noqa: S311 - repeated by its seed
            desk_on(store),
        )
        for number, store in enumerate(stores)
    ]


def catch_up(database: EmbeddedDatabase) -> None:
    with runner.connect(database.app_url) as connection:
        runner.catch_up(connection)


@pytest.mark.soak
def test_whatever_many_hands_do_at_once_money_obeys_every_rule(
    hands: list[Hand],
    database: EmbeddedDatabase,
    soak: Any,  # noqa: ANN401 - of plugins/soak.py
) -> None:
    times = soak.size(60, 2_500)
    with ThreadPoolExecutor(HANDS) as threads:
        done = list(threads.map(lambda hand: hand.work(times), hands))
    outcomes = sum((hand.outcomes for hand in done), Counter[str]())
    catch_up(database)
    broken = broken_rules(database)
    soak.tally(mixed_commands=outcomes.total(), broken_rules=len(broken))
    assert broken == {}
    assert verify(hands[0].ledger.store) == ()
    posted = {name.split()[0] for name in outcomes if name.endswith(" posted")}
    assert len(posted) >= 9, outcomes
    assert any(name.endswith(" refused") for name in outcomes)


def test_without_unique_versions_many_hands_break_rules(
    hands: list[Hand], database: EmbeddedDatabase, owner: psycopg.Connection[Any]
) -> None:
    """The negative control: a store in which two decisions on one state are both stored."""
    owner.execute("ALTER TABLE ledger.events DROP CONSTRAINT events_pkey")
    for hand in hands:
        hand.accounts = 2
    with ThreadPoolExecutor(HANDS) as threads:
        list(threads.map(lambda hand: hand.work(30), hands))
    catch_up(database)
    assert "streams" in {one.check for one in verify(hands[0].ledger.store)}
    assert broken_rules(database) != {}


PLANTED = (
    ("one more penny is posted", "postings_v1", "amount_minor + 1", "true"),
    ("an allocation counts thrice", "movements_v1", "amount_minor * 3", "kind = 'allocated'"),
    ("a bill is halved after it was paid", "movements_v1", "amount_minor / 9", "kind = 'billed'"),
    ("cash is counted twice", "movements_v1", "amount_minor * 2", "kind = 'received'"),
)


@pytest.mark.parametrize(
    ("table", "amount", "where"), [one[1:] for one in PLANTED], ids=[one[0] for one in PLANTED]
)
def test_a_wrong_amount_breaks_a_rule(
    hands: list[Hand],
    database: EmbeddedDatabase,
    owner: psycopg.Connection[Any],
    table: str,
    amount: str,
    where: str,
) -> None:
    """The negative control: read models with one amount that is wrong."""
    hands[0].work(120)
    catch_up(database)
    assert broken_rules(database) == {}
    owner.execute(
        f"UPDATE projection.{table} SET amount_minor = {amount} WHERE (position, line) = (SELECT"  # noqa: S608 - the table above
        f" position, line FROM projection.{table} WHERE {where} ORDER BY position LIMIT 1)".encode()
    )
    assert broken_rules(database) != {}


def test_every_rule_is_broken_by_something(
    hands: list[Hand], database: EmbeddedDatabase, owner: psycopg.Connection[Any]
) -> None:
    """No rule is one that cannot be broken, but for the one that the table itself keeps."""
    hands[0].work(120)
    catch_up(database)
    owner.execute("UPDATE projection.postings_v1 SET amount_minor = amount_minor + position")
    owner.execute("UPDATE projection.movements_v1 SET amount_minor = amount_minor * -7")
    assert set(RULES) - set(broken_rules(database)) == {"every debt is on an account"}
