"""The file that goes to Bacs: every byte of it, what it came to, and that it is always the same."""

import hashlib
import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from consumers.formats.standard18 import (
    Contra,
    Instruction,
    Originator,
    Submission,
    Totals,
    Written,
    write,
)

GOLDEN = Path(__file__).parent / "golden_standard18"
OURS = "089999-66374958"
DAY = date(2026, 11, 30)
SINGLE = Submission(
    sun="999999",
    serial="000123",
    file_number=1,
    created_on=date(2026, 11, 27),
    processing_on=DAY,
    expires_on=date(2026, 12, 11),
    work="single",
    originators=(Originator(OURS, "Anytown Council", "RENT DD 301126"),),
)
SMITH = Instruction(
    payer_sort_code="107999",
    payer_account="88837491",
    payer_name="J Smith",
    code="17",
    account=OURS,
    amount_minor=12345,
    user_name="Anytown Council",
    reference="R00012345",
    processing_on=DAY,
)
OTHER = SMITH._replace(
    payer_sort_code="202959",
    payer_account="63748472",
    payer_name="A N Other",
    code="01",
    amount_minor=5000,
    reference="R00067890",
)


def written(submission: Submission, items: Iterable[Instruction]) -> tuple[bytes, Written]:
    out = io.BytesIO()
    told = write(submission, items, out)
    return out.getvalue(), told


def test_a_run_of_one_day_is_written_as_it_was_worked_out_by_hand() -> None:
    content, told = written(SINGLE, [SMITH, OTHER])
    assert content == (GOLDEN / "single_day.txt").read_bytes()
    assert told.contras == (Contra(7, OURS, DAY, "99", 17345),)
    assert told.totals == Totals(17345, 17345, 2, 1, 0)
    assert [(one.code, one.items, one.amount_minor) for one in told.sums] == [
        ("01", 1, 5000),
        ("17", 1, 12345),
    ]
    assert (told.items, told.lines, told.size) == (2, 10, len(content))
    assert told.sha256 == hashlib.sha256(content).hexdigest()
