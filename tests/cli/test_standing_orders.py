"""Standing orders as an officer works them: what was told, what the bank sent, what is late.

Everything is typed, and every receipt comes in a bank's file; the clock is moved by the settings.
"""

from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from consumers.formats import bai2_write, mt940_write
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement
from consumers.formats.camt053_write import write as write_camt
from consumers.formats.plain_statement import PlainLine, PlainStatement
from ledger.references import mint
from service.embedded_database import EmbeddedDatabase

Command: TypeAlias = Any  # of the conftest, which cannot be imported from here
Paid: TypeAlias = tuple[int, str]  # pence, and the words of the line


class Council:
    """A council with one debtor whose bank pays by standing order; a clock that the test moves."""

    def __init__(self, command: Command, folder: Path) -> None:
        self.command, self.folder = command, folder
        self.today = date(2026, 1, 5)
        self._statement, self._balance = 0, 0

    def __call__(self, *words: str) -> Any:  # noqa: ANN401
        return self.command(*words, TALLYSTICK_SANDBOX_CLOCK=f"{self.today}T09:00:00+00:00")

    def good(self, *words: str) -> Any:  # noqa: ANN401
        said = self(*words)
        assert said.code == 0, said.said
        return said

    def on(self, day: date) -> None:
        self.today = day

    def camt(self, *paid: Paid, on: date, method: Any = "standing_order") -> Any:  # noqa: ANN401
        """A camt.053 of a day, taken in as the bank sends it."""
        entries = tuple(
            OutEntry(pence, on, on, method=method, details=(OutDetail(pence, remittance=(text,)),))
            for pence, text in paid
        )
        self._statement += 1
        one = OutStatement(
            "30000012345678", f"S{self._statement}", self._statement, on, on, self._balance, entries
        )
        self._balance += sum(pence for pence, _ in paid)
        path = self.folder / f"{self._statement}.xml"
        with path.open("wb") as file:
            write_camt([one], file, path.name)
        return self.good("ingest", str(path))

    def plain(self, write: Any, *paid: Paid, on: date) -> Any:  # noqa: ANN401
        """The same in a format of single lines: NSTO of MT940, 227 of BAI2."""
        self._statement += 1
        lines = tuple(
            PlainLine(pence, on, on, "standing_order", narrative=text, bank_reference=f"B{number}")
            for number, (pence, text) in enumerate(paid, self._statement * 100)
        )
        account = "300000-12345678"
        one = PlainStatement(account, self._statement, on, on, self._balance, lines)
        self._balance += sum(pence for pence, _ in paid)
        path = self.folder / f"{self._statement}.txt"
        with path.open("wb") as file:
            write([one], file)
        return self.good("ingest", str(path))

    def status(self, order: str = "HSG/1-1") -> str:
        rows = self.good("standing-order", "list", "--json").json()
        return next(
            str(one["status"]) for one in rows if f"{one['unit']}/{one['standing_order']}" == order
        )

    def credits(self, order: str = "HSG/1-1") -> list[tuple[str, str | None]]:
        told = self.good("standing-order", "show", order, "--json").json()
        return [(one["status"], one["received"]) for one in told["credits"]]


@pytest.fixture
def council(tallystick: Command, sandbox_database: EmbeddedDatabase, tmp_path: Path) -> Council:
    tallystick.variables["TALLYSTICK_DATABASE_URL"] = sandbox_database.app_url
    council = Council(tallystick, tmp_path)
    for account in ("1", "2"):
        council.good("command", "open-account", "unit=HSG", f"account={account}", "debt_type=rent")
    return council


MONTHLY = ("--amount", "100.00", "--every", "monthly", "--from", "2026-01-15")
CANARY = "QUILLFEATHER"
RENT = f"RENT {mint('HSG', '1')}"  # what the payer quotes: the account's own reference


def test_an_order_is_met_then_late_then_missed_then_has_probably_stopped(council: Council) -> None:
    said = council.good("standing-order", "expect", "HSG/1", *MONTHLY, "--told-by", "letter")
    assert "it is called HSG/1-1" in said.out
    assert council.status() == "not_started"
    council.on(date(2026, 1, 16))
    council.camt((10_000, RENT), on=date(2026, 1, 15))
    assert council.status() == "as_expected"
    assert council.credits() == [("met", "100.00"), ("expected", None)]
    # 15 February is a Sunday: it is paid on the 16th, and in time until the 19th.
    council.on(date(2026, 2, 19))
    assert council.status() == "as_expected"
    council.on(date(2026, 2, 20))
    assert council.status() == "late"
    # So is 15 March: the next one is paid on the 16th, and may come a day early.
    council.on(date(2026, 3, 15))
    assert council.status() == "missed"
    council.on(date(2026, 4, 20))
    assert council.status() == "probably_stopped"
    story = council.good("standing-order", "show", "1-1").said
    for sentence in (
        "a letter said that £100.00 comes every month from 15 January 2026 on [officer.ames]",
        "15 Jan 2026 £100.00 came for 15 January 2026",
        "16 Feb 2026 £100.00 did not come",
        "16 Mar 2026 £100.00 did not come",
        "15 Apr 2026 £100.00 is expected",
        "£200.00 less came than was expected",
    ):
        assert sentence in story, story
    late = council.good("standing-order", "list", "--late").said
    assert "HSG/1-1" in late
    assert "HSG/1-1" not in council.good("standing-order", "list", "--changed").said


