"""Our own submission is read back strictly; offered as a bank's file, it is named and refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from consumers.formats import cash_file, standard18_read
from consumers.formats.errors import (
    ControlTotalError,
    FormatError,
    UnreadableFileError,
    UnrecognisedFormatError,
)
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import recognise
from consumers.formats.standard18 import Contra, Originator, Written
from consumers.formats.standard18_read import InstructionLine, ReadContra, read

GOLDEN = Path(__file__).parent / "golden_standard18"
FILES = sorted(GOLDEN.glob("*.txt"))
SINGLE, MULTI = GOLDEN / "single_day.txt", GOLDEN / "several_days.txt"


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[Path, int, bytes, bytes], FormatError]:
    """Change what stands on a line of a golden file, read it, and hand over the refusal."""

    def refused(golden: Path, line: int, old: bytes, new: bytes) -> FormatError:
        lines = golden.read_bytes().splitlines(keepends=True)
        assert old in lines[line - 1]
        lines[line - 1] = lines[line - 1].replace(old, new, 1)
        path = tmp_path / "run.txt"
        path.write_bytes(b"".join(lines))
        with pytest.raises(FormatError) as error:
            list(read(path))
        return error.value

    return refused


def test_a_submission_is_read_with_the_line_of_every_row() -> None:
    head, *body, told = read(MULTI)
    rows = [one for one in body if isinstance(one, InstructionLine)]
    contras = [one for one in body if isinstance(one, ReadContra)]
    assert [one.line for one in rows] == [5, 6, 7, 8, 9, 10]
    assert [one.contra.line for one in contras] == [11, 12, 13, 14, 15]
    assert rows[0].instruction.payer_name == "ZOE O BRIEN & SONS"
    assert contras[-1].originator == Originator(
        "107999-88837491", "ANYTOWN H MES", "SERVICE CHARGES"
    )
    assert isinstance(contras[0].contra, Contra)
    assert isinstance(told, Written)
    assert (told.items, told.lines, told.size) == (6, 18, MULTI.stat().st_size)
    assert head == next(read(MULTI))


@pytest.mark.parametrize(
    ("golden", "line", "old", "new", "field", "value", "reason"),
    [
        (SINGLE, 1, b"VOL1", b"VOL2", "label", "VOL2", "VOL1 of 80 characters"),
        (SINGLE, 1, b"000123", b"000000", "serial", "000000", "nothing but zeros"),
        (SINGLE, 1, b"999999", b"ABCDEF", "bureau_number", "ABCDEF", "six digits"),
        (SINGLE, 1, b"1\r", b"3\r", "label level", "3", "it would be '1'"),
        (SINGLE, 2, b"A999999", b"A99999X", "sun", "99999X", "six digits"),
        (SINGLE, 2, b"000123", b"000124", "serial", "000124", "it would be '000123'"),
        (SINGLE, 2, b"26331", b"26399", "creation date", " 26399", "not a blank, a year"),
        (SINGLE, 2, b"26345", b"26335", "EOF1", "", ""),
        (SINGLE, 2, b" 000000 ", b" 000001 ", "block count", "000001", "it would be '000000'"),
        (SINGLE, 3, b"02000", b"00512", "block length", "00512", "it would be '02000'"),
        (SINGLE, 3, b"00100", b"00106", "record length", "00106", "it would be '00100'"),
        (SINGLE, 4, b" 26334", b" 26000", "processing day", " 26000", "not a blank, a year"),
        (SINGLE, 4, b" 26334", b" 26333", "processing_on", "2026-11-29", "Saturday or Sunday"),
        (SINGLE, 4, b"1 DAILY", b"2 DAILY", "work code", "2 DAILY", "neither 1 DAILY nor"),
        (SINGLE, 4, b"Y  001", b"Y  01 ", "file number", "01 ", "not a number"),
        (SINGLE, 5, b"107999", b"1079X9", "payer_sort_code", "1079X9", "not six digits"),
        (SINGLE, 5, b"R00012345", b"r00012345", "reference", "r00012345", "not capitals"),
        (SINGLE, 5, b"0000012345", b"0000O12345", "amount_minor", "00000O12345", "not a number"),
        (SINGLE, 5, b"J SMITH", b"j SMITH", "payer_name", "j SMITH", "it would be 'J SMITH"),
        (SINGLE, 5, b"    0000", b"/ABC0000", "free format", "/ABC", "it would be '    '"),
        (SINGLE, 5, b"J SMITH ", b"J SMITH", "line", "1079998", "99 characters, where"),
        (SINGLE, 5, b"J SMITH", b"J SM\xcfTH", "line", "1079998", "does not carry"),
        (SINGLE, 6, b"ANYTOWN COUNCIL  ", b"ANYTOWN COUNCIL\r\n", "line", "2029", "where a row"),
        (SINGLE, 6, b"\r\n", b"\n", "line", "2029", "does not end in CR LF"),
        (SINGLE, 7, b"CONTRA", b"CONTRB", "reference", "CONTRB", "it would be 'CONTRA"),
        (SINGLE, 7, b"RENT DD 301126", b"              ", "originator narrative", "", "nothing"),
        (SINGLE, 8, b"EOF1", b"EOF3", "label", "EOF3", "it would be 'EOF1'"),
        (SINGLE, 9, b"EOF2", b"EOF3", "label", "EOF3", "it would be 'EOF2'"),
        (SINGLE, 10, b"UTL1", b"UTL2", "label", "UTL2", "it would be 'UTL1'"),
        (SINGLE, 10, b"\r\n", b"\r\n\r\n", "line", "", "goes on after its UTL1"),
        (SINGLE, 10, b"     \r\n", b"\r\n", "UTL1 reserved", "", "the rows come to"),
        (MULTI, 5, b" 26334", b" 26333", "processing_on", "2026-11-29", "before the file's first"),
        (MULTI, 5, b" 26334", b"026334", "processing_on", "026334", "not a blank, a year"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_by_line_field_and_value(
    refusal: Callable[[Path, int, bytes, bytes], FormatError],
    golden: Path,
    line: int,
    old: bytes,
    new: bytes,
    field: str,
    value: str,
    reason: str,
) -> None:
    error = refusal(golden, line, old, new)
    if field == "EOF1":  # what was changed is only seen where the label is repeated
        line, field, value, reason = 8, "expiration date", " 26345", "it would be ' 26335'"
    if reason.startswith("goes on"):
        line = 11
    assert (error.file, error.line, error.field) == ("run.txt", line, field)
    assert error.value.startswith(value)
    assert reason in error.reason
    assert isinstance(error, ControlTotalError if field.startswith("UTL1") else UnreadableFileError)


@pytest.mark.parametrize(
    ("golden", "line", "old", "new", "at", "field", "reason"),
    [
        (SINGLE, 5, b"00012345", b"00012346", 7, "contra amount", "come to 17346 pence"),
        (SINGLE, 7, b"00017345", b"00017346", 7, "contra amount", "come to 17345 pence"),
        (SINGLE, 10, b"00017345", b"00017346", 10, "UTL1 debit total", "'0000000017345'"),
        (SINGLE, 10, b"20000001", b"20000002", 10, "UTL1 credit count", "'0000001'"),
        (SINGLE, 10, b"0000002", b"0000003", 10, "UTL1 debit count", "'0000002'"),
        (MULTI, 18, b"0000001 ", b"0000002 ", 18, "UTL1 instruction count", "'0000001'"),
    ],
)
def test_a_sum_that_is_not_that_of_the_rows_refuses_the_file(
    refusal: Callable[[Path, int, bytes, bytes], FormatError],
    golden: Path,
    line: int,
    old: bytes,
    new: bytes,
    at: int,
    field: str,
    reason: str,
) -> None:
    error = refusal(golden, line, old, new)
    assert isinstance(error, ControlTotalError)
    assert (error.line, error.field) == (at, field)
    assert reason in error.reason


def test_a_contra_that_is_missing_or_one_too_many_refuses_the_file(tmp_path: Path) -> None:
    lines = SINGLE.read_bytes().splitlines(keepends=True)
    path = tmp_path / "run.txt"
    path.write_bytes(b"".join([*lines[:6], *lines[7:]]))
    with pytest.raises(ControlTotalError, match="has no contra 99 of 2026-11-30 over 17345"):
        list(read(path))
    path.write_bytes(b"".join([*lines[:7], *lines[6:]]))
    with pytest.raises(ControlTotalError, match="nothing is left for it to balance"):
        list(read(path))


def test_a_file_that_ends_too_early_is_refused_after_any_line(tmp_path: Path) -> None:
    lines = SINGLE.read_bytes().splitlines(keepends=True)
    path = tmp_path / "run.txt"
    for count in range(1, len(lines)):
        path.write_bytes(b"".join(lines[:count]))
        with pytest.raises(UnreadableFileError, match="ends before its UTL1") as error:
            list(read(path))
        assert error.value.line == count + 1


def test_an_empty_line_among_the_rows_is_refused(tmp_path: Path) -> None:
    lines = SINGLE.read_bytes().splitlines(keepends=True)
    path = tmp_path / "run.txt"
    path.write_bytes(b"".join([*lines[:5], b"\r\n", *lines[5:]]))
    with pytest.raises(UnreadableFileError, match="line 6: line '': 0 characters"):
        list(read(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_our_own_submission_is_no_bank_file_and_the_refusal_says_what_it_is(path: Path) -> None:
    head = path.read_bytes()
    assert standard18_read.recognise(head, path.name) is not None
    assert cash_file.recognise(head, path.name) is None
    with pytest.raises(UnrecognisedFormatError) as error:
        recognise(path, packaged_profiles())
    user = "712345" if path.name == "notices.txt" else "999999"
    expected = f"a Bacs Standard 18 submission of service user {user}, which goes to Bacs"
    assert expected in error.value.reason
    assert (error.value.file, error.value.line) == (path.name, 1)


def test_a_banks_cash_file_is_not_taken_for_our_submission(golden: Path) -> None:
    content = (golden / "cash_file_natwest.txt").read_bytes()
    assert standard18_read.recognise(content, "run.txt") is None
    with pytest.raises(UnreadableFileError):
        list(read(golden / "cash_file_natwest.txt"))
