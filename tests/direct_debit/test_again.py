"""What came back is presented again, each collection for itself, on a real database."""

from datetime import date
from typing import Any, TypeAlias

from service.direct_debit.preparing import represent, unpaid
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
