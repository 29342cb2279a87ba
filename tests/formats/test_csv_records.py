"""Bank CSVs of other shapes: records with totals, rows of balances, signs in columns, preambles."""

from collections.abc import Callable
from pathlib import Path

import pytest

from consumers.formats import csv_profile
from consumers.formats.control import checked
from consumers.formats.csv_figures import check_digits_hold
from consumers.formats.csv_shape import CheckRule
from consumers.formats.errors import ControlTotalError, UnreadableFileError
from consumers.formats.profiles import Profile
from consumers.formats.statement import (
    BadRow,
    BankLine,
    SkippedEntry,
    StatementClosed,
    StatementItem,
    StatementOpened,
)

KIOSK = (
    "H,20-30-15 12345678,000417,02042026",
    "D,01042026,K03,900001,05,100234567821,0000012345,CASH,",
    "D,01042026,K03,900002,01,200000000123,0000009900,CARD,",
    "D,01042026,K04,900003,05,100234567891,-0000004000,chq,MRS A OKAFOR",
    "T,000003,0000018245",
)
Read = Callable[..., list[StatementItem]]


@pytest.fixture
def read(tmp_path: Path, profiles: dict[str, Profile]) -> Read:
    def read(name: str, *rows: str, encoding: str = "utf-8", **keys: object) -> list[StatementItem]:
        path = tmp_path / "sample.csv"
        path.write_bytes("\r\n".join((*rows, "")).encode(encoding))
        shape = profiles[name].model_dump(exclude_none=True) | keys
        return list(checked(csv_profile.read(path, Profile.model_validate(shape)), path.name))

    return read


def lines(items: list[StatementItem]) -> list[BankLine]:
    return [item for item in items if isinstance(item, BankLine)]


def opened(items: list[StatementItem]) -> StatementOpened:
    assert isinstance(items[0], StatementOpened)
    return items[0]


def closed(items: list[StatementItem]) -> StatementClosed:
    assert isinstance(items[-1], StatementClosed)
    return items[-1]


def test_a_file_of_records_is_read_between_its_header_and_its_trailer(read: Read) -> None:
    items = read("kiosk", *KIOSK)
    head = opened(items)
    assert (head.account, head.sequence, head.declared.entries) == ("203015-12345678", 417, 3)
    assert head.warnings == (), "the trailer notices a missing row"
    cash, cheque = lines(items)
    assert (cash.amount_minor, cash.method, cash.references) == (12_345, "cash", ("100234567821",))
    assert (cheque.amount_minor, cheque.method, cheque.payer_name) == (
        -4_000,
        "cheque",
        "MRS A OKAFOR",
    )
    (skipped,) = [item for item in items if isinstance(item, SkippedEntry)]
    assert (skipped.status, skipped.amount_minor) == ("fund 01, council tax", 9_900)


def test_a_wrong_check_digit_is_said_and_the_payment_stays(read: Read) -> None:
    right, wrong = lines(read("kiosk", *KIOSK))
    assert right.warnings == ()
    assert wrong.warnings == ("the check digit of Reference is wrong",)


@pytest.mark.parametrize(
    ("at", "row", "told"),
    [
        (4, "T,000004,0000018245", "trailer count '4': the file holds 3"),
        (4, "T,000003,0000018244", "trailer total '182.44': the file holds 182.45"),
        (4, None, "there is no T record: the file is cut off"),
        (2, None, "trailer count '3': the file holds 2"),
    ],
)
def test_a_trailer_that_does_not_hold_refuses_the_file(
    read: Read, at: int, row: str | None, told: str
) -> None:
    rows = [one for number, one in enumerate(KIOSK) if number != at]
    if row is not None:
        rows.insert(at, row)
    with pytest.raises(ControlTotalError, match=told):
        read("kiosk", *rows)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ((*KIOSK[1:],), "line 1: Record 'D': the H record must be first"),
        ((*KIOSK, KIOSK[1]), "line 6: Record 'D': a record after the trailer"),
        ((*KIOSK[:2], "X,1", *KIOSK[2:]), "line 3: Record 'X': no kind of record"),
        ((KIOSK[0], *KIOSK), "line 2: record 'H': a second header"),
        ((*KIOSK[:4], "T,three,1"), "line 5: cell 2 'three': not a number"),
        ((*KIOSK[:4], "T,3,1.5"), "line 5: cell 3 '1.5': not an amount in pence"),
    ],
)
def test_records_out_of_place_refuse_the_file(read: Read, rows: tuple[str, ...], told: str) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        read("kiosk", *rows)


