"""Write an ARUDD report as Bacs does: the other direction of `arudd`, byte for byte.

For tests and for the demo council's bank. The same returns give the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from ledger.money import GBP, format_minor

_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<BACSDocument xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:noNamespaceSchemaLocation="newbacs-advices.xsd">\n<Data>\n<ARUDD>\n'
)
_FOOT = (
    "</OriginatingAccountRecords></Advice>\n</ARUDD>\n</Data>\n"
    "<SignatureMethod>Vanilla</SignatureMethod>\n<Signature></Signature>\n</BACSDocument>\n"
)
_REFERENCE_WIDTH = 18


@dataclass(frozen=True, slots=True)
class OutReturn:
    """One returned collection; the amount is positive. `payer_account` is `SSSSSS-NNNNNNNN`."""

    reference: str
    amount_minor: int
    return_code: str
    description: str
    originally_processed_on: date
    payer_account: str
    payer_name: str
    transaction_code: str = "17"


@dataclass(frozen=True, slots=True)
class OutReturns:
    """The returns of one of our accounts, `SSSSSS-NNNNNNNN`; gone through once."""

    account: str
    account_name: str
    returns: Iterable[OutReturn]
    currency: str = GBP


def write(
    accounts: Iterable[OutReturns],
    out: BinaryIO,
    reported_on: date,
    user_number: str = "000000",
    user_name: str = "COUNCIL",
) -> None:
    """Write one report of returns, one item at a time; the totals of an account come last."""
    header = {
        "reportType": "REFT1019",
        "adviceNumber": "001",
        "currentProcessingDate": reported_on.isoformat(),
    }
    out.write(_HEAD.encode())
    out.write(
        (_empty("Header", header) + _empty("AddresseeInformation", {"name": user_name})).encode()
    )
    licence = {"userName": user_name, "userNumber": user_number}
    out.write(_empty("ServiceLicenseInformation", licence).encode())
    out.write(b"<Advice><OriginatingAccountRecords>\n")
    for account in accounts:
        _write_account(account, out)
    out.write(_FOOT.encode())


def _write_account(account: OutReturns, out: BinaryIO) -> None:
    code, _, number = account.account.partition("-")
    ours = {"name": account.account_name, "number": number, "sortCode": _printed(code), "type": "0"}
    out.write(f"<OriginatingAccountRecord>\n{_empty('OriginatingAccount', ours)}".encode())
    count = total_minor = 0
    for returned in account.returns:
        count += 1
        total_minor += returned.amount_minor
        out.write(_item(returned, account.currency).encode())
    totals = {
        "numberOf": str(count),
        "valueOf": format_minor(total_minor),
        "currency": account.currency,
    }
    out.write(f"{_empty('Totals', totals)}</OriginatingAccountRecord>\n".encode())


def _item(returned: OutReturn, currency: str) -> str:
    item = {
        "ref": f"{returned.reference:<{_REFERENCE_WIDTH}}",
        "transCode": returned.transaction_code,
        "returnCode": returned.return_code,
        "returnDescription": returned.description,
        "originalProcessingDate": returned.originally_processed_on.isoformat(),
        "valueOf": format_minor(returned.amount_minor),
        "currency": currency,
    }
    code, _, number = returned.payer_account.partition("-")
    payer = {
        "number": number,
        "ref": returned.reference,
        "name": returned.payer_name,
        "sortCode": _printed(code),
    }
    opening = f"<ReturnedDebitItem{_attributes(item)}>"
    return f"{opening}{_empty('PayerAccount', payer).strip()}</ReturnedDebitItem>\n"


def _printed(code: str) -> str:
    return f"{code[:2]}-{code[2:4]}-{code[4:]}"


def _empty(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}{_attributes(attributes)}></{name}>\n"


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
