"""The file that we send to Bacs: Standard 18, one submission of one or several processing days.

    VOL1   5-10 serial; 42-47 service user (or bureau) number; 80 level 1
    HDR1   5-21 file identifier `A<sun>S   <sun>`; 22-27 serial; 28-35 section, sequence 0001;
           42-47 made on; 48-53 expires on, after the last processing day; 55-60 zeros
    HDR2   5 F; 6-10 block length 02000; 11-15 record length 00100 or 00106; 51-52 zeros
    UHL1   5-10 (first) processing day; 11-16 receiver 999999; 21-28 sterling; 29-37 `1 DAILY` or
           `4 MULTI`; 38-40 file number
    row    1-6, 7-14 the payer's sort code and account; 15 zero; 16-17 transaction code;
           18-23, 24-31 ours; 36-46 pence; 47-64 the name that the payer knows us by;
           65-82 reference; 83-100 the payer's name; 101-106 processing day when `4 MULTI`
    contra the same, our own account on both sides, reference CONTRA: 99 against debits, 17 against
           credits, for each account and day; several when one does not hold the sum
    EOF1, EOF2 as HDR1, HDR2
    UTL1   5-17, 18-30 pence of debits, credits; 31-37, 38-44 their number, contras included;
           53-59 number of 0N, 0C and 0S, which have no amount and no contra

Labels have 80 characters, rows 100 or 106; a day is ` YYDDD`; every line ends in CR LF. The formal
description (Bacs PN5011) is for registered users only: this is from public guides and programs.

Written is one row at a time, so a run of any size needs the memory of its sums. There is no clock
in it and nothing is random: the same submission gives the same bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from consumers.formats.standard18_layout import contra_row, foot, head, row
from consumers.formats.standard18_limits import InstructionCheck, check_submission, check_totals
from consumers.formats.standard18_tally import Tally
from consumers.formats.standard18_values import (
    CodeSum,
    Contra,
    Instruction,
    Originator,
    Submission,
    SubmissionError,
    Totals,
    Written,
    fold,
    printed_name,
)

__all__ = [
    "CodeSum",
    "Contra",
    "Instruction",
    "Originator",
    "Submission",
    "SubmissionError",
    "Totals",
    "Written",
    "fold",
    "lines",
    "printed_name",
    "write",
]

LINES_PER_WRITE = 1_000  # a tenth of a megabyte at a time


def write(submission: Submission, instructions: Iterable[Instruction], out: BinaryIO) -> Written:
    """Write a submission, and say what it came to.

    Raises SubmissionError. What is in `out` by then has no UTL1 and must be thrown away.
    """
    tally, digest = Tally(), hashlib.sha256()
    count = size = 0
    text = _lines(submission, instructions, tally)
    while part := list(islice(text, LINES_PER_WRITE)):
        content = "".join(f"{line}\r\n" for line in part).encode("ascii")
        digest.update(content)
        out.write(content)
        count += len(part)
        size += len(content)
    return Written(
        items=tally.items,
        sums=tally.sums(),
        contras=tally.contras(),
        totals=tally.totals(),
        lines=count,
        size=size,
        sha256=digest.hexdigest(),
    )


def lines(submission: Submission, instructions: Iterable[Instruction]) -> Iterator[str]:
    """The lines of a submission without their ends. Raises SubmissionError."""
    return _lines(submission, instructions, Tally())


def _lines(
    submission: Submission, instructions: Iterable[Instruction], tally: Tally
) -> Iterator[str]:
    check_submission(submission)
    yield from head(submission)
    check, work = InstructionCheck(submission), submission.work
    for instruction in instructions:
        check(instruction)
        tally.add(instruction)
        yield row(instruction, work)
    check.check_whole()
    totals = tally.totals()
    check_totals(totals)
    by_account = {originator.account: originator for originator in submission.originators}
    for contra in tally.contras():
        yield contra_row(contra, by_account[contra.account], work)
    yield from foot(submission, totals)