def test_a_record_that_cannot_be_read_counts_for_the_trailer(read: Read) -> None:
    bad = KIOSK[1].replace("0000012345", "12.3.4")
    items = read("kiosk", KIOSK[0], bad, *KIOSK[2:])
    (row,) = [item for item in items if isinstance(item, BadRow)]
    assert (row.field, row.value) == ("Amount", "12.3.4")


LEDGER_HEADER = "Post Date,Account Number,Account Name,Type,Amount,Customer Reference"
LEDGER = (
    f"{LEDGER_HEADER},Transaction Detail,Balance",
    "01/04/2026,300000-12345678 GBP,COUNCIL,Opening Ledger,,,,100.00",
    "01/04/2026,300000-12345678 GBP,COUNCIL,Bank Giro Credit,40.00,HSG-1,X,",
    "01/04/2026,300000-12345678 GBP,COUNCIL,Charge,-4.00,,Y,",
    "01/04/2026,300000-12345678 GBP,COUNCIL,Closing Ledger,136.00,,,",
)


@pytest.mark.parametrize("rows", [LEDGER, (LEDGER[0], *LEDGER[:0:-1])])
def test_rows_that_state_a_balance_are_the_balance_and_no_payment(
    read: Read, rows: tuple[str, ...]
) -> None:
    items = read("lloyds_commercial", *rows)
    assert (opened(items).opening_minor, closed(items).closing_minor) == (10_000, 13_600)
    assert sorted(line.amount_minor for line in lines(items)) == [-400, 4_000]


def test_a_row_missing_between_two_balances_is_noticed(read: Read) -> None:
    with pytest.raises(ControlTotalError, match=r"balance '136\.00'.*should be 96\.00"):
        read("lloyds_commercial", LEDGER[0], LEDGER[1], *LEDGER[3:])


def test_an_opening_row_without_a_date_is_a_balance(read: Read) -> None:
    items = read(
        "starling",
        "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP)",
        ",Opening Balance,,,0.00,50.00",
        "01/04/2026,MRS A OKAFOR,HSG-100234,FASTER PAYMENT,25.00,75.00",
        template=False,
        account="60-83-71 12345678",
    )
    (line,) = lines(items)
    assert (line.payer_name, line.references) == ("MRS A OKAFOR", ("HSG-100234",))
    assert opened(items).opening_minor == 5_000


PREAMBLE = (
    '"Account Name:","Business Saver ****12345"',
    '"Account Balance:","\u00a3500.00"',
    "",
    '"Date","Transaction type","Description","Paid out","Paid in","Balance"',
    '"01 Apr 2026","Bank credit","J PATEL","","\u00a337.50","\u00a3137.50"',
)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_what_stands_above_the_header_names_the_account(read: Read, encoding: str) -> None:
    ours = {"business saver ****12345": "07-00-93 00012345"}
    items = read("nationwide", *PREAMBLE, encoding=encoding, accounts=ours)
    assert opened(items).account == "070093-00012345"
    assert [line.amount_minor for line in lines(items)] == [3_750]


def test_a_file_that_does_not_name_its_account_is_refused(read: Read) -> None:
    with pytest.raises(UnreadableFileError, match=r"Account Name: '': .*no account"):
        read("nationwide", *PREAMBLE[1:])


