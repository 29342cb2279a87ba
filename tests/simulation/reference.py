"""What must come of the inputs: a third party to the argument that imports no product code.

It is told the inputs in the order in which they were accepted, one at a time, and knows nothing of
batches, retries or stores. Money is left to the second ledger that it is given; here is what an
intake adds to it: repeats, conflicts, refusals, and what could not be read.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, Literal, TypeAlias

Answer: TypeAlias = Literal["posted", "repeated", "refused"]
FIRST_DAY = date(2026, 4, 1)
INTAKE = "system:intake"
ACTIONS = {
    "account": "open_account",
    "invoice": "issue_invoice",
    "credit": "credit_invoice",
}


class Asked(SimpleNamespace):
    """A command as the second ledger reads it; what was not said is None."""

    def __getattr__(self, name: str) -> None:
        """Nothing: it was not said."""


def day(number: int) -> date:
    """The nth day of the year."""
    return FIRST_DAY + timedelta(days=number)


def receipt_name(account: str, reference: str, on: date, pence: int) -> str:
    """The name of the receipt of a bank line, as the formats' document says it is made."""
    identity = line_identity(account, reference, on, pence)
    return f"R-{hashlib.sha256(identity.encode()).hexdigest()[:16].upper()}"


def line_identity(account: str, reference: str, on: date, pence: int) -> str:
    """What makes a bank line the same line again."""
    return f"bank|{account}|ref|{reference}|{on.isoformat()}|{pence}|1|1"


class Reference:
    """The second ledger behind a second intake."""

    def __init__(self, second_ledger: Any) -> None:  # noqa: ANN401 - read by its methods only
        self.books = second_ledger
        self.posted: dict[str, str] = {}
        self.names: dict[tuple[str, str, str], str] = {}
        self.refused: set[tuple[str, str]] = set()
        self.resolved: set[str] = set()
        self.unreadable: set[tuple[int, int]] = set()
        self.quarantined: set[str] = set()
        self.taken: dict[int, int] = {}

    def message(self, partition: int, offset: int, ident: str, record: Mapping[str, Any]) -> Answer:
        """A message that was counted as taken."""
        self.taken[partition] = offset
        if record["kind"] == "poison":
            self.unreadable.add((partition, offset))
            return "refused"
        content = repr(sorted(record.items()))
        if ident in self.posted:
            return "repeated" if self.posted[ident] == content else self._refuse(ident, content)
        name = (record["kind"], record["unit"], record["name"])
        if name in self.names and self.names[name] != content:
            return self._refuse(ident, content)
        if name not in self.names and not self._accepts(record):
            return self._refuse(ident, content)
        answer: Answer = "repeated" if name in self.names else "posted"
        self.names[name] = self.posted[ident] = content
        if (ident, content) in self.refused:
            self.resolved.add(ident)
        return answer

    def _refuse(self, ident: str, content: str) -> Answer:
        self.refused.add((ident, content))
        return "refused"

    def _accepts(self, record: Mapping[str, Any]) -> bool:
        lines = [SimpleNamespace(net_minor=record.get("pence", 0), vat_minor=0)]
        on = day(record["day"])
        asked = Asked(
            action=ACTIONS[record["kind"]],
            unit=record["unit"],
            account=record["account"],
            invoice=record.get("invoice", record["name"]),
            credit_note=record["name"],
            apply_credit=record.get("apply"),
            gross_minor=record.get("pence", 0) + record.get("wrong", 0),
            lines=lines,
            invoiced_on=on,
            due_on=on + timedelta(days=14),
            instalments=(),
            source_document="CASE",
        )
        return self._do(asked, INTAKE, on if record["kind"] != "invoice" else None)

    def _do(self, asked: Asked, actor: str, on: date | None = None) -> bool:
        accepted: bool = self.books.accepts(asked, actor, on)
        return accepted

    def bank_line(self, line: Mapping[str, Any]) -> None:
        """Money at the bank: on its account when that is known, else in suspense."""
        if line["identity"] in self.posted:
            return
        self.posted[line["identity"]] = repr(sorted(line.items()))
        asked = Asked(
            action="receive_payment",
            unit=line["unit"],
            account=line["account"],
            receipt=line["receipt"],
            amount_minor=line["pence"],
            value_on=line["on"],
        )
        if line["account"] is None or not self._do(asked, INTAKE):
            asked.action = "suspend_receipt"
            self._do(asked, INTAKE)

    def command(
        self, identity: str, actor: str, action: str, fields: Mapping[str, Any], on: date | None
    ) -> Answer:
        """An officer's command."""
        content = repr(sorted(fields.items()))
        if identity in self.posted:
            return "repeated" if self.posted[identity] == content else "refused"
        if not self._do(Asked(action=action, **fields), actor, on):
            return "refused"
        self.posted[identity] = content
        return "posted"
