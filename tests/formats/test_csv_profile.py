"""Bank CSVs: the habits of banks are read, a broken row is quarantined, a moved row is noticed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from consumers.formats import csv_profile
from consumers.formats.control import checked
from consumers.formats.errors import ControlTotalError, FormatError, UnreadableFileError
from consumers.formats.profiles import Profile
from consumers.formats.statement import (
    BadRow,
    BankLine,
    StatementClosed,
    StatementItem,
    StatementOpened,
)

HEADER = (
    "Transaction Date,Transaction Type,Sort Code,Account Number,"
    "Transaction Description,Debit Amount,Credit Amount,Balance,"
)
ROWS = (
    "03/04/2026,FPI,'30-00-00,12345678,C,,30.00,60.00,",
    "02/04/2026,FPI,'30-00-00,12345678,B,,20.00,30.00,",
    "01/04/2026,FPI,'30-00-00,12345678,A,,10.00,10.00,",
)
Read = Callable[..., list[StatementItem]]


@pytest.fixture
def lloyds(tmp_path: Path, profiles: dict[str, Profile]) -> Read:
    def read(*rows: str, encoding: str = "utf-8", header: str = HEADER) -> list[StatementItem]:
        path = tmp_path / "bank.csv"
        path.write_bytes("\r\n".join((header, *rows, "")).encode(encoding))
        return list(checked(csv_profile.read(path, profiles["lloyds"]), path.name))

    return read


def lines(items: list[StatementItem]) -> list[BankLine]:
    return [item for item in items if isinstance(item, BankLine)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_is_read_with_exact_bytes(
    lloyds: Read, tmp_path: Path, encoding: str
) -> None:
    row = "03/04/2026,FPI,'30-00-00,12345678,CAF\u00c9 \u00a39,,\u00a330.00,60.00,"
    (line, *_) = lines(lloyds(row, *ROWS[1:], encoding=encoding))
    assert line.narrative == "CAF\u00c9 \u00a39"
    quoted = (tmp_path / "bank.csv").read_bytes()[line.span.byte_start : line.span.byte_end]
    assert quoted == row.encode(
        "utf-16-le" if encoding == "utf-16" else encoding.removesuffix("-sig")
    )


@pytest.mark.parametrize("rows", [ROWS, ROWS[::-1]])
def test_rows_may_run_either_way(lloyds: Read, rows: tuple[str, ...]) -> None:
    items = lloyds(*rows)
    opened, closed = items[0], items[-1]
    assert isinstance(opened, StatementOpened)
    assert isinstance(closed, StatementClosed)
    assert (opened.opening_minor, closed.closing_minor) == (0, 6000)
    assert opened.statement_id == "2026-04-01..2026-04-03"
    assert opened.account == "300000-12345678"


@pytest.mark.parametrize(
    "rows", [(ROWS[0], ROWS[2]), (ROWS[1], ROWS[0], ROWS[2]), (ROWS[0], ROWS[2], ROWS[1])]
)
def test_a_missing_or_moved_row_is_noticed(lloyds: Read, rows: tuple[str, ...]) -> None:
    with pytest.raises(ControlTotalError, match=r"bank\.csv, line \d: balance '.*missing"):
        lloyds(*rows)


@pytest.mark.parametrize(
    ("row", "field", "value", "amount"),
    [
        (
            "02/13/2026,FPI,'30-00-00,12345678,B,,20.00,30.00,",
            "Transaction Date",
            "02/13/2026",
            2000,
        ),
        ("02/04/2026,FPI,'30-00-00,12345678,B,,2O.00,30.00,", "Credit Amount", "2O.00", None),
        ("02/04/2026,FPI,'30-00-00,12345678,B,,,30.00,", "Credit Amount", "", None),
        ("02/04/2026,FPI,'30-00-00,12345678,B,5.00,25.00,30.00,", "Debit Amount", "5.00", None),
        ("02/04/2026,FPI,'30-00-00,12345678,B,,-20.00,30.00,", "Credit Amount", "-20.00", None),
        ("02/04/2026,FPI,'30-00-00,12345678,B,,20.00,x,", "Balance", "x", 2000),
        ("02/04/2026,FPI,,12345678,B,,20.00,30.00,", "Sort Code", "", 2000),
        (
            "02/04/\uff12\uff10\uff12\uff16,FPI,'30-00-00,12345678,B,,20.00,30.00,",
            "Transaction Date",
            None,
            2000,
        ),
        ("02/04/2026,FPI,'30-00-00,12345678,B,C,,20.00,30.00,", "row", None, None),
        ('02/04/2026,FPI,\'30-00-00,12345678,"B"x,,20.00,30.00,', "row", None, None),
    ],
)
def test_a_row_that_fails_is_quarantined_alone(
    lloyds: Read, row: str, field: str, value: str | None, amount: int | None
) -> None:
    items = lloyds(ROWS[0], row, ROWS[2])
    (bad,) = [item for item in items if isinstance(item, BadRow)]
    assert (bad.field, bad.amount_minor, bad.span.line) == (field, amount, 3)
    assert bad.value == value or value is None
    assert [line.narrative for line in lines(items)] == ["C", "A"]
    closed = items[-1]
    assert isinstance(closed, StatementClosed)
    assert closed.unexplained_minor == (2000 if amount is None else None)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("1,234.50", 123450), ("\u00a312", 1200), ("12.5", 1250), ("+3.00", 300), (" '7.00", 700)],
)
def test_amounts_are_read_as_banks_print_them(lloyds: Read, text: str, minor: int) -> None:
    row = f'01/04/2026,FPI,300000,12345678,A,,"{text}",,'
    (line,) = lines(lloyds(row))
    assert line.amount_minor == minor


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"01/04/2026,FPI,300000,12345678,A\0,,1.00,1.00,", "NUL"),
        (b'01/04/2026,FPI,300000,12345678,"A,,1.00,1.00,\r\n' + ROWS[2].encode(), "quotation"),
        (b"x" * 70_000, "longer"),
        (b"01/04/2026,FPI,300000,12345678,A\x81,,1.00,1.00,", "not text"),
        (b"01/04/2026,FPI,,,A,,1.00,1.00,", "account"),
        (b"01-04-2026,FPI,300000,12345678,A,,1.00,1.00,", "date"),
    ],
)
def test_a_file_that_is_broken_is_refused_by_name(
    tmp_path: Path, profiles: dict[str, Profile], content: bytes, reason: str
) -> None:
    path = tmp_path / "bank.csv"
    path.write_bytes(HEADER.encode() + b"\r\n" + content + b"\r\n")
    with pytest.raises(UnreadableFileError, match=rf"bank\.csv, line 2.*{reason}"):
        list(csv_profile.read(path, profiles["lloyds"]))


def test_another_header_is_refused(lloyds: Read) -> None:
    with pytest.raises(UnreadableFileError, match="header 'a,b,c'"):
        lloyds(*ROWS, header="a,b,c")


def test_an_export_without_rows_is_no_statement(lloyds: Read) -> None:
    assert lloyds() == []


def test_each_account_of_a_file_is_a_statement_of_its_own(lloyds: Read) -> None:
    other = [row.replace("12345678", "87654321") for row in ROWS]
    mixed = [row for pair in zip(ROWS, other, strict=True) for row in pair]
    items = lloyds(*mixed)
    opened = [item for item in items if isinstance(item, StatementOpened)]
    assert [item.account for item in opened] == ["300000-12345678", "300000-87654321"]
    assert [line.ordinal for line in lines(items)] == [1, 2, 3, 1, 2, 3]


def test_an_unknown_type_code_is_said_and_not_guessed(lloyds: Read) -> None:
    (line, *_) = lines(lloyds(ROWS[0].replace("FPI", "ZZZ"), *ROWS[1:]))
    assert line.method == "other"
    assert line.warnings == ("type code 'ZZZ' is not in profile lloyds",)


def test_blank_lines_and_preamble_are_passed_over(
    tmp_path: Path, profiles: dict[str, Profile]
) -> None:
    profile = profiles["lloyds"].model_copy(update={"preamble_rows_max": 2})
    path = tmp_path / "bank.csv"
    path.write_text("\n".join(("Account: main", "", HEADER, "", *ROWS, ",,,,", "")))
    assert len(lines(list(csv_profile.read(path, profile)))) == 3
    path.write_text("\n".join(("a", "b", "c", HEADER, *ROWS)))
    with pytest.raises(FormatError, match="line 3: header 'c'"):
        list(csv_profile.read(path, profile))
