"""What Bacs would amend or reject is refused before it is written, by instruction and field."""

import io
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from consumers.formats import standard18_limits
from consumers.formats.standard18 import (
    Instruction,
    Originator,
    Submission,
    SubmissionError,
    write,
)

OURS = "089999-66374958"
DAY = date(2026, 11, 30)
RUN = Submission(
    sun="999999",
    serial="000123",
    file_number=1,
    created_on=date(2026, 11, 27),
    processing_on=DAY,
    expires_on=date(2026, 12, 29),
    work="multi",
    originators=(Originator(OURS, "ANYTOWN", "RENT"),),
)
ITEM = Instruction("107999", "88837491", "J SMITH", "17", OURS, 1, "ANYTOWN", "R00012345", DAY)


def refused(submission: Submission, items: Iterable[Instruction]) -> SubmissionError:
    out = io.BytesIO()
    with pytest.raises(SubmissionError) as error:
        write(submission, items, out)
    assert b"UTL1" not in out.getvalue()
    return error.value


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"code": "86"}, "code", "not one of 01, 0C, 0N, 0S, 17, 18, 19, 99"),
        ({"code": ""}, "code", "not one of"),
        ({"payer_sort_code": "10799"}, "payer_sort_code", "not six digits"),
        ({"payer_sort_code": "10-79-99"}, "payer_sort_code", "not six digits"),
        ({"payer_sort_code": "000000"}, "payer_sort_code", "nothing but zeros"),
        ({"payer_sort_code": "10799\u0669"}, "payer_sort_code", "not six digits"),
        ({"payer_account": "8883749"}, "payer_account", "not eight digits"),
        ({"payer_account": "888374911"}, "payer_account", "not eight digits"),
        ({"payer_account": "00000000"}, "payer_account", "nothing but zeros"),
        ({"payer_sort_code": "089999", "payer_account": "66374958"}, "payer_account", "our own"),
        ({"payer_name": ""}, "payer_name", "nothing that Bacs can print"),
        ({"payer_name": "\u5f20\u4f1f"}, "payer_name", "nothing that Bacs can print"),
        ({"user_name": "  "}, "user_name", "nothing that Bacs can print"),
        ({"account": "089999-66374959"}, "account", "not an account of this submission"),
        ({"amount_minor": 0}, "amount_minor", "17 moves money"),
        ({"amount_minor": -1}, "amount_minor", "17 moves money"),
        ({"code": "99", "amount_minor": 0}, "amount_minor", "99 moves money"),
        ({"code": "0N"}, "amount_minor", "0N moves no money"),
        ({"code": "0C"}, "amount_minor", "0C moves no money"),
        ({"code": "0S"}, "amount_minor", "0S moves no money"),
        ({"amount_minor": 2_000_000_001}, "amount_minor", "more than the 20,000,000.00"),
        ({"reference": "R0001234567890123456"}, "reference", "longer than 18, and it is never cut"),
        ({"reference": "r00012345"}, "reference", "not capitals"),
        ({"reference": "R0001234_"}, "reference", "not capitals"),
        ({"reference": "R\u00c9001234"}, "reference", "not capitals"),
        ({"reference": " R00012345"}, "reference", "led by a letter or digit"),
        ({"reference": "R00012345 "}, "reference", "blanks only inside"),
        ({"reference": "-R00012345"}, "reference", "led by a letter or digit"),
        ({"reference": "R00012345\n"}, "reference", "not capitals"),
        ({"reference": ""}, "reference", "not capitals"),
        ({"code": "99", "reference": ""}, "reference", "not capitals"),
        ({"reference": "A1-2/3.4&"}, "reference", "fewer than six letters and digits"),
        ({"reference": "DDIC12345"}, "reference", "indemnity claims"),
        ({"reference": "AAAAAAA"}, "reference", "one character again and again"),
        ({"processing_on": date(2026, 11, 27)}, "processing_on", "before the file's first day"),
        ({"processing_on": date(2026, 12, 5)}, "processing_on", "a Saturday or Sunday"),
        ({"processing_on": date(2026, 12, 29)}, "processing_on", "more than 31 days"),
    ],
)
def test_an_instruction_that_bacs_would_not_take_is_refused_by_name(
    changed: dict[str, Any], field: str, reason: str
) -> None:
    error = refused(RUN, [ITEM, ITEM._replace(**changed)])
    assert (error.instruction, error.field) == (2, field)
    assert reason in error.reason
    assert str(error).startswith(f"instruction 2: {field} ")
    assert error.value == str(changed.get(field, getattr(ITEM, field))) or field == "payer_account"


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"sun": "99999"}, "sun", "six digits"),
        ({"sun": "000000"}, "sun", "six digits"),
        ({"sun": "B99999"}, "sun", "six digits"),
        ({"bureau_number": "12345"}, "bureau_number", "six digits"),
        ({"serial": "000000"}, "serial", "nothing but zeros"),
        ({"serial": "00123"}, "serial", "six capital letters or digits"),
        ({"serial": "00012a"}, "serial", "six capital letters or digits"),
        ({"serial": "00 123"}, "serial", "six capital letters or digits"),
        ({"file_number": -1}, "file_number", "three digits"),
        ({"file_number": 1000}, "file_number", "three digits"),
        ({"work": "daily"}, "work", "neither single nor multi"),
        ({"created_on": date(1999, 12, 31)}, "created_on", "not of this century"),
        ({"expires_on": date(2100, 1, 1)}, "expires_on", "not of this century"),
        ({"processing_on": date(2026, 11, 28)}, "processing_on", "a Saturday or Sunday"),
        ({"processing_on": date(2026, 11, 27)}, "processing_on", "on which the file is made"),
        ({"created_on": date(2026, 10, 29)}, "processing_on", "more than 31 days after"),
        ({"expires_on": DAY}, "processing_on", "the file expires on 2026-11-30"),
        ({"originators": ()}, "originators", "no account of ours"),
        ({"originators": RUN.originators * 2}, "originators", "named twice"),
        ({"originators": (Originator("08-99-99", "A", "A"),)}, "account", "not a sort code"),
        ({"originators": (Originator(OURS, "!", "A"),)}, "originator name", "nothing that Bacs"),
        ({"originators": (Originator(OURS, "A", ""),)}, "originator narrative", "nothing that"),
    ],
)
def test_a_submission_that_bacs_would_not_take_is_refused_by_name(
    changed: dict[str, Any], field: str, reason: str
) -> None:
    error = refused(RUN._replace(**changed), [ITEM])
    assert (error.instruction, error.field) == (0, field)
    assert reason in error.reason


