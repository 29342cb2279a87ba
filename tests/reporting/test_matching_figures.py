"""First pass, wrong matches by each way, money by rule, the suspense desk, remittances."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import ModuleType
from typing import Any, TypeAlias

import pytest

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Figures: TypeAlias = ModuleType
Row: TypeAlias = dict[str, Any]

NOW = datetime(2030, 1, 1, tzinfo=UTC)
APRIL_2, APRIL_3, APRIL_8, APRIL_30 = (date(2024, 4, day) for day in (2, 3, 8, 30))


class Events:
    """Writes what happened to receipts, in pounds, one event a call."""

    def __init__(self, figures: Figures, books: Books) -> None:
        self.figures, self.books = figures, books
        self.position = 0

    def happened(
        self, kind: str, receipt: str, pounds: int, on: date = APRIL_2, **more: object
    ) -> None:
        self.position += 1
        row = {"position": self.position, "kind": kind, "receipt": receipt, "unit": "CORP"}
        row |= {"amount_minor": pounds * 100, "effective_on": on}
        row |= {"recorded_at": datetime.combine(on, time(18), tzinfo=UTC)} | more
        self.books.store(receipts=[self.figures.ReceiptRow(**row)])

    def matched(self, receipt: str, pounds: int, file: str = "f1", **more: Any) -> None:  # noqa: ANN401 - any column
        """A bank line that its file put on an account with no person."""
        at_bank = {"bank_account": "1", "digest": file, "value_on": APRIL_2, "automatic": True}
        row: Row = at_bank | {"rule": "payer-name", "method": "card"} | more
        self.happened("received", receipt, pounds, **row)

    def suspended(self, receipt: str, pounds: int, file: str = "f1", **more: Any) -> None:  # noqa: ANN401 - any column
        at_bank = {"bank_account": "1", "digest": file, "value_on": APRIL_2, "automatic": True}
        row: Row = at_bank | {"rule": "no-reference", "method": "card"} | more
        self.happened("suspended", receipt, pounds, **row)
        line = {"control": "suspense", "kind": "suspended", "receipt": receipt}
        self._move(line | {"amount_minor": -pounds * 100})

    def _move(self, line: Row) -> None:
        stamp = {"position": self.position, "line": 0, "effective_on": APRIL_2}
        stamp |= {"recorded_at": datetime.combine(APRIL_2, time(18), tzinfo=UTC)}
        names = ("account", "debt_type", "service", "item", "instalment")
        blank = dict.fromkeys(names) | {"unit": "CORP", "currency": "GBP"}
        self.books.store(movements=[self.figures.Movement(**(blank | stamp | line))])

    def report(self, name: str, as_at: date = APRIL_30, as_known: datetime = NOW) -> list[Row]:
        rows: list[Row] = self.books.report(name, as_at, as_known)
        return rows

    def quality(self, as_at: date = APRIL_30, as_known: datetime = NOW) -> Row:
        (row,) = [
            r for r in self.report("match_quality", as_at, as_known) if r["rule"] == "payer-name"
        ]
        return row


@pytest.fixture
def events(figures: Figures, books: Books) -> Events:
    """Nothing has happened yet."""
    return Events(figures, books)


def test_first_pass_is_told_in_four_denominators(events: Events) -> None:
    events.matched("R1", 10, "f1")
    events.matched("R2", 20, "f1")
    events.matched("R3", 30, "f2")
    events.suspended("R4", 140, "f2")
    rates = {row["definition"]: row["value"] for row in events.report("match_rates")}
    assert rates == {
        "MR-1.v1": Decimal("0.75"),
        "MR-2.v1": Decimal("0.3"),
        "MR-3.v1": Decimal("0.5"),
        "MR-4.v1": Decimal("0.15"),
    }


def test_what_a_person_identifies_later_was_no_first_pass(events: Events) -> None:
    events.suspended("R1", 10)
    events.happened("identified", "R1", 10, APRIL_3, other_receipt="R1")
    events.matched("R1", 10, parent="R1", automatic=False)
    assert {(row["matched"], row["of_all"]) for row in events.report("match_rates")} == {(0, 1)}


def test_a_receipt_of_the_card_terminal_is_no_line_of_a_bank_file(events: Events) -> None:
    events.matched("R1", 10, bank_account=None)
    assert events.report("match_rates") == []


WAYS: list[tuple[str, list[tuple[str, int, Row]]]] = [
    ("moved_to_suspense", [("moved_to_suspense", 80, {"rule": "not his"})]),
    ("transferred", [("credit_transferred", 80, {"rule": "wrong tenant"})]),
    ("reversed_in_error", [("reversed", 80, {"rule": "posted_in_error"})]),
    (
        "allocated_elsewhere",
        [("unallocated", 80, {"item": "I1"}), ("allocated", 80, {"item": "I2"})],
    ),
]
NO_FAULTS: list[tuple[str, list[tuple[str, int, Row]]]] = [
    ("the money bounced", [("reversed", 80, {"rule": "cheque_bounced"})]),
    ("what was left over found its bill", [("allocated", 20, {"item": "I2"})]),
    (
        "it was taken back and put where it was",
        [("unallocated", 80, {"item": "I1"}), ("allocated", 80, {"item": "I1"})],
    ),
    ("it was taken back to be refunded", [("unallocated", 80, {"item": "I1"})]),
    ("the system moved it itself", [("credit_transferred", 80, {"automatic": True})]),
]


@pytest.mark.parametrize(("way", "after"), WAYS, ids=[way for way, _ in WAYS])
def test_a_match_that_a_person_undid_is_wrong_by_its_rule(
    events: Events, way: str, after: list[tuple[str, int, Row]]
) -> None:
    events.matched("R1", 80)
    events.matched("R2", 20)
    for kind, pounds, more in after:
        events.happened(kind, "R1", pounds, APRIL_8, **more)
    row = events.quality()
    ways = ("moved_to_suspense", "transferred", "reversed_in_error", "allocated_elsewhere")
    assert {name: row[name] for name in ways} == dict.fromkeys(ways, 0) | {way: 1}
    assert (row["matched"], row["wrong"], row["wrong_amount"]) == (2, 1, 80)
    assert (row["rate_by_count"], row["rate_by_value"]) == (Decimal("0.5"), Decimal("0.8"))
    assert events.quality(APRIL_3)["wrong"] == 0
    assert events.quality(as_known=datetime(2024, 4, 5, tzinfo=UTC))["wrong"] == 0


@pytest.mark.parametrize(("why", "after"), NO_FAULTS, ids=[why for why, _ in NO_FAULTS])
def test_a_match_is_not_wrong_because(
    events: Events, why: str, after: list[tuple[str, int, Row]]
) -> None:
    events.matched("R1", 100)
    for kind, pounds, more in after:
        events.happened(kind, "R1", pounds, APRIL_8, **more)
    assert events.quality()["wrong"] == 0, why


def test_a_receipt_undone_in_two_ways_is_wrong_once_and_for_no_more_than_it_was(
    events: Events,
) -> None:
    events.matched("R1", 80)
    events.happened("credit_transferred", "R1", 60, APRIL_3)
    events.happened("moved_to_suspense", "R1", 80, APRIL_8)
    row = events.quality()
    assert (row["wrong"], row["wrong_amount"]) == (1, 80)
    assert (row["transferred"], row["moved_to_suspense"]) == (1, 1)


def test_a_match_that_a_person_made_is_not_in_the_rate(events: Events) -> None:
    events.matched("R1", 80, automatic=False)
    assert events.report("match_quality") == []


def test_every_pound_stands_in_one_row_by_method_place_and_rule(events: Events) -> None:
    events.matched("R1", 50)
    events.matched("WRONG", 30)
    events.happened("moved_to_suspense", "WRONG", 30, APRIL_3, other_receipt="P1")
    moved = {"value_on": APRIL_2, "rule": "not his", "method": "card"}
    events.happened("moved_in", "P1", 30, APRIL_3, **moved)
    events.suspended("S1", 100)
    events.happened("split", "S1", 40, APRIL_3, other_receipt="S2")
    events.happened("moved_in", "S2", 40, APRIL_3, parent="S1", **moved)
    events.happened("identified", "S2", 40, APRIL_8, other_receipt="S2")
    by_officer: Row = {"parent": "S2", "automatic": False, "rule": "identified-by-officer"}
    events.matched("S2", 40, **by_officer)
    events.happened("transferred", "S1", 25, APRIL_8)
    found = {
        (row["place"], row["rule"], row["automatic"]): row["amount"]
        for row in events.report("receipts_by_rule")
    }
    assert found == {
        ("account", "payer-name", True): 50,
        ("account", "identified-by-officer", False): 40,
        ("suspense", "not his", None): 30,
        ("suspense", "no-reference", None): 35,
        ("transferred", None, None): 25,
    }
    assert sum(found.values()) == 50 + 30 + 100


# --- the desk ------------------------------------------------------------------------------------


def test_money_identified_back_to_its_value_date_still_took_as_long_as_it_took(
    events: Events,
) -> None:
    events.suspended("S1", 100)
    done = datetime(2024, 4, 16, 18, tzinfo=UTC)  # Tuesday, ten working days later
    events.happened("identified", "S1", 100, APRIL_2, recorded_at=done)
    (row, whole) = sorted(
        events.report("suspense_clearing"), key=lambda r: r["way"] != "identified"
    )
    assert (row["way"], row["median_working_days"], row["p90_working_days"]) == (
        "identified",
        10,
        10,
    )
    assert (whole["way"], whole["receipts"], whole["amount"]) == ("all ways", 1, 100)
    speed = {row["measure"]: row["value"] for row in events.report("suspense_performance")}
    assert speed["cleared within 5 working days"] == 0
    assert speed["cleared within 10 working days"] == 1


def test_turnover_is_what_was_cleared_over_the_mean_daily_closing_balance(events: Events) -> None:
    """100 held from 2 to 15 April (14 of 30 days), 50 from 2 April on (29 days): mean 95."""
    events.suspended("S1", 100)
    events.suspended("S2", 50)
    done = datetime(2024, 4, 16, 18, tzinfo=UTC)
    events.happened("identified", "S1", 100, APRIL_2, recorded_at=done)
    rows = {row["definition"]: row for row in events.report("suspense_performance")}
    assert round(rows["SU-2.v2"]["value"], 12) == round(Decimal(100) / 95, 12)
    assert rows["SU-3.v2"]["value"] == Decimal("28.5")


def test_a_transfer_to_another_holding_code_is_not_clearing(events: Events) -> None:
    events.suspended("S1", 100)
    events.happened("transferred", "S1", 100, APRIL_3)
    rows = {row["measure"]: row["value"] for row in events.report("suspense_performance")}
    assert rows["turnover"] == 0
    assert rows["cleared within 20 working days"] == 0


def test_a_part_that_was_split_off_is_as_old_as_the_whole(events: Events) -> None:
    events.suspended("S1", 100)
    events.happened("split", "S1", 100, APRIL_8, other_receipt="S2")
    part = {"parent": "S1", "value_on": APRIL_2}
    events.happened("moved_in", "S2", 100, APRIL_8, **part)
    events.happened("identified", "S2", 100, APRIL_8)
    rows = {row["way"]: row for row in events.report("suspense_clearing")}
    assert rows["identified"]["median_working_days"] == 4
    assert {row["receipts"] for row in rows.values()} == {1}


def test_suspense_shows_its_owner_and_the_best_candidate(events: Events) -> None:
    best = {"other_unit": "HSG", "other_account": "A7", "other_rule": "payer-known"}
    events.suspended("S1", 100, score=70, candidates=3, **best)
    events.happened("assigned", "S1", 0, APRIL_3, owner="officer.ames")
    events.happened("assigned", "S1", 0, APRIL_8, owner="officer.bell")
    (row,) = events.report("suspense")
    assert (row["owner"], row["candidate"], row["candidate_score"]) == (
        "officer.bell",
        "HSG/A7",
        70,
    )
    assert (row["candidates"], row["candidate_rule"]) == (3, "payer-known")
    assert [r["owner"] for r in events.report("suspense", APRIL_3)] == ["officer.ames"]
    assert [r["owner"] for r in events.report("suspense", APRIL_2)] == [None]


def test_the_three_states_of_remittances_are_listed(events: Events, figures: Figures) -> None:
    def advice(position: int, kind: str, name: str, **more: object) -> Any:  # noqa: ANN401
        row = {"position": position, "kind": kind, "remittance": name, "amount_minor": 10_000}
        row |= {"recorded_at": datetime(2024, 4, 2, tzinfo=UTC), "effective_on": APRIL_2}
        return figures.RemittanceRow(**(row | {"currency": "GBP"} | more))

    events.suspended("BATCH", 90, batch_payments=3)
    events.suspended("MONEY", 100, batch_payments=2)
    events.happened("split", "MONEY", 40, APRIL_3, other_receipt="PART")
    events.happened("moved_in", "PART", 40, APRIL_3, parent="MONEY", value_on=APRIL_2)
    events.happened("identified", "MONEY", 60, APRIL_3)
    events.books.store(
        remittances=[
            advice(101, "registered", "WAITS"),
            advice(102, "registered", "CAME"),
            advice(103, "matched", "CAME", receipt="MONEY", how="bank reference"),
        ]
    )
    found = {
        row["state"]: (row["remittance"], row["receipt"], row["waiting_amount"])
        for row in events.report("remittances")
    }
    assert found == {
        "no money": ("WAITS", None, 100),
        "no remittance": (None, "BATCH", 90),
        "not all allocated": ("CAME", "MONEY", 40),
    }
    events.happened("identified", "PART", 40, APRIL_8)
    assert {row["state"] for row in events.report("remittances")} == {
        "no money",
        "no remittance",
        "allocated",
    }


def test_small_balances_are_summed_by_batch_and_held_against_a_cap(
    books: Books, figures: Figures
) -> None:
    def row(
        position: int, kind: str, pence: int, actor: str, line: int = 0, account: str = "A1"
    ) -> Any:  # noqa: ANN401 - a row class of the oracle
        moment = datetime(2024, 4, 2, tzinfo=UTC)
        where = {"unit": "CORP", "account": account, "invoice": f"I{line}"}
        where |= {"reason": "rounding"}
        if kind == "approved":
            where = {}
        return figures.SmallBalanceRow(
            position, moment, pence, APRIL_2, line, kind, "B1", actor, **where
        )

    proposed = [row(1, "proposed", 150, "ames", n, f"A{n // 2}") for n in range(4)]
    written = [row(3 + n, "written_off", 150, "ames", n, f"A{n // 2}") for n in range(3)]
    books.store(small_balances=[*proposed, row(2, "approved", 600, "cole"), *written])
    (found,) = books.report("small_balances", APRIL_30, NOW, yearly_cap=2)
    assert (found["state"], found["proposed_by"], found["decided_by"]) == (
        "approved",
        "ames",
        "cole",
    )
    assert (found["proposed_lines"], found["proposed_amount"]) == (4, 6)
    assert found["written_off_amount"] == Decimal("4.5")
    assert (found["debtors"], found["largest_debtor_amount"]) == (2, 3)
    assert found["debtors_above_cap"] == 1
    (uncompared,) = books.report("small_balances", APRIL_30, NOW)
    assert uncompared["debtors_above_cap"] is None
