"""How the events of the random council leave movements and the postings that balance them."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .debtors import Account, Debt
from .lines import Movement, Posting

DAY = timedelta(days=1)
GL = {"debtors": "debtors_control", "unapplied": "unapplied_cash"}


class Journal:
    """`movements` and `postings` are what the events so far have left."""

    def __init__(self, seed: int, start: date) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a repeatable history, no secret
        self.movements: list[Movement] = []
        self.postings: list[Posting] = []
        self.now = datetime(start.year, start.month, start.day, 9, tzinfo=UTC)
        self.position = 0
        self.names = 0

    def some_day(self, not_before: date) -> date:
        """A day around today, often earlier, never before `not_before`."""
        return max(
            not_before, self.now.date() + DAY * self.chance.choice((-40, -9, -1, 0, 0, 0, 3))
        )

    def name(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def leave(self, on: date, lines: list[dict[str, Any]], contra: str = "bank") -> None:
        """Write the lines of one event, and the postings that balance them."""
        self.position += 1
        when: dict[str, Any] = {
            "position": self.position,
            "effective_on": on,
            "recorded_at": self.now,
        }
        blank: dict[str, Any] = dict.fromkeys(
            ("account", "debt_type", "service", "item", "instalment")
        )
        books: list[tuple[str, str | None, str, int]] = []
        for number, line in enumerate(lines):
            self.movements.append(Movement(**(blank | when | {"line": number} | line)))
            account = GL.get(line["control"], line["control"])
            books.append((line["unit"], None, account, line["amount_minor"]))
            service = line.get("service") if contra == "income" else None
            books.append((line["unit"], service, contra, -line["amount_minor"]))
        self.postings += [
            Posting(self.position, n, unit, gl, service, None, amount, "GBP", on, self.now)
            for n, (unit, service, gl, amount) in enumerate(books)
        ]

    def credit_line(self, account: Account, kind: str, amount: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any column
        return account.keys | {"control": "unapplied", "kind": kind, "amount_minor": amount} | more

    def debt_line(self, debt: Debt, kind: str, amount: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any column
        return debt.keys | {"control": "debtors", "kind": kind, "amount_minor": amount} | more
