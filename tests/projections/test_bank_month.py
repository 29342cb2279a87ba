# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""A bank month through the real ledger: every event has its row, and every identity holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from ledger import commands as c
from ledger import small_balance_commands as small
from ledger import suspense_commands as sc
from ledger.account_state import Dated
from ledger.authority import Actor
from ledger.intake_events import (
    BankLineRecorded,
    BankStatementTaken,
    DirectDebitReturned,
    IntakeResolved,
    RemittanceMatched,
    RemittanceRegistered,
    RowQuarantined,
    StatementTotals,
)
from ledger.recorded import Source
from ledger.requests import Note, Outcome, Request
from ledger.small_balance_policy import parse_small_balances
from ledger.values import Candidate, Fact, Match, Refusal, RulePoints, SmallBalanceLine
from projections import runner
from projections.install import install_read_models
from projections.read_models import READ_MODELS
from projections.rebuild import Today, Work, rebuild

BANK = "111111-00000001"
INTAKE = Actor("system:intake", ("intake",))
OFFICER = Actor("officer.ames", ("collections_officer",))
SENIOR = Actor("senior.cole", ("senior_officer",))
NONE = StatementTotals(lines=0, amount_minor=0)
DAY = timedelta(days=1)


@dataclass
class Month:
    """What the bank's file brings and what officers do about it, in the test's own ledger."""

    town: Any
    digest: str = "ab" * 32
    line: int = 0

    def source(self) -> Source:
        self.line += 1
        return Source("file", "bank.xml", digest=self.digest, line=self.line)

    def _done(self, entries: Sequence[Request | Note]) -> None:
        outcomes: Sequence[Outcome] = self.town.ledger.handle(entries)
        assert not [one.refusals for one in outcomes if one.refusals]

    def from_file(self, *commands: c.AnyCommand) -> None:
        """Lines of the bank's file, with no person."""
        self._done(
            [Request(one, INTAKE, self.source(), self.town.name("line")) for one in commands]
        )

    def by(self, actor: Actor, *commands: c.AnyCommand) -> None:
        """What a person orders."""
        for one in commands:
            source = Source("command", one.action)
            self._done([Request(one, actor, source, self.town.name("command"))])

    def told(self, *facts: Fact) -> None:
        """Facts of the file that need no decision."""
        for one in facts:
            dated = [Dated(one, self.town.today)]
            name = self.town.name("note")
            self._done([Note("intake:bank", dated, INTAKE, self.source(), name, name.encode())])

    def payment(self, receipt: str, pounds: int, rule: str = "payer-name") -> c.ReceivePayment:
        second = Candidate(unit="HSG", account="A1", rule="payer-name", score=60)
        points = (RulePoints(rule=rule, points=90),)
        match = Match(policy_from=date(2025, 1, 1), score=90, rules=points, runner_up=second)
        return c.ReceivePayment(
            unit="HSG",
            account="A0",
            receipt=receipt,
            amount_minor=pounds * 100,
            method="bank_transfer",
            value_on=self.town.today,
            rule=rule,
            bank_account=BANK,
            match=match,
        )

    def unknown(self, receipt: str, pounds: int, batch: int | None = None) -> sc.SuspendReceipt:
        candidates = tuple(
            Candidate(unit="HSG", account=account, rule="payer-name", score=score)
            for account, score in (("A1", 30), ("A0", 55))
        )
        return sc.SuspendReceipt(
            receipt=receipt,
            unit="HSG",
            amount_minor=pounds * 100,
            method="bank_transfer",
            value_on=self.town.today,
            reason="below-apply",
            candidates=candidates,
            bank_account=BANK,
            batch_payments=batch,
        )

    def statement(self, opening: int, closing: int) -> BankStatementTaken:
        moved = StatementTotals(lines=self.line, amount_minor=(closing - opening) * 100)
        return BankStatementTaken(
            source="intake:bank",
            digest=self.digest,
            file_name="bank.xml",
            format="camt053",
            unit="HSG",
            bank_account=BANK,
            statement="S1",
            currency="GBP",
            opening_minor=opening * 100,
            closing_minor=closing * 100,
            first_on=self.town.today,
            last_on=self.town.today,
            posted=moved,
            suspended=NONE,
            other=NONE,
            quarantined=NONE,
            duplicates=NONE,
        )


@pytest.fixture
def month(town: Any) -> Month:
    """Three accounts with bills, and a small-balance policy."""
    text = """
[[small_balances]]
effective_from = 2000-01-01
yearly_cap = "10.00"
[small_balances.limits]
small_balance = "5.00"
short_payment = "1.00"
rounding = "0.05"
"""
    town.ledger.small_balances = parse_small_balances(text)
    town.open(["A0", "A1", "B0"])
    town.do(town.bill("A0", 100), town.bill("A0", 50), town.bill("A1", 70))
    return Month(town)


