"""Real public cash files and OFX files, when they lie beside the repository, file by file."""

from collections import Counter
from pathlib import Path

import pytest

from consumers.formats import cash_file, ofx
from consumers.formats.control import checked
from consumers.formats.errors import FormatError
from consumers.formats.statement import BadRow, BankLine, StatementOpened

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "samples"
CASH_FILES = sorted(CORPUS.glob("bacs_output_data_services/*"))
OFX_FILES = sorted(CORPUS.glob("ofx/*"))

# Statements, lines, quarantined rows; or words of the refusal.
Outcome = tuple[int, int, int] | str
CASH: dict[str, Outcome] = {
    "Y01A.CARS.#D.444444.D050214": (1, 3, 0),
    "testfile_1": (1, 3, 0),
    "testfile_metro_bank": (1, 4, 0),
    "testfile_roll_number": (1, 7, 0),
    "testfile_settlement_credits": (1, 4, 0),
}
INVESTMENT = "an investment statement"
NO_STATEMENT = "no statement of a bank account"
OFX: dict[str, Outcome] = {
    "bb.ofx": (1, 81, 0),
    "cef_malformed_decimal.ofx": (1, 0, 1),  # its only amount is a point
    "creditcard.ofx": (1, 3, 0),
    "dtsof_balance_issue.ofx": (1, 1, 0),
    "error.ofx": "2000",
    "invalid_version.ofx": (1, 36, 0),
    "sample.ofx": (1, 36, 0),
    "santander.ofx": (1, 4, 0),
    "utf8.ofx": (1, 36, 0),
    "v211.ofx": (2, 3, 0),  # a bank account and a card
    "ofxdata-banking-xml200.ofx": (1, 0, 1),  # its only transaction was cut out
    "ofxdata-bb-two-stmtrs.ofx": (2, 36, 0),
    "ofxdata-cmfr.ofx": (1, 42, 0),
    "ofxdata-credit-card.ofx": (1, 1, 0),
    "ofxdata-google.ofx": INVESTMENT,
    "ofxdata-investments-multiple-accounts-xml.ofx": INVESTMENT,
    "ofxdata-investments-oneline-xml.ofx": INVESTMENT,
    "ofxdata-memoWithAmpersand.ofx": (1, 16, 0),
    "ofxdata-memoWithQuotes.ofx": (1, 16, 0),
    "ofxdata-oneline.ofx": (1, 8, 0),
    "ofxdata-selfclose.ofx": (1, 5, 0),
    "ofxdata-xml.ofx": (1, 3, 0),
    "ofxdata.ofx": (1, 3, 0),
    "decimal_error.ofx": (1, 0, 1),  # `$120`
    "empty_balance.ofx": (1, 1, 0),
    "account_listing_aggregation.ofx": NO_STATEMENT,
    "anzcc.ofx": (1, 1, 0),
    "bank_medium.ofx": (1, 3, 0),
    "checking.ofx": (1, 3, 0),
    "error_message.ofx": "General Server Error",
    "fidelity-savings.ofx": INVESTMENT,
    "fidelity.ofx": INVESTMENT,
    "investment_401k.ofx": INVESTMENT,
    "signon_success.ofx": NO_STATEMENT,
    "signon_success_no_message.ofx": NO_STATEMENT,
    "suncorp.ofx": (1, 1, 0),
    "td_ameritrade.ofx": INVESTMENT,
    "tiaacref.ofx": INVESTMENT,
    "vanguard401k.ofx": INVESTMENT,
}


def outcome(path: Path) -> Outcome:
    head = path.read_bytes()[:65536]
    reader = cash_file if path in CASH_FILES else ofx
    assert reader.recognise(head, path.name) is not None
    try:
        counted = Counter(type(item) for item in checked(reader.read(path), path.name))
    except FormatError as refused:
        return str(refused)
    return counted[StatementOpened], counted[BankLine], counted[BadRow]


def same(found: Outcome, wanted: Outcome) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        return wanted in found
    return found == wanted


@pytest.mark.skipif(not OFX_FILES, reason="there is no corpus of bank files beside the repository")
def test_every_real_file_has_the_outcome_that_was_judged_right_for_it() -> None:
    judged = {**CASH, **OFX}
    files = {path.name.rpartition("__")[2]: path for path in (*CASH_FILES, *OFX_FILES)}
    assert files.keys() == judged.keys()
    told = {name: outcome(path) for name, path in files.items()}
    wrong = {name: one for name, one in told.items() if not same(one, judged[name])}
    assert wrong == {}


@pytest.mark.skipif(not OFX_FILES, reason="there is no corpus of bank files beside the repository")
def test_as_many_transactions_come_out_as_go_in() -> None:
    for path in OFX_FILES:
        found = outcome(path)
        if not isinstance(found, str):
            assert found[1] + found[2] == path.read_bytes().count(b"<STMTTRN>"), path.name
