"""Small balances: a batch within the policy, one approval, every line written off once."""

import importlib.util
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from service.embedded_database import EmbeddedDatabase

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
COLE = ("--actor", "senior.cole")
APPROVE = ("small-balances", "approve")


@pytest.fixture
def desk(
    database: EmbeddedDatabase,
    billing: Any,  # noqa: ANN401
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """Two debtors, of whom one owes £4.00 and 3p on two old bills, and one £4.50 and £100.00."""
    with world.opened_desk(database, billing, tmp_path, monkeypatch) as one:
        one.opened("100", "200")
        one.billed("100", "INV-1", 400)
        one.billed("100", "INV-2", 3)
        one.billed("200", "INV-3", 450)
        one.billed("200", "INV-4", 10_000)
        yield one


def proposed(desk: Desk, *options: str) -> Any:  # noqa: ANN401 - JSON
    return desk.does("small-balances", "propose", "--json", *options).json()


def lines_of(answer: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    """Invoice -> reason of what was put forward."""
    (event,) = answer["outcomes"][0]["events"]
    return {one["invoice"]: one["reason"] for one in event["data"]["lines"]}


def test_a_batch_holds_what_is_small_and_says_what_it_comes_to(desk: Desk) -> None:
    tried = proposed(desk, "--dry-run")
    assert lines_of(tried) == {
        "INV-1": "small_balance",
        "INV-2": "rounding",
        "INV-3": "small_balance",
    }
    assert (tried["total"], tried["left"]) == ("8.53", {})
    assert "no small balances were ever put forward" in desk.does("small-balances", "list").said
    done = desk.does("small-balances", "propose")
    assert "officer.ames put forward 3 small balances of £8.53, batch SB-" in done.said
    assert "another person approves: tallystick small-balances approve SB-" in done.said
    assert desk.balance("100") == "4.03", "no money has moved"


def test_one_approval_writes_off_every_line_once(desk: Desk) -> None:
    batch = proposed(desk)["batch"]
    assert "refused" in desk.said(3, *APPROVE, batch)
    tried = desk.does(*APPROVE, batch, *COLE, "--dry-run")
    assert "this was a dry run: nothing is written" in tried.said
    assert desk.balance("100") == "4.03"
    done = desk.does(*APPROVE, batch, *COLE)
    assert "3 small balances written off, £8.53" in done.said
    assert (desk.balance("100"), desk.balance("200")) == ("0.00", "100.00")
    again = desk.does(*APPROVE, batch, *COLE)
    assert "3 small balances written off, £8.53, 3 of them before" in again.said
    listed = desk.does("small-balances", "list").said
    assert "approved by senior.cole" in listed
    assert "8.53 │ 8.53" in listed
    assert desk.does("report", "small_balances").code == 0
    assert desk.does("verify").out.endswith("everything agrees\n")


def test_a_line_that_has_changed_is_left_and_told(desk: Desk) -> None:
    batch = proposed(desk)["batch"]
    desk.bank(world.line(100, desk.reference("200")))  # the oldest bill is partly paid
    done = desk.run(*APPROVE, batch, *COLE)
    assert done.code == 3
    assert "2 small balances written off, £4.03" in done.said
    assert "left (proposal_out_of_date): 3.50 is open on INV-3 by now, not 4.50" in done.said
    assert desk.balance("200") == "103.50"
    left = desk.run(*APPROVE, batch, *COLE, "--json").json()
    assert [one["status"] for one in left["lines"]].count("repeated") == 2


def test_what_something_stands_against_is_left_out_and_counted(desk: Desk) -> None:
    hold = ("place-hold", "unit=HSG", "account=100", "hold=H-1", "reason=asked")
    desk.does("command", *hold, "kind=breathing_space")
    desk.does("command", *_dispute("INV-3"))
    answer = desk.run("small-balances", "propose", "--json").json()
    assert (answer["batch"], answer["left"]) == (None, {"on hold": 2, "disputed": 1})
    said = desk.does("small-balances", "propose").said
    assert "there is no small balance to put forward" in said
    assert "left out: 2 (on hold)" in said


def _dispute(invoice: str) -> tuple[str, ...]:
    return (
        "place-hold",
        "unit=HSG",
        "account=200",
        "hold=D-1",
        "kind=dispute",
        f"invoice={invoice}",
        "amount=4.50",
        "department=Housing",
        "reason=not his",
    )


def test_a_debtor_in_credit_or_with_a_write_off_on_its_way_is_left_out(desk: Desk) -> None:
    desk.does(
        "command",
        "propose-write-off",
        "unit=HSG",
        "account=200",
        "write_off=W-1",
        "invoice=INV-3",
        "reason=uneconomic",
        "evidence=case 7",
    )
    answer = proposed(desk)
    assert set(lines_of(answer)) == {"INV-1", "INV-2"}
    assert answer["left"] == {"a write-off is proposed": 1}


def test_the_yearly_cap_counts_all_accounts_of_a_debtor(desk: Desk) -> None:
    for account in ("300", "301"):
        of_party = (f"account={account}", "debt_type=rent", "party=P-1")
        desk.does("command", "open-account", "unit=HSG", *of_party)
        for number in (1, 2):
            desk.billed(account, f"INV-{account}-{number}", 400)
    first = proposed(desk)
    assert sorted(one for one in lines_of(first) if one.startswith("INV-30")) == [
        "INV-300-1",
        "INV-300-2",
    ]
    assert first["left"] == {"over the yearly cap": 2}
    desk.does(*APPROVE, first["batch"], *COLE)
    again = desk.run("small-balances", "propose", "--json").json()
    assert (again["batch"], again["left"]) == (None, {"over the yearly cap": 2})


def test_bills_in_a_batch_are_not_put_forward_twice(desk: Desk) -> None:
    first = proposed(desk)["batch"]
    answer = desk.run("small-balances", "propose", "--json").json()
    assert (answer["batch"], answer["left"]) == (None, {"in another batch": 3})
    done = desk.does("small-balances", "reject", first, "--reason", "not this year", *COLE)
    assert f"Batch {first} was turned down: not this year" in done.said
    assert "rejected" in desk.does("small-balances", "show", first).said
    assert proposed(desk)["batch"] == f"{first[:-1]}2"


def test_unit_limit_and_reason_narrow_a_batch(desk: Desk) -> None:
    assert set(lines_of(proposed(desk, "--limit", "1.00", "--dry-run"))) == {"INV-2"}
    assert set(lines_of(proposed(desk, "--reason", "rounding", "--dry-run"))) == {"INV-2"}
    wide = proposed(desk, "--limit", "1000.00", "--dry-run")
    assert "INV-4" not in lines_of(wide), "never above the policy"
    none = desk.run("small-balances", "propose", "--unit", "CORP", "--json").json()
    assert none["batch"] is None
    assert desk.run("small-balances", "propose", "--limit", "x").code == 2
    assert desk.run("small-balances", "propose", "--reason", "hardship").code == 2


def test_a_short_payment_is_told_from_other_small_balances(desk: Desk) -> None:
    desk.opened("400")
    desk.billed("400", "INV-9", 5_000)
    desk.bank(world.line(4_950, desk.reference("400")))
    assert lines_of(proposed(desk))["INV-9"] == "short_payment"


def test_what_is_not_due_yet_is_no_small_balance(desk: Desk) -> None:
    desk.billed("100", "INV-8", 200, on=date(2025, 6, 1), due=date(2099, 1, 1))
    assert "INV-8" not in lines_of(proposed(desk))


def test_a_batch_is_shown_line_by_line(desk: Desk) -> None:
    batch = proposed(desk)["batch"]
    shown = desk.does("small-balances", "show", batch)
    assert f"Batch {batch}, put forward by officer.ames: waits for approval" in shown.said
    assert "HSG/100" in shown.said
    assert desk.run("small-balances", "show", batch, "--json").json()["total_minor"] == 853


def test_an_unknown_batch_is_told_with_code_5(desk: Desk) -> None:
    batch = proposed(desk)["batch"]
    for words in (("show",), ("approve",), ("reject", "--reason", "x")):
        said = desk.said(5, "small-balances", words[0], "SB-0", *words[1:])
        assert f"there is no batch 'SB-0'; did you mean {batch}?" in said
