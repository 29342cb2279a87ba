"""Statement = cash book + items one by one, told with few lines; and when it is not clean."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from types import ModuleType
from typing import Any, TypeAlias

import pytest

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any
Figures: TypeAlias = ModuleType

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MARCH_1, MARCH_4, MARCH_5, MARCH_8 = (date(2024, 3, day) for day in (1, 4, 5, 8))
ACCOUNT = "111111-00000001"


class Bank:
    """Writes what a bank account's files brought, in pounds, one event a call."""

    def __init__(self, figures: Figures, books: Books) -> None:
        self.figures, self.books = figures, books
        self.position = 0

    def _stamp(self, on: date) -> dict[str, Any]:
        self.position += 1
        moment = datetime.combine(on, time(18), tzinfo=UTC)
        return {"position": self.position, "recorded_at": moment, "effective_on": on}

    def receipt(self, name: str, pounds: int, on: date, file: str = "f1", **more: object) -> None:
        row: dict[str, Any] = {
            "kind": "received",
            "unit": "CORP",
            "receipt": name,
            "amount_minor": pounds * 100,
        }
        row |= {"bank_account": ACCOUNT, "digest": file, "file_line": 7, "automatic": True}
        row |= self._stamp(on) | {"value_on": on} | more
        self.books.store(receipts=[self.figures.ReceiptRow(**row)])

    def line(self, name: str, pounds: int, on: date, file: str = "f1", **more: object) -> None:
        row: dict[str, Any] = {"side": "bank", "kind": "line", "unit": "CORP", "name": name}
        row |= {"amount_minor": pounds * 100, "bank_account": ACCOUNT, "digest": file}
        row |= self._stamp(on) | {"file_line": 8, "method": "charge"} | more
        self.books.store(bank_entries=[self.figures.EntryRow(**row)])

    def book(self, kind: str, name: str, pounds: int, on: date) -> None:
        row: dict[str, Any] = {"side": "books", "kind": kind, "unit": "CORP", "name": name}
        row |= {"amount_minor": pounds * 100} | self._stamp(on)
        self.books.store(bank_entries=[self.figures.EntryRow(**row)])

    def aside(self, message: str, pounds: int | None, on: date, file: str = "f1") -> None:
        stamp = self._stamp(on)
        self._intake(message, "quarantined", stamp, pounds and pounds * 100, file, "f.xml line 9")

    def resolved(self, message: str, status: str, on: date) -> None:
        self._intake(message, status, self._stamp(on))

    def _intake(self, message: str, status: str, stamp: dict[str, Any], *rest: object) -> None:
        row = self.figures.IntakeRow(
            stamp["position"], stamp["recorded_at"], message, status, *rest
        )
        self.books.store(intake_log=[row])

    def statement(
        self,
        name: str,
        opening: int | None,
        closing: int | None,
        ends_on: date,
        file: str = "f1",
        lines_pounds: int | None = None,
        **more: object,
    ) -> None:
        stamp = self._stamp(ends_on)
        stamp["taken_on"] = stamp.pop("effective_on")
        moved = 0 if opening is None or closing is None else closing - opening
        row: dict[str, Any] = {
            "statement": name,
            "digest": file,
            "ends_on": ends_on,
            "unit": "CORP",
        }
        row |= {"first_on": ends_on, "last_on": ends_on, "bank_account": ACCOUNT, "lines": 1}
        row |= {"opening_minor": None if opening is None else opening * 100}
        row |= {"closing_minor": None if closing is None else closing * 100, "sequence": None}
        row |= {"lines_minor": (moved if lines_pounds is None else lines_pounds) * 100}
        self.books.store(bank_statements=[self.figures.StatementRow(**(row | stamp | more))])

    def items(self, as_at: date, as_known: datetime = NOW) -> dict[tuple[str, str], Any]:
        """Amounts in pounds by kind and item, the summary left out."""
        rows = self.books.report("bank_reconciliation", as_at, as_known, of_account=ACCOUNT)
        return {(r["kind"], r["item"]): r["amount"] for r in rows if r["step"] < 10}

    def summary(self, as_at: date, as_known: datetime = NOW) -> tuple[Any, ...]:
        rows = self.books.report("bank_reconciliation", as_at, as_known, of_account=ACCOUNT)
        (row,) = [r for r in rows if r["kind"] == "summary"]
        return row["item"], row["amount"], row["note"]


