"""Bacs and the payers' banks: what they send back about a file that they were sent.

They know nothing but the bytes of the file that was released, and the table of who does what.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import BinaryIO

from consumers.formats import arudd_write, bacs_advices_write, bacs_claims_write, bacs_credits_write
from consumers.formats import bacs_submission_write as submission_write
from consumers.formats.arudd_write import OutReturn, OutReturns
from consumers.formats.bacs_items import (
    AccountTotals,
    Arrival,
    DayTotals,
    FileOutcome,
    IndemnityClaim,
    InputError,
    InputReport,
    InstructionAdvice,
    InstructionKind,
    ReturnedCredit,
    SubmissionItem,
    Tally,
    Withdrawal,
)
from consumers.formats.standard18_read import InstructionLine, read
from consumers.formats.standard18_values import NOTICES, Instruction, Submission
from consumers.formats.statement import SourceSpan
from ledger import bacs_codes
from service.demo.debit_days import ACCOUNT, NAME, SUN
from service.demo.debit_town import BankAccount, Payer

_NOWHERE = SourceSpan(1, 0, 1)
_NONE = Tally(0, 0)
_RECORDS: dict[InstructionKind, str] = {"ADDACS": "A", "AUDDIS": "N", "AWACS": "A"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as Bacs received it."""

    submission: Submission
    items: tuple[Instruction, ...]

    @property
    def debits(self) -> list[Instruction]:
        """The collections in it."""
        return [one for one in self.items if one.code not in NOTICES]

    def of(self, payer: Payer) -> Instruction:
        """The collection of a payer. Raises StopIteration when it has none."""
        return next(one for one in self.debits if one.reference in payer.mandates)


def received(file: Path) -> Sent:
    """Read a file that was sent."""
    items = list(read(file))
    found = next(one for one in items if isinstance(one, Submission))
    lines = tuple(one.instruction for one in items if isinstance(one, InstructionLine))
    return Sent(found, lines)


