"""What is written is read again, whatever the figures and texts."""

import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.formats import camt053, csv_profile
from consumers.formats.accounts import gb_iban
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement, write
from consumers.formats.control import checked
from consumers.formats.csv_write import OutRow
from consumers.formats.csv_write import write as write_csv
from consumers.formats.methods import Method
from consumers.formats.profiles import Profile
from consumers.formats.statement import BankLine, StatementClosed, StatementOpened

TEXT = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60
)
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
AMOUNTS = st.integers(-(10**9), 10**9)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
METHODS: tuple[Method, ...] = ("bank_transfer", "direct_debit", "cheque", "cash", "card", "charge")
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def tidy(text: str | None) -> str:
    return " ".join((text or "").split())


@st.composite
def entries(draw: st.DrawFn) -> OutEntry:
    parts = draw(st.lists(AMOUNTS, min_size=1, max_size=4))
    details = tuple(
        OutDetail(
            amount_minor=part,
            end_to_end_id=draw(st.sampled_from(("NOTPROVIDED", "HSG-1", "A&B<C>"))),
            party_name=draw(st.none() | TEXT),
            party_iban=draw(st.none() | st.just(gb_iban("BARC", "200000", "55779911"))),
            remittance=(draw(TEXT),),
        )
        for part in parts
    )
    return OutEntry(
        amount_minor=sum(parts),
        booked_on=draw(DAYS),
        value_on=draw(DAYS),
        method=draw(st.sampled_from(METHODS)),
        bank_reference=draw(st.none() | st.just("REF-9")),
        details=draw(st.sampled_from((details, ()))),
        reversal=draw(st.booleans()),
        narrative=draw(st.none() | TEXT),
    )


def expected(entry: OutEntry) -> list[tuple[object, ...]]:
    shared = (entry.booked_on, entry.value_on, entry.method, entry.reversal)
    if not entry.details:
        return [(entry.amount_minor, tidy(entry.narrative), None, *shared)]
    return [
        (
            detail.amount_minor,
            tidy(detail.remittance[0]) or tidy(entry.narrative),
            (detail.party_name or "").strip() or None,
            *shared,
        )
        for detail in entry.details
    ]


def found(line: BankLine) -> tuple[object, ...]:
    shared = (line.booked_on, line.value_on, line.method, line.reversal)
    return (line.amount_minor, line.narrative, line.payer_name, *shared)


@SLOW
@given(booked=st.lists(entries(), max_size=6), opening=AMOUNTS)
def test_a_camt_statement_comes_back(
    tmp_path: Path, booked: Sequence[OutEntry], opening: int
) -> None:
    iban = gb_iban("LOYD", "300000", "12345678")
    day = date(2026, 4, 1)
    statement = OutStatement(iban, "S-1", 7, day, day, opening, booked)
    path = tmp_path / "s.xml"
    with path.open("wb") as out:
        write([statement, statement], out)
    items = list(checked(camt053.read(path), path.name))
    opened = [item for item in items if isinstance(item, StatementOpened)]
    closed = [item for item in items if isinstance(item, StatementClosed)]
    lines = [found(item) for item in items if isinstance(item, BankLine)]
    assert lines == 2 * [line for entry in booked for line in expected(entry)]
    assert [item.opening_minor for item in opened] == [opening, opening]
    assert closed[0].closing_minor == opening + sum(entry.amount_minor for entry in booked)


def test_the_same_statement_gives_the_same_bytes_in_order() -> None:
    day = date(2026, 4, 1)
    entry = OutEntry(5, day, day, details=(OutDetail(5, return_reason="AC04", mandate_id="M"),))
    statement = OutStatement(gb_iban("LOYD", "300000", "12345678"), "S", 1, day, day, 0, [entry])
    outs = [io.BytesIO(), io.BytesIO()]
    for out in outs:
        write([statement], out)
    assert outs[0].getvalue() == outs[1].getvalue()
    assert b"<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>" in outs[0].getvalue()


def test_entries_that_can_be_gone_through_only_once_are_refused() -> None:
    day = date(2026, 4, 1)
    statement = OutStatement("GB", "S", 1, day, day, 0, iter([]))
    with pytest.raises(ValueError, match="twice"):
        write([statement], io.BytesIO())
    with pytest.raises(ValueError, match="no statements"):
        write([], io.BytesIO())


@SLOW
@given(
    bank=st.sampled_from(("lloyds", "barclays", "natwest")),
    amounts=st.lists(st.tuples(AMOUNTS, PLAIN, DAYS), min_size=1, max_size=8),
    newest_first=st.booleans(),
)
def test_a_csv_comes_back(
    tmp_path: Path,
    profiles: dict[str, Profile],
    bank: str,
    amounts: list[tuple[int, str, date]],
    newest_first: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    balance = 0
    rows = []
    for amount, text, day in amounts:
        balance += amount
        rows.append(OutRow("200000-55779911", day, amount, f"N{text}", balance_minor=balance))
    if newest_first:
        rows.reverse()
    path = tmp_path / "s.csv"
    with path.open("wb") as out:
        write_csv(profiles[bank], rows, out)
    items = list(checked(csv_profile.read(path, profiles[bank]), path.name))
    lines = [item for item in items if isinstance(item, BankLine)]
    assert [(line.amount_minor, line.narrative, line.booked_on) for line in lines] == [
        (row.amount_minor, tidy(row.narrative), row.booked_on) for row in rows
    ]
    assert isinstance(items[0], StatementOpened)
    assert items[0].account == "200000-55779911"
