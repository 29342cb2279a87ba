"""Keys by what they begin with: the accounts of a payer or of a name, by the primary key alone."""

from hashlib import sha256
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger import commands as c
from ledger import store_reads
from ledger import suspense_commands as sc
from ledger.checks import verify
from ledger.registers import NAME, PAYER, REFUTED
from ledger.store import Store

Desk: TypeAlias = Any  # conftest's, which a test cannot import
Owner: TypeAlias = psycopg.Connection[Any]


def digest(number: int) -> str:
    return sha256(str(number).encode()).hexdigest()[:32]


def paid_by(desk: Desk, account: str, receipt: str, payer: int | None) -> c.ReceivePayment:
    known = None if payer is None else digest(payer)
    payment: c.ReceivePayment = desk.pay(account, receipt, 10_00)
    return payment.model_copy(update={"payer_account_digest": known})


def holders(store: Store, kind: str, *payers: int) -> dict[int, list[str]]:
    prefixes = {f"{digest(payer)}|": payer for payer in payers}
    found = store.registered_under(kind, list(prefixes))
    return {prefixes[prefix]: [row.holder for row in rows] for prefix, rows in found.items()}


def test_a_payer_is_known_for_each_account_that_he_has_paid(desk: Desk) -> None:
    desk.open("1", "2", "3")
    desk.give(paid_by(desk, "2", "R1", 1), paid_by(desk, "1", "R2", 1), paid_by(desk, "3", "R3", 2))
    assert holders(desk.store, PAYER, 1, 2, 3) == {1: ["HSG|1", "HSG|2"], 2: ["HSG|3"]}


def test_a_payer_is_learned_once_in_one_batch_and_in_another(desk: Desk) -> None:
    desk.open("1")
    desk.give(paid_by(desk, "1", "R1", 1), paid_by(desk, "1", "R2", 1))
    desk.give(paid_by(desk, "1", "R3", 1), paid_by(desk, "1", "R4", None))
    rows = desk.store.registered_under(PAYER, [f"{digest(1)}|"])[f"{digest(1)}|"]
    assert [(row.key, row.position) for row in rows] == [(f"{digest(1)}|HSG|1", 2)]
    assert verify(desk.store) == ()


def test_a_payer_of_identified_money_is_learned(desk: Desk) -> None:
    desk.open("1", "2")
    suspended = desk.suspend("S1", 33_00).model_copy(update={"payer_account_digest": digest(7)})
    found = sc.IdentifySuspense(receipt="S1", to_unit="HSG", to_account="1", reason="he rang")
    part = sc.IdentifySuspense(
        receipt="S2", to_unit="HSG", to_account="2", reason="he rang", amount_minor=10_00
    )
    other = desk.suspend("S2", 33_00).model_copy(update={"payer_account_digest": digest(7)})
    desk.give(suspended, found, other)
    desk.give(part)
    assert holders(desk.store, PAYER, 7) == {7: ["HSG|1", "HSG|2"]}
    assert verify(desk.store) == ()


def test_a_payer_whose_money_was_not_the_accounts_is_known_for_that_too(desk: Desk) -> None:
    desk.open("1", "2")
    desk.give(paid_by(desk, "1", "R1", 1), paid_by(desk, "1", "R2", 1), paid_by(desk, "2", "R3", 1))
    for receipt in ("R1", "R2"):
        move = c.MoveToSuspense(
            unit="HSG", account="1", receipt=receipt, new_receipt=f"{receipt}-S1", reason="wrong"
        )
        desk.give(move)
    prefix = f"{digest(1)}|"
    (row,) = desk.store.registered_under(REFUTED, [prefix])[prefix]
    assert row.key == f"{prefix}HSG|1"
    assert holders(desk.store, PAYER, 1) == {1: ["HSG|1", "HSG|2"]}
    assert verify(desk.store) == ()


