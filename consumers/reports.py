"""The report that ends every file: what became of each line, in counts and in money.

The parts add up to the file's own total: nothing is lost, and it can be seen.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from ledger.values import Refusal

PARTS = ("posted", "suspended", "other", "quarantined", "duplicates")


@dataclass(slots=True)
class Part:
    """Lines and their signed sum in minor units."""

    lines: int = 0
    amount_minor: int = 0

    def add(self, amount_minor: int) -> None:
        """Count one line."""
        self.lines += 1
        self.amount_minor += amount_minor

    def take(self, amount_minor: int) -> None:
        """Take back one line that another part counts now."""
        self.lines -= 1
        self.amount_minor -= amount_minor


@dataclass(slots=True)
class AdviceReport:
    """One remittance advice.

    `receipt` is the money that it was opened over, None while that has not come. `allocated`:
    payments on accounts; `waiting`: payments in suspense, each by itself; `set_aside`: lines for an
    officer.
    """

    remittance: str
    advice_id: str
    sender: str | None
    lines: int
    total_minor: int
    receipt: str | None = None
    allocated: Part = field(default_factory=Part)
    waiting: Part = field(default_factory=Part)
    set_aside: Part = field(default_factory=Part)
    problems: list[str] = field(default_factory=list)


@dataclass(slots=True)
class StatementReport:
    """One bank statement.

    `posted`: payments on accounts; `suspended`: receipts in suspense; `other`: bank lines that are
    no receipts; `quarantined`: rows set aside; `duplicates`: lines that were in the ledger already.
    `unexplained_minor` is what rows of unreadable amount must come to, by the bank's balances.
    """

    account: str
    unit: str
    statement: str
    opening_minor: int | None = None
    closing_minor: int | None = None
    lines: int = 0
    total_minor: int = 0
    unexplained_minor: int = 0
    not_booked: int = 0
    posted: Part = field(default_factory=Part)
    suspended: Part = field(default_factory=Part)
    other: Part = field(default_factory=Part)
    quarantined: Part = field(default_factory=Part)
    duplicates: Part = field(default_factory=Part)

    def adds_up(self) -> bool:
        """Whether the parts are the whole, in lines and in money, and the bank's balances agree."""
        parts: list[Part] = [getattr(self, name) for name in PARTS]
        return (
            sum(part.lines for part in parts) == self.lines
            and sum(part.amount_minor for part in parts) == self.total_minor
            and self._moved() in (None, self.total_minor + self.unexplained_minor)
        )

    def _moved(self) -> int | None:
        if self.opening_minor is None or self.closing_minor is None:
            return None
        return self.closing_minor - self.opening_minor


@dataclass(slots=True)
class FileReport:
    """One file: what it was taken for, and what became of it.

    `messages` counts billing messages by outcome; `statements` and `bad_lines` (the quarantined
    rows: line number and why) are filled for bank files, `advices` for remittance advices and
    `returned` for a report of returned Direct Debits. `done` counts what a report of Bacs did.
    `notices` is what somebody should know and nothing waits for: a statement that has not come, an
    oddity that was read all the same.
    """

    file: str
    digest: str
    format: str
    same_file: bool = False
    refusal: Refusal | None = None
    statements: list[StatementReport] = field(default_factory=list)
    advices: list[AdviceReport] = field(default_factory=list)
    returned: Part | None = None
    messages: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    bad_lines: dict[int | None, str] = field(default_factory=dict)

    def is_whole(self) -> bool:
        """Whether everything in the file is in the ledger: nothing refused, nothing set aside."""
        return self.refusal is None and not self.bad_lines and not self.messages.get("refused")

    def as_json(self) -> dict[str, Any]:
        """The report for a script."""
        return {
            "file": self.file,
            "sha256": self.digest,
            "format": self.format,
            "same_file": self.same_file,
            "refused": self.refusal.model_dump() if self.refusal else None,
            "messages": self.messages,
            "done": self.done,
            "problems": self.problems,
            "notices": self.notices,
            "statements": [_statement(one) for one in self.statements],
            "advices": [asdict(one) for one in self.advices],
            "returned": asdict(self.returned) if self.returned is not None else None,
        }


def _statement(one: StatementReport) -> dict[str, Any]:
    parts = {name: getattr(one, name) for name in PARTS}
    return {
        "account": one.account,
        "unit": one.unit,
        "statement": one.statement,
        "opening_minor": one.opening_minor,
        "closing_minor": one.closing_minor,
        "lines": one.lines,
        "total_minor": one.total_minor,
        "unexplained_minor": one.unexplained_minor,
        "not_booked": one.not_booked,
        **{
            name: {"lines": part.lines, "amount_minor": part.amount_minor}
            for name, part in parts.items()
        },
        "adds_up": one.adds_up(),
    }
