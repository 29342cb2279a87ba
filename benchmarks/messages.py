"""Billing messages for the benchmarks: one-line bills over many accounts."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from consumers.avro import encode
from consumers.cloud_events import Attributes, build_headers
from consumers.message import Message

TOPIC = "ar.billing.invoice.v1"
FIRST = date(2024, 4, 1)


def record(number: int, accounts: int, first_account: int = 0) -> dict[str, Any]:
    """One bill of one line, for one of so many accounts."""
    billed = FIRST + timedelta(days=number * 729 // max(1, 1_000_000) % 729)
    net = 10_000 + number % 5_000
    return {
        "unit": "HSG",
        "account": f"{first_account + number % accounts:07d}",
        "invoice_number": f"HSG-{number:08d}",
        "service": "RENT",
        "invoice_date": billed,
        "tax_point": billed,
        "due_date": billed + timedelta(days=28),
        "currency": "GBP",
        "description": "Rent, four weeks",
        "po_reference": None,
        "lines": [
            {
                "line_number": 1,
                "description": "Rent, four weeks",
                "service": "RENT",
                "cost_code": "R1000",
                "vat_code": "E",
                "net": net,
                "vat": 0,
                "period_from": None,
                "period_to": None,
            }
        ],
        "total_net": net,
        "total_vat": 0,
        "total_gross": net,
        "instalments": [],
    }


def messages(
    count: int, accounts: int, first: int = 0, first_account: int = 0
) -> Iterator[Message]:
    """Framed messages as they lie on a topic, their bills numbered from `first`."""
    for number in range(first, first + count):
        value = encode("InvoiceIssued", record(number, accounts, first_account))
        headers = build_headers(
            Attributes(f"bench-{number}", "/bench/rents", "uk.tallystick.ar.InvoiceIssued")
        )
        yield Message(TOPIC, 0, number, f"HSG|{number % accounts}".encode(), value, headers, 0)