def test_titles_in_front_of_a_file_without_a_header_are_passed_over(read: Read) -> None:
    row = "600001,44332211,,C,GBP,,,,,02/04/26,TENANT,,,,,BAC,,100.00"
    titles = "Sort,No,A,B,Ccy,T,BIC,Bk,Br,Date,Narrative #1,#2,#3,#4,#5,Type,Debit,Credit"
    for rows in ((row,), (titles, row)):
        assert [line.amount_minor for line in lines(read("bankline", *rows))] == [10_000]
    broken = row.replace("02/04/26", "32/04/26")
    (bad,) = [one for one in read("bankline", broken, row) if isinstance(one, BadRow)]
    assert bad.reason == "not a date written as DD/MM/YY or DD/MM/YYYY or DD-MMM-YYYY"


def test_money_in_another_currency_is_never_taken_for_pounds(read: Read) -> None:
    rows = ("203015-1,02/04/2026,GBP,1.00,A,NACH", "203015-1,02/04/2026,EUR,9.00,B,NACH")
    items = read("hsbcnet", *rows)
    (bad,) = [item for item in items if isinstance(item, BadRow)]
    assert (bad.field, bad.value, bad.amount_minor) == ("Currency", "EUR", None)
    assert [line.amount_minor for line in lines(items)] == [100]


def test_a_column_may_say_which_way_the_money_went(read: Read) -> None:
    direction = {"column": "Description", "credit": ["CR"], "debit": ["DR"]}
    keys: dict[str, object] = {
        "template": False,
        "account": "40-00-00 12345678",
        "direction": direction,
    }
    items = read("hsbc", "01/04/2026,CR,5.00", "01/04/2026,DR,2.00", **keys)
    assert [line.amount_minor for line in lines(items)] == [500, -200]
    items = read("hsbc", "01/04/2026,CR,5.00", "01/04/2026,??,2.00", "01/04/2026,DR,-2.00", **keys)
    bad = [(item.field, item.value) for item in items if isinstance(item, BadRow)]
    assert bad == [("Description", "??"), ("Amount", "-2.00")]


@pytest.mark.parametrize(
    ("text", "minor"),
    [("(12.34)", -1_234), ("12.34-", -1_234), ("\u00a3(1.00)", None), ("(-1.00)", None)],
)
def test_amounts_below_zero_have_several_spellings(
    read: Read, text: str, minor: int | None
) -> None:
    items = read("hsbc", f"01/04/2026,X,{text}", template=False, account="40-00-00 12345678")
    assert [line.amount_minor for line in lines(items)] == ([] if minor is None else [minor])


def test_what_banks_write_for_no_reference_is_none(read: Read) -> None:
    header = (
        "Account name,Account number,Bank name,Currency,Bank reference,Narrative,"
        "Customer reference,TRN type,Value date,Credit amount,Debit amount,Balance"
    )
    row = "C,203015-55779911,HSBC,GBP,NONREF,X,NONREF,TRANSFER,02/04/2026,1.00,,1.00"
    (line,) = lines(read("hsbcnet_export", header, row))
    assert (line.bank_reference, line.references) == (None, ())


@pytest.mark.parametrize(
    ("rule", "right"),
    [
        ("mod97", "1002 3456 7821"),
        ("mod11", "036536"),
        ("mod11", "0000-06X"),
        ("luhn", "79927398713"),
    ],
)
def test_one_wrong_digit_is_noticed_by_every_rule(rule: CheckRule, right: str) -> None:
    assert check_digits_hold(right, rule)
    at = len(right) - 2
    wrong = (
        right[:at] + str((int(right[at]) if right[at].isdigit() else 1) + 1)[-1] + right[at + 1 :]
    )
    assert not check_digits_hold(wrong, rule)
    for text in ("", "X", "12A4", "\u0661\u0662"):
        assert not check_digits_hold(text, rule)
