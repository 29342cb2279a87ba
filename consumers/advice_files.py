"""A file of remittance advices: every total proved, each advice registered, then its money sought.

An advice is a document about money and posts none by itself. It is opened over the one bank line
whose amount it proves: see `remittances`. Until that line is there it waits, and is listed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from consumers.bank_lines import FilePlace
from consumers.bank_rows import quarantined_row
from consumers.file_refusals import UnknownBankAccountError
from consumers.formats.advice import AdviceClosed, AdviceItem, AdviceLine, AdviceOpened
from consumers.formats.advice_control import checked_advice
from consumers.formats.recognise import AdviceFile
from consumers.formats.statement import BadRow
from consumers.indexed_lines import of_advice_line, of_row
from consumers.intake_parts import REMITTANCES, IntakeParts
from consumers.keeping import IndexedLine
from consumers.matching.names import payer_digest
from consumers.remittances import PayingOut, expected_receipt, payment_receipt, remittance_id
from consumers.reports import AdviceReport, FileReport
from ledger.account_state import Dated
from ledger.intake_events import RemittanceRegistered
from ledger.limits import MESSAGES_PER_BATCH_MAX
from ledger.money import format_minor
from ledger.requests import Note


@dataclass(frozen=True, slots=True)
class AdviceTaking:
    """A proved file of advices, ready to be registered."""

    parts: IntakeParts
    file: AdviceFile
    kept: Path
    place: FilePlace
    advices: tuple[tuple[AdviceOpened, AdviceClosed], ...]

    @classmethod
    def proved(
        cls, parts: IntakeParts, file: AdviceFile, kept: Path, place: FilePlace
    ) -> "AdviceTaking":
        """The first pass: nothing is registered.

        Raises the errors of `consumers.formats.errors`, and UnknownBankAccountError.
        """
        advices = tuple(_proven(checked_advice(file.reader(kept), place.name)))
        for opened, _ in advices:
            if opened.account is not None and opened.account not in parts.accounts:
                raise UnknownBankAccountError(
                    place.name,
                    opened.span.line,
                    "account",
                    opened.account,
                    "this is none of our bank accounts: add it to bank-accounts.toml with its unit",
                )
        return cls(parts, file, kept, place, advices)

    def post(self, report: FileReport) -> None:
        """Register every advice, and set its unreadable rows aside."""
        self.parts.ledger.handle([*self._registrations(), *self._set_aside(report)])
        for number, (opened, closed) in enumerate(self.advices, 1):
            name = remittance_id(self.place.digest, number)
            report.notices += (f"advice {opened.advice_id}: {one}" for one in opened.warnings)
            if closed.lines == 0:
                continue  # there is nothing to open
            report.advices.append(
                AdviceReport(
                    name, opened.advice_id, opened.sender, closed.lines, closed.total_minor
                )
            )

    def _registrations(self) -> Iterator[Note]:
        for number, (opened, closed) in enumerate(self.advices, 1):
            if closed.lines:
                yield self._registration(number, opened, closed)

    def _registration(self, number: int, opened: AdviceOpened, closed: AdviceClosed) -> Note:
        parts, accounts = self.parts, self.parts.accounts
        fact = RemittanceRegistered(
            source=REMITTANCES,
            remittance=remittance_id(self.place.digest, number),
            kind=self.file.format,
            digest=self.place.digest,
            file_name=self.place.name,
            unit=accounts.get(opened.account) if opened.account is not None else None,
            sender_digest=payer_digest(opened.sender, parts.keeping.digest),
            bank_account=opened.account,
            bank_reference=opened.bank_reference,
            expected_receipt=expected_receipt(opened, closed.total_minor),
            currency=opened.currency,
            paid_on=opened.paid_on,
            total_minor=closed.total_minor,
            lines=closed.lines,
        )
        return Note(
            REMITTANCES,
            [Dated(fact, opened.paid_on or parts.ledger.today())],
            parts.actor,
            self.place.source(opened.span),
            f"file:{self.place.digest}|{number}",
            bytes.fromhex(self.place.digest),
        )

    def _set_aside(self, report: FileReport) -> Iterator[Note]:
        """What cannot be read or paid out, for an officer; every line is kept to be searched."""
        rows: list[IndexedLine] = []
        number, opened, paying_out = 0, self.advices[0][0], PayingOut(0)
        for item in self.file.reader(self.kept):
            match item:
                case AdviceOpened():
                    opened, paying_out = item, PayingOut(self.advices[number][1].total_minor)
                    number += 1
                case BadRow():
                    rows.append(
                        of_row(item, opened.account or "", self.place, self.file.format, self.kept)
                    )
                    yield self._aside(item, report)
                case AdviceLine():
                    rows.append(self._indexed(item, opened, number))
                    why = paying_out.obstacle(item)
                    if why is not None:
                        amount_minor = item.amount_minor
                        value = format_minor(amount_minor)
                        row = BadRow(item.span, "amount", value, why, amount_minor)
                        yield self._aside(row, report)
                case AdviceClosed():
                    pass
            if len(rows) >= MESSAGES_PER_BATCH_MAX:
                self.parts.keeping.lines.put(rows)
                rows = []
        self.parts.keeping.lines.put(rows)

    def _aside(self, row: BadRow, report: FileReport) -> Note:
        why = f"{row.field} {row.value[:60]!r}: {row.reason}"
        report.problems.append(f"line {row.span.line}: {why}")
        report.bad_lines[row.span.line] = why
        return quarantined_row(row, self.place, self.parts)

    def _indexed(self, line: AdviceLine, opened: AdviceOpened, number: int) -> IndexedLine:
        receipt = payment_receipt(remittance_id(self.place.digest, number), line.ordinal)
        return of_advice_line(line, opened, receipt, self.place, self.file.format)


def _proven(items: Iterable[AdviceItem]) -> Iterator[tuple[AdviceOpened, AdviceClosed]]:
    opened: AdviceOpened | None = None
    for item in items:
        if isinstance(item, AdviceOpened):
            opened = item
        elif isinstance(item, AdviceClosed) and opened is not None:
            yield opened, item
