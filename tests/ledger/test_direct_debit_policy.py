"""Direct Debit rules are dated, and a file that would be misread is refused by its value."""

import re
from datetime import date, time
from pathlib import Path

import pytest

from ledger.authority import PolicyError
from ledger.bacs_text import fold, is_carried
from ledger.direct_debit_policy import (
    NO_DIRECT_DEBITS,
    DirectDebitTable,
    Originator,
    parse_direct_debit,
)

SHIPPED = (Path(__file__).parents[2] / "ledger/policy/direct-debit.toml").read_text("utf-8")
OWN = """
extra_holidays = [2027-05-07]

[[originator]]
unit = "HSG"
sun = "999999"
account = "08-99-99 66374958"
account_name = "ANYTOWN COUNCIL"
user_name = "ANYTOWN COUNCIL"

[[originator]]
unit = "CTX"
sun = "999999"
account = "089999-66374959"
account_name = "ANYTOWN C TAX"
user_name = "ANYTOWN C. TAX & -"

[[direct_debit]]
effective_from = 2026-04-01
notice_working_days = 5
send_latest = "21:00"
layout = "paygate"
run_total_max = "2500000.00"
run_items_max = 250000

[[direct_debit]]
effective_from = 2020-01-01
"""


def test_the_shipped_file_collects_nothing_and_states_every_rule_at_its_default() -> None:
    policy = parse_direct_debit(SHIPPED)
    assert policy.originators == ()
    assert policy.extra_holidays == frozenset()
    assert policy.tables == (DirectDebitTable(date(2000, 1, 1)),)
    assert policy.originator("HSG") is None


def test_the_shipped_file_names_every_key_that_there_is() -> None:
    named = set(re.findall(r"^(?:# )?([a-z_]+) +=", SHIPPED, re.MULTILINE))
    assert named == {*DirectDebitTable.__slots__, *Originator.__slots__, "extra_holidays"}


def test_the_commented_example_of_the_shipped_file_is_a_valid_originator() -> None:
    example = re.sub(r"^# (?=\[\[originator|[a-z_]+ += )", "", SHIPPED, flags=re.MULTILINE)
    moved = example.replace("extra_holidays = []", "")
    assert parse_direct_debit(moved).originator("HSG") == Originator(
        "HSG", "999999", "089999-66374958", "ANYTOWN COUNCIL", "ANYTOWN COUNCIL"
    )
    assert parse_direct_debit(moved).tables[0].run_items_max == 250_000


def test_each_unit_has_its_own_account_and_an_account_is_kept_in_one_form() -> None:
    policy = parse_direct_debit(OWN)
    housing, tax = policy.originator("HSG"), policy.originator("CTX")
    assert housing is not None
    assert tax is not None
    assert (housing.account, tax.account) == ("089999-66374958", "089999-66374959")
    assert policy.originator("COR") is None


def test_the_table_of_the_day_is_in_force_and_the_scheme_before_the_first() -> None:
    policy = parse_direct_debit(OWN)
    assert policy.table_on(date(2026, 4, 1)).notice_working_days == 5
    assert policy.table_on(date(2026, 3, 31)).notice_working_days == 10
    assert policy.table_on(date(2019, 12, 31)) == DirectDebitTable()
    assert NO_DIRECT_DEBITS.table_on(date(2026, 4, 1)) == DirectDebitTable()


def test_what_a_table_names_is_read_with_its_type() -> None:
    table = parse_direct_debit(OWN).table_on(date(2026, 4, 1))
    assert table.send_latest == time(21, 0)
    assert table.layout == "paygate"
    assert (table.run_total_max, table.run_items_max) == (250_000_000, 250_000)
    assert (table.dormant_after_months, table.represent_within_months) == (24, 1)


