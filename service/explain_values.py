"""What an explanation is made of: values only, so that text, JSON and tests agree."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from ledger.recorded import Source

QuoteState: TypeAlias = Literal["quoted", "removed", "missing", "damaged", "none"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where an event came from: its source, and the exact bytes when they are kept.

    `quote` is None unless `state` is quoted; `sentence` says in words where the source is and,
    when the bytes cannot be shown, why.
    """

    source: Source
    state: QuoteState
    sentence: str
    quote: bytes | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One event behind a line: where it is in the log, who asked and who approved, its evidence."""

    position: int
    event_id: str
    topic: str
    effective_on: date
    recorded_at: datetime
    rule: str | None
    actor: str
    approver: str | None
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Detail:
    """Something that belongs to a line without moving the balance, such as where a payment went."""

    text: str
    amount_minor: int
    trace: Trace


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the balance: what happened, by how much it moved, what it came to.

    `amount_minor` is signed: positive raises what is owed. `origins` say where money came from
    that reached the account through suspense or from another account.
    """

    text: str
    kind: str
    amount_minor: int
    balance_minor: int
    trace: Trace
    details: tuple[Detail, ...] = ()
    origins: tuple[Detail, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenPart:
    """What is open of one instalment of one bill; `number` is 0 when there is only one."""

    item: str
    number: int
    due_on: date
    open_minor: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What is explained: an account, or one of its items."""

    unit: str
    account: str
    item: str | None = None

    def __str__(self) -> str:
        place = f"{self.unit}/{self.account}"
        return place if self.item is None else f"{place}, {self.item}"


@dataclass(frozen=True, slots=True)
class Checks:
    """What the sum of the lines was compared with; None where it could not be, with the reason."""

    movements: bool | None
    state: bool | None
    note: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every penny of a balance. The amounts of the lines add up to `balance_minor`.

    For an item, `balance_minor` and `open_minor` are what is open on it and `unapplied_minor` is
    zero. `position` is the last position of the log that counts.
    """

    target: Target
    currency: str
    as_at: date
    as_known: datetime
    position: int
    sentences: tuple[str, ...]
    balance_minor: int
    open_minor: int
    overdue_minor: int
    unapplied_minor: int
    parts: tuple[OpenPart, ...]
    lines: tuple[Line, ...]
    others: tuple[Detail, ...]
    checks: Checks
