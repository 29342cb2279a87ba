"""Payers that are remembered: proposed by a person, confirmed by another, dated and revocable."""

import importlib.util
import sys
from collections.abc import Iterator
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
line, PAYER, OTHER_PAYER = world.line, world.PAYER, world.OTHER_PAYER
IDENTIFY = ("suspense", "identify")
TO = ("--to", "HSG/100", "--reason", "he telephoned")
COLE = ("--actor", "senior.cole")


@pytest.fixture
def desk(
    database: EmbeddedDatabase,
    billing: Any,  # noqa: ANN401
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    """One debtor who owes two hundred pounds."""
    with world.opened_desk(database, billing, tmp_path, monkeypatch) as one:
        one.opened("100", "200")
        one.billed("100", "INV-1", 20_000)
        yield one


def identified(desk: Desk, pence: int, *more: str) -> str:
    """A receipt of the payer that an officer has found to be of account 100."""
    (name,) = desk.bank(line(pence, "FLAT ABOVE", "J SMITH", PAYER))
    desk.does(*IDENTIFY, name, *TO, *more)
    return str(name)


def known(desk: Desk) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = desk.run("alias", "list", "--json").json()
    return rows


def test_nobody_is_known_at_first(desk: Desk) -> None:
    assert "no payer is known here" in desk.does("alias", "list").said
    assert known(desk) == []


def test_a_small_receipt_makes_its_payer_known_at_once(desk: Desk) -> None:
    name = identified(desk, 4_200)
    tried = desk.run("alias", "propose", name, "--dry-run", "--json").json()
    assert (tried["in_force"], known(desk)) == (True, [])
    done = desk.does("alias", "propose", name, "--reason", "his own account")
    assert "From now on money of payer" in done.said
    assert "is taken for HSG/100" in done.said
    (row,) = known(desk)
    assert (row["account"], row["known_by"], row["proposed"]) == ("HSG/100", "account", None)
    again = desk.said(3, "alias", "propose", name)
    assert "refused (nothing_to_change)" in again


def test_a_large_receipt_needs_a_second_person(desk: Desk) -> None:
    name = identified(desk, 60_000, "--remember")
    (row,) = known(desk)
    payer = row["payer"][:8]
    assert row["account"] is None
    assert (row["proposed"]["by"], row["proposed"]["amount"]) == ("officer.ames", "600.00")
    listed = desk.does("alias", "list", "--waiting").said
    assert "proposed by officer.ames, waits for a second person" in listed
    assert "refused" in desk.said(3, "alias", "confirm", payer)
    own = desk.said(3, "alias", "confirm", payer, "--actor", "officer.bell")
    assert "refused (over_authority_limit)" in own
    done = desk.does("alias", "confirm", payer, *COLE)
    assert f"From now on money of payer {payer}" in done.said
    assert known(desk)[0]["account"] == "HSG/100"
    assert "refused (proposal_not_found)" in desk.said(3, "alias", "confirm", name, *COLE)


def test_remembering_in_the_same_go_says_what_is_next(desk: Desk) -> None:
    (small, large) = desk.bank(
        line(1_000, "A", "J SMITH", PAYER), line(70_000, "B", "W JONES", OTHER_PAYER)
    )
    done = desk.does(*IDENTIFY, small, *TO, "--remember")
    assert "From now on money of payer" in done.said
    assert "remember this payer?" not in done.said
    asked = desk.does(*IDENTIFY, large, *TO, "--remember")
    assert "it waits for a second person: tallystick alias confirm" in asked.said


def test_one_who_is_known_already_is_not_proposed_again(desk: Desk) -> None:
    one, two = desk.bank(line(1_000, "A", "J S", PAYER), line(1_100, "B", "J S", PAYER))
    desk.does(*IDENTIFY, one, *TO, "--remember")
    done = desk.does(*IDENTIFY, two, *TO, "--remember")
    assert "remember this payer?" not in done.said
    assert len(known(desk)) == 1


def test_a_proposal_is_turned_down(desk: Desk) -> None:
    name = identified(desk, 60_000, "--remember")
    done = desk.does("alias", "reject", name, "--reason", "his landlord pays", *COLE)
    assert "was turned down: his landlord pays" in done.said
    assert known(desk)[0]["proposed"] is None
    assert "no more" in desk.does("alias", "list").said


def test_revoking_changes_only_what_comes_after(desk: Desk) -> None:
    name = identified(desk, 4_200, "--remember")
    desk.bank(line(15_800, "THE REST", "J SMITH", PAYER))
    assert (desk.held(), desk.balance("100")) == ([], "0.00")
    desk.billed("100", "INV-2", 1_000)
    done = desk.does("alias", "revoke", name, "--reason", "the account was closed")
    assert "is no longer taken for HSG/100: the account was closed" in done.said
    desk.bank(line(1_000, "MORE", "J SMITH", PAYER))
    assert (len(desk.held()), desk.balance("100")) == (1, "10.00")
    assert "refused (alias_not_found)" in desk.said(3, "alias", "revoke", name, "--reason", "x")


def test_a_payer_without_an_account_is_known_by_his_name(desk: Desk) -> None:
    named, nameless = desk.bank(line(1_000, "A", "WALTER JONES"), line(1_100, "B"))
    desk.does("alias", "propose", named, "--to", "HSG/200", "--reason", "found out")
    assert known(desk)[0]["known_by"] == "name"
    said = desk.said(5, "alias", "propose", named, "--to", "HSG/200", "--known-by", "account")
    assert f"the line of receipt {named} does not say a payer's account" in said
    said = desk.said(5, "alias", "propose", nameless, "--to", "HSG/200")
    assert f"the line of receipt {nameless} does not say a payer" in said
    said = desk.said(5, *IDENTIFY, nameless, *TO, "--remember")
    assert "nobody can be remembered" in said
    assert nameless in [row["receipt"] for row in desk.held()]


def test_the_account_must_be_clear(desk: Desk) -> None:
    (name,) = desk.bank(line(1_000, "A", "J SMITH", PAYER))
    said = desk.said(2, "alias", "propose", name)
    assert f"receipt {name} went to no account yet: say --to UNIT/ACCOUNT" in said
    desk.does(*IDENTIFY, name, *TO, "--amount", "4.00")
    desk.does(*IDENTIFY, name, "--to", "HSG/200", "--reason", "his son")
    said = desk.said(2, "alias", "propose", name)
    assert f"receipt {name} went to several accounts" in said


def test_the_payer_of_a_payment_on_an_account_is_remembered_too(desk: Desk) -> None:
    desk.bank(line(1_000, desk.reference("100"), "J SMITH", PAYER))
    (name,) = desk.receipts_on("100")
    desk.does("alias", "propose", name, "--reason", "he always pays so")
    assert known(desk)[0]["account"] == "HSG/100"


def test_an_unknown_payer_is_told_with_code_5(desk: Desk) -> None:
    for words in (("confirm",), ("reject", "--reason", "x"), ("revoke", "--reason", "x")):
        said = desk.said(5, "alias", words[0], "abcdef", *words[1:])
        assert "nothing was said of a payer 'abcdef': see tallystick alias list" in said
    assert "is or was in suspense" in desk.said(5, "alias", "propose", "R-NONE")