CLEAN = ("clean", 0, None)


@pytest.fixture
def bank(figures: Figures, books: Books) -> Bank:
    """An account that opens with 1,000 pounds and whose first statement brings 300."""
    one = Bank(figures, books)
    one.receipt("R1", 200, MARCH_1)
    one.receipt("R2", 100, MARCH_1)
    one.statement("S1", 1_000, 1_300, MARCH_1)
    return one


def test_a_statement_is_the_cash_book_and_what_was_there_before(bank: Bank) -> None:
    assert bank.items(MARCH_4) == {
        ("statement_balance", "S1"): 1_300,
        ("ledger_balance", "CORP"): 300,
        ("opening_balance", "S1"): 1_000,
    }
    assert bank.summary(MARCH_4) == CLEAN


def test_money_that_moved_in_a_statement_that_never_came_is_a_gap_by_name(bank: Bank) -> None:
    bank.receipt("R3", 40, MARCH_5, "f3")
    bank.statement("S3", 1_350, 1_390, MARCH_5, "f3")
    assert bank.items(MARCH_5)["statement_gap", "S3"] == 50
    assert bank.summary(MARCH_5) == ("not clean", 0, "1 gap")
    before = datetime(2024, 3, 6, tzinfo=UTC)
    bank.receipt("R2b", 50, MARCH_4, "f2", recorded_at=datetime(2024, 3, 9, tzinfo=UTC))
    late: dict[str, Any] = {"recorded_at": datetime(2024, 3, 9, tzinfo=UTC)}
    bank.statement("S2", 1_300, 1_350, MARCH_4, "f2", **late)
    assert bank.summary(MARCH_5) == CLEAN
    assert bank.summary(MARCH_5, before) == ("not clean", 0, "1 gap")


def test_a_number_left_out_blocks_a_clean_result_though_the_balances_agree(
    figures: Figures, books: Books
) -> None:
    bank = Bank(figures, books)
    bank.statement("S1", 1_000, 1_000, MARCH_1, "f1", sequence=1)
    bank.statement("S4", 1_000, 1_000, MARCH_5, "f4", sequence=4)
    assert bank.items(MARCH_5)["statement_gap", "S4"] == 0
    assert bank.summary(MARCH_5) == ("not clean", 0, "1 gap")
    (gap,) = books.report("statement_gaps", MARCH_5, NOW)
    assert (gap["kind"], gap["missing_from"], gap["missing_to"]) == ("numbers", 2, 3)
    assert (gap["previous_statement"], gap["statement"]) == ("S1", "S4")


def test_numbers_that_begin_anew_in_a_new_year_are_no_gap(figures: Figures, books: Books) -> None:
    bank = Bank(figures, books)
    bank.statement("S250", 0, 0, date(2023, 12, 29), "f1", sequence=250)
    bank.statement("S1", 0, 0, date(2024, 1, 2), "f2", sequence=1)
    assert books.report("statement_gaps", MARCH_5, NOW) == []


def test_a_row_set_aside_is_listed_with_its_line_until_it_is_posted(bank: Bank) -> None:
    bank.aside("row|9", 25, MARCH_4, "f2")
    bank.statement("S2", 1_300, 1_325, MARCH_4, "f2")
    rows = bank.books.report("bank_reconciliation", MARCH_4, NOW)
    (row,) = [r for r in rows if r["kind"] == "row_set_aside"]
    assert (row["amount"], row["file_line"], row["digest"]) == (25, 9, "f2")
    assert bank.summary(MARCH_4) == ("not clean", 0, "1 row set aside")
    bank.resolved("row|9", "posted", MARCH_5)
    bank.receipt("R3", 25, MARCH_4, "f2", recorded_at=datetime(2024, 3, 5, 19, tzinfo=UTC))
    assert bank.summary(MARCH_4) == CLEAN
    as_it_was = datetime(2024, 3, 4, 19, tzinfo=UTC)
    assert bank.summary(MARCH_4, as_it_was) == ("not clean", 0, "1 row set aside")


def test_a_discarded_row_stays_listed_because_the_bank_has_its_money(bank: Bank) -> None:
    bank.aside("row|9", 25, MARCH_4, "f2")
    bank.statement("S2", 1_300, 1_325, MARCH_4, "f2")
    bank.resolved("row|9", "discarded", MARCH_5)
    assert bank.items(MARCH_5)["row_set_aside", "row|9"] == 25
    assert bank.summary(MARCH_5)[0] == "not clean"


