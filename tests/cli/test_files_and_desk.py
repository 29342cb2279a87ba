"""Taking files, and the desk for what was refused, as an officer types it."""

import json
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from consumers.json_lines import to_json_line

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here
Billing: TypeAlias = Any

HEAD = (
    "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,"
    "Debit Amount,Credit Amount,Balance,\n"
)
GOOD = "02/06/2025,FPI,'30-00-00,12345678,SOMEBODY,,37.25,137.25,\n"
BAD = "31/06/2025,FPI,'30-00-00,12345678,J SMITH [RENT],,100.00,100.00,\n"


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    path = tmp_path / "week.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    return path


@pytest.fixture
def quarantined(tallystick: Tallystick, bank: Path) -> int:
    """The number of a row that was set aside."""
    bank.write_text(HEAD + GOOD + BAD, encoding="utf-8")
    assert tallystick("ingest", str(bank)).code == 3
    (row,) = tallystick("intake", "list", "--json").json()
    return int(row["position"])


def test_a_file_ends_with_a_report_that_adds_up(tallystick: Tallystick, bank: Path) -> None:
    first = tallystick("ingest", str(bank))
    assert first.code == 0
    assert "week.csv: CSV, Lloyds" in first.said
    rows = [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in first.out.splitlines()
        if line.startswith("│")
    ]
    assert rows == [
        ["posted to accounts", "0", "0.00"],
        ["to suspense", "1", "37.25"],
        ["bank lines that are no receipts", "0", "0.00"],
        ["set aside (quarantined)", "0", "0.00"],
        ["already in the ledger", "0", "0.00"],
        ["the file's own total", "1", "37.25"],
    ]
    second = tallystick("ingest", str(bank))
    assert second.code == 0
    assert "this very file was taken before: nothing of it is posted twice" in second.said


def test_the_report_for_a_script_is_json(tallystick: Tallystick, bank: Path) -> None:
    report = tallystick("ingest", "--json", str(bank)).json()
    (statement,) = report["statements"]
    assert statement["adds_up"]
    assert statement["suspended"] == {"lines": 1, "amount_minor": 3_725}
    assert (statement["total_minor"], report["refused"]) == (3_725, None)


