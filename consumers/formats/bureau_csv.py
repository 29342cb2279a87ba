"""Write a run as the CSV of a bureau, by its profile, for a council that has no Bacs software.

The rules for what may be sent are those of Standard 18, and the texts are folded in the same way,
so that a payer sees the same whoever sends it. The bureau makes labels, contras and totals.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO, NamedTuple

from consumers.formats.bureau_profiles import BureauProfile, Holds
from consumers.formats.csv_dates import written_date
from consumers.formats.standard18_limits import InstructionCheck, check_submission
from consumers.formats.standard18_tally import Tally
from consumers.formats.standard18_values import (
    CodeSum,
    Instruction,
    Submission,
    SubmissionError,
    printed_name,
)
from ledger.money import format_minor

ROWS_PER_WRITE = 1_000  # a tenth of a megabyte at a time


class BureauWritten(NamedTuple):
    """A whole file in figures; `first_line` is that of the first instruction."""

    items: int
    sums: tuple[CodeSum, ...]
    first_line: int
    size: int
    sha256: str


def write(
    profile: BureauProfile,
    submission: Submission,
    instructions: Iterable[Instruction],
    out: BinaryIO,
) -> BureauWritten:
    """Write a run, a row at a time, and say what it came to.

    Raises SubmissionError. What is in `out` by then is not whole and must be thrown away.
    """
    tally, digest, size = Tally(), hashlib.sha256(), 0
    rows = _rows(profile, submission, instructions, tally)
    while part := list(islice(rows, ROWS_PER_WRITE)):
        content = encoded(profile, part)
        digest.update(content)
        out.write(content)
        size += len(content)
    return BureauWritten(
        items=tally.items,
        sums=tally.sums(),
        first_line=2 if profile.header else 1,
        size=size,
        sha256=digest.hexdigest(),
    )


def _rows(
    profile: BureauProfile,
    submission: Submission,
    instructions: Iterable[Instruction],
    tally: Tally,
) -> Iterator[list[str]]:
    check_submission(submission)
    if profile.header:
        yield [column.title for column in profile.columns]
    check = InstructionCheck(submission)
    for instruction in instructions:
        check(instruction)
        if instruction.code not in profile.codes:
            reason = f"the layout {profile.name} takes {', '.join(profile.codes)}"
            raise SubmissionError(tally.items + 1, "code", instruction.code, reason)
        tally.add(instruction)
        held = cells(profile, instruction)
        yield [held[column.holds] for column in profile.columns]
    check.check_whole()


def cells(profile: BureauProfile, item: Instruction) -> dict[Holds, str]:
    """What can stand in the columns of an instruction, whichever of them a layout has."""
    own_sort_code, _, own_account = item.account.partition("-")
    return {
        "payer_sort_code": item.payer_sort_code,
        "payer_account": item.payer_account,
        "payer_name": printed_name(item.payer_name),
        "amount": format_minor(item.amount_minor),
        "code": item.code,
        "own_sort_code": own_sort_code,
        "own_account": own_account,
        "user_name": printed_name(item.user_name),
        "reference": item.reference,
        "processing_on": written_date(item.processing_on, profile.date_format),
        "action": profile.actions.get(item.code, ""),
    }


def encoded(profile: BureauProfile, rows: list[list[str]]) -> bytes:
    """The bytes of rows."""
    text = io.StringIO()
    writer = csv.writer(
        text,
        delimiter=profile.delimiter,
        lineterminator="\r\n",
        quoting=csv.QUOTE_ALL if profile.quoted else csv.QUOTE_MINIMAL,
    )
    writer.writerows(rows)
    return text.getvalue().encode("ascii")
