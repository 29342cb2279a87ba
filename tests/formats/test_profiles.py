"""CSV layouts are data: packaged ones are valid, a council's own are checked when loaded."""

from pathlib import Path

import pytest

from consumers.formats import csv_profile
from consumers.formats.errors import UnreadableFileError
from consumers.formats.profiles import explain, load_profiles, packaged_profiles
from consumers.formats.statement import BankLine, StatementOpened

OWN = """
name = "village"
title = "Village Credit Union"
header = ["When", "What", "How much", "Card"]
date_formats = ["%Y-%m-%d"]
account = "11-22-33 44556677"
inverted = true
delimiter = ";"
skip_rows_starting = ["Total"]
[aliases]
"How much" = ["Amount"]
[columns]
date = "When"
narrative = ["What"]
amount = "How much"
"""


def own(tmp_path: Path, text: str) -> Path:
    (tmp_path / "village.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_three_banks_are_packaged_and_explained() -> None:
    packaged = packaged_profiles()
    assert [profile.name for profile in packaged] == ["barclays", "lloyds", "natwest"]
    for profile in packaged:
        told = explain(profile)
        assert profile.title in told
        assert all(title in told for title in profile.header)


def test_a_council_adds_a_layout_of_its_own(tmp_path: Path) -> None:
    profiles = load_profiles(own(tmp_path, OWN))
    content = "When;What;Amount\n2026-04-01;Fuel;12.00\nTotal;;12.00\n"
    profile = csv_profile.recognise(content.encode(), "x.csv", profiles)
    assert profile is not None
    assert profile.name == "village"
    path = tmp_path / "card.csv"
    path.write_text(content)
    opened, line, _ = csv_profile.read(path, profile)
    assert isinstance(opened, StatementOpened)
    assert isinstance(line, BankLine)
    assert (opened.account, line.amount_minor) == ("112233-44556677", -1200)


def test_a_layout_without_a_header_is_known_by_its_first_row(tmp_path: Path) -> None:
    text = OWN.replace('delimiter = ";"', "has_header = false").replace(
        '"How much" = ["Amount"]', ""
    )
    profiles = load_profiles(own(tmp_path, text))
    assert csv_profile.recognise(b"2026-04-01,Fuel,12.00,x\n", "x", profiles) is not None
    assert csv_profile.recognise(b"2026-04-01,Fuel,twelve,x\n", "x", profiles) is None


def test_a_layout_of_the_same_name_replaces_the_packaged_one(tmp_path: Path) -> None:
    text = OWN.replace('"village"', '"lloyds"')
    titles = {profile.name: profile.title for profile in load_profiles(own(tmp_path, text))}
    assert titles["lloyds"] == "Village Credit Union"
    assert len(titles) == 3


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('amount = "How much"', 'amount = "Nowhere"', "not in the header: Nowhere"),
        ('amount = "How much"', 'debit = "How much"', "debit"),
        ('account = "11-22-33 44556677"', "", "account"),
        ("inverted = true", 'inverted = "perhaps"', "inverted"),
        ("inverted = true", "invert = true", "invert"),
        ('"%Y-%m-%d"', '"%m/%d/%Y"', "date_formats"),
        ('title = "Village', "title = Village", "profile"),
    ],
)
def test_a_layout_with_a_mistake_is_refused_by_file_and_field(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    assert old in OWN
    with pytest.raises(UnreadableFileError, match=rf"village\.toml.*{reason}"):
        load_profiles(own(tmp_path, OWN.replace(old, new)))
