"""Read back a file that `standard18` wrote, to prove it against the ledger or the bank's report.

It is strict on purpose: whatever is read here would be written again to the same bytes, so a file
that somebody touched is refused at the first field that is not ours. What banks send in a like
shape is read by `cash_file`. Read is one row at a time.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from consumers.formats.cash_file_labels import direction
from consumers.formats.standard18_layout import (
    LABEL_WIDTH,
    LABELS,
    ROW,
    ROW_WIDTHS,
    WORK_CODES,
    contra_row,
    day_of,
    foot,
    head,
    row,
)
from consumers.formats.standard18_limits import (
    InstructionCheck,
    check_labels,
    check_originator,
    check_totals,
)
from consumers.formats.standard18_source import SubmissionLines
from consumers.formats.standard18_tally import Tally
from consumers.formats.standard18_values import (
    Contra,
    Instruction,
    Originator,
    Submission,
    SubmissionError,
    Work,
    Written,
)

__all__ = ["InstructionLine", "ReadContra", "SubmissionItem", "read", "recognise"]

_FIELDS: Final = {field.name: field for field in ROW}
_LINE_OF: Final = {"serial": 1, "bureau_number": 1, "sun": 2, "created_on": 2, "expires_on": 2}


class InstructionLine(NamedTuple):
    """An instruction and the line that it stands on."""

    line: int
    instruction: Instruction


class ReadContra(NamedTuple):
    """A contra, and the account of ours as it is named there."""

    contra: Contra
    originator: Originator


# In this order: the submission (without originators), its instructions, its contras, the figures.
SubmissionItem: TypeAlias = Submission | InstructionLine | ReadContra | Written


def recognise(head: bytes, name: str) -> str | None:
    """The serial of a submission to Bacs, in words; None when it is none."""
    del name  # a name proves nothing
    if direction(head) != "out":
        return None
    return f"serial {head[4:10].decode('ascii', 'replace')}"


def read(path: Path) -> Iterator[SubmissionItem]:
    """What a submission says, and at last what all of it came to, as `write` told it.

    Raises UnreadableFileError, and ControlTotalError when contras or UTL1 differ from the rows.
    """
    source = SubmissionLines(path)
    submission = _head(source)
    yield submission
    check, tally = InstructionCheck(submission), Tally()
    line = source.next()
    while not line.startswith("EOF1") and not _is_contra(line):
        instruction = _instruction(source, line, submission)
        with source.refusing():
            check(instruction)
        source.hold(line, row(instruction, submission.work), ROW)
        tally.add(instruction)
        yield InstructionLine(source.number, instruction)
        line = source.next()
    with source.refusing():
        check.check_whole()
    yield from _contras(source, line, submission, tally)
    _foot(source, submission, tally)
    yield Written(
        items=tally.items,
        sums=tally.sums(),
        contras=tally.contras(),
        totals=tally.totals(),
        lines=source.number,
        size=source.size,
        sha256=source.sha256(),
    )


def _head(source: SubmissionLines) -> Submission:
    volume = _label(source, "VOL1")
    names = _label(source, "HDR1")
    created_on = _day(source, "creation date", names[41:47])
    expires_on = _day(source, "expiration date", names[47:53])
    widths = _label(source, "HDR2")
    user = _label(source, "UHL1")
    owner, sun = volume[41:47], names[5:11]
    submission = Submission(
        sun=sun,
        serial=volume[4:10],
        file_number=_number(source, "file number", user[37:40]),
        created_on=created_on,
        processing_on=_day(source, "processing day", user[4:10]),
        expires_on=expires_on,
        work=_work(source, user[28:37]),
        originators=(),
        bureau_number="" if owner == sun else owner,
    )
    _hold_labels(source, submission, (volume, names, widths, user))
    return submission


def _label(source: SubmissionLines, label: str) -> str:
    line = source.next()
    if not line.startswith(label) or len(line) != LABEL_WIDTH:
        raise source.refused("label", line, f"{label} of {LABEL_WIDTH} characters is expected")
    return line


def _hold_labels(source: SubmissionLines, submission: Submission, lines: tuple[str, ...]) -> None:
    """Labels explain each other, so they are held together, and each is named when it is wrong."""
    try:
        check_labels(submission)
    except SubmissionError as error:
        source.number = _LINE_OF.get(error.field, len(lines))
        raise source.refused(error.field, error.value, error.reason) from None
    for number, (line, ours) in enumerate(zip(lines, head(submission), strict=True), 1):
        source.number = number
        source.hold(line, ours, LABELS[line[:4]])


def _work(source: SubmissionLines, text: str) -> Work:
    works: tuple[Literal["single"], Literal["multi"]] = ("single", "multi")
    for work in works:
        if WORK_CODES[work] == text.rstrip():
            return work
    raise source.refused("work code", text, "neither 1 DAILY nor 4 MULTI")


def _is_contra(line: str) -> bool:
    """Whether both sides of a row are the same account."""
    return len(line) > 31 and line[:14] == line[17:31]


def _instruction(source: SubmissionLines, line: str, submission: Submission) -> Instruction:
    work = submission.work
    if len(line) != ROW_WIDTHS[work]:
        reason = f"{len(line)} characters, where a row has {ROW_WIDTHS[work]}"
        raise source.refused("line", line, reason)
    text = {name: field.of(line) for name, field in _FIELDS.items()}
    return Instruction(
        payer_sort_code=text["payer_sort_code"],
        payer_account=text["payer_account"],
        payer_name=text["payer_name"].rstrip(" "),
        code=text["code"],
        account=f"{text['account'][:6]}-{text['account'][6:]}",
        amount_minor=_number(source, "amount_minor", text["amount_minor"]),
        user_name=text["user_name"].rstrip(" "),
        reference=text["reference"].rstrip(" "),
        processing_on=_day_of_row(source, text["processing_on"], submission),
    )


def _day_of_row(source: SubmissionLines, text: str, submission: Submission) -> date:
    if submission.work == "single":
        return submission.processing_on
    return _day(source, "processing_on", text)


def _contras(
    source: SubmissionLines, line: str, submission: Submission, tally: Tally
) -> Iterator[ReadContra]:
    """The contras from this line on, each as the instructions demand it; then EOF1."""
    named: dict[str, Originator] = {}
    for contra in tally.contras():
        if not _is_contra(line):
            reason = f"{contra.account} has no contra {contra.code} of {contra.processing_on}"
            raise source.unbalanced("contra", line, f"{reason} over {contra.amount_minor} pence")
        found = Originator(contra.account, line[82:100].rstrip(" "), line[46:64].rstrip(" "))
        originator = named.setdefault(contra.account, found)
        with source.refusing():
            check_originator(originator)
        _hold_amount(source, line, contra)
        source.hold(line, contra_row(contra, originator, submission.work), ROW)
        yield ReadContra(contra, originator)
        line = source.next()
    if _is_contra(line):
        raise source.unbalanced("contra", line, "nothing is left for it to balance")
    source.hold(line, foot(submission, tally.totals())[0], LABELS["EOF1"])


def _hold_amount(source: SubmissionLines, line: str, contra: Contra) -> None:
    minor = _FIELDS["amount_minor"].of(line)
    if minor != f"{contra.amount_minor:011d}":
        reason = f"the items of {contra.account} on {contra.processing_on} come to"
        raise source.unbalanced("contra amount", minor, f"{reason} {contra.amount_minor} pence")


def _foot(source: SubmissionLines, submission: Submission, tally: Tally) -> None:
    """EOF2 and UTL1, whose figures must be those of the rows; nothing may follow."""
    totals = tally.totals()
    with source.refusing():
        check_totals(totals)
    _, widths, trailer = foot(submission, totals)
    source.hold(source.next(), widths, LABELS["EOF2"])
    line = source.next()
    for field in LABELS["UTL1"]:
        if field.name != "label" and field.of(line) != field.of(trailer):
            reason = f"the rows come to {field.of(trailer)!r}"
            raise source.unbalanced(f"UTL1 {field.name}", field.of(line), reason)
    source.hold(line, trailer, LABELS["UTL1"])
    source.end()


def _number(source: SubmissionLines, field: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise source.refused(field, text, "not a number")
    return int(text)


def _day(source: SubmissionLines, field: str, text: str) -> date:
    found = day_of(text)
    if found is None:
        raise source.refused(field, text, "not a blank, a year and a day of it, like ' 26334'")
    return found
