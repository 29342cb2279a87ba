"""The list of mandates, and what the figures know of the policy."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import psycopg

from ledger.mandate_commands import CancelMandate, SuspendMandate
from service.report_run import known_now

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
POLICY = """
extra_holidays = [2026-12-16, 2026-12-21]

[[direct_debit]]
effective_from = 2000-01-01
dormant_after_months = 24

[[direct_debit]]
effective_from = 2027-06-01
dormant_after_months = 6
provisional_working_days = 5

[[originator]]
unit = "HSG"
sun = "999999"
account = "089999-66374958"
account_name = "ANYTOWN COUNCIL"
user_name = "ANYTOWN COUNCIL"
"""


def collected(town: Town) -> list[str]:
    """Five mandates, of which four are lodged and one is collected on."""
    accounts = "12345"
    town.opened(*accounts)
    mandates = [town.mandate(one, town.payer(int(one))) for one in accounts[:4]]
    town.billed("1", "I-1", 10_000, COLLECTED)
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    (made,) = town.set_up(town.mandates_file(("5", town.payer(5))))
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    town.sent(COLLECTED)
    return [*mandates, made.mandate]


def test_every_mandate_has_one_row_with_its_status_by_the_day(town: Town) -> None:
    one, two, three, four, five = collected(town)
    town.advised("ADDACS", town.advice("ADDACS", two, "1"))
    town.give(SuspendMandate(sun="999999", mandate=three, reason="disputed"))
    before = known_now(town.app)
    town.on(COLLECTED)
    town.give(
        CancelMandate(sun="999999", mandate=four, by="us", reason="moved", reported_on=COLLECTED)
    )
    rows = {row["mandate"]: row for row in town.rows("mandates", COLLECTED)}
    shown = ("status", "since", "last_used_on", "dormant_on", "code", "reason")
    used = (date(2026, 12, 14), date(2028, 12, 14))
    lodged, agreed = date(2026, 11, 30), date(2026, 11, 26)
    told = date(2026, 12, 11)
    assert {name: tuple(rows[name][key] for key in shown) for name in rows} == {
        one: ("active", None, *used, None, None),
        two: ("cancelled", told, lodged, None, "1", rows[two]["reason"]),
        three: ("suspended", told, lodged, date(2028, 11, 30), None, "disputed"),
        four: ("cancelled", COLLECTED, lodged, None, None, "us: moved"),
        five: ("draft", None, agreed, date(2028, 11, 26), None, None),
    }
    assert rows[two]["reason"].startswith("payer: ")
    statuses = {row["mandate"]: row["status"] for row in town.rows("mandates", COLLECTED, before)}
    assert statuses[four] == "lodged"  # as it was known before we cancelled it
    early = {row["mandate"]: row["status"] for row in town.rows("mandates", date(2026, 11, 25))}
    assert early == dict.fromkeys((one, two, three, four), "notified")


def test_every_mandate_is_in_the_list_as_the_ledger_decides_on_it(town: Town) -> None:
    mandates = collected(town)
    for reference, code in zip(mandates, "1B3", strict=False):
        town.advised("ADDACS", town.advice("ADDACS", reference, code))
    town.advised("ADDACS", town.advice("ADDACS", mandates[0], "R"))
    rows = town.rows("mandates", COLLECTED)
    events = ask_events(town)
    assert len(rows) == events == len(mandates)
    for row in rows:
        state = town.state(row["mandate"])
        assert (row["status"], row["lodged_on"], row["last_used_on"]) == (
            state.status,
            state.lodged_on,
            state.last_used_on,
        )


def ask_events(town: Town) -> int:
    """How many mandates were ever set up, by the events."""
    with psycopg.connect(town.app.urls.app) as connection:
        connection.execute("SET ROLE tallystick_reader")
        query = "SELECT count(DISTINCT (sun, mandate)) FROM reporting.mandate_events"
        (count,) = connection.execute(query).fetchone() or (0,)
        return int(count)


def test_the_figures_keep_the_days_and_holidays_of_the_policy(
    town: Town, reworded: Callable[[str], Town]
) -> None:
    one, *_ = collected(town)

    def good_on() -> date:
        days = [date(2026, 12, day) for day in range(15, 31)]
        states = [(day, town.rows("collections", day)[0]["state"]) for day in days]
        return next(day for day, state in states if state == "made_good")

    def dormant_on() -> Any:  # noqa: ANN401 - a cell
        rows = town.rows("mandates", COLLECTED)
        return next(row["dormant_on"] for row in rows if row["mandate"] == one)

    assert (good_on(), dormant_on()) == (date(2026, 12, 18), date(2028, 12, 14))
    town = reworded(POLICY)
    # Two days on which Bacs is closed; shorter months from the summer on, by then over for long.
    assert (good_on(), dormant_on()) == (date(2026, 12, 22), date(2027, 6, 14))
