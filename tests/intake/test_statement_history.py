"""What earlier statements say about a new one: missing, double, late. Pure, by facts alone."""

from datetime import date, timedelta
from itertools import permutations

import pytest

from consumers.statement_history import Covered, late_since, missing_before, taken_otherwise
from ledger.calendar import add_working_days
from ledger.intake_events import BankStatementTaken, StatementTotals

MONDAY = date(2026, 3, 2)
NOTHING = StatementTotals(lines=0, amount_minor=0)


def taken(
    number: int | None,
    on: date,
    opening: int | None = 0,
    closing: int | None = 0,
    form: str = "camt053",
) -> BankStatementTaken:
    return BankStatementTaken(
        source="intake:bank-statements:A",
        digest="00",
        file_name=f"{form}-{on}.xml",
        format=form,
        unit="HSG",
        bank_account="300000-12345678",
        statement=f"S{number}",
        sequence=number,
        currency="GBP",
        opening_minor=opening,
        closing_minor=closing,
        first_on=on,
        last_on=on,
        posted=NOTHING,
        suspended=NOTHING,
        other=NOTHING,
        quarantined=NOTHING,
        duplicates=NOTHING,
    )


def covered(
    number: int | None, on: date | None, opening: int | None = 0, form: str = "camt053"
) -> Covered:
    return Covered(form, number, opening, on, on)


def day(count: int) -> date:
    return add_working_days(MONDAY, count)


def test_the_first_statement_of_an_account_misses_nothing() -> None:
    assert missing_before(covered(14, MONDAY), []) is None


def test_a_number_that_was_left_out_is_named() -> None:
    told = missing_before(covered(15, day(2)), [taken(13, MONDAY)])
    assert told == "statement 14 has not come: statement 15 follows 13"


def test_a_statement_without_lines_has_come_all_the_same() -> None:
    empty = taken(14, day(1)).model_copy(update={"first_on": None, "last_on": None})
    assert missing_before(covered(15, day(2)), [taken(13, MONDAY), empty]) is None


def test_several_numbers_that_were_left_out_are_named_together() -> None:
    told = missing_before(covered(19, day(5)), [taken(13, MONDAY)])
    assert told == "statements 14-18 have not come: statement 19 follows 13"


def test_the_late_arrival_itself_misses_nothing() -> None:
    history = [taken(13, MONDAY), taken(15, day(2))]
    assert missing_before(covered(14, day(1)), history) is None


def test_numbers_that_begin_anew_are_held_together_by_their_balances() -> None:
    history = [taken(250, MONDAY, closing=100_00)]
    assert missing_before(covered(1, day(1), opening=100_00), history) is None
    told = missing_before(covered(1, day(1), opening=130_00), history)
    assert told is not None
    assert "30.00 moved in a statement that has not come" in told


def test_a_break_in_the_balances_is_told_where_a_bank_gives_no_numbers() -> None:
    history = [taken(None, MONDAY, closing=5_00)]
    assert missing_before(covered(None, day(1), opening=5_00), history) is None
    assert "opens with 7.00" in (missing_before(covered(None, day(1), opening=7_00), history) or "")


def test_an_export_that_overlaps_the_last_is_no_break() -> None:
    history = [taken(None, day(1), closing=5_00, form="csv:lloyds")]
    overlapping = Covered("csv:lloyds", None, 1_00, MONDAY, day(2))
    assert missing_before(overlapping, history) is None


def test_two_statements_of_one_day_follow_each_other_by_number() -> None:
    history = [taken(1, MONDAY, 0, 10), taken(2, MONDAY, 10, 30)]
    for order in permutations(history):
        assert missing_before(covered(3, MONDAY, 30), order) is None
        assert missing_before(covered(4, MONDAY, 99), order) is not None


def test_days_that_another_format_brought_are_double() -> None:
    history = [taken(13, day(1))]
    other = taken_otherwise(Covered("csv:lloyds", None, None, MONDAY, day(1)), history)
    assert other is history[0]
    assert taken_otherwise(Covered("csv:lloyds", None, None, day(2), day(3)), history) is None
    assert taken_otherwise(Covered("camt053", 14, None, day(1), day(1)), history) is None
    assert taken_otherwise(Covered("csv:lloyds", None, None, None, None), history) is None


@pytest.mark.parametrize(("waited", "late"), [(1, False), (2, False), (3, True)])
def test_a_daily_file_is_late_when_its_next_working_day_has_passed(waited: int, late: bool) -> None:  # noqa: FBT001 - a table of cases
    history = [taken(number, day(number)) for number in range(6)]
    today = add_working_days(day(5), waited)
    assert late_since(history, today) == (day(7) if late else None)


def test_a_weekly_file_is_not_late_after_three_days() -> None:
    weeks = [taken(number, MONDAY + timedelta(days=7 * number)) for number in range(6)]
    assert late_since(weeks, MONDAY + timedelta(days=38)) is None
    assert late_since(weeks, MONDAY + timedelta(days=47)) is not None


def test_a_bank_holiday_makes_no_file_late() -> None:
    """Good Friday and Easter Monday 2026: 3 and 6 April."""
    history = [taken(number, add_working_days(date(2026, 3, 26), number)) for number in range(5)]
    assert history[-1].last_on == date(2026, 4, 1)
    assert late_since(history, date(2026, 4, 7)) is None
    assert late_since(history, date(2026, 4, 8)) == date(2026, 4, 7)


def test_too_few_statements_have_no_rhythm() -> None:
    history = [taken(number, day(number)) for number in range(3)]
    assert late_since(history, day(60)) is None