def test_the_bounds_themselves_are_taken() -> None:
    largest = ITEM._replace(amount_minor=2_000_000_000, reference="R-0001234567890 12")
    credit = ITEM._replace(code="99", reference="A")
    day_31 = ITEM._replace(processing_on=date(2026, 12, 28))
    assert write(RUN, [largest, credit, day_31], io.BytesIO()).items == 3


def test_a_file_of_one_day_takes_no_other_day() -> None:
    error = refused(RUN._replace(work="single"), [ITEM._replace(processing_on=date(2026, 12, 1))])
    assert (error.instruction, error.field) == (1, "processing_on")
    assert error.reason == "the file has one processing day, 2026-11-30"


def test_a_day_on_which_the_file_has_expired_is_refused() -> None:
    short = RUN._replace(expires_on=date(2026, 12, 2))
    error = refused(short, [ITEM, ITEM._replace(processing_on=date(2026, 12, 2))])
    assert (error.instruction, error.field) == (2, "processing_on")
    assert "expires on 2026-12-02" in error.reason


def test_a_file_without_an_instruction_or_without_its_first_day_is_refused() -> None:
    assert refused(RUN, []).field == "instructions"
    error = refused(RUN, [ITEM._replace(processing_on=date(2026, 12, 1))])
    assert "no instruction is of the file's first day" in str(error)


def test_more_than_the_trailer_has_room_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [ITEM._replace(amount_minor=500)] * 3
    monkeypatch.setattr(standard18_limits, "ITEMS_MAX", 2)
    assert refused(RUN, items).field == "debit_items"
    notices = [ITEM._replace(code="0N", amount_minor=0)] * 3
    assert refused(RUN, notices).field == "notices"
    monkeypatch.setattr(standard18_limits, "ITEMS_MAX", 3)
    monkeypatch.setattr(standard18_limits, "TOTAL_MINOR_MAX", 1499)
    error = refused(RUN, items)
    assert (error.field, error.value) == ("debits_minor", "1500")
    assert "send two files" in error.reason
    monkeypatch.setattr(standard18_limits, "TOTAL_MINOR_MAX", 1500)
    assert write(RUN, items, io.BytesIO()).totals.debits_minor == 1500
