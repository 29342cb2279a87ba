"""A run as a bureau's CSV: the same rules as Standard 18, the bureau's own columns."""

import hashlib
import io
from datetime import date
from pathlib import Path

import pytest

from consumers.formats import bureau_csv, bureau_csv_read
from consumers.formats.bureau_profiles import BureauProfile, load_bureau_profiles
from consumers.formats.errors import UnreadableFileError, UnrecognisedFormatError
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import recognise
from consumers.formats.standard18 import Instruction, Originator, Submission, SubmissionError
from consumers.formats.standard18_read import InstructionLine

PROFILES = {profile.name: profile for profile in load_bureau_profiles()}
OURS = "089999-66374958"
DAY = date(2026, 11, 30)
RUN = Submission(
    sun="999999",
    serial="000123",
    file_number=1,
    created_on=date(2026, 11, 27),
    processing_on=DAY,
    expires_on=date(2026, 12, 11),
    work="single",
    originators=(Originator(OURS, "ANYTOWN", "RENT"),),
)
ITEM = Instruction(
    "107999", "88837491", "Zoë O'Brien", "17", OURS, 12345, "Anytown", "R00012345", DAY
)
NOTICE = ITEM._replace(code="0N", amount_minor=0)


def written(profile: BureauProfile, *items: Instruction) -> tuple[str, bureau_csv.BureauWritten]:
    out = io.BytesIO()
    told = bureau_csv.write(profile, RUN, items, out)
    assert told.sha256 == hashlib.sha256(out.getvalue()).hexdigest()
    assert told.size == len(out.getvalue())
    return out.getvalue().decode("ascii"), told


def test_paygate_takes_ten_columns_without_a_header() -> None:
    text, told = written(PROFILES["paygate"], ITEM, NOTICE)
    assert text == (
        "107999,88837491,ZOE O BRIEN,123.45,17,089999,66374958,ANYTOWN,R00012345,30/11/2026\r\n"
        "107999,88837491,ZOE O BRIEN,0.00,0N,089999,66374958,ANYTOWN,R00012345,30/11/2026\r\n"
    )
    assert (told.items, told.first_line) == (2, 1)
    assert [(one.code, one.items, one.amount_minor) for one in told.sums] == [
        ("0N", 1, 0),
        ("17", 1, 12345),
    ]


def test_accesspay_takes_its_own_columns_with_a_header() -> None:
    text, told = written(PROFILES["accesspay"], ITEM, NOTICE)
    assert text == (
        '"Processing Date","Action","BACS Transaction Code","Name","Sort Code","Account",'
        '"Amount","DDI Reference"\r\n'
        '"30/11/26","Scheduled Payment","17","ZOE O BRIEN","107999","88837491","123.45",'
        '"R00012345"\r\n'
        '"30/11/26","Initial Mandate","0N","ZOE O BRIEN","107999","88837491","0.00",'
        '"R00012345"\r\n'
    )
    assert told.first_line == 2


def test_what_bacs_would_refuse_is_refused_for_a_bureau_too() -> None:
    for changed, field in (({"amount_minor": 0}, "amount_minor"), ({"account": "1"}, "account")):
        with pytest.raises(SubmissionError) as error:
            written(PROFILES["paygate"], ITEM, ITEM._replace(**changed))
        assert (error.value.instruction, error.value.field) == (2, field)
    with pytest.raises(SubmissionError, match="there are none to send"):
        written(PROFILES["paygate"])


def test_a_code_that_the_layout_does_not_take_is_refused() -> None:
    with pytest.raises(SubmissionError, match="instruction 2: code '99': the layout accesspay"):
        written(PROFILES["accesspay"], ITEM, ITEM._replace(code="99"))


@pytest.mark.parametrize("name", PROFILES)
def test_a_bureaus_file_is_no_bank_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "run.csv"
    path.write_bytes(written(PROFILES[name], ITEM)[0].encode("ascii"))
    with pytest.raises(UnrecognisedFormatError):
        recognise(path, packaged_profiles())


READABLE = ITEM._replace(payer_name="ZOE O BRIEN", user_name="ANYTOWN")


def read_back(name: str, content: bytes, folder: Path) -> list[InstructionLine]:
    path = folder / "run.csv"
    path.write_bytes(content)
    run = RUN._replace(originators=(Originator(OURS, "ANYTOWN", "ANYTOWN"),))
    return list(bureau_csv_read.read(PROFILES[name], run, path))


