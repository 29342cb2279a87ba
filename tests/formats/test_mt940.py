"""MT940: marks, dates, accounts, parts, narratives, what is refused, what is quarantined."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consumers.formats import mt940
from consumers.formats.accounts import account_key
from consumers.formats.control import checked
from consumers.formats.errors import ControlTotalError, FormatError, RowError, UnreadableFileError
from consumers.formats.methods import Method
from consumers.formats.mt940_codes import swift_method
from consumers.formats.mt940_head import value_date
from consumers.formats.mt940_narrative import Narrative, narrative
from consumers.formats.mt940_write import swift_text, write
from consumers.formats.plain_statement import PlainLine, PlainStatement
from consumers.formats.statement import (
    BadRow,
    BankLine,
    SkippedEntry,
    StatementClosed,
    StatementItem,
    StatementOpened,
)

DAY = date(2026, 4, 1)
GOLDEN = [
    path.read_bytes() for path in sorted((Path(__file__).parent / "golden").glob("mt940_*.sta"))
]
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))

Read = Callable[[str | bytes], list[StatementItem]]


def message(
    entries: str = "",
    opening: str = "C260331GBP0,00",
    closing: str = "C260401GBP0,00",
    account: str = "300000-12345678",
    number: str = "35/1",
    tags: str = "60F 62F",
) -> str:
    first, last = tags.split()
    return (
        f":20:REF1\r\n:25:{account}\r\n:28C:{number}\r\n:{first}:{opening}\r\n{entries}"
        f":{last}:{closing}\r\n-\r\n"
    )


def lines(items: Sequence[StatementItem]) -> list[BankLine]:
    return [item for item in items if isinstance(item, BankLine)]


@pytest.fixture
def items(tmp_path: Path) -> Read:
    """Read this text through the control totals."""

    def read(text: str | bytes) -> list[StatementItem]:
        path = tmp_path / "statement.sta"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(checked(mt940.read(path), path.name))

    return read


@pytest.fixture
def line(items: Read) -> Callable[[str, str], BankLine]:
    """Read the one entry of a statement that closes at this balance."""

    def read(entry: str, closing: str) -> BankLine:
        (one,) = lines(items(message(entry, closing=f"{closing[0]}260401GBP{closing[1:]}")))
        return one

    return read


@pytest.mark.parametrize(
    ("mark", "minor", "reversal"),
    [
        ("C", 1234, False),
        ("D", -1234, False),
        ("RC", -1234, True),
        ("RD", 1234, True),
        ("CP", 1234, False),
        ("DP", -1234, False),
        ("RCP", -1234, True),
        ("RDP", 1234, True),
    ],
)
def test_a_reversed_credit_is_money_out_and_a_reversed_debit_money_in(
    line: Callable[[str, str], BankLine],
    mark: str,
    minor: int,
    reversal: bool,  # noqa: FBT001
) -> None:
    closing = f"{'C' if minor > 0 else 'D'}12,34"
    one = line(f":61:2604010401{mark}12,34NTRFNONREF\r\n", closing)
    assert (one.amount_minor, one.reversal, one.warnings) == (minor, reversal, ())


@pytest.mark.parametrize(
    ("value", "entry", "booked"),
    [
        ("251231", "0102", date(2026, 1, 2)),
        ("260102", "1231", date(2025, 12, 31)),
        ("260401", "0401", DAY),
        ("260401", "", DAY),
        ("240229", "0229", date(2024, 2, 29)),
        ("991231", "0101", date(2000, 1, 1)),
    ],
)
def test_the_entry_date_is_in_the_year_nearest_the_value_date(
    line: Callable[[str, str], BankLine], value: str, entry: str, booked: date
) -> None:
    assert line(f":61:{value}{entry}C1,NTRFNONREF\r\n", "C1,").booked_on == booked


def test_thirtieth_of_february_is_the_last_of_the_month() -> None:
    assert value_date("260230", "f") == (date(2026, 2, 28), True)
    assert value_date("240230", "f") == (date(2024, 2, 29), True)
    assert value_date("240229", "f") == (date(2024, 2, 29), False)
    with pytest.raises(RowError, match="no such day"):
        value_date("260231", "f")


@pytest.mark.parametrize(
    ("entry", "warning"),
    [
        ("2604010401C500NTRFX", "the amount is written without a comma"),
        ("2604010401C500.00NTRFX", "the amount is written without a comma"),
        ("260401    C500,NTRFX", "blanks for the entry date"),
        ("2604010401C500, NTRFX", "a blank before the type id"),
        ("2604010401C500,//BANK", "no type id"),
        ("2604010401CR500,NTRFX", "the funds code R is not of GBP"),
    ],
)
def test_a_loose_form_is_read_with_a_warning(
    line: Callable[[str, str], BankLine], entry: str, warning: str
) -> None:
    one = line(f":61:{entry}\r\n", "C500,00")
    assert one.amount_minor == 50000
    assert len(one.warnings) == 1
    assert one.warnings[0].startswith(warning)


@pytest.mark.parametrize(
    ("rest", "references", "bank"),
    [
        ("HSG-1//FP1", ("HSG-1",), "FP1"),
        ("NONREF//NONREF", (), None),
        ("EREF", (), None),
        ("HSG 2026 1", ("HSG 2026 1",), None),
        ("HSG-1         MRS A SMITH", ("HSG-1",), None),
        ("", (), None),
    ],
)
def test_references_stand_behind_the_type_id(
    line: Callable[[str, str], BankLine], rest: str, references: tuple[str, ...], bank: str | None
) -> None:
    one = line(f":61:2604010401C1,00NTRF{rest}\r\n", "C1,00")
    assert (one.references, one.bank_reference) == (references, bank)
    assert ("MRS A SMITH" in one.narrative) == ("MRS A SMITH" in rest)


@pytest.mark.parametrize(
    ("written", "account"),
    [
        ("300000-12345678", "300000-12345678"),
        ("30-00-00/12345678", "300000-12345678"),
        ("300000/12345678", "300000-12345678"),
        ("30000012345678", "300000-12345678"),
        ("30000012345678/GBP", "300000-12345678"),
        ("30000012345678 GBP", "300000-12345678"),
        ("30000012345678GBP", "300000-12345678"),
        ("LOYDGB2LXXX/30000012345678", "300000-12345678"),
        ("LOYDGB2L/300000/12345678/GBP", "300000-12345678"),
        ("/GB82WEST12345698765432", "123456-98765432"),
        ("GB82 WEST 1234 5698 7654 32GBP", "123456-98765432"),
        ("GB82WEST12345698765432\r\nWESTGB2LXXX", "123456-98765432"),
        ("NL68INGB0000012345", "NL68INGB0000012345"),
        ("51230800/0000007055", "51230800/0000007055"),
    ],
)
def test_every_usual_spelling_of_an_account_is_the_same_account(
    items: Read, written: str, account: str
) -> None:
    for tag in (":25:", ":25P:"):
        (opened, _) = items(message(account=written).replace(":25:", tag))
        assert isinstance(opened, StatementOpened)
        assert opened.account == account


def test_parts_of_a_statement_are_one_statement(items: Read) -> None:
    entry = ":61:2604010401C1,00NTRFX\r\n"
    parts = [
        message(entry, closing="C260401GBP1,00", number="35/1", tags="60F 62M"),
        message(entry, "C260401GBP1,00", "C260401GBP2,00", number="35/2", tags="60M 62M"),
        message(entry, "C260401GBP2,00", "C260401GBP3,00", number="35/3", tags="60M 62F"),
    ]
    opened, *booked, closed = items("".join(parts))
    assert isinstance(opened, StatementOpened)
    assert (opened.statement_id, opened.sequence, opened.opening_minor) == ("35", 35, 0)
    assert [one.ordinal for one in lines(booked)] == [1, 2, 3]
    assert isinstance(closed, StatementClosed)
    assert (closed.closing_minor, closed.entries) == (300, 3)
    (late, *_) = items(parts[2])
    assert isinstance(late, StatementOpened)
    assert late.statement_id == "35/3"
    assert late.warnings == ("it goes on from a part that is not in this file",)


def test_each_part_is_proved_by_itself(items: Read) -> None:
    entry = ":61:2604010401C1,00NTRFX\r\n"
    first = message(entry, closing="C260401GBP2,00", number="35/1", tags="60F 62M")
    second = message("", "C260401GBP2,00", "C260401GBP1,00", number="35/2", tags="60M 62F")
    with pytest.raises(ControlTotalError, match=r"62M\) '2.00'.*the entries make 1.00"):
        items(first + second)
    first = first.replace("62M:C260401GBP2,00", "62M:C260401GBP1,00")
    with pytest.raises(ControlTotalError, match=r"60M\) '2.00'.*the part before it left 1.00"):
        items(first + second)


def test_a_part_that_is_not_the_next_one_is_another_statement(items: Read) -> None:
    entry = ":61:2604010401C1,00NTRFX\r\n"
    first = message(entry, closing="C260401GBP1,00", number="35/1", tags="60F 62M")
    for other in ("35/3", "36/2"):
        read = items(
            first + message("", "C260401GBP1,00", "C260401GBP1,00", number=other, tags="60M 62F")
        )
        assert sum(isinstance(item, StatementOpened) for item in read) == 2
    assert sum(isinstance(item, StatementClosed) for item in items(first)) == 1


@pytest.mark.parametrize(
    ("number", "sequence", "statement_id"),
    [
        ("35", 35, "35"),
        ("00035/00001", 35, "35"),
        ("35/2", 35, "35/2"),
        ("0", None, "REF1"),
        ("00000/001", None, "REF1"),
        ("/1", None, "REF1"),
        ("1810118101", None, "REF1"),
        ("", None, "REF1"),
    ],
)
def test_a_bank_that_does_not_count_is_known_by_its_reference(
    items: Read, number: str, sequence: int | None, statement_id: str
) -> None:
    for tag in (":28C:", ":28:"):
        (opened, _) = items(message(number=number).replace(":28C:", tag))
        assert isinstance(opened, StatementOpened)
        assert (opened.sequence, opened.statement_id) == (sequence, statement_id)
        assert bool(opened.warnings) == (sequence is None)


@pytest.mark.parametrize(
    ("text", "into", "expected"),
    [
        ("BGC J SMITH 402233", True, Narrative("BGC J SMITH 402233")),
        (
            "/ORDP//NAME/J SMITH/IBAN/GB82WEST12345698765432/EREF/HSG-1/REMI/MARCH RENT",
            True,
            Narrative("MARCH RENT", "J SMITH", "123456-98765432", ("HSG-1",)),
        ),
        (
            "/ORDP/J SMITH/BENM/THE COUNCIL/REMI/RENT",
            True,
            Narrative("RENT", "J SMITH"),
        ),
        ("/ORDP/THE COUNCIL/BENM/WATER PLC/REMI/BILL", False, Narrative("BILL", "WATER PLC")),
        (
            "/CNTP/NL57ABNA0876543211/ABNANL2A/B Bert///REMI/USTD//22-08-2014 taxi/",
            False,
            Narrative("22-08-2014 taxi", "B Bert", "NL57ABNA0876543211"),
        ),
        (
            "/TRTP/SEPA/NAME/A OF B/C/REMI/STRD/CUR/9074/EREF/NOTPROVIDED",
            True,
            Narrative("STRD/CUR/9074", "A OF B/C", None, ("9074",)),
        ),
        (
            "/NAME/J SMITH/REMI//NAME/A THIEF/IBAN/GB29NWBK60161331926819",
            True,
            Narrative("/NAME/A THIEF", "J SMITH", "601613-31926819"),
        ),
        (
            "166?00GUTSCHRIFT?20EREF+R-1 MREF+M-1 SVWZ+?21MIETE APRIL?31DE02?32A B?33C",
            True,
            Narrative("MIETE APRIL", "A B C", "DE02", ("R-1", "M-1"), "166"),
        ),
        ("000>100987654321>20HUUR>21FEB", False, Narrative("HUUR FEB", german="000")),
        (
            "REK: NL26ABNA0888888888/NAAM: BEDRIJF VOF",
            True,
            Narrative(
                "REK: NL26ABNA0888888888/NAAM: BEDRIJF VOF", "BEDRIJF VOF", "NL26ABNA0888888888"
            ),
        ),
        (
            "/OGB/BANK/VA/20304087654321 TAX",
            True,
            Narrative("/OGB/BANK /VA/20304087654321 TAX", paid_to="203040-87654321"),
        ),
    ],
)
def test_narratives_of_every_layout_say_who_paid(
    text: str,
    into: bool,  # noqa: FBT001 - drawn from the table
    expected: Narrative,
) -> None:
    assert narrative([[text]], into=into) == expected


def test_a_line_that_was_cut_for_its_width_is_put_together() -> None:
    full = "A" * 60 + " HSG-"
    assert narrative([[full, "000123"]], into=True).text.endswith(" HSG-000123")
    assert narrative([[full[:-1], "000123"]], into=True).text.endswith(" HSG 000123")
    assert narrative([["one"], ["two", "three"]], into=True).text == "one two three"


@pytest.mark.parametrize(
    ("type_id", "into", "method"),
    [
        ("NTRF", True, "bank_transfer"),
        ("S103", True, "bank_transfer"),
        ("FDDT", False, "direct_debit"),
        ("NRTI", False, "direct_debit_returned"),
        ("NRTI", True, "other"),
        ("NCOM", False, "charge"),
        ("FINT", True, "interest"),
        ("NBGC", True, "bank_transfer"),
        ("NDD ", True, "direct_debit"),
        ("NMSC", True, "other"),
        ("N070", True, "other"),
        ("", True, "other"),
    ],
)
def test_type_ids_say_how_money_moved(type_id: str, into: bool, method: Method) -> None:  # noqa: FBT001
    assert swift_method(type_id, None, into=into) == method
    assert swift_method("N000", "109", into=False) == "direct_debit_returned"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (":20:X\r\n:25:1\r\n:34F:GBP0,\r\n:61:260401C1,NTRFX\r\n", "interim report"),
        ("{1:F01A}{2:I942BANKGB2LXXXXN}{4:\r\n:20:X\r\n-}", "interim report.*send the MT940"),
        ("HBUKGB4B\r\n942\r\nHBUKGB4B\r\n:20:X\r\n:25:1\r\n", "interim report"),
        ("{1:F01A}{2:O9411200BANKN}{4:\r\n:20:X\r\n-}", "balance report"),
        ("{1:F01A}{2:O1011200BANKN}{4:\r\n:20:X\r\n-}", "request for transfer"),
        ("{1:F01A}{2:O3051200BANKN}{4:\r\n:20:X\r\n-}", "no bank statement"),
        (message().replace("-\r\n", "").replace(":62F:", ":64:"), "no closing balance"),
        (message() + message().split(":62F:")[0] + message(), "no closing balance"),
        (message(account=""), "names no account"),
        (message(opening="C260331GBP"), "not a balance"),
        (message(opening="C260331GBP0,001"), "a fraction of the smallest unit"),
        (message(opening="C260231GBP0,00"), "no such day"),
        (message(closing="C260401EUR0,00"), "is in GBP"),
        (":61:2604010401C1,00NTRFX\r\n", "an entry with no opening balance"),
        (message() + ":62F:C260401GBP0,00\r\n", "of no statement"),
        (":20:X\r\n:25:300000-12345678\r\n", "holds no statement"),
        (":20:X\r\n:86:\0\r\n", "NUL"),
        (message(":86:\r\n" + "x\r\n" * 1001), "more than 1000 lines"),
    ],
)
def test_what_is_no_whole_statement_is_refused_with_a_reason(
    items: Read, content: str, reason: str
) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        items(content)


def test_a_sum_that_differs_refuses_the_file(items: Read) -> None:
    with pytest.raises(ControlTotalError, match=r"differs from it by 1\.00"):
        items(message(":61:2604010401C1,00NTRFX\r\n", closing="C260401GBP2,00"))


def test_counts_that_a_bank_adds_are_proved(items: Read) -> None:
    entry = ":61:2604010401C1,00NTRFX\r\n"
    good = items(message(f"{entry}:90C:1GBP1,00\r\n:90D:0GBP0,00\r\n", closing="C260401GBP1,00"))
    assert len(lines(good)) == 1
    with pytest.raises(ControlTotalError, match=r"credits \(field 90C\).*holds 1 of 1.00"):
        items(message(f"{entry}:90C:2GBP1,00\r\n", closing="C260401GBP1,00"))
    with pytest.raises(UnreadableFileError, match="balance report"):
        items(message(":90C:2GBP1,00\r\n", closing="C260401GBP1,00"))


@pytest.mark.parametrize(
    ("entry", "field", "minor"),
    [
        ("2604010401CNTRFX", "entry (field 61)", None),
        ("2604010401C1,001NTRFX", "amount (field 61)", None),
        ("2602310401D1,00NTRFX", "value date (field 61)", -100),
        ("2604011301RC1,00NTRFX", "entry date (field 61)", -100),
        ("2604010401X1,00NTRFX", "entry (field 61)", None),
    ],
)
def test_an_entry_that_cannot_be_read_is_quarantined(
    items: Read, entry: str, field: str, minor: int | None
) -> None:
    closing = "D260401GBP1,00" if minor else "C260401GBP0,00"
    (bad,) = (
        item
        for item in items(message(f":61:{entry}\r\n:86:TEXT\r\n", closing=closing))
        if isinstance(item, BadRow)
    )
    assert (bad.field, bad.amount_minor) == (field, minor)
    assert bad.reason


def test_what_is_expected_only_is_shown_and_not_booked(items: Read) -> None:
    entries = ":61:2604010401EC1,00NTRFX\r\n:61:2604010401ED2,00NTRFX\r\n"
    shown = [item for item in items(message(entries)) if isinstance(item, SkippedEntry)]
    assert [(item.status, item.amount_minor) for item in shown] == [("EC", 100), ("ED", -200)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_texts_are_read_in_the_encodings_banks_use(items: Read, encoding: str, ending: str) -> None:
    text = message(":61:2604010401C1,00NTRFX\r\n:86:CAFÉ ZOË\r\n", closing="C260401GBP1,00")
    content = text.removesuffix("\r\n-\r\n").replace("\r\n", ending).encode(encoding)
    (one,) = lines(items(content))
    assert one.narrative == "CAFÉ ZOË"
    quoted = content[one.span.byte_start : one.span.byte_end].decode(encoding)
    assert quoted == f":61:2604010401C1,00NTRFX{ending}:86:CAFÉ ZOË"


def test_utf_16_is_refused_by_name(items: Read) -> None:
    with pytest.raises(UnreadableFileError, match="save the file as UTF-8"):
        items(message().encode("utf-16"))


def test_text_cannot_pose_as_a_field(items: Read) -> None:
    """A wrapped time, a dash and an unknown tag inside a narrative are text."""
    entry = (
        ":61:2604010401C1,00NTRFX\r\n:86:PAID AT 2026-04-01T13\r\n:20:11 OR SO\r\n-\r\n"
        ":KO:NR 5\r\n:99 RED BALLOONS\r\n"
    )
    (one,) = lines(items(message(entry, closing="C260401GBP1,00")))
    assert one.narrative == "PAID AT 2026-04-01T13 :20:11 OR SO - :KO:NR 5 :99 RED BALLOONS"


def test_envelopes_and_headers_of_the_bank_part_messages(items: Read) -> None:
    body = message(account="300000-12345678").removesuffix("-\r\n")
    other = message(account="300000-87654321").removesuffix("-\r\n")
    heads = (
        "{1:F01A}{2:I940B}{3:{108:X}}{4:\r\n",
        "\x01{1:F01A}{2:I940B}{4:",
        "ABNANL2A\r\n940\r\nABNANL2A\r\n",
        ":940:\r\n",
        "0000 01INGBNL2AXXXX00001\r\n940 00\r\n",
    )
    for head in heads:
        for foot in ("-}{5:{CHK:0}}", "-}", "-ING\r\n", "-\r\n", " -\r\n\r\n"):
            read = items(f"{head}{body}{foot}{'' if foot[-1] == chr(10) else chr(10)}{head}{other}")
            assert [item.account for item in read if isinstance(item, StatementOpened)] == [
                "300000-12345678",
                "300000-87654321",
            ]


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b":20:X\r\n:25:1\r\n", "MT940"),
        (b"BANK\r\n940\r\n:20:X\r\n", "MT940"),
        (b"\xef\xbb\xbf:20:X\r\n", "MT940"),
        (b"{1:F01A}{2:O9401200}{4:", "MT940"),
        (b"{1:F01A}{2:I950A}{4:", "MT950"),
        (b":20:X\r\n:34F:GBP0,\r\n", "MT942"),
        (b"date,amount\r\n2026-04-01,20:20\r\n", None),
        (b"", None),
    ],
)
def test_a_swift_file_is_known_by_its_content(head: bytes, found: str | None) -> None:
    assert mt940.recognise(head, "statement.csv") == found


WORDS = st.text(
    st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60
)
AMOUNTS = st.integers(-(10**9), 10**9)
METHODS: tuple[Method, ...] = (
    *("bank_transfer", "direct_debit", "standing_order", "cheque", "cash", "card"),
    *("charge", "interest", "other"),
)


@st.composite
def plain_lines(draw: st.DrawFn) -> PlainLine:
    booked = draw(st.dates(date(2000, 8, 1), date(2078, 1, 1)))
    return PlainLine(
        amount_minor=draw(AMOUNTS),
        booked_on=booked,
        value_on=booked.fromordinal(booked.toordinal() + draw(st.integers(-170, 170))),
        method=draw(st.sampled_from(METHODS)),
        reference=draw(st.none() | st.sampled_from(("HSG-1", "a longer reference than fits 61"))),
        bank_reference=draw(st.none() | st.just("FP/1")),
        payer_name=draw(st.none() | WORDS),
        payer_account=draw(st.none() | st.just("GB82WEST12345698765432")),
        narrative=draw(st.just("") | WORDS),
        reversal=draw(st.booleans()),
    )


def plain(text: str) -> str:
    """Strokes at the ends of a text, or that make code words, and colons of tags turn to points."""
    return " ".join(swift_text(text).translate(str.maketrans("/:.", "   ")).split())


def found(line: BankLine | PlainLine) -> tuple[object, ...]:
    return (
        line.amount_minor,
        line.booked_on,
        line.value_on,
        line.method,
        line.bank_reference,
        account_key(line.payer_account or "") or None,
        line.reversal,
        plain(line.narrative),
        plain(line.payer_name or ""),
    )


@SLOW
@example(
    booked=[PlainLine(5, DAY, DAY, narrative=":61:2604010401C1000,00NTRFX /NAME/A/IBAN/B" * 3)],
    per_message=1,
    opening=-5,
)
@example(
    booked=[PlainLine(5, DAY, DAY, narrative="x" * 65 + ":61:260401C9,00NTRFX")],
    per_message=None,
    opening=0,
)
@given(
    booked=st.lists(plain_lines(), max_size=6),
    per_message=st.none() | st.integers(1, 3),
    opening=AMOUNTS,
)
def test_a_statement_comes_back(
    tmp_path: Path, booked: list[PlainLine], per_message: int | None, opening: int
) -> None:
    statement = PlainStatement("300000-12345678", 35, DAY, DAY, opening, booked)
    path = tmp_path / "s.sta"
    with path.open("wb") as out:
        write([statement, statement], out, per_message)
    items = list(checked(mt940.read(path), path.name))
    read = lines(items)
    assert [found(one) for one in read] == 2 * [found(one) for one in booked]
    assert [one.references for one in read] == 2 * [
        (one.reference,) if one.reference else () for one in booked
    ]
    (closed, _) = (item for item in items if isinstance(item, StatementClosed))
    assert closed.closing_minor == opening + sum(one.amount_minor for one in booked)


def test_the_same_statement_gives_the_same_bytes() -> None:
    booked = [PlainLine(5, DAY, DAY, reference="HSG-1", narrative="Zoë's rent — März")]
    statement = PlainStatement("300000-12345678", 35, DAY, DAY, 0, booked)
    outs = [io.BytesIO(), io.BytesIO()]
    for out in outs:
        write([statement], out)
    assert outs[0].getvalue() == outs[1].getvalue()
    assert b":61:2604010401C0,05NTRFHSG-1\r\n:86:Zoe's rent . Marz\r\n" in outs[0].getvalue()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (PlainLine(1, DAY, date(2026, 12, 1)), "too far apart"),
        (PlainLine(1, DAY, DAY, bank_reference="longer than sixteen"), "no reference of SWIFT"),
        (PlainLine(1, DAY, DAY, narrative="x" * 391), "does not fit field 86"),
    ],
)
def test_what_swift_cannot_hold_is_not_written(line: PlainLine, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        write([PlainStatement("300000-12345678", 35, DAY, DAY, 0, [line])], io.BytesIO())


PIECES = st.sampled_from(
    [
        *(
            b"",
            b"\0",
            b"\r",
            b"\n",
            b":61:",
            b":86:",
            b":62F:",
            b":60M:",
            b":28C:",
            b"-\r\n",
            b"-}",
        ),
        *(b"{1:", b"{4:", b"{2:I942", b"9" * 40, b",", b"RC", b"EC", b"\xff\xfe", b"\xa3", b"?20"),
        *(b"/NAME/", b":20:11", b"0230", b"GBP", b"\xc2\x85", b"\n:34F:X\n", b"\n942\n"),
    ]
)
FIELD = st.sampled_from(
    [
        *(
            "20:X",
            "25:300000-12345678",
            "28C:35/1",
            "28C:0",
            "60F:C260401GBP0,",
            "60M:C260401GBP0,",
        ),
        *("61:2604010401C1,00NTRFX//Y", "61:2604010401RD1,NTRF", "61:x", "86:/NAME/A/REMI/B"),
        *("86:166?20A?32B", "86:\r\n\r\n-", "62F:C260401GBP1,", "62M:C260401GBP0,", "34F:GBP0,"),
        *("90C:1GBP1,", "64:C", "NS:17", "940:", "942:", "86:T13\r\n:20:11"),
    ]
)


def outcome(path: Path) -> str:
    """`read`, or the name of the refusal; any other error is let through, and fails the test."""
    try:
        return str(sum(1 for _ in checked(mt940.read(path), path.name)))
    except FormatError as refused:
        assert path.name in str(refused)  # noqa: PT017 - the other outcome is as good
        return type(refused).__name__


@FUZZ
@given(
    content=st.sampled_from(GOLDEN),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), max_size=4),
)
def test_a_damaged_file_is_read_or_refused_by_name(
    tmp_path: Path, content: bytes, cuts: list[tuple[float, int, bytes]]
) -> None:
    for where, width, piece in cuts:
        at = int(where * len(content))
        content = content[:at] + piece + content[at + width :]
    path = tmp_path / "damaged.sta"
    path.write_bytes(content)
    assert outcome(path)


@FUZZ
@given(told=st.lists(FIELD, max_size=14))
def test_fields_in_any_order_are_read_or_refused_by_name(tmp_path: Path, told: list[str]) -> None:
    path = tmp_path / "order.sta"
    path.write_text("".join(f":{one}\r\n" for one in told), encoding="utf-8", newline="")
    assert outcome(path)
