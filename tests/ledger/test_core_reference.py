"""What a core reference may be, and which two a bank could take for each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import references
from ledger.bacs_text import fold
from ledger.core_reference import SENTENCES, Fault, fault, first_match, mint, partial_match

CARRIED = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.&/- "


@pytest.mark.parametrize(
    "reference",
    [
        "R00012",
        "123456789012",
        "HSG/100234-2",
        "A.1 B&2/C-3 D4",
        "ABCDEFGHIJKLMNOPQR",
        "AAAAAB",
        "DDI123456",
        "XDDIC1234",
    ],
)
def test_a_reference_that_every_bank_takes_has_no_fault(reference: str) -> None:
    assert fault(reference) is None


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("", Fault.TOO_SHORT),
        ("R0001", Fault.TOO_SHORT),
        ("ABCDEFGHIJKLMNOPQRS", Fault.TOO_LONG),
        ("DDIC123456", Fault.LIKE_A_CLAIM),
        ("ddic123456", Fault.LIKE_A_CLAIM),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER D}DIC123456", Fault.LIKE_A_CLAIM),
        ("r00012", Fault.NOT_CARRIED),
        ("R0001\N{LATIN CAPITAL LETTER E WITH ACUTE}", Fault.NOT_CARRIED),
        ("\N{ARABIC-INDIC DIGIT ONE}23456", Fault.NOT_CARRIED),
        ("R00012_3", Fault.NOT_CARRIED),
        ("R00012\n", Fault.NOT_CARRIED),
        (" R00012", Fault.BLANK_AT_AN_END),
        ("R00012 ", Fault.BLANK_AT_AN_END),
        ("-R00012", Fault.BEGINS_WITH_A_SIGN),
        ("R-0-0-1-2", Fault.TOO_FEW_ALPHANUMERICS),
        ("000000", Fault.ALL_THE_SAME),
        ("AAAAAAAAAAAAAAAAAA", Fault.ALL_THE_SAME),
        ("0-0-0-0-0-0", Fault.ALL_THE_SAME),
    ],
)
def test_what_a_bank_would_not_take_is_named(reference: str, expected: Fault) -> None:
    assert fault(reference) is expected


def test_every_fault_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Fault)


@given(st.text(max_size=25))
def test_any_text_is_judged_without_an_error_and_what_passes_is_carried_as_it_is(text: str) -> None:
    if fault(text) is None:
        assert fold(text) == text == text.strip()
        assert 6 <= len(text) <= 18
        assert not text.startswith("DDIC")


@given(st.text(CARRIED, min_size=6, max_size=18))
def test_a_text_of_carried_characters_is_only_refused_for_another_reason(text: str) -> None:
    assert fault(text) is not Fault.NOT_CARRIED


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("R00012345", "R00012345"),
        ("R00012345", "R000123456"),
        ("00012345", "R00012345"),
        ("R-000-12345", "R00012345"),
        ("R000 12345/2", "R00012345"),
    ],
)
def test_a_reference_inside_another_is_a_partial_match_both_ways(one: str, other: str) -> None:
    assert partial_match(one, other)
    assert partial_match(other, one)
    assert first_match(one, ["X99999999", other]) == other


@pytest.mark.parametrize(("one", "other"), [("R00012345", "R00012346"), ("ABCDEF", "BCDEFG")])
def test_references_that_differ_somewhere_are_no_partial_match(one: str, other: str) -> None:
    assert not partial_match(one, other)
    assert first_match(one, [other]) is None


@given(st.text("HSGCTX", min_size=1, max_size=3), st.text("0123456789", min_size=1, max_size=9))
def test_what_is_minted_first_names_the_account_and_none_is_a_part_of_another(
    unit: str, account: str
) -> None:
    own = references.mint(unit, account)
    minted = [mint(own, attempt) for attempt in (0, 1, 2, 98)]
    assert [fault(one) for one in minted] == [None] * 4
    assert references.find(minted[0]) == (own,)
    for at, one in enumerate(minted):
        assert first_match(one, minted[:at]) is None


def test_the_number_of_a_later_reference_does_not_complete_the_first() -> None:
    own = "996330789196"  # its first two digits are the end of the 99th number
    assert not partial_match(mint(own), mint(own, 98))


def test_nothing_is_minted_from_what_is_no_payment_reference() -> None:
    own = references.mint("HSG", "100234")
    for wrong in ("", "HSG/100234", own[:-1] + str((int(own[-1]) + 1) % 10)):
        with pytest.raises(ValueError, match="is not a payment reference"):
            mint(wrong)
