"""What came back is presented again, each collection for itself, on a real database."""

from datetime import date
from typing import Any, TypeAlias

from service.direct_debit.preparing import represent, unpaid
from service.direct_debit.runs import abandon, find_run
from service.report_run import catch_up

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any

LODGED = date(2026, 12, 1)
DAYS = (date(2026, 12, 15), date(2026, 12, 16))
AGAIN = date(2026, 12, 30)
PENCE = (10_000, 2_500)


def _both_came_back(town: Town, lines: Lines) -> str:
    """Two collections of one mandate, both refer to payer; its reference."""
    town.opened("1")
    reference: str = town.mandate("1", town.payer(1))
    for day, pence in zip(DAYS, PENCE, strict=True):
        town.billed("1", f"I-{day:%d}", pence, day)
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(*DAYS)
    town.on(date(2026, 12, 11))
    sent = []
    for day in DAYS:
        _, file = town.sent(day)
        town.input_report(file)
        sent += lines(file)
    town.on(DAYS[1])
    town.post()
    town.on(date(2026, 12, 17))
    for one, processed_on in zip(sent, (date(2026, 12, 14), DAYS[0]), strict=True):
        report = town.returned((one, "0128", "REFER TO PAYER"), processed_on=processed_on)
        assert report.is_whole(), report.problems
    assert town.owes("1") == sum(PENCE)
    town.on(date(2026, 12, 21))
    return reference


def test_two_unpaid_collections_of_one_mandate_are_both_presented_again_in_one_run(
    town: Town, lines: Lines
) -> None:
    reference = _both_came_back(town, lines)
    catch_up(town.app)
    assert {one.until for one in unpaid(town.app, "HSG")} == {date(2027, 1, 14), date(2027, 1, 15)}
    made = represent(town.app, town.order(), "HSG", AGAIN)
    assert made.held == []
    file = town.release(made.opened.run)
    assert [(one.code, one.pence, one.reference) for one in lines(file)] == [
        ("18", pence, reference) for pence in PENCE
    ]
    town.input_report(file)
    town.on(AGAIN)
    town.post()
    assert town.owes("1") == 0


def _told(town: Town) -> dict[str, tuple[str, date]]:
    """What the exceptions say of unpaid collections: what to do and by when."""
    rows = town.rows("direct_debit_exceptions", town.today)
    return {
        row["item"]: (row["kind"], row["act_by"])
        for row in rows
        if row["kind"].startswith("returned")
    }


def test_what_waits_for_a_run_that_was_given_up_is_an_exception_again(
    town: Town, lines: Lines
) -> None:
    _both_came_back(town, lines)
    before = _told(town)
    assert {kind for kind, _ in before.values()} == {"returned_represent"}
    run = represent(town.app, town.order(), "HSG", AGAIN).opened.run
    assert _told(town) == {}
    abandon(town.app, town.order(), find_run(town.app, run), "wrong day")
    assert _told(town) == before


def test_the_month_of_an_exception_begins_when_the_debt_was_presented_first(
    town: Town, lines: Lines
) -> None:
    _both_came_back(town, lines)
    before = {by for _, by in _told(town).values()}
    made = represent(town.app, town.order(), "HSG", AGAIN)
    file = town.release(made.opened.run)
    town.input_report(file)
    town.on(AGAIN)
    town.post()
    town.on(date(2026, 12, 31))
    back = [(one, "0128", "REFER TO PAYER") for one in lines(file)]
    assert town.returned(*back, processed_on=date(2026, 12, 29)).is_whole()
    assert {kind for kind, _ in _told(town).values()} == {"returned_represent"}
    assert {by for _, by in _told(town).values()} == before
