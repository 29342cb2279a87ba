"""Billing messages into commands: a pure translation that decides nothing.

A value that the closed lists of the ledger do not know (a reason `other`, an action `unknown`) is
a refusal here, because there is no command that could carry it.
"""

from collections.abc import Mapping
from typing import Any, get_args

from consumers.avro import Decoded
from consumers.billing_texts import refuse_nul
from consumers.keeping import PartyDetails
from consumers.registry import ACCOUNT, CREDIT_NOTE, INVOICE_ISSUED
from ledger import commands as c
from ledger.ids import account_stream, stream_id
from ledger.rejections import Code, refuse
from ledger.values import CreditLine, CreditReason, DebtType, Instalment, InvoiceLine

Record = Mapping[str, Any]


def translate(decoded: Decoded) -> c.AccountCommand:
    """The command of a decoded message. Raises RefusedError for a value outside our lists."""
    refuse_nul(decoded.record)
    if decoded.schema_name == INVOICE_ISSUED:
        return _invoice(decoded.record)
    if decoded.schema_name == CREDIT_NOTE:
        return _credit_note(decoded.record)
    if decoded.schema_name == ACCOUNT:
        return _account(decoded.record)
    raise refuse(Code.FIELD_INVALID, f"messages {decoded.schema_name} are not consumed")


def approver(decoded: Decoded) -> str | None:
    """Who in the department authorised a credit note."""
    return decoded.record["authorised_by"] if decoded.schema_name == CREDIT_NOTE else None


def party_id(unit: str, account: str) -> str:
    """The opaque id of the debtor of an account that a billing system opened."""
    return str(stream_id(f"party|{account_stream(unit, account)}"))


def party(decoded: Decoded) -> tuple[str, PartyDetails] | None:
    """The personal data that an account message carries, under its opaque id."""
    if decoded.schema_name != ACCOUNT or decoded.record["party"] is None:
        return None
    details = decoded.record["party"]
    kept = PartyDetails(
        kind=details["kind"],
        name=details["name"],
        address=tuple(details["address_lines"]),
        postcode=details["postcode"],
        email=details["email"],
    )
    return party_id(decoded.record["unit"], decoded.record["account"]), kept


def _invoice(record: Record) -> c.IssueInvoice:
    return c.IssueInvoice(
        unit=record["unit"],
        account=record["account"],
        invoice=record["invoice_number"],
        service=record["service"],
        invoiced_on=record["invoice_date"],
        tax_point_on=record["tax_point"],
        due_on=record["due_date"],
        currency=record["currency"],
        description=record["description"],
        po_reference=record["po_reference"],
        lines=tuple(
            InvoiceLine(
                description=line["description"],
                service=line["service"],
                cost_code=line["cost_code"],
                vat_code=line["vat_code"],
                net_minor=line["net"],
                vat_minor=line["vat"],
                period_from=line["period_from"],
                period_to=line["period_to"],
            )
            for line in record["lines"]
        ),
        instalments=tuple(
            Instalment(number=number, due_on=part["due_date"], amount_minor=part["amount"])
            for number, part in enumerate(record["instalments"], 1)
        ),
        net_minor=record["total_net"],
        vat_minor=record["total_vat"],
        gross_minor=record["total_gross"],
    )


def _credit_note(record: Record) -> c.CreditInvoice:
    if record["reason"] not in get_args(CreditReason):
        raise refuse(
            Code.REASON_NOT_LISTED,
            f"reason {record['reason']!r} is none of: {', '.join(get_args(CreditReason))}",
        )
    if not record["authorised_by"].strip():
        raise refuse(Code.SOURCE_DOCUMENT_MISSING, "authorised_by is empty: who directed this?")
    whole = record["whole"]
    return c.CreditInvoice(
        unit=record["unit"],
        account=record["account"],
        credit_note=record["credit_note_number"],
        invoice=record["invoice_number"],
        reason=record["reason"],
        source_document=record["source_document"],
        description=record["description"],
        lines=()
        if whole
        else tuple(
            CreditLine(
                service=line["service"],
                cost_code=line["cost_code"],
                vat_code=line["vat_code"],
                net_minor=line["net"],
                vat_minor=line["vat"],
            )
            for line in record["lines"]
        ),
        gross_minor=record["total_gross"],
        whole=whole,
    )


def _account(record: Record) -> c.OpenAccount | c.AmendAccount:
    if record["debt_type"] not in get_args(DebtType):
        raise refuse(
            Code.FIELD_INVALID,
            f"debt type {record['debt_type']!r} is none of: {', '.join(get_args(DebtType))}",
        )
    kind: type[c.OpenAccount | c.AmendAccount]
    match record["action"]:
        case "open":
            kind = c.OpenAccount
        case "amend":
            kind = c.AmendAccount
        case other:
            raise refuse(Code.FIELD_INVALID, f"action {other!r} is neither open nor amend")
    return kind(
        unit=record["unit"],
        account=record["account"],
        debt_type=record["debt_type"],
        party=party_id(record["unit"], record["account"]) if record["party"] else None,
        terms_days=record["payment_terms_days"],
        apply_credit=record["apply_credit_automatically"],
    )
