"""A match in words."""

from typing import Any, TypeAlias

from consumers.matching import rules
from consumers.matching.words import describe, describe_candidate, describe_matched
from ledger.references import spaced
from ledger.values import Candidate

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here


def test_a_match_is_told_by_its_rules_its_score_and_the_second_best(town: Town) -> None:
    for account in ("A1", "A2"):
        town.open(account, "John Smith")
        town.bill(account, f"INV-{account}", 9500)
    reference = town.states["HSG", "A1"].reference
    found = town.one(f"RENT {reference}", 9500, payer_name="J SMITH")
    told = describe(found.match, found.matched_reference)
    assert told == (
        f"payment reference {spaced(reference)} (150) + name of the debtor (40) + exact amount (40)"
        " = 230; next best HSG/A2 with 80"
    )
    assert describe_matched(found) == (
        f"HSG/A1: {told}",
        "HSG/A2: name of the debtor (40) + exact amount (40) = 80, for INV-A2",
    )


def test_a_text_stands_at_the_rule_that_it_belongs_to(town: Town) -> None:
    town.open("100100")
    town.learn("account", "200000-55779911", "100100")
    found = town.one("ACC 100100", 17, payer_account="200000-55779911")
    assert describe(found.match, found.matched_reference) == (
        "known payer, as an officer said (100) + account number 100100 (60) = 160"
    )


def test_what_is_not_matched_says_why_and_shows_its_candidates(town: Town) -> None:
    town.open("1", "Una Vennwater")
    found = town.one("", 5, payer_name="VENNWATER U")
    assert describe_matched(found) == (
        "no account is sure enough",
        "HSG/1: name of the debtor (40) = 40",
    )


def test_a_candidate_without_a_score_is_told_by_its_rule() -> None:
    one = Candidate(unit="HSG", account="1", rule=rules.ACCOUNT_NUMBER)
    assert describe_candidate(one) == "HSG/1: account number"
    assert describe_candidate(one.model_copy(update={"rule": "of-old"})) == "HSG/1: of-old"


def test_every_reason_and_every_rule_has_words() -> None:
    candidates = [Candidate(unit="U", account="A", rule=rule) for rule in rules.RULES]
    told = [describe_candidate(one).removeprefix("U/A: ") for one in candidates]
    assert len(set(told)) == len(rules.RULES)
    assert set(told).isdisjoint(rules.RULES)
