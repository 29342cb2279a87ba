"""Who may do what, up to how much, by the table in force on the day."""

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ledger import commands as c
from ledger.authority import Actor, PolicyError, authorise, parse_policy
from ledger.rejections import Code, RefusedError

Given = Callable[..., Any]

SHIPPED = (
    Path(__file__).parents[2].joinpath("ledger", "policy", "authority.toml").read_text("utf-8")
)
POLICY = parse_policy(SHIPPED)
ROLES: dict[str, dict[str, str]] = tomllib.loads(SHIPPED)["authority"][-1]["roles"]
TODAY = date(2026, 6, 15)


def actions() -> list[str]:
    """Every action that a command names."""
    pending: list[type[c.Command]] = [c.Command]
    found = []
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        if "action" in vars(kind):
            found.append(kind.action)
    return sorted(found)


def answer(actor: Actor, action: str, amount: int, proposed_by: str | None = None) -> str:
    """`ok`, or the code of the refusal."""
    try:
        authorise(actor, action, amount, POLICY, TODAY, proposed_by=proposed_by)
    except RefusedError as error:
        return error.code
    return "ok"


def expected(role: str, action: str, amount: int) -> str:
    grant = ROLES[role].get(action)
    if grant is None:
        return Code.NOT_AUTHORISED
    if grant == "any" or amount <= int(grant.replace(".", "")):
        return "ok"
    return Code.OVER_AUTHORITY_LIMIT


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("action", actions())
def test_a_role_may_what_its_table_grants_in_every_band_of_amounts(role: str, action: str) -> None:
    bands = (0, 1, 10000, 10001, 25000, 25001, 50000, 50001, 100000, 100001, 500000, 500001,
             1000000, 1000001, 5000000, 5000001, 10**12 - 1)  # fmt: skip
    actor = Actor("somebody", (role,))
    for amount in bands:
        assert answer(actor, action, amount) == expected(role, action, amount), amount


def test_the_shipped_policy_grants_only_actions_that_exist() -> None:
    granted = {action for grants in ROLES.values() for action in grants}
    assert granted - set(actions()) == {"discard_intake"}


def test_every_action_is_granted_to_somebody() -> None:
    granted = {action for grants in ROLES.values() for action in grants}
    assert set(actions()) <= granted


@pytest.mark.parametrize(
    "action",
    ["approve_credit_note", "approve_refund", "approve_write_off", "approve_suspense_return"],
)
def test_nobody_approves_his_own_however_high_his_rank(action: str) -> None:
    head = POLICY.actor("s151.ford")
    assert answer(head, action, 5) == "ok"
    assert answer(head, action, 5, "officer.ames") == "ok"
    assert answer(head, action, 5, "s151.ford") == Code.OWN_PROPOSAL


def test_who_holds_no_role_is_unknown() -> None:
    assert answer(POLICY.actor("visitor"), "allocate", 5) == Code.ACTOR_UNKNOWN


def test_a_role_that_no_table_knows_grants_nothing() -> None:
    assert answer(Actor("x", ("wizard",)), "allocate", 5) == Code.NOT_AUTHORISED


def test_the_higher_of_two_roles_counts() -> None:
    both = Actor("x", ("senior_officer", "collections_officer"))
    assert answer(both, "credit_invoice", 100000) == "ok"
    assert answer(both, "credit_invoice", 100001) == Code.OVER_AUTHORITY_LIMIT


DATED = """
[actors]
"ann" = ["clerk"]
[[authority]]
effective_from = 2026-04-01
[authority.roles.clerk]
transfer_credit = "200.00"
[[authority]]
effective_from = 2025-04-01
[authority.roles.clerk]
transfer_credit = "100.00"
"""


@pytest.mark.parametrize(
    ("day", "amount", "wanted"),
    [
        (date(2025, 3, 31), 1, Code.NOT_AUTHORISED),
        (date(2025, 4, 1), 10000, "ok"),
        (date(2026, 3, 31), 10001, Code.OVER_AUTHORITY_LIMIT),
        (date(2026, 4, 1), 20000, "ok"),
        (date(2026, 4, 1), 20001, Code.OVER_AUTHORITY_LIMIT),
    ],
)
def test_the_table_in_force_on_the_day_of_the_decision_counts(
    day: date, amount: int, wanted: str
) -> None:
    policy = parse_policy(DATED)
    try:
        authorise(policy.actor("ann"), "transfer_credit", amount, policy, day)
        found = "ok"
    except RefusedError as error:
        found = error.code
    assert found == wanted


def test_a_backdated_command_is_decided_by_the_policy_of_today(given: Given, b: ModuleType) -> None:
    policy = parse_policy(DATED)
    facts = (b.opened(), b.opened("9", "GEN"), b.received("R1", 50000, date(2025, 5, 1)))
    scenario = given(*facts, policy=policy)
    scenario.when(b.transfer("T1", 20000), policy.actor("ann"), on=date(2025, 6, 1)).fine()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("actors = 5 =", "authority.toml"),
        ("", "no [[authority]] table"),
        ("[[authority]]\n", "effective_from"),
        ('[[authority]]\neffective_from = "2026-01-01"\n', "effective_from"),
        ("[[authority]]\neffective_from = 2026-01-01T00:00:00\n", "effective_from"),
        ("[[authority]]\neffective_from = 2026-01-01\n" * 2, "same effective_from"),
        ("[[authority]]\neffective_from = 2026-01-01\n[authority.roles.a]\nx = 5\n", "a.x"),
        ("[[authority]]\neffective_from = 2026-01-01\n[authority.roles.a]\nx = 5.0\n", "a.x"),
        ('[[authority]]\neffective_from = 2026-01-01\n[authority.roles.a]\nx = "1e3"\n', "a.x"),
        ('[[authority]]\neffective_from = 2026-01-01\n[authority.roles.a]\nx = "-1"\n', "a.x"),
        ('[actors]\nx = "intake"\n[[authority]]\neffective_from = 2026-01-01\n', "actors.x"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_named_with_its_place(text: str, place: str) -> None:
    with pytest.raises(PolicyError, match=place.replace("[", r"\[")):
        parse_policy(text)
