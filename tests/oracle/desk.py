"""What happens to money in suspense in the random council, and to small balances."""

from datetime import date
from typing import Any

from .bank_rows import SmallBalanceRow
from .bank_side import RULES
from .debtors import Receipt
from .debts import DebtSide
from .journal import DAY


class Desk(DebtSide):
    """Money that comes without an account, and every way in which it leaves suspense."""

    def __init__(self, seed: int, start: date) -> None:
        super().__init__(seed, start)
        self.suspense: list[tuple[str, str, int, date]] = []
        self.parts: dict[str, int] = {}
        self.returned: list[tuple[str, str, int, date]] = []

    def suspend(self) -> None:
        unit, on, name = (
            self.chance.choice(self.accounts).keys["unit"],
            self.some_day(date.min),
            self.name("S"),
        )
        amount = self.chance.randint(100, 50_000)
        self.suspense.append((unit, name, amount, on))
        self.leave(on, [self.suspense_line(unit, name, "suspended", -amount)])
        more: dict[str, Any] = {"value_on": on, "method": "cheque", "rule": "no-reference"}
        if self.chance.random() < 0.5:
            more |= {"other_unit": "HSG", "other_account": "A1", "other_rule": "payer-name"}
            more |= {"score": 40, "candidates": 2}
        if self.chance.random() < 0.2:
            more["batch_payments"] = 4
            self.batches.append((name, amount))
        self.happened("suspended", unit, name, amount, on, **more, **self.at_a_bank(unit, amount))

    def suspense_line(self, unit: str, receipt: str, kind: str, amount: int) -> dict[str, Any]:
        keys = {"unit": unit, "receipt": receipt, "currency": "GBP", "control": "suspense"}
        return keys | {"kind": kind, "amount_minor": amount}

    def take_from_suspense(self) -> tuple[str, str, int, date] | None:
        if not self.suspense:
            return None
        unit, name, held, last_on = self.suspense.pop(self.chance.randrange(len(self.suspense)))
        amount, on = self.part_of(held), self.some_day(last_on)
        if held > amount:
            self.suspense.append((unit, name, held - amount, on))
        return unit, name, amount, on

    def identify(self) -> None:
        if found := self.take_from_suspense():
            unit, name, amount, on = found
            account = self.chance.choice([a for a in self.accounts if a.keys["unit"] == unit])
            self.parts[name] = self.parts.get(name, 0) + 1
            part = name if self.parts[name] == 1 else f"{name}/{self.parts[name]}"
            receipt = Receipt(part, on, amount, amount, moved=True)
            leaving = self.suspense_line(unit, name, "identified", amount)
            self.take_in(account, receipt, on, [leaving])
            automatic, rule = self.chance.random() < 0.3, self.chance.choice(RULES)
            self.happened(
                "identified", unit, name, amount, on, automatic=automatic, other_receipt=part
            )
            more = {"parent": name, "account": account.keys["account"], "value_on": on}
            more |= {"bank_account": self.chance.choice((None, "111111-00000001"))}
            self.happened(
                "received", unit, part, amount, on, automatic=automatic, rule=rule, **more
            )

    def release(self) -> None:
        """Return to the payer through refunds payable, move to another holding code, or bounce."""
        if not (found := self.take_from_suspense()):
            return
        unit, name, amount, on = found
        way = self.chance.choice(("transferred", "reversed", "returned"))
        if way != "returned":
            contra = "holding" if way == "transferred" else "bank_clearing"
            self.leave(on, [self.suspense_line(unit, name, way, amount)], contra)
            kind = "bounced" if way == "reversed" else way
            self.happened(kind, unit, name, amount, on)
            if kind == "bounced":
                self.moved_cash("receipt_reversed", unit, name, -amount, on)
            return
        self.to_payer(unit, name, amount, on)
        self.happened("returned", unit, name, amount, on)
        self.returned.append((unit, name, amount, on))

    def to_payer(self, unit: str, name: str, amount: int, on: date) -> None:
        payable = {"unit": unit, "currency": "GBP", "control": "refunds_payable", "receipt": name}
        leaving = self.suspense_line(unit, name, "returned", amount)
        self.leave(on, [leaving, payable | {"kind": "returned", "amount_minor": -amount}])

    def fail_return(self) -> None:
        if self.returned:
            unit, name, amount, last_on = self.returned.pop()
            on = self.some_day(last_on)
            self.to_payer(unit, name, -amount, on)
            self.happened("return_failed", unit, name, amount, on)
            self.suspense.append((unit, name, amount, on))

    def split(self) -> None:
        """A part of a receipt in suspense becomes one of its own."""
        if not (found := self.take_from_suspense()):
            return
        unit, name, amount, on = found
        new = self.name("P")
        lines = [self.suspense_line(unit, name, "suspended", amount)]
        lines.append(self.suspense_line(unit, new, "suspended", -amount))
        self.leave(on, lines, "transfers_clearing")
        self.happened("split", unit, name, amount, on, other_receipt=new)
        value_on = next(
            row.value_on
            for row in self.receipt_rows
            if row.receipt == name and row.kind in ("suspended", "moved_in")
        )
        self.happened(
            "moved_in", unit, new, amount, on, parent=name, value_on=value_on, method="cheque"
        )
        self.suspense.append((unit, new, amount, on))

    def move_to_suspense(self) -> None:
        """A receipt was matched wrongly, and nobody knows whose it is."""
        found = [
            (a, r)
            for a in self.accounts
            for r in a.receipts
            if r.amount and not r.moved and not r.refunded
        ]
        if not found:
            return
        account, receipt = self.chance.choice(found)
        while receipt.paid:
            debt, amount = receipt.paid.pop()
            self.settle(account, receipt, debt, -amount)
        on = account.last_on = self.some_day(account.last_on)
        unit, new = account.keys["unit"], self.name("P")
        account.receipts.remove(receipt)
        self.leave(
            on,
            [
                self.credit_line(account, "reversed", receipt.amount, receipt=receipt.name),
                self.suspense_line(unit, new, "suspended", -receipt.amount),
            ],
            "transfers_clearing",
        )
        amount = receipt.amount
        self.happened("moved_to_suspense", unit, receipt.name, amount, on, other_receipt=new)
        more = {"value_on": receipt.cash_on, "method": "card", "rule": "not his"}
        self.happened("moved_in", unit, new, amount, on, **more)
        self.suspense.append((unit, new, amount, on))

    def assign(self) -> None:
        if self.suspense:
            unit, name, _, _ = self.chance.choice(self.suspense)
            self.step()
            owner = self.chance.choice(("officer.one", "officer.two"))
            self.happened("assigned", unit, name, 0, self.now.date(), owner=owner)

    def small_batch(self) -> None:
        """A batch of small balances is proposed, decided over, and written off in part."""
        batch, on = self.name("SB"), self.some_day(date.min)
        self.step()
        chosen = self.chance.sample(self.accounts, 3)
        lines = [
            {"unit": one.keys["unit"], "account": one.keys["account"], "invoice": self.name("I")}
            | {"reason": self.chance.choice(("small_balance", "rounding"))}
            for one in chosen
        ]
        self.small("proposed", batch, "officer.one", on, lines)
        decision = self.chance.choice(("approved", "rejected", None))
        if decision is None:
            return
        self.step()
        self.small(decision, batch, "manager.dean", on, [{}])
        if decision == "approved":
            self.now += DAY
            self.step()
            self.small("written_off", batch, "officer.one", self.some_day(on), lines[:2])

    def small(
        self, kind: str, batch: str, actor: str, on: date, lines: list[dict[str, Any]]
    ) -> None:
        for number, line in enumerate(lines):
            amount = self.chance.randint(1, 500)
            self.small_rows.append(
                SmallBalanceRow(
                    self.position, self.now, amount, on, number, kind, batch, actor, **line
                )
            )