def the_bank_brings(month: Month) -> None:
    month.from_file(
        month.payment("R1", 100),
        month.payment("WRONG", 30, "amount-exact"),
        month.payment("ELSEWHERE", 20),
        month.unknown("S1", 90),
        month.unknown("BATCH", 60, batch=3),
        month.unknown("BACK", 15),
    )
    line = {"unit": "HSG", "bank_account": BANK, "currency": "GBP"}
    month.told(BankLineRecorded(bank_line="L1", amount_minor=-400, kind="charge", **line))
    aside = Refusal(code="row_unreadable", sentence="bank.xml, line 8: amount")
    row = {"source": "intake:bank", "message": "row|8", "digest": month.digest}
    month.told(
        RowQuarantined(field="amount", amount_minor=700, refusals=(aside,), **row),
        month.statement(1_000, 1_318),
    )


def officers_put_it_right(month: Month) -> None:
    month.by(
        OFFICER,
        c.MoveToSuspense(
            unit="HSG", account="A0", receipt="WRONG", new_receipt="WRONG-S", reason="not his"
        ),
        sc.AssignSuspense(receipt="S1", owner="officer.bell"),
        sc.SplitSuspense(
            receipt="S1", new_receipt="S1-B", amount_minor=2_000, reason="two tenants"
        ),
        sc.IdentifySuspense(receipt="S1-B", to_unit="HSG", to_account="A1", reason="phoned"),
        sc.ProposeSuspenseReturn(
            receipt="BACK", suspense_return="BR1", way="return", reason="not for us"
        ),
        c.Unallocate(unit="HSG", account="A0", receipt="ELSEWHERE", reason="asked"),
        c.TransferCredit(
            unit="HSG",
            account="A0",
            transfer="T1",
            amount_minor=2_000,
            to_unit="CORP",
            to_account="B0",
            reason="wrong tenant",
        ),
    )
    month.by(
        SENIOR,
        sc.ApproveSuspenseReturn(receipt="BACK", suspense_return="BR1"),
        sc.RecordSuspenseReturnPaid(receipt="BACK", suspense_return="BR1", payment_reference="P1"),
    )


def documents_come(month: Month) -> None:
    advice = {"source": "intake:bank", "kind": "dwp", "digest": "cd" * 32, "file_name": "dwp.txt"}
    money = {"currency": "GBP", "total_minor": 6_000, "lines": 3}
    month.told(
        RemittanceRegistered(remittance="M-1", **advice, **money),
        RemittanceRegistered(remittance="M-2", **advice, **money),
        RemittanceMatched(
            source="intake:bank",
            remittance="M-1",
            receipt="BATCH",
            amount_minor=6_000,
            how="amount",
        ),
        DirectDebitReturned(
            source="intake:bank",
            digest="ef" * 32,
            unit="HSG",
            account="A1",
            reference="D-9",
            amount_minor=500,
            reason_code="0",
            reason="refer to payer",
        ),
    )


@pytest.fixture
def report(
    month: Month, projector: "psycopg.Connection[tuple[Any, ...]]"
) -> Callable[..., list[dict[str, Any]]]:
    """`report(name)`: its rows as at the test's today, after the whole month."""
    the_bank_brings(month)
    month.town.clock[0] += 3 * DAY
    officers_put_it_right(month)
    documents_come(month)
    runner.catch_up(projector)

    def ask(name: str, **more: object) -> list[dict[str, Any]]:
        given = "".join(f", {key} => %({key})s" for key in more)
        query = f"SELECT * FROM reporting.{name}(%(day)s, %(now)s{given})"  # noqa: S608 - own names
        values = {"day": month.town.today, "now": month.town.clock[0] + DAY, **more}
        cursor = psycopg.Cursor(projector, row_factory=psycopg.rows.dict_row)
        return cursor.execute(query.encode(), values).fetchall()

    return ask


def test_every_identity_holds_after_a_month_of_every_kind(report: Any) -> None:
    rows = report("identities")
    assert {row["definition"] for row in rows} == {f"ID-{n}.v1" for n in range(1, 13)}
    assert [row for row in rows if not row["holds"]] == []


def test_the_bank_is_reconciled_item_by_item(report: Any) -> None:
    rows = {(row["kind"], row["item"]): row for row in report("bank_reconciliation")}
    amounts = {key: row["amount"] for key, row in rows.items()}
    assert amounts == {
        ("statement_balance", "S1"): 1_318,
        ("ledger_balance", "HSG"): 300,
        ("opening_balance", "S1"): 1_000,
        ("line_not_coded", "L1"): -4,
        ("row_set_aside", "row|8"): 7,
        ("not_on_statement", "BR1"): 15,
        ("summary", "not clean"): 0,
    }
    assert rows["row_set_aside", "row|8"]["file_line"] == 8
    assert rows["summary", "not clean"]["note"] == "1 row set aside, 1 line not coded"


