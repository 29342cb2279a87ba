"""A bank account number of its own for a debtor account: in one form, for good."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ledger import events as e
from ledger.references import virtual_account
from ledger.rejections import Code

Given = Callable[..., Any]


def test_an_account_has_a_number_of_its_own_and_may_have_another(
    given: Given, b: ModuleType
) -> None:
    scenario = given(b.opened()).when(b.virtual())
    scenario.then(e.VirtualAccountAssigned(**b.HSG, virtual_account="200000-12345678"))
    scenario.when(b.virtual("200000-12345679"))
    assert scenario.account().virtual_accounts == ("200000-12345678", "200000-12345679")
    scenario.when(b.virtual()).refused(Code.NOTHING_TO_CHANGE)


@pytest.mark.parametrize("number", ["", "20000012345678", "20-00-00 12345678", "200000-1234567"])
def test_a_number_is_in_the_one_form_by_which_it_is_found(
    given: Given, b: ModuleType, number: str
) -> None:
    given(b.opened()).when(b.virtual(number)).refused(Code.FIELD_INVALID)


@pytest.mark.parametrize(
    "text", ["200000-12345678", "20-00-00 12345678", "20 00 00 / 12345678", "20000012345678"]
)
def test_a_number_is_brought_into_its_form(text: str) -> None:
    assert virtual_account(text) == "200000-12345678"


@pytest.mark.parametrize("text", ["", "2000001234567", "200000123456789", "200000-1234567\u0668"])
def test_what_is_no_number_has_no_form(text: str) -> None:
    assert virtual_account(text) is None
