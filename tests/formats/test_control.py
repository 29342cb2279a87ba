"""A statement that does not add up is refused whole, and says by how much."""

from collections.abc import Callable
from pathlib import Path

import pytest

from consumers.formats.control import checked
from consumers.formats.errors import ControlTotalError, UnreadableFileError
from consumers.formats.statement import BankLine, StatementClosed, StatementItem

Build = Callable[..., Path]
Entry = Callable[..., str]
Proved = Callable[[Path], list[StatementItem]]


def test_opening_and_movements_make_the_closing_balance(
    camt_file: Build, entry: Entry, proved: Proved
) -> None:
    items = proved(camt_file(entry("10.00") + entry("4.00", "DBIT"), "1.00", "7.00"))
    closed = items[-1]
    assert isinstance(closed, StatementClosed)
    assert (closed.closing_minor, closed.entries) == (700, 2)
    assert (closed.credits_minor, closed.debits_minor) == (1000, 400)


def test_a_wrong_closing_balance_is_refused_with_the_difference(
    camt_file: Build, entry: Entry, proved: Proved
) -> None:
    with pytest.raises(ControlTotalError, match=r"closing balance '11\.01'.* by 0\.01"):
        proved(camt_file(entry("10.00"), "1.00", "11.01"))


def test_a_quarantined_row_of_known_amount_counts(
    camt_file: Build, entry: Entry, proved: Proved
) -> None:
    bad = entry("3.00", dates="<BookgDt><Dt>2026-13-01</Dt></BookgDt>")
    assert len(proved(camt_file(entry("10.00") + bad, "1.00", "14.00"))) == 4
    with pytest.raises(ControlTotalError):
        proved(camt_file(entry("10.00") + bad, "1.00", "11.00"))


def test_rows_of_unknown_amount_are_told_what_they_must_come_to(
    camt_file: Build, entry: Entry, proved: Proved
) -> None:
    closed = proved(camt_file(entry("10.00") + entry("3.0.0"), "1.00", "14.00"))[-1]
    assert isinstance(closed, StatementClosed)
    assert closed.unexplained_minor == 300


def test_an_entry_that_is_not_booked_is_outside_the_balance(
    camt_file: Build, entry: Entry, proved: Proved
) -> None:
    pending = entry("99.00", extra="<Sts>PDNG</Sts>")
    assert len(proved(camt_file(entry("10.00") + pending, "1.00", "11.00"))) == 4


@pytest.mark.parametrize(
    ("group", "count", "total", "refused"),
    [
        ("TtlNtries", 2, "14.00", None),
        ("TtlNtries", 3, "14.00", "number of entries"),
        ("TtlNtries", 1, "14.00", "number of entries"),
        ("TtlNtries", 2, "14.01", "sum of entries"),
        ("TtlCdtNtries", 1, "10.00", None),
        ("TtlCdtNtries", 2, "10.00", "credit entries"),
        ("TtlCdtNtries", 1, "9.99", "sum of credits"),
        ("TtlDbtNtries", 0, "4.00", "debit entries"),
        ("TtlDbtNtries", 1, "14.00", "sum of debits"),
    ],
)
def test_declared_totals_must_hold(
    camt_file: Build,
    entry: Entry,
    proved: Proved,
    group: str,
    count: int,
    total: str,
    refused: str | None,
) -> None:
    inner = f"<NbOfNtries>{count}</NbOfNtries><Sum>{total}</Sum>"
    head = f"<TxsSummry><{group}>{inner}</{group}></TxsSummry>"
    path = camt_file(entry("10.00") + entry("4.00", "DBIT"), head=head)
    if refused is None:
        assert len(proved(path)) == 4
    else:
        with pytest.raises(ControlTotalError, match=refused):
            proved(path)


def test_totals_may_include_what_is_not_booked_yet(
    camt_file: Build, entry: Entry, proved: Proved
) -> None:
    inner = "<NbOfNtries>2</NbOfNtries><Sum>15.00</Sum>"
    head = f"<TxsSummry><TtlNtries>{inner}</TtlNtries></TxsSummry>"
    pending = entry("5.00", extra="<Sts>PDNG</Sts>")
    assert len(proved(camt_file(entry("10.00") + pending, head=head))) == 4


def test_two_currencies_in_one_statement_are_refused(
    camt_file: Build, entry: Entry, proved: Proved
) -> None:
    with pytest.raises(ControlTotalError, match="currency 'EUR'"):
        proved(camt_file(entry("10.00") + entry("10.00", currency="EUR")))


def test_a_line_lost_on_the_way_is_noticed(camt_file: Build, entry: Entry, proved: Proved) -> None:
    items = proved(camt_file(entry("10.00") + entry("4.00")))
    lost = [item for item in items if not (isinstance(item, BankLine) and item.ordinal == 2)]
    with pytest.raises(ControlTotalError, match="rows read"):
        list(checked(lost, "f"))


@pytest.mark.parametrize("cut", [slice(1, None), slice(None, -1), slice(-1, None)])
def test_rows_outside_a_statement_are_refused(
    camt_file: Build, entry: Entry, proved: Proved, cut: slice
) -> None:
    items = proved(camt_file(entry("10.00")))
    with pytest.raises(UnreadableFileError):
        list(checked(items[cut], "f"))


def test_a_statement_inside_a_statement_is_refused(
    camt_file: Build, entry: Entry, proved: Proved
) -> None:
    items = proved(camt_file(entry("10.00")))
    with pytest.raises(UnreadableFileError, match="inside"):
        list(checked([items[0], *items], "f"))
