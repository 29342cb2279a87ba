"""The same inputs in any batch size and any order across accounts give the same money.

Each example plays one history twice into one database, as two units that differ in their name
only: once in one piece and in order, once cut and shuffled.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers import bank_statements
from consumers.bank_files import BankIntake
from consumers.formats.accounts import gb_iban
from consumers.formats.camt053_write import OutStatement
from consumers.formats.camt053_write import write as write_camt
from ledger.references import mint
from projections import runner

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

FIRST = date(2025, 5, 1)
PAID_FROM = date(2025, 7, 10)
ACCOUNTS = ("1", "2", "3")
NAMES_OF_A_RUN = {
    "unit",
    "receipt",
    "position",
    "recorded_at",
    "first_position",
    "as_known",
    "bank_account",
}
REPORTS = ("account_balances", "open_items", "aged_debt", "unapplied_credit", "suspense")
_RUNS = count(1)


@dataclass(frozen=True)
class History:
    """Bills and credit notes of two phases, and the bank lines between them: (account, what).

    Each bank line has a day of its own: two receipts of one day are used in the order of their
    names, and the names are different in the two runs.
    """

    before: tuple[tuple[str, dict[str, Any]], ...]
    bank: tuple[tuple[str, tuple[int, date]], ...]
    after: tuple[tuple[str, dict[str, Any]], ...]


@st.composite
def histories(draw: st.DrawFn) -> History:
    numbers = count(1)

    def bills(size: int) -> tuple[tuple[str, dict[str, Any]], ...]:
        made = []
        for _ in range(draw(st.integers(1, size))):
            account, number = draw(st.sampled_from(ACCOUNTS)), f"INV-{next(numbers)}"
            pence = draw(st.integers(1, 20_000))
            on = FIRST + timedelta(days=draw(st.integers(0, 60)))
            made.append((account, {"number": number, "pence": pence, "on": on}))
            if draw(st.booleans()):
                credited = draw(st.integers(1, pence))
                made.append((account, {"number": number, "credited": credited, "on": on}))
        return tuple(made)

    lines = st.tuples(st.sampled_from((*ACCOUNTS, "nobody")), st.integers(1, 30_000))
    paid = draw(st.lists(lines, min_size=1, max_size=8))
    bank = tuple(
        (account, (pence, PAID_FROM + timedelta(days=day)))
        for day, (account, pence) in enumerate(paid)
    )
    return History(bills(6), bank, bills(4))


def _shuffled(parts: Sequence[tuple[str, Any]], rng: Random) -> list[tuple[str, Any]]:
    """Another order in which the parts of each account keep theirs."""
    queues: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for part in parts:
        queues[part[0]].append(part)
    order = [account for account, _ in parts]
    rng.shuffle(order)
    return [queues[account].pop(0) for account in order]


class Player:
    """Plays a history as one unit with a bank account of its own."""

    def __init__(self, council: Council, batch_size: int) -> None:
        self.run = next(_RUNS)
        self.unit = f"U{self.run:05}"
        self.council = council
        self.batch_size = batch_size

    def play(self, history: History, patch: pytest.MonkeyPatch) -> None:
        self._send([self.council.billing.account(one, self.unit) for one in ACCOUNTS])
        self._send([self._record(*one) for one in history.before])
        patch.setattr(bank_statements, "MESSAGES_PER_BATCH_MAX", self.batch_size)
        self._bank(history.bank)
        self._send([self._record(*one) for one in history.after])

    def _record(self, account: str, what: dict[str, Any]) -> dict[str, Any]:
        billing, number = self.council.billing, what["number"]
        if "credited" in what:
            note = billing.credit_note(account, f"CN-{number}", number, what["credited"])
            return {**note, "unit": self.unit, "credit_date": what["on"]}
        return dict(billing.invoice(account, number, what["pence"], what["on"], self.unit))

    def _send(self, records: Sequence[dict[str, Any]]) -> None:
        messages = [self.council.message(one, topic=self.unit) for one in records]
        for start in range(0, len(messages), self.batch_size):
            self.council.send(messages[start : start + self.batch_size])

    def _bank(self, lines: Sequence[tuple[str, tuple[int, date]]]) -> None:
        number = f"{self.run:08}"
        entries = tuple(
            self.council.entry(
                pence, mint(self.unit, account) if account in ACCOUNTS else "?", on=on
            )
            for account, (pence, on) in lines
        )
        iban = gb_iban("LOYD", "400000", number)
        path = self.council.folder / f"{self.unit}.xml"
        with path.open("wb") as file:
            write_camt([OutStatement(iban, "S1", 1, PAID_FROM, PAID_FROM, 0, entries)], file, "1")
        intake: BankIntake = self.council.app.bank
        parts = replace(intake.parts, accounts={f"400000-{number}": self.unit})
        report = BankIntake(parts, intake.profiles).take(path)
        assert report.is_whole()
        assert report.statements[0].adds_up()

    def money(self) -> "Counter[str]":
        """Movements and figures, without what names the run."""
        app, found = self.council.app, Counter[str]()
        with runner.connect(app.urls.app) as connection:
            runner.catch_up(connection)
        queries = {
            name: f"SELECT * FROM reporting.{name}('2025-08-01', now()) WHERE unit = %s"  # noqa: S608
            for name in REPORTS
        }
        queries["movements"] = "SELECT * FROM reporting.movements WHERE unit = %s"
        with self.council.rows() as cursor:
            for name, query in queries.items():
                cursor.execute(query.encode(), [self.unit])
                for row in cursor.fetchall():
                    kept = {key: str(row[key]) for key in sorted(row) if key not in NAMES_OF_A_RUN}
                    found[f"{name} {json.dumps(kept)}"] += 1
        return found


def test_any_batch_size_and_any_order_across_accounts_give_the_same_money(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = 0

    @settings(
        max_examples=20,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(
        histories(), st.integers(1, 1_000) | st.integers(1, 4), st.randoms(use_true_random=False)
    )
    def same_money(history: History, batch_size: int, rng: Random) -> None:
        nonlocal examples
        examples += 1
        in_order, cut = Player(council, 1_000), Player(council, batch_size)
        in_order.play(history, monkeypatch)
        other = [_shuffled(part, rng) for part in (history.before, history.bank, history.after)]
        cut.play(History(*map(tuple, other)), monkeypatch)
        expected = in_order.money()
        assert cut.money() == expected
        assert any(line.startswith("movements") for line in expected)

    same_money()
    assert examples >= 20


def test_the_comparison_sees_one_penny(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the property above."""
    bill = ("1", {"number": "INV-1", "pence": 500, "on": FIRST})
    played = []
    for pence in (300, 301):
        player = Player(council, 10)
        player.play(History((bill,), (("1", (pence, PAID_FROM)),), ()), monkeypatch)
        played.append(player.money())
    assert played[0] != played[1]
