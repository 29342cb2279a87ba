"""Write an ARUDD report as Bacs does: the other direction of `arudd`, byte for byte.

For tests and for the demo council's bank. The same returns give the same bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from consumers.formats.bacs_xml_write import attributes, closing, empty, opening, printed
from ledger.money import GBP, format_minor

_HEAD = opening() + "<ARUDD>\n"
_FOOT = "</OriginatingAccountRecords></Advice>\n</ARUDD>\n" + closing()
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
        (empty("Header", header) + empty("AddresseeInformation", {"name": user_name})).encode()
    )
    licence = {"userName": user_name, "userNumber": user_number}
    out.write(empty("ServiceLicenseInformation", licence).encode())
    out.write(b"<Advice><OriginatingAccountRecords>\n")
    for account in accounts:
        _write_account(account, out)
    out.write(_FOOT.encode())


def _write_account(account: OutReturns, out: BinaryIO) -> None:
    code, _, number = account.account.partition("-")
    ours = {"name": account.account_name, "number": number, "sortCode": printed(code), "type": "0"}
    out.write(f"<OriginatingAccountRecord>\n{empty('OriginatingAccount', ours)}".encode())
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
    out.write(f"{empty('Totals', totals)}</OriginatingAccountRecord>\n".encode())


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
        "sortCode": printed(code),
    }
    opening = f"<ReturnedDebitItem{attributes(item)}>"
    return f"{opening}{empty('PayerAccount', payer).strip()}</ReturnedDebitItem>\n"
