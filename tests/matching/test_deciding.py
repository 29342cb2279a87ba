"""Which account a line is given to, and when it is given to none."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import permutations
from typing import Any, TypeAlias

import pytest

from consumers.matching.match import Matched, decide
from consumers.matching.policy import MatchingTable
from consumers.matching.scoring import Scored
from ledger.references import spaced
from ledger.values import RulePoints

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here

DAY = date(2025, 6, 2)
BANK = "200000-55779911"


@pytest.fixture
def pair(town: Town) -> Town:
    """Two debtors of one name who owe the same."""
    for account in ("100100", "200200"):
        town.open(account, "John Smith")
        town.bill(account, f"INV-{account}", 9500)
    return town


def _rules(matched: Matched) -> dict[str, int]:
    assert matched.match is not None
    return {one.rule: one.points for one in matched.match.rules}


def test_a_reference_alone_is_enough(pair: Town) -> None:
    reference = pair.states["HSG", "100100"].reference
    found = pair.one(f"RENT {spaced(reference)}", 5)
    assert (found.account, found.rule) == (("HSG", "100100"), "account-reference")
    assert (found.matched_reference, found.reason) == (reference, None)


def test_a_mended_reference_is_told_from_a_plain_one(pair: Town) -> None:
    reference = pair.states["HSG", "200200"].reference
    digit, letter = next((d, c) for d, c in ("0O", "1l", "5s", "1I") if d in reference)
    found = pair.one(f"RENT {reference.replace(digit, letter, 1)}", 5)
    assert (found.account, found.rule) == (("HSG", "200200"), "account-reference-mended")


def test_a_mended_reference_never_beats_a_plain_one(pair: Town) -> None:
    """Even when everything else speaks for it."""
    plain = pair.states["HSG", "100100"].reference
    mended = pair.states["HSG", "200200"].reference
    digit, letter = next((d, c) for d, c in ("0O", "1l", "5s") if d in mended)
    pair.paid_from(BANK, "200200")
    text = f"{mended.replace(digit, letter, 1)} OR {plain}"
    found = pair.one(text, 9500, payer_name="J SMITH", payer_account=BANK)
    assert (found.account, found.reason) == (None, "references-disagree")
    assert {one.account for one in found.candidates} == {"100100", "200200"}


def test_a_virtual_account_alone_is_enough_and_adds_to_a_reference(pair: Town) -> None:
    pair.give_virtual_account("100100", "309999-00000017")
    found = pair.one("", 5, credited_account="309999-00000017")
    assert (found.account, found.rule) == (("HSG", "100100"), "virtual-account")
    reference = pair.states["HSG", "100100"].reference
    both = pair.one(reference, 5, credited_account="309999-00000017")
    assert _rules(both) == {"account-reference": 150, "virtual-account": 150}


def test_a_virtual_account_against_the_reference_of_another_is_not_decided(pair: Town) -> None:
    pair.give_virtual_account("100100", "309999-00000017")
    reference = pair.states["HSG", "200200"].reference
    found = pair.one(reference, 9500, credited_account="309999-00000017")
    assert (found.account, found.reason) == (None, "references-disagree")


def test_a_bill_that_is_named_is_enough_and_says_what_is_paid(pair: Town) -> None:
    found = pair.one("INV-100100", 9500)
    assert (found.account, found.rule) == (("HSG", "100100"), "invoice-number")
    assert (found.invoice, found.matched_reference) == ("INV-100100", "INV-100100")
    assert _rules(found) == {"invoice-number": 130, "amount-exact": 40}


def test_the_reference_says_the_account_and_the_bill_says_what_is_paid(pair: Town) -> None:
    reference = pair.states["HSG", "100100"].reference
    found = pair.one(f"INV-100100 {reference}", 100)
    assert (found.rule, found.invoice) == ("account-reference", "INV-100100")
    other = pair.one(f"INV-200200 {reference}", 100)
    assert (other.account, other.reason) == (None, "references-disagree")
    assert [one.rule for one in other.candidates] == ["account-reference", "invoice-number"]


def test_a_number_of_a_bill_and_of_anothers_account_needs_more(town: Town) -> None:
    """Broken before: account 100234 was quoted, and the bill 100234 of another debtor was paid."""
    town.open("100234")
    town.bill("100234", "77", 4000)
    town.open("5")
    town.bill("5", "100234", 9500)
    assert town.one("100234", 17).reason == "below-threshold"
    assert [one.account for one in town.one("100234", 17).candidates] == ["100234", "5"]
    assert town.one("100234", 4000).account == ("HSG", "100234")
    assert town.one("100234", 9500).account == ("HSG", "5")
    assert town.one("INVOICE NO 100234", 17).account == ("HSG", "5")
    assert town.one("ACC 100234", 4000).account == ("HSG", "100234")
    assert [one.account for one in town.one("A/C:100234", 9500).candidates] == ["100234"]


def test_a_second_payment_of_a_bill_is_called_one(pair: Town) -> None:
    pair.settle("100100", "INV-100100")
    found = pair.one("INV-100100", 9500)
    assert found.invoice == "INV-100100"
    assert "recently-closed" in _rules(found)


def test_an_account_number_needs_an_amount_or_a_payer_beside_it(pair: Town) -> None:
    assert pair.one("ACCOUNT 100100", 17).reason == "below-threshold"
    assert pair.one("ACCOUNT 100100", 9500).account == ("HSG", "100100")
    assert pair.one("ACCOUNT 100100", 17, payer_name="MR J SMITH").account == ("HSG", "100100")
    pair.paid_from(BANK, "100100")
    known = pair.one("ACCOUNT 100100", 17, payer_account=BANK)
    assert (known.account, known.rule) == (("HSG", "100100"), "account-number")


def test_an_account_number_and_an_amount_wait_when_somebody_else_pays(pair: Town) -> None:
    """A slip in an account number that has no check digits: the neighbour pays the same rent."""
    found = pair.one("ACCOUNT 100100", 9500, payer_name="UNA VENNWATER", payer_account=BANK)
    assert (found.account, found.reason) == (None, "payer-differs")
    pair.change("100100", party_name_digest=None)
    unnamed = pair.one("ACCOUNT 100100", 9500, payer_name="UNA VENNWATER", payer_account=BANK)
    assert unnamed.account == ("HSG", "100100")
    reference = pair.states["HSG", "200200"].reference
    assert pair.one(reference, 9500, payer_name="UNA VENNWATER").account == ("HSG", "200200")


def test_a_few_digits_are_no_name_of_a_bill_unless_they_say_so(town: Town) -> None:
    town.open("1")
    town.bill("1", "1234567", 4000)
    town.bill("1", "12345678", 5000)
    assert town.one("1234567", 17).reason == "below-threshold"
    assert town.one("1234567", 4000).account == ("HSG", "1")
    assert town.one("12345678", 17).account == ("HSG", "1")
    assert town.one("BILL 1234567", 17).account == ("HSG", "1")


def test_a_name_and_an_amount_only_suggest(town: Town) -> None:
    town.open("1", "Una Vennwater")
    town.bill("1", "I", 4321)
    found = town.one("THANK YOU", 4321, payer_name="VENNWATER U")
    assert (found.account, found.reason) == (None, "below-threshold")
    assert [(one.account, one.score, one.invoices) for one in found.candidates] == [
        ("1", 80, ("I",))
    ]
    town.paid_from(BANK, "1")
    assert town.one("", 4321, payer_account=BANK).reason == "below-threshold"
    both = town.one("", 4321, payer_name="VENNWATER U", payer_account=BANK)
    assert (both.account, both.rule) == (("HSG", "1"), "payer-known")


def test_two_debtors_with_one_name_and_one_amount_are_both_shown(pair: Town) -> None:
    found = pair.one("", 9500, payer_name="SMITH J")
    assert (found.account, found.reason) == (None, "below-threshold")
    assert [one.score for one in found.candidates] == [80, 80]


def test_near_equal_accounts_are_never_posted_to(pair: Town) -> None:
    for account in ("100100", "200200"):
        pair.paid_from(BANK, account)
    found = pair.one("", 9500, payer_name="J SMITH", payer_account=BANK)
    assert (found.account, found.reason) == (None, "near-equal")
    assert [one.score for one in found.candidates] == [120, 120]
    pair.settle("200200", "INV-200200")
    assert pair.one("", 9500, payer_name="J SMITH", payer_account=BANK).account == ("HSG", "100100")


def test_a_named_account_with_all_else_against_it_waits(pair: Town) -> None:
    """The reference of one, the number, payer and amount of the other: somebody is mistaken."""
    reference = pair.states["HSG", "100100"].reference
    pair.change("100100", items={})
    pair.paid_from(BANK, "200200")
    found = pair.one(f"{reference} ACCOUNT 200200", 9500, payer_account=BANK)
    assert (found.account, found.reason) == (None, "near-equal")
    assert found.candidates[0].account == "100100"
    alone = pair.one(f"{reference}", 9500, payer_account=BANK)
    assert alone.account == ("HSG", "100100")
    assert alone.match.runner_up.account == "200200"


def test_an_alias_alone_is_enough_from_its_day_until_it_is_revoked(pair: Town) -> None:
    pair.learn("account", BANK, "200200", since=DAY)
    found = pair.one("", 17, payer_account=BANK)
    assert (found.account, found.rule) == (("HSG", "200200"), "payer-alias")
    assert pair.match(pair.line(payer_account=BANK), on=DAY - timedelta(days=1))[0].account is None
    pair.learn("account", BANK, None)
    assert pair.one("", 17, payer_account=BANK).reason == "no-candidate"


def test_an_alias_by_name_holds_for_every_way_of_writing_it(pair: Town) -> None:
    pair.learn("name", "Vennwater Pottery Limited", "200200")
    found = pair.one("", 17, payer_name="VENNWATER POTTERY LTD")
    assert (found.account, found.rule) == (("HSG", "200200"), "payer-alias")


def test_an_alias_does_not_speak_against_what_the_payer_names(pair: Town) -> None:
    pair.learn("account", BANK, "200200")
    reference = pair.states["HSG", "100100"].reference
    found = pair.one(reference, 9500, payer_account=BANK)
    assert found.account == ("HSG", "100100")
    number = pair.one("ACC 200200", 17, payer_account=BANK)
    assert _rules(number) == {"payer-alias": 100, "account-number": 60}


def test_aliases_to_different_accounts_are_not_decided(pair: Town) -> None:
    pair.learn("account", BANK, "100100")
    pair.learn("name", "J SMITH", "200200")
    found = pair.one("", 17, payer_account=BANK, payer_name="J SMITH")
    assert (found.account, found.reason) == (None, "near-equal")


def test_a_payer_of_many_accounts_points_at_none_but_speaks_for_one_that_is_named(
    town: Town,
) -> None:
    accounts = [str(500_100 + number) for number in range(12)]
    for account in accounts:
        town.open(account, "Jessamine Lettings Ltd")
        town.bill(account, f"B-{account}", 9500)
        town.paid_from(BANK, account)
    payer = {"payer_account": BANK, "payer_name": "JESSAMINE LETTINGS LIMITED"}
    assert town.one("", 9500, **payer).reason == "no-candidate"
    found = town.one("ACCOUNT 500111", 17, **payer)
    assert _rules(found) == {"account-number": 60, "payer-known": 40, "payer-name": 40}


def test_a_name_that_the_account_had_before_says_nothing(town: Town) -> None:
    town.open("1", "Una Vennwater")
    town.change("1", party_name_digest="0" * 32)
    assert town.one("", 5, payer_name="VENNWATER U").reason == "no-candidate"


def test_money_of_strangers_has_no_candidate(pair: Town) -> None:
    found = pair.one("HOLIDAY LETS 4477", 9500, payer_name="A STRANGER", payer_account=BANK)
    assert (found.account, found.reason, found.candidates) == (None, "no-candidate", ())


def test_the_match_keeps_its_score_its_rules_its_table_and_the_second_best(pair: Town) -> None:
    found = pair.one("ACCOUNT 100100", 9500, payer_name="J SMITH")
    assert found.match.policy_from == date(2000, 1, 1)
    assert found.match.score == sum(_rules(found).values()) == 140
    second = found.match.runner_up
    assert (second.account, second.score) == ("200200", 80)
    assert [one.account for one in found.candidates] == ["100100", "200200"]


def test_a_batch_asks_the_ledger_a_fixed_number_of_times(pair: Town) -> None:
    reference = pair.states["HSG", "100100"].reference
    lines = [
        pair.line(f"{reference} X{n}", payer_name=f"N{n} LTD", payer_account=f"200000-{n:08}")
        for n in range(500)
    ]
    pair.match(*lines)
    assert pair.asked == ["registered", "under payer", "under name", "streams"]
    pair.asked.clear()
    pair.match(*lines, pair.line("THANK YOU", payer_account=BANK))
    assert pair.asked == ["registered", "under payer", "under name", "streams", "streams"]


def test_before_the_first_table_nothing_is_matched(pair: Town) -> None:
    reference = pair.states["HSG", "100100"].reference
    (found,) = pair.match(pair.line(reference), on=date(1999, 1, 1))
    assert (found.account, found.reason) == (None, "no-policy")


def test_the_order_of_lines_and_of_candidates_changes_nothing(
    pair: Town, new_town: Callable[[], Town]
) -> None:
    reference = pair.states["HSG", "100100"].reference
    pair.paid_from(BANK, "200200")
    lines = [
        pair.line("INV-100100 INV-200200", 9500),
        pair.line("", 9500, payer_name="J SMITH"),
        pair.line(reference, 9500),
        pair.line("ACCOUNT 200200", 9500, payer_account=BANK),
    ]
    whole = dict(zip(lines, pair.match(*lines), strict=True))
    for order in permutations(lines):
        assert pair.match(*order) == [whole[line] for line in order]
    other = new_town()
    for account in ("200200", "100100"):
        other.open(account, "John Smith")
        other.bill(account, f"INV-{account}", 9500)
    other.paid_from(BANK, "200200")
    assert other.match(*lines) == list(whole.values())


def test_the_decision_does_not_depend_on_the_order_of_the_scores(pair: Town) -> None:
    table = pair.policy.table_on(DAY)

    def account(number: str, *rules: str) -> Scored:
        points = tuple(table.points[rule] for rule in rules)
        return Scored(("HSG", number), sum(one.points for one in points), points, is_named=False)

    found = [
        account("1", "account-number", "amount-exact"),
        account("2", "payer-known"),
        account("3", "payer-known"),
        account("4", "payer-name"),
    ]
    assert len({decide(order, table) for order in permutations(found)}) == 1
    assert decide(found, table).account == ("HSG", "1")


@pytest.mark.parametrize(("gap", "applied"), [(24, False), (25, True)])
def test_the_margin_is_the_least_difference_that_is_enough(
    pair: Town,
    gap: int,
    applied: bool,  # noqa: FBT001 - a column of the table
) -> None:
    table: MatchingTable = pair.policy.table_on(DAY)
    best = Scored(
        ("HSG", "1"), 100 + gap, (RulePoints(rule="account-number", points=100 + gap),), False
    )
    second = Scored(("HSG", "2"), 100, (RulePoints(rule="account-number", points=100),), False)
    assert (decide([best, second], table).account is not None) == applied


@pytest.mark.parametrize(("points", "reason"), [(100, None), (99, "below-threshold")])
def test_the_threshold_is_the_least_score_that_applies(
    pair: Town, points: int, reason: str | None
) -> None:
    table: MatchingTable = pair.policy.table_on(DAY)
    only = Scored(("HSG", "1"), points, (RulePoints(rule="payer-alias", points=points),), False)
    assert decide([only], table).reason == reason


def test_what_is_not_worth_a_look_is_not_shown(pair: Town) -> None:
    table: MatchingTable = pair.policy.table_on(DAY)
    only = Scored(("HSG", "1"), 29, (RulePoints(rule="payer-name", points=29),), False)
    assert decide([only], table).candidates == ()
