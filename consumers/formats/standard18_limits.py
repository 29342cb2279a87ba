"""What Bacs would amend, reject or turn into something else is refused here, before it is written.

Each refusal is a `SubmissionError` that names the instruction, the field and its value. Bank
holidays and modulus checks are data that change and are no matter of the file: they are decided
before an instruction comes here.
"""

import re
from datetime import date, timedelta
from typing import Final

from consumers.formats.standard18_layout import WORK_CODES
from consumers.formats.standard18_values import (
    CODES,
    NOTICES,
    TEXT_LENGTH,
    Instruction,
    Originator,
    Submission,
    SubmissionError,
    Totals,
    printed_name,
)

ITEM_MINOR_MAX = 2_000_000_000  # twenty million pounds; larger sums go by CHAPS
CONTRA_MINOR_MAX = 10**11 - 1  # eleven digits of pence
TOTAL_MINOR_MAX = 10**13 - 1  # thirteen digits in UTL1
ITEMS_MAX = 10**7 - 1  # seven digits in UTL1
FILE_NUMBER_MAX = 999
DAYS_AHEAD_MAX = 31  # calendar days from the making of the file to a processing day
REFERENCE_LENGTH_MIN = 6  # of a Direct Debit, in characters and in letters and digits among them

_ACCOUNT = re.compile(r"[0-9]{6}-[0-9]{8}", re.ASCII)
_SORT_CODE, _NUMBER = re.compile(r"[0-9]{6}", re.ASCII), re.compile(r"[0-9]{8}", re.ASCII)
_SERIAL = re.compile(r"[A-Z0-9]{6}", re.ASCII)
_REFERENCE = re.compile(r"[A-Z0-9](?:[A-Z0-9.&/ -]*[A-Z0-9.&/-])?", re.ASCII)
_PUNCTUATION = str.maketrans("", "", ".&/- ")
_SATURDAY: Final = 5
_NO_ACCOUNT: Final = "not a sort code and account number like 089999-66374958"


def check_submission(submission: Submission) -> None:
    """Refuse labels or accounts of ours that could not be written, or that Bacs would refuse."""
    check_labels(submission)
    if not submission.originators:
        raise SubmissionError(0, "originators", "", "no account of ours is named")
    accounts = [originator.account for originator in submission.originators]
    for originator in submission.originators:
        check_originator(originator)
        if accounts.count(originator.account) > 1:
            raise SubmissionError(0, "originators", originator.account, "named twice")


def check_labels(submission: Submission) -> None:
    """Refuse what the labels say of a submission, when Bacs would."""
    for field in ("sun", "bureau_number"):
        value = getattr(submission, field)
        if (field == "sun" or value) and not _digits(_SORT_CODE, value):
            raise SubmissionError(0, field, value, "not a number of six digits")
    serial = submission.serial
    if not _SERIAL.fullmatch(serial) or serial == "000000":
        reason = "not six capital letters or digits, or nothing but zeros"
        raise SubmissionError(0, "serial", serial, reason)
    if not 0 <= submission.file_number <= FILE_NUMBER_MAX:
        number = submission.file_number
        raise SubmissionError(0, "file_number", number, "not a number of three digits")
    if submission.work not in WORK_CODES:
        raise SubmissionError(0, "work", submission.work, "neither single nor multi")
    _check_days(submission)


def check_originator(originator: Originator) -> None:
    """Refuse an account of ours that is none, or whose contra would say nothing."""
    account, name, narrative = originator
    if not is_account(account):
        raise SubmissionError(0, "account", account, _NO_ACCOUNT)
    for field, text in (("name", name), ("narrative", narrative)):
        if not printed_name(text):
            raise SubmissionError(0, f"originator {field}", text, "nothing that Bacs can print")


def _check_days(submission: Submission) -> None:
    for field in ("created_on", "processing_on", "expires_on"):
        on = getattr(submission, field)
        if not date(2000, 1, 1) <= on <= date(2099, 12, 31):
            raise SubmissionError(0, field, on, "not of this century, and years have two digits")
    problem = _day_problem(submission, submission.processing_on)
    if problem is not None:
        raise SubmissionError(0, "processing_on", submission.processing_on, problem)


def _day_problem(submission: Submission, on: date) -> str | None:
    """Why a day cannot be a processing day of this file, or None."""
    if on.weekday() >= _SATURDAY:
        return "a Saturday or Sunday: Bacs does not process"
    if on <= submission.created_on:
        return f"not after {submission.created_on}, on which the file is made"
    if on > submission.created_on + timedelta(days=DAYS_AHEAD_MAX):
        return f"more than {DAYS_AHEAD_MAX} days after {submission.created_on}"
    if on >= submission.expires_on:
        return f"the file expires on {submission.expires_on}, not after it"
    return None


