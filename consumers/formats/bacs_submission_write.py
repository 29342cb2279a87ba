"""Write the reports of Bacs on files that we sent: Input, Withdrawal and Arrival.

For tests and for the demo council's bank. The same values give the same bytes.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import BinaryIO
from xml.sax.saxutils import escape

from consumers.formats.bacs_items import (
    AccountTotals,
    Arrival,
    DayTotals,
    InputError,
    InputReport,
    SubmissionItem,
    Tally,
    Withdrawal,
)
from consumers.formats.bacs_submission import summed
from consumers.formats.bacs_xml_write import (
    REPORTS,
    attributes,
    closing,
    dated,
    empty,
    encoded,
    opening,
)
from ledger.money import GBP, format_minor

_REPORT = {InputReport: "InputReport", Withdrawal: "WithdrawalReport", Arrival: "ArrivalReport"}
_ENTRIES = {
    "credit": "CreditEntry",
    "debit": "DebitEntry",
    "credit_contra": "CreditContraEntry",
    "debit_contra": "DebitContraEntry",
}


def write(
    items: Sequence[SubmissionItem],
    out: BinaryIO,
    produced_on: date | None,
    processing_on: date | None = None,
    encoding: str = "UTF-8",
) -> None:
    """Write one report about files of one kind, each in a submission of its own."""
    report = _REPORT[type(items[0])] if items else "InputReport"
    header = (
        f'<Header reportNumber="1" reportType="REFT2013">'
        f"{empty('ProducedOn', {'date': dated(produced_on), 'time': '03:58:19'})}"
        f"{empty('ProcessingDate', {'date': dated(processing_on)})}</Header>\n"
    )
    submissions = "".join(_submission(item) for item in items)
    text = f"<{report}>\n{header}{submissions}</{report}>\n"
    out.write(encoded(f"{opening(encoding, schema=REPORTS)}{text}{closing()}", encoding))


def _submission(item: SubmissionItem) -> str:
    about = {
        "submissionReferenceNumber": item.submission,
        "media": "BACSTEL-IP",
        "volumeSerialNumber": item.volume_serial,
    }
    if isinstance(item, Withdrawal):
        about["bureauNumber"] = item.bureau
    file = "" if isinstance(item, Arrival) else _user_file(item)
    return f"<Submission>\n{empty('SubmissionInformation', about)}{file}</Submission>\n"


def _user_file(item: InputReport | Withdrawal) -> str:
    message = attributes({"fileLevelMessage": " ".join(item.messages)})
    about = {"userNumber": item.sun, "userFileNumber": item.file_number, "fileCurrency": GBP}
    if isinstance(item, Withdrawal):
        inside = f"{empty('UserFileInformation', about)}{_days(item.days)}"
        return (
            f"<UserFile{message}><WithdrawalUserFile>\n{inside}</WithdrawalUserFile></UserFile>\n"
        )
    about |= {
        "uhl1WorkCode": item.work_code,
        "uhl1ProcessingDate": dated(item.processing_on),
    }
    errors = "".join(_error(one) for one in item.errors)
    inside = (
        f"{empty('UserFileInformation', about)}{_days(item.days)}<Errors>{errors}</Errors>\n"
        f"<InputReportSummary><AccountTotals>\n{_accounts(item.accounts)}</AccountTotals>"
        "</InputReportSummary>\n"
    )
    return f"<UserFile{message}><InputUserFile>\n{inside}</InputUserFile></UserFile>\n"


def _days(days: Sequence[DayTotals]) -> str:
    records = "".join(
        f"<DaySectionRecord{attributes({'processingDate': dated(one.processing_on)})}>"
        f"{_flows(one)}</DaySectionRecord>\n"
        for one in days
    )
    totals = DayTotals(
        None,
        *(
            summed([getattr(one, name) for one in days])
            for name in ("credits", "debits", "credit_contras", "debit_contras")
        ),
    )
    if not days:
        return ""
    return f"<DaySection>{records}<Totals>{_flows(totals)}</Totals></DaySection>\n"


def _flows(day: DayTotals) -> str:
    return "".join(
        f"<{name}{attributes(_tallied(own))}>{empty('Contra', _tallied(contra)).strip()}</{name}>"
        for name, own, contra in (
            ("Credit", day.credits, day.credit_contras),
            ("Debit", day.debits, day.debit_contras),
        )
    )


def _tallied(tally: Tally) -> dict[str, str | None]:
    items = None if tally.items is None else str(tally.items)
    value = format_minor(tally.value_minor, thousands=True)
    return {"numberOf": items, "currency": GBP, "valueOf": value}


def _accounts(accounts: Iterable[AccountTotals]) -> str:
    text = ""
    for (account, kind), flows in groupby(accounts, lambda one: (one.account, one.account_type)):
        code, _, number = account.partition("-")
        about = attributes({"number": number, "sortCode": code, "type": kind})
        entries = "".join(_entry(one) for one in flows)
        text += f"<AccountTotal{about}>{entries}</AccountTotal>\n"
    return text


def _entry(totals: AccountTotals) -> str:
    name = _ENTRIES[totals.flow]
    accepted = empty("AcceptedRecords", _tallied(totals.accepted))
    rejected = empty("RejectedRecords", _tallied(totals.rejected))
    return f"<{name}>{accepted}{rejected}{empty('TotalsRecords', _tallied(totals.total))}</{name}>"


def _error(error: InputError) -> str:
    amount = None if error.amount_minor is None else format_minor(error.amount_minor)
    item = empty(
        "ErrorItem", {"reference": error.reference, "transCode": error.code, "valueOf": amount}
    )
    message = f"<ErrorMessage type='{error.kind}'>{escape(error.message)}</ErrorMessage>"
    return f"<Error>{item}{message}</Error>\n"
