"""Batch bookings and virtual accounts of a camt.053: whose money a line may be, and whose not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from consumers.formats import camt053
from consumers.formats.statement import BankLine

Build = Callable[..., Path]
Entry = Callable[..., str]


def lines(path: Path) -> list[BankLine]:
    return [item for item in camt053.read(path) if isinstance(item, BankLine)]


def paid(amount: str, extra: str = "") -> str:
    return f'<TxDtls><Amt Ccy="GBP">{amount}</Amt>{extra}</TxDtls>'


def creditor(account: str) -> str:
    return f"<RltdPties><CdtrAcct><Id>{account}</Id></CdtrAcct></RltdPties>"


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ("<Btch><NbOfTxs>3</NbOfTxs></Btch>", [3]),
        ("<Btch><NbOfTxs>2</NbOfTxs></Btch><Btch><NbOfTxs>2</NbOfTxs></Btch>", [4]),
        ("<Btch><NbOfTxs>1</NbOfTxs></Btch>", [None]),
        ("<Btch><NbOfTxs>3</NbOfTxs></Btch>" + paid("10.00"), [3]),
        ("<Btch><NbOfTxs>3</NbOfTxs></Btch>" + paid("4.00") + paid("5.00"), [3]),
        (paid("4.00") + paid("5.00"), [2]),
        ("<Btch><NbOfTxs>2</NbOfTxs></Btch>" + paid("4.00") + paid("6.00"), [None, None]),
        (paid("10.00"), [None]),
        ("", [None]),
    ],
)
def test_a_batch_whose_payments_are_not_listed_says_how_many_they_are(
    camt_file: Build, entry: Entry, details: str, expected: list[int | None]
) -> None:
    path = camt_file(entry("10.00", extra=f"<NtryDtls>{details}</NtryDtls>"))
    found = lines(path)
    assert [line.batch_payments for line in found] == expected
    assert sum(line.amount_minor for line in found) == 1000


def test_a_number_of_payments_that_cannot_be_read_is_a_warning(
    camt_file: Build, entry: Entry
) -> None:
    details = "<NtryDtls><Btch><NbOfTxs>many</NbOfTxs></Btch></NtryDtls>"
    (line,) = lines(camt_file(entry(extra=details)))
    assert line.batch_payments is None
    assert line.warnings == ("the bank's number of its payments cannot be read",)


def test_a_batch_keeps_the_reference_of_its_entry_and_not_of_one_payment(
    camt_file: Build, entry: Entry
) -> None:
    one = paid("10.00", "<Refs><AcctSvcrRef>P1</AcctSvcrRef></Refs>")
    details = f"<NtryDtls><Btch><NbOfTxs>3</NbOfTxs></Btch>{one}</NtryDtls>"
    extra = f"<AcctSvcrRef>E1</AcctSvcrRef>{details}"
    (line,) = lines(camt_file(entry("10.00", extra=extra)))
    assert (line.bank_reference, line.batch_payments) == ("E1", 3)


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("<Othr><Id>40-00-00 90000017</Id></Othr>", "400000-90000017"),
        ("<IBAN>DE89370400440532013000</IBAN>", "DE89370400440532013000"),
        ("<IBAN>GB82WEST12345698765432</IBAN>", None),
        ("<Othr><Id>12-34-56 98765432</Id></Othr>", None),
        ("<Othr><Id>98765432</Id></Othr>", None),
        ("<Othr><Id>90000017</Id></Othr>", "90000017"),
    ],
)
def test_a_credit_to_another_account_than_the_statements_names_it(
    camt_file: Build, entry: Entry, account: str, expected: str | None
) -> None:
    details = f"<NtryDtls>{paid('10.00', creditor(account))}</NtryDtls>"
    (line,) = lines(camt_file(entry("10.00", extra=details)))
    assert line.credited_account == expected


@pytest.mark.parametrize(
    ("direction", "extra"),
    [("DBIT", ""), ("CRDT", "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")],
)
def test_the_payee_of_what_we_paid_is_no_virtual_account(
    camt_file: Build, entry: Entry, direction: str, extra: str
) -> None:
    one = paid("10.00", creditor("<Othr><Id>40-00-00 90000017</Id></Othr>") + extra)
    path = camt_file(entry("10.00", direction, extra=f"<NtryDtls>{one}</NtryDtls>"))
    (line,) = lines(path)
    assert line.credited_account is None


def test_a_bank_that_pays_for_itself_is_the_payer(camt_file: Build, entry: Entry) -> None:
    agent = "<Agt><FinInstnId><Nm>A BANK PLC</Nm></FinInstnId></Agt>"
    bank = f"<RltdPties><Dbtr>{agent}</Dbtr></RltdPties>"
    path = camt_file(entry("10.00", extra=f"<NtryDtls>{paid('10.00', bank)}</NtryDtls>"))
    assert lines(path)[0].payer_name == "A BANK PLC"


def test_the_numbers_of_the_documents_that_are_paid_are_references(
    camt_file: Build, entry: Entry
) -> None:
    documents = "".join(f"<RfrdDocInf><Nb>INV-{n}</Nb></RfrdDocInf>" for n in (1, 2))
    one = paid("10.00", f"<RmtInf><Strd>{documents}</Strd></RmtInf>")
    (line,) = lines(camt_file(entry("10.00", extra=f"<NtryDtls>{one}</NtryDtls>")))
    assert line.references == ("INV-1", "INV-2")
