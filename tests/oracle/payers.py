"""Debtors whose banks pay by standing order: on time, late, something else, twice, or never."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .bank_rows import ReceiptRow
from .lines import DAY, Movement
from .standing_orders import OrderRow, open_day, pays_on

ACCOUNTS = (("HSG", "A1"), ("HSG", "A2"), ("HSG", "A3"), ("COR", "A1"), ("COR", "B1"))
AMOUNTS = (5_000, 10_000, 10_050)
METHODS = ("standing_order", "standing_order", "bank_transfer", "other", "card")


class Payers:
    """A history of standing orders and of what came, made day by day at random."""

    def __init__(self, seed: int, start: date = date(2024, 1, 2)) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a repeatable history, no secret
        self.today, self.position = start, 0
        self.order_rows: list[OrderRow] = []
        self.movements: list[Movement] = []
        self.receipt_rows: list[ReceiptRow] = []
        # what the view looks at and these payers do not have
        self.remittance_rows: list[Any] = []
        self.small_rows: list[Any] = []
        self.entry_rows: list[Any] = []
        self.statement_rows: list[Any] = []
        self.intake_rows: list[Any] = []
        self._terms: dict[tuple[str, str], OrderRow] = {}
        self._raised: dict[str, int] = {}
        self._coming: list[tuple[date, str, str, int, str]] = []

    def live(self, days: int) -> "Payers":
        for _ in range(days):
            self.today += DAY
            if self.chance.random() < 0.06:
                self._begin()
            for name in list(self._terms):
                self._act(name)
            for coming in [one for one in self._coming if one[0] <= self.today]:
                self._coming.remove(coming)
                self._come(*coming)
            if self.chance.random() < 0.03 and self.receipt_rows:
                self._reverse()
            if self.chance.random() < 0.03:
                self._suspend()
        return self

    def moment(self) -> datetime:
        self.position += 1
        at = datetime(self.today.year, self.today.month, self.today.day, 9, tzinfo=UTC)
        return at + timedelta(seconds=self.position)

    def _told(self, **row: Any) -> None:  # noqa: ANN401 - any column
        on = min(self.today, row["from_on"])
        self.order_rows.append(
            OrderRow(recorded_at=self.moment(), effective_on=on, position=self.position, **row)
        )

    def _some_day(self, least: date) -> date:
        return max(least, self.today + DAY * self.chance.randint(-30, 30))

    def _terms_from(self, first: date) -> dict[str, Any]:
        frequency = self.chance.choice(
            ("weekly", "fortnightly", "four_weekly", "monthly", "monthly", "quarterly")
        )
        last_on = first + DAY * self.chance.randint(0, 200) if self.chance.random() < 0.3 else None
        ends = frequency in ("monthly", "quarterly") and (first + DAY).day == 1
        return {
            "from_on": first,
            "frequency": frequency,
            "day_of_month": 31 if ends and self.chance.random() < 0.5 else None,
            "last_on": last_on,
            "amount_minor": self.chance.choice(AMOUNTS),
            "currency": "GBP",
            "told_by": "letter",
            "early_days": self.chance.randint(0, 2),
            "late_after": self.chance.randint(0, 6),
            "stopped_after": self.chance.randint(1, 3),
        }

    def _begin(self) -> None:
        unit, account = self.chance.choice(ACCOUNTS)
        name = f"{account}-{len(self.order_rows)}"
        who = {"unit": unit, "standing_order": name, "account": account, "actor": "officer.one"}
        self._told(kind="expected", **who, **self._terms_from(self._some_day(date.min)))
        self._terms[unit, name] = self.order_rows[-1]
        if self.chance.random() < 0.25:
            self._raised[name] = 11_000  # the payer has changed it, and told nobody

    def _act(self, name: tuple[str, str]) -> None:
        terms = self._terms[name]
        who = {
            "unit": terms.unit,
            "standing_order": terms.standing_order,
            "account": terms.account,
            "actor": "officer.one",
        }
        turn = self.chance.random()
        if turn < 0.006:
            first = self._some_day(terms.from_on)
            self._told(kind="changed", **who, reason="rent", **self._terms_from(first))
            self._terms[name] = self.order_rows[-1]
        elif turn < 0.010:
            ended = self._some_day(terms.from_on)
            self._told(kind="stopped", **who, from_on=ended, told_by="payer", reason="left")
            del self._terms[name]
        elif turn < 0.014 and terms.last_on and terms.last_on < self.today:
            self._told(kind="finished", **who, from_on=terms.last_on + DAY, reason="over")
            del self._terms[name]
        if terms.from_on <= self.today and pays_on(terms, self.today):
            self._pay(terms)  # also after it has ended: banks do

    def _pay(self, terms: OrderRow) -> None:
        if self.chance.random() < 0.25:
            return
        late = self.chance.choice((0, 0, 0, 0, 1, 3, 6, 12, -1))
        amount = terms.amount_minor if self.chance.random() < 0.8 else self.chance.choice(AMOUNTS)
        amount = self._raised.get(terms.standing_order, amount)
        assert amount is not None
        on = open_day(self.today) + DAY * late
        for _ in range(2 if self.chance.random() < 0.06 else 1):
            method = self.chance.choice(METHODS)
            self._coming.append((on, terms.unit, terms.account, amount, method))

    def _come(self, on: date, unit: str, account: str, amount: int, method: str) -> None:
        at = self.moment()
        name = f"R{self.position}"
        self.movements.append(
            Movement(
                position=self.position, line=0, unit=unit, account=account, debt_type="rent",
                service=None, item=None, instalment=None, control="unapplied", kind="received",
                amount_minor=-amount, currency="GBP", effective_on=on, recorded_at=at, cash_on=on,
                receipt=name, method=method,
            )
        )  # fmt: skip
        self.receipt_rows.append(
            ReceiptRow(self.position, at, amount, on, "received", unit, name, value_on=on,
                       account=account, method=method, digest="ab" * 32, file_line=self.position)
        )  # fmt: skip

    def _reverse(self) -> None:
        gone = {row.receipt for row in self.receipt_rows if row.kind != "received"}
        there = [row for row in self.receipt_rows if row.receipt not in gone]
        if not there:
            return
        row = self.chance.choice(there)
        kind = self.chance.choice(("reversed", "moved_to_suspense"))
        at = self.moment()
        self.receipt_rows.append(
            row._replace(position=self.position, recorded_at=at, effective_on=self.today, kind=kind)
        )

    def _suspend(self) -> None:
        unit, account = self.chance.choice(ACCOUNTS)
        on, amount, at = self._some_day(date.min), self.chance.choice(AMOUNTS), self.moment()
        name = f"S{self.position}"
        self.movements.append(
            Movement(
                position=self.position, line=0, unit=unit, account=None, debt_type=None,
                service=None, item=None, instalment=None, control="suspense", kind="suspended",
                amount_minor=-amount, currency="GBP", effective_on=on, recorded_at=at, cash_on=on,
                receipt=name, method="bank_transfer",
            )
        )  # fmt: skip
        best = {"other_unit": unit, "other_account": account, "other_rule": "payer-name"}
        self.receipt_rows.append(
            ReceiptRow(self.position, at, amount, on, "suspended", unit, name, value_on=on,
                       method="bank_transfer", rule="below-threshold",
                       **(best if self.chance.random() < 0.5 else {}))  # type: ignore[arg-type]  # text all
        )  # fmt: skip