@pytest.mark.parametrize("name", PROFILES)
def test_what_was_written_is_read_back_field_by_field(name: str, tmp_path: Path) -> None:
    text, told = written(PROFILES[name], ITEM, NOTICE)
    first = told.first_line
    assert read_back(name, text.encode("ascii"), tmp_path) == [
        InstructionLine(first, READABLE),
        InstructionLine(first + 1, READABLE._replace(code="0N", amount_minor=0)),
    ]


@pytest.mark.parametrize(
    ("name", "old", "new", "line", "field"),
    [
        ("paygate", b"123.45", b"0123.45", 1, "amount"),
        ("paygate", b"123.45", b"123,45", 1, "line"),
        ("paygate", b"123.45", b"12x.45", 1, "amount"),
        ("paygate", b"ZOE O BRIEN", b"Zoe O Brien", 1, "payer_name"),
        ("paygate", b"ZOE O BRIEN", "ZOË O BRIEN".encode(), 1, "line"),
        ("paygate", b"107999", b"10799", 1, "payer_sort_code"),
        ("paygate", b"30/11/2026", b"2026-11-30", 1, "processing_on"),
        ("paygate", b"30/11/2026", b"01/12/2026", 1, "processing_on"),
        ("paygate", b"\r\n", b"\n", 1, "line"),
        ("paygate", b"107999,", b'"107999",', 1, "line"),
        ("accesspay", b'"Amount"', b'"Amounts"', 1, "header"),
        ("accesspay", b"Scheduled Payment", b"Cancel Mandate", 2, "action"),
        ("accesspay", b"123.45", b"0.00", 2, "amount_minor"),
        ("accesspay", b'"R00012345"', b'"R00012345",""', 2, "line"),
    ],
    ids=str,
)
def test_what_would_not_be_written_so_is_refused_with_its_line(
    tmp_path: Path, name: str, old: bytes, new: bytes, line: int, field: str
) -> None:
    content = written(PROFILES[name], ITEM)[0].encode("ascii")
    assert old in content
    with pytest.raises(UnreadableFileError) as error:
        read_back(name, content.replace(old, new), tmp_path)
    assert (error.value.file, error.value.line, error.value.field) == ("run.csv", line, field)


@pytest.mark.parametrize(("name", "lines"), [("paygate", 0), ("accesspay", 1)])
def test_a_file_without_an_instruction_is_refused(name: str, lines: int, tmp_path: Path) -> None:
    whole = written(PROFILES[name], ITEM)[0].splitlines(keepends=True)
    with pytest.raises(UnreadableFileError, match="there are none to send"):
        read_back(name, "".join(whole[:lines]).encode("ascii"), tmp_path)


PROFILE = """
name = "own"
title = "Our bureau"
header = true
columns = [
  { title = "A", holds = "payer_sort_code" },
  { title = "B", holds = "payer_account" },
  { title = "C", holds = "payer_name" },
  { title = "D", holds = "amount" },
  { title = "E", holds = "code" },
  { title = "F", holds = "reference" },
]
"""


def test_a_council_adds_a_layout_without_code(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "paygate.toml").write_text(PROFILE.replace('"own"', '"paygate"'), encoding="utf-8")
    found = {profile.name: profile for profile in load_bureau_profiles(tmp_path)}
    assert sorted(found) == ["accesspay", "own", "paygate"]
    assert found["paygate"].title == "Our bureau"
    assert written(found["own"], ITEM)[0].startswith("A,B,C,D,E,F\r\n107999,88837491,")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('holds = "amount"', 'holds = "code"', "no column holds amount"),
        ('holds = "amount"', 'holds = "sum"', "columns.3.holds"),
        ("header = true", 'header = true\ncodes = ["86"]', "no codes of Bacs: 86"),
        ('holds = "code" },', 'holds = "code" }, { title = "X", holds = "action" },', "no action"),
        ("header = true", "header = ", "profile"),
        ("header = true", "header = true\ncolour = 1", "colour"),
    ],
)
def test_a_layout_that_cannot_be_written_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    (tmp_path / "own.toml").write_text(PROFILE.replace(old, new), encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"own\.toml") as error:
        load_bureau_profiles(tmp_path)
    assert said in str(error.value)
