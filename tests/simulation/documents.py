"""What the simulated publishers and the bank write: a record as Avro, lines as a camt.053 file."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

from consumers.avro import encode
from consumers.formats.accounts import gb_iban
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement, write
from ledger.references import mint

from .reference import day, line_identity, receipt_name

UNIT = "HSG"
SORT_CODE, NUMBER = "300000", "12345678"
BANK_ACCOUNT = f"{SORT_CODE}-{NUMBER}"
POISONS = (b"", b"\x00", b"garbage", b"\xc3\x01" + bytes(8), b"\x00\x00\x00\x00\x09tail")


def value_of(record: Mapping[str, Any]) -> bytes:
    """The bytes of a message."""
    if record["kind"] == "poison":
        return POISONS[record["number"] % len(POISONS)]
    name, make = {
        "account": ("Account", _account),
        "invoice": ("InvoiceIssued", _invoice),
        "credit": ("CreditNote", _credit_note),
    }[record["kind"]]
    return encode(name, make(record))


def _account(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "unit": record["unit"],
        "account": record["account"],
        "action": "open",
        "opened_on": day(record["day"]),
        "debt_type": "rent",
        "payment_terms_days": 14,
        "apply_credit_automatically": record["apply"],
        "party": None,
    }


def _line(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "service": "RENT",
        "cost_code": "R100",
        "vat_code": "N",
        "net": record["pence"],
        "vat": 0,
    }


def _invoice(record: Mapping[str, Any]) -> dict[str, Any]:
    on = day(record["day"])
    more = {"line_number": 1, "description": "Rent", "period_from": None, "period_to": None}
    return {
        "unit": record["unit"],
        "account": record["account"],
        "invoice_number": record["name"],
        "service": "RENT",
        "invoice_date": on,
        "tax_point": on,
        "due_date": on + timedelta(days=14),
        "currency": "GBP",
        "description": "Rent of a month",
        "po_reference": None,
        "lines": [_line(record) | more],
        "instalments": [],
        "total_net": record["pence"],
        "total_vat": 0,
        "total_gross": record["pence"] + record.get("wrong", 0),
    }


def _credit_note(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "unit": record["unit"],
        "account": record["account"],
        "credit_note_number": record["name"],
        "invoice_number": record["invoice"],
        "credit_date": day(record["day"]),
        "reason": "overcharge",
        "source_document": "CASE-1",
        "authorised_by": "housing.officer.7",
        "description": "Rent reduced",
        "lines": [_line(record)],
        "total_gross": record["pence"],
        "whole": False,
    }


def lines_of(number: int, lines: Sequence[tuple[str | None, int]]) -> list[dict[str, Any]]:
    """The lines of a statement as the reference is told them."""
    on = day(number)
    found = []
    for place, (account, pence) in enumerate(lines):
        reference = f"B{number}-{place}"
        found.append(
            {
                "identity": line_identity(BANK_ACCOUNT, reference, on, pence),
                "receipt": receipt_name(BANK_ACCOUNT, reference, on, pence),
                "unit": UNIT,
                "account": account,
                "pence": pence,
                "on": on,
            }
        )
    return found


def statement_of(number: int, lines: Sequence[tuple[str | None, int]], opening: int) -> bytes:
    """A statement of one day; a payer who is known quotes the reference of his account."""
    on = day(number)
    entries = [
        OutEntry(
            pence,
            on,
            on,
            bank_reference=f"B{number}-{place}",
            details=(OutDetail(pence, remittance=(_text(account, number, place),)),),
        )
        for place, (account, pence) in enumerate(lines)
    ]
    iban = gb_iban("LOYD", SORT_CODE, NUMBER)
    out = BytesIO()
    write([OutStatement(iban, f"S{number}", number, on, on, opening, entries)], out, f"F{number}")
    return out.getvalue()


def _text(account: str | None, number: int, place: int) -> str:
    return mint(UNIT, account) if account is not None else f"CASH {'XYZ'[place % 3]}{number}"