def test_what_comes_after_the_end_and_with_another_amount_is_told(council: Council) -> None:
    council.good("standing-order", "expect", "HSG/1", *MONTHLY, "--told-by", "letter")
    council.on(date(2026, 1, 16))
    council.camt((9_000, RENT), on=date(2026, 1, 15))
    council.on(date(2026, 2, 17))
    assert council.status() == "as_expected"
    council.camt((9_000, RENT), on=date(2026, 2, 16))
    assert council.status() == "changed"
    assert council.credits()[:2] == [("other_amount", "90.00"), ("changed", "90.00")]
    council.good(
        *("standing-order", "change", "1-1", "--amount", "90.00", "--from", "2026-01-15"),
        *("--told-by", "payer", "--reason", "rent went down"),
    )
    assert council.status() == "as_expected"
    council.good(
        *("standing-order", "stop", "1-1", "--from", "2026-03-01", "--told-by", "payer"),
        *("--reason", "moves out"),
    )
    assert council.status() == "as_expected"  # until then it goes on
    council.on(date(2026, 3, 2))
    assert council.status() == "stopped"
    council.on(date(2026, 3, 17))
    council.camt((9_000, RENT), on=date(2026, 3, 16))
    assert council.status() == "unexpected"
    assert council.credits() == [("met", "90.00"), ("met", "90.00"), ("unexpected", "90.00")]


def test_nobody_is_asked_before_the_officer_has_seen_what_is_in_suspense(council: Council) -> None:
    council.good(
        *("standing-order", "expect", "HSG/1", *MONTHLY, "--told-by", "payer"),
        *("--reference", f"{CANARY} GARAGE"),
    )
    council.on(date(2026, 1, 16))
    council.camt((10_000, "NO NUMBER"), (4_200, f"{CANARY} garage"), (700, "OTHER"),
                 on=date(2026, 1, 15))  # fmt: skip
    council.on(date(2026, 1, 21))
    said = council.good("standing-order", "list", "--late").said
    assert said.count("HSG/1-1: look first:") == 2
    assert "look first: £100.00 with value of 15 January 2026 is in suspense" in said
    assert "it is the same amount" in said
    assert "its line quotes the order's reference" in said
    (row,) = council.good("standing-order", "list", "--late", "--json").json()
    amounts = {one["amount"]: one for one in row["in_suspense"]}
    assert set(amounts) == {"100.00", "42.00"}
    receipt = amounts["100.00"]["receipt"]
    council.good("suspense", "identify", receipt, "--to", "HSG/1", "--reason", "her order")
    told = council.good("standing-order", "show", "HSG/1-1", "--json").json()
    assert (told["status"], told["in_suspense"]) == ("as_expected", [])
    assert [one["status"] for one in told["credits"]] == ["met", "expected"]
    assert told["credits"][0]["file_line"] is not None  # of the line that came into suspense
    assert f"quoting {CANARY} GARAGE" in council.good("standing-order", "show", "1-1").said


def test_what_the_payer_quotes_stands_in_no_event(council: Council) -> None:
    council.good(
        *("standing-order", "expect", "HSG/1", *MONTHLY, "--told-by", "payer"),
        *("--reference", f"{CANARY} GARAGE"),
    )
    with psycopg.connect(council.command.variables["TALLYSTICK_DATABASE_URL"]) as connection:
        connection.execute("SET ROLE tallystick_auditor")
        rows = connection.execute("SELECT convert_from(state, 'UTF8') FROM ledger.events")
        text = "".join(row[0] for row in rows)
    assert "sealed_reference" in text
    assert CANARY not in text


ROWS = (
    "HSG,1,100.00,monthly,2026-01-31,letter,12,",
    "HSG,1,20.00,Four weekly,2026-01-15,letter,,",
    "HSG,2,ten pounds,monthly,2026-01-31,letter,12,",
    "HSG,2,10.00,daily,2026-01-31,letter,12,",
    "HSG,2,10.00,monthly,31/01/2026,letter,12,",
    "HSG,2,10.00,monthly,2026-01-31,rumour,12,",
    "HSG,2,10.00,monthly,2026-01-31,letter,many,",
    "HSG,2,,monthly,2026-01-31,letter,12,",
    "HSG,9,10.00,monthly,2026-01-31,letter,12,",
    "HSG,2,10.00,weekly,2026-01-31,letter,,31",
    "HSG,2,10.00,weekly,2026-01-31,letter,,,5",
)


