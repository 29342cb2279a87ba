"""Advices of instructions (ADDACS, AUDDIS, AWACS, AUDACC, AUDREJ): what they say, when refused."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.formats import bacs_advices
from consumers.formats.bacs_advices_write import write
from consumers.formats.bacs_items import (
    AdviceOfInstruction,
    FileOutcome,
    InstructionAdvice,
    InstructionKind,
)
from consumers.formats.errors import UnreadableFileError
from consumers.formats.statement import SourceSpan
from ledger.bacs_codes import REASONS

DAY, REPORTED = date(2026, 4, 1), date(2026, 4, 3)
NOWHERE = SourceSpan(0, 0, 0)
ONE = InstructionAdvice(
    NOWHERE, "ADDACS", "HSG100234", "3", DAY, None, "200000", "55779911", "MRS A OKAFOR",
    "201000", "55779900", "123456", "7", "A", REPORTED,
)  # fmt: skip
TWO = replace(ONE, reference="HSG100567", reason_code="1", new_sort_code=None, new_account=None)
ACCEPTED = FileOutcome(
    NOWHERE, True, "DD0001", "001", "123456", DAY, "1 DAILY", True, 12, 0, None, (), "8", REPORTED
)
REJECTED = replace(
    ACCEPTED, accepted=False, live=False, accepted_instructions=0, rejected_instructions=12,
    error_code="30264", messages=("User Status is TEST on Arrival Day", "ask the sponsor"),
)  # fmt: skip
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
Change = Callable[..., Path]


def advices(path: Path) -> list[AdviceOfInstruction]:
    return [replace(one, span=NOWHERE) for one in bacs_advices.read(path)]


def text_of(*made: AdviceOfInstruction, advice_type: str, encoding: str = "UTF-8") -> str:
    out = io.BytesIO()
    write(made, out, advice_type, REPORTED, sun="123456", encoding=encoding)
    return out.getvalue().decode(encoding)


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """Write an ADDACS report of two advices with pieces of it replaced."""

    def build(*changes: tuple[str, str], text: str | None = None) -> Path:
        text = text_of(ONE, TWO, advice_type="ADDACS") if text is None else text
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        path = tmp_path / "advices.xml"
        path.write_text(text, encoding="utf-8")
        return path

    return build


def test_an_advice_says_which_instruction_why_and_the_new_details(changed: Change) -> None:
    assert advices(changed()) == [ONE, TWO]


@pytest.mark.parametrize("kind", get_args(InstructionKind))
def test_every_reason_code_of_a_report_is_read_and_no_other(
    changed: Change, kind: InstructionKind
) -> None:
    record_type = {"ADDACS": "A", "AUDDIS": "N", "AWACS": "W"}[kind]
    made = [
        replace(ONE, kind=kind, record_type=record_type, reason_code=code) for code in REASONS[kind]
    ]
    text = text_of(*made, advice_type=kind)
    assert advices(changed(text=text)) == made
    first = made[0].reason_code
    with pytest.raises(UnreadableFileError, match=rf"line \d+: @reason-code 'Z': .*{kind}"):
        advices(changed((f'reason-code="{first}"', 'reason-code="Z"'), text=text))


def test_what_was_sent_is_told_by_the_record_type_of_a_returned_instruction(
    changed: Change,
) -> None:
    made = [
        replace(ONE, kind="AUDDIS", record_type=one, reason_code="5", reference="")
        for one in ("N", "D", "S")
    ]
    assert advices(changed(text=text_of(*made, advice_type="AUDDIS"))) == made


@pytest.mark.parametrize(
    ("outcome", "advice_type"), [(ACCEPTED, "AUDACC"), (REJECTED, "AUDREJ"), (REJECTED, "AUDDIS")]
)
def test_the_outcome_of_a_file_names_the_file_its_counts_and_its_errors(
    changed: Change, outcome: FileOutcome, advice_type: str
) -> None:
    assert advices(changed(text=text_of(outcome, advice_type=advice_type))) == [outcome]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_elements_may_stand_in_any_order(changed: Change, order: tuple[int, ...]) -> None:
    lines = text_of(ONE, advice_type="ADDACS").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith("<MessagingHeader"))
    lines[at : at + 3] = [lines[at + number] for number in order]
    assert advices(changed(text="".join(lines))) == [ONE]


@pytest.mark.parametrize(
    ("before", "after", "field", "expected"),
    [
        ('aosn="7"', 'aosn="0"', "aosn", None),
        ('aosn="7"', 'aosn=""', "aosn", None),
        ('payer-name="MRS A OKAFOR"', "", "payer_name", None),
        ('effective-date="2026-04-01"', 'effective-date="0"', "effective_on", None),
        ('effective-date="2026-04-01"', 'effective-date=" "', "effective_on", None),
        ('due-date=""', 'due-date="2026-05-01"', "due_on", date(2026, 5, 1)),
        ('payer-sort-code="200000"', 'payer-sort-code="20-00-00"', "payer_sort_code", "200000"),
        ('payer-sort-code="200000"', 'payer-sort-code="000000"', "payer_sort_code", None),
        ('new-account-number="55779900"', 'new-account-number="0"', "new_account", None),
        ('new-account-number="55779900"', 'new-account-number="779900"', "new_account", "00779900"),
        ('reference="HSG100234         "', 'reference="0"', "reference", ""),
        ('record-type="A"', 'record-type=" A "', "record_type", "A"),
        ("MessagingHeader document", "Header document", "reported_on", REPORTED),
        ('report-generation-date="2026-04-03"', "", "reported_on", None),
        ('advice-type="ADDACS"', "", "kind", "ADDACS"),
        ('advice-type="ADDACS"', 'advice-type="0"', "kind", "ADDACS"),
        ('<MessagingAdvice user-number="123456"', "<MessagingAdvice", "sun", "123456"),
    ],
)
def test_what_is_left_out_empty_or_nought_is_none(
    changed: Change, before: str, after: str, field: str, expected: object
) -> None:
    text = text_of(ONE, advice_type="ADDACS")
    if before.startswith("MessagingHeader"):
        text = text.replace("</MessagingHeader>", "</Header>")
    (one,) = advices(changed((before, after), text=text))
    assert isinstance(one, InstructionAdvice)
    assert getattr(one, field) == expected
    assert replace(one, **{field: getattr(ONE, field)}) == ONE


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('record-type="A"', 'record-type="B"', "@record-type 'B'"),
        ('record-type="A"', 'record-type=""', "@record-type ''"),
        ('record-type="A"', 'record-type="N"', "@record-type 'N'"),
        ('record-type="A"', 'record-type="V"', "@record-type 'V'"),
        ('advice-type="ADDACS"', 'advice-type="AUDDIS"', "@record-type 'A'"),
        ('advice-type="ADDACS"', 'advice-type="NOVELTY"', "@advice-type 'NOVELTY'"),
        ('reason-code="3"', 'reason-code=""', "@reason-code ''"),
        ('reason-code="3"', 'reason-code="31"', "@reason-code '31'"),
        ('payer-sort-code="200000"', 'payer-sort-code="2000"', "@payer-sort-code '2000'"),
        ('account-number="55779911"', 'account-number="x"', "@payer-account-number 'x'"),
        ('effective-date="2026-04-01"', 'effective-date="01/04/2026"', "@effective-date"),
        ('generation-date="2026-04-03"', 'generation-date="today"', "@report-generation-date"),
        ("</MessagingAdvices>", "<Novelty a='1'/></MessagingAdvices>", "Novelty"),
        ("</MessagingAdvice>", "<Novelty/></MessagingAdvice>", "Novelty"),
        ("</MessagingAdvices>", "<MessagingHeader/></MessagingAdvices>", "MessagingHeader"),
        ("</MessagingAdvices>", "<MessagingError line1='Oh'/></MessagingAdvices>", "'Oh'"),
        ("</Data>", "<MessagingAdvice/></Data>", "MessagingAdvice"),
        ("</Data>", "</Data><MessagingAdvice/>", "MessagingAdvice"),
        ("</BACSDocument>", "<Data><ARUDD><Header/></ARUDD></Data></BACSDocument>", "ARUDD"),
        ("<BACSDocument", "<!DOCTYPE x><BACSDocument", "DOCTYPE"),
    ],
)
def test_what_is_not_understood_refuses_the_file_before_any_advice(
    changed: Change, before: str, after: str, field: str
) -> None:
    path = changed((before, after))
    with pytest.raises(UnreadableFileError, match=r"advices\.xml, line \d+: ") as refused:
        next(bacs_advices.read(path))
    assert field in str(refused.value)
    assert refused.value.line > 1


def test_an_error_in_the_last_advice_keeps_back_the_first(changed: Change) -> None:
    with pytest.raises(UnreadableFileError):
        next(bacs_advices.read(changed(('reason-code="1"', 'reason-code="Z"'))))
    assert next(bacs_advices.read(changed())).reported_on == REPORTED


def test_a_reader_that_does_not_prove_first_yields_what_is_refused_later(
    changed: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the test above."""
    monkeypatch.setattr(bacs_advices, "proved", lambda taken: taken())
    path = changed(('reason-code="1"', 'reason-code="Z"'))
    assert next(bacs_advices.read(path)).reported_on == REPORTED


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ('file-type="TEST"', 'file-type="MAYBE"', "@file-type 'MAYBE'"),
        ('rejected-ddi="12"', 'rejected-ddi="a dozen"', "@rejected-ddi 'a dozen'"),
        ('processing-date="2026-04-01"', 'processing-date="2026-02-30"', "@processing-date"),
    ],
)
def test_an_outcome_that_cannot_be_read_refuses_the_file(
    changed: Change, before: str, after: str, field: str
) -> None:
    text = text_of(REJECTED, advice_type="AUDREJ")
    with pytest.raises(UnreadableFileError, match=field):
        advices(changed((before, after), text=text))


