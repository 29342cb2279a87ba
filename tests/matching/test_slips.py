"""A slip of the pen never pays another debtor, in whatever text it stands."""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.matching.clues import clues_of
from ledger.digests import keyed_digest
from ledger.references import find, find_mended, spaced

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here

TEXTS = (
    "{}",
    "RENT {} JUNE",
    "REF{}",
    "I PAID {} SO THERE",
    "20-12-34 {}",
    "FLAT 1 {}/2",
    "FLATS{}",
    "TO {} 02/06/2025 OK",
    "O{}",
)


def _slips(reference: str) -> Iterator[str]:
    """Every reference with one wrong digit, or with two digits swapped, near or far."""
    for at, digit in enumerate(reference):
        for wrong in "0123456789":
            if wrong != digit:
                yield reference[:at] + wrong + reference[at + 1 :]
        for other in range(at + 1, len(reference)):
            if reference[other] != digit:
                digits = list(reference)
                digits[at], digits[other] = digits[other], digits[at]
                yield "".join(digits)


@pytest.fixture
def borough(town: Town) -> Town:
    """Three thousand debtors, with accounts of four digits and bills of four and eight."""
    for number in range(3_000):
        account = str(1_000 + number)
        town.open(account)
        town.bill(account, str(9_999 - number), 1_000)
        town.bill(account, str(10_000_000 + number * 7), 1_000)
    return town


def test_one_wrong_digit_or_two_swapped_lead_to_nobody(borough: Town) -> None:
    """Every such slip of forty references, as it is printed and as it is typed, in free text."""
    rng = Random(11)  # noqa: S311 - the same slips every time
    references = [borough.states["HSG", str(1_000 + n)].reference for n in range(0, 3_000, 75)]
    slips = [slip for reference in references for slip in _slips(reference)]
    lines = []
    for slip in slips:
        text = rng.choice((slip, spaced(slip), spaced(slip).replace(" ", rng.choice("-/."))))
        text = text.replace("0", "O", 1) if rng.random() < 0.2 else text
        lines.append(borough.line(rng.choice(TEXTS).format(text), 1_000))
    assert len(lines) > 6_000
    found = borough.match(*lines)
    assert [one for one in found if one.account is not None] == []
    assert [one for one in found if one.candidates] == []


def test_the_same_texts_without_a_slip_lead_to_the_debtor(borough: Town) -> None:
    """The positive control: it is the check digits that keep the slips out, and not the texts."""
    state = borough.states["HSG", "1500"]
    for text in TEXTS[:-1]:
        for written in (state.reference, spaced(state.reference)):
            assert borough.one(text.format(written)).account == ("HSG", "1500"), text


@settings(max_examples=300)
@given(
    text=st.text(alphabet="0123456789OILS ./-\nAB", max_size=60), core=st.integers(0, 10**10 - 1)
)
def test_any_text_has_only_references_whose_check_digits_hold(text: str, core: int) -> None:
    for reference in (*find(f"{text}{core}"), *find_mended(f"{text}{core}")):
        assert len(reference) == 12
        assert int(reference) % 97 == 1


@settings(max_examples=300)
@given(
    text=st.text(max_size=200),
    name=st.none() | st.text(max_size=40),
    account=st.none() | st.text(max_size=20),
)
def test_clues_are_read_from_any_text(text: str, name: str | None, account: str | None) -> None:
    class Line:
        amount_minor = 1
        references = (text,)
        narrative = text[::-1]
        payer_name = name
        payer_account = account
        method = "bank_transfer"

    clues = clues_of(Line(), date(2025, 6, 2), lambda one: keyed_digest(b"k" * 16, one))  # type: ignore[arg-type]
    assert len(clues.numbers) <= 40
    assert all(len(number.text) <= 31 for number in clues.numbers)
