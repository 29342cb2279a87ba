"""Payment references: a mistyped one is never another debtor's, and free text gives them up."""

import random
from itertools import combinations

import pytest

from ledger.references import check_digits, find, find_mended, is_valid, mint, spaced

MINTED = [mint("HSG", str(number)) for number in range(300)]


def test_minted_references_are_valid_and_differ() -> None:
    assert all(is_valid(reference) for reference in MINTED)
    assert len(set(MINTED)) == len(MINTED)


def test_another_attempt_gives_another_reference() -> None:
    assert len({mint("HSG", "1", attempt) for attempt in range(4)}) == 4


def test_the_same_account_gets_the_same_reference_again() -> None:
    assert mint("HSG", "1") == mint("HSG", "1") != mint("GEN", "1")


def test_the_check_digits_are_those_of_the_standard() -> None:
    # The creditor reference RF18 5390 0754 7034 of ISO 11649: 18 checks 539007547034271500.
    assert check_digits("5390075470342715") == "18"


def test_no_single_wrong_digit_is_valid() -> None:
    for reference in MINTED:
        for place in range(12):
            for digit in "0123456789":
                wrong = reference[:place] + digit + reference[place + 1 :]
                assert wrong == reference or not is_valid(wrong)


def test_no_two_digits_that_changed_places_are_valid() -> None:
    for reference in MINTED:
        for one, other in combinations(range(12), 2):
            digits = list(reference)
            digits[one], digits[other] = digits[other], digits[one]
            wrong = "".join(digits)
            assert wrong == reference or not is_valid(wrong)


@pytest.mark.parametrize("text", ["", "1" * 11, "1" * 13, "\uff11" * 12, "12345678901x"])
def test_only_twelve_ascii_digits_are_a_reference(text: str) -> None:
    assert not is_valid(text)


@pytest.mark.parametrize("form", ["{}", "RENT {}", "ref:{}.", "{} thank you", "A{}B", "\t{}\n"])
@pytest.mark.parametrize("separator", ["", " ", "-"])
def test_a_reference_is_found_in_free_text(form: str, separator: str) -> None:
    for reference in MINTED[:20]:
        printed = spaced(reference).replace(" ", separator)
        assert find(form.format(printed)) == (reference,)


def test_a_reference_is_found_after_other_groups_of_digits() -> None:
    for reference in MINTED:
        assert reference in find(f"20-12-34 {spaced(reference)} 7")
        assert reference in find(f"12 {spaced(reference)}")


def test_a_part_of_a_longer_number_is_no_reference() -> None:
    for reference in MINTED[:20]:
        assert find("1" + reference) == find(reference + "1") == ()


def test_each_reference_is_found_once_in_the_order_of_the_text() -> None:
    first, second = MINTED[:2]
    text = f"{second}, {spaced(first)}; again {second}"
    assert find(text) == (second, first)


def test_a_mistyped_reference_is_not_found() -> None:
    chance = random.Random(7)  # noqa: S311 - a test needs no secrets
    for reference in MINTED:
        place = chance.randrange(12)
        wrong = reference[:place] + str((int(reference[place]) + 1) % 10) + reference[place + 1 :]
        assert find(f"RENT {wrong}") == ()


@pytest.mark.parametrize("separator", ["/", ".", " - ", "  "])
def test_a_reference_is_found_whatever_stands_between_its_groups(separator: str) -> None:
    for reference in MINTED[:20]:
        assert find(f"REF{spaced(reference).replace(' ', separator)}.") == (reference,)


@pytest.mark.parametrize("form", ["{}", "RENT {}", "ref:{}.", "{} thank you", "A {}"])
def test_a_reference_with_letters_for_digits_is_mended(form: str) -> None:
    written = {one: one.replace("0", "O", 2).replace("5", "s", 1) for one in MINTED}
    with_letters = {one: text for one, text in written.items() if one != text}
    assert len(with_letters) > 200
    for reference, text in with_letters.items():
        assert find(form.format(text)) == ()
        assert find_mended(form.format(text)) == (reference,)


def test_what_is_found_as_it_stands_is_not_mended() -> None:
    for reference in MINTED[:50]:
        assert find_mended(f"I PAID {spaced(reference)} SO") == ()


def test_a_word_of_the_text_is_no_part_of_a_mended_reference() -> None:
    """`TO 1234 5678 901` would have been 012345678901, had the letter of a word been taken."""
    for reference in MINTED:
        if reference[0] == "0":
            assert find_mended(f"TO {reference[1:]}") == find_mended(f"TO{reference[1:]}") == ()
        if reference[-1] == "5":
            assert find_mended(f"{reference[:-1]} SINCE") == ()
            assert find_mended(f"{reference[:-1]}SINCE") == ()


def test_more_letters_than_slip_in_are_not_mended() -> None:
    reference = "0011110000" + check_digits("0011110000")
    assert find_mended(reference.replace("0", "O", 3)) == (reference,)
    assert find_mended(reference.replace("0", "O", 4)) == ()


def test_a_mistyped_reference_is_not_mended_into_another() -> None:
    """One wrong digit or two swapped, and a letter for a digit besides."""
    chance = random.Random(7)  # noqa: S311 - a test needs no secrets
    for reference in MINTED:
        place, other = chance.sample(range(12), 2)
        digits = list(reference)
        digits[place] = str((int(digits[place]) + chance.randint(1, 9)) % 10)
        slip = "".join(digits)
        digits = list(reference)
        digits[place], digits[other] = digits[other], digits[place]
        swap = "".join(digits)
        for wrong in (slip, swap):
            for text in (wrong, wrong.replace("0", "O", 1), wrong.replace("1", "I", 2)):
                assert wrong == reference or find_mended(f"RENT {text}") == ()