def test_the_name_of_a_party_is_learned_when_opened_and_when_amended(desk: Desk) -> None:
    account: c.OpenAccount = desk.account("1")
    desk.give(account.model_copy(update={"party_name_digest": digest(1)}), desk.account("2"))
    for again in (digest(1), digest(2), digest(1)):
        desk.give(
            c.AmendAccount(unit="HSG", account="2", party_name_digest=again), of=f"{again} again"
        )
    assert holders(desk.store, NAME, 1, 2) == {1: ["HSG|1", "HSG|2"], 2: ["HSG|2"]}
    assert verify(desk.store) == ()


def test_no_more_than_the_first_few_are_given(desk: Desk) -> None:
    accounts = [str(number) for number in range(10, 22)]
    desk.open(*accounts)
    desk.give(*(paid_by(desk, one, f"R{one}", 1) for one in accounts))
    prefix = f"{digest(1)}|"
    (few,) = desk.store.registered_under(PAYER, [prefix], 3).values()
    assert [row.holder for row in few] == ["HSG|10", "HSG|11", "HSG|12"]
    assert len(desk.store.registered_under(PAYER, [prefix])[prefix]) == 8


def test_nothing_is_asked_when_there_is_nothing_to_ask(store: Store) -> None:
    assert store.registered_under(PAYER, []) == {}


def test_one_kind_does_not_show_the_keys_of_another(desk: Desk) -> None:
    desk.open("1")
    desk.give(paid_by(desk, "1", "R1", 1))
    assert holders(desk.store, NAME, 1) == {}


@pytest.fixture
def crowded(owner: Owner) -> Owner:
    """A register with 60,000 keys of payers and as many of messages."""
    owner.execute(
        "INSERT INTO ledger.register (kind, key, digest, holder, position)"
        " SELECT kind, substr(encode(sha256(n::text::bytea), 'hex'), 1, 32) || '|HSG|' || n,"
        " '', 'HSG|' || n, n FROM generate_series(1, 60000) AS n,"
        " unnest(ARRAY['payer', 'message']) AS kind"
    )
    owner.execute("VACUUM ANALYZE ledger.register")
    return owner


def plan(owner: Owner, prefixes: list[str]) -> dict[str, Any]:
    query = store_reads._UNDER.replace("%b", "%s")
    above = [store_reads._above(prefix) for prefix in prefixes]
    row = owner.execute(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", (prefixes, above, PAYER, 8)
    ).fetchone()
    assert row is not None
    return dict(row[0][0]["Plan"])


def nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(one for child in node.get("Plans", ()) for one in nodes(child))]


def test_prefixes_are_found_by_the_primary_key_and_read_their_own_entries_only(
    store: Store, crowded: Owner
) -> None:
    prefixes = [f"{digest(number)}|" for number in range(1, 1001)]
    assert len(store.registered_under(PAYER, prefixes)) == len(prefixes)
    scans = [one for one in nodes(plan(crowded, prefixes)) if "Relation Name" in one]
    assert [one["Index Name"] for one in scans] == ["register_pkey"]
    assert (scans[0]["Actual Loops"], scans[0]["Actual Rows"]) == (len(prefixes), 1)
    assert "Filter" not in scans[0]


@pytest.mark.parametrize(
    ("prefix", "above"), [("0f|", "10"), ("09|", "0a"), ("9f|", "a0"), ("ff|", "g")]
)
def test_the_digest_after_a_digest_is_above_all_its_keys(prefix: str, above: str) -> None:
    assert store_reads._above(prefix) == above
    assert prefix < f"{prefix}HSG|1" < above


@pytest.mark.parametrize("prefix", ["", "|", "0F|", "0f", "0f|HSG|", "xy|"])
def test_what_is_no_digest_is_not_looked_for(store: Store, prefix: str) -> None:
    with pytest.raises(ValueError, match="is not a digest and a bar"):
        store.registered_under(PAYER, [prefix])
