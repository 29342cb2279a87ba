"""What concerns several streams is one append: both legs or none, and verify finds nothing."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ledger import alias_commands as a
from ledger import commands as c
from ledger import small_balance_commands as sb
from ledger import suspense_commands as sc
from ledger.aliases import AliasState
from ledger.authority import parse_policy
from ledger.checks import verify
from ledger.handle import Ledger
from ledger.ids import account_stream, alias_stream, receipt_stream, stream_id
from ledger.recorded import Source
from ledger.registers import RECEIPT, VIRTUAL_ACCOUNT
from ledger.rejections import Code
from ledger.requests import Outcome, Request
from ledger.small_balance_policy import parse_small_balances
from ledger.store import Store
from ledger.streams import load
from ledger.values import SmallBalanceLine

Desk: TypeAlias = Any  # conftest's, which a test cannot import

POLICIES = Path(__file__).parents[2] / "ledger" / "policy"
DIGEST = "ab" * 16


def state(store: Store, name: str) -> Any:  # noqa: ANN401 - of any kind of stream
    row = store.streams([stream_id(name)])[stream_id(name)]
    return load(name, bytes(row.state))


def codes(outcome: Outcome) -> list[str]:
    return [one.code for one in outcome.refusals]


def test_a_split_is_one_append_and_both_receipts_are_registered(desk: Desk) -> None:
    desk.give(desk.suspend("S1", 33_00))
    split = sc.SplitSuspense(receipt="S1", new_receipt="S2", amount_minor=11_00, reason="two")
    (outcome,) = desk.give(split)
    assert [one.fact.topic for one in outcome.facts] == [
        "suspense-split.v1",
        "receipt-moved-to-suspense.v1",
    ]
    assert state(desk.store, receipt_stream("S1")).held_minor == 22_00
    assert state(desk.store, receipt_stream("S2")).held_minor == 11_00
    row = desk.store.registered([(RECEIPT, "S2")])[RECEIPT, "S2"]
    assert (row.holder, row.position) == ("", outcome.position + 1)
    assert verify(desk.store) == ()


def test_a_part_that_is_split_off_and_found_in_one_batch_is_on_its_account(desk: Desk) -> None:
    desk.open("1")
    split = sc.SplitSuspense(
        receipt="S1",
        new_receipt="S2",
        amount_minor=11_00,
        reason="two",
        payer_account_digest=DIGEST,
    )
    found = sc.IdentifySuspense(receipt="S2", to_unit="HSG", to_account="1", reason="advice")
    outcomes = desk.give(desk.suspend("S1", 33_00), split, found)
    assert [one.status for one in outcomes] == ["posted"] * 3
    (rows,) = desk.store.registered_under("payer", [f"{DIGEST}|"]).values()
    assert [row.holder for row in rows] == ["HSG|1"]
    assert verify(desk.store) == ()


def test_a_wrong_receipt_moves_and_is_found_again_elsewhere(desk: Desk) -> None:
    desk.open("1", "2")
    desk.give(desk.bill("1", "I1"), desk.pay("1", "R1", 60_00))
    move = c.MoveToSuspense(
        unit="HSG", account="1", receipt="R1", new_receipt="R1-S1", reason="another's"
    )
    find = sc.IdentifySuspense(receipt="R1-S1", to_unit="HSG", to_account="2", reason="his")
    desk.give(move, find)
    assert state(desk.store, account_stream("HSG", "1")).open_minor == 100_00
    assert state(desk.store, account_stream("HSG", "2")).unapplied_minor == 60_00
    (again,) = desk.give(move, of="another message")
    assert again.status == "repeated"
    assert verify(desk.store) == ()


def test_a_virtual_account_is_found_by_its_key(desk: Desk) -> None:
    desk.open("1")
    number = "200000-12345678"
    desk.give(c.AssignVirtualAccount(unit="HSG", account="1", virtual_account=number))
    row = desk.store.registered([(VIRTUAL_ACCOUNT, number)])[VIRTUAL_ACCOUNT, number]
    assert row.holder == "HSG|1"
    assert verify(desk.store) == ()


def test_an_alias_is_read_by_its_stream(desk: Desk) -> None:
    desk.open("1")
    payer: dict[str, Any] = {"unit": "HSG", "kind": "account", "digest": DIGEST}
    remember = a.ProposePayerAlias(
        **payer,
        to_unit="HSG",
        to_account="1",
        from_receipt="R1",
        amount_minor=60_00,
        reason="he rang",
    )
    desk.give(remember)
    name = alias_stream("HSG", "account", DIGEST)
    known = state(desk.store, name)
    assert isinstance(known, AliasState)
    assert known.alias is not None
    assert known.alias.to_account == "1"
    desk.give(a.RevokePayerAlias(**payer, reason="moved"))
    assert state(desk.store, name).alias is None
    assert verify(desk.store) == ()


def test_an_instruction_outlives_the_state_of_its_account(desk: Desk) -> None:
    desk.open("1")
    desk.give(desk.bill("1", "I1"), desk.bill("1", "I2"))
    wish = c.RecordPaymentInstruction(
        unit="HSG",
        account="1",
        instruction="N1",
        targets=(c.AllocationTarget(item="I2"),),
        given_on=date(2026, 4, 2),
        wording="the second one",
    )
    desk.give(wish)
    desk.give(desk.pay("1", "R1", 100_00))
    account = state(desk.store, account_stream("HSG", "1"))
    assert list(account.items) == ["I1"]
    assert account.instructions == {}
    assert verify(desk.store) == ()


@pytest.fixture
def shipped(store: Store) -> Callable[[c.AnyCommand, str], Outcome]:
    """Gives commands under the policies that are shipped, as an actor of theirs."""
    policy = parse_policy((POLICIES / "authority.toml").read_text("utf-8"))
    small = parse_small_balances((POLICIES / "small-balances.toml").read_text("utf-8"))
    ledger = Ledger(store, policy, lambda: store.now().date(), small)

    def give(command: c.AnyCommand, actor: str) -> Outcome:
        identity = f"{actor}|{command.model_dump_json()}"
        request = Request(command, policy.actor(actor), Source("command", "test"), identity)
        return ledger.handle([request])[0]

    return give


def test_a_batch_of_small_balances_is_written_off_under_one_approval(
    desk: Desk, shipped: Callable[[c.AnyCommand, str], Outcome]
) -> None:
    desk.open("1", "2")
    desk.give(desk.bill("1", "I1", 4_00), desk.bill("2", "I2", 50))
    lines = [
        SmallBalanceLine(
            unit="HSG",
            account=account,
            invoice=invoice,
            amount_minor=amount,
            reason="small_balance",
        )
        for account, invoice, amount in (("1", "I1", 4_00), ("2", "I2", 50))
    ]
    shipped(sb.ProposeSmallBalances(batch="P1", lines=tuple(lines)), "officer.ames")
    write_off = [
        sb.WriteOffSmallBalance(
            unit="HSG",
            account=line.account,
            batch="P1",
            invoice=line.invoice,
            amount_minor=line.amount_minor,
            reason=line.reason,
        )
        for line in lines
    ]
    early = shipped(write_off[0], "officer.ames")
    assert codes(early) == [Code.SMALL_BALANCE_NOT_APPROVED]
    assert shipped(sb.ApproveSmallBalances(batch="P1"), "senior.cole").status == "posted"
    assert [shipped(one, "officer.bell").status for one in write_off] == ["posted", "posted"]
    assert state(desk.store, account_stream("HSG", "2")).open_minor == 0
    assert verify(desk.store) == ()


def test_without_a_policy_for_small_balances_none_is_small(desk: Desk) -> None:
    line = SmallBalanceLine(
        unit="HSG", account="1", invoice="I1", amount_minor=1, reason="rounding"
    )
    (outcome,) = desk.give(sb.ProposeSmallBalances(batch="P1", lines=(line,)))
    assert codes(outcome) == [Code.OVER_SMALL_BALANCE_LIMIT]
