"""The modulus check against every published test case, and the same without each exception."""

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.modulus import SENTENCES, Outcome, Reason, Verdict, check_account
from ledger.modulus_tables import NO_TABLES, Check, Method, ModulusTables, parse_table

# The facts that the published test cases need, from issue 7.90 of "Validating Account Numbers - UK
# Modulus Checking" (Vocalink), each line cut down to the sort codes of the cases.
WEIGHTS = """
070116 070116 MOD11    0    0    7    6    5    8    9    4    5    6    7    8    9   -1  12
070116 070116 MOD10    0    3    2    4    5    8    9    4    5    6    7    8    9   -1  13
074456 074456 MOD11    0    0    7    6    5    8    9    4    5    6    7    8    9   -1  12
074456 074456 MOD10    0    3    2    4    5    8    9    4    5    6    7    8    9   -1  13
086090 086090 MOD10    0    0    3    7    1    3    7    1    3    7    1    3    7    1   8
089999 089999 MOD10    0    0    0    0    0    0    7    1    3    7    1    3    7    1
107999 107999 MOD11    0    0    0    0    0    0    8    7    6    5    4    3    2    1
118765 118765 DBLAL    0    0    2    1    2    1    2    1    2    1    2    1    2    1   1
134020 134020 MOD11    0    0    0    7    5    9    8    4    6    3    5    2    0    0   4
180002 180002 MOD11    0    0    0    0    0    0    8    7    6    5    4    3    2    1  14
200915 200915 MOD11    0    0    0    0    0    0    0    7    6    5    4    3    2    1   6
200915 200915 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    1   6
202959 203099 MOD11    0    0    0    0    0    0    0    7    6    5    4    3    2    1   6
202959 203099 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    1   6
309070 309070 MOD11    0    0    3    2    9    8    5    7    6    5    4    3    2    1   2
309070 309070 MOD11    0    0    3    2    9    8    1    7    6    5    4    3    2    1   9
772798 772798 MOD11    0    0    1    2    5    3    6    4    8    7   10    9    3    1   7
820000 820000 MOD11    0    0    0    0    0    0    0    0    7    3    4    9    2    1
820000 820000 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    1   3
827101 827999 MOD11    0    0    0    0    0    0    0    0    7    3    4    9    2    1
827101 827999 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    1   3
871427 872427 MOD11    0    0    1    2    5    3    6    4    8    7   10    9    3    1  10
871427 872427 MOD11    0    0    5   10    9    8    0    7    6    5    4    3    2    1  11
938063 938611 MOD11    7    6    5    4    3    2    7    6    5    4    3    2    0    0   5
938063 938611 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    0   5
"""
SUBSTITUTES = "938600 938611\r\n"
# Number of the case, sort code, account number, and whether it is valid.
PUBLISHED = """
1 089999 66374958 Y   2 107999 88837491 Y   3 202959 63748472 Y   4 871427 46238510 Y
5 872427 46238510 Y   6 871427 09123496 Y   7 871427 99123496 Y   8 820000 73688637 Y
9 827999 73988638 Y  10 827101 28748352 Y  11 134020 63849203 Y  12 118765 64371389 Y
13 200915 41011166 Y 14 938611 07806039 Y  15 938600 42368003 Y  16 938063 55065200 Y
17 772798 99345694 Y 18 086090 06774744 Y  19 309070 02355688 Y  20 309070 12345668 Y
21 309070 12345677 Y 22 309070 99345694 Y  23 938063 15764273 N  24 938063 15764264 N
25 938063 15763217 N 26 118765 64371388 N  27 203099 66831036 N  28 203099 58716970 N
29 089999 66374959 N 30 107999 88837493 N  31 074456 12345112 Y  32 070116 34012583 Y
33 074456 11104102 Y 34 180002 00000190 Y
"""
CASES = re.findall(r"([0-9]+) ([0-9]{6}) ([0-9]{8}) ([YN])", PUBLISHED)
DAY = date(2026, 11, 27)
ISSUED = date(2024, 8, 17)
FOREIGN = "13"  # the published tables call it valid: the check says nothing of it
EXCEPTIONS = [(1,), (2, 9), (3,), (4,), (5,), (6,), (7,), (10, 11), (12, 13), (14,)]