WRONG = [
    ("extra_holidays = [2027-05-07]", "extra_holidays = = 1", "Invalid value"),
    ("extra_holidays = [2027-05-07]", 'extra_holidays = ["2027-05-07"]', "['2027-05-07'] is not"),
    ("extra_holidays = [2027-05-07]", "extra_holidays = [2027-05-07T00:00:00]", "list of dates"),
    ("extra_holidays", "extra_holiday", "direct-debit.toml: extra_holiday: not one of"),
    ("notice_working_days", "notice_workingdays", "of 2026-04-01: notice_workingdays: not one of"),
    ("notice_working_days = 5", "notice_working_days = 0", "notice_working_days: 0 is not a whole"),
    ("notice_working_days = 5", "notice_working_days = true", "True is not a whole number"),
    ("notice_working_days = 5", 'notice_working_days = "5"', "'5' is not a whole number"),
    ("notice_working_days = 5", "days_ahead_max = 32", "32 is not a whole number from 1 to 31"),
    ("notice_working_days = 5", "challenge_working_days = 15", "15 is more than settlement"),
    ('"21:00"', '"24:00"', "send_latest: '24:00' must be a text such as \"22:30\""),
    ('"21:00"', "21:00:00", "send_latest: datetime.time(21, 0) must be"),
    ('"21:00"', '"21:00\\n"', "send_latest: '21:00\\n' must be"),
    ('"paygate"', '"eazipay"', "layout: 'eazipay' is not one of standard18, paygate, accesspay"),
    ('"paygate"', "[]", "layout: [] is not one of"),
    ('"2500000.00"', "2500000", "run_total_max: 2500000 must be a text"),
    ('"2500000.00"', '"2,500,000"', "run_total_max: not an amount in pounds and pence"),
    ('"2500000.00"', '"0.00"', "run_total_max: '0.00' must be a text"),
    ("2020-01-01", "2026-04-01", "two [[direct_debit]] have the same effective_from"),
    ("2020-01-01", '"2020-01-01"', "effective_from: '2020-01-01' is not a date"),
    ('unit = "HSG"', "unit = 7", "[[originator]]: unit: 7 is not a text"),
    ('unit = "CTX"', 'unit = "HSG"', "unit: 'HSG' stands there twice"),
    ("66374959", "66374958", "account: '089999-66374958' stands there twice"),
    ("08-99-99 66374958", "66374958", "of HSG: account: '66374958' is not as 089999-66374958"),
    ('sun = "999999"', 'sun = "99999"', "sun: '99999' is not a service user number of six digits"),
    ('sun = "999999"', "sun = 999999", "of HSG: sun: 999999 is not a text"),
    ('sun = "999999"', 'bureau = "1"', "[[originator]]: bureau: not one of unit, sun"),
    ("ANYTOWN C. TAX & -", "Anytown C Tax", "user_name: 'Anytown C Tax' is not 18 characters"),
    ("ANYTOWN C. TAX & -", "ANYTOWN C. TAX & -X", "user_name: 'ANYTOWN C. TAX & -X' is not"),
    ('account_name = "ANYTOWN C TAX"', "", "of CTX: account_name: None is not a text"),
]


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG)
def test_a_file_that_is_wrong_is_refused_by_place_and_value(
    right: str, wrong: str, said: str
) -> None:
    assert right in OWN
    with pytest.raises(PolicyError, match=re.escape(said)) as refused:
        parse_direct_debit(OWN.replace(right, wrong, 1))
    assert str(refused.value).startswith("direct-debit.toml: ")


KEYS = re.findall(r"^([a-z_]+) = ", OWN, re.MULTILINE)
VALUES = ("5", "-1", "0.5", "true", '""', '" "', '"x"', "[]", "[1]", "{}", "2026-04-01", "22:30:00")


def refusal(text: str) -> str | None:
    """What is said against a file; None when it is read."""
    try:
        parse_direct_debit(text)
    except PolicyError as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("value", VALUES)
def test_any_value_of_any_key_is_read_or_refused_by_its_key(value: str) -> None:
    for key in KEYS:
        text = re.sub(rf"^{key} = .*$", f"{key} = {value}", OWN, count=1, flags=re.MULTILINE)
        assert key in (refusal(text) or key)


def test_a_single_table_in_place_of_a_list_is_refused() -> None:
    with pytest.raises(PolicyError, match=re.escape("write it as [[originator]]")):
        parse_direct_debit('[originator]\nunit = "HSG"\n')
    with pytest.raises(PolicyError, match=re.escape("write it as [[direct_debit]]")):
        parse_direct_debit("[direct_debit]\nnotice_working_days = 5\n")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("J Smith", "J SMITH"),
        ("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS} O'Brien", "ZOE O BRIEN"),
        ("Stra\N{LATIN SMALL LETTER SHARP S}e", "STRASSE"),
        ("\N{POUND SIGN}5, rent & rates - no. 1/2", " 5  RENT & RATES - NO. 1/2"),
        ("\N{FULLWIDTH DIGIT ONE}\N{CJK UNIFIED IDEOGRAPH-4E00}", "1 "),
    ],
)
def test_text_is_folded_as_the_payer_will_see_it(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded
    assert is_carried(folded)
    assert not is_carried(text)