def test_rows_without_a_readable_amount_must_come_to_what_is_missing(bank: Bank) -> None:
    bank.aside("row|9", None, MARCH_4, "f2")
    bank.statement("S2", 1_300, 1_317, MARCH_4, "f2", lines_pounds=0)
    items = bank.items(MARCH_4)
    assert items["rows_unreadable", "S2"] == 17
    assert items["row_set_aside", "row|9"] is None
    assert bank.summary(MARCH_4) == ("not clean", 0, "2 rows set aside")


def test_a_refund_on_the_next_statement_is_an_item_until_it_comes(bank: Bank) -> None:
    bank.book("refund_paid", "F1", -60, MARCH_1)
    assert bank.items(MARCH_4)["not_on_statement", "F1"] == 60
    assert bank.summary(MARCH_4) == CLEAN
    bank.line("L1", -60, MARCH_5, "f2", method="bank_transfer")
    bank.statement("S2", 1_300, 1_240, MARCH_5, "f2")
    assert bank.items(MARCH_5) == {
        ("statement_balance", "S2"): 1_240,
        ("ledger_balance", "CORP"): 240,
        ("opening_balance", "S1"): 1_000,
    }
    assert bank.summary(MARCH_5) == CLEAN


def test_a_line_that_the_books_know_nothing_of_is_to_be_coded(bank: Bank) -> None:
    bank.book("refund_paid", "F1", -60, MARCH_1)
    bank.line("L1", -61, MARCH_5, "f2")
    bank.statement("S2", 1_300, 1_239, MARCH_5, "f2")
    items = bank.items(MARCH_5)
    assert items["line_not_coded", "L1"] == -61
    assert items["not_on_statement", "F1"] == 60
    assert bank.summary(MARCH_5) == ("not clean", 0, "1 line not coded")


@pytest.mark.parametrize(
    ("known_on", "shown_on", "is_one"),
    [
        (date(2024, 2, 1), date(2024, 3, 2), True),
        (date(2024, 2, 1), date(2024, 3, 3), False),
        (date(2024, 3, 8), date(2024, 3, 3), True),
        (date(2024, 3, 8), date(2024, 3, 2), False),
    ],
)
def test_a_line_and_a_refund_are_one_within_thirty_days_or_five_before(
    bank: Bank,
    known_on: date,
    shown_on: date,
    is_one: bool,  # noqa: FBT001 - a column of the table
) -> None:
    bank.book("refund_paid", "F1", -60, known_on)
    bank.line("L1", -60, shown_on, "f2")
    bank.statement("S2", 1_300, 1_240, MARCH_4, "f2")
    assert (("line_not_coded", "L1") not in bank.items(MARCH_8)) == is_one
    assert (("not_on_statement", "F1") not in bank.items(MARCH_8)) == is_one


def test_an_old_refund_that_was_never_cashed_does_not_take_the_line_of_a_new_one(
    bank: Bank,
) -> None:
    bank.book("refund_paid", "OLD", -60, date(2023, 6, 1))
    bank.book("refund_paid", "NEW", -60, MARCH_1)
    bank.line("L1", -60, MARCH_4, "f2")
    bank.statement("S2", 1_300, 1_240, MARCH_4, "f2")
    waiting = {item for kind, item in bank.items(MARCH_4) if kind == "not_on_statement"}
    assert waiting == {"OLD"}


def test_dates_on_two_sides_of_the_day_are_items_and_do_no_harm(bank: Bank) -> None:
    bank.receipt("LATER", 30, MARCH_5, "f2")
    bank.receipt("EARLIER", 70, MARCH_4, "f3")
    bank.statement("S2", 1_300, 1_330, MARCH_4, "f2")
    bank.statement("S3", 1_330, 1_400, MARCH_5, "f3")
    items = bank.items(MARCH_4)
    assert items["value_dated_later", "LATER"] == 30
    assert items["on_later_statement", "EARLIER"] == -70
    assert bank.summary(MARCH_4) == CLEAN
    assert bank.items(MARCH_5) == {
        ("statement_balance", "S3"): 1_400,
        ("ledger_balance", "CORP"): 400,
        ("opening_balance", "S1"): 1_000,
    }


