"""The published files are read line by line, and what is not understood refuses the file."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.authority import PolicyError
from ledger.modulus_tables import Check, Method, ModulusTables, parse_table

ISSUED = date(2026, 6, 15)
PLAIN = "   0    0    0    0    0    0    8    7    6    5    4    3    2    1"
TWICE = "   2    1    2    1    2    1    2    1    2    1    2    1    2    1"
WEIGHTS = "\r\n".join(
    [
        f"010004 016715 MOD11 {PLAIN}",
        f"200000 200002 MOD11 {PLAIN}   6",
        f"200000 200002 DBLAL {TWICE}   6",
        f"309001 309633 MOD11 {PLAIN}   2",
        f"309001 309633 MOD11 {PLAIN}   9",
        "070116 070116 MOD10    0    3    2    4    5    8    9    4    5    6    7    8    9   -1",
        "",
    ]
)


def test_fields_are_read_as_they_are_published() -> None:
    table = parse_table(ISSUED, WEIGHTS, "938173 938017\r\n938289 938068\r\n\x1a", "x")
    assert table.valid_from == ISSUED
    assert table.substitutes == {"938173": "938017", "938289": "938068"}
    weights = (0, 3, 2, 4, 5, 8, 9, 4, 5, 6, 7, 8, 9, -1)
    assert table.checks("070116") == (Check("070116", "070116", Method.MOD10, weights),)
    first, second = table.checks("200001")
    assert (first.method, first.exception) == (Method.MOD11, 6)
    assert (second.method, second.exception) == (Method.DBLAL, 6)


@pytest.mark.parametrize(
    ("sort_code", "checks"),
    [
        ("010003", 0),
        ("010004", 1),
        ("016715", 1),
        ("016716", 0),
        ("070116", 1),
        ("199999", 0),
        ("200000", 2),
        ("200002", 2),
        ("200003", 0),
        ("000000", 0),
        ("999999", 0),
    ],
)
def test_both_ends_of_a_range_belong_to_it_and_their_neighbours_do_not(
    sort_code: str, checks: int
) -> None:
    assert len(parse_table(ISSUED, WEIGHTS, "", "x").checks(sort_code)) == checks


def test_checks_of_one_range_stay_in_the_order_of_the_file() -> None:
    table = parse_table(ISSUED, WEIGHTS, "", "x")
    assert [check.exception for check in table.checks("309070")] == [2, 9]


def test_an_issue_is_valid_from_its_day_until_the_next() -> None:
    first, second = (parse_table(date(2026, month, 15), WEIGHTS, "", "x") for month in (6, 9))
    tables = ModulusTables((first, second))
    assert tables.table_on(date(2026, 6, 14)) is None
    assert tables.table_on(date(2026, 6, 15)) is first
    assert tables.table_on(date(2026, 9, 14)) is first
    assert tables.table_on(date(2026, 9, 15)) is second


WRONG = [
    ("", "", "x: weights: there is no line"),
    ("\x1a", "", "x: weights: there is no line"),
    ("010004 016715 MOD11 1 2 3", "", "x: weights: line 1: 6 fields, not 17 or 18"),
    (f"\n10004 016715 MOD11 {PLAIN}", "", "line 2: '10004' is not a sort code of six digits"),
    (f"010004 01671X MOD11 {PLAIN}", "", "'01671X' is not a sort code"),
    (f"016715 010004 MOD11 {PLAIN}", "", "the range 016715 to 010004 ends before it begins"),
    (f"010004 016715 MOD97 {PLAIN}", "", "'MOD97' is not one of MOD10, MOD11, DBLAL"),
    (f"010004 016715 MOD11 {PLAIN}".replace("8", "1.5"), "", "'1.5' is not a whole number"),
    (f"010004 016715 MOD11 {PLAIN}".replace("8", "1000"), "", "'1000' is not a whole number"),
    (f"010004 016715 MOD11 {PLAIN}  15", "", "exception 15 of MOD11 is not known here"),
    (f"010004 016715 MOD11 {PLAIN}   1", "", "exception 1 of MOD11 is not known here"),
    (f"010004 016715 DBLAL {PLAIN}  14", "", "exception 14 of DBLAL is not known here"),
    (f"010004 016715 MOD11 {PLAIN}  -1", "", "exception -1 of MOD11 is not known here"),
    (f"{WEIGHTS}016715 016720 MOD11 {PLAIN}", "", "016715 to 016720: the range overlaps one that"),
    (f"{WEIGHTS}010004 016714 MOD11 {PLAIN}", "", "010004 to 016715: the range overlaps one that"),
    (f"{WEIGHTS}200000 200002 MOD11 {PLAIN}", "", "200000 to 200002: 3 checks, not one or two"),
    (f"010004 016715 MOD11 {PLAIN}   2", "", "exceptions (2,) do not belong together"),
    (
        f"010004 016715 MOD11 {PLAIN}   9\n010004 016715 MOD11 {PLAIN}   2",
        "",
        "exceptions (9, 2) do not belong together",
    ),
    (WEIGHTS, "938173", "x: substitutes: line 1: 1 fields, not 2"),
    (WEIGHTS, "938173 938017\n938289 93806", "line 2: '93806' is not a sort code of six digits"),
]


@pytest.mark.parametrize(("weights", "substitutes", "said"), WRONG)
def test_a_file_that_is_not_understood_is_refused_by_its_line(
    weights: str, substitutes: str, said: str
) -> None:
    with pytest.raises(PolicyError, match=re.escape(said)):
        parse_table(ISSUED, weights, substitutes, "x")


FIELDS = st.sampled_from(
    ["010004", "016715", "999999", "MOD11", "DBLAL", "0", "-1", "999", "14", "", " ", "x"]
)
LINES = st.lists(FIELDS, max_size=19).map(" ".join)


@given(st.one_of(st.text(), LINES, LINES.map(lambda line: f"{WEIGHTS}{line}")), st.text())
def test_any_text_is_read_or_refused_by_the_one_named_error(weights: str, other: str) -> None:
    try:
        said = f"x: {len(parse_table(ISSUED, weights, other, 'x').ranges)} ranges"
    except PolicyError as refused:
        said = str(refused)
    assert re.match("x: (?!0 ranges)", said)