def test_a_file_of_orders_tells_each_wrong_row_and_is_offered_again(council: Council) -> None:
    path = council.folder / "orders.csv"
    head = "unit,account,amount,frequency,first_on,told_by,payments,day_of_month"
    path.write_text("\n".join((head, *ROWS)) + "\n", encoding="utf-8")
    tried = council("standing-order", "add", str(path), "--dry-run")
    assert "2 standing orders would be recorded" in tried.said
    assert council.good("standing-order", "list", "--json").json() == []
    said = council("standing-order", "add", str(path))
    assert said.code == 3
    for sentence in (
        "HSG/1-1 £100.00 every month",
        "HSG/1-2 £20.00 every four weeks",
        "2 standing orders recorded",
        "orders.csv, line 4: amount: 'ten pounds' is not an amount in pounds such as 12.50",
        "line 5: frequency: 'daily' is none of weekly, fortnightly, four_weekly, monthly,",
        "line 6: first_on: '31/01/2026' is not a date such as 2026-06-30",
        "line 7: told_by: 'rumour' is none of payer, letter, bank, bank_lines, department",
        "line 8: payments: 'many' is not a whole number",
        "line 9: amount: it is empty",
        "line 10: refused (account_not_open): account 9 is not open in unit HSG",
        "line 11: refused (field_invalid): 31 is not a day from 1 to 31 of an order that pays by",
        "line 12: row: it has more cells than the header",
    ):
        assert sentence in said.said, sentence
    again = council("standing-order", "add", str(path))
    assert again.said.count("(it was there already)") == 2
    assert len(council.good("standing-order", "list", "--json").json()) == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("unit,account\nHSG,1\n", "orders.csv, line 1: there is no column amount"),
        ("unit,account,amount,frequency,first_on,told_by,colour\n", "column 'colour' is none of"),
    ],
)
def test_a_file_that_is_no_list_of_orders_is_refused_whole(
    council: Council, text: str, says: str
) -> None:
    path = council.folder / "orders.csv"
    path.write_text(text, encoding="utf-8")
    said = council("standing-order", "add", str(path))
    assert (said.code, says in said.err) == (2, True), said.said
    assert council("standing-order", "add", str(path) + "x").code == 5


def test_a_finished_order_is_put_away_and_everything_is_the_same_after_a_rebuild(
    council: Council,
) -> None:
    council.good(
        *("standing-order", "expect", "HSG/1", *MONTHLY, "--payments", "2", "--told-by", "letter"),
        *("--name", "SETTLING"),
    )
    too_early = council("standing-order", "finish", "SETTLING", "--reason", "paid off")
    assert (too_early.code, "standing_order_not_over" in too_early.err) == (3, True)
    council.on(date(2026, 1, 16))
    council.plain(mt940_write.write, (10_000, RENT), on=date(2026, 1, 15))
    council.on(date(2026, 2, 17))
    council.plain(bai2_write.write, (10_000, RENT), on=date(2026, 2, 16))
    assert council.status("HSG/SETTLING") == "finished"
    assert council.credits("SETTLING") == [("met", "100.00"), ("met", "100.00")]
    council.good("standing-order", "finish", "SETTLING", "--reason", "paid off")
    finished = council.good("standing-order", "list", "--finished", "--json").json()
    assert [(one["received"], one["arrears"]) for one in finished] == [("200.00", "0.00")]
    story = council.good("standing-order", "show", "SETTLING").said
    assert "it was put away, its last day was 15 February 2026: paid off" in story
    rebuilt = council("rebuild")
    assert rebuilt.code == 0, rebuilt.said
    assert council.good("standing-order", "list", "--finished", "--json").json() == finished
    assert council.good("standing-order", "show", "SETTLING").said == story


def test_what_is_not_there_or_was_done_already_is_told(council: Council) -> None:
    expect = ("standing-order", "expect", "HSG/1", *MONTHLY, "--told-by", "letter")
    council.good(*expect)
    assert "already done" in council.good(*expect).said
    named = council(*expect[:4], "90.00", *expect[5:], "--name", "1-1")
    assert (named.code, "standing_order_exists" in named.err) == (3, True)
    unknown = council("standing-order", "show", "1-7")
    assert (unknown.code, "did you mean HSG/1-1?" in unknown.err) == (5, True)
    nothing = council(
        *("standing-order", "change", "1-1", "--from", "2026-02-15", "--told-by", "payer"),
        *("--reason", "asked"),
    )
    assert (nothing.code, "nothing_to_change" in nothing.err) == (3, True)
    council.good("standing-order", "expect", "HSG/1", *MONTHLY, "--told-by", "bank", "--dry-run")
    nothing = council.good("standing-order", "list", "--late")
    assert "there is no standing order that stands so" in nothing.out
