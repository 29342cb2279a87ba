"""The records of Standard 18, as text and as named positions: see `standard18`.

Each record has one function that writes it, and one table by which a reader names the field in
which a line differs from what would have been written. Positions count from 1, as the banks'
guides print them.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from consumers.formats.standard18_values import (
    CONTRA_REFERENCE,
    Contra,
    Instruction,
    Originator,
    Submission,
    Totals,
    Work,
    printed_name,
)

WORK_CODES: Final[dict[Work, str]] = {"single": "1 DAILY", "multi": "4 MULTI"}
ROW_WIDTHS: Final[dict[Work, int]] = {"single": 100, "multi": 106}
LABEL_WIDTH = 80


class Field(NamedTuple):
    """A named part of a record, from its first to its last position."""

    name: str
    first: int
    last: int

    def of(self, line: str) -> str:
        """The part of a line."""
        return line[self.first - 1 : self.last]


_FILE_LABEL: Final = (
    Field("label", 1, 4),
    Field("file identifier", 5, 21),
    Field("serial", 22, 27),
    Field("file section", 28, 31),
    Field("file sequence", 32, 35),
    Field("generation", 36, 41),
    Field("creation date", 42, 47),
    Field("expiration date", 48, 53),
    Field("accessibility", 54, 54),
    Field("block count", 55, 60),
    Field("reserved", 61, 80),
)
_WIDTH_LABEL: Final = (
    Field("label", 1, 4),
    Field("record format", 5, 5),
    Field("block length", 6, 10),
    Field("record length", 11, 15),
    Field("reserved", 16, 50),
    Field("buffer offset", 51, 52),
    Field("reserved", 53, 80),
)
LABELS: Final[dict[str, tuple[Field, ...]]] = {
    "VOL1": (
        Field("label", 1, 4),
        Field("serial", 5, 10),
        Field("reserved", 11, 41),
        Field("sun", 42, 47),
        Field("reserved", 48, 79),
        Field("label level", 80, 80),
    ),
    "HDR1": _FILE_LABEL,
    "HDR2": _WIDTH_LABEL,
    "UHL1": (
        Field("label", 1, 4),
        Field("processing day", 5, 10),
        Field("receiver", 11, 20),
        Field("currency", 21, 22),
        Field("country", 23, 28),
        Field("work code", 29, 37),
        Field("file number", 38, 40),
        Field("reserved", 41, 80),
    ),
    "EOF1": _FILE_LABEL,
    "EOF2": _WIDTH_LABEL,
    "UTL1": (
        Field("label", 1, 4),
        Field("debit total", 5, 17),
        Field("credit total", 18, 30),
        Field("debit count", 31, 37),
        Field("credit count", 38, 44),
        Field("reserved", 45, 52),
        Field("instruction count", 53, 59),
        Field("reserved", 60, 80),
    ),
}
ROW: Final = (
    Field("payer_sort_code", 1, 6),
    Field("payer_account", 7, 14),
    Field("account type", 15, 15),
    Field("code", 16, 17),
    Field("account", 18, 31),
    Field("free format", 32, 35),
    Field("amount_minor", 36, 46),
    Field("user_name", 47, 64),
    Field("reference", 65, 82),
    Field("payer_name", 83, 100),
    Field("processing_on", 101, 106),
)


def head(submission: Submission) -> tuple[str, str, str, str]:
    """VOL1, HDR1, HDR2 and UHL1."""
    owner = submission.bureau_number or submission.sun
    work = WORK_CODES[submission.work]
    return (
        f"VOL1{submission.serial}{'':31}{owner}{'':32}1",
        _file_label("HDR1", submission),
        _width_label("HDR2", submission),
        (
            f"UHL1{day_text(submission.processing_on)}999999{'':4}00000000"
            f"{work:<9}{submission.file_number:03d}{'':40}"
        ),
    )


def foot(submission: Submission, totals: Totals) -> tuple[str, str, str]:
    """EOF1, EOF2 and UTL1, which leaves the count of notices blank when there are none."""
    notices = f"{totals.notices:07d}" if totals.notices else ""
    return (
        _file_label("EOF1", submission),
        _width_label("EOF2", submission),
        (
            f"UTL1{totals.debits_minor:013d}{totals.credits_minor:013d}"
            f"{totals.debit_items:07d}{totals.credit_items:07d}{'':8}{notices:7}{'':21}"
        ),
    )


def row(instruction: Instruction, work: Work) -> str:
    """The data record of an instruction, which must have passed its checks."""
    sort_code, number, name, code, account, minor, user, reference, on = instruction
    text = (
        f"{sort_code}{number}0{code}{account[:6]}{account[7:]}    {minor:011d}"
        f"{printed_name(user):<18}{reference:<18}{printed_name(name):<18}"
    )
    return text + day_text(on) if work == "multi" else text


def contra_row(contra: Contra, originator: Originator, work: Work) -> str:
    """The record that balances an account's day; its destination is the account itself."""
    sort_code, _, number = contra.account.partition("-")
    return row(
        Instruction(
            payer_sort_code=sort_code,
            payer_account=number,
            payer_name=originator.name,
            code=contra.code,
            account=contra.account,
            amount_minor=contra.amount_minor,
            user_name=originator.narrative,
            reference=CONTRA_REFERENCE,
            processing_on=contra.processing_on,
        ),
        work,
    )


@lru_cache(maxsize=256)
def day_text(on: date) -> str:
    """A day as ` YYDDD`: a blank, the year's last two digits, and the day of that year."""
    return f" {on.year % 100:02d}{on.timetuple().tm_yday:03d}"


@lru_cache(maxsize=256)
def day_of(text: str) -> date | None:
    """The day that ` YYDDD` names, in this century; None when it names none."""
    digits = text[1:]
    if len(text) != 6 or text[0] != " " or not (digits.isascii() and digits.isdigit()):
        return None
    year, number = 2000 + int(digits[:2]), int(digits[2:])
    found = date(year, 1, 1) + timedelta(days=max(number, 1) - 1)
    return found if number and found.year == year else None


def _file_label(label: str, submission: Submission) -> str:
    sun, serial = submission.sun, submission.serial
    days = day_text(submission.created_on) + day_text(submission.expires_on)
    return f"{label}A{sun}S   {sun}{serial}00010001{'':6}{days} 000000{'':20}"


def _width_label(label: str, submission: Submission) -> str:
    return f"{label}F02000{ROW_WIDTHS[submission.work]:05d}{'':35}00{'':28}"
