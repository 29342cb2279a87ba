"""Indemnity claims (DDICA), as XML and CSV: what they name, what is proved, when refused."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.formats import bacs_claims, bacs_claims_csv
from consumers.formats.bacs_claims_write import write, write_csv
from consumers.formats.bacs_items import IndemnityClaim
from consumers.formats.errors import ControlTotalError, FormatError, UnreadableFileError
from consumers.formats.statement import SourceSpan
from ledger.bacs_codes import DDICA

MARCH, APRIL, DEBIT = date(2026, 3, 2), date(2026, 4, 1), date(2026, 4, 23)
NOWHERE = SourceSpan(0, 0, 0)
ONE = IndemnityClaim(
    NOWHERE, "1", "BARC0001", "HSG100234", "5", "NO INSTRUCTION HELD",
    ((MARCH, 123_450), (APRIL, 6_500)), 129_950, DEBIT, False,
    "200000", "55779911", "MRS A OKAFOR", 1, "123456",
)  # fmt: skip
TWO = replace(ONE, sequence="2", paying_bank_reference="LOYD7", collections=((APRIL, 50),),
              total_minor=50, reason_code="1")  # fmt: skip
BACK = replace(TWO, paying_bank_reference="NWBK9", cancelled=True, debit_on=None)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
Change = Callable[..., Path]


def claims(path: Path) -> list[IndemnityClaim]:
    return [replace(one, span=NOWHERE) for one in bacs_claims.read(path)]


def csv_claims(path: Path) -> list[IndemnityClaim]:
    return [replace(one, span=NOWHERE) for one in bacs_claims_csv.read(path)]


def in_csv(claim: IndemnityClaim) -> IndemnityClaim:
    """What the CSV form keeps of a claim."""
    return replace(claim, reason_code=None, reason=None, sun=None)


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """Write a report of two claims and one withdrawn, with pieces of it replaced."""

    def build(*changes: tuple[str, str], made: list[IndemnityClaim] | None = None) -> Path:
        out = io.BytesIO()
        write([ONE, TWO, BACK] if made is None else made, out, "123456", DEBIT)
        text = out.getvalue().decode()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        path = tmp_path / "ddica.xml"
        path.write_text(text, encoding="utf-8")
        return path

    return build


@pytest.fixture
def changed_csv(tmp_path: Path) -> Change:
    """Write the two claims as CSV with pieces of it replaced."""

    def build(*changes: tuple[str, str], encoding: str = "utf-8") -> Path:
        out = io.BytesIO()
        write_csv([ONE, TWO], out)
        text = out.getvalue().decode()
        for before, after in changes:
            assert before in text
            text = text.replace(before, after, 1)
        path = tmp_path / "ddica.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return build


def test_a_claim_names_its_collections_and_the_day_our_account_is_debited(changed: Change) -> None:
    path = changed()
    assert b"<TotalAmount>1,299.50<" in path.read_bytes()
    assert claims(path) == [ONE, TWO, BACK]


@pytest.mark.parametrize("code", DDICA)
def test_every_reason_code_is_read(changed: Change, code: str) -> None:
    made = [replace(ONE, reason_code=code), replace(BACK, reason_code=code)]
    assert claims(changed(made=made)) == made


def test_what_stands_at_the_end_holds_for_what_came_before(changed: Change) -> None:
    number, total = "<ServiceUserNumber>123456</ServiceUserNumber>", "<TotalValueOfDebits>1,300.00"
    debited = f"<DateOfDebit>{DEBIT}</DateOfDebit>"
    path = changed(
        (number, ""),
        ("</Document>", f"{number}</Document>"),
        (f"{total}</TotalValueOfDebits>{debited}", ""),
        ("</NewAdvices>", f"{debited}{total}</TotalValueOfDebits></NewAdvices>"),
    )
    assert claims(path) == [ONE, TWO, BACK]


def test_two_documents_and_two_days_of_debit_are_told_apart(changed: Change) -> None:
    text = changed(made=[ONE]).read_text()
    start, end = text.index("<Document>"), text.index("</Document>") + len("</Document>")
    other = text[start:end].replace("123456", "654321").replace("04-23", "04-24")
    path = changed()
    path.write_text(text[:end] + other + text[end:])
    later = replace(ONE, sun="654321", debit_on=date(2026, 4, 24))
    assert claims(path) == [ONE, later]


@pytest.mark.parametrize(
    ("before", "after", "field", "expected"),
    [
        ("<SUReference>HSG100234</SUReference>", "<SUReference/>", "reference", ""),
        ("<PayerName>MRS A OKAFOR</PayerName>", "", "payer_name", None),
        ("<PayerSortCode>200000<", "<PayerSortCode>20-00-00<", "payer_sort_code", "200000"),
        ("<PayerAccount>55779911<", "<PayerAccount>0<", "payer_account", None),
        ("<NoOfAdvForClaim>1</NoOfAdvForClaim>", "", "advices", None),
        ("<SeqNo>1<", "<Novelty>said once</Novelty><SeqNo> 1 <", "sequence", "1"),
        ("<ServiceUserNumber>", "<Title>DDICA</Title><ServiceUserNumber>", "sun", "123456"),
        ("DDCollection>", "Anything>", "total_minor", 129_950),
    ],
)
def test_what_is_left_out_is_none_and_plain_texts_beside_are_passed_over(
    changed: Change, before: str, after: str, field: str, expected: object
) -> None:
    changes = [(before, after)] * (4 if after == "Anything>" else 1)
    (one,) = claims(changed(*changes, made=[ONE]))
    assert getattr(one, field) == expected
    assert replace(one, **{field: getattr(ONE, field)}) == ONE


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("<TotalValueOfDebits>1,300.00<", "<TotalValueOfDebits>1,300.01<", "TotalValueOfDebits"),
        ("<TotalValueOfDebits>1,300.00</TotalValueOfDebits>", "", "TotalValueOfDebits"),
        ("<TotalValueOfCancellations>0.50<", "<TotalValueOfCancellations>0<", "Cancellations"),
        ("<TotalAmount>1,299.50<", "<TotalAmount>1,299.49<", "TotalValueOfDebits"),
        ("<Amount>65.00<", "<Amount>64.00<", "TotalAmount"),
    ],
)
def test_totals_that_do_not_hold_refuse_the_report_before_any_claim(
    changed: Change, before: str, after: str, field: str
) -> None:
    assert next(bacs_claims.read(changed())).total_minor == ONE.total_minor
    with pytest.raises(ControlTotalError, match=field) as refused:
        next(bacs_claims.read(changed((before, after))))
    assert refused.value.line > 1


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("<ReasonCode>5<", "<ReasonCode>9<", "ReasonCode '9'"),
        ("<ReasonCode>5<", "<ReasonCode>0<", "ReasonCode"),
        ("<ReasonCode>5</ReasonCode>", "", "ReasonCode"),
        ("<PayingBankReference>BARC0001<", "<PayingBankReference><", "PayingBankReference"),
        (f"<DateOfDebit>{DEBIT}</DateOfDebit>", "", "DateOfDebit"),
        (f"<DateOfDebit>{DEBIT}<", "<DateOfDebit>23/04/2026<", "DateOfDebit '23/04/2026'"),
        (f"<DateOfDirectDebit>{MARCH}<", "<DateOfDirectDebit><", "DateOfDirectDebit"),
        ("<Amount>65.00</Amount>", "", "DDCollections"),
        ("<Amount>65.00<", "<Amount>-65.00<", "Amount '-65.00'"),
        ("<Amount>1,234.50<", "<Amount>1234,50<", "Amount '1234,50'"),
        ("<Amount>0.50</Amount>", "<Amount>0.00</Amount>", "Amount"),
        ("<DDCollections>", "<DDCollections><Other><Amount>1</Amount></Other>", "DDCollections"),
        ("<PayerAccount>55779911<", "<PayerAccount>GB12<", "PayerAccount 'GB12'"),
        ("<SeqNo>1<", "<Novelty a='1'/><SeqNo>1<", "Novelty"),
        ("<SeqNo>1<", "<Novelty><Amount>1</Amount></Novelty><SeqNo>1<", "Novelty"),
        ("<Cancellations>", "<Reversals><DDICAdvice a='1'/></Reversals><Cancellations>", "Rever"),
        ("</Data>", "<Novelty/></Data>", "Novelty"),
        ("<VocaDocument", "<!DOCTYPE x><VocaDocument", "DOCTYPE"),
    ],
)
def test_what_is_not_understood_refuses_the_report(
    changed: Change, before: str, after: str, field: str
) -> None:
    with pytest.raises(UnreadableFileError, match=r"ddica\.xml, line \d+: ") as refused:
        next(bacs_claims.read(changed((before, after))))
    assert field in str(refused.value)


def test_a_report_of_no_claims_is_read_as_none(changed: Change) -> None:
    assert claims(changed(made=[])) == []
    empty = changed(("<TotalValueOfDebits>0.00</TotalValueOfDebits>", ""), made=[])
    assert claims(empty) == []


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1"])
def test_both_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "ddica.xml"
    made = replace(ONE, payer_name="ZOË ŁUKASZ & <CO>")
    with path.open("wb") as out:
        write([made], out, "123456", DEBIT, encoding)
    assert "ZOË".encode(encoding) in path.read_bytes()
    assert claims(path) == [made]


def test_claims_are_recognised_by_what_they_say(changed: Change, changed_csv: Change) -> None:
    xml, text = changed().read_bytes(), changed_csv().read_bytes()
    assert bacs_claims.recognise(xml, "ARUDD.xml") == "DDICA"
    assert bacs_claims.recognise(text, "ddica.xml") is None
    assert bacs_claims_csv.recognise(text, "x") == "CSV"
    assert bacs_claims_csv.recognise(text.replace(b"SeqNo", b"Seq"), "ddica.csv") is None
    assert bacs_claims_csv.recognise(xml, "ddica.csv") is None


def test_the_rows_of_a_claim_in_csv_are_one_claim_without_a_reason(changed_csv: Change) -> None:
    path = changed_csv()
    assert csv_claims(path) == [in_csv(ONE), in_csv(TWO)]
    first = next(bacs_claims_csv.read(path))
    quoted = path.read_bytes()[first.span.byte_start : first.span.byte_end].decode()
    assert quoted.splitlines() == path.read_text().splitlines()[1:3]


@pytest.mark.parametrize(
    "changes",
    [
        (("2026-03-02", "02/03/2026"),),
        (("SeqNo,PayingBankReference", " SeqNo , PayingBankReference"),),
        (("\r\n1,BARC", "\r\n\r\n1,BARC"),),
    ],
)
def test_british_days_blanks_and_blank_lines_are_read_in_csv(
    changed_csv: Change, changes: tuple[tuple[str, str], ...]
) -> None:
    assert csv_claims(changed_csv(*changes)) == [in_csv(ONE), in_csv(TWO)]


def test_csv_in_windows_1252_is_read(changed_csv: Change) -> None:
    path = changed_csv(*[("MRS A OKAFOR", "ZOË")] * 3, encoding="cp1252")
    assert [one.payer_name for one in csv_claims(path)] == ["ZOË", "ZOË"]


def test_a_reason_in_csv_is_taken_where_there_is_one(changed_csv: Change) -> None:
    columns = [
        ("DateOfDebit\r", "DateOfDebit,ReasonCode\r"),
        *[("2026-04-23\r", "2026-04-23,5\r")] * 3,
    ]
    assert [one.reason_code for one in csv_claims(changed_csv(*columns))] == ["5", "5"]
    with pytest.raises(UnreadableFileError, match="line 4: ReasonCode '9'"):
        csv_claims(changed_csv(*columns[:3], ("2026-04-23\r", "2026-04-23,9\r")))


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [
        ("65.00,2026", "65.01,2026", "TotalAmount"),
        ("BARC0001", "BARC0002", "TotalAmount"),
        ("HSG100234", "HSG100235", "SUReference"),
        ("0.50,2026-04-01,0.50", "0,2026-04-01,0", "Amount"),
        ("2,LOYD7", "2,", "PayingBankReference"),
        ("2026-03-02", "2026-3-2", "DateOfDirectDebit"),
        ("OKAFOR,1,", "OKAFOR,one,", "NoOfAdvForClaim"),
        ("SeqNo", "SeqNo,Novelty", "Novelty"),
        ("SeqNo", "SeqNo,SeqNo", "header"),
        ("1,BARC0001,", "1,BARC0001,,", "row"),
        ("2,LOYD7", '2,"LOYD7', "line"),
    ],
)
def test_what_does_not_add_up_or_is_not_understood_refuses_the_csv_file(
    changed_csv: Change, before: str, after: str, field: str
) -> None:
    with pytest.raises(FormatError, match=r"ddica\.csv, line \d+: ") as refused:
        next(bacs_claims_csv.read(changed_csv((before, after))))
    assert field in str(refused.value)


def test_a_claim_of_too_many_collections_is_refused(
    changed_csv: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bacs_claims_csv, "COLLECTIONS_MAX", 1)
    with pytest.raises(UnreadableFileError, match="too many collections"):
        csv_claims(changed_csv())
    monkeypatch.setattr(bacs_claims_csv, "COLLECTIONS_MAX", 2)
    assert csv_claims(changed_csv())


TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=18)
NAMES = st.none() | TEXT.map("N{}".format)


@st.composite
def claim(draw: st.DrawFn) -> IndemnityClaim:
    pairs = st.tuples(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 10**9))
    collections = tuple(draw(st.lists(pairs, min_size=1, max_size=4)))
    cancelled = draw(st.booleans())
    return IndemnityClaim(
        span=NOWHERE,
        sequence=str(draw(st.integers(1, 10**6))),
        paying_bank_reference=f"B{draw(TEXT)}",
        reference=draw(NAMES) or "",
        reason_code=draw(st.sampled_from([*DDICA])),
        reason=draw(NAMES),
        collections=collections,
        total_minor=sum(amount for _, amount in collections),
        debit_on=None if cancelled else DEBIT,
        cancelled=cancelled,
        payer_sort_code=draw(st.none() | st.integers(1, 999_999).map("{:06d}".format)),
        payer_account=draw(st.none() | st.integers(1, 99_999_999).map("{:08d}".format)),
        payer_name=draw(NAMES),
        advices=draw(st.none() | st.integers(1, 99)),
        sun="123456",
    )


@SLOW
@given(made=st.lists(claim(), max_size=5), encoding=st.sampled_from(("UTF-8", "ISO-8859-1")))
def test_a_report_comes_back(tmp_path: Path, made: list[IndemnityClaim], encoding: str) -> None:
    path = tmp_path / "r.xml"
    with path.open("wb") as out:
        write(made, out, "123456", DEBIT, encoding)
    assert claims(path) == sorted(made, key=lambda one: one.cancelled)


@SLOW
@given(made=st.lists(claim(), max_size=5, unique_by=lambda one: one.paying_bank_reference))
def test_a_csv_report_comes_back(tmp_path: Path, made: list[IndemnityClaim]) -> None:
    path = tmp_path / "r.csv"
    new = [replace(one, cancelled=False, debit_on=DEBIT) for one in made]
    with path.open("wb") as out:
        write_csv(new, out)
    assert csv_claims(path) == [in_csv(one) for one in new]
