"""CSV layouts are data: packaged ones are valid, a council's own are checked when loaded."""

from pathlib import Path

import pytest

from consumers.formats import csv_profile
from consumers.formats.errors import UnreadableFileError, UnrecognisedFormatError
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


def test_the_usual_banks_are_packaged_and_explained() -> None:
    packaged = packaged_profiles()
    assert {profile.name for profile in packaged} >= {
        *("bankline", "barclays", "co_op", "hsbc", "hsbcnet", "hsbcnet_export", "kiosk", "lloyds"),
        *("lloyds_commercial", "nationwide", "natwest", "starling"),
    }
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
    assert len(titles) == len(packaged_profiles())


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('amount = "How much"', 'amount = "Nowhere"', "not in the header: Nowhere"),
        ('amount = "How much"', 'debit = "How much"', "debit"),
        ('account = "11-22-33 44556677"', "", "account"),
        ("inverted = true", 'inverted = "perhaps"', "inverted"),
        ("inverted = true", "invert = true", "invert 'True': .*did you mean inverted"),
        ('"%Y-%m-%d"', '"%m/%d/%Y"', "date_formats.0 '%m/%d/%Y': it should be 'DD/MM/YYYY'"),
        ('title = "Village', "title = Village", "line 3: profile .*no valid TOML"),
        ('delimiter = ";"', 'extends = "lloids"', "extends 'lloids': .*did you mean lloyds"),
        ('delimiter = ";"', 'extends = "village"', "extends 'village'"),
        ("inverted = true", "template = true", "account 'account and template': say in one way"),
        ("inverted = true", "preamble_rows_max = 99", "preamble_rows_max '99'"),
        (
            'delimiter = ";"',
            'check_digit = { column = "What", rule = "x" }',
            "check_digit.rule 'x'",
        ),
        ('"Amount"]', '"Amount"]\n"Nix" = ["N"]', "header 'Nix': not in the header: Nix"),
    ],
)
def test_a_layout_with_a_mistake_is_refused_by_file_and_field(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    assert old in OWN
    with pytest.raises(UnreadableFileError, match=rf"village\.toml.*{reason}"):
        load_profiles(own(tmp_path, OWN.replace(old, new)))


HSBC = 'name = "hsbc_rents"\nextends = "hsbc"\naccount = "40-00-00 12345678"\n'
HSBC_ROWS = '02/04/2026,"OKAFOR A","1,250.00"\n01/04/2026,FEE,-3.00\n'


def test_a_layout_extends_a_packaged_one_with_what_the_file_does_not_say(tmp_path: Path) -> None:
    path = tmp_path / "rents.csv"
    path.write_text(HSBC_ROWS, encoding="utf-8")
    profiles = load_profiles(own(tmp_path, HSBC))
    profile = csv_profile.recognise(HSBC_ROWS.encode(), path.name, profiles)
    assert profile is not None
    assert profile.name == "hsbc_rents", "the layout that is extended gives way to it"
    opened, first, second, _ = csv_profile.read(path, profile)
    assert isinstance(opened, StatementOpened)
    assert isinstance(first, BankLine)
    assert isinstance(second, BankLine)
    assert opened.account == "400000-12345678"
    assert (first.amount_minor, second.amount_minor) == (125_000, -300)


def test_tables_are_extended_key_by_key(tmp_path: Path) -> None:
    text = 'name = "ours"\nextends = "lloyds"\n[methods]\nkiosk = "cash"\nFPI = "other"\n'
    ours = next(one for one in load_profiles(own(tmp_path, text)) if one.name == "ours")
    assert (ours.methods["KIOSK"], ours.methods["FPI"], ours.methods["DD"]) == (
        "cash",
        "other",
        "direct_debit",
    )
    assert ours.columns.balance == "Balance"


def test_a_layout_may_replace_the_packaged_one_that_it_extends(tmp_path: Path) -> None:
    text = 'name = "co_op"\nextends = "co_op"\naccount = "08-92-99 12345678"\n'
    found = {one.name: one for one in load_profiles(own(tmp_path, text))}
    assert not found["co_op"].template
    head = b"Date,Description,Type,Money In,Money Out,Balance\n"
    profile = csv_profile.recognise(head, "x", tuple(found.values()))
    assert profile == found["co_op"]


def test_layouts_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('name = "aa"\nextends = "bb"\n')
    (tmp_path / "b.toml").write_text('name = "bb"\nextends = "aa"\n')
    with pytest.raises(
        UnreadableFileError, match=r"\.toml: extends '..': a profile extends itself"
    ):
        load_profiles(tmp_path)


def test_two_files_with_one_name_are_refused(tmp_path: Path) -> None:
    for file in ("a.toml", "b.toml"):
        (tmp_path / file).write_text(OWN)
    with pytest.raises(UnreadableFileError, match=r"b\.toml: name 'village': a.toml has this name"):
        load_profiles(tmp_path)


def test_a_file_whose_account_nobody_gave_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "rents.csv"
    path.write_text(HSBC_ROWS, encoding="utf-8")
    profile = csv_profile.recognise(HSBC_ROWS.encode(), path.name, packaged_profiles())
    assert profile is not None
    with pytest.raises(UnreadableFileError, match=r'rents\.csv: account: .*extends = "hsbc"'):
        list(csv_profile.read(path, profile))


def test_file_names_tell_two_accounts_of_one_bank_apart(tmp_path: Path) -> None:
    (tmp_path / "rents.toml").write_text(HSBC + 'file_names = ["*12345678*"]\n')
    other = HSBC.replace("rents", "trade").replace("12345678", "87654321")
    (tmp_path / "trade.toml").write_text(other + 'file_names = ["*87654321*"]\n')
    profiles = load_profiles(tmp_path)

    def recognised(name: str) -> str:
        found = csv_profile.recognise(HSBC_ROWS.encode(), name, profiles)
        return found.name if found else ""

    assert recognised("hsbc-87654321-april.csv") == "hsbc_trade"
    assert recognised("hsbc-12345678-april.csv") == "hsbc_rents"
    with pytest.raises(UnrecognisedFormatError, match="file_names that tell their files apart"):
        recognised("april.csv")


def test_the_name_of_a_file_does_not_make_it_fit(tmp_path: Path) -> None:
    profiles = load_profiles(own(tmp_path, HSBC + 'file_names = ["rents.csv"]\n'))
    assert csv_profile.recognise(b"some,other,words\n1,2,3\n", "rents.csv", profiles) is None


def test_formats_of_dates_are_named_as_a_person_writes_them(tmp_path: Path) -> None:
    for profile in load_profiles(own(tmp_path, OWN)):
        assert "%" not in explain(profile)
    village = load_profiles(tmp_path)[-1]
    assert village.date_formats == ("YYYY-MM-DD",), "the older spelling is taken too"
