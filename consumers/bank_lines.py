"""One bank line as an entry: a payment of a known account, a receipt in suspense, or neither.

Identity: the bank's own reference with day and amount where it gives one (some banks count their
references anew in every statement, and a returned payment carries that of the payment), else the
place in the statement, else (CSV and OFX, downloads of any days) the content with its occurrence
on that day. So a file that overlaps another posts only what is new, and two equal lines stay two.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import get_args

from consumers.formats.statement import BankLine, SourceSpan, StatementOpened
from consumers.keeping import Digester
from consumers.matching.match import Matched
from consumers.matching.names import account_digest, payer_digest
from consumers.matching.rules import NO_CANDIDATE
from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.account_state import Dated
from ledger.authority import Actor
from ledger.ids import intake_stream
from ledger.intake_events import BankLineRecorded
from ledger.recorded import Source
from ledger.requests import Entry, Note, Request
from ledger.values import Candidate, Method

_METHODS = get_args(Method)


@dataclass(frozen=True, slots=True)
class FilePlace:
    """The file that lines stand in: its name, and the digest under which it is kept."""

    name: str
    digest: str

    def source(self, span: SourceSpan | None = None) -> Source:
        """Where a line is, to be quoted later; without a span, the file as a whole."""
        whole = Source("file", self.name, digest=self.digest)
        if span is None:
            return whole
        return replace(whole, line=span.line, byte_start=span.byte_start, byte_end=span.byte_end)


class Identities:
    """Gives each line of one statement its identity; equal-looking lines get different ones."""

    def __init__(self, opened: StatementOpened, form: str) -> None:
        self._opened = opened
        self._is_download = form == "ofx" or form.startswith("csv:")
        self._has_references = not form.startswith("csv:")
        self._seen: Counter[str] = Counter()

    def of(self, line: BankLine) -> str:
        """The identity of the next line; call it once for each line, in the order of the file."""
        account, reference = self._opened.account, line.bank_reference or ""
        if reference and self._has_references:
            return self._counted(
                _by_reference(account, reference, line.booked_on, line.amount_minor, line.part)
            )
        if self._is_download:
            return self._counted(f"bank|{account}|content|{reference}|{content(line).hex()}")
        # The opening day tells apart two years of a bank that numbers its statements by the year.
        opened_on = self._opened.opened_on.isoformat() if self._opened.opened_on else ""
        statement = f"{self._opened.statement_id}|{self._opened.sequence}|{opened_on}"
        return f"bank|{account}|statement|{statement}|{line.ordinal}|{line.part}"

    def _counted(self, key: str) -> str:
        self._seen[key] += 1
        return f"{key}|{self._seen[key]}"


def _by_reference(
    account: str, reference: str, booked_on: date, amount_minor: int, part: int
) -> str:
    return f"bank|{account}|ref|{reference}|{booked_on.isoformat()}|{amount_minor}|{part}"


def content(line: BankLine) -> bytes:
    """SHA-256 over what a line says, whichever file and place it was read from."""
    parts = (
        str(line.amount_minor),
        line.currency,
        line.booked_on.isoformat(),
        line.value_on.isoformat(),
        "|".join(line.references),
        line.narrative,
        line.payer_name or "",
        line.payer_account or "",
    )
    return hashlib.sha256("\x1f".join(parts).encode()).digest()


def receipt_id(identity: str) -> str:
    """The receipt's name in the ledger: short enough to read out, the same at every repeat."""
    return f"R-{hashlib.sha256(identity.encode()).hexdigest()[:16].upper()}"


def batch_identity(account: str, bank_reference: str, booked_on: date, amount_minor: int) -> str:
    """The identity of an entry for a whole batch of payments, by what an advice says of it.

    It is that of the entry's line in a statement that has an id, as `Identities` gives it.
    """
    return f"bank|{account}|ref|{bank_reference}|{booked_on.isoformat()}|{amount_minor}|1|1"


def is_receipt(line: BankLine) -> bool:
    """Whether a line is money that a debtor may have sent."""
    return line.amount_minor > 0 and line.method not in ("interest", "charge")


@dataclass(frozen=True, slots=True)
class Posting:
    """What all lines of one statement share when they are posted."""

    place: FilePlace
    account: str
    unit: str
    actor: Actor
    digest: Digester
    today: date


def entry(line: BankLine, identity: str, found: Matched, posting: Posting) -> Entry:
    """The entry of one line."""
    if not is_receipt(line):
        return _recorded(line, identity, posting)
    command = (
        _payment(line, identity, found, found.account, posting)
        if found.account is not None
        else _suspended(line, identity, found, posting)
    )
    return Request(
        command=command,
        actor=posting.actor,
        source=posting.place.source(line.span),
        identity=identity,
        content=content(line),
        correlation=f"file:{posting.place.digest}",
    )


def suspended_instead(refused: Request, rule: str) -> Request:
    """A payment that its account refused, as a receipt in suspense: bank money is never lost."""
    payment = refused.command
    if not isinstance(payment, c.ReceivePayment):
        raise TypeError(f"{type(payment).__name__} is no payment")
    match = payment.match
    candidate = Candidate(
        unit=payment.unit,
        account=payment.account,
        rule=payment.rule,
        score=match.score if match else None,
        rules=match.rules if match else None,
    )
    command = sc.SuspendReceipt(
        receipt=payment.receipt,
        unit=payment.unit,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        method=payment.method,
        value_on=payment.value_on,
        reason=rule,
        candidates=(candidate,),
        bank_account=payment.bank_account,
        payer_digest=payment.payer_digest,
        payer_account_digest=payment.payer_account_digest,
    )
    return refused._replace(command=command)


def _payment(
    line: BankLine,
    identity: str,
    found: Matched,
    account: tuple[str, str],
    posting: Posting,
) -> c.ReceivePayment:
    return c.ReceivePayment(
        unit=account[0],
        account=account[1],
        receipt=receipt_id(identity),
        amount_minor=line.amount_minor,
        currency=line.currency,
        method=_method(line),
        value_on=line.value_on,
        rule=found.rule,
        invoice=found.invoice,
        invoices=found.invoices,
        bank_account=posting.account,
        matched_reference=found.matched_reference,
        payer_digest=payer_digest(line.payer_name, posting.digest),
        payer_account_digest=account_digest(line.payer_account, posting.digest),
        match=found.match,
    )


def _suspended(
    line: BankLine, identity: str, found: Matched, posting: Posting
) -> sc.SuspendReceipt:
    return sc.SuspendReceipt(
        receipt=receipt_id(identity),
        unit=posting.unit,
        amount_minor=line.amount_minor,
        currency=line.currency,
        method=_method(line),
        value_on=line.value_on,
        reason=found.reason or NO_CANDIDATE,
        candidates=found.candidates,
        bank_account=posting.account,
        payer_digest=payer_digest(line.payer_name, posting.digest),
        payer_account_digest=account_digest(line.payer_account, posting.digest),
        bank_reference=line.bank_reference,
        batch_payments=line.batch_payments,
    )


def _method(line: BankLine) -> Method:
    return next((method for method in _METHODS if method == line.method), "other")


def _recorded(line: BankLine, identity: str, posting: Posting) -> Note:
    fact = BankLineRecorded(
        unit=posting.unit,
        bank_account=posting.account,
        bank_line=receipt_id(identity),
        amount_minor=line.amount_minor,
        currency=line.currency,
        kind=line.method,
    )
    return Note(
        intake_stream(f"bank:{posting.account}"),
        [Dated(fact, line.value_on)],
        posting.actor,
        posting.place.source(line.span),
        identity,
        content(line),
    )
