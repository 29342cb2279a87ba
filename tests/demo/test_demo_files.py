"""The council's files: the same seed gives the same bytes, and every file says what was planted."""

import hashlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from consumers.avro_files import read_container
from consumers.formats.control import checked
from consumers.formats.errors import FormatError
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import StatementFile, recognise
from consumers.formats.statement import (
    BadRow,
    BankLine,
    StatementClosed,
    StatementItem,
    StatementOpened,
)
from consumers.json_lines import read_json_lines
from consumers.unreadable import UnreadableMessageError
from service.demo.council import SERVICES, UNITS
from service.demo.files import Council, make_council

ACCOUNTS = 60
UNREADABLE_LINES = 2
BUSY_BYTES = 2_000


@pytest.fixture(scope="module")
def council(tmp_path_factory: pytest.TempPathFactory) -> Council:
    return make_council(tmp_path_factory.mktemp("council"), ACCOUNTS)


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def bank_files(council: Council, unit: str = "") -> list[Path]:
    names = dict.fromkeys(one.name for one in council.deliveries if f"-bank-{unit}" in one.name)
    return [council.folder / name for name in names]


def statement_items(path: Path) -> Iterator[StatementItem]:
    """The items of a bank statement, proved. Raises FormatError."""
    found = recognise(path, packaged_profiles())
    assert isinstance(found, StatementFile)
    return checked(found.reader(path), path.name)


def test_the_same_seed_gives_the_same_bytes(council: Council, tmp_path: Path) -> None:
    again = make_council(tmp_path, ACCOUNTS)
    assert digests(tmp_path) == digests(council.folder)
    assert again.deliveries == council.deliveries
    assert again.planted == council.planted


def test_another_seed_gives_other_bytes(council: Council, tmp_path: Path) -> None:
    make_council(tmp_path, ACCOUNTS, "another seed")
    first, second = digests(council.folder), digests(tmp_path)
    # Weeks without any line look alike in every council of this size.
    busy = [name for name in first if (council.folder / name).stat().st_size > BUSY_BYTES]
    assert len(busy) > 50
    assert not [name for name in busy if first[name] == second.get(name)]


def test_there_are_as_many_debtors_as_asked_for_in_every_service(council: Council) -> None:
    assert len(council.debtors) == ACCOUNTS
    assert {debtor.service.code for debtor in council.debtors} == {one.code for one in SERVICES}
    assert {debtor.unit for debtor in council.debtors} == {unit.code for unit in UNITS}


def test_every_file_that_was_written_is_delivered(council: Council) -> None:
    assert set(digests(council.folder)) == {one.name for one in council.deliveries}


def test_files_delivered_a_second_time_come_after_the_first(council: Council) -> None:
    again = {one.name: one.on for one in council.deliveries if one.again}
    first = {one.name: one.on for one in council.deliveries if not one.again}
    assert sorted(again) == sorted(council.planted.again)
    assert all(on > first[name] for name, on in again.items())


def test_bank_files_read_but_for_the_planted_ones(council: Council) -> None:
    refused, bad_rows, lines = [], 0, 0
    for path in bank_files(council):
        try:
            items = list(statement_items(path))
        except FormatError:
            refused.append(path.name)
            continue
        bad_rows += sum(isinstance(item, BadRow) for item in items)
        lines += sum(isinstance(item, BankLine) for item in items)
    strangers = bank_files(council, "OUT")  # reads well, but the account is none of ours
    assert len(refused) + len(strangers) == council.planted.refused_files
    assert bad_rows == council.planted.quarantined_rows
    assert lines > 1_000


@pytest.mark.parametrize("unit", ["HSG", "COR", "ASC"])
def test_each_closing_balance_is_the_next_opening_balance(council: Council, unit: str) -> None:
    balances = []
    for path in bank_files(council, unit):
        try:
            items = list(statement_items(path))
        except FormatError:
            continue  # the file with the wrong total; its corrected twin is among them too
        opened = next(item for item in items if isinstance(item, StatementOpened))
        closed = next(item for item in items if isinstance(item, StatementClosed))
        balances.append((opened.opening_minor, closed.closing_minor))
    broken = [pair for pair in pairwise(balances) if pair[0][1] != pair[1][0]]
    # A CSV that overlaps the week before opens where that week opened; a row whose amount cannot
    # be read breaks no balance, since each row states its own.
    overlaps = [pair for pair in broken if pair[0][0] == pair[1][0]]
    assert broken == overlaps
    assert len(overlaps) == (1 if unit == "ASC" else 0)


def test_billing_files_read_but_for_the_planted_lines(council: Council) -> None:
    unreadable = rows = 0
    for name, run in council.runs.items():
        path = council.folder / name
        found = list(read_json_lines(path) if run.late else read_container(path))
        assert len(found) == len(run.records)
        rows += len(found)
        unreadable += sum(isinstance(row, UnreadableMessageError) for _, row in found)
    assert unreadable == UNREADABLE_LINES
    assert rows > 700