def test_a_folder_is_its_files_and_a_refused_one_does_not_stop_the_rest(
    tallystick: Tallystick, bank: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(b"%PDF-1.4")
    bank.rename(folder / "b.csv")
    result = tallystick("ingest", str(folder), "--json")
    reports = [json.loads(line) for line in result.out.splitlines()]
    assert [one["file"] for one in reports] == ["a.pdf", "b.csv"]
    assert [one["refused"] is None for one in reports] == [False, True]
    assert result.code == 3
    words = tallystick("ingest", str(folder / "a.pdf"))
    assert "refused, nothing of it is posted: a.pdf" in words.said
    assert "a PDF document" in words.said


def test_a_file_that_is_not_there_stops_before_anything_is_taken(
    tallystick: Tallystick, bank: Path
) -> None:
    result = tallystick("ingest", str(bank), "/no/such/file")
    assert (result.code, result.out) == (5, "")
    assert "there is no file /no/such/file" in result.err


def test_a_row_that_is_set_aside_is_told_listed_and_shown(
    tallystick: Tallystick, quarantined: int
) -> None:
    listed = tallystick("intake", "list")
    assert "week.csv line 3" in listed.said
    assert "100.00" in listed.said
    shown = tallystick("intake", "show", str(quarantined))
    assert shown.code == 0
    assert "quarantined: week.csv line 3" in shown.said
    assert "J SMITH [RENT]" in shown.out, "brackets are text and not markup"
    assert "SOMEBODY" not in shown.out
    assert (
        tallystick("intake", "show", str(quarantined), "--json").json()["code"] == "row_unreadable"
    )


def test_a_row_that_cannot_be_read_yet_stays_on_the_list(
    tallystick: Tallystick, quarantined: int
) -> None:
    retried = tallystick("intake", "retry", str(quarantined))
    assert retried.code == 3
    assert "not a date written as DD/MM/YYYY" in retried.err
    assert len(tallystick("intake", "list", "--json").json()) == 1


def test_discarding_needs_authority_and_is_final(tallystick: Tallystick, quarantined: int) -> None:
    number = str(quarantined)
    refused = tallystick("intake", "discard", number, "--reason", "sent twice")
    assert refused.code == 3
    assert "no role of 'officer.ames' (collections_officer) may discard intake" in refused.said
    manager = ("--actor", "manager.dean")
    done = tallystick("intake", "discard", number, "--reason", "sent twice", *manager)
    assert (done.code, done.out) == (0, "discarded: week.csv line 3\n")
    assert tallystick("intake", "list", "--json").json() == []
    assert "nothing waits here" in tallystick("intake", "list").said
    assert "quarantined, discarded" in tallystick("intake", "list", "--all").said
    assert "since then discarded" in tallystick("intake", "show", number).said
    again = tallystick("intake", "retry", number)
    assert again.code == 3
    assert "it was discarded: somebody decided that it shall never be posted" in again.said


def test_a_number_that_is_none_is_told_with_code_5(tallystick: Tallystick) -> None:
    for words in (("show",), ("retry",), ("discard", "--reason", "x")):
        result = tallystick("intake", words[0], "77", *words[1:])
        assert result.code == 5
        assert "no refused input has the number 77: see tallystick intake list" in result.said


def test_a_refused_bill_posts_on_retry_when_its_account_is_there(
    tallystick: Tallystick, billing: Billing, tmp_path: Path
) -> None:
    path = tmp_path / "bills.jsonl"
    bill = to_json_line("InvoiceIssued", billing.invoice("100", "INV-1"))
    path.write_text(f"{bill}\n", encoding="utf-8")
    taken = tallystick("ingest", str(path))
    assert taken.code == 3
    assert "messages: 1 refused" in taken.said
    assert "row 1: account 100 is not open in unit HSG" in taken.said
    (row,) = tallystick("intake", "list", "--json").json()
    number = str(row["position"])
    shown = tallystick("intake", "show", number).out
    assert '"invoice_number": "INV-1"' in shown
    assert tallystick("intake", "retry", number).code == 3
    account = to_json_line("Account", billing.account("100"))
    path.write_text(f"{account}\n", encoding="utf-8")
    assert tallystick("ingest", str(path)).code == 0
    retried = tallystick("intake", "retry", number)
    assert (retried.code, retried.out) == (0, "posted: bills.jsonl line 1\n")
    again = tallystick("intake", "retry", number)
    assert again.out == "already in the ledger, not posted twice: bills.jsonl line 1\n"


def test_watching_once_takes_what_is_there(tallystick: Tallystick, bank: Path) -> None:
    inbox = tallystick.home / "inbox"
    inbox.mkdir(parents=True)
    bank.rename(inbox / bank.name)
    assert tallystick("watch", "--once").code == 0
    assert (inbox / "done" / "week.csv").exists()
    not_a_folder = tallystick("watch", str(inbox / "done" / "week.csv"))
    assert (not_a_folder.code, "is not a folder" in not_a_folder.said) == (2, True)


def test_the_figures_can_be_brought_up_to_date_at_once(tallystick: Tallystick, bank: Path) -> None:
    tallystick("ingest", str(bank))
    assert tallystick("project", "--once").out == (
        "the figures know every event up to position 2\n"
    )


def test_verify_says_that_all_agrees_or_names_what_does_not(
    tallystick: Tallystick,
    database: Any,  # noqa: ANN401
    bank: Path,
) -> None:
    tallystick("ingest", str(bank))
    good = tallystick("verify")
    assert (good.code, good.out) == (0, "2 events verified: everything agrees\n")
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("UPDATE ledger.streams SET version = version + 1")
    bad = tallystick("verify", "--json")
    assert bad.code == 1
    assert bad.json()["events"] == 2
    assert bad.json()["findings"]
    assert "findings" in tallystick("verify").out