def test_a_file_without_a_report_of_advices_is_refused(changed: Change) -> None:
    with pytest.raises(UnreadableFileError, match="MessagingAdvices"):
        advices(changed(text="<BACSDocument><Data></Data></BACSDocument>"))
    assert advices(changed(text=text_of(advice_type="ADDACS"))) == []


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
def test_both_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "advices.xml"
    made = replace(ONE, payer_name="ZOË ŁUKASZ & <CO>")
    with path.open("wb") as out:
        write([made], out, "ADDACS", REPORTED, encoding=encoding)
    assert "ZOË".encode(encoding) in path.read_bytes()
    assert advices(path) == [made]


def test_the_bytes_of_an_advice_are_its_own_element(changed: Change) -> None:
    path = changed()
    content = path.read_bytes()
    for made, one in zip((ONE, TWO), bacs_advices.read(path), strict=True):
        quoted = content[one.span.byte_start : one.span.byte_end].decode()
        assert quoted.startswith("<MessagingAdvice ")
        assert quoted.endswith("</MessagingAdvice>")
        assert made.reference in quoted


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<MessagingAdvices><MessagingHeader advice-type='AUDDIS'/>", "AUDDIS"),
        ("<MessagingAdvices><MessagingAdvice aosn='1' record-type='R'/>", "AUDREJ"),
        ("<MessagingAdvices><MessagingAdvice record-type='S'/>", "AUDDIS"),
        ("<MessagingAdvices><AddresseeInformation/>", "MessagingAdvices"),
        ("<ARUDD><Header/>", None),
    ],
)
def test_advices_are_recognised_by_what_they_say(inner: str, expected: str | None) -> None:
    head = f"<BACSDocument><Data>{inner}"
    assert bacs_advices.recognise(head.encode(), "ARUDD.xml") == expected
    assert bacs_advices.recognise(head.encode("utf-16"), "x") == expected
    assert bacs_advices.recognise(head.replace("BACSDocument", "Document").encode(), "x") is None


TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=18)
DAYS = st.none() | st.dates(date(2000, 1, 1), date(2090, 1, 1))
CODES = st.none() | st.integers(1, 999_999).map("{:06d}".format)
ACCOUNTS = st.none() | st.integers(1, 99_999_999).map("{:08d}".format)
NAMES = st.none() | TEXT.map("N{}".format)


@st.composite
def instruction(draw: st.DrawFn, kind: InstructionKind, record_types: str) -> InstructionAdvice:
    return InstructionAdvice(
        span=NOWHERE,
        kind=kind,
        reference=draw(NAMES) or "",
        reason_code=draw(st.sampled_from([*REASONS[kind]])),
        effective_on=draw(DAYS),
        due_on=draw(DAYS),
        payer_sort_code=draw(CODES),
        payer_account=draw(ACCOUNTS),
        payer_name=draw(NAMES),
        new_sort_code=draw(CODES),
        new_account=draw(ACCOUNTS),
        sun="123456",
        aosn=draw(NAMES),
        record_type=draw(st.sampled_from(record_types)),
        reported_on=REPORTED,
    )


@st.composite
def outcome(draw: st.DrawFn) -> FileOutcome:
    counts = st.none() | st.integers(0, 10**6)
    return FileOutcome(
        NOWHERE, draw(st.booleans()), draw(NAMES), draw(NAMES), "123456", draw(DAYS), draw(NAMES),
        draw(st.none() | st.booleans()), draw(counts), draw(counts), draw(NAMES),
        ("SAID", "TWICE"), draw(NAMES), REPORTED,
    )  # fmt: skip


REPORTS = st.one_of(
    st.tuples(st.just("ADDACS"), st.lists(instruction("ADDACS", "A"), max_size=4)),
    st.tuples(st.just("AWACS"), st.lists(instruction("AWACS", "AWZ"), max_size=4)),
    st.tuples(
        st.just("AUDDIS"),
        st.lists(instruction("AUDDIS", "NDS"), max_size=3).flatmap(
            lambda made: st.lists(outcome(), max_size=2).map(lambda more: [*made, *more])
        ),
    ),
)


@SLOW
@given(made=REPORTS, encoding=st.sampled_from(("UTF-8", "ISO-8859-1")))
def test_a_report_comes_back(
    tmp_path: Path, made: tuple[str, list[AdviceOfInstruction]], encoding: str
) -> None:
    path = tmp_path / "r.xml"
    with path.open("wb") as out:
        write(made[1], out, made[0], REPORTED, sun="123456", encoding=encoding)
    assert advices(path) == made[1]
