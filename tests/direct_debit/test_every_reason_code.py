"""Every reason code of every report of Bacs: before, the advice, after; one council for all rows.

Each row has a debtor, a mandate and a collection of its own, so that what a row does to another
would be seen.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple, TypeAlias

import pytest

from ledger import bacs_codes

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Report: TypeAlias = Any
Lines: TypeAlias = Any

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE = 10_000


class After(NamedTuple):
    """How a mandate and its account stand when everything has been posted."""

    status: str
    owes: int
    estate: bool = False
    claim: bool = False
    aside: bool = False


UNPAID = {
    "0": After("active", PENCE),
    "1": After("cancelled", PENCE),
    "2": After("cancelled", PENCE, estate=True),
    "3": After("cancelled", PENCE),
    "4": After("active", PENCE),
    "5": After("cancelled", PENCE),
    "6": After("cancelled", PENCE),
    "7": After("active", PENCE),
    "8": After("active", PENCE),
    "9": After("active", PENCE),
    "A": After("active", PENCE),
    "B": After("cancelled", PENCE),
}
CHANGED = {
    "0": After("cancelled", 0),
    "1": After("cancelled", 0),
    "2": After("cancelled", 0, estate=True),
    "3": After("cancelled", 0),
    "B": After("cancelled", 0),
    "C": After("active", 0, aside=True),  # no new details were given
    "D": After("suspended", 0),
    "E": After("active", 0, aside=True),
    "R": After("active", 0),
}
CLAIMED = {
    "1": After("active", 0, claim=True),
    "2": After("active", 0, claim=True),
    "3": After("cancelled", 0, claim=True),
    "4": After("cancelled", 0, claim=True),
    "5": After("cancelled", 0, claim=True),
    "6": After("cancelled", 0, claim=True),
    "7": After("active", 0, claim=True, aside=True),
    "8": After("cancelled", 0, claim=True),
}
ROWS = {
    "ARUDD": UNPAID,
    "ADDACS": CHANGED,
    "DDICA": CLAIMED,
    "AUDDIS": {code: After("rejected", 0) for code in bacs_codes.AUDDIS},
    "AWACS": {"0": After("active", 0, aside=True), "3": After("active", 0)},
    "ARUCS": {code: After("", -PENCE, estate=code == "2") for code in bacs_codes.ARUCS},
}


def rows(report: str) -> Iterator[tuple[str, After]]:
    yield from sorted(ROWS[report].items())


def test_every_code_of_every_report_has_its_row() -> None:
    assert {report: set(table) for report, table in ROWS.items()} == {
        report: set(table) for report, table in bacs_codes.REASONS.items()
    }


def _collected(town: Town, lines: Lines, report: str) -> dict[str, tuple[str, str, Any]]:
    """A collection for each code, credited: code -> account, mandate, line of the file."""
    of: dict[str, tuple[str, str]] = {}
    for number, (code, _) in enumerate(rows(report)):
        account = f"{report}{code}"
        town.opened(account)
        town.billed(account, f"I-{account}", PENCE, COLLECTED)
        payer = town.payer(number)
        of[code] = account, town.mandate(account, payer)
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    assert town.announce(COLLECTED) == len(of)
    town.on(date(2026, 12, 11))
    _, file = town.sent(COLLECTED)
    town.input_report(file)
    by_reference = {one.reference: one for one in lines(file)}
    town.on(COLLECTED)
    assert town.post().credited.receipts == len(of)
    return {code: (*place, by_reference[place[1]]) for code, place in of.items()}


def _stands(town: Town, account: str, mandate: str, report: Report) -> After:
    state = town.account(account)
    return After(
        town.state(mandate).status,
        town.owes(account),
        estate=any(hold.startswith("DECEASED") for hold in state.holds),
        claim=bool(state.claims),
        aside=bool(report.bad_lines),
    )


def test_an_unpaid_collection_does_what_its_code_asks(town: Town, lines: Lines) -> None:
    found = _collected(town, lines, "ARUDD")
    town.on(date(2026, 12, 16))
    for code, after in rows("ARUDD"):
        account, mandate, line = found[code]
        words = bacs_codes.ARUDD[code].meaning.upper()
        report = town.returned((line, f"{code}128", words), processed_on=date(2026, 12, 14))
        assert _stands(town, account, mandate, report) == after, code
        assert town.state(mandate).to_lodge is None, code  # the bank knows it already


def test_a_bank_that_changes_an_instruction_is_followed(town: Town, lines: Lines) -> None:
    found = _collected(town, lines, "ADDACS")
    town.on(date(2026, 12, 16))
    for code, after in rows("ADDACS"):
        account, mandate, _ = found[code]
        if code == "R":  # reinstated is what was cancelled before
            town.advised("ADDACS", town.advice("ADDACS", mandate, "1"))
            assert town.state(mandate).status == "cancelled"
        report = town.advised("ADDACS", town.advice("ADDACS", mandate, code))
        assert _stands(town, account, mandate, report) == after, code
        assert town.state(mandate).to_lodge is None, code


@pytest.mark.parametrize("code", ["3", "C", "E"])
def test_new_details_are_taken_over_and_nothing_is_sent_to_either_bank(
    town: Town, lines: Lines, code: str
) -> None:
    found = _collected(town, lines, "ADDACS")
    _, mandate, _ = found[code]
    before = town.state(mandate)
    new = {"new_sort_code": "202959", "new_account": "63748472"}
    report = town.advised("ADDACS", town.advice("ADDACS", mandate, code, **new))
    after = town.state(mandate)
    assert report.is_whole()
    assert (after.status, after.details, after.to_lodge) == ("active", 2, None)
    assert after.payer_account_digest != before.payer_account_digest


def test_a_claim_is_live_until_its_debit_and_then_the_debt_is_owed_again(
    town: Town, lines: Lines
) -> None:
    found = _collected(town, lines, "DDICA")
    town.on(date(2027, 1, 4))
    debit_on = date(2027, 1, 22)
    for code, after in rows("DDICA"):
        account, mandate, _ = found[code]
        claim = town.claim(f"CLAIM{code}", mandate, code, [(COLLECTED, PENCE)], debit_on)
        report = town.claimed(claim, debit_on=debit_on)
        assert _stands(town, account, mandate, report) == after, code
    town.on(date(2027, 1, 21))
    assert town.post().settled == 0
    town.on(debit_on)
    assert town.post().settled == len(found)
    for account, _, _ in found.values():
        assert (town.owes(account), town.account(account).claims) == (PENCE, {})


def test_an_instruction_that_is_returned_is_rejected_and_pulls_back_what_waits(
    town: Town, lines: Lines
) -> None:
    mandates = {}
    for number, (code, _) in enumerate(rows("AUDDIS")):
        account = f"AUDDIS{code}"
        town.opened(account)
        mandates[code] = account, town.mandate(account, town.payer(number))
    town.on(date(2026, 11, 26))
    town.sent(LODGED)
    for code, after in rows("AUDDIS"):
        account, mandate = mandates[code]
        report = town.advised("AUDDIS", town.advice("AUDDIS", mandate, code))
        assert _stands(town, account, mandate, report) == after, code
        assert town.state(mandate).to_lodge is None, code


def test_a_credit_that_arrived_elsewhere_moves_the_mandate_only_when_its_account_was_transferred(
    town: Town, lines: Lines
) -> None:
    found = _collected(town, lines, "AWACS")
    for code, after in rows("AWACS"):
        account, mandate, line = found[code]
        of = {"payer_sort_code": line.payer.sort_code, "payer_account": line.payer.number}
        new = {"new_sort_code": "202959", "new_account": "63748472"}
        # Of another account of the payee than the mandate has, nothing is known.
        other = town.advised("AWACS", town.advice("AWACS", mandate, code, **new))
        assert (len(other.bad_lines), town.state(mandate).details) == (1, 1), code
        report = town.advised("AWACS", town.advice("AWACS", mandate, code, **of, **new))
        assert _stands(town, account, mandate, report) == after, code
        state = town.state(mandate)
        assert (state.details, state.waits_for_bank) == (1 if after.aside else 2, False), code


def test_a_credit_that_came_back_is_credit_on_the_account_again(town: Town) -> None:
    for code, after in rows("ARUCS"):
        account = f"ARUCS{code}"
        town.opened(account)
        town.pays(account, PENCE)
        town.refunded(account, f"RF-{code}", PENCE)
        assert town.owes(account) == 0
        report = town.credit_returned(town.account(account).reference, PENCE, code)
        state = town.account(account)
        estate = any(hold.startswith("DECEASED") for hold in state.holds)
        stands = After("", town.owes(account), estate=estate, aside=bool(report.bad_lines))
        assert stands == after, code
        again = town.credit_returned(state.reference, PENCE, code)
        assert (again.done, town.owes(account)) == ({"already so": 1}, -PENCE), code
    # The bank's credits of the same money are no second ones.
    credits_ = [(PENCE, town.account(f"ARUCS{code}").reference) for code, _ in rows("ARUCS")]
    town.bank(*credits_, on=town.today)
    assert len(town.post().back) == len(credits_)
    assert {town.owes(f"ARUCS{code}") for code, _ in rows("ARUCS")} == {-PENCE}


@pytest.mark.parametrize(("pence", "refunds"), [(PENCE - 1, 1), (PENCE, 2)])
def test_a_credit_that_is_no_single_refund_is_set_aside_for_an_officer(
    town: Town, pence: int, refunds: int
) -> None:
    town.opened("1")
    town.pays("1", refunds * PENCE)
    for number in range(refunds):
        town.refunded("1", f"RF-{number}", PENCE)
    report = town.credit_returned(town.account("1").reference, pence, "5")
    assert (len(report.bad_lines), town.owes("1")) == (1, 0)
    assert len(town.credit_returned("NOBODY-1", pence, "5").bad_lines) == 1


def test_a_refund_that_went_under_a_mandates_reference_is_found_by_it(
    town: Town, lines: Lines
) -> None:
    account, mandate, _ = _collected(town, lines, "AWACS")["0"]
    town.pays(account, PENCE)
    town.refunded(account, "RF-1", PENCE)
    assert town.credit_returned(mandate, PENCE, "0").is_whole()
    assert town.owes(account) == -PENCE
