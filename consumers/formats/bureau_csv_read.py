"""Read back a bureau's CSV that `bureau_csv` wrote, to prove it against the ledger.

It is as strict as the reader of Standard 18: whatever is read would be written again to the same
bytes, so a file that somebody touched is refused at the first line that is not ours. What a layout
has no column for is taken from the run.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from consumers.formats.bureau_csv import cells, encoded
from consumers.formats.bureau_profiles import BureauProfile, Holds
from consumers.formats.csv_dates import parsed_date
from consumers.formats.errors import UnreadableFileError
from consumers.formats.standard18_limits import InstructionCheck
from consumers.formats.standard18_read import InstructionLine
from consumers.formats.standard18_values import (
    Instruction,
    Submission,
    SubmissionError,
    printed_name,
)
from ledger.money import parse_minor

_LINE_BYTES_MAX = 4096


def read(profile: BureauProfile, submission: Submission, path: Path) -> Iterator[InstructionLine]:
    """The instructions of the file of a run. Raises UnreadableFileError."""
    check, number = InstructionCheck(submission), 0
    titles = [column.title for column in profile.columns]
    for number, raw in enumerate(_byte_lines(path), 1):
        refused = _Refusal(path.name, number)
        row = _row(profile, raw, refused)
        if profile.header and number == 1:
            if row != titles:
                raise refused.of("header", "", "not the titles of the layout")
            continue
        instruction = _instruction(profile, submission, row, refused)
        try:
            check(instruction)
        except SubmissionError as error:
            raise refused.of(error.field, error.value, error.reason) from None
        ours = cells(profile, instruction)
        for column, cell in zip(profile.columns, row, strict=True):
            if cell != ours[column.holds]:
                raise refused.of(column.holds, cell, f"it would be {ours[column.holds]!r}")
        yield InstructionLine(number, instruction)
    try:
        check.check_whole()
    except SubmissionError as error:
        raise UnreadableFileError(path.name, number, "file", "", error.reason) from None


class _Refusal:
    """Refuses what stands on a line."""

    def __init__(self, file: str, line: int) -> None:
        self._file, self._line = file, line

    def of(self, field: str, value: str, reason: str) -> UnreadableFileError:
        """The error of a field."""
        return UnreadableFileError(self._file, self._line, field, value, reason)


def _row(profile: BureauProfile, raw: bytes, refused: _Refusal) -> list[str]:
    """The cells of a line, which must be written as we write them."""
    if not raw.isascii():
        raise refused.of("line", "", "a character that Bacs does not carry")
    row = next(csv.reader([raw.decode("ascii")], delimiter=profile.delimiter), [])
    if len(row) != len(profile.columns):
        raise refused.of("line", "", f"{len(row)} cells, the layout has {len(profile.columns)}")
    if encoded(profile, [row]) != raw:
        raise refused.of("line", "", "not written as this layout is")
    return row


def _instruction(
    profile: BureauProfile, submission: Submission, row: list[str], refused: _Refusal
) -> Instruction:
    text: dict[Holds, str] = {
        column.holds: cell for column, cell in zip(profile.columns, row, strict=True)
    }
    (own,) = submission.originators
    sort_code, _, number = own.account.partition("-")
    account = f"{text.get('own_sort_code', sort_code)}-{text.get('own_account', number)}"
    try:
        amount_minor = parse_minor(text["amount"])
    except ValueError as error:
        raise refused.of("amount", text["amount"], str(error)) from None
    on = submission.processing_on
    if "processing_on" in text:
        found = parsed_date(text["processing_on"], profile.date_format)
        if found is None:
            raise refused.of("processing_on", text["processing_on"], "not a day of this layout")
        on = found
    return Instruction(
        payer_sort_code=text["payer_sort_code"],
        payer_account=text["payer_account"],
        payer_name=text["payer_name"],
        code=text["code"],
        account=account,
        amount_minor=amount_minor,
        user_name=text.get("user_name", printed_name(own.narrative)),
        reference=text["reference"],
        processing_on=on,
    )


def _byte_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while raw := file.readline(_LINE_BYTES_MAX):
            yield raw
