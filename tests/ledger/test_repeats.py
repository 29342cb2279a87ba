"""The same thing again, and other content under the same name: what the handler answers.

The store is held in memory; the decisions are those of `ledger.round`.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from psycopg import Cursor

from consumers.avro import Decoded
from consumers.billing import translate
from consumers.registry import CREDIT_NOTE
from ledger import commands as c
from ledger.authority import Actor
from ledger.recorded import RecordedEvent, Source
from ledger.rejections import Code, RefusedError
from ledger.requests import Outcome, Request
from ledger.round import Round
from ledger.store_reads import StoreReads
from ledger.store_values import RegisterRow, StreamRow

INTAKE = Actor("system:intake", ("intake",))
OFFICER = Actor("officer.ames", ("collections_officer",))


class Memory(StoreReads):
    """State rows and keys of what was posted."""

    def __init__(self) -> None:
        self.rows: dict[UUID, StreamRow] = {}
        self.keys: dict[tuple[str, str], RegisterRow] = {}

    def cursor(self) -> AbstractContextManager[Cursor[tuple[Any, ...]]]:
        raise AssertionError("there is no database behind this")

    def streams(self, stream_ids: Sequence[UUID]) -> dict[UUID, StreamRow]:
        return {one: self.rows[one] for one in stream_ids if one in self.rows}

    def registered(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], RegisterRow]:
        return {key: self.keys[key] for key in keys if key in self.keys}

    def states_and_keys(
        self, stream_ids: Sequence[UUID], keys: Sequence[tuple[str, str]]
    ) -> tuple[dict[UUID, StreamRow], dict[tuple[str, str], RegisterRow]]:
        return self.streams(stream_ids), self.registered(keys)

    def histories(self, stream_ids: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        assert set(stream_ids) <= set(self.rows)
        return {one: [] for one in stream_ids}


class Desk:
    """Takes one command after the other."""

    def __init__(self, world: ModuleType) -> None:
        self.memory = Memory()
        self.world = world

    def take(
        self, command: c.AnyCommand, identity: str, actor: Actor = INTAKE, on: date | None = None
    ) -> Outcome:
        request = Request(command, actor, Source("command", "test"), identity, on)
        attempt = Round(self.memory, self.world.POLICY, self.world.TODAY, self.world.SMALL)
        attempt.load([request])
        attempt.take(request)
        batch = attempt.batch(None)
        self.memory.rows.update({row.stream_id: row for row in batch.streams})
        self.memory.keys.update({(row.kind, row.key): row for row in batch.register})
        return attempt.outcomes(1)[0]


@pytest.fixture
def desk(world: ModuleType) -> Desk:
    found = Desk(world)
    found.take(c.OpenAccount(unit="HSG", account="1", debt_type="sundry"), "m0")
    return found


def code(outcome: Outcome) -> list[str]:
    return [one.code for one in outcome.refusals]


def test_a_message_with_other_content_is_refused(desk: Desk, b: ModuleType) -> None:
    assert desk.take(b.issue("I1"), "m1").status == "posted"
    assert desk.take(b.issue("I1"), "m1").status == "repeated"
    outcome = desk.take(b.issue("I2"), "m1")
    assert code(outcome) == [Code.MESSAGE_EXISTS_WITH_DIFFERENT_CONTENT]


def test_an_invoice_with_other_content_is_refused(desk: Desk, b: ModuleType) -> None:
    desk.take(b.issue("I1"), "m1")
    assert desk.take(b.issue("I1"), "m2").status == "repeated"
    outcome = desk.take(b.issue("I1", 5), "m3")
    assert code(outcome) == [Code.INVOICE_EXISTS_WITH_DIFFERENT_CONTENT]


def test_a_credit_note_with_other_content_is_refused(desk: Desk, b: ModuleType) -> None:
    desk.take(b.issue("I1"), "m1")
    assert desk.take(b.credit("C1", 5), "m2").status == "posted"
    outcome = desk.take(b.credit("C1", 6), "m3")
    assert code(outcome) == [Code.CREDIT_NOTE_EXISTS_WITH_DIFFERENT_CONTENT]


def test_the_same_credit_note_of_another_date_is_another_content(desk: Desk, b: ModuleType) -> None:
    """The date is no part of the command, and yet of what was asked. Found by the simulation."""
    later = b.TODAY + timedelta(days=1)
    desk.take(b.issue("I1"), "m1")
    assert desk.take(b.credit("C1", 5), "m2", on=b.TODAY).status == "posted"
    assert desk.take(b.credit("C1", 5), "m3", on=b.TODAY).status == "repeated"
    assert code(desk.take(b.credit("C1", 5), "m4", on=later)) == [
        Code.CREDIT_NOTE_EXISTS_WITH_DIFFERENT_CONTENT
    ]
    assert code(desk.take(b.credit("C1", 5), "m2", on=later)) == [
        Code.MESSAGE_EXISTS_WITH_DIFFERENT_CONTENT
    ]


def test_a_receipt_with_other_content_is_refused(desk: Desk, b: ModuleType) -> None:
    desk.take(b.pay("R1", 5, b.TODAY), "m1")
    outcome = desk.take(b.pay("R1", 6, b.TODAY), "m2")
    assert code(outcome) == [Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT]


def test_a_virtual_account_is_never_given_to_a_second_account(desk: Desk, b: ModuleType) -> None:
    desk.take(c.OpenAccount(unit="HSG", account="2", debt_type="sundry"), "m1")
    assert desk.take(b.virtual(), "m2").status == "posted"
    assert desk.take(b.virtual(), "m3").status == "repeated"
    outcome = desk.take(b.virtual().model_copy(update={"account": "2"}), "m4")
    assert code(outcome) == [Code.VIRTUAL_ACCOUNT_ASSIGNED_ELSEWHERE]


def test_a_part_takes_the_name_of_a_receipt(desk: Desk, b: ModuleType) -> None:
    desk.take(b.pay("R1", 5, b.TODAY), "m1")
    desk.take(b.suspend("S1"), "m2")
    assert code(desk.take(b.split("R1", 5), "m3", OFFICER)) == [
        Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT
    ]
    assert desk.take(b.split("S2", 5), "m4", OFFICER).status == "posted"
    assert desk.take(b.split("S2", 5), "m5", OFFICER).status == "repeated"
    assert code(desk.take(b.pay("S2", 5, b.TODAY), "m6")) == [
        Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT
    ]


def test_an_instruction_and_a_batch_have_names_that_are_used_once(
    desk: Desk, b: ModuleType
) -> None:
    desk.take(b.instruct("N1", ("I1", None)), "m1", OFFICER)
    assert desk.take(b.instruct("N1", ("I1", None)), "m2", OFFICER).status == "repeated"
    outcome = desk.take(b.instruct("N1", ("I2", None)), "m3", OFFICER)
    assert code(outcome) == [Code.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT]
    desk.take(b.propose_balances(b.balance(5)), "m4", OFFICER)
    assert desk.take(b.propose_balances(b.balance(5)), "m5", OFFICER).status == "repeated"


def test_a_receipt_in_suspense_is_the_same_name_as_a_receipt_of_an_account(
    desk: Desk, b: ModuleType
) -> None:
    desk.take(b.pay("R1", 5, b.TODAY), "m1")
    outcome = desk.take(b.suspend("R1", 5), "m2")
    assert code(outcome) == [Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT]


def test_an_account_with_other_content_is_refused(desk: Desk) -> None:
    command = c.OpenAccount(unit="HSG", account="1", debt_type="rent")
    assert code(desk.take(command, "m1")) == [Code.ACCOUNT_EXISTS_WITH_DIFFERENT_CONTENT]


def test_a_name_that_an_officer_gave_is_used_once(desk: Desk, b: ModuleType) -> None:
    desk.take(b.pay("R1", 50, b.TODAY), "m1")
    assert desk.take(b.refund("RF1", 5), "m2", OFFICER).status == "posted"
    assert desk.take(b.refund("RF1", 5), "m3", OFFICER).status == "repeated"
    outcome = desk.take(b.refund("RF1", 6), "m4", OFFICER)
    assert code(outcome) == [Code.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT]


def test_a_transfer_of_another_account_cannot_take_a_name(desk: Desk, b: ModuleType) -> None:
    for account in ("2", "3"):
        desk.take(c.OpenAccount(unit="HSG", account=account, debt_type="sundry"), f"a{account}")
    for account in ("1", "2"):
        payment = b.pay(f"R{account}", 50, b.TODAY).model_copy(update={"account": account})
        desk.take(payment, f"p{account}")
    move = c.TransferCredit(
        unit="HSG",
        account="1",
        transfer="T1",
        amount_minor=5,
        to_unit="HSG",
        to_account="3",
        reason="same person",
    )
    assert desk.take(move, "m1", OFFICER).status == "posted"
    other = move.model_copy(update={"account": "2"})
    outcome = desk.take(other, "m2", OFFICER)
    assert code(outcome) == [Code.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT]


def test_other_content_is_refused_before_authority_is_looked_at(desk: Desk, b: ModuleType) -> None:
    desk.take(b.issue("I1"), "m1")
    outcome = desk.take(b.dispute("H1"), "m1")
    assert code(outcome) == [Code.MESSAGE_EXISTS_WITH_DIFFERENT_CONTENT]


def test_a_reason_outside_the_list_is_refused_where_messages_are_translated() -> None:
    record: dict[str, Any] = {"reason": "other", "authorised_by": "Repairs"}
    with pytest.raises(RefusedError) as refused:
        translate(Decoded(schema_name=CREDIT_NOTE, record=record, schema_id=1))
    assert refused.value.code == Code.REASON_NOT_LISTED
