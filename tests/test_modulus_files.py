"""The tables of the modulus check in the council's policy folder: one folder an issue."""

import re
from datetime import date
from pathlib import Path

import pytest

from ledger.authority import PolicyError
from ledger.modulus_tables import NO_TABLES
from service.modulus_files import read_modulus

WEIGHTS = (
    "089999 089999 MOD10    0    0    0    0    0    0    7    1    3    7    1    3    7    1\r\n"
)
SUBSTITUTES = "938173 938017\r\n"


def issue(policy: Path, day: str, **files: str) -> Path:
    """An issue as it is downloaded; `files` replaces the text of a file."""
    folder = policy / "modulus" / day
    folder.mkdir(parents=True)
    for name, text in {"valacdos": WEIGHTS, "scsubtab": SUBSTITUTES, **files}.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_without_a_policy_folder_or_an_issue_there_are_no_tables(tmp_path: Path) -> None:
    assert read_modulus(None) == NO_TABLES
    assert read_modulus(tmp_path) == NO_TABLES
    (tmp_path / "modulus").mkdir()
    assert read_modulus(tmp_path) == NO_TABLES


def test_every_issue_is_read_with_its_day_oldest_first(tmp_path: Path) -> None:
    issue(tmp_path, "2026-09-14")
    issue(tmp_path, "2026-06-15")
    (tmp_path / "modulus" / ".DS_Store").touch()
    tables = read_modulus(tmp_path)
    assert [one.valid_from for one in tables.tables] == [date(2026, 6, 15), date(2026, 9, 14)]
    assert tables.tables[0].substitutes == {"938173": "938017"}
    assert len(tables.tables[0].checks("089999")) == 1


def test_the_number_of_the_issue_may_stand_in_the_names(tmp_path: Path) -> None:
    folder = issue(tmp_path, "2026-06-15")
    (folder / "valacdos.txt").rename(folder / "Valacdos-v7-90.txt")
    (folder / "scsubtab.txt").rename(folder / "SCSUBTAB.TXT")
    (folder / "specification.pdf").touch()
    assert len(read_modulus(tmp_path).tables) == 1


@pytest.mark.parametrize("name", ["june", "2026-6-15", "20260615", "2026-02-30"])
def test_a_folder_that_is_not_named_by_a_day_is_refused(tmp_path: Path, name: str) -> None:
    issue(tmp_path, name)
    with pytest.raises(PolicyError, match=f"modulus/{name}: "):
        read_modulus(tmp_path)


def test_a_file_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modulus").mkdir()
    (tmp_path / "modulus" / "2026-06-15").touch()
    with pytest.raises(PolicyError, match=r"modulus/2026-06-15: there is no folder"):
        read_modulus(tmp_path)


def test_each_of_the_two_files_must_be_there_once(tmp_path: Path) -> None:
    folder = issue(tmp_path, "2026-06-15")
    (folder / "scsubtab.txt").unlink()
    with pytest.raises(PolicyError, match=re.escape("0 files are named scsubtab*, there must")):
        read_modulus(tmp_path)
    (folder / "scsubtab.txt").write_text(SUBSTITUTES, encoding="utf-8")
    (folder / "valacdos-old.txt").write_text(WEIGHTS, encoding="utf-8")
    with pytest.raises(PolicyError, match=re.escape("2 files are named valacdos*, there must")):
        read_modulus(tmp_path)


def test_a_file_that_is_not_understood_is_named_with_its_line(tmp_path: Path) -> None:
    issue(tmp_path, "2026-06-15", valacdos="089999 089999 MOD10")
    with pytest.raises(PolicyError, match=r"modulus/2026-06-15: weights: line 1: 3 fields"):
        read_modulus(tmp_path)


def test_a_file_that_is_no_such_table_is_refused_before_it_is_read(tmp_path: Path) -> None:
    folder = issue(tmp_path, "2026-06-15", valacdos="\N{POUND SIGN}")
    with pytest.raises(PolicyError, match=r"modulus/2026-06-15/valacdos.txt: 'ascii' codec"):
        read_modulus(tmp_path)
    with (folder / "valacdos.txt").open("wb") as file:
        file.truncate(5 << 20)
    with pytest.raises(PolicyError, match="it is too large for such a table"):
        read_modulus(tmp_path)
