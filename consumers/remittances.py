"""Open a remittance advice over the money that it is about: one bank line becomes its payments.

The advice's total is proved against the receipt in suspense: equal to the penny, or nothing is
done. Then each payment is split off into a receipt of its own, which points at its line of the
advice, and goes to its account when the matching policy says so; the others stay in suspense, each
by itself, with its candidates. An amount that is taken back from an earlier payment (a negative
line) needs an officer: it is set aside with what to do, and the payments for which the money then
falls short wait with it.
"""

import hashlib
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from consumers.bank_lines import FilePlace, batch_identity, receipt_id
from consumers.formats.advice import AdviceItem, AdviceLine, AdviceOpened, AdviceReader
from consumers.intake_parts import REMITTANCES, IntakeParts
from consumers.matching.match import Matched, Matcher
from consumers.matching.names import account_digest, payer_digest
from consumers.matching.states import read_state
from consumers.reports import AdviceReport
from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.account_state import Dated
from ledger.ids import receipt_stream, stream_id
from ledger.intake_events import RemittanceMatched, RemittanceRegistered
from ledger.limits import MESSAGES_PER_BATCH_MAX
from ledger.money import format_minor
from ledger.receipt import ReceiptState
from ledger.recorded import RecordedEvent
from ledger.registers import MESSAGE
from ledger.requests import Note, Outcome, Request
from ledger.store_reads import StoreReads

TAKEN_BACK = (
    "this is taken back from an earlier payment: unallocate that much of the account's receipt,"
    " and transfer the credit to where the money of this remittance falls short"
)
FALLS_SHORT = "the money of the remittance falls short for it by what is taken back elsewhere"
ADVICES_SEEN_MAX = 1_000
LINES_PER_BATCH = MESSAGES_PER_BATCH_MAX // 2  # each may be two commands


class RemittanceMoneyError(ValueError):
    """The receipt is not the money of the advice; the message says in what they differ."""


@dataclass(frozen=True, slots=True)
class Remittance:
    """A registered advice: its name in the ledger, its proved total, and its file."""

    name: str
    total_minor: int
    place: FilePlace


def remittance_id(digest: str, number: int) -> str:
    """The name of the nth advice of a file: short enough to read out, the same at every repeat."""
    return f"M-{hashlib.sha256(f'{digest}|{number}'.encode()).hexdigest()[:16].upper()}"


def expected_receipt(opened: AdviceOpened, total_minor: int) -> str | None:
    """The receipt that the bank line of an advice has or will have, by the bank's reference."""
    if opened.account is None or opened.bank_reference is None or opened.paid_on is None:
        return None
    return receipt_id(
        batch_identity(opened.account, opened.bank_reference, opened.paid_on, total_minor)
    )


def waiting(store: StoreReads) -> list[RecordedEvent]:
    """The latest advices whose money has not come, by the log itself; the oldest first."""
    events = store.latest(stream_id(REMITTANCES), ADVICES_SEEN_MAX)
    matched = {one.fact.remittance for one in events if isinstance(one.fact, RemittanceMatched)}
    return [
        one
        for one in events
        if isinstance(one.fact, RemittanceRegistered) and one.fact.remittance not in matched
    ]


def payment_receipt(remittance: str, ordinal: int) -> str:
    """The receipt that one payment of an advice becomes."""
    return receipt_id(f"remittance|{remittance}|{ordinal}")


@dataclass(slots=True)
class PayingOut:
    """Goes through the lines of an advice in their order: which of them its total can pay."""

    left_minor: int

    def obstacle(self, line: AdviceLine) -> str | None:
        """Why the next line cannot be paid out of the total; None when it can."""
        if line.amount_minor <= 0:
            return TAKEN_BACK
        if line.amount_minor > self.left_minor:
            return FALLS_SHORT
        self.left_minor -= line.amount_minor
        return None


LISTED = "listed in the statement"


def settle_listed(
    parts: IntakeParts, place: FilePlace, items: Iterable[AdviceItem], names: Container[str]
) -> int:
    """Settle the named advices of a file whose payments the statement lists itself; how many.

    Such an entry's payments were posted from the statement, one by one: the advice says no more.
    """
    firsts = [
        (
            name,
            opened.paid_on,
            batch_identity(opened.account, opened.bank_reference, opened.paid_on, first),
        )
        for name, opened, first in _first_payments(items, place.digest)
        if name in names and opened.account and opened.bank_reference and opened.paid_on
    ]
    known = parts.ledger.store.registered([(MESSAGE, identity) for _, _, identity in firsts])
    notes = [
        _matched(parts, place, name, receipt_id(identity), 0, LISTED, on)
        for name, on, identity in firsts
        if (MESSAGE, identity) in known
    ]
    parts.ledger.handle(notes)
    return len(notes)


def _first_payments(
    items: Iterable[AdviceItem], digest: str
) -> Iterator[tuple[str, AdviceOpened, int]]:
    """The name and the head of each advice of a file, and the amount of its first payment."""
    number, opened = 0, None
    for item in items:
        if isinstance(item, AdviceOpened):
            number, opened = number + 1, item
        elif isinstance(item, AdviceLine) and opened is not None:
            yield remittance_id(digest, number), opened, item.amount_minor
            opened = None


def _matched(
    parts: IntakeParts,
    place: FilePlace,
    remittance: str,
    receipt: str,
    amount_minor: int,
    how: str,
    on: date,
) -> Note:
    fact = RemittanceMatched(
        source=REMITTANCES,
        remittance=remittance,
        receipt=receipt,
        amount_minor=amount_minor,
        how=how,
    )
    return Note(
        REMITTANCES,
        [Dated(fact, on)],
        parts.actor,
        place.source(),
        f"remittance-matched:{remittance}",
        receipt.encode(),
    )


