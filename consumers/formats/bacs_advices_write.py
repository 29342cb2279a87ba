"""Write advices of instructions as Bacs does: the other direction of `bacs_advices`.

For tests and for the demo council's bank. The same advices give the same bytes.
"""

from collections.abc import Iterable
from datetime import date
from typing import BinaryIO

from consumers.formats.bacs_items import AdviceOfInstruction, FileOutcome, InstructionAdvice
from consumers.formats.bacs_xml_write import closing, dated, empty, encoded, opening

_REPORT_TYPES = {"ADDACS": "7001", "AUDDIS": "7002", "AUDACC": "7003", "AUDREJ": "7004"}


def write(
    advices: Iterable[AdviceOfInstruction],
    out: BinaryIO,
    advice_type: str,
    reported_on: date | None,
    *,
    sun: str = "000000",
    user_name: str = "COUNCIL",
    encoding: str = "UTF-8",
) -> None:
    """Write one report, one advice at a time; the messages of outcomes come last, each once."""
    header = {
        "document-number": "1",
        "advice-type": advice_type,
        "user-number": sun,
        "report-generation-date": dated(reported_on),
        "user-name": user_name,
        "report-type": _REPORT_TYPES.get(advice_type, ""),
        "reprint-indicator": "0",
    }
    messages: dict[str, None] = {}
    head = f"{empty('MessagingHeader', header)}{empty('AddresseeInformation', {'name': user_name})}"
    out.write(encoded(f"{opening(encoding)}<MessagingAdvices>\n{head}", encoding))
    for advice in advices:
        if isinstance(advice, FileOutcome):
            messages.update(dict.fromkeys(advice.messages))
            told = _outcome(advice)
        else:
            told = _instruction(advice)
        out.write(encoded(empty("MessagingAdvice", told), encoding))
    errors = "".join(empty("MessagingError", {"line1": message}) for message in messages)
    out.write(encoded(f"{errors}</MessagingAdvices>\n{closing()}", encoding))


def _instruction(advice: InstructionAdvice) -> dict[str, str | None]:
    return {
        "user-number": advice.sun,
        "record-type": advice.record_type,
        "effective-date": dated(advice.effective_on),
        "due-date": dated(advice.due_on),
        "reference": f"{advice.reference:<18}",
        "payer-name": advice.payer_name,
        "payer-account-number": advice.payer_account,
        "payer-sort-code": advice.payer_sort_code,
        "payer-new-account-number": advice.new_account or "0",
        "payer-new-sort-code": advice.new_sort_code or "0",
        "reason-code": advice.reason_code,
        "aosn": advice.aosn,
    }


def _outcome(outcome: FileOutcome) -> dict[str, str | None]:
    file_type = {None: "", True: "LIVE", False: "TEST"}[outcome.live]
    return {
        "user-number": outcome.sun,
        "record-type": "V" if outcome.accepted else "R",
        "processing-date": dated(outcome.processing_on),
        "originator-file-number": outcome.file_number,
        "work-code": outcome.work_code,
        "file-type": file_type,
        "accepted-ddi": _counted(outcome.accepted_instructions),
        "rejected-ddi": _counted(outcome.rejected_instructions),
        "vol-serial-number": outcome.volume_serial,
        "file-error-code": outcome.error_code,
        "aosn": outcome.aosn,
    }


def _counted(number: int | None) -> str | None:
    return None if number is None else str(number)