def test_automatic_matches_and_those_undone_are_counted_by_rule(report: Any) -> None:
    rates = {row["definition"]: (row["matched"], row["of_all"]) for row in report("match_rates")}
    assert rates == {
        "MR-1.v1": (3, 6),
        "MR-2.v1": (3, 6),
        "MR-3.v1": (0, 1),
        "MR-4.v1": (0, 1),
    }
    wrong = {row["rule"]: row for row in report("match_quality")}
    assert wrong["amount-exact"]["moved_to_suspense"] == 1
    assert wrong["payer-name"]["transferred"] == 1
    assert (wrong["all rules"]["matched"], wrong["all rules"]["wrong"]) == (3, 2)


def test_suspense_shows_what_the_desk_knows(report: Any) -> None:
    rows = {row["receipt"]: row for row in report("suspense")}
    assert {name: row["open_amount"] for name, row in rows.items()} == {
        "S1": 70,
        "BATCH": 60,
        "WRONG-S": 30,
    }
    first = rows["S1"]
    assert (first["owner"], first["candidate"], first["candidate_score"]) == (
        "officer.bell",
        "HSG/A0",
        55,
    )
    assert (first["reason"], first["bank_account"]) == ("below-apply", BANK)
    assert rows["BATCH"]["batch_payments"] == 3
    ways = {row["way"]: row["receipts"] for row in report("suspense_clearing")}
    assert ways == {"identified": 1, "returned": 1, "all ways": 2}


def test_a_return_that_fails_is_in_suspense_again_and_the_books_still_agree(
    month: Month, report: Any, projector: Any
) -> None:
    failed = sc.RecordSuspenseReturnFailed(
        receipt="BACK", suspense_return="BR1", reason="account closed"
    )
    month.by(SENIOR, failed)
    runner.catch_up(projector)
    assert {row["receipt"] for row in report("suspense")} == {"S1", "BATCH", "WRONG-S", "BACK"}
    assert [row for row in report("identities") if not row["holds"]] == []


def test_remittances_are_listed_with_their_money_and_without(report: Any) -> None:
    rows = {
        row["remittance"]: (row["state"], row["waiting_amount"]) for row in report("remittances")
    }
    assert rows == {"M-1": ("not all allocated", 60), "M-2": ("no money", 60)}


def test_a_returned_debit_is_noted_and_moves_nothing(report: Any, projector: Any) -> None:
    assert report("identities")
    rows = projector.execute(
        "SELECT side, kind, name, amount_minor FROM reporting.bank_entries WHERE side = 'notice'"
    ).fetchall()
    assert rows == [("notice", "debit_returned", "D-9", -500)]


def test_a_row_that_is_posted_on_retry_leaves_the_list(
    month: Month, report: Any, projector: Any
) -> None:
    late = Source("file", "bank.xml", digest=month.digest, line=8)
    month._done([Request(month.payment("LATE", 7), INTAKE, late, "retry")])
    solved = {"source": "intake:bank", "message": "row|8", "reason": "read by hand"}
    month.told(IntakeResolved(outcome="posted", **solved))
    runner.catch_up(projector)
    kinds = {row["kind"] for row in report("bank_reconciliation")}
    assert "row_set_aside" not in kinds
    assert [row for row in report("identities") if not row["holds"]] == []


def test_small_balances_show_who_proposed_and_who_approved(
    month: Month, projector: Any, report: Any
) -> None:
    bill = month.town.bill("A1", 3)
    month.town.do(bill)
    line = SmallBalanceLine(
        unit="HSG", account="A1", invoice=bill.invoice, amount_minor=300, reason="small_balance"
    )
    month.by(OFFICER, small.ProposeSmallBalances(batch="SB1", lines=(line,)))
    month.by(SENIOR, small.ApproveSmallBalances(batch="SB1"))
    month.by(
        OFFICER,
        small.WriteOffSmallBalance(
            unit="HSG",
            account="A1",
            batch="SB1",
            invoice=bill.invoice,
            amount_minor=300,
            reason="small_balance",
        ),
    )
    runner.catch_up(projector)
    (row,) = report("small_balances", yearly_cap=2)
    assert (row["batch"], row["proposed_by"], row["decided_by"]) == (
        "SB1",
        "officer.ames",
        "senior.cole",
    )
    assert (row["written_off_amount"], row["debtors_above_cap"]) == (3, 1)


def test_a_read_model_that_is_new_to_a_ledger_is_filled_when_it_is_installed(
    month: Month, report: Any, projector: Any, sandbox_database: Any, contents: Any
) -> None:
    assert report("identities")
    before = contents(projector)
    new = [model for model in READ_MODELS if model.name.startswith("projection.bank_")]
    with psycopg.connect(sandbox_database.owner_url) as owner:
        for model in new:
            owner.execute(f"DROP TABLE {model.name} CASCADE".encode())
        install_read_models(owner)
    assert contents(projector) == before
    assert all(before[model.name] for model in new)


@pytest.mark.usefixtures("report")
def test_a_rebuild_of_the_month_is_equal_and_switched_to(month: Month, projector: Any) -> None:
    done = rebuild(
        projector, Today(month.town.today, month.town.clock[0] + DAY), Work(page_events=7)
    )
    assert done.switched
    assert done.differences == ()