def tables(weights: str = WEIGHTS, substitutes: str = SUBSTITUTES) -> ModulusTables:
    return ModulusTables((parse_table(ISSUED, weights, substitutes, "modulus/2024-08-17"),))


TABLES = tables()


def says(sort_code: str, account: str, given: ModulusTables = TABLES) -> Reason:
    return check_account(sort_code, account, given, DAY).reason


def wrong_cases(given: ModulusTables) -> set[str]:
    """The published cases that a table, or a variant of it, gets wrong."""
    return {
        number
        for number, sort_code, account, flag in CASES
        if (check_account(sort_code, account, given, DAY).outcome is Outcome.INVALID)
        != (flag == "N")
    }


def test_there_are_thirty_four_published_cases() -> None:
    assert [number for number, *_ in CASES] == [str(number) for number in range(1, 35)]


@pytest.mark.parametrize(("number", "sort_code", "account", "flag"), CASES)
def test_a_published_case_has_its_published_answer(
    number: str, sort_code: str, account: str, flag: str
) -> None:
    verdict = check_account(sort_code, account, TABLES, DAY)
    expected = Reason.PASSES if flag == "Y" else Reason.FAILS
    reason = Reason.FOREIGN_CURRENCY if number == FOREIGN else expected
    assert verdict == Verdict(reason, sort_code, account, ISSUED)


@pytest.mark.parametrize("dropped", EXCEPTIONS)
def test_without_an_exception_the_published_cases_fail(dropped: tuple[int, ...]) -> None:
    """The negative control: the table of each exception, read as if it had none."""
    (table,) = TABLES.tables
    weakened = tuple(
        tuple(replace(one, exception=0) if one.exception in dropped else one for one in checks)
        for checks in table.ranges
    )
    assert weakened != table.ranges
    assert wrong_cases(ModulusTables((replace(table, ranges=weakened),)))
    assert not wrong_cases(TABLES)


def test_without_the_substitutes_the_case_of_a_substitute_fails() -> None:
    assert wrong_cases(tables(substitutes="")) == {"15"}


def test_a_check_of_two_that_is_passed_over_lets_a_wrong_number_through() -> None:
    """The negative control of case 27 and 28: with one of the two checks only, they pass."""
    both = [line for line in WEIGHTS.splitlines() if line.startswith("202959")]
    for number, left in (("27", both[0]), ("28", both[1])):
        alone = "\n".join(line for line in WEIGHTS.splitlines() if line not in both) + f"\n{left}"
        assert number in wrong_cases(tables(alone))


PLAIN = "0 0 0 0 0 0 8 7 6 5 4 3 2 1"
DOUBLE = "2 1 2 1 2 1 2 1 2 1 2 1 2 1"
WORKED = [
    ("DBLAL", DOUBLE, "499273", "12345678", Reason.PASSES),  # 70 by 10
    ("DBLAL", DOUBLE, "499273", "12345679", Reason.FAILS),
    ("MOD11", "0 0 0 0 0 0 7 5 8 3 4 6 2 1", "000000", "58177632", Reason.PASSES),  # 176 by 11
    ("MOD10", "0 0 0 0 0 0 7 5 8 3 4 6 2 1", "000000", "58177632", Reason.FAILS),
    ("MOD11", f"{PLAIN} 14", "180002", "98093517", Reason.PASSES),  # 209 by 11
    ("MOD11", f"{PLAIN} 14", "180002", "00000190", Reason.PASSES),  # 00000019: 11 by 11
    ("MOD11", f"{PLAIN} 14", "180002", "00000191", Reason.PASSES),  # the same, ending in 1
    ("MOD11", f"{PLAIN} 14", "180002", "00000199", Reason.PASSES),
    ("MOD11", f"{PLAIN} 14", "180002", "00000192", Reason.FAILS),  # not ending in 0, 1 or 9
    ("MOD10", "1 0 0 0 0 1 0 0 0 0 0 0 0 1 8", "500000", "00000004", Reason.PASSES),  # 090126
    ("MOD10", "1 0 0 0 0 1 0 0 0 0 0 0 0 1 8", "500000", "00000005", Reason.FAILS),
    ("MOD11", f"{PLAIN} 4", "500000", "00000105", Reason.FAILS),  # 7, and not 05
    ("MOD11", "0 0 0 0 0 0 0 0 0 0 0 1 0 0 4", "500000", "00000707", Reason.PASSES),
    ("MOD11", "0 0 0 0 0 0 0 0 0 1 1 1 0 0 4", "500000", "00004610", Reason.PASSES),
    ("DBLAL", "0 0 0 0 0 0 0 0 0 0 0 0 8 1", "500000", "00000099", Reason.FAILS),  # 7 + 2 + 9
    ("DBLAL", "0 0 0 0 0 0 0 0 0 0 0 0 8 1", "500000", "00000091", Reason.PASSES),  # 7 + 2 + 1
]


