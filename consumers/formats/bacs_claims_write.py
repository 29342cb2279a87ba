"""Write indemnity claims (DDICA), as XML or CSV: the other direction of `bacs_claims`.

For tests and for the demo council's bank. The same claims give the same bytes.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import BinaryIO
from xml.sax.saxutils import escape

from consumers.formats.bacs_claims_csv import COLUMNS
from consumers.formats.bacs_items import IndemnityClaim
from consumers.formats.bacs_xml_write import closing, encoded, opening
from ledger.money import format_minor


def write(
    claims: Sequence[IndemnityClaim],
    out: BinaryIO,
    sun: str,
    debit_on: date,
    encoding: str = "UTF-8",
) -> None:
    """Write one report: the new claims, debited on one day, then those that were withdrawn."""
    new = [one for one in claims if not one.cancelled]
    withdrawn = [one for one in claims if one.cancelled]
    total, total_withdrawn = (
        _pounds(sum(one.total_minor for one in of)) for of in (new, withdrawn)
    )
    debited = _leaf("TotalValueOfDebits", total) + _leaf("DateOfDebit", debit_on.isoformat())
    text = "".join(
        (
            opening(encoding, "VocaDocument"),
            f"<Document>\n{_leaf('ServiceUserNumber', sun)}\n<NewAdvices>\n{debited}\n",
            *(_claim("DDICAdvice", one) for one in new),
            "</NewAdvices>\n<Cancellations>\n",
            _leaf("TotalValueOfCancellations", total_withdrawn) + "\n",
            *(_claim("DDICCancellation", one) for one in withdrawn),
            f"</Cancellations>\n</Document>\n{closing('VocaDocument')}",
        )
    )
    out.write(encoded(text, encoding))


def write_csv(claims: Iterable[IndemnityClaim], out: BinaryIO) -> None:
    """Write the rows of new claims under the usual titles, which leave out the reason."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for claim in claims:
        cells = _facts(claim)
        for on, amount_minor in claim.collections:
            cells["DateOfDirectDebit"], cells["Amount"] = on.isoformat(), _pounds(amount_minor)
            rows.writerow(cells[title] for title in COLUMNS)
    out.write(text.getvalue().encode())


def _claim(name: str, claim: IndemnityClaim) -> str:
    facts = _facts(claim)
    del facts["DateOfDebit"]
    collections = "".join(
        f"<DDCollection>{_leaf('DateOfDirectDebit', on.isoformat())}"
        f"{_leaf('Amount', _pounds(amount_minor))}</DDCollection>"
        for on, amount_minor in claim.collections
    )
    told = "".join(_leaf(title, text) for title, text in facts.items())
    return f"<{name}>{told}<DDCollections>{collections}</DDCollections></{name}>\n"


def _facts(claim: IndemnityClaim) -> dict[str, str]:
    return {
        "SeqNo": claim.sequence,
        "PayingBankReference": claim.paying_bank_reference,
        "SUReference": claim.reference,
        "ReasonCode": claim.reason_code or "",
        "ReasonCodeMeaning": claim.reason or "",
        "PayerSortCode": claim.payer_sort_code or "",
        "PayerAccount": claim.payer_account or "",
        "PayerName": claim.payer_name or "",
        "NoOfAdvForClaim": "" if claim.advices is None else str(claim.advices),
        "TotalAmount": _pounds(claim.total_minor),
        "DateOfDebit": "" if claim.debit_on is None else claim.debit_on.isoformat(),
    }


def _leaf(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"


def _pounds(minor: int) -> str:
    return format_minor(minor, thousands=True)
