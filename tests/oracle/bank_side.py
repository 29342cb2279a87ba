"""What the bank does in the random council: files, lines, statements with gaps, and the desk."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .bank_rows import (
    EntryRow,
    IntakeRow,
    ReceiptRow,
    RemittanceRow,
    SmallBalanceRow,
    StatementRow,
)
from .journal import DAY, Journal

RULES = ("account-reference", "invoice-number", "payer-alias", "amount-exact")


@dataclass
class BankAccount:
    """An account at the bank: its true balance, and what of it no statement has told yet."""

    name: str
    unit: str
    has_numbers: bool
    balance: int
    digest: str
    sequence: int = 1
    line: int = 0
    pending: list[int] = field(default_factory=list)
    aside: list[int | None] = field(default_factory=list)
    told: list[int] = field(default_factory=list)


class BankSide(Journal):
    """Rows of receipts, of the bank, of remittances and of small balances, beside the movements."""

    def __init__(self, seed: int, start: date) -> None:
        super().__init__(seed, start)
        self.receipt_rows: list[ReceiptRow] = []
        self.entry_rows: list[EntryRow] = []
        self.statement_rows: list[StatementRow] = []
        self.intake_rows: list[IntakeRow] = []
        self.remittance_rows: list[RemittanceRow] = []
        self.small_rows: list[SmallBalanceRow] = []
        self.refunds_out: list[int] = []
        self.set_aside_rows: list[tuple[str, str, int | None, BankAccount]] = []
        self.batches: list[tuple[str, int]] = []
        self.banks = [
            BankAccount("111111-00000001", "CORP", True, 100_000, "f-1"),
            BankAccount("222222-00000002", "HSG", False, 0, "f-2"),
            BankAccount("222222-00000003", "HSG", True, 5_000, "f-3"),
        ]

    def stamp(self, on: date) -> dict[str, Any]:
        return {"position": self.position, "recorded_at": self.now, "effective_on": on}

    def step(self) -> None:
        """An event that moves no money of the ledger."""
        self.position += 1

    def happened(
        self, kind: str, unit: str, receipt: str, amount: int, on: date, **more: object
    ) -> None:
        """Something happened to a receipt, in the event that was left last."""
        line = sum(row.position == self.position for row in self.receipt_rows)
        row: dict[str, Any] = {"kind": kind, "unit": unit, "receipt": receipt, "line": line}
        row |= {"amount_minor": amount, **self.stamp(on), **more}
        self.receipt_rows.append(ReceiptRow(**row))

    def at_a_bank(self, unit: str, amount: int) -> dict[str, Any]:
        """Where money came in: at one of the unit's banks, or told by another system."""
        if self.chance.random() < 0.15:
            return {"bank_account": None, "automatic": True}
        bank = self.chance.choice([one for one in self.banks if one.unit == unit])
        return {"bank_account": bank.name, **self.on_a_line(bank, amount)}

    def on_a_line(self, bank: BankAccount, amount: int) -> dict[str, Any]:
        bank.line += 1
        bank.pending.append(amount)
        bank.balance += amount
        return {"digest": bank.digest, "file_line": bank.line, "automatic": True}

    def moved_cash(self, kind: str, unit: str, name: str, amount: int, on: date) -> None:
        """The books know of money that the bank has not shown."""
        entry: dict[str, Any] = {"kind": kind, "unit": unit, "name": name, "amount_minor": amount}
        self.entry_rows.append(EntryRow(side="books", **entry, **self.stamp(on)))
        self.refunds_out.append(amount)

    # --- what can happen

    def bank_line(self) -> None:
        """A line that is no receipt; often the bank's side of what the books knew of."""
        bank = self.chance.choice(self.banks)
        known = self.refunds_out and self.chance.random() < 0.7
        amount = self.chance.choice(self.refunds_out) if known else -self.chance.randint(1, 900)
        self.step()
        placed = self.on_a_line(bank, amount)
        placed.pop("automatic")
        entry: dict[str, Any] = {"kind": "line", "unit": bank.unit, "name": self.name("L")}
        entry |= {"amount_minor": amount, "bank_account": bank.name, "method": "charge"}
        on = self.some_day(date.min)
        self.entry_rows.append(EntryRow(side="bank", **entry, **placed, **self.stamp(on)))

    def set_aside(self) -> None:
        """A row that cannot be read, its amount perhaps not either."""
        bank = self.chance.choice(self.banks)
        amount = self.chance.randint(-500, 5_000)
        readable = self.chance.random() < 0.7
        bank.line += 1
        bank.balance += amount
        bank.aside.append(amount if readable else None)
        if not readable:
            bank.told.append(amount)
        self.step()
        name = self.name("file:row|")
        known = amount if readable else None
        place = f"bank.xml line {bank.line}"
        self.intake_rows.append(
            IntakeRow(self.position, self.now, name, "quarantined", known, bank.digest, place)
        )
        self.set_aside_rows.append((name, bank.digest, amount, bank))

    def resolve(self) -> None:
        """A row that was set aside is posted after all, or discarded."""
        if not self.set_aside_rows:
            return
        at = self.chance.randrange(len(self.set_aside_rows))
        name, digest, amount, bank = self.set_aside_rows.pop(at)
        self.step()
        posted = self.chance.random() < 0.5
        status = "posted" if posted else "discarded"
        self.intake_rows.append(IntakeRow(self.position, self.now, name, status))
        if posted and amount:
            self.step()
            entry: dict[str, Any] = {"kind": "line", "unit": bank.unit, "name": self.name("L")}
            entry |= {"amount_minor": amount, "bank_account": bank.name, "digest": digest}
            on = self.some_day(date.min)
            self.entry_rows.append(EntryRow(side="bank", **entry, **self.stamp(on)))

    def take_statement(self) -> None:
        """The bank's next statement, now and then after one that never came, or overlapping."""
        bank = self.chance.choice(self.banks)
        hidden = self.chance.choice((0, 0, 0, 0, 0, 0, self.chance.randint(-900, 900)))
        overlap = self.chance.choice((0, 0, 0, 0, 0, self.chance.randint(1, 900)))
        known = [amount for amount in bank.aside if amount is not None]
        moved = sum(bank.pending) + sum(known) + sum(bank.told)
        bank.balance += hidden
        opening = bank.balance - moved - overlap
        bank.sequence += self.chance.choice((1, 1, 1, 1, 1, 3))
        ends_on = self.now.date() - DAY * self.chance.choice((0, 0, 1, 1, 5, 30))
        has_lines = bool(bank.pending or bank.aside)
        says_balances = self.chance.random() < 0.85
        self.step()
        self.statement_rows.append(
            StatementRow(
                self.position,
                self.now,
                self.now.date(),
                ends_on,
                ends_on - DAY if has_lines else None,
                ends_on if has_lines else None,
                opening if says_balances else None,
                bank.balance if says_balances else None,
                len(bank.pending) + len(bank.aside),
                sum(bank.pending) + sum(known) + overlap,
                bank.sequence if bank.has_numbers else None,
                bank.unit,
                bank.name,
                self.name("ST"),
                bank.digest,
                overlap,
                format=self.chance.choice(("camt053", "camt053", "mt940")),
            )
        )
        bank.pending, bank.aside, bank.told = [], [], []
        if self.chance.random() < 0.8:
            bank.digest, bank.line = self.name("f-"), 0

    def remit(self) -> None:
        """An advice comes, or one that came finds its money."""
        waiting = {row.remittance: row for row in self.remittance_rows if row.kind == "registered"}
        for row in self.remittance_rows:
            if row.kind == "matched":
                waiting.pop(row.remittance, None)
        on = self.some_day(date.min)
        self.step()
        if waiting and self.batches and self.chance.random() < 0.6:
            name = self.chance.choice(list(waiting))
            receipt, amount = self.batches.pop()
            rest: dict[str, Any] = {"receipt": receipt, "how": "amount", "amount_minor": amount}
            self.remittance_rows.append(
                RemittanceRow(kind="matched", remittance=name, **rest, **self.stamp(on))
            )
            return
        rest = {"unit": self.chance.choice((None, "HSG")), "currency": "GBP", "lines": 3}
        rest |= {"format": "dwp", "file_name": "dwp.txt", "digest": "d", "amount_minor": 12_345}
        self.remittance_rows.append(
            RemittanceRow(kind="registered", remittance=self.name("M-"), **rest, **self.stamp(on))
        )
