"""A file is known by its content; what is not read is named all the same."""

from pathlib import Path

import pytest

from consumers.formats.errors import FormatError, UnreadableFileError, UnrecognisedFormatError
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import recognise

PROFILES = packaged_profiles()


@pytest.mark.parametrize(
    ("content", "likeness"),
    [
        (b"%PDF-1.7\n", "a PDF document"),
        (b"PK\x03\x04\x14\0[Content_Types].xml", "an Excel workbook"),
        (b"PK\x03\x04\x14\0statement.xml", "a zip archive"),
        (b"\x1f\x8b\x08\0", "a gzip archive"),
        (b"<Document><BkToCstmrAcctRpt>", "camt.052"),
        (b"VOL1000001", "Bacs Standard 18"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"<?xml version='1.0'?><other/>", "XML of another kind"),
        (b"a,b,c\n1,2,3\n", "a text or CSV of an unknown layout"),
        (b"\0\x01\x02\x03", "a binary file"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, content: bytes, likeness: str) -> None:
    path = tmp_path / "statement.xml"
    path.write_bytes(content)
    with pytest.raises(UnrecognisedFormatError) as refused:
        recognise(path, PROFILES)
    assert likeness in refused.value.reason
    assert "read are camt.053, camt.054, MT940, BAI2" in refused.value.reason
    assert "CSV by profile (bankline, barclays" in refused.value.reason


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("camt_v08_oddities.xml", "camt053"),
        ("lloyds.csv", "csv:lloyds"),
        ("kiosk.csv", "csv:kiosk"),
        ("mt940_uk.sta", "mt940"),
        ("bai2_natwest.bai2", "bai2"),
        ("cash_file_natwest.txt", "cash-file"),
        ("cash_file_coop.txt", "cash-file"),
        ("ofx_sgml.ofx", "ofx"),
        ("ofx_xml.ofx", "ofx"),
    ],
)
def test_each_golden_file_is_known_for_what_it_is(golden: Path, name: str, form: str) -> None:
    assert recognise(golden / name, PROFILES).format == form


def test_a_submission_to_bacs_is_not_taken_for_the_banks_cash_file(tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_bytes(f"VOL1000123{'':31}999999{'':32}1\r\nHDR1A999999S\r\n".encode())
    with pytest.raises(UnrecognisedFormatError, match="submission of service user 999999"):
        recognise(path, PROFILES)


def test_the_name_of_a_file_proves_nothing(golden: Path, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes((golden / "lloyds.csv").read_bytes())
    assert recognise(path, PROFILES).format == "csv:lloyds"


def test_no_file_of_a_size_that_is_taken_is_an_error_by_name(tmp_path: Path) -> None:
    empty, sparse = tmp_path / "empty.csv", tmp_path / "huge.csv"
    empty.touch()
    with sparse.open("wb") as file:
        file.truncate((2 << 30) + 1)
    cases = (empty, "empty"), (sparse, "larger"), (tmp_path, "folder"), (tmp_path / "no", "no such")
    for path, reason in cases:
        with pytest.raises(UnreadableFileError, match=reason):
            recognise(path, PROFILES)


def test_a_header_that_two_profiles_explain_equally_is_not_guessed(
    golden: Path,
) -> None:
    lloyds = next(one for one in PROFILES if one.name == "lloyds")
    twin = lloyds.model_copy(update={"name": "twin"})
    with pytest.raises(FormatError, match="it fits both lloyds and twin"):
        recognise(golden / "lloyds.csv", (*PROFILES, twin))
