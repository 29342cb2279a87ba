"""`tallystick lines find`: a payment that a debtor asks about, and what became of it."""

from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.json_lines import to_json_line
from ledger.references import mint

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here
Billing: TypeAlias = Any

REFERENCE = mint("HSG", "1001")
CSV = f"""\
Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,\
Credit Amount,Balance
01/06/2025,FPI,'30-00-00,12345678,A OKAFOR {REFERENCE},,25.00,25.00
03/06/2025,FPI,'30-00-00,12345678,SOMEBODY [ELSE],,37.25,62.25
04/06/2025,CHG,'30-00-00,12345678,COMMISSION,4.75,,57.50
31/06/2025,FPI,'30-00-00,12345678,J SMITH,,100.00,157.50
"""


@pytest.fixture
def received(tallystick: Tallystick, billing: Billing, tmp_path: Path) -> Tallystick:
    """A bank file that was taken: posted, in suspense, a charge, and a row that was set aside."""
    account = to_json_line("Account", billing.account("1001"))
    (tmp_path / "accounts.jsonl").write_text(f"{account}\n", encoding="utf-8")
    path = tmp_path / "june.csv"
    path.write_text(CSV, encoding="utf-8")
    assert tallystick("ingest", str(tmp_path / "accounts.jsonl")).code == 0
    assert tallystick("ingest", str(path)).code == 3
    return tallystick


def test_a_payment_is_found_with_what_became_of_it(received: Tallystick) -> None:
    result = received("lines", "find", "--amount", "25.00", "--from", "2025-06-01")
    assert result.code == 0
    for words in ("01/06/2025", "25.00", f"A OKAFOR {REFERENCE}", "june.csv:2"):
        assert words in result.said
    assert "posted on HSG/1001" in result.said


def test_i_paid_you_on_the_third_finds_the_day_and_what_has_no_day(received: Tallystick) -> None:
    day = ("--from", "2025-06-03", "--to", "2025-06-03")
    rows = received("lines", "find", *day, "--json").json()
    assert [(row["line"], row["became"][0]["status"]) for row in rows] == [
        (3, "suspense"),
        (5, "quarantined"),
    ]
    shown = received("lines", "find", *day)
    assert "unreadable" in shown.said
    assert "set aside, see intake show" in shown.said
    assert "SOMEBODY [ELSE]" in shown.out, "brackets are text and not markup"


def test_a_line_that_is_no_receipt_says_so(received: Tallystick) -> None:
    (row,) = received("lines", "find", "--text", "commission", "--json").json()
    assert (row["amount_minor"], row["became"][0]["status"]) == (-475, "no-receipt")


def test_words_and_a_range_of_amounts_narrow_each_other(received: Tallystick) -> None:
    found = received("lines", "find", "--text", "okafor a", "--amount", "20..30", "--json").json()
    assert [row["line"] for row in found] == [2]
    assert received("lines", "find", "--text", "okafor", "--amount", "30..40").code == 5


def test_money_is_followed_to_where_it_is_now(received: Tallystick) -> None:
    (row,) = received("lines", "find", "--amount", "37.25", "--json").json()
    held = row["became"][0]["place"]
    assert row["became"][0]["words"] == f"in suspense as {held}"
    identify = (f"receipt={held}", "to_unit=HSG", "to_account=1001", "amount=20.00")
    given = received("command", "identify-suspense", *identify, "reason=the tenant told us")
    assert given.code == 0, given.said
    (row,) = received("lines", "find", "--amount", "37.25", "--json").json()
    assert {one["words"] for one in row["became"]} == {
        "20.00 posted on HSG/1001",
        f"17.25 in suspense as {held}",
    }


def test_a_payment_that_bounced_is_no_longer_on_the_account(received: Tallystick) -> None:
    (row,) = received("lines", "find", "--amount", "25.00", "--json").json()
    fields = ("unit=HSG", "account=1001", f"receipt={row['receipt']}", "reason=recalled_by_bank")
    given = received("command", "reverse-payment", *fields)
    assert given.code == 0, given.said
    (row,) = received("lines", "find", "--amount", "25.00", "--json").json()
    assert [one["words"] for one in row["became"]] == ["bounced"]


def test_what_cannot_be_asked_is_said(received: Tallystick) -> None:
    for words, told in (
        (("--amount", "12.3"), "is not an amount such as 12.34"),
        (("--amount", "20..10"), "the first is larger than the second"),
        (("--from", "3 June"), "'3 June' is not a day such as 2026-04-03"),
        (("--from", "2025-06-04", "--to", "2025-06-03"), "is after --to"),
        (("--text", "a b c d e f g h i"), "at most 8 words: 9 were given"),
    ):
        result = received("lines", "find", *words)
        assert (result.code, told in result.said) == (2, True), (words, result.said)
    none = received("lines", "find", "--amount", "1.23")
    assert (none.code, none.out) == (5, "")
    assert "no line that was received is like that" in none.err
