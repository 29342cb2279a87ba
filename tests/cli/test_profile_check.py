"""`tallystick profile`: an officer sees how a sample would be read, and nothing is posted."""

from pathlib import Path
from typing import Any, TypeAlias

import pytest

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here

GOLDEN = Path(__file__).parents[1] / "formats" / "golden"
HEADER = (
    "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,"
    "Debit Amount,Credit Amount,Balance"
)
GOOD = "02/04/2026,FPI,'30-00-00,12345678,J PATEL [12],,37.25,137.25"
BAD = "31/02/2026,ZZZ,'30-00-00,12345678,OKAFOR,,100.00,100.00"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample.csv"
    path.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    return path


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    folder = tmp_path / "policy" / "profiles"
    folder.mkdir(parents=True)
    return folder


def test_the_guess_its_reason_and_the_first_rows_are_shown(bare: Tallystick, sample: Path) -> None:
    result = bare("profile", "check", str(sample))
    assert result.code == 0
    assert "sample.csv is read as lloyds: Lloyds, Halifax" in result.said
    assert "because the header on line 1 has 8 of its 8 columns" in result.said
    assert "Debit Amount is debit" in result.said
    assert "J PATEL [12]" in result.out, "brackets are text and not markup"
    assert "opening 100.00 and movements 37.25 come to closing 137.25" in result.said
    assert result.said.endswith("nothing was posted")


def test_a_row_that_cannot_be_read_is_named_with_its_field_and_value(
    bare: Tallystick, sample: Path
) -> None:
    sample.write_text(f"{HEADER}\n{GOOD}\n{BAD}\n", encoding="utf-8")
    result = bare("profile", "check", str(sample))
    assert result.code == 3
    expected = "line 3: Transaction Date '31/02/2026': not a date written as DD/MM/YYYY"
    assert f"set aside, {expected}" in result.said
    assert "%" not in result.said
    found = bare("profile", "check", str(sample), "--json").json()
    assert found["bad"] == [
        {
            "line": 3,
            "field": "Transaction Date",
            "value": "31/02/2026",
            "reason": "not a date written as DD/MM/YYYY",
        }
    ]
    assert (found["profile"], found["rows"], found["bad_rows"]) == ("lloyds", 2, 1)
    assert found["first"][0]["amount_minor"] == 3_725


def test_a_balance_that_breaks_is_told_beside_the_rows(bare: Tallystick, sample: Path) -> None:
    wrong = GOOD.replace("137.25", "999.99").replace("37.25", "5.00")
    sample.write_text(f"{HEADER}\n{GOOD}\n{wrong}\n", encoding="utf-8")
    result = bare("profile", "check", str(sample))
    assert result.code == 3
    assert "it would be refused whole: sample.csv, line 3: balance '999.99'" in result.said
    assert "J PATEL" in result.out


def test_a_file_that_no_profile_fits_shows_the_nearest(bare: Tallystick, sample: Path) -> None:
    sample.write_text(f"{HEADER.replace('Sort Code', 'Branch')}\n{GOOD}\n", encoding="utf-8")
    result = bare("profile", "check", str(sample))
    assert result.code == 3
    assert "no profile fits: it looks like a text or CSV of an unknown layout" in result.said
    assert "lloyds: line 1 has no column Sort Code" in result.said
    nearest = bare("profile", "check", str(sample), "--json").json()["nearest"]
    assert nearest[0]["profile"] == "lloyds"


def test_a_profile_may_be_asked_for_and_says_what_does_not_fit(
    bare: Tallystick, sample: Path
) -> None:
    result = bare("profile", "check", str(sample), "--profile", "barclays")
    assert result.code == 3
    assert "line 1 has no column Number, Date, Account, Amount, Subcategory, Memo" in result.said
    assert "not the header of barclays" in result.said
    unknown = bare("profile", "check", str(sample), "--profile", "loyds")
    assert unknown.code == 2
    assert "there is no profile 'loyds'; did you mean lloyds?" in unknown.said


def test_a_file_of_another_format_needs_no_profile(bare: Tallystick) -> None:
    result = bare("profile", "check", str(GOLDEN / "camt_v02_batch.xml"))
    assert "no profile is needed: it is ISO 20022 bank statement" in result.said


def test_records_left_out_and_warnings_are_counted(bare: Tallystick) -> None:
    result = bare("profile", "check", str(GOLDEN / "kiosk.csv"))
    assert result.code == 0
    assert "warning, 1 row: the check digit of Reference is wrong" in result.said
    assert "shown and not posted, 1 row: fund 01, council tax" in result.said
    assert "the trailer's count of 3 and its total hold" in result.said


def test_a_file_without_its_account_is_shown_and_says_how_to_give_it(
    bare: Tallystick, sample: Path, policy: Path
) -> None:
    sample.write_text('02/04/2026,"OKAFOR A","1,250.00"\n', encoding="utf-8")
    result = bare("profile", "check", str(sample))
    assert result.code == 3
    assert "OKAFOR A" in result.out
    assert 'extends = "hsbc"' in result.said
    own = 'name = "rents"\nextends = "hsbc"\naccount = "40-00-00 12345678"\n'
    (policy / "rents.toml").write_text(own, encoding="utf-8")
    mended = bare("profile", "check", str(sample), TALLYSTICK_POLICY_DIR=str(policy.parent))
    assert mended.code == 0
    assert "account 400000-12345678, 2026-04-02 to 2026-04-02: 1 row, in 1,250.00" in mended.said


def test_a_wrong_profile_is_refused_by_file_key_and_value(
    bare: Tallystick, sample: Path, policy: Path
) -> None:
    (policy / "rents.toml").write_text('name = "rents"\nextends = "hsbc"\norder = ["up"]\n')
    result = bare("profile", "check", str(sample), TALLYSTICK_POLICY_DIR=str(policy.parent))
    assert result.code == 1
    assert "error: rents.toml: order.0 'up': it should be 'newest_first'" in result.said


def test_a_file_that_is_not_there_is_said(bare: Tallystick, tmp_path: Path) -> None:
    result = bare("profile", "check", str(tmp_path / "none.csv"))
    assert result.code == 5
    assert "none.csv cannot be read: No such file or directory" in result.said


def test_the_profiles_are_listed_with_what_they_read(bare: Tallystick) -> None:
    result = bare("profile", "list")
    assert "kiosk: Payment kiosk" in result.said
    assert "as DD/MM/YYYY" in result.said
    names = [one["name"] for one in bare("profile", "list", "--json").json()]
    assert names == sorted(names)
    assert "nationwide" in names
