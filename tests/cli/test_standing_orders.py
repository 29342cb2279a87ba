"""Standing orders as an officer works them: what was told, what the bank sent, what is late.

Everything is typed, and every receipt comes in a bank's file; the clock is moved by the settings.
"""

from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement
from consumers.formats.camt053_write import write as write_camt
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
