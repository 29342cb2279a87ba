"""Seals: the tree of RFC 6962, and no bit that can change unseen."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sealing import GENESIS, block_hash, leaf, merkle_root, micros, seal

LEAVES = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70)
MOMENT = datetime(2026, 6, 15, 12, 0, 0, 123456, tzinfo=UTC)
STREAM = UUID(int=5)


def rfc_6962(leaves: Sequence[bytes]) -> bytes:
    """The tree hash as the RFC writes it (section 2.1): split at the largest power of two."""
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    left, right = rfc_6962(leaves[:middle]), rfc_6962(leaves[middle:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(LEAVES)
def test_the_root_is_that_of_the_rfc(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == rfc_6962(leaves)


def test_the_root_is_that_of_the_published_vectors() -> None:
    # The reference vectors of RFC 6962 implementations: leaves "", 00, 10, 2021, 3031, 40414243,
    # 5051525354555657, 606162636465666768696a6b6c6d6e6f.
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
            "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(one)).digest() for one in data]
    roots = {
        1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    }
    assert {count: merkle_root(leaves[:count]).hex() for count in roots} == roots


def test_no_leaves_have_no_root() -> None:
    with pytest.raises(ValueError, match="at least one"):
        merkle_root([])


@given(LEAVES, st.data())
def test_any_bit_that_flips_changes_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(leaves) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(leaves[which], "big") ^ (1 << bit)).to_bytes(32, "big")
    assert merkle_root([*leaves[:which], flipped, *leaves[which + 1 :]]) != merkle_root(leaves)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=40, unique=True))
def test_order_and_number_of_events_are_sealed(leaves: list[bytes]) -> None:
    root = merkle_root(leaves)
    assert merkle_root([*leaves[1:], leaves[0]]) != root
    assert merkle_root(leaves[:-1]) != root
    assert merkle_root([*leaves, leaves[-1]]) != root


def test_every_part_of_an_event_is_in_its_leaf() -> None:
    whole = (7, STREAM, 2, micros(MOMENT), "invoice-issued.v1", b"{}")
    others = (8, UUID(int=6), 3, micros(MOMENT) + 1, "invoice-issued.v2", b"{ }")
    found = {leaf(*whole)}
    for place, other in enumerate(others):
        changed = list(whole)
        changed[place] = other
        found.add(leaf(*changed))  # type: ignore[arg-type]  # as above
    assert len(found) == len(whole) + 1


def test_a_byte_cannot_move_between_topic_and_content() -> None:
    one = leaf(1, STREAM, 1, 0, "ab", b"c")
    assert one != leaf(1, STREAM, 1, 0, "a", b"bc")


def test_a_leaf_is_never_an_inner_node() -> None:
    first, second = bytes(32), bytes([1]) * 32
    assert merkle_root([first, second]) == hashlib.sha256(b"\x01" + first + second).digest()
    assert leaf(1, STREAM, 1, 0, "a", b"") != hashlib.sha256(b"\x01").digest()


def test_each_block_vouches_for_all_before_it() -> None:
    first = seal(1, 1, [b"\x01" * 32], GENESIS, MOMENT)
    second = seal(2, 2, [b"\x02" * 32, b"\x03" * 32], first.hash, MOMENT)
    forged = seal(1, 1, [b"\x09" * 32], GENESIS, MOMENT)
    assert (second.first_position, second.last_position, second.events) == (2, 3, 2)
    assert seal(2, 2, [b"\x02" * 32, b"\x03" * 32], forged.hash, MOMENT).hash != second.hash


def test_every_part_of_a_block_is_in_its_hash() -> None:
    root = b"\x05" * 32
    found = {
        block_hash(GENESIS, 1, 2, root, MOMENT),
        block_hash(b"\x01" * 32, 1, 2, root, MOMENT),
        block_hash(GENESIS, 2, 2, root, MOMENT),
        block_hash(GENESIS, 1, 3, root, MOMENT),
        block_hash(GENESIS, 1, 2, b"\x06" * 32, MOMENT),
        block_hash(GENESIS, 1, 2, root, MOMENT + timedelta(microseconds=1)),
    }
    assert len(found) == 6


def test_microseconds_are_counted_without_a_float() -> None:
    assert micros(datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)) == 1
    assert micros(MOMENT) == 1_781_524_800_123_456
    late = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert micros(late) % 1_000_000 == 999_999
