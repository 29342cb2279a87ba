"""Units that live in another database: nothing about them begins here."""

from collections.abc import Callable
from types import ModuleType

import pytest

from ledger import commands as c
from ledger.authority import Actor, AuthorityPolicy, PolicyError, parse_policy
from ledger.decide_together import decide
from ledger.decision import Context
from ledger.rejections import Code, RefusedError

TABLE = "[[authority]]\neffective_from = 2000-01-01\n[authority.roles.intake]\n"
GRANTS = 'open_account = "any"\nissue_invoice = "any"\nsuspend_receipt = "any"\n'
INTAKE = Actor("system:intake", ("intake",))


def policy(units: str) -> AuthorityPolicy:
    return parse_policy(f"{units}\n{TABLE}{GRANTS}")


def answer(command: c.AnyCommand, context: Context) -> str:
    """`ok`, or the code of the refusal."""
    try:
        decide(command, lambda _: None, context)
    except RefusedError as error:
        return error.code
    return "ok"


@pytest.fixture
def context(b: ModuleType) -> Callable[[str], Context]:
    return lambda units: Context(INTAKE, policy(units), b.TODAY, reference="1234")


def opening(unit: str) -> c.OpenAccount:
    return c.OpenAccount(unit=unit, account="1", debt_type="rent")


def test_an_account_is_opened_in_a_unit_that_is_kept_here_and_in_no_other(
    context: Callable[[str], Context],
) -> None:
    here = context('units = ["HSG", "COR"]')
    assert answer(opening("HSG"), here) == "ok"
    assert answer(opening("LEIS"), here) == Code.UNIT_NOT_KEPT_HERE
    assert answer(opening("LEIS"), context("")) == "ok", "the control: every unit is kept"


def test_the_refusal_names_the_unit_and_those_that_are_here(
    context: Callable[[str], Context],
) -> None:
    with pytest.raises(RefusedError, match=r"unit LEIS is not kept in this database.* COR, HSG"):
        decide(opening("LEIS"), lambda _: None, context('units = ["HSG", "COR"]'))


def test_a_bill_and_money_of_another_unit_are_refused_by_that_name(
    context: Callable[[str], Context], b: ModuleType
) -> None:
    elsewhere = context('units = ["COR"]')
    for command in (b.issue(), b.suspend()):
        assert answer(command, elsewhere) == Code.UNIT_NOT_KEPT_HERE
    assert answer(b.issue(), context('units = ["HSG"]')) == Code.ACCOUNT_NOT_OPEN
    assert answer(b.suspend(), context('units = ["HSG"]')) == "ok"


def test_the_place_is_answered_before_the_authority(context: Callable[[str], Context]) -> None:
    nobody = context('units = ["COR"]')._replace(actor=Actor("nobody"))
    assert answer(opening("HSG"), nobody) == Code.UNIT_NOT_KEPT_HERE
    assert answer(opening("COR"), nobody) == Code.ACTOR_UNKNOWN


@pytest.mark.parametrize("units", ['units = "HSG"', "units = [1]"])
def test_units_that_are_no_list_of_names_are_named(units: str) -> None:
    with pytest.raises(PolicyError, match=r"units: .* is not a list of units"):
        policy(units)