@pytest.mark.parametrize(("method", "weights", "sort_code", "account", "reason"), WORKED)
def test_worked_examples_come_out_by_hand(
    method: str, weights: str, sort_code: str, account: str, reason: Reason
) -> None:
    line = f"{sort_code} {sort_code} {method} {weights}"
    assert says(sort_code, account, tables(line)) is reason


def test_a_remainder_of_one_by_eleven_has_no_digit() -> None:
    weights = "0 0 0 0 0 0 0 0 0 0 0 1 0 0 5"
    line = f"500000 500000 MOD11 {weights}"
    passing = {
        f"{f}{g}"
        for f in range(10)
        for g in range(10)
        if says("500000", f"00000{f}{g}0", tables(line)) is Reason.PASSES
    }
    assert passing == {"00", "29", "38", "47", "56", "65", "74", "83", "92"}


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        ("09000099", Reason.PASSES),  # what begins so and has the nine is read without it
        ("99000099", Reason.PASSES),
        ("09000088", Reason.FAILS),  # the same without the nine
        ("19000099", Reason.FAILS),
    ],
)
def test_exception_ten_cuts_off_only_what_is_to_be_cut(account: str, reason: Reason) -> None:
    first = "0 0 0 0 0 0 1 1 0 0 0 0 1 10 10"  # g + 10h, with a + b unless they are cut
    never = "0 0 0 0 0 0 0 0 0 0 0 0 1 0 11"  # g alone: passes for no digit but 0
    lines = "\n".join(f"500000 500000 MOD11 {weights}" for weights in (first, never))
    assert says("500000", account, tables(lines)) is reason


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        ("40000011", Reason.FOREIGN_CURRENCY),
        ("80000099", Reason.FOREIGN_CURRENCY),
        ("30000011", Reason.FAILS),
        ("90000011", Reason.FAILS),
        ("40000012", Reason.FAILS),
    ],
)
def test_only_numbers_of_the_foreign_kind_cannot_be_checked(account: str, reason: Reason) -> None:
    verdict = check_account("200915", account, TABLES, DAY)
    assert verdict.reason is reason
    assert (verdict.outcome is Outcome.CANNOT_BE_CHECKED) == (reason is Reason.FOREIGN_CURRENCY)


def test_a_sort_code_that_the_table_does_not_name_cannot_be_checked() -> None:
    verdict = check_account("20-29-58", "63748472", TABLES, DAY)
    assert verdict == Verdict(Reason.NOT_IN_TABLE, "202958", "63748472", ISSUED)
    assert verdict.outcome is Outcome.CANNOT_BE_CHECKED


def test_without_a_table_of_that_day_nothing_can_be_checked() -> None:
    for known, on in ((NO_TABLES, DAY), (TABLES, date(2024, 8, 16))):
        verdict = check_account("089999", "66374959", known, on)
        assert verdict == Verdict(Reason.NO_TABLE, "089999", "66374959")
        assert verdict.outcome is Outcome.CANNOT_BE_CHECKED


