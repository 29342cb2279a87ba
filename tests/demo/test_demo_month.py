"""The bank month: every kind of line is there with its truth, and a wrong match is seen."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from consumers.formats.control import checked
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import AdviceFile, ReturnsFile, StatementFile, recognise
from consumers.formats.statement import BankLine, StatementClosed, StatementOpened
from ledger.references import find, find_mended
from service.demo.files import Council, make_council
from service.demo.month_banks import BANKS, CAMT, MT940
from service.demo.month_statements import LATE_NUMBER
from service.demo.month_truth import judge

ACCOUNTS = 60
KINDS = {
    "reference", "reference with blanks, dashes", "reference glued to words", "O for 0",
    "invoice number", "several bills in one sum", "account number, exact amount",
    "virtual account", "known payer, name, exact amount", "payer not known yet",
    "remembered payer", "part payment", "short by pennies", "over by pennies",
    "bill that was settled before", "what the debtor asked for", "Direct Debit", "cheque",
    "returned item", "one wrong digit", "swapped digits", "name only",
    "two of one name and amount", "account number of a neighbour", "money of strangers",
    "one sum for two debtors", "charge", "interest", "batch, opened by camt.054",
    "DWP deductions", "agent's collections",
}  # fmt: skip
FORMATS = {
    "mt940", "camt053", "bai2", "cash-file", "ofx", "csv:natwest", "csv:kiosk",
    "camt054", "dwp-schedule", "remittance:remittance", "arudd",
}  # fmt: skip


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    return make_council(tmp_path_factory.mktemp("council"), ACCOUNTS)


def files(council: Council) -> list[Path]:
    """The files of the month in the order in which they arrive."""
    return [council.folder / one.name for one in council.deliveries if "-month-" in one.name]


def test_every_kind_of_line_is_there_even_in_a_small_council(council: Council) -> None:
    assert {line.kind for line in council.month.lines} == KINDS
    assert {line.bank for line in council.month.lines} == set(BANKS)


def test_the_month_grows_with_the_council(tmp_path: Path) -> None:
    larger = make_council(tmp_path, 600)
    assert len(larger.month.lines) == 200
    assert {line.kind for line in larger.month.lines} == KINDS


def test_every_file_of_the_month_is_read_in_its_own_format(council: Council) -> None:
    found = [recognise(path, packaged_profiles()) for path in files(council)]
    assert {one.format for one in found} == FORMATS
    lines: Counter[str] = Counter()
    for path, one in zip(files(council), found, strict=True):
        if isinstance(one, StatementFile):
            items = checked(one.reader(path), path.name)
            lines[one.format] += sum(isinstance(item, BankLine) for item in items)
    assert lines.total() == len(council.month.lines)
    assert sum(isinstance(one, AdviceFile) for one in found) == len(council.month.advices)
    assert sum(isinstance(one, ReturnsFile) for one in found) == 1


def test_the_daily_series_counts_on_and_one_of_it_comes_late(council: Council) -> None:
    numbers: list[int] = []
    for path in files(council):
        if MT940.code in path.name:
            items = list(recognise(path, packaged_profiles()).reader(path))
            opened = [one for one in items if isinstance(one, StatementOpened)]
            numbers += [one.sequence or 0 for one in opened]
            assert any(isinstance(one, StatementClosed) for one in items)
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert [two for one, two in pairwise(numbers) if two < one] == [LATE_NUMBER]


def test_a_mistyped_reference_is_nobodys(council: Council) -> None:
    slips = [
        one for one in council.month.lines if one.kind in ("one wrong digit", "swapped digits")
    ]
    assert slips
    assert not [line for line in slips if find(line.text) or find_mended(line.text)]


def row(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - a row of a report
    return {
        "kind": "received", "automatic": True, "unit": "HSG", "account": "1",
        "bank_account": MT940.account, "amount_minor": 1, "value_on": None,
        "rule": "account-reference", "parent": None, **changed,
    }  # fmt: skip


def as_planted(council: Council) -> list[dict[str, Any]]:
    """The receipts of a ledger that does with each line of the month what it must."""
    rows = []
    for line in council.month.lines:
        key = {"bank_account": line.key[0], "amount_minor": line.key[1], "value_on": line.key[2]}
        if line.is_applied and line.owner is not None:
            unit, account = line.owner
            rows.append(row(**key, rule=line.expected, unit=unit, account=account))
        elif line.expected:
            rows.append(row(**key, kind="suspended", rule=line.expected, account=None))
    return rows


def test_a_ledger_that_is_right_is_called_right(council: Council) -> None:
    judged = judge(council, as_planted(council))
    assert judged.wrong == judged.unexpected == ()
    assert judged.automatic > 100


def test_money_on_a_wrong_account_is_called_wrong(council: Council) -> None:
    rows = as_planted(council)
    wrong = next(one for one in rows if one["kind"] == "received")
    wrong["account"] = "somebody else"
    judged = judge(council, rows)
    assert len(judged.wrong) == len(judged.unexpected) == 1
    assert "somebody else" in judged.wrong[0]


def test_a_line_that_should_have_waited_is_called_wrong_and_unexpected(council: Council) -> None:
    rows = as_planted(council)
    slip = next(one for one in council.month.lines if one.kind == "name only")
    at = next(n for n, one in enumerate(rows) if one["amount_minor"] == slip.amount_minor)
    rows[at] = {**rows[at], "kind": "received", "rule": "payer-name", "account": "neighbour"}
    judged = judge(council, rows)
    assert len(judged.wrong) == 1
    assert judged.unexpected[0].startswith("name only")


def test_a_line_that_is_not_in_the_ledger_is_missed(council: Council) -> None:
    judged = judge(council, as_planted(council)[1:])
    assert judged.wrong == ()
    assert judged.unexpected[0].endswith(")]")
    assert "nothing, not" in judged.unexpected[0]


def test_a_wrong_match_of_the_weekly_files_is_seen_too(council: Council) -> None:
    (unit, minor, on), owners = next(
        (key, owners) for key, owners in council.truth.items() if owners[0].account is not None
    )
    accounts = {one.account for one in owners}
    assert "9999999" not in accounts
    stray = row(unit=unit, account="9999999", amount_minor=minor, value_on=on)
    stray["bank_account"] = "990101-10010001" if unit == "HSG" else stray["bank_account"]
    assert len(judge(council, [*as_planted(council), stray]).wrong) == 1


def test_a_batch_and_what_opens_it_come_to_the_same(council: Council) -> None:
    for advice in council.month.advices:
        assert sum(one.amount_minor for one in advice.payments) == advice.line.amount_minor
    batch = next(line for line in council.month.lines if line.batch)
    assert batch.bank is CAMT
    assert replace(batch, batch=0) != batch