class Bacs:
    """Writes reports into a folder; each returns the path of its file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def arrival(self, sent: Sent, on: date) -> Path:
        """The file has come."""
        serial = sent.submission.serial
        return self._submission([Arrival(_NOWHERE, serial, "1", on, None)], on, "arrival")

    def input_report(
        self, sent: Sent, on: date, rejected: Sequence[tuple[Instruction, str]] = ()
    ) -> Path:
        """What was taken of a file: all of it but for some, with why."""
        total, no = _tally(sent.debits), _tally([one for one, _ in rejected])
        took = Tally((total.items or 0) - len(rejected), total.value_minor - no.value_minor)
        report = InputReport(
            span=_NOWHERE,
            volume_serial=sent.submission.serial,
            submission="1",
            sun=SUN,
            file_number=f"{sent.submission.file_number:03d}",
            work_code="1 DAILY",
            processing_on=sent.submission.processing_on,
            produced_on=on,
            accounts=(AccountTotals(ACCOUNT, "0", "debit", took, no, total),),
            days=(),
            errors=tuple(
                InputError(_NOWHERE, "REJECTED", why, one.reference, one.amount_minor)
                for one, why in rejected
            ),
            messages=(),
        )
        return self._submission([report], on, "input", sent.submission.processing_on)

    def withdrawal(self, sent: Sent, on: date) -> Path:
        """The file was withdrawn before it was processed."""
        debits = _tally(sent.debits)
        day = DayTotals(sent.submission.processing_on, _NONE, debits, debits, _NONE)
        number = f"{sent.submission.file_number:03d}"
        one = Withdrawal(
            _NOWHERE, sent.submission.serial, "1", SUN, SUN, number, on, (day,), ()
        )  # fmt: skip
        return self._submission([one], on, "withdrawal")

    def arudd(self, returned: Sequence[tuple[Instruction, str]], on: date) -> Path:
        """Collections that came back unpaid, each with its code."""
        items = [
            OutReturn(
                one.reference,
                one.amount_minor,
                f"{code}128",
                bacs_codes.ARUDD[code].meaning.upper(),
                one.processing_on,
                f"{one.payer_sort_code}-{one.payer_account}",
                one.payer_name,
                one.code,
            )
            for one, code in returned
        ]
        path, file = self._begun(on, "arudd")
        with file:
            arudd_write.write([OutReturns(ACCOUNT, NAME, items)], file, on, SUN, NAME)
        return path

    def outcome(self, outcome: FileOutcome, on: date) -> Path:
        """The instructions of a file were accepted (AUDACC)."""
        path, file = self._begun(on, "audacc")
        with file:
            bacs_advices_write.write([outcome], file, "AUDACC", on, sun=SUN, user_name=NAME)
        return path

    def advices(
        self, kind: InstructionKind, advices: Iterable[InstructionAdvice], on: date
    ) -> Path:
        """What banks say of instructions (ADDACS, AUDDIS) or of credits (AWACS)."""
        path, file = self._begun(on, kind.lower())
        with file:
            bacs_advices_write.write(advices, file, kind, on, sun=SUN, user_name=NAME)
        return path

    def claims(self, claims: Sequence[IndemnityClaim], on: date, debit_on: date) -> Path:
        """Indemnity claims (DDICA), new and withdrawn."""
        path, file = self._begun(on, "ddica")
        with file:
            bacs_claims_write.write(claims, file, SUN, debit_on)
        return path

    def credits_back(self, credits_: Sequence[ReturnedCredit], on: date) -> Path:
        """Credits of ours that came back (ARUCS)."""
        path, file = self._begun(on, "arucs")
        with file:
            bacs_credits_write.write(credits_, file, on, sun=SUN)
        return path

    def _submission(
        self, items: Sequence[SubmissionItem], on: date, name: str, day: date | None = None
    ) -> Path:
        path, file = self._begun(on, name)
        with file:
            submission_write.write(items, file, on, day)
        return path

    def _begun(self, on: date, name: str) -> tuple[Path, BinaryIO]:
        folder = self._folder / f"{on:%Y-%m}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{on}-bacs-{next(self._numbers):02d}-{name}.xml"
        return path, path.open("wb")


def advice_of(
    kind: InstructionKind,
    payer: Payer,
    code: str,
    on: date,
    *,
    reference: str | None = None,
    new: BankAccount | None = None,
) -> InstructionAdvice:
    """What a payer's bank says with a code; of a refund its `reference`; `new`: where to now."""
    sort_code, number = payer.banks[0]
    return InstructionAdvice(
        span=_NOWHERE,
        kind=kind,
        reference=reference or payer.mandates[0],
        reason_code=code,
        effective_on=on,
        due_on=None,
        payer_sort_code=sort_code,
        payer_account=number,
        payer_name=payer.name[:18],
        new_sort_code=new[0] if new else None,
        new_account=new[1] if new else None,
        sun=SUN,
        aosn=f"{on:%j}{payer.account[-4:]}",
        record_type=_RECORDS[kind],
        reported_on=on,
    )


def claim_of(
    payer: Payer, collected: Instruction, debit_on: date, *, withdrawn: bool = False
) -> IndemnityClaim:
    """A claim on a collection, which names it by the day on which the payer was debited."""
    sort_code, number = payer.banks[0]
    entry_on = collected.processing_on + timedelta(days=1)
    return IndemnityClaim(
        span=_NOWHERE,
        sequence=payer.account[-4:],
        paying_bank_reference=f"CLM{payer.account}",
        reference=collected.reference,
        reason_code=payer.row.code,
        reason=bacs_codes.DDICA[payer.row.code].meaning,
        collections=((entry_on, collected.amount_minor),),
        total_minor=collected.amount_minor,
        debit_on=None if withdrawn else debit_on,
        cancelled=withdrawn,
        payer_sort_code=sort_code,
        payer_account=number,
        payer_name=payer.name[:18],
        advices=1,
        sun=SUN,
    )


def credit_back(payer: Payer, refund: str, minor: int, paid_on: date, on: date) -> ReturnedCredit:
    """A refund that its payee's bank sent back."""
    sort_code, number = payer.banks[0]
    return ReturnedCredit(
        span=_NOWHERE,
        ordinal=1,
        reference=refund,
        amount_minor=minor,
        currency="GBP",
        transaction_code="99",
        reason_code=payer.row.code,
        reason=bacs_codes.ARUCS[payer.row.code].meaning.upper(),
        originally_processed_on=paid_on,
        reported_on=on,
        account=ACCOUNT,
        sun=SUN,
        payee_sort_code=sort_code,
        payee_account=number,
        payee_name=payer.name[:18],
    )


def _tally(items: Sequence[Instruction]) -> Tally:
    return Tally(len(items), sum(one.amount_minor for one in items))
