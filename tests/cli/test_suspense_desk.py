"""The suspense desk as an officer types it: list, show, and every way out of suspense."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from service.embedded_database import EmbeddedDatabase

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here
Desk: TypeAlias = Any  # of desk_council, loaded by path


def _world() -> ModuleType:
    name = "tallystick_test_desk_council"
    if name not in sys.modules:
        path = Path(__file__).with_name("desk_council.py")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


world = _world()
line, PAYER, DAY_AFTER = world.line, world.PAYER, world.DAY_AFTER
IDENTIFY = ("suspense", "identify")
TO = ("--to", "HSG/100", "--reason", "he telephoned")
WHY = ("--reason", "found out")
COLE, DEAN = ("--actor", "senior.cole"), ("--actor", "manager.dean")


@pytest.fixture
def desk(
    database: EmbeddedDatabase,
    billing: Any,  # noqa: ANN401
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """Two debtors with a bill each, nothing in suspense."""
    with world.opened_desk(database, billing, tmp_path, monkeypatch) as one:
        one.opened("100", "200")
        one.billed("100", "INV-1", 12_000)
        one.billed("200", "INV-2", 4_000)
        yield one


@pytest.fixture
def receipt(desk: Desk) -> str:
    """One receipt of £42.00 in suspense, whose line says nothing that we know."""
    (name,) = desk.bank(line(4_200, "FLAT ABOVE [SHOP]", "J SMITH", PAYER))
    return str(name)


# -- what is there -------------------------------------------------------------------------------


def test_an_empty_desk_says_so(tallystick: Tallystick) -> None:
    listed = tallystick("suspense", "list")
    assert (listed.code, "nothing is in suspense here" in listed.said) == (0, True)
    found = tallystick("suspense", "list", "--json").json()
    assert (found["count"], found["totals"], found["oldest"]) == (0, {}, None)


def test_the_list_has_age_owner_reason_and_totals(desk: Desk, receipt: str) -> None:
    desk.bank(line(1_000, "NO IDEA"))
    listed = desk.does("suspense", "list")
    for words in (receipt, "2025-06-02", "42.00", "bank transfer", "nobody", "none"):
        assert words in listed.said
    assert "2 receipts in suspense, £52.00; the oldest, R-" in listed.said
    found = desk.run("suspense", "list", "--json").json()
    assert (found["count"], found["totals"]) == (2, {"GBP": "52.00"})
    (row,) = [one for one in found["rows"] if one["receipt"] == receipt]
    assert row["age_working_days"] > 100
    assert (row["amount"], row["owner"], row["age_band"]) == ("42.00", None, ">20")


def test_the_list_is_narrowed_and_sorted(desk: Desk, receipt: str) -> None:
    (small,) = desk.bank(line(1_000, "NO IDEA"))
    desk.does("suspense", "assign", receipt, "officer.bell")
    assert [row["receipt"] for row in desk.held("--owner", "officer.bell")] == [receipt]
    assert [row["receipt"] for row in desk.held("--owner", "nobody")] == [small]
    assert desk.held("--unit", "CORP") == []
    assert desk.held("--older-than", "100000") == []
    assert len(desk.held("--older-than", "0")) == 2
    assert [row["receipt"] for row in desk.held("--sort", "amount")] == [receipt, small]
    assert [row["receipt"] for row in desk.held("--sort", "owner")] == [small, receipt]


def test_a_receipt_is_shown_with_its_line_as_it_came(desk: Desk, receipt: str) -> None:
    shown = desk.does("suspense", "show", receipt)
    assert f"{receipt}: £42.00 by bank transfer with value of 2 June 2025" in shown.said
    assert "The line as it came: file file-4.xml, line" in shown.said
    assert "FLAT ABOVE [SHOP]" in shown.out, "brackets are text and not markup"
    assert "looked after by nobody" in shown.said
    assert "was put in suspense" in shown.said
    found = desk.run("suspense", "show", receipt, "--json").json()
    assert found["amount"] == "42.00"
    assert "FLAT ABOVE [SHOP]" in found["evidence"]["quote"]
    assert (found["evidence"]["file"], found["evidence"]["line"] > 1) == ("file-4.xml", True)


def test_the_list_and_the_page_of_a_receipt_agree(desk: Desk, receipt: str) -> None:
    (row,) = desk.held()
    page = desk.run("suspense", "show", receipt, "--json").json()
    assert {name: page[name] for name in row} == row


def test_a_receipt_is_found_by_the_beginning_of_its_name(desk: Desk, receipt: str) -> None:
    assert receipt in desk.does("suspense", "show", receipt[:6].lower()).said
    said = desk.said(5, "suspense", "show", f"{receipt[:-1]}X")
    assert f"is or was in suspense; the nearest that is: {receipt}" in said


def test_a_receipt_that_is_on_an_account_is_told_with_the_way_back(desk: Desk) -> None:
    desk.bank(line(1_000, desk.reference("100")))
    (name,) = desk.receipts_on("100")
    said = desk.said(5, "suspense", "show", name)
    assert f"receipt {name} is not in suspense, it is on account HSG/100" in said
    assert f"tallystick suspense move HSG/100 {name}" in said


# -- giving it its account -----------------------------------------------------------------------


def test_identifying_posts_to_the_account_and_asks_to_remember_the_payer(
    desk: Desk, receipt: str
) -> None:
    tried = desk.does(*IDENTIFY, receipt, *TO, "--dry-run")
    assert "this was a dry run: nothing is written" in tried.said
    assert "credit debtors_control" in tried.said
    assert len(desk.held()) == 1
    done = desk.does(*IDENTIFY, receipt, *TO)
    assert "£42.00 of it was found to belong to HSG/100: he telephoned" in done.said
    assert "£42.00 of it settled bill INV-1" in done.said
    assert f"remember this payer? tallystick alias propose {receipt}" in done.said
    assert (desk.held(), desk.balance("100")) == ([], "78.00")
    shown = desk.does("suspense", "show", receipt).said
    assert "Nothing of it is in suspense any more" in shown
    assert "HSG/100 was given £42.00 by bank transfer" in shown
    again = desk.said(3, *IDENTIFY, receipt, *TO)
    assert f"refused (receipt_not_in_suspense): receipt {receipt} is not in suspense" in again


def test_a_part_is_identified_and_the_rest_stays(desk: Desk, receipt: str) -> None:
    desk.does(*IDENTIFY, receipt, *TO, "--amount", "12.00", "--invoice", "INV-1")
    (row,) = desk.held()
    assert (row["receipt"], row["amount"]) == (receipt, "30.00")
    said = desk.said(3, *IDENTIFY, receipt, *TO, "--amount", "30.01")
    assert "refused (exceeds_suspense)" in said
    for amount in ("12.005", "0", "£5"):
        assert desk.run(*IDENTIFY, receipt, *TO, "--amount", amount).code == 2


def test_a_bill_or_a_payment_reference_is_a_place_too(desk: Desk) -> None:
    one, two = desk.bank(line(100, "A", "X Y"), line(200, "B", "Z W"))
    desk.does(*IDENTIFY, one, "--to", "INV-2", "--reason", "said so")
    desk.does(*IDENTIFY, two, "--to", desk.reference("200"), "--reason", "said so")
    assert desk.balance("200") == "37.00"
    said = desk.said(5, *IDENTIFY, one, "--to", "HSG/20", "--reason", "said so")
    assert "there is no account, invoice or payment reference 'HSG/20'" in said


def test_siblings_of_the_payer_are_offered_and_cleared_together(desk: Desk) -> None:
    one, two, three, other = desk.bank(
        line(1_000, "A", "J SMITH", PAYER),
        line(1_100, "B", "JOHN SMITH", PAYER),
        line(1_200, "C", "J SMITH", PAYER),
        line(1_300, "D", "J SMITH", world.OTHER_PAYER),
    )
    shown = desk.does("suspense", "show", one)
    assert "Of the same payer, in suspense too" in shown.said
    assert [one_ in shown.said for one_ in (two, three, other)] == [True, True, False]
    first = desk.does(*IDENTIFY, one, *TO)
    rest = ", ".join(sorted((two, three)))
    assert f"the same payer has more in suspense: {rest}" in first.said
    found = desk.run(*IDENTIFY, two, *TO, "--with-siblings", "--json")
    assert (found.code, found.json()["status"]) == (0, "posted")
    assert [row["receipt"] for row in desk.held()] == [other]
    assert desk.balance("100") == "87.00"


def test_with_siblings_is_done_whole_or_not_at_all(desk: Desk) -> None:
    one, two = desk.bank(line(1_000, "A", "J S", PAYER), line(1_100, "B", "J S", PAYER))
    desk.does("suspense", "return", two, "--reason", "not ours")
    said = desk.said(3, *IDENTIFY, one, *TO, "--with-siblings")
    assert "refused (exceeds_suspense)" in said
    assert len(desk.held()) == 2
    assert desk.run(*IDENTIFY, one, *TO, "--with-siblings", "--amount", "1.00").code == 2


def test_a_command_with_an_id_is_done_once(desk: Desk, receipt: str) -> None:
    words = (*IDENTIFY, receipt, *TO, "--amount", "2.00", "--command-id", "desk-7")
    desk.does(*words)
    assert "nothing was posted twice" in desk.does(*words).said
    assert desk.held()[0]["amount"] == "40.00"


# -- whose it may be -----------------------------------------------------------------------------


def test_candidates_are_shown_with_their_points_and_what_they_owe(desk: Desk) -> None:
    desk.billed("200", "INV-7", 1_000)
    (name,) = desk.bank(line(3_850, "RENT ACCOUNT 200", "J SMITH"))
    (row,) = desk.held()
    assert (row["candidate"], row["candidate_rule"]) == ("HSG/200", "account-number")
    shown = desk.does("suspense", "show", name)
    assert "the line names the account's number, which has no check digits (60)" in shown.said
    assert "HSG/200, rent: owes £50.00" in shown.said
    assert "INV-2 │ 2025-05-15 │ 40.00 │ 1.50 short" in shown.said
    assert "INV-7 │ 2025-05-15 │ 10.00 │ 28.50 over" in shown.said
    found = desk.run("suspense", "show", name, "--json").json()
    assert found["accounts"][0]["difference"] == "-11.50"
    assert found["candidates_now"]["would_apply"] is None
    assert found["candidates_now"]["candidates"] == found["candidates_of_the_day"]


def test_candidates_of_today_are_those_of_todays_bills(desk: Desk) -> None:
    (name,) = desk.bank(line(3_850, "RENT ACCOUNT 200"))
    before = desk.run("suspense", "show", name, "--json").json()
    desk.billed("200", "INV-7", 3_850)
    after = desk.run("suspense", "show", name, "--json").json()
    assert after["candidates_of_the_day"] == before["candidates_of_the_day"]
    assert after["candidates_now"]["would_apply"] == "HSG/200"
    assert "amount-exact" in after["candidates_now"]["candidates"][0]["rules"]
    assert "exactly: 0.00" in desk.does("suspense", "show", name).said


def test_a_line_whose_file_is_gone_is_told_so_and_not_matched(desk: Desk, receipt: str) -> None:
    digest = desk.run("suspense", "show", receipt, "--json").json()["evidence"]["sha256"]
    desk.app.raw.remove(digest, "kept for long enough")
    shown = desk.does("suspense", "show", receipt)
    assert "its kept copy was removed" in shown.said
    assert "Not looked for again: the bank's line cannot be read again" in shown.said
    assert "nothing more is sure; 1 left" in desk.does("suspense", "rematch", "--apply").said


def test_money_that_came_by_a_command_has_no_line_and_is_shown_all_the_same(desk: Desk) -> None:
    desk.does(
        "command",
        "suspend-receipt",
        "receipt=CASH-1",
        "unit=HSG",
        "amount=5.00",
        "method=cash",
        "value_on=2025-06-02",
        "reason=found in the post box",
    )
    shown = desk.does("suspense", "show", "CASH-1")
    assert "The line as it came: command suspend-receipt" in shown.said
    assert "Why it is here: found in the post box" in shown.said


# -- who looks after it --------------------------------------------------------------------------


def test_a_receipt_is_given_an_owner(desk: Desk, receipt: str) -> None:
    done = desk.does("suspense", "assign", receipt, "officer.bell")
    assert "officer.ames gave it to officer.bell to look after" in done.said
    assert "looked after by officer.bell" in desk.does("suspense", "show", receipt).said
    said = desk.said(3, "suspense", "assign", receipt, "officer.bell")
    assert "refused (nothing_to_change)" in said


# -- cutting it up, sending it elsewhere ---------------------------------------------------------


def test_a_receipt_is_cut_into_parts_that_come_to_it(desk: Desk, receipt: str) -> None:
    tried = desk.run("suspense", "split", receipt, "12.00", "20.00", "--dry-run", "--json").json()
    assert tried["receipts"] == [receipt, f"{receipt}-S1", f"{receipt}-S2"]
    assert len(desk.held()) == 1
    desk.does("suspense", "split", receipt, "12.00", "20.00")
    amounts = {row["receipt"]: row["amount"] for row in desk.held()}
    assert amounts == {receipt: "10.00", f"{receipt}-S1": "12.00", f"{receipt}-S2": "20.00"}
    desk.does("suspense", "split", f"{receipt}-S2", "15.00", "5.00")
    amounts = {row["receipt"]: row["amount"] for row in desk.held()}
    assert (amounts[f"{receipt}-S2"], amounts[f"{receipt}-S2-S1"]) == ("15.00", "5.00")
    shown = desk.does("suspense", "show", f"{receipt}-S2-S1")
    assert "FLAT ABOVE [SHOP]" in shown.out, "the line is that of the whole"
    assert desk.does("verify").out.endswith("everything agrees\n")


def test_a_cut_that_is_none_or_too_large_is_not_done(desk: Desk, receipt: str) -> None:
    assert "cuts nothing" in desk.said(2, "suspense", "split", receipt, "42.00")
    said = desk.said(3, "suspense", "split", receipt, "40.00", "3.00")
    assert "refused (exceeds_suspense)" in said
    assert len(desk.held()) == 1, "the first part was not cut off either"


def test_money_of_no_debtor_goes_to_a_gl_code(desk: Desk, receipt: str) -> None:
    done = desk.does("suspense", "transfer", receipt, "--to-gl", "GF-9100", *WHY)
    assert "£42.00 of it went to GL code GF-9100: found out" in done.said
    assert desk.held() == []
    (other,) = desk.bank(line(60_000, "GRANT"))
    said = desk.said(3, "suspense", "transfer", other, "--to-gl", "GF-9100", *WHY)
    assert "refused (over_authority_limit)" in said
    assert desk.run("suspense", "transfer", other, "--to-gl", "", *WHY, *DEAN).code == 3


# -- sending it back -----------------------------------------------------------------------------


def test_sending_back_takes_two_people_and_names_what_is_next(desk: Desk, receipt: str) -> None:
    asked = desk.does("suspense", "return", receipt, *WHY)
    assert "officer.ames proposed to send £42.00 back to the payer (return RT-1)" in asked.said
    assert f"tallystick suspense approve {receipt} RT-1" in asked.said
    assert "waits for approval" in desk.does("suspense", "show", receipt).said
    assert "refused" in desk.said(3, "suspense", "approve", receipt)
    done = desk.does("suspense", "approve", receipt, *COLE)
    assert f"tallystick suspense paid {receipt} RT-1 --reference REF" in done.said
    paid = desk.does("suspense", "paid", receipt, "--reference", "BACS 7", *COLE)
    assert "RT-1 of £42.00 left our bank (BACS 7)" in paid.said
    assert desk.held() == []
    failed = desk.does("suspense", "failed", receipt, "--reason", "account closed", *COLE)
    assert "RT-1 did not reach the payer, £42.00 is in suspense again" in failed.said
    assert desk.held()[0]["amount"] == "42.00"


def test_a_return_can_be_rejected_and_proposed_again(desk: Desk, receipt: str) -> None:
    desk.does("suspense", "refund", receipt, "--amount", "2.00", *WHY)
    desk.does("suspense", "return", receipt, "--amount", "3.00", *WHY)
    assert "which of them: RT-1, RT-2?" in desk.said(2, "suspense", "approve", receipt, *COLE)
    done = desk.does("suspense", "reject", receipt, "RT-1", *WHY, *COLE)
    assert "RT-1 was turned down: found out" in done.said
    desk.does("suspense", "reject", receipt, *WHY, *COLE)
    said = desk.said(5, "suspense", "reject", receipt, *WHY, *COLE)
    assert f"no return of receipt {receipt} waits for approval" in said
    assert "RT-3" in desk.does("suspense", "refund", receipt, *WHY).said
    shown = desk.does("suspense", "show", receipt).said
    assert "refund RT-3 of £42.00 waits for approval (proposed by officer.ames)" in shown


# -- a wrong match -------------------------------------------------------------------------------


def test_a_wrong_match_is_taken_back_to_suspense(desk: Desk) -> None:
    desk.bank(line(5_000, desk.reference("200"), "J SMITH", PAYER))
    (name,) = desk.receipts_on("200")
    assert desk.balance("200") == "-10.00"
    done = desk.does("suspense", "move", "HSG/200", name, "--reason", "it is his brother's")
    assert f"it waits in suspense: tallystick suspense show {name}-S1" in done.said
    assert desk.balance("200") == "40.00"
    (row,) = desk.held()
    assert (row["receipt"], row["amount"]) == (f"{name}-S1", "50.00")
    shown = desk.does("suspense", "show", f"{name}-S1")
    assert "J SMITH" in shown.out, "the bank's line is found through the account"
    assert "HSG/200 was given £50.00" in shown.said
    assert "£40.00 of it settled bill INV-2 of HSG/200" in shown.said
    assert "it is his brother's" in shown.said
    assert desk.does("verify").out.endswith("everything agrees\n")


def test_a_payment_is_moved_by_the_position_that_an_explanation_shows(desk: Desk) -> None:
    desk.bank(line(5_000, desk.reference("200")))
    lines = desk.run("explain", "HSG/200", "--json").json()["lines"]
    (position,) = [one["position"] for one in lines if one["kind"] == "paid"]
    desk.does("suspense", "move", "HSG/200", str(position), *WHY)
    assert desk.balance("200") == "40.00"
    said = desk.said(5, "suspense", "move", "HSG/200", "1", *WHY)
    assert "position 1 is no payment of HSG/200" in said


# -- once more -----------------------------------------------------------------------------------


def test_what_is_sure_by_now_is_identified_by_its_rule(desk: Desk, receipt: str) -> None:
    (early,) = desk.bank(line(3_000, desk.reference("300"), "A NEWCOMER"))
    desk.opened("300")
    desk.billed("300", "INV-3", 3_000)
    shown = desk.does("suspense", "show", early)
    assert "HSG/300" in shown.said
    tried = desk.does("suspense", "rematch")
    assert "would go to HSG/300" in tried.said
    assert len(desk.held()) == 2
    found = desk.run("suspense", "rematch", "--apply", "--json").json()
    (done,) = found["identified"]
    assert (done["receipt"], done["account"], done["rule"]) == (
        early,
        "HSG/300",
        "account-reference",
    )
    assert [one["receipt"] for one in found["left"]] == [receipt]
    assert desk.balance("300") == "0.00"
    shown = desk.does("suspense", "show", early).said
    assert "matched again, as officer.ames asked" in shown
    assert "(system:intake)" in shown
    assert "nothing more is sure" in desk.does("suspense", "rematch", "--apply").said


def test_no_rule_gives_money_back_to_an_account_that_a_person_took_it_off(desk: Desk) -> None:
    (first,) = desk.bank(line(1_000, "A", "J SMITH", PAYER))
    desk.does(*IDENTIFY, first, "--to", "HSG/200", "--reason", "phoned", "--remember")
    desk.bank(line(3_000, "B", "J SMITH", PAYER))
    (wrong,) = desk.receipts_on("200")
    moved = desk.does("suspense", "move", "HSG/200", wrong, *WHY)
    assert f"it was matched by an alias: tallystick alias revoke {wrong}" in moved.said
    assert "1 left in suspense" in desk.does("suspense", "rematch", "--apply").said
    shown = desk.does("suspense", "show", f"{wrong}-S1").said
    assert "the account that it points to is one that a person took it off" in shown
    assert "HSG/200, 180 points" in shown
    desk.does(*IDENTIFY, f"{wrong}-S1", *TO)
    assert desk.held() == []


def test_parts_that_a_person_cut_are_left_to_him(desk: Desk) -> None:
    (whole,) = desk.bank(line(3_000, desk.reference("300")))
    desk.does("suspense", "split", whole, "10.00", "20.00")
    desk.opened("300")
    desk.billed("300", "INV-3", 3_000)
    assert "nothing more is sure; 2 left" in desk.does("suspense", "rematch", "--apply").said
    shown = desk.does("suspense", "show", f"{whole}-S1").said
    assert "a person has cut it up, and says where its parts go" in shown
    assert "HSG/300" in shown


def test_two_receipts_of_one_account_are_matched_one_after_the_other(desk: Desk) -> None:
    early = desk.bank(
        line(3_000, desk.reference("300")), line(3_000, desk.reference("300"), on=DAY_AFTER)
    )
    desk.opened("300")
    desk.billed("300", "INV-3", 3_000)
    tried = desk.run("suspense", "rematch", "--json").json()
    assert [one["receipt"] for one in tried["identified"]] == [early[0]]
    assert "another receipt goes to the same account first" in tried["left"][0]["note"]
    done = desk.run("suspense", "rematch", "--apply", "--json").json()
    assert {one["receipt"] for one in done["identified"]} == set(early)
    assert desk.balance("300") == "-30.00"


# -- every verb ----------------------------------------------------------------------------------


def test_an_unknown_receipt_is_told_with_code_5_by_every_verb(desk: Desk) -> None:
    for words in (
        ("show",),
        ("assign", "officer.bell"),
        ("identify", "--to", "HSG/100", "--reason", "x"),
        ("split", "1.00"),
        ("transfer", "--to-gl", "G", "--reason", "x"),
        ("return", "--reason", "x"),
        ("refund", "--reason", "x"),
        ("approve",),
        ("reject", "--reason", "x"),
        ("paid", "--reference", "x"),
        ("failed", "--reason", "x"),
    ):
        said = desk.said(5, "suspense", words[0], "R-NONE", *words[1:])
        assert "no receipt 'R-NONE' is or was in suspense" in said


def test_nobody_gives_a_command_without_a_name(desk: Desk, receipt: str) -> None:
    anonymous = desk.unnamed()
    said = anonymous.said(2, "suspense", "assign", receipt, "officer.bell")
    assert "say who gives the command: --actor, or TALLYSTICK_ACTOR" in said


def test_words_of_a_stranger_are_not_markup(desk: Desk, receipt: str) -> None:
    desk.does("suspense", "assign", receipt, "[bold]team[/bold]")
    assert "[bold]team[/bold]" in desk.does("suspense", "list").out.replace("\n", "")