@dataclass(slots=True)
class Opening:
    """One advice being opened over one receipt."""

    parts: IntakeParts
    remittance: Remittance
    receipt: str
    how: str
    _report: AdviceReport = field(init=False)
    _split: dict[str, int] = field(default_factory=dict)

    def open(self, reader: AdviceReader) -> AdviceReport:
        """Split and identify, in batches; done again, it goes on where it was cut off.

        Raises RemittanceMoneyError when the receipt is not this money.
        """
        state = self._proved()
        matcher = Matcher(self.parts.ledger.store, self.parts.matching, self.parts.keeping.digest)
        name, total_minor = self.remittance.name, self.remittance.total_minor
        self._report = AdviceReport(name, "", None, 0, total_minor, self.receipt)
        note = _matched(
            self.parts,
            self.remittance.place,
            name,
            self.receipt,
            total_minor,
            self.how,
            state.value_on,
        )
        self.parts.ledger.handle([note])
        kept = self.parts.keeping.raw.path(self.remittance.place.digest)
        batch: list[AdviceLine] = []
        paying_out = PayingOut(total_minor)
        for line in self._lines(reader(kept)):
            self._report.lines += 1
            if paying_out.obstacle(line) is not None:
                self._report.set_aside.add(line.amount_minor)
                continue
            batch.append(line)
            if len(batch) >= LINES_PER_BATCH:
                self._post(batch, matcher, state)
                batch = []
        self._post(batch, matcher, state)
        return self._report

    def _lines(self, items: Iterator[AdviceItem]) -> Iterator[AdviceLine]:
        """The lines of this advice among those of its file."""
        number, is_it = 0, False
        for item in items:
            if isinstance(item, AdviceOpened):
                number += 1
                is_it = remittance_id(self.remittance.place.digest, number) == self.remittance.name
                if is_it:
                    self._report.advice_id, self._report.sender = item.advice_id, item.sender
            elif is_it and isinstance(item, AdviceLine):
                yield item

    def _proved(self) -> ReceiptState:
        row = self.parts.ledger.store.streams([stream_id(receipt_stream(self.receipt))])
        stored = next(iter(row.values()), None)
        state = read_state(self.parts.ledger.store, stored) if stored else None
        if not isinstance(state, ReceiptState):
            raise RemittanceMoneyError(f"receipt {self.receipt} was never in suspense")
        if state.amount_minor != self.remittance.total_minor:
            raise RemittanceMoneyError(
                f"remittance {self.remittance.name} comes to"
                f" {format_minor(self.remittance.total_minor, thousands=True)}, receipt"
                f" {self.receipt} to {format_minor(state.amount_minor, thousands=True)}"
            )
        return state

    def _post(self, batch: Sequence[AdviceLine], matcher: Matcher, state: ReceiptState) -> None:
        found = matcher.match(batch, state.unit, self.parts.ledger.today())
        entries = [
            request
            for line, matched in zip(batch, found, strict=True)
            for request in self._requests(line, matched)
        ]
        self._count(entries, self.parts.ledger.handle(entries))

    def _requests(self, line: AdviceLine, matched: Matched) -> Iterator[Request]:
        """Split the payment off, and when its account is sure, post it there."""
        name = payment_receipt(self.remittance.name, line.ordinal)
        split = sc.SplitSuspense(
            receipt=self.receipt,
            new_receipt=name,
            amount_minor=line.amount_minor,
            reason=f"payment {line.ordinal} of remittance {self.remittance.name}",
            candidates=matched.candidates,
            payer_digest=payer_digest(line.payer_name, self.parts.keeping.digest),
            payer_account_digest=account_digest(line.payer_account, self.parts.keeping.digest),
        )
        yield self._request(line, split, "split")
        if matched.account is not None:
            unit, account = matched.account
            identify = sc.IdentifySuspense(
                receipt=name,
                to_unit=unit,
                to_account=account,
                invoice=matched.invoice,
                reason=f"remittance {self.remittance.name}",
                rule=matched.rule,
                match=matched.match,
            )
            yield self._request(line, identify, "identify")

    def _request(self, line: AdviceLine, command: c.SuspenseCommand, step: str) -> Request:
        return Request(
            command=command,
            actor=self.parts.actor,
            source=self.remittance.place.source(line.span),
            identity=f"remittance|{self.remittance.name}|{line.ordinal}|{step}",
            content=hashlib.sha256(repr((line.amount_minor, line.references)).encode()).digest(),
            correlation=f"file:{self.remittance.place.digest}",
        )

    def _count(self, entries: Sequence[Request], outcomes: Sequence[Outcome]) -> None:
        """A payment is in suspense once it is split off, and on its account once identified."""
        for entry, outcome in zip(entries, outcomes, strict=True):
            if outcome.status == "refused":
                self._report.problems.append("; ".join(one.sentence for one in outcome.refusals))
            elif isinstance(entry.command, sc.SplitSuspense):
                self._report.waiting.add(entry.command.amount_minor)
                self._split[entry.command.new_receipt] = entry.command.amount_minor
            elif isinstance(entry.command, sc.IdentifySuspense):
                amount_minor = self._split.pop(entry.command.receipt)
                self._report.waiting.take(amount_minor)
                self._report.allocated.add(amount_minor)
