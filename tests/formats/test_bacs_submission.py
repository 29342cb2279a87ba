"""Reports on a file that we sent (Input, Withdrawal, Arrival): what they say, and when refused."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.formats import bacs_arrival, bacs_input, bacs_submission, bacs_withdrawal
from consumers.formats.bacs_items import (
    NOTHING,
    AccountTotals,
    Arrival,
    DayTotals,
    Fault,
    Flow,
    InputError,
    InputReport,
    SubmissionItem,
    Tally,
    Withdrawal,
)
from consumers.formats.bacs_submission_write import write
from consumers.formats.errors import ControlTotalError, FormatError, UnreadableFileError
from consumers.formats.statement import SourceSpan

MADE, PROCESSED = date(2026, 3, 31), date(2026, 4, 1)
NOWHERE = SourceSpan(0, 0, 0)
REFUSED = InputError(NOWHERE, "REJECTED", "INVALID SORT CODE", "HSG100234", 6_500)
AMENDED = InputError(NOWHERE, "AMENDED", "ACCOUNT REDIRECTED", "HSG100567", 6_000)
INPUT = InputReport(
    NOWHERE, "DD0001", "2026033101S01", "123456", "001", "1 DAILY", PROCESSED, MADE,
    (
        AccountTotals("300000-12345678", "Individual", "debit", Tally(2, 123_450), Tally(1, 6_500),
                      Tally(3, 129_950)),
        AccountTotals("300000-12345678", "Individual", "debit_contra", Tally(1, 129_950), NOTHING,
                      Tally(1, 129_950)),
    ),
    (DayTotals(PROCESSED, NOTHING, Tally(3, 129_950), NOTHING, Tally(1, 129_950)),),
    (REFUSED, AMENDED),
    (),
)  # fmt: skip
WITHDRAWN = Withdrawal(
    NOWHERE, "DD0001", "2026033101S01", "123456", "654321", "001", MADE, INPUT.days, ()
)
ARRIVED = Arrival(NOWHERE, "DD0001", "2026033101S01", MADE, PROCESSED)
AGREED = (
    "<AgreementOfFileTotals><DebitEntry><UserTrailerTotals numberOf='9' currency='GBP'"
    " valueOf='9.00'/></DebitEntry></AgreementOfFileTotals>"
)
SENT = "<SubmissionInformation volumeSerialNumber='DD0003'/>"
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
Change = Callable[..., Path]
READERS = {InputReport: bacs_input, Withdrawal: bacs_withdrawal, Arrival: bacs_arrival}


def nowhere(item: SubmissionItem) -> SubmissionItem:
    if isinstance(item, InputReport):
        errors = tuple(replace(one, span=NOWHERE) for one in item.errors)
        return replace(item, span=NOWHERE, errors=errors)
    return replace(item, span=NOWHERE)


def items(path: Path, kind: type[SubmissionItem] = InputReport) -> list[SubmissionItem]:
    read: Iterator[SubmissionItem] = READERS[kind].read(path)
    return [nowhere(one) for one in read]


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """Write a report of one item with pieces of it replaced."""

    def build(*changes: tuple[str, str], made: SubmissionItem = INPUT) -> Path:
        out = io.BytesIO()
        write([made], out, MADE, PROCESSED)
        text = out.getvalue().decode()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        path = tmp_path / "report.xml"
        path.write_text(text, encoding="utf-8")
        return path

    return build


def test_an_input_report_says_what_was_taken_of_each_account_and_what_was_not(
    changed: Change,
) -> None:
    path = changed()
    assert b'valueOf="1,299.50"' in path.read_bytes()
    assert items(path) == [INPUT]
    (one,) = bacs_input.read(path)
    content = path.read_bytes()
    quoted = content[one.errors[0].span.byte_start : one.errors[0].span.byte_end]
    assert quoted.startswith(b"<Error><ErrorItem")
    assert quoted.endswith(b"</Error>")
    assert b"HSG100234" in quoted


@pytest.mark.parametrize("kind", get_args(Fault))
def test_every_kind_of_error_is_read_and_no_other(changed: Change, kind: Fault) -> None:
    made = replace(INPUT, errors=(replace(REFUSED, kind=kind),))
    assert items(changed(made=made)) == [made]
    with pytest.raises(UnreadableFileError, match="ErrorMessage@type 'LOST'"):
        items(changed((f"type='{kind}'", "type='LOST'"), made=made))


def test_what_stands_at_the_end_holds_for_what_came_before(changed: Change) -> None:
    text = changed().read_text()
    for start, end, container in (
        ("<Header", "</Header>", "</InputReport>"),
        ("<SubmissionInformation", "</SubmissionInformation>", "</Submission>"),
        ("<UserFileInformation", "</UserFileInformation>", "</InputUserFile>"),
        ("<DaySection>", "</DaySection>", "</InputUserFile>"),
    ):
        piece = text[text.index(start) : text.index(end) + len(end)]
        text = text.replace(piece, "").replace(container, piece + container)
    path = changed()
    path.write_text(text)
    assert items(path) == [INPUT]


def test_two_submissions_and_two_files_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "two.xml"
    other = replace(INPUT, volume_serial="DD0002", submission=None, file_number="002", errors=())
    with path.open("wb") as out:
        write([INPUT, other], out, MADE, PROCESSED)
    assert items(path) == [INPUT, other]
    text = path.read_text()
    second = text[text.rindex("<UserFile ") : text.rindex("</UserFile>") + len("</UserFile>")]
    both = text.replace(second, "").replace("</UserFile>", f"</UserFile>{second}", 1)
    path.write_text(both[: both.rindex("<Submission>")] + "</InputReport></Data></BACSDocument>")
    of_one = replace(other, volume_serial="DD0001", submission=INPUT.submission)
    assert items(path) == [INPUT, of_one]


@pytest.mark.parametrize(
    ("before", "after", "field", "expected"),
    [
        ('fileLevelMessage=""', 'fileLevelMessage="LATE"', "messages", ("LATE",)),
        ("<DaySection>", "<DaySection daySectionLevelErrorMessage='OLD'>", "messages", ("OLD",)),
        ('uhl1ProcessingDate="2026-04-01"', "", "processing_on", PROCESSED),
        ('uhl1ProcessingDate="2026-04-01"', 'uhl1ProcessingDate="0"', "processing_on", PROCESSED),
        ('submissionReferenceNumber="2026033101S01"', "", "submission", None),
        ('userFileNumber="001"', 'userFileNumber="0"', "file_number", None),
        ('ProducedOn date="2026-03-31"', 'ProducedOn date=""', "produced_on", None),
        ("</AccountTotals>", f"</AccountTotals>{AGREED}", "sun", "123456"),
        ('sortCode="300000"', 'sortCode="30-00-00"', "sun", "123456"),
    ],
)  # fmt: skip
def test_what_is_left_out_is_none_and_messages_are_kept(
    changed: Change, before: str, after: str, field: str, expected: object
) -> None:
    (one,) = items(changed((before, after)))
    assert getattr(one, field) == expected
    assert replace(one, **{field: getattr(INPUT, field)}) == INPUT


def test_a_file_of_which_nothing_was_taken_is_told_by_its_message(changed: Change) -> None:
    text = changed().read_text()
    start, end = text.index("<InputUserFile>"), text.index("</UserFile>")
    path = changed()
    path.write_text(text[:start] + text[end:])
    with pytest.raises(UnreadableFileError, match="UserFile"):
        items(path)
    told = (text[:start] + text[end:]).replace('Message=""', 'Message="FILE REJECTED"')
    path.write_text(told)
    (one,) = bacs_input.read(path)
    assert (one.volume_serial, one.sun, one.accounts) == ("DD0001", None, ())
    assert one.messages == ("FILE REJECTED",)


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('<RejectedRecords numberOf="1"', '<RejectedRecords numberOf="2"', "TotalsRecords"),
        ('valueOf="1,234.50"', 'valueOf="1,234.51"', "TotalsRecords"),
        ('TotalsRecords numberOf="3" currency="GBP" valueOf="1,299.50"',
         'TotalsRecords numberOf="3" currency="GBP" valueOf="1,299.51"', "TotalsRecords"),
        ('TotalsRecords numberOf="3"', 'TotalsRecords numberOf=""', "TotalsRecords"),
        ('<Totals><Credit numberOf="0"', '<Totals><Credit numberOf="1"', "Totals of credits"),
        ('<Debit numberOf="3" currency="GBP" valueOf="1,299.50">',
         '<Debit numberOf="3" currency="GBP" valueOf="1,299.51">', "Totals of debits"),
    ],
)  # fmt: skip
def test_totals_that_do_not_hold_refuse_the_report(
    changed: Change, before: str, after: str, field: str
) -> None:
    with pytest.raises(ControlTotalError, match=field) as refused:
        next(bacs_input.read(changed((before, after))))
    assert refused.value.line > 1


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('volumeSerialNumber="DD0001"', 'volumeSerialNumber=""', "volumeSerialNumber"),
        ('number="12345678"', 'number="0"', "AccountTotal"),
        ('sortCode="300000"', 'sortCode="x"', "@sortCode 'x'"),
        ("AcceptedRecords", "OtherRecords", "DebitEntry"),
        ('numberOf="3"', 'numberOf="three"', "numberOf 'three'"),
        ('valueOf="1,299.50"', 'valueOf="1299,50"', "valueOf '1299,50'"),
        ('valueOf="1,299.50"', 'valueOf="1,299.5O"', "valueOf '1,299.5O'"),
        ('currency="GBP" valueOf', 'currency="EUR" valueOf', "currency 'EUR'"),
        ('valueOf="65.00"', 'valueOf="-65.00"', "valueOf '-65.00'"),
        ("type='REJECTED'", "", "ErrorMessage@type"),
        ("</Error>", "<ErrorMessage type='RETURNED'/></Error>", "REJECTED, RETURNED"),
        ("</Error>", "<Novelty/></Error>", "Novelty"),
        ("</InputUserFile>", "<Novelty/></InputUserFile>", "Novelty"),
        ("</DaySection>", "<Error><ErrorItem a='1'/></Error></DaySection>", "Error"),
        ("</UserFile>", "<Errors><Error a='1'/></Errors></UserFile>", "Errors"),
        ("</InputReport>", "<Submission><Novelty/></Submission></InputReport>", "Submission"),
        ("</InputReport>", f"<Submission>{SENT}</Submission></InputReport>", "Submission"),
        ("</Data>", "<Novelty/></Data>", "Novelty"),
        ('uhl1ProcessingDate="2026-04-01"', 'uhl1ProcessingDate="26091"', "uhl1ProcessingDate"),
        ("<BACSDocument", "<!DOCTYPE x><BACSDocument", "DOCTYPE"),
    ],
)
def test_what_is_not_understood_refuses_the_report(
    changed: Change, before: str, after: str, field: str
) -> None:
    path = changed(*[(before, after)] * (2 if before == "AcceptedRecords" else 1))
    with pytest.raises(FormatError, match=r"report\.xml, line \d+: ") as refused:
        next(bacs_input.read(path))
    assert field in str(refused.value)


def test_totals_without_numbers_of_records_refuse_the_report(changed: Change) -> None:
    text = changed().read_text()
    start = text.index("<AccountTotal ")
    path = changed()
    path.write_text(text[:start] + re.sub(r'numberOf="\d+" ', "", text[start:]))
    with pytest.raises(ControlTotalError, match="TotalsRecords"):
        items(path)


def test_a_report_of_more_than_is_held_together_is_refused(
    changed: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bacs_submission, "HELD_MAX", 3)
    with pytest.raises(UnreadableFileError, match="too many"):
        items(changed())
    monkeypatch.setattr(bacs_submission, "HELD_MAX", 4)
    assert items(changed()) == [INPUT]


def test_a_withdrawal_names_the_file_and_what_was_in_it(changed: Change) -> None:
    assert items(changed(made=WITHDRAWN), Withdrawal) == [WITHDRAWN]


def test_a_withdrawal_may_say_only_totals_and_only_their_value(changed: Change) -> None:
    text = changed(made=WITHDRAWN).read_text()
    start, end = text.index("<DaySectionRecord"), text.index("<Totals>")
    path = changed()
    path.write_text(
        (text[:start] + text[end:]).replace('numberOf="3" ', "").replace('"123456"', '""')
    )
    (one,) = bacs_withdrawal.read(path)
    assert one.sun is None
    assert one.days == (DayTotals(None, NOTHING, Tally(None, 129_950), NOTHING, Tally(1, 129_950)),)


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('volumeSerialNumber="DD0001"', "", "volumeSerialNumber"),
        ("</WithdrawalUserFile>", "<Errors a='1'/></WithdrawalUserFile>", "Errors"),
        ("<WithdrawalUserFile>", "<OtherFile/><WithdrawalUserFile>", "OtherFile"),
        ("<DaySection>", "<DaySection><Novelty/>", "Novelty"),
        ('<Debit numberOf="3"', '<Debit numberOf="2"', "Totals of debits"),
        ("<Submission>", f"<Submission>{SENT}</Submission><Submission>", "Submission"),
        ("<UserFile ", "<UserFile/><UserFile ", "UserFile"),
    ],
)
def test_a_withdrawal_that_is_not_understood_is_refused(
    changed: Change, before: str, after: str, field: str
) -> None:
    with pytest.raises(FormatError, match=field):
        items(changed((before, after), made=WITHDRAWN), Withdrawal)


def test_a_withdrawal_of_no_day_is_refused(changed: Change) -> None:
    with pytest.raises(UnreadableFileError, match="WithdrawalUserFile"):
        items(changed(made=replace(WITHDRAWN, days=())), Withdrawal)


def test_an_arrival_says_which_file_has_come_and_no_more(changed: Change) -> None:
    assert items(changed(made=ARRIVED), Arrival) == [ARRIVED]
    more = changed(("</Submission>", "<Novelty><Any a='1'/></Novelty></Submission>"), made=ARRIVED)
    assert items(more, Arrival) == [ARRIVED]


def test_an_arrival_that_names_no_submission_is_one_without_a_number(changed: Change) -> None:
    text = changed(made=ARRIVED).read_text()
    path = changed()
    path.write_text(text[: text.index("<Submission>")] + "</ArrivalReport></Data></BACSDocument>")
    assert items(path, Arrival) == [replace(ARRIVED, volume_serial=None, submission=None)]


@pytest.mark.parametrize(
    "made", [INPUT, WITHDRAWN, ARRIVED], ids=["input", "withdrawal", "arrival"]
)
@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
def test_a_report_is_recognised_in_either_encoding_and_only_by_its_own_reader(
    tmp_path: Path, made: SubmissionItem, encoding: str
) -> None:
    path = tmp_path / "report.xml"
    if isinstance(made, InputReport):
        made = replace(made, errors=(replace(REFUSED, message="ZOË ŁUKASZ"),))
    with path.open("wb") as out:
        write([made], out, MADE, PROCESSED, encoding)
    head = path.read_bytes()
    told = {kind: module.recognise(head, "ARUDD.xml") for kind, module in READERS.items()}
    assert [kind for kind, version in told.items() if version is not None] == [type(made)]
    assert items(path, type(made)) == [made]


TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=12)
NAMES = st.none() | TEXT.map("N{}".format)
DAYS = st.none() | st.dates(date(2000, 1, 1), date(2090, 1, 1))
TALLIES = st.builds(Tally, st.integers(0, 10**6), st.integers(0, 10**9))


@st.composite
def account_totals(draw: st.DrawFn) -> list[AccountTotals]:
    account = f"{draw(st.integers(1, 999_999)):06d}-{draw(st.integers(1, 99_999_999)):08d}"
    flows = [flow for flow in get_args(Flow) if draw(st.booleans())]
    pairs = [(flow, draw(TALLIES), draw(TALLIES)) for flow in flows]
    return [
        AccountTotals(account, "Individual", flow, one, two, bacs_submission.summed((one, two)))
        for flow, one, two in pairs
    ]


@st.composite
def report(draw: st.DrawFn) -> InputReport:
    accounts = draw(st.lists(account_totals(), max_size=3, unique_by=lambda of: str(of[:1])))
    days = draw(
        st.lists(st.builds(DayTotals, DAYS, TALLIES, TALLIES, TALLIES, TALLIES), max_size=3)
    )
    faults = st.sampled_from(get_args(Fault))
    amounts = st.none() | st.integers(0, 10**9)
    error = st.builds(InputError, st.just(NOWHERE), faults, TEXT, NAMES, amounts)
    return replace(
        INPUT,
        volume_serial=f"V{draw(TEXT)}",
        submission=draw(NAMES),
        sun=draw(NAMES),
        work_code=draw(NAMES),
        accounts=tuple(one for of in accounts for one in of),
        days=tuple(days),
        errors=tuple(draw(st.lists(error, max_size=3))),
        messages=tuple(draw(st.lists(TEXT.map("N{}".format), max_size=1))),
    )


@SLOW
@given(
    made=st.lists(report(), min_size=1, max_size=3),
    encoding=st.sampled_from(("UTF-8", "ISO-8859-1")),
)
def test_an_input_report_comes_back(tmp_path: Path, made: list[InputReport], encoding: str) -> None:
    path = tmp_path / "r.xml"
    with path.open("wb") as out:
        write(made, out, MADE, PROCESSED, encoding)
    assert items(path) == made


@SLOW
@given(made=st.lists(report(), min_size=1, max_size=3))
def test_a_withdrawal_comes_back(tmp_path: Path, made: list[InputReport]) -> None:
    path = tmp_path / "r.xml"
    withdrawals = [
        replace(
            WITHDRAWN, volume_serial=one.volume_serial, sun=one.sun, days=one.days or INPUT.days
        )
        for one in made
    ]
    with path.open("wb") as out:
        write(withdrawals, out, MADE)
    assert items(path, Withdrawal) == withdrawals
