"""A debtor with ten thousand open invoices still works; how long it takes is reported."""

import time
from typing import Any, TypeAlias

from ledger.checks import verify
from ledger.events import PaymentAllocated

Desk: TypeAlias = Any  # conftest's, which a test cannot import

INVOICES = 10_000
PER_BATCH = 1_000


def test_one_payment_settles_ten_thousand_open_invoices_of_one_account(desk: Desk) -> None:
    desk.open("1")
    started = time.perf_counter()
    for first in range(0, INVOICES, PER_BATCH):
        bills = [
            desk.bill("1", f"I{number:05}", 1_00) for number in range(first, first + PER_BATCH)
        ]
        assert {outcome.status for outcome in desk.give(*bills)} == {"posted"}
    billed = time.perf_counter()
    (paid,) = desk.give(desk.pay("1", "R1", INVOICES * 1_00))
    ended = time.perf_counter()

    allocated = [
        line
        for dated in paid.facts
        if isinstance(dated.fact, PaymentAllocated)
        for line in dated.fact.lines
    ]
    assert len({line.item for line in allocated}) == INVOICES
    assert sum(line.amount_minor for line in allocated) == INVOICES * 1_00
    assert verify(desk.store) == ()
    print(f"{INVOICES} bills in {billed - started:.1f} s, one payment in {ended - billed:.1f} s")  # noqa: T201 - shown by pytest -rP
