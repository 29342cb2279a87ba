"""A report of returned Direct Debits: each line reverses the one receipt that it names.

Found by reference, amount and the day of the original collection, never by payer: the reference is
the account's, and of its Direct Debit receipts the one of that amount whose value day is the entry
day of the original processing day, or up to a few working days later. Nothing else of that payer is
touched. What cannot be tied to one receipt is set aside for an officer.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from consumers.bacs_steps import SETTLED
from consumers.bacs_taking import mandates_of
from consumers.bank_lines import FilePlace
from consumers.bank_rows import quarantined_line, quarantined_row
from consumers.file_refusals import UnknownBankAccountError
from consumers.formats.recognise import ReturnsFile
from consumers.formats.returned_debit import ReturnedDebit
from consumers.formats.statement import BadRow
from consumers.indexed_lines import of_returned, of_row
from consumers.intake_parts import FILES, IntakeParts
from consumers.mandates_found import Mandates
from consumers.reports import FileReport, Part
from consumers.returned_collections import ReturnActs, reversal
from consumers.returned_receipts import Receipts
from ledger import commands as c
from ledger import registers
from ledger.account_state import Dated
from ledger.intake_events import DirectDebitReturned
from ledger.limits import MESSAGES_PER_BATCH_MAX
from ledger.mandate import MandateState
from ledger.money import format_minor
from ledger.requests import Entry, Note, Request

ENTRY_AFTER_PROCESSING = 1  # working days: a payer is debited the day after Bacs processes
ENTRY_LATE_MAX = 3  # working days that a bank may show the credit later


@dataclass(frozen=True, slots=True)
class ReturnsTaking:
    """A proved report, ready to be posted."""

    parts: IntakeParts
    file: ReturnsFile
    kept: Path
    place: FilePlace
    mandates: Mandates

    @classmethod
    def proved(
        cls, parts: IntakeParts, file: ReturnsFile, kept: Path, place: FilePlace
    ) -> "ReturnsTaking":
        """The first pass: nothing is posted; the reader proves the totals of each account.

        Raises the errors of `consumers.formats.errors`, and UnknownBankAccountError.
        """
        for item in file.reader(kept):
            if isinstance(item, ReturnedDebit) and item.account not in parts.accounts:
                raise UnknownBankAccountError(
                    place.name,
                    item.span.line,
                    "account",
                    item.account,
                    "this is none of our bank accounts: add it to bank-accounts.toml with its unit",
                )
        return cls(parts, file, kept, place, mandates_of(parts))

    def post(self, report: FileReport) -> None:
        """Reverse what each line names, and record each line."""
        report.returned = Part()
        seen: Counter[str] = Counter()
        batch: list[ReturnedDebit | BadRow] = []
        for item in self.file.reader(self.kept):
            batch.append(item)
            if len(batch) >= MESSAGES_PER_BATCH_MAX // 2:
                self._post(batch, seen, report)
                batch = []
        self._post(batch, seen, report)

    def _post(
        self, batch: Sequence[ReturnedDebit | BadRow], seen: Counter[str], report: FileReport
    ) -> None:
        self.parts.keeping.lines.put(
            [
                of_returned(item, self.place, self.file.format)
                if isinstance(item, ReturnedDebit)
                else of_row(item, "", self.place, self.file.format, self.kept)
                for item in batch
            ]
        )
        named = [(item, _identity(item, seen)) for item in batch if isinstance(item, ReturnedDebit)]
        self.mandates.load(item.reference for item, _ in named)
        store = self.parts.ledger.store
        known = store.registered([(registers.MESSAGE, reversal(one)) for _, one in named])
        receipts = Receipts(store)
        entries: list[Entry] = [
            self._aside(item, report) for item in batch if isinstance(item, BadRow)
        ]
        for item, identity in named:
            if report.returned is not None:
                report.returned.add(-item.amount_minor)
            if (registers.MESSAGE, reversal(identity)) not in known:
                entries += self._entries(item, identity, receipts, report)
        refused_ = [
            (entry, outcome)
            for entry, outcome in zip(entries, self.parts.ledger.handle(entries), strict=True)
            if outcome.status == "refused" and isinstance(entry, Request)
            if outcome.refusals[0].code not in SETTLED
        ]
        self.parts.ledger.handle(
            [
                quarantined_line(entry, outcome, self.place, self.parts)
                for entry, outcome in refused_
            ]
        )
        for entry, outcome in refused_:
            _tell(report, entry.source.line, "; ".join(one.sentence for one in outcome.refusals))

    def _entries(
        self, item: ReturnedDebit, identity: str, receipts: "Receipts", report: FileReport
    ) -> Iterator[Entry]:
        """What one line does: its reversal, or why there is none; and the record of it."""
        mandate = self.mandates.of(item.reference)
        if mandate is not None:
            yield from self._of_mandate(item, identity, mandate, report)
            return
        holder = receipts.holder(item.reference)
        found = receipts.paid_by(item, holder) if holder is not None else ()
        receipt = found[0].receipt if len(found) == 1 else None
        yield self._recorded(item, identity, holder, receipt)
        if holder is None:
            why = "no account of ours has this reference"
        elif receipt is None:
            why = receipts.why_not(item, found)
        else:
            receipts.taken.add(receipt)
            yield self._request(item, identity, holder, receipt)
            return
        row = BadRow(item.span, "reference", item.reference, why, -item.amount_minor)
        yield self._aside(row, report)

    def _of_mandate(
        self, item: ReturnedDebit, identity: str, mandate: MandateState, report: FileReport
    ) -> Iterator[Entry]:
        """What a collection of our own that came back does, or why it cannot be told which."""
        owner = mandate.unit, mandate.account
        found = self.mandates.collections(mandate, item.originally_processed_on, item.amount_minor)
        going = [one for one in found if one.collection.status == "instructed"]
        if len(going) != 1:
            yield self._recorded(item, identity, owner, None)
            amount = format_minor(item.amount_minor, thousands=True)
            which = f"{len(going)} collections" if found and going else "no collection"
            why = f"mandate {mandate.mandate} has {which} of {amount} that could come back"
            row = BadRow(item.span, "reference", item.reference, why, -item.amount_minor)
            yield self._aside(row, report)
            return
        yield self._recorded(item, identity, owner, going[0].receipt)
        acts = ReturnActs(self.parts, self.place, item, identity, mandate)
        yield from acts.entries(going[0])

    def _recorded(
        self,
        item: ReturnedDebit,
        identity: str,
        holder: tuple[str, str] | None,
        receipt: str | None,
    ) -> Note:
        unit, account = holder or (self.parts.accounts[item.account], None)
        fact = DirectDebitReturned(
            source=FILES,
            digest=self.place.digest,
            unit=unit,
            account=account,
            receipt=receipt,
            reference=item.reference,
            amount_minor=item.amount_minor,
            reason_code=item.reason_code,
            reason=item.reason,
            originally_processed_on=item.originally_processed_on,
            reported_on=item.reported_on,
        )
        dated = Dated(fact, item.reported_on or self.parts.ledger.today())
        content = bytes.fromhex(self.place.digest)
        source = self.place.source(item.span)
        return Note(FILES, [dated], self.parts.actor, source, identity, content)

    def _request(
        self, item: ReturnedDebit, identity: str, holder: tuple[str, str], receipt: str
    ) -> Request:
        unit, account = holder
        return Request(
            command=c.ReversePayment(
                unit=unit, account=account, receipt=receipt, reason="direct_debit_unpaid"
            ),
            actor=self.parts.actor,
            source=self.place.source(item.span),
            identity=reversal(identity),
            effective_on=item.reported_on,
            correlation=f"file:{self.place.digest}",
        )

    def _aside(self, row: BadRow, report: FileReport) -> Note:
        _tell(report, row.span.line, f"{row.field} {row.value[:60]!r}: {row.reason}")
        return quarantined_row(row, self.place, self.parts)


def _identity(item: ReturnedDebit, seen: Counter[str]) -> str:
    """What a report names, with its occurrence: two equal returns stay two."""
    day = item.originally_processed_on.isoformat()
    key = f"{item.account}|{item.reference}|{day}|{item.amount_minor}"
    seen[key] += 1
    return f"returned-debit|{key}|{seen[key]}"


def _tell(report: FileReport, line: int | None, why: str) -> None:
    report.problems.append(f"line {line}: {why}")
    report.bad_lines[line] = why
