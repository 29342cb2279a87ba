"""The cash book of a run: what payers paid and what the bank credited are the same money."""

from datetime import date
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import dict_row

from service.report_run import catch_up, known_now

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE = 10_000


def ask(town: Town, question: str) -> list[Any]:
    """The rows of a figure as at the clock's day."""
    catch_up(town.app)
    with psycopg.connect(town.app.urls.app, row_factory=dict_row) as connection:
        connection.execute("SET ROLE tallystick_reader")
        return connection.execute(question, (town.today, known_now(town.app))).fetchall()


def broken(town: Town) -> list[str]:
    rows = ask(town, "SELECT * FROM reporting.identities(%s, %s)")
    assert len({row["definition"] for row in rows}) >= 11
    return [f"{row['definition']} {row['difference']}" for row in rows if not row["holds"]]


def in_clearing(town: Town) -> int:
    """What payers have paid by Direct Debit and no bank has credited yet, in minor units."""
    rows = ask(town, "SELECT * FROM reporting.bank_reconciliation(%s, %s)")
    mine = [
        row for row in rows if (row["kind"], row["item"]) == ("reported_elsewhere", "direct_debit")
    ]
    return -int(sum(row["amount"] for row in mine) * 100)


def waiting(town: Town) -> list[int]:
    """What the books know of and no statement shows, in minor units."""
    rows = ask(town, "SELECT * FROM reporting.bank_reconciliation(%s, %s)")
    return [-int(row["amount"] * 100) for row in rows if row["kind"] == "not_on_statement"]


def test_the_cash_book_is_the_ledgers_before_and_after_the_bank_credits_a_run(
    town: Town, lines: Lines
) -> None:
    mandates = town.told("1", "2")
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    town.on(COLLECTED)
    town.post()
    assert broken(town) == []
    assert in_clearing(town) == 2 * PENCE
    town.bank((2 * PENCE, "BACS CREDIT"), on=COLLECTED)
    assert len(town.post().paired) == 1
    assert broken(town) == []
    assert in_clearing(town) == 0
    unpaid = next(one for one in lines(file) if one.reference == mandates["1"])
    town.on(date(2026, 12, 16))
    town.returned((unpaid, "0128", "REFER TO PAYER"), processed_on=date(2026, 12, 14))
    town.bank((-PENCE, "UNPAID DIRECT DEBIT"), on=date(2026, 12, 16))
    assert broken(town) == []
    assert in_clearing(town) == 0


def test_what_the_bank_took_off_a_runs_credit_leaves_nothing_open(town: Town, lines: Lines) -> None:
    mandates = {}
    for number, account in enumerate(("1", "2", "3")):
        town.opened(account)
        town.billed(account, f"I-{account}", PENCE + number, COLLECTED)
        mandates[account] = town.mandate(account, town.payer(number))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    town.announce(COLLECTED)
    town.on(date(2026, 12, 11))
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    of = {one.reference: one for one in lines(file)}
    town.on(COLLECTED)
    town.post()
    town.returned((of[mandates["1"]], "0128", "REFER TO PAYER"), processed_on=date(2026, 12, 14))
    assert (broken(town), in_clearing(town), waiting(town)) == ([], 3 * PENCE + 3, [-PENCE])
    town.bank((2 * PENCE + 3, "BACS CREDIT"), on=COLLECTED)
    assert [one.returned_minor for one in town.post().paired] == [PENCE]
    assert (broken(town), in_clearing(town), waiting(town)) == ([], 0, [])
    # One that came back after it was credited is a line of its own, as ever.
    town.on(date(2026, 12, 18))
    town.returned((of[mandates["2"]], "0128", "REFER TO PAYER"), processed_on=date(2026, 12, 14))
    assert (broken(town), in_clearing(town), waiting(town)) == ([], 0, [-PENCE - 1])
