"""Every line that was received can be found by amount, day and words; who may look is held here."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from consumers.keeping import IndexedLine
from service.bank_line_index import LineIndex
from service.embedded_database import EmbeddedDatabase
from service.line_search import FoundLine, Wanted, find_lines

FILE = "ab" * 32
LINE = IndexedLine(
    digest=FILE,
    file_name="april.csv",
    format="csv:lloyds",
    line=2,
    byte_start=100,
    byte_end=180,
    ordinal=1,
    part=1,
    account="300000-12345678",
    booked_on=date(2026, 4, 3),
    value_on=date(2026, 4, 3),
    amount_minor=1_234,
    currency="GBP",
    payer_name="Mrs Ana Jos\u00e9",
    payer_account="200000-55779911",
    text="RENT HSG-1002 3456 100%_off",
    kind="line",
    receipt="R-1",
)
Find = Callable[..., list[FoundLine]]


@pytest.fixture
def index(database: EmbeddedDatabase) -> Iterator[LineIndex]:
    opened = LineIndex(database.app_url)
    yield opened
    opened.close()


@pytest.fixture
def find(index: LineIndex) -> Find:
    return lambda **wanted: find_lines(index, Wanted(**wanted))


def test_what_was_put_is_found_as_it_was(index: LineIndex, find: Find) -> None:
    index.put([LINE])
    (found,) = find()
    expected = replace(LINE, text=found.text)
    assert found.place == "april.csv:2"
    for name in IndexedLine.__slots__:
        if name not in ("ordinal", "part"):
            assert getattr(found, name) == getattr(expected, name), name


def test_the_same_lines_again_change_nothing(index: LineIndex, find: Find) -> None:
    twin, part = replace(LINE, ordinal=2, line=3), replace(LINE, part=2)
    other = replace(LINE, digest="cd" * 32, file_name="again.csv")
    for batch in ([LINE, twin], [twin, part, LINE], [other], [other, LINE]):
        index.put(batch)
    assert sorted(one.place for one in find()) == [
        *("again.csv:2", "april.csv:2", "april.csv:2", "april.csv:3")
    ]


def test_a_batch_is_kept_whole_or_not_at_all(index: LineIndex, find: Find) -> None:
    wrong: Any = replace(LINE, ordinal=9, kind="nonsense")  # type: ignore[arg-type]
    with pytest.raises(psycopg.errors.CheckViolation):
        index.put([LINE, wrong])
    assert find() == []


def test_a_row_that_was_set_aside_gives_way_to_the_line_it_became(
    index: LineIndex, find: Find
) -> None:
    aside = replace(LINE, ordinal=0, kind="quarantined", booked_on=None, receipt=None)
    index.put([aside])
    assert [one.kind for one in find()] == ["quarantined"]
    index.put([LINE])
    index.put([aside])
    assert [one.kind for one in find()] == ["line"]


def test_an_amount_finds_money_in_and_money_out(index: LineIndex, find: Find) -> None:
    index.put([LINE, replace(LINE, line=3, amount_minor=-1_234)])
    table = (1_234, 1_234, 2), (1_000, 2_000, 2), (1_235, 2_000, 0), (0, 1_233, 0)
    for low, high, count in table:
        assert len(find(amount_from=low, amount_to=high)) == count, (low, high)


def test_an_amount_that_could_not_be_read_is_found_in_the_words(
    index: LineIndex, find: Find
) -> None:
    text = "02/04/2026,FPI,OKAFOR,,1,234.5O"
    aside = replace(LINE, amount_minor=None, text=text, kind="quarantined")
    index.put([aside, replace(aside, line=9, text="02/04/2026,FPI,1,234.50,+")])
    assert [one.line for one in find(amount_from=123_450, amount_to=123_450)] == [9]


def test_days_are_booking_or_value_dates_and_unread_ones_are_shown(
    index: LineIndex, find: Find
) -> None:
    unread = replace(LINE, line=3, booked_on=None, value_on=None, kind="quarantined")
    advice = replace(LINE, line=5, booked_on=None, value_on=None, kind="advice")
    index.put([LINE, unread, replace(LINE, line=4, value_on=date(2026, 4, 6)), advice])
    table: tuple[tuple[date | None, date | None, set[int]], ...] = (
        (date(2026, 4, 3), date(2026, 4, 3), {2, 3, 4}),
        (date(2026, 4, 4), None, {3, 4}),
        (None, date(2026, 4, 2), {3}),
        (None, None, {2, 3, 4, 5}),
    )
    for day_from, day_to, lines in table:
        assert {one.line for one in find(day_from=day_from, day_to=day_to)} == lines
    assert {one.line for one in find(day_to=date(2026, 4, 2), words=("rent",))} == {3, 5}


WORDS: dict[tuple[str, ...], bool] = {
    ("rent",): True,
    ("ANA", "rent"): True,
    ("jose",): True,
    ("HSG10023456",): True,
    ("hsg-1002-3456",): True,
    ("200000", "55779911"): True,
    ("rent", "absent"): False,
    ("100%_off",): True,
    ("%",): True,
    ("r_nt",): False,
    ("re%t",): False,
}


def test_words_are_found_in_any_order_and_spelling_and_are_no_patterns(
    index: LineIndex, find: Find
) -> None:
    index.put([LINE])
    assert {words: bool(find(words=words)) for words in WORDS} == WORDS


def test_our_account_narrows_the_search(index: LineIndex, find: Find) -> None:
    index.put([LINE, replace(LINE, line=3, account="400000-87654321")])
    assert [one.line for one in find(account="40-00-00 8765")] == [3]


def test_the_newest_lines_come_first_up_to_a_limit(index: LineIndex, find: Find) -> None:
    days = [replace(LINE, line=day, booked_on=date(2026, 4, day)) for day in range(1, 6)]
    index.put(days)
    assert [one.line for one in find(limit=2)] == [5, 4]


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(text=st.text(max_size=80), name=st.none() | st.text(max_size=20))
def test_whatever_a_file_holds_can_be_kept(
    index: LineIndex, find: Find, text: str, name: str | None
) -> None:
    index.put([replace(LINE, text=text, payer_name=name)])
    (found,) = find()
    assert "\0" not in found.text
    assert index.forget(FILE) == 1


def test_forgetting_a_file_removes_its_lines_and_no_others(index: LineIndex, find: Find) -> None:
    index.put([LINE, replace(LINE, line=3), replace(LINE, digest="cd" * 32)])
    assert index.forget(FILE) == 2
    assert index.forget(FILE) == 0
    assert [one.digest for one in find()] == ["cd" * 32]


def test_only_the_application_sees_payers_names(
    database: EmbeddedDatabase, index: LineIndex
) -> None:
    index.put([LINE])
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        for role in ("reader", "projector", "auditor"):
            connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(f"tallystick_{role}")))
            for query in ("TABLE evidence.bank_lines", "TABLE evidence.files"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(query.encode())
            connection.execute("RESET ROLE")
        connection.execute("SET ROLE tallystick_app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE evidence.bank_lines SET wording = ''")


def test_a_days_search_by_amount_reads_no_more_than_an_index(
    index: LineIndex, database: EmbeddedDatabase
) -> None:
    index.put([replace(LINE, line=at, amount_minor=at) for at in range(1, 3_000)])
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ANALYZE evidence.bank_lines")
        plan = owner.execute(
            "EXPLAIN SELECT 1 FROM evidence.bank_lines WHERE amount_minor IN (1234, -1234)"
            " AND booked_on BETWEEN '2026-04-01' AND '2026-04-05'"
        ).fetchall()
    assert "bank_lines_amount" in " ".join(row[0] for row in plan)
