"""What an entry of a camt.054 becomes: an advice of its payments, or one that opens nothing."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.formats import camt053, camt054
from consumers.formats.accounts import gb_iban
from consumers.formats.advice import AdviceClosed, AdviceLine, AdviceOpened
from consumers.formats.advice_control import checked_advice
from consumers.formats.camt053_write import OutStatement
from consumers.formats.camt053_write import write as write_camt053
from consumers.formats.camt054_write import OutDetail, OutEntry, OutNotification, write
from consumers.formats.errors import ControlTotalError, UnreadableFileError
from consumers.formats.statement import BadRow, BankLine

DAY = date(2026, 4, 2)
IBAN = gb_iban("LOYD", "300000", "12345678")
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
TEXT = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40
)
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.054.001"
Build = Callable[[str], Path]


@pytest.fixture
def notified(tmp_path: Path) -> Build:
    """Write one notification of what follows its account."""

    def build(inner: str) -> Path:
        path = tmp_path / "notified.xml"
        path.write_text(
            "<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Id>N1</Id><Acct><Id>"
            f"<IBAN>{IBAN}</IBAN></Id></Acct>{inner}"
            "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>",
            encoding="utf-8",
        )
        return path

    return build


def entry(amount: str, details: str = "", extra: str = "") -> str:
    return (
        f'<Ntry><Amt Ccy="GBP">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<BookgDt><Dt>2026-04-02</Dt></BookgDt><ValDt><Dt>2026-04-02</Dt></ValDt>{extra}"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def detail(amount: str, extra: str = "") -> str:
    return f'<TxDtls><Amt Ccy="GBP">{amount}</Amt>{extra}</TxDtls>'


def opened(path: Path) -> list[AdviceOpened]:
    items = checked_advice(camt054.read(path), path.name)
    return [item for item in items if isinstance(item, AdviceOpened)]


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ("<NtryRef>N</NtryRef><AcctSvcrRef>A</AcctSvcrRef>", "A"),
        ("<NtryRef>N</NtryRef><AcctSvcrRef>NONREF</AcctSvcrRef>", "N"),
        ("", None),
    ],
)
def test_an_advice_is_known_by_the_reference_that_the_statement_has_for_its_entry(
    notified: Build, references: str, expected: str | None
) -> None:
    (advice,) = opened(notified(entry("3.00", detail("3.00"), references)))
    assert (advice.bank_reference, advice.paid_on) == (expected, DAY)
    assert (advice.account, advice.total_minor, advice.lines) == ("300000-12345678", 300, 1)


def test_an_entry_of_another_sum_than_its_payments_opens_nothing_and_says_so(
    notified: Build,
) -> None:
    (advice,) = opened(notified(entry("3.00", detail("1.00") + detail("1.99"))))
    assert (advice.lines, advice.total_minor) == (0, None)
    expected = "3.00 GBP: its 2 payments do not add up to it; there is nothing to open"
    assert advice.warnings == (expected,)


def test_one_payment_of_a_batch_is_not_the_batch(notified: Build) -> None:
    batch = "<Btch><NbOfTxs>5</NbOfTxs></Btch>"
    (advice,) = opened(notified(entry("3.00", batch + detail("3.00"))))
    assert advice.lines == 0
    assert "one of its 5 payments" in advice.warnings[0]


def test_an_entry_that_cannot_be_read_is_quarantined_and_the_others_are_read(
    notified: Build,
) -> None:
    path = notified(entry("x") + entry("3.00", detail("3.00")))
    items = list(checked_advice(camt054.read(path), path.name))
    kinds = [type(item) for item in items]
    assert kinds == [AdviceOpened, BadRow, AdviceClosed, AdviceOpened, AdviceLine, AdviceClosed]


def test_a_virtual_account_that_was_paid_is_a_reference_of_the_line(notified: Build) -> None:
    account = "<Id><Othr><Id>40-00-00 90000017</Id></Othr></Id>"
    paid = f"<RltdPties><CdtrAcct>{account}</CdtrAcct></RltdPties>"
    path = notified(entry("3.00", detail("3.00", paid)))
    (line,) = [item for item in camt054.read(path) if isinstance(item, AdviceLine)]
    assert line.references == ("400000-90000017",)


@pytest.mark.parametrize(("count", "total"), [("2", "3.00"), ("1", "3.01")])
def test_wrong_totals_of_a_notification_refuse_the_file(
    notified: Build, count: str, total: str
) -> None:
    totals = f"<NbOfNtries>{count}</NbOfNtries><Sum>{total}</Sum>"
    summary = f"<TxsSummry><TtlNtries>{totals}</TtlNtries></TxsSummry>"
    path = notified(summary + entry("3.00", detail("1.00") + detail("2.00")))
    with pytest.raises(ControlTotalError, match="N1"):
        list(camt054.read(path))


def test_a_notification_of_nothing_is_refused_by_name(notified: Build) -> None:
    with pytest.raises(UnreadableFileError, match="notifies of no entry"):
        list(camt054.read(notified("")))


def test_too_many_payments_of_one_entry_are_refused(
    notified: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camt054, "PAYMENTS_PER_ENTRY_MAX", 2)
    with pytest.raises(UnreadableFileError, match="too many in one entry"):
        list(camt054.read(notified(entry("3.00", detail("1.00") * 3))))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'<D xmlns="{NAMESPACE}.02"><BkToCstmrDbtCdtNtfctn>', "camt.054.001.02"),
        (f'<D xmlns="{NAMESPACE}.14"><BkToCstmrDbtCdtNtfctn/>', "camt.054.001.14"),
        ("<x:Document><x:BkToCstmrDbtCdtNtfctn >", "camt.054"),
        ("<Document><BkToCstmrAcctRpt>", None),
        ("<Document><BkToCstmrStmt>", None),
    ],
)
def test_a_notification_is_recognised_by_its_root(text: str, expected: str | None) -> None:
    assert camt054.recognise(text.encode(), "statement.xml") == expected
    assert camt054.recognise(text.encode("utf-16"), "statement.xml") == expected


@st.composite
def entries(draw: st.DrawFn) -> OutEntry:
    amounts = draw(st.lists(st.integers(1, 10**9), min_size=1, max_size=4))
    sign = draw(st.sampled_from((1, -1)))
    details = tuple(
        OutDetail(
            amount_minor=sign * amount,
            end_to_end_id=draw(st.sampled_from(("NOTPROVIDED", "HSG-1", "A&B<C>"))),
            party_name=draw(st.none() | TEXT),
            party_iban=draw(st.none() | st.just(gb_iban("BARC", "200000", "55779911"))),
            remittance=(draw(TEXT),),
            credited_iban=draw(st.none() | st.just(gb_iban("LOYD", "300001", "90000017"))),
        )
        for amount in amounts
    )
    reference = draw(st.none() | st.just("REF-9"))
    return OutEntry(sign * sum(amounts), DAY, DAY, bank_reference=reference, details=details)


@SLOW
@given(booked=st.lists(entries(), min_size=1, max_size=5))
def test_an_advice_lists_what_the_statement_would_have_listed(
    tmp_path: Path, booked: Sequence[OutEntry]
) -> None:
    advised, stated = tmp_path / "a.xml", tmp_path / "s.xml"
    with advised.open("wb") as out:
        write([OutNotification(IBAN, "N", DAY, booked)], out)
    with stated.open("wb") as out:
        write_camt053([OutStatement(IBAN, "S", 1, DAY, DAY, 0, booked)], out)
    lines = [line for line in camt053.read(stated) if isinstance(line, BankLine)]
    items = list(checked_advice(camt054.read(advised), advised.name))
    found = [item for item in items if isinstance(item, AdviceLine)]
    assert [
        (line.part, line.amount_minor, line.narrative, line.payer_name, line.payer_account)
        for line in lines
    ] == [
        (line.ordinal, line.amount_minor, line.narrative, line.payer_name, line.payer_account)
        for line in found
    ]
    assert [(*line.references, *filter(None, [line.credited_account])) for line in lines] == [
        line.references for line in found
    ]
    totals = [item.total_minor for item in items if isinstance(item, AdviceOpened)]
    assert totals == [entry.amount_minor for entry in booked]


def test_the_same_notification_gives_the_same_bytes() -> None:
    outs = [io.BytesIO(), io.BytesIO()]
    one = OutEntry(5, DAY, DAY, details=(OutDetail(5),), batch_payments=1)
    for out in outs:
        write([OutNotification(IBAN, "N", DAY, [one])], out)
    assert outs[0].getvalue() == outs[1].getvalue()
    assert b"<NbOfTxs>1</NbOfTxs>" in outs[0].getvalue()
    with pytest.raises(ValueError, match="no notifications"):
        write([], io.BytesIO())