@pytest.mark.parametrize(
    ("sort_code", "account", "reason"),
    [
        ("08999", "66374958", Reason.NOT_A_SORT_CODE),
        ("08999O", "66374958", Reason.NOT_A_SORT_CODE),
        ("089999\n", "66374958", Reason.NOT_A_SORT_CODE),
        ("089999", "66374", Reason.NOT_AN_ACCOUNT_NUMBER),
        ("089999", "66374958663", Reason.NOT_AN_ACCOUNT_NUMBER),
        ("089999", "abcdefgh", Reason.NOT_AN_ACCOUNT_NUMBER),
        ("089999", "\N{ARABIC-INDIC DIGIT ONE}6374958", Reason.NOT_AN_ACCOUNT_NUMBER),
    ],
)
def test_what_is_no_account_at_all_is_invalid_with_or_without_a_table(
    sort_code: str, account: str, reason: Reason
) -> None:
    for known in (TABLES, NO_TABLES):
        verdict = check_account(sort_code, account, known, DAY)
        assert verdict == Verdict(reason)
        assert verdict.outcome is Outcome.INVALID


def test_a_number_is_checked_in_the_form_in_which_bacs_has_it() -> None:
    assert check_account("08 99-99", "6637-4958", TABLES, DAY) == Verdict(
        Reason.PASSES, "089999", "66374958", ISSUED
    )
    short = tables(f"500000 500000 MOD11 {PLAIN}")
    assert check_account("500000", "000019", short, DAY).account == "00000019"
    assert says("500000", "000019", short) is says("500000", "00000019", short) is Reason.PASSES


def test_every_reason_has_its_sentence_and_one_outcome() -> None:
    assert set(SENTENCES) == set(Reason)
    outcomes = {reason: Verdict(reason).outcome for reason in Reason}
    assert [reason for reason, one in outcomes.items() if one is Outcome.VALID] == [Reason.PASSES]


def test_the_newest_issue_that_is_valid_decides() -> None:
    later = parse_table(date(2026, 12, 1), f"089999 089999 MOD11 {PLAIN}", "", "later")
    both = ModulusTables((*TABLES.tables, later))
    assert check_account("089999", "66374958", both, DAY).table == ISSUED
    assert check_account("089999", "66374958", both, date(2026, 12, 1)) == Verdict(
        Reason.FAILS, "089999", "66374958", date(2026, 12, 1)
    )


@given(st.integers(0, 99_999_999), st.integers(0, 7), st.integers(1, 9))
def test_by_eleven_every_single_wrong_digit_is_found(number: int, place: int, off: int) -> None:
    account = f"{number:08d}"
    digits = list(account)
    digits[place] = str((int(digits[place]) + off) % 10)
    results = {says("107999", account), says("107999", "".join(digits))}
    assert results != {Reason.PASSES}


TEXT = st.one_of(st.text(max_size=12), st.text("0123456789- ", max_size=12))
SORT_CODES = st.one_of(TEXT, st.sampled_from(sorted({code for _, code, *_ in CASES})))


@given(SORT_CODES, st.one_of(TEXT, st.text("0123456789", min_size=6, max_size=10)), st.dates())
def test_whatever_is_asked_there_is_an_answer(sort_code: str, account: str, on: date) -> None:
    verdict = check_account(sort_code, account, TABLES, on)
    assert verdict.outcome in Outcome
    if verdict.account:
        assert re.fullmatch(r"[0-9]{6} [0-9]{8}", f"{verdict.sort_code} {verdict.account}")


@given(
    st.sampled_from(Method),
    st.lists(st.integers(-999, 999), min_size=14, max_size=14),
    st.integers(0, 14),
    st.integers(0, 99_999_999),
)
def test_no_weights_and_no_exception_break_a_check(
    method: Method, weights: list[int], exception: int, number: int
) -> None:
    table = replace(
        TABLES.tables[0],
        ranges=((Check("500000", "500000", method, tuple(weights), exception),),),
    )
    assert says("500000", f"{number:08d}", ModulusTables((table,))) in Reason
