"""What an entry of a camt.053 becomes: one line, several, a quarantined row, or a shown one."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from consumers.formats import camt053
from consumers.formats.errors import FormatError, UnreadableFileError
from consumers.formats.statement import (
    BadRow,
    BankLine,
    SkippedEntry,
    StatementItem,
    StatementOpened,
)

Build = Callable[..., Path]
Entry = Callable[..., str]


def lines(path: Path) -> list[BankLine]:
    return [item for item in camt053.read(path) if isinstance(item, BankLine)]


def rows(path: Path) -> list[StatementItem]:
    return [item for item in camt053.read(path) if isinstance(item, BadRow | SkippedEntry)]


@pytest.mark.parametrize(
    ("direction", "reversal", "expected"),
    [("CRDT", "true", 1000), ("DBIT", "true", -1000), ("CRDT", "false", 1000)],
)
def test_a_reversal_never_turns_the_sign_round(
    camt_file: Build, entry: Entry, direction: str, reversal: str, expected: int
) -> None:
    path = camt_file(entry(direction=direction, extra=f"<RvslInd>{reversal}</RvslInd>"))
    (line,) = lines(path)
    assert line.amount_minor == expected
    assert line.reversal is (reversal == "true")


@pytest.mark.parametrize(
    "amount",
    [
        *(
            "12..34",
            "",
            "-5.00",
            "+5.00",
            "1e3",
            "1,000.00",
            "1_000",
            "NaN",
            "\uff11\uff12",
            "0.001",
        ),
        "9" * 19,
        "9" * 15,
    ],
)
def test_an_amount_that_is_not_plain_pounds_and_pence_is_quarantined(
    camt_file: Build, entry: Entry, amount: str
) -> None:
    (row,) = rows(camt_file(entry(amount)))
    assert isinstance(row, BadRow)
    assert (row.field, row.value, row.amount_minor) == ("Amt", amount, None)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("12", "GBP", 1200),
        ("12.3", "GBP", 1230),
        ("12.34000", "GBP", 1234),
        ("1200", "JPY", 1200),
        ("1.234", "KWD", 1234),
    ],
)
def test_minor_units_are_those_of_the_currency(
    camt_file: Build, entry: Entry, amount: str, currency: str, expected: int
) -> None:
    (line,) = lines(camt_file(entry(amount, currency=currency)))
    assert (line.amount_minor, line.currency) == (expected, currency)


def test_an_entry_that_states_its_amount_twice_is_quarantined(
    camt_file: Build, entry: Entry
) -> None:
    (row,) = rows(camt_file(entry("5", extra='<Amt Ccy="GBP">5</Amt>')))
    assert isinstance(row, BadRow)
    assert (row.value, row.reason) == ("5, 5", "exactly one amount is expected")


def test_an_entry_without_a_direction_is_quarantined(camt_file: Build, entry: Entry) -> None:
    (row,) = rows(camt_file(entry(direction="")))
    assert isinstance(row, BadRow)
    assert (row.field, row.amount_minor) == ("CdtDbtInd", None)


@pytest.mark.parametrize("status", ["PDNG", "INFO", "FUTR"])
@pytest.mark.parametrize("form", ["<Sts>{}</Sts>", "<Sts><Cd>{}</Cd></Sts>"])
def test_an_entry_that_is_not_booked_is_shown_and_not_posted(
    camt_file: Build, entry: Entry, status: str, form: str
) -> None:
    path = camt_file(entry(extra=form.format(status)))
    (row,) = rows(path)
    assert isinstance(row, SkippedEntry)
    assert (row.status, row.amount_minor) == (status, 1000)
    assert lines(path) == []


def test_a_status_outside_the_standard_is_quarantined(camt_file: Build, entry: Entry) -> None:
    (row,) = rows(camt_file(entry(extra="<Sts>MAYBE</Sts>")))
    assert isinstance(row, BadRow)
    assert (row.field, row.value, row.amount_minor) == ("Sts", "MAYBE", 1000)


@pytest.mark.parametrize(
    ("dates", "booked", "value", "warnings"),
    [
        ("<BookgDt><DtTm>2026-03-29T00:30:00+01:00</DtTm></BookgDt>", 29, 29, 1),
        ("<ValDt><Dt>2026-03-30</Dt></ValDt>", 30, 30, 1),
        ("", 1, 1, 2),
    ],
)
def test_a_missing_date_falls_back_and_says_so(
    camt_file: Build, entry: Entry, dates: str, booked: int, value: int, warnings: int
) -> None:
    (line,) = lines(camt_file(entry(dates=dates), closing="10.00"))
    assert (line.booked_on.day, line.value_on.day) == (booked, value)
    assert len(line.warnings) == warnings


def test_an_entry_without_any_date_is_quarantined_with_its_amount(
    camt_file: Build, entry: Entry
) -> None:
    (row,) = rows(camt_file(entry(dates="")))
    assert isinstance(row, BadRow)
    assert (row.field, row.amount_minor) == ("BookgDt", 1000)


def test_a_local_date_is_kept_whatever_its_zone(camt_file: Build, entry: Entry) -> None:
    dates = "<BookgDt><DtTm>2026-12-31T23:59:59-11:00</DtTm></BookgDt>"
    (line,) = lines(camt_file(entry(dates=dates)))
    assert line.booked_on == date(2026, 12, 31)


def test_remittance_text_that_the_bank_wrapped_is_joined_seamlessly(
    camt_file: Build, entry: Entry
) -> None:
    first = "INVOICES 10001 10002 10003 AND 1000"
    assert len(first) == 35
    texts = f"<Ustrd>{first}</Ustrd><Ustrd>4 PAID</Ustrd><Ustrd>THANKS</Ustrd>"
    details = f"<NtryDtls><TxDtls><RmtInf>{texts}</RmtInf></TxDtls></NtryDtls>"
    (line,) = lines(camt_file(entry(extra=details)))
    assert line.narrative == "INVOICES 10001 10002 10003 AND 10004 PAID THANKS"


def test_a_placeholder_is_no_reference(camt_file: Build, entry: Entry) -> None:
    references = "<EndToEndId>NOTPROVIDED</EndToEndId><TxId>NONREF</TxId><MndtId>M1</MndtId>"
    details = f"<NtryDtls><TxDtls><Refs>{references}</Refs></TxDtls></NtryDtls>"
    (line,) = lines(camt_file(entry(extra=details)))
    assert line.references == ("M1",)
    assert line.warnings == ()


def test_payments_in_another_currency_do_not_make_up_their_entry(
    camt_file: Build, entry: Entry
) -> None:
    foreign = '<TxDtls><Amt Ccy="EUR">5.00</Amt></TxDtls>'
    (line,) = lines(camt_file(entry("10.00", extra=f"<NtryDtls>{foreign * 2}</NtryDtls>")))
    assert (line.amount_minor, line.currency, line.parts) == (1000, "GBP", 1)
    assert line.warnings == ("its 2 payments do not add up to it: booked as one",)


def test_a_balance_after_an_entry_or_stated_twice_refuses_the_file(
    camt_file: Build, entry: Entry
) -> None:
    balance = (
        "<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp>"
        '<Amt Ccy="GBP">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'
    )
    with pytest.raises(UnreadableFileError, match="stands after an entry"):
        list(camt053.read(camt_file(entry() + balance)))
    with pytest.raises(UnreadableFileError, match="Bal 'CLBD': stated twice"):
        list(camt053.read(camt_file(balance, closing="10.00")))


def test_a_returned_direct_debit_is_known_by_its_return_and_keeps_its_payer(
    camt_file: Build, entry: Entry
) -> None:
    code = "<Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>ESDD</SubFmlyCd></Fmly></Domn>"
    parties = "<RltdPties><Dbtr><Nm>T WEBB</Nm></Dbtr><Cdtr><Nm>COUNCIL</Nm></Cdtr></RltdPties>"
    returned = "<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf>"
    details = f"<NtryDtls><TxDtls>{parties}{returned}</TxDtls></NtryDtls>"
    extra = f"<BkTxCd>{code}</BkTxCd>{details}"
    (line,) = lines(camt_file(entry(direction="DBIT", extra=extra)))
    assert (line.method, line.payer_name) == ("direct_debit_returned", "T WEBB")


def test_the_figure_of_an_entry_is_quoted_from_the_entry(camt_file: Build, entry: Entry) -> None:
    details = "<NtryDtls><TxDtls><Refs><TxId>T</TxId></Refs></TxDtls></NtryDtls>"
    path = camt_file(entry("77.10", extra=details))
    (line,) = lines(path)
    quoted = path.read_bytes()[line.span.byte_start : line.span.byte_end]
    assert quoted.startswith(b"<Ntry>")
    assert quoted.endswith(b"</Ntry>")
    assert b"77.10" in quoted


def test_spans_are_exact_in_any_encoding_and_spelling(tmp_path: Path) -> None:
    entries = (
        '<Ntry a="x/"><Amt Ccy="GBP">1.23</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-04-01'
        "</Dt></BookgDt><AddtlNtryInf>caf\u00e9 \U0001f3e0</AddtlNtryInf></Ntry \n>"
        "<!-- not in the span --><Ntry/>\n"
    )
    text = (
        "<D><BkToCstmrStmt><Stmt><Id>\u00e9</Id><Acct><Id><Othr><Id>A</Id></Othr></Id></Acct>"
        f"{entries * 3}</Stmt></BkToCstmrStmt></D>"
    )
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        path = tmp_path / f"{encoding}.xml"
        content = text.encode(encoding)
        path.write_bytes(content)
        items = [item for item in camt053.read(path) if isinstance(item, BankLine | BadRow)]
        assert [type(item) for item in items] == [BankLine, BadRow] * 3
        wide = "utf-16-le" if encoding == "utf-16" else "utf-8"
        for item in items:
            quoted = content[item.span.byte_start : item.span.byte_end].decode(wide)
            assert quoted.startswith("<Ntry")
            assert quoted.endswith("</Ntry \n>" if isinstance(item, BankLine) else "<Ntry/>")


def test_a_gb_iban_becomes_sort_code_and_account_number(camt_file: Build) -> None:
    (opened,) = [i for i in camt053.read(camt_file()) if isinstance(i, StatementOpened)]
    assert opened.account == "123456-98765432"


@pytest.mark.parametrize(
    ("head", "field"),
    [
        ("<ElctrncSeqNb>one</ElctrncSeqNb>", "ElctrncSeqNb"),
        ("<TxsSummry><TtlNtries><Sum>lots</Sum></TtlNtries></TxsSummry>", "TtlNtries/Sum"),
        ("<TxsSummry><TtlNtries><NbOfNtries>-1</NbOfNtries></TtlNtries></TxsSummry>", "TtlNtries"),
        ('<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="GBP">x</Amt></Bal>', "Bal"),
        ('<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">1</Amt></Bal>', "Bal"),
    ],
)
def test_a_head_that_cannot_be_read_refuses_the_file(
    camt_file: Build, head: str, field: str
) -> None:
    with pytest.raises(UnreadableFileError, match=rf"statement\.xml, line 1: {field}"):
        list(camt053.read(camt_file(head=head)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<a>",
        "<a/>",
        "not xml",
        "<D><BkToCstmrStmt><Stmt/></BkToCstmrStmt></D>",
        "<D><BkToCstmrStmt><Stmt><Ntry/></Stmt></BkToCstmrStmt></D>",
        "<D><BkToCstmrStmt><Stmt><Acct><Id><IBAN>X</IBAN></Id></Acct></Stmt></BkToCstmrStmt></D>",
    ],
)
def test_what_is_no_statement_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=r"x\.xml"):
        list(camt053.read(path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.14"><BkToCstmrStmt>', ".14"),
        ("<x:Document><x:BkToCstmrStmt >", "camt.053"),
        ("<Document><BkToCstmrAcctRpt>", None),
        ("BkToCstmrStmt", None),
    ],
)
def test_a_statement_is_recognised_by_its_root_not_its_name(
    text: str, expected: str | None
) -> None:
    guess = camt053.recognise(text.encode(), "statement.xml")
    assert guess == expected or (guess or "").endswith(expected or "?")
