"""Payers that are known: proposed by who found them, confirmed above an amount, dated, revoked."""

from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import alias_commands as a
from ledger import alias_events as f
from ledger.rejections import Code

Given = Callable[..., Any]

LATER = date(2026, 6, 20)


def revoke(b: ModuleType) -> a.RevokePayerAlias:
    return a.RevokePayerAlias(**b.PAYER, reason="moved out")


def test_who_may_confirm_so_much_confirms_by_proposing(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    scenario = given(b.opened()).when(b.remember(50000), world.AMES)
    scenario.then(b.alias_proposed(50000), b.alias_confirmed())
    state = scenario.payer(b.DIGEST)
    assert state.proposal is None
    assert (state.alias.to_unit, state.alias.to_account, state.alias.effective_on) == (
        "HSG", "1", b.TODAY,
    )  # fmt: skip


def test_above_an_amount_a_second_person_confirms(
    given: Given, b: ModuleType, world: ModuleType
) -> None:
    scenario = given(b.opened()).when(b.remember(50001), world.AMES)
    scenario.then(b.alias_proposed(50001))
    assert scenario.payer(b.DIGEST).alias is None
    scenario.when(b.confirm(), world.COLE, on=LATER).then(b.alias_confirmed(day=LATER))
    assert scenario.payer(b.DIGEST).alias.effective_on == LATER


def test_nobody_confirms_his_own(given: Given, b: ModuleType, world: ModuleType) -> None:
    facts = (b.opened(), b.alias_proposed(50000, by="senior.cole"))
    given(*facts).when(b.confirm(), world.COLE).refused(Code.OWN_PROPOSAL)
    given(*facts).when(b.confirm(), world.BELL).fine()


def test_an_alias_is_to_an_open_account(given: Given, b: ModuleType) -> None:
    given().when(b.remember()).refused(Code.ACCOUNT_NOT_OPEN)


@pytest.mark.parametrize("digest", ["", "ab", "AB" * 16, "J SMITH" + "0" * 25])
def test_a_payer_is_a_digest_and_never_a_name(given: Given, b: ModuleType, digest: str) -> None:
    given(b.opened()).when(b.remember(digest=digest)).refused(Code.FIELD_INVALID)


def test_a_known_payer_is_not_made_known_again(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.opened("2"), b.alias_proposed(), b.alias_confirmed())
    given(*facts).when(b.remember()).refused(Code.NOTHING_TO_CHANGE)
    given(*facts).when(b.remember(to="2")).refused(Code.ALIAS_EXISTS)


def test_one_proposal_waits_at_a_time(given: Given, b: ModuleType) -> None:
    given(b.opened(), b.alias_proposed()).when(b.remember()).refused(Code.PROPOSAL_EXISTS)


def test_a_rejected_proposal_leaves_nothing(given: Given, b: ModuleType) -> None:
    reject = a.RejectPayerAlias(**b.PAYER, reason="a letting agent")
    scenario = given(b.opened(), b.alias_proposed()).when(reject)
    scenario.then(f.PayerAliasRejected(**b.PAYER, reason="a letting agent"))
    state = scenario.payer(b.DIGEST)
    assert (state.alias, state.proposal) == (None, None)
    scenario.when(b.confirm()).refused(Code.PROPOSAL_NOT_FOUND)


def test_a_revoked_alias_is_in_force_no_more_and_may_go_elsewhere(
    given: Given, b: ModuleType
) -> None:
    facts = (b.opened(), b.opened("2"), b.alias_proposed(), b.alias_confirmed())
    scenario = given(*facts).when(revoke(b), on=LATER)
    gone = f.PayerAliasRevoked(**b.PAYER, to_unit="HSG", to_account="1", reason="moved out")
    scenario.then(b.on(LATER, gone))
    assert scenario.payer(b.DIGEST).alias is None
    scenario.when(revoke(b)).refused(Code.ALIAS_NOT_FOUND)
    again = given(*facts).when(revoke(b)).when(b.remember(to="2"))
    assert again.payer(b.DIGEST).alias.to_account == "2"


def test_an_alias_is_not_revoked_before_it_was_in_force(given: Given, b: ModuleType) -> None:
    facts = (b.opened(), b.alias_proposed(), b.alias_confirmed(day=LATER))
    given(*facts).when(revoke(b), on=b.TODAY).refused(Code.EFFECTIVE_DATE_TOO_EARLY)


def test_a_name_and_an_account_with_one_digest_are_two_payers(given: Given, b: ModuleType) -> None:
    scenario = given(b.opened(), b.opened("2")).when(b.remember())
    scenario.when(b.remember(to="2", kind="name"))
    assert scenario.payer(b.DIGEST).alias.to_account == "1"
    assert scenario.payer(b.DIGEST, "name").alias.to_account == "2"
