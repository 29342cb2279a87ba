"""Write an ARUCS report as Bacs does: the other direction of `bacs_credits`.

For tests and for the demo council's bank. The same credits give the same bytes.
"""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import BinaryIO

from consumers.formats.bacs_items import ReturnedCredit
from consumers.formats.bacs_xml_write import (
    attributes,
    closing,
    dated,
    empty,
    encoded,
    opening,
    printed,
)
from ledger.money import GBP, format_minor


def write(
    credits_: Iterable[ReturnedCredit],
    out: BinaryIO,
    reported_on: date | None,
    *,
    sun: str = "000000",
    encoding: str = "UTF-8",
) -> None:
    """Write one report; the credits of an account follow one another, its totals come last."""
    header = {"reportType": "REFT1027", "currentProcessingDate": dated(reported_on)}
    records = "".join(
        _record(account, list(returned))
        for account, returned in groupby(credits_, lambda one: one.account)
    )
    text = (
        f"{opening(encoding)}<ARUCS>\n{empty('Header', header)}"
        f"{empty('ServiceLicenseInformation', {'userNumber': sun})}"
        f"<Advice><OriginatingAccountRecords>\n{records}"
        f"</OriginatingAccountRecords></Advice>\n</ARUCS>\n{closing()}"
    )
    out.write(encoded(text, encoding))


def _record(account: str, returned: list[ReturnedCredit]) -> str:
    code, _, number = account.partition("-")
    totals = {
        "numberOf": str(len(returned)),
        "valueOf": format_minor(sum(one.amount_minor for one in returned), thousands=True),
        "currency": GBP,
    }
    ours = empty("OriginatingAccount", {"number": number, "sortCode": printed(code)})
    items = "".join(_item(one) for one in returned)
    inside = f"{ours}{items}{empty('Totals', totals)}"
    return f"<OriginatingAccountRecord>\n{inside}</OriginatingAccountRecord>\n"


def _item(returned: ReturnedCredit) -> str:
    item = {
        "ref": f"{returned.reference:<18}",
        "transCode": returned.transaction_code,
        "returnCode": f"{returned.reason_code}012",
        "returnDescription": returned.reason,
        "originalProcessingDate": returned.originally_processed_on.isoformat(),
        "valueOf": format_minor(returned.amount_minor, thousands=True),
        "currency": returned.currency,
    }
    payee = {
        "number": returned.payee_account,
        "sortCode": printed(returned.payee_sort_code or ""),
        "name": returned.payee_name,
    }
    payee_account = empty("PayeeAccount", payee).strip()
    return f"<ReturnedCreditItem{attributes(item)}>{payee_account}</ReturnedCreditItem>\n"
