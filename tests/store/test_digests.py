"""A payer is recognised by a keyed digest, however the bank writes the name."""

import hashlib

import pytest

from ledger.digests import keyed_digest, normalised

KEY = bytes(range(32))


@pytest.mark.parametrize(
    "text",
    ["MR J SMITH", "mr  j\tsmith ", " Mr J Smith", "\uff2d\uff32 J SMITH", "Mr J\u00a0Smith"],
    ids=["capitals", "spaces", "lead", "full width", "no-break space"],
)
def test_case_width_and_spacing_make_no_difference(text: str) -> None:
    assert keyed_digest(KEY, text) == keyed_digest(KEY, "Mr J Smith")


def test_letters_that_fold_to_the_same_are_the_same() -> None:
    assert normalised("STRASSE") == normalised("Straße")
    assert normalised("\u1fb3") == normalised(normalised("\u1fb3"))


@pytest.mark.parametrize("text", ["Mr J Smyth", "MrJ Smith", "12345678", ""])
def test_other_texts_have_other_digests(text: str) -> None:
    assert keyed_digest(KEY, text) != keyed_digest(KEY, "Mr J Smith")


def test_another_key_gives_another_digest_and_a_short_one_is_refused() -> None:
    assert keyed_digest(KEY, "x") != keyed_digest(KEY[::-1], "x")
    with pytest.raises(ValueError, match="at least 16 bytes"):
        keyed_digest(b"short", "x")


def test_the_digest_is_the_published_one_cut_to_128_bits() -> None:
    """RFC 4231, test case 2 has a short key; so here HMAC is written out by hand."""
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in KEY.ljust(64, b"\0")) + b"abc").digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in KEY.ljust(64, b"\0")) + inner)
    assert keyed_digest(KEY, "ABC") == outer.hexdigest()[:32]


def test_a_plain_hash_would_be_reversed_by_trying_every_account_number() -> None:
    """The control: eight digits are few, so the key is what protects them."""
    leaked = hashlib.sha256(b"00031926").hexdigest()
    found = next(
        n for n in range(10**5) if hashlib.sha256(f"{n:08}".encode()).hexdigest() == leaked
    )
    assert found == 31_926
    assert keyed_digest(KEY, "00031926") != keyed_digest(bytes(32), "00031926")
