"""Advices of instructions in XML: ADDACS, AUDDIS, AWACS, and what became of a file of them.

    BACSDocument/Data/MessagingAdvices   no namespace; UTF-8 or ISO-8859-1; elements in any order
      MessagingHeader (or Header)        @advice-type, @user-number, @report-generation-date, ...
      AddresseeInformation               @name, @address1, ...
      MessagingAdvice*                   @record-type: A; N, D, S; V, R
        of an instruction                @reference, @reason-code, @effective-date, @due-date,
                                         @payer-name, @payer-sort-code, @payer-account-number,
                                         @payer-new-sort-code, @payer-new-account-number,
                                         @user-number, @aosn
        of a file                        @vol-serial-number, @originator-file-number, @work-code,
                                         @processing-date, @file-type (LIVE, TEST), @accepted-ddi,
                                         @rejected-ddi, @file-error-code
      MessagingError*                    @line1, @line2, @line3

Source: reports as banks deliver them (newbacs-advices.xsd is not published); the writer is in
`bacs_advices_write`. No AWACS report is public: it is taken in this shape when its header says so.

The record type says what an advice is, and the header may not say otherwise. An unknown advice
type, record type, reason code or element refuses the file, before anything of it is yielded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from consumers.formats.bacs_items import (
    AdviceOfInstruction,
    FileOutcome,
    InstructionAdvice,
    InstructionKind,
)
from consumers.formats.bacs_reports import report_of
from consumers.formats.bacs_xml import (
    account_number,
    day,
    number,
    once,
    only,
    proved,
    report_records,
    sort_code,
    stated,
    with_reason,
)
from consumers.formats.errors import RowError
from consumers.formats.xml_records import Record
from ledger.bacs_codes import reason

_REPORT: Final = "MessagingAdvices"
_RECORDS: Final[dict[str, str | None]] = {
    "MessagingAdvice": _REPORT,
    "MessagingError": _REPORT,
}
_HEADERS: Final = ("MessagingHeader", "Header")
_BESIDE: Final = frozenset((*_HEADERS, "AddresseeInformation"))
_KINDS: Final[dict[str, InstructionKind]] = {
    "A": "ADDACS",
    "N": "AUDDIS",
    "D": "AUDDIS",
    "S": "AUDDIS",
}
_OUTCOMES: Final = {"V": True, "R": False}
_MAY_HOLD: Final = {"ADDACS": "A", "AUDDIS": "NDSVR", "AUDACC": "V", "AUDREJ": "R"}
_FILE_TYPES: Final = {"LIVE": True, "TEST": False}
_TITLES: Final = frozenset((*_MAY_HOLD, "AWACS", _REPORT))


@dataclass(slots=True)
class _Head:
    """What the head of one report says of all its advices."""

    advice_type: str | None
    sun: str | None
    reported_on: date | None
    messages: tuple[str, ...]


def recognise(head: bytes, name: str) -> str | None:
    """The advice type, or `MessagingAdvices` when the first bytes do not tell it; else None."""
    del name
    report = report_of(head)
    return report if report in _TITLES else None


def read(path: Path) -> Iterator[AdviceOfInstruction]:
    """The advices of a file, in its order; memory does not grow with their number.

    Raises UnreadableFileError.
    """
    heads = _heads(path)
    yield from proved(partial(_advices, path, heads))


def _heads(path: Path) -> list[_Head]:
    """The head of each report of the file, which may stand after its advices."""
    heads: list[_Head] = []
    messages: list[str] = []
    outcomes = False
    for record in report_records(path, _REPORT, _RECORDS):
        match record.name:
            case "MessagingError":
                messages.append(_message(record))
            case "MessagingAdvice":
                outcomes = outcomes or stated(record, "@record-type") in _OUTCOMES
            case _:
                told = tuple(filter(None, messages))
                heads.append(with_reason(path.name, record, partial(_head, told, outcomes)))
                messages, outcomes = [], False
    return heads


def _head(messages: tuple[str, ...], outcomes: bool, record: Record) -> _Head:  # noqa: FBT001 - bound first
    only(record, _BESIDE)
    for header in _HEADERS:
        once(record, header)
    if messages and not outcomes:
        raise RowError("MessagingError", messages[0], "the report is about an error, and no file")
    advice_type = _header(record, "advice-type")
    if advice_type is not None and advice_type not in _TITLES - {_REPORT}:
        raise RowError("MessagingHeader@advice-type", advice_type, "not known")
    dated = next((one for one in _HEADERS if day(record, f"{one}@report-generation-date")), None)
    return _Head(
        advice_type=advice_type,
        sun=_header(record, "user-number"),
        reported_on=day(record, f"{dated}@report-generation-date") if dated else None,
        messages=messages,
    )


def _header(record: Record, attribute: str) -> str | None:
    text = record.first(*(f"{header}@{attribute}" for header in _HEADERS))
    return None if text == "0" else text


def _message(record: Record) -> str:
    """The lines of a message, which are numbered attributes; empty when none says anything."""
    return " ".join(filter(None, (stated(record, path) for path in sorted(record.fields))))


def _advices(path: Path, heads: list[_Head]) -> Iterator[AdviceOfInstruction]:
    at = 0
    for record in report_records(path, _REPORT, _RECORDS):
        if record.name == _REPORT:
            at += 1
        elif record.name == "MessagingAdvice":
            yield with_reason(path.name, record, partial(_advice, heads[at]))


def _advice(head: _Head, record: Record) -> AdviceOfInstruction:
    only(record, ())
    record_type = stated(record, "@record-type") or ""
    if head.advice_type == "AWACS":
        return _instruction(record, head, "AWACS", record_type)
    kind = _KINDS.get(record_type)
    if kind is None and record_type not in _OUTCOMES:
        raise RowError("@record-type", record_type, "not known")
    if head.advice_type is not None and record_type not in _MAY_HOLD[head.advice_type]:
        raise RowError("@record-type", record_type, f"not of an {head.advice_type} report")
    if kind is None:
        return _outcome(record, head, accepted=_OUTCOMES[record_type])
    return _instruction(record, head, kind, record_type)


def _instruction(
    record: Record, head: _Head, kind: InstructionKind, record_type: str
) -> InstructionAdvice:
    code = record.first("@reason-code") or ""  # 0 is a reason here
    if reason(kind, code) is None:
        raise RowError("@reason-code", code, f"no reason code of {kind}")
    return InstructionAdvice(
        span=record.span,
        kind=kind,
        reference=stated(record, "@reference") or "",
        reason_code=code,
        effective_on=day(record, "@effective-date"),
        due_on=day(record, "@due-date"),
        payer_sort_code=sort_code(record.first("@payer-sort-code"), "@payer-sort-code"),
        payer_account=account_number(
            record.first("@payer-account-number"), "@payer-account-number"
        ),
        payer_name=stated(record, "@payer-name"),
        new_sort_code=sort_code(record.first("@payer-new-sort-code"), "@payer-new-sort-code"),
        new_account=account_number(
            record.first("@payer-new-account-number"), "@payer-new-account-number"
        ),
        sun=stated(record, "@user-number") or head.sun,
        aosn=stated(record, "@aosn"),
        record_type=record_type,
        reported_on=head.reported_on,
    )


def _outcome(record: Record, head: _Head, *, accepted: bool) -> FileOutcome:
    file_type = stated(record, "@file-type")
    if file_type is not None and file_type not in _FILE_TYPES:
        raise RowError("@file-type", file_type, "neither LIVE nor TEST")
    return FileOutcome(
        span=record.span,
        accepted=accepted,
        volume_serial=stated(record, "@vol-serial-number"),
        file_number=stated(record, "@originator-file-number"),
        sun=stated(record, "@user-number") or head.sun,
        processing_on=day(record, "@processing-date"),
        work_code=stated(record, "@work-code"),
        live=None if file_type is None else _FILE_TYPES[file_type],
        accepted_instructions=number(record, "@accepted-ddi"),
        rejected_instructions=number(record, "@rejected-ddi"),
        error_code=stated(record, "@file-error-code"),
        messages=head.messages,
        aosn=stated(record, "@aosn"),
        reported_on=head.reported_on,
    )