class InstructionCheck:
    """The rules for the instructions of one submission, asked in the order of the file.

    Of a submission without accounts of ours, as one that is read, any account may be one.
    """

    def __init__(self, submission: Submission) -> None:
        """Keep what is asked again and again."""
        self._submission = submission
        self._accounts = frozenset(one.account for one in submission.originators)
        self._days: set[date] = set()
        self._number = 0

    def __call__(self, instruction: Instruction) -> None:
        """Raise SubmissionError for the first rule that the next instruction breaks."""
        self._number += 1
        found = _problem(instruction) or self._misplaced(instruction)
        if found is not None:
            raise SubmissionError(self._number, *found)

    def _misplaced(self, item: Instruction) -> tuple[str, object, str] | None:
        """What is wrong with it in this submission: its account, or its day."""
        if self._accounts and item.account not in self._accounts:
            return "account", item.account, "not an account of this submission"
        if not self._accounts and not is_account(item.account):
            return "account", item.account, _NO_ACCOUNT
        on, submission = item.processing_on, self._submission
        if on in self._days:
            return None
        if submission.work == "single" and on != submission.processing_on:
            reason = f"the file has one processing day, {submission.processing_on}"
            return "processing_on", on, reason
        if on < submission.processing_on:
            return "processing_on", on, f"before the file's first day, {submission.processing_on}"
        problem = _day_problem(submission, on)
        if problem is not None:
            return "processing_on", on, problem
        self._days.add(on)
        return None

    def check_whole(self) -> None:
        """Raise SubmissionError when the file is empty, or its first day has no instruction."""
        if not self._number:
            raise SubmissionError(0, "instructions", 0, "there are none to send")
        first = self._submission.processing_on
        if first not in self._days:
            reason = "no instruction is of the file's first day"
            raise SubmissionError(0, "processing_on", first, reason)


def check_totals(totals: Totals) -> None:
    """Refuse sums and counts that UTL1 has no room for."""
    for field, value, most in (
        ("debits_minor", totals.debits_minor, TOTAL_MINOR_MAX),
        ("credits_minor", totals.credits_minor, TOTAL_MINOR_MAX),
        ("debit_items", totals.debit_items, ITEMS_MAX),
        ("credit_items", totals.credit_items, ITEMS_MAX),
        ("notices", totals.notices, ITEMS_MAX),
    ):
        if value > most:
            reason = f"more than {most}, the most that UTL1 can hold: send two files"
            raise SubmissionError(0, field, value, reason)


def _problem(item: Instruction) -> tuple[str, object, str] | None:
    """What is wrong with an instruction by itself: field, value and reason."""
    if item.code not in CODES:
        return "code", item.code, f"not one of {', '.join(sorted(CODES))}"
    if not _digits(_SORT_CODE, item.payer_sort_code):
        return "payer_sort_code", item.payer_sort_code, "not six digits, or nothing but zeros"
    if not _digits(_NUMBER, item.payer_account):
        return "payer_account", item.payer_account, "not eight digits, or nothing but zeros"
    account = f"{item.payer_sort_code}-{item.payer_account}"
    if account == item.account:
        return "payer_account", account, "our own account: only a contra has it on both sides"
    for field, name in (("payer_name", item.payer_name), ("user_name", item.user_name)):
        if not printed_name(name):
            return field, name, "nothing that Bacs can print"
    return _amount_problem(item) or _reference_problem(item)


def _amount_problem(item: Instruction) -> tuple[str, object, str] | None:
    minor = item.amount_minor
    if item.code in NOTICES:
        return ("amount_minor", minor, f"{item.code} moves no money") if minor else None
    if minor <= 0:
        return "amount_minor", minor, f"{item.code} moves money, so it must be more than zero"
    if minor > ITEM_MINOR_MAX:
        return "amount_minor", minor, "more than the 20,000,000.00 that Bacs takes for one item"
    return None


def _reference_problem(item: Instruction) -> tuple[str, object, str] | None:
    """Why its reference cannot be sent as it is; it is never folded or cut, for payers know it."""
    reference = item.reference
    if len(reference) > TEXT_LENGTH:
        return "reference", reference, f"longer than {TEXT_LENGTH}, and it is never cut"
    if not _REFERENCE.fullmatch(reference):
        reason = "not capitals, digits and .&/- with blanks only inside, led by a letter or digit"
        return "reference", reference, reason
    if item.code == "99":
        return None
    alone = reference.translate(_PUNCTUATION)
    if len(alone) < REFERENCE_LENGTH_MIN:
        return "reference", reference, "fewer than six letters and digits"
    if reference.startswith("DDIC"):
        return "reference", reference, "DDIC is kept for indemnity claims"
    if len(set(reference)) == 1:
        return "reference", reference, "one character again and again"
    return None


def is_account(account: str) -> bool:
    """Whether it is a sort code and an account number, `SSSSSS-NNNNNNNN`."""
    sort_code, _, number = account.partition("-")
    return (
        _ACCOUNT.fullmatch(account) is not None
        and _digits(_SORT_CODE, sort_code)
        and _digits(_NUMBER, number)
    )


def _digits(form: re.Pattern[str], text: str) -> bool:
    return form.fullmatch(text) is not None and text.strip("0") != ""
