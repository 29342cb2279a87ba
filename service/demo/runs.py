"""The billing systems' runs: which messages are sent together, on which day, as which file.

Scheduled bills are sent on their date in one run of all services; hire and one-off bills are sent
together at the end of their month, weeks late as such bills are; credit notes once a week; new
accounts before anything that needs them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, TypeAlias

from ledger.calendar import is_working_day

Record: TypeAlias = Mapping[str, Any]
Schema: TypeAlias = Literal["Account", "InvoiceIssued", "CreditNote"]

_ONE_DAY = timedelta(days=1)
ORDER: dict[Schema, int] = {"Account": 0, "InvoiceIssued": 1, "CreditNote": 2}
BANK_ORDER = 3
TOPICS: dict[Schema, str] = {
    "Account": "ar.billing.account.v1",
    "InvoiceIssued": "ar.billing.invoice.v1",
    "CreditNote": "ar.billing.credit-note.v1",
}
_TITLES: dict[Schema, str] = {
    "Account": "accounts",
    "InvoiceIssued": "invoices",
    "CreditNote": "credit-notes",
}


@dataclass(slots=True)
class Run:
    """Messages that are sent together. A record that is a text is a line that is no message."""

    on: date
    schema: Schema
    late: bool  # one-off bills, as JSON lines; all others are Avro containers
    records: list[Record | str]

    @property
    def name(self) -> str:
        """The file's name, in the folder of its month."""
        title = (
            f"late-{_TITLES[self.schema]}.jsonl" if self.late else f"{_TITLES[self.schema]}.avro"
        )
        return f"{self.on:%Y-%m}/{self.on}-{title}"

    @property
    def order(self) -> int:
        """The place within the day: accounts, invoices, credit notes, then the bank."""
        return ORDER[self.schema]


def runs_of(schema: Schema, dated: Iterable[tuple[date, bool, Record]]) -> list[Run]:
    """Runs of records, each given with the day on which it is sent and whether it is late."""
    found: defaultdict[tuple[date, bool], list[Record | str]] = defaultdict(list)
    for on, late, record in dated:
        found[on, late].append(record)
    return [Run(on, schema, late, records) for (on, late), records in sorted(found.items())]


def adhoc_run_on(day: date) -> date:
    """The last working day of the month: when one-off bills of the month are sent."""
    last = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _ONE_DAY
    while not is_working_day(last):
        last -= _ONE_DAY
    # A bill of a last weekend goes with the next month's.
    return last if last >= day else adhoc_run_on(last + timedelta(days=5))


def following_monday(day: date) -> date:
    """The Monday after the week of a day: when credit notes and bank files of a week arrive."""
    return day + timedelta(days=7 - day.weekday())
