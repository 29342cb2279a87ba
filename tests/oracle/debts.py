"""What happens on debtor accounts in the random council."""

from datetime import date
from typing import Any

from .bank_side import RULES, BankSide
from .debtors import Account, Debt, Receipt
from .journal import DAY


class DebtSide(BankSide):
    """Bills, receipts, allocations, refunds, transfers and write-offs of the random council."""

    def __init__(self, seed: int, start: date = date(2024, 1, 15)) -> None:
        super().__init__(seed, start)
        self.accounts = [
            Account(
                {
                    "unit": ("CORP", "HSG")[n % 2],
                    "account": f"A{n}",
                    "debt_type": ("sundry", "rent", "care")[n % 3],
                    "currency": "GBP",
                },
                start - 400 * DAY,
            )
            for n in range(7)
        ]

    # --- choosing

    def part_of(self, amount: int) -> int:
        return amount if self.chance.random() < 0.6 else self.chance.randint(1, amount)

    def an_open_debt(self) -> tuple[Account, Debt] | None:
        found = [(a, d) for a in self.accounts for d in a.debts if d.open]
        return self.chance.choice(found) if found else None

    def a_credit(self) -> tuple[Account, Receipt] | None:
        found = [(a, r) for a in self.accounts for r in a.receipts if r.credit]
        return self.chance.choice(found) if found else None

    # --- what can happen

    def invoice(self) -> None:
        account, on, name = (
            self.chance.choice(self.accounts),
            self.some_day(date.min),
            self.name("INV"),
        )
        parts = self.chance.choice((0, 0, 0, 3))
        old = self.chance.choice((0, 0, 0, 0, 800, 2300))  # taken over from an older system
        on -= DAY * old
        lines = []
        for part in range(1, parts + 1) if parts else (None,):
            amount = self.chance.randint(100, 90_000)
            debt = Debt(
                account.keys
                | {
                    "service": self.chance.choice(("parking", "care", "rents"))
                    if not parts
                    else "rates",
                    "item": name,
                    "instalment": part,
                    "invoiced_on": on,
                    "due_on": on + DAY * (28 + 30 * (part or 0)),
                },
                amount,
                on,
            )
            account.debts.append(debt)
            lines.append(self.debt_line(debt, "billed", amount))
        self.leave(on, lines, "income")

    def credit_note(self) -> None:
        if found := self.an_open_debt():
            self.reduce(found[1], "credited", "income")

    def write_off(self) -> None:
        if not (found := self.an_open_debt()):
            return
        amount = self.reduce(found[1], "written_off", "bad_debts")
        if self.chance.random() < 0.3:
            debt = found[1]
            debt.last_on = self.some_day(debt.last_on)
            debt.open += amount
            self.leave(debt.last_on, [self.debt_line(debt, "written_back", amount)], "bad_debts")

    def reduce(self, debt: Debt, kind: str, contra: str) -> int:
        amount = self.part_of(debt.open)
        debt.last_on = self.some_day(debt.last_on)
        debt.open -= amount
        self.leave(debt.last_on, [self.debt_line(debt, kind, -amount)], contra)
        return amount

    def receive(self) -> None:
        account, on, name = (
            self.chance.choice(self.accounts),
            self.some_day(date.min),
            self.name("R"),
        )
        amount = self.chance.randint(100, 120_000)
        self.take_in(account, Receipt(name, on, amount, amount), on, [])
        unit, rule = account.keys["unit"], self.chance.choice(RULES)
        where = self.at_a_bank(unit, amount) | {"account": account.keys["account"]}
        where["automatic"] = self.chance.random() < 0.8
        self.happened(
            "received", unit, name, amount, on, value_on=on, rule=rule, method="card", **where
        )

    def take_in(
        self, account: Account, receipt: Receipt, on: date, before: list[dict[str, Any]]
    ) -> None:
        account.receipts.append(receipt)
        account.last_on = max(account.last_on, on)
        line = self.credit_line(
            account, "received", -receipt.amount, receipt=receipt.name, method="bank transfer"
        )
        self.leave(on, [*before, line])

    def allocate(self) -> None:
        if not (found := self.a_credit()):
            return
        account, receipt = found
        if not (debts := [d for d in account.debts if d.open]):
            return
        debt = self.chance.choice(debts)
        amount = self.part_of(min(debt.open, receipt.credit))
        self.settle(account, receipt, debt, amount)
        receipt.paid.append((debt, amount))

    def settle(self, account: Account, receipt: Receipt, debt: Debt, amount: int) -> None:
        """Allocate, or un-allocate when the amount is negative."""
        on = self.some_day(max(account.last_on, debt.last_on))
        account.last_on = debt.last_on = on
        debt.open -= amount
        receipt.credit -= amount
        source = {"receipt": receipt.name, "cash_on": receipt.cash_on}
        self.leave(
            on,
            [
                self.debt_line(debt, "allocated", -amount, **source, rule="oldest-due-first"),
                self.credit_line(account, "allocated", amount, **source),
            ],
        )
        if self.chance.random() < 0.5:  # by a person
            kind = "allocated" if amount > 0 else "unallocated"
            item = {"account": account.keys["account"], "item": debt.keys["item"]}
            self.happened(kind, account.keys["unit"], receipt.name, abs(amount), on, **item)

    def unallocate(self) -> None:
        found = [(a, r) for a in self.accounts for r in a.receipts if r.paid]
        if found:
            account, receipt = self.chance.choice(found)
            debt, amount = receipt.paid.pop()
            self.settle(account, receipt, debt, -amount)

    def reverse(self) -> None:
        found = [(a, r) for a in self.accounts for r in a.receipts if not r.moved and r.amount]
        if not found:
            return
        account, receipt = self.chance.choice(found)
        while receipt.paid:
            debt, amount = receipt.paid.pop()
            self.settle(account, receipt, debt, -amount)
        on = account.last_on = self.some_day(account.last_on)
        lines = [self.credit_line(account, "reversed", receipt.credit, receipt=receipt.name)]
        if receipt.refunded:
            item = {"item": f"REVERSAL:{receipt.name}", "invoiced_on": on, "due_on": on}
            debt = Debt(account.keys | item, receipt.refunded, on)
            account.debts.append(debt)
            lines.append(self.debt_line(debt, "reversed", debt.open, receipt=receipt.name))
        account.receipts.remove(receipt)
        self.leave(on, lines)
        unit = account.keys["unit"]
        why = self.chance.choice(("posted_in_error", "cheque_bounced"))
        self.happened("reversed", unit, receipt.name, receipt.amount, on, rule=why)
        self.moved_cash("receipt_reversed", unit, receipt.name, -receipt.amount, on)

    def refund(self) -> None:
        if not (found := self.a_credit()):
            return
        account, receipt = found
        amount = self.part_of(receipt.credit)
        payable = account.keys | {"control": "refunds_payable"}

        def both(sign: int) -> list[dict[str, Any]]:
            return [
                self.credit_line(account, "refunded", sign * amount, receipt=receipt.name),
                payable | {"kind": "refunded", "amount_minor": -sign * amount},
            ]

        on = account.last_on = self.some_day(account.last_on)
        self.leave(on, both(1))
        receipt.credit -= amount
        on = account.last_on = self.some_day(account.last_on)
        if self.chance.random() < 0.3:
            receipt.credit += amount
            self.leave(on, both(-1))
        else:
            receipt.refunded += amount
            self.leave(on, [payable | {"kind": "refund_paid", "amount_minor": amount}])
            self.moved_cash("refund_paid", account.keys["unit"], self.name("F"), -amount, on)

    def transfer(self) -> None:
        if not (found := self.a_credit()):
            return
        account, receipt = found
        target = self.chance.choice(self.accounts)
        amount = self.part_of(receipt.credit)
        on = self.some_day(max(account.last_on, target.last_on))
        account.last_on = target.last_on = on
        receipt.credit -= amount
        receipt.moved = True
        target.receipts.append(Receipt(receipt.name, receipt.cash_on, 0, amount, moved=True))
        self.leave(
            on,
            [
                self.credit_line(account, "transferred", amount),
                self.credit_line(target, "transferred", -amount),
            ],
            "transfers_clearing",
        )
        automatic = self.chance.random() < 0.3
        self.happened(
            "credit_transferred",
            account.keys["unit"],
            receipt.name,
            amount,
            on,
            automatic=automatic,
        )
