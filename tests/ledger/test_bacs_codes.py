"""The reason codes of Bacs: which there are, what each asks for, and that no other is known."""

from typing import get_args

import pytest

from ledger.bacs_codes import ARUDD, REASONS, Action, Report, arudd_reason, reason

CODES = {
    "ARUDD": "0123456789AB",
    "ADDACS": "0123BCDER",
    "AUDDIS": "123567BCFGHIKLMNOPQ",
    "DDICA": "12345678",
    "ARUCS": "0235BC",
    "AWACS": "03",
}
ACTIONS = {
    "ARUDD": dict.fromkeys("4789A", "unpaid")
    | dict.fromkeys("156B", "unpaid_cancel")
    | {"0": "represent", "2": "unpaid_deceased", "3": "unpaid_transferred"},
    "ADDACS": dict.fromkeys("01B", "cancel")
    | dict.fromkeys("CE", "amend")
    | {"2": "deceased", "3": "transferred", "D": "suspend", "R": "reinstate"},
    "AUDDIS": dict.fromkeys(CODES["AUDDIS"], "reject"),
    "DDICA": dict.fromkeys("12", "claim_keep")
    | dict.fromkeys("34568", "claim_cancel")
    | {"7": "claim_decide"},
    "ARUCS": dict.fromkeys(CODES["ARUCS"], "credit_returned"),
    "AWACS": dict.fromkeys(CODES["AWACS"], "payee_details"),
}


@pytest.mark.parametrize("report", get_args(Report))
def test_every_code_of_a_report_asks_for_what_the_scheme_says(report: Report) -> None:
    assert "".join(REASONS[report]) == CODES[report]
    assert {code: one.action for code, one in REASONS[report].items()} == ACTIONS[report]


def test_every_action_is_asked_for_by_some_code_and_every_code_has_words() -> None:
    used = {one.action for table in REASONS.values() for one in table.values()}
    assert used == {*get_args(Action)}
    assert all(one.meaning for table in REASONS.values() for one in table.values())


@pytest.mark.parametrize("report", get_args(Report))
@pytest.mark.parametrize("code", ["", "Z", "00", "a", "\N{ARABIC-INDIC DIGIT ZERO}"])
def test_a_code_that_is_in_no_table_is_not_guessed(report: Report, code: str) -> None:
    assert reason(report, code) is None
    known = next(iter(CODES[report]))
    assert reason(report, known) is REASONS[report][known]


@pytest.mark.parametrize("code", ARUDD)
def test_an_arudd_report_tells_its_reason_by_four_digits_or_by_words_alone(code: str) -> None:
    words = ARUDD[code].meaning
    assert arudd_reason(f"{code}128", "AS THE BANK HAS IT") == (code, "AS THE BANK HAS IT")
    assert arudd_reason(f"{code}128", None) == (code, words)
    assert arudd_reason("", words.upper()) == (code, words.upper())