def test_lines_of_a_file_that_broke_off_are_of_no_statement(bank: Bank) -> None:
    bank.receipt("R3", 40, MARCH_4, "f2")
    assert bank.items(MARCH_4)["statement_not_taken", "R3"] == -40
    assert bank.summary(MARCH_4) == ("not clean", 0, "1 line of no statement")


def test_files_that_overlap_leave_no_gap(bank: Bank) -> None:
    bank.receipt("R3", 40, MARCH_4, "f2")
    bank.statement("S2", 1_200, 1_340, MARCH_4, "f2", 140, duplicates_minor=10_000)
    assert bank.books.report("statement_gaps", MARCH_4, NOW) == []
    assert bank.summary(MARCH_4) == CLEAN


def test_files_without_balances_are_carried_and_never_called_clean(
    figures: Figures, books: Books
) -> None:
    bank = Bank(figures, books)
    bank.receipt("R1", 40, MARCH_1)
    bank.statement("S1", None, None, MARCH_1, "f1", 40)
    assert bank.items(MARCH_4)["statement_balance", "S1"] == 40
    assert bank.summary(MARCH_4) == ("not clean", 0, "no balance stated")
    bank.statement("S2", 140, 140, MARCH_4, "f2", 0)
    assert bank.items(MARCH_4)["opening_balance", "S2"] == 100
    assert bank.summary(MARCH_4) == CLEAN


def test_a_bounced_cheque_goes_back_through_the_account_it_came_into(bank: Bank) -> None:
    bank.statement("T1", 0, 0, MARCH_1, "g1", bank_account="other account of the unit")
    bank.book("receipt_reversed", "R2", -100, MARCH_4)
    bank.book("refund_paid", "F1", -5, MARCH_4)
    assert bank.items(MARCH_4)["not_on_statement", "R2"] == 100
    rows = bank.books.report("bank_reconciliation", MARCH_4, NOW)
    nowhere = {r["item"] for r in rows if r["bank_account"] is None and r["step"] == 7}
    assert nowhere == {"F1"}  # the unit has two accounts, and nothing says which one paid it


def test_money_that_another_system_reported_is_one_item_a_month_and_method(bank: Bank) -> None:
    for day in (MARCH_1, MARCH_4):
        none: dict[str, Any] = {"bank_account": None, "digest": None, "method": "card"}
        bank.receipt(f"K{day}", 10, day, **none)
    assert bank.items(MARCH_4)["reported_elsewhere", "card"] == -20
    assert bank.items(MARCH_4)["ledger_balance", "CORP"] == 320


def test_several_statements_of_one_file_keep_their_lines_apart(
    figures: Figures, books: Books
) -> None:
    bank = Bank(figures, books)
    bank.receipt("R1", 10, MARCH_1)
    bank.statement("S1", 0, 10, MARCH_1)
    bank.receipt("R2", 20, MARCH_5)
    bank.statement("S2", 10, 30, MARCH_5)
    assert bank.items(MARCH_4) == {
        ("statement_balance", "S1"): 10,
        ("ledger_balance", "CORP"): 10,
    }
    assert bank.summary(MARCH_5) == CLEAN


def _days(*days: int) -> Iterable[date]:
    return (date(2024, 3, day) for day in days)


def test_a_daily_file_is_late_on_the_second_working_day_without_it(
    figures: Figures, books: Books
) -> None:
    bank = Bank(figures, books)
    for number, day in enumerate(_days(4, 5, 6, 7, 8), 1):  # Monday to Friday
        bank.statement(f"S{number}", 0, 0, day, f"f{number}")
    (row,) = books.report("bank_files", date(2024, 3, 12), NOW)
    assert (row["rhythm_working_days"], row["due_on"]) == (1, date(2024, 3, 12))
    assert not row["late"]
    (row,) = books.report("bank_files", date(2024, 3, 14), NOW)
    assert (row["late"], row["late_working_days"], row["files"]) == (True, 2, 5)


def test_three_files_say_nothing_of_a_rhythm(figures: Figures, books: Books) -> None:
    bank = Bank(figures, books)
    for number, day in enumerate(_days(4, 5, 6), 1):
        bank.statement(f"S{number}", 0, 0, day, f"f{number}")
    (row,) = books.report("bank_files", date(2024, 12, 1), NOW)
    assert (row["rhythm_working_days"], row["due_on"], row["late"]) == (None, None, False)
