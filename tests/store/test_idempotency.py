"""The same input has one effect and one answer; other content under its name is refused."""

from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from ledger.account_state import Dated
from ledger.checks import verify
from ledger.intake_events import IntakeResolved, MessageRefused
from ledger.rejections import Code
from ledger.requests import IntakeOf, Note
from ledger.store import Store
from ledger.store_values import Position

Desk: TypeAlias = Any  # conftest's, which a test cannot import

INTAKE = IntakeOf("intake:test", "invoice", lambda: "00" * 32)


def facts(store: Store) -> list[str]:
    return [event.topic for event in store.events_after(0, 1_000)]


def test_the_same_request_again_is_answered_with_the_first_position(desk: Desk) -> None:
    desk.open("1")
    (first,) = desk.give(desk.pay("1", "R1", 1_00))
    (again,) = desk.give(desk.pay("1", "R1", 1_00))

    assert (first.status, again.status) == ("posted", "repeated")
    assert again.position == first.position == 2
    assert facts(desk.store).count("payment-received.v1") == 1


def test_the_same_request_twice_in_one_batch_has_one_effect_and_one_position(desk: Desk) -> None:
    desk.open("1")
    pay = desk.pay("1", "R1", 1_00)
    first, again = desk.give(pay, pay)
    assert (first.status, again.status) == ("posted", "repeated")
    assert first.position == again.position == 2


def test_the_same_invoice_by_another_message_is_a_repeat_of_the_first(desk: Desk) -> None:
    """A billing system that sends a bill again gives it a new message id."""
    desk.open("1")
    desk.open("2")
    (first,) = desk.give(desk.bill("1", "I1"))
    (again,) = desk.give(desk.bill("1", "I1"), of="another message")
    (third,) = desk.give(desk.bill("1", "I1"), of="another message")

    assert [one.status for one in (first, again, third)] == ["posted", "repeated", "repeated"]
    assert first.position == again.position == third.position
    assert verify(desk.store) == ()


def test_the_same_invoice_by_two_messages_of_one_batch_has_one_position(desk: Desk) -> None:
    desk.open("1")
    bill = desk.bill("1", "I1")
    outcomes = desk.ledger.handle([desk.request(bill, "m1"), desk.request(bill, "m2")])
    (later,) = desk.ledger.handle([desk.request(bill, "m2")])
    assert [one.status for one in (*outcomes, later)] == ["posted", "repeated", "repeated"]
    assert {one.position for one in (*outcomes, later)} == {2}


def test_an_invoice_number_with_other_content_is_refused_and_recorded_once(desk: Desk) -> None:
    desk.open("1")
    desk.give(desk.bill("1", "I1", 100_00))
    other = desk.request(desk.bill("1", "I1", 200_00), "m2", INTAKE)

    for _ in range(3):
        (outcome,) = desk.ledger.handle([other])
        assert outcome.status == "refused"
        assert outcome.refusals[0].code == Code.INVOICE_EXISTS_WITH_DIFFERENT_CONTENT
    assert facts(desk.store).count(MessageRefused.topic) == 1


def test_a_message_id_with_other_content_is_refused_and_recorded_once_for_each_content(
    desk: Desk,
) -> None:
    desk.open("1")
    desk.ledger.handle([desk.request(desk.bill("1", "I1", 100_00), "m1", INTAKE)])
    others = [desk.request(desk.bill("1", "I1", amount), "m1", INTAKE) for amount in (1, 2)]

    for other in (*others, *others):
        (outcome,) = desk.ledger.handle([other])
        assert outcome.refusals[0].code == Code.MESSAGE_EXISTS_WITH_DIFFERENT_CONTENT
    refused = [event for event in desk.store.events_after(0, 99) if "refused" in event.topic]
    assert len(refused) == 2
    assert len({event.envelope.id for event in refused}) == 2


def test_what_was_refused_and_then_accepted_is_recorded_as_resolved(desk: Desk) -> None:
    early = desk.request(desk.bill("1", "I1"), "m1", INTAKE)
    (refused,) = desk.ledger.handle([early])
    desk.open("1")
    (posted,) = desk.ledger.handle([early])
    (repeated,) = desk.ledger.handle([early])

    assert refused.refusals[0].code == Code.ACCOUNT_NOT_OPEN
    assert [one.status for one in (refused, posted, repeated)] == ["refused", "posted", "repeated"]
    resolved = [
        event.fact
        for event in desk.store.events_after(0, 99)
        if isinstance(event.fact, IntakeResolved)
    ]
    assert [(one.message, one.outcome) for one in resolved] == [("m1", "posted")]
    assert verify(desk.store) == ()


def test_what_was_refused_and_came_by_another_message_is_recorded_as_resolved(desk: Desk) -> None:
    early = desk.request(desk.bill("1", "I1"), "m1", INTAKE)
    desk.ledger.handle([early])
    desk.open("1")
    desk.ledger.handle([desk.request(desk.bill("1", "I1"), "m2", INTAKE)])
    desk.ledger.handle([early])
    desk.ledger.handle([early])
    assert facts(desk.store).count(IntakeResolved.topic) == 1
    assert verify(desk.store) == ()


def test_a_refusal_without_an_intake_writes_nothing(desk: Desk) -> None:
    (outcome,) = desk.give(desk.bill("1", "I1"))
    assert outcome.status == "refused"
    assert desk.store.last_position() == 0


def test_facts_of_a_source_are_recorded_once(desk: Desk) -> None:
    request = desk.request(desk.bill("1", "I1"), "m1", INTAKE)
    fact = MessageRefused(
        source="intake:test",
        message="m1",
        kind="invoice",
        digest="00",
        refusals=desk.ledger.preview(request).refusals,
    )
    dated = [Dated(fact, desk.ledger.today())]
    note = Note("intake:test", dated, request.actor, request.source, "n1", b"bytes")
    first, again = desk.ledger.handle([note, note])
    (later,) = desk.ledger.handle([note])
    assert [one.status for one in (first, again, later)] == ["posted", "repeated", "repeated"]
    assert {first.position, again.position, later.position} == {1}
    assert facts(desk.store) == [MessageRefused.topic]


def test_a_position_moves_although_every_message_of_the_batch_is_a_repeat(desk: Desk) -> None:
    desk.open("1")
    desk.ledger.handle([desk.request(desk.bill("1", "I1"), "m1")], Position("kafka:x:t:0", 1))
    (again,) = desk.ledger.handle(
        [desk.request(desk.bill("1", "I1"), "m1")], Position("kafka:x:t:0", 2)
    )
    assert again.status == "repeated"
    assert desk.store.position("kafka:x:t:0") == (2, None)


def test_a_register_that_forgets_would_post_a_bill_twice(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: without its rows only the keys of the database would stop the second bill."""
    desk.open("1")
    desk.give(desk.bill("1", "I1"))
    append = desk.store.append
    monkeypatch.setattr(desk.store, "registered", lambda _: {})
    monkeypatch.setattr(desk.store, "states_and_keys", lambda ids, _: (desk.store.streams(ids), {}))
    monkeypatch.setattr(desk.store, "append", lambda batch: append(replace(batch, register=())))
    (again,) = desk.give(desk.bill("1", "I1"))
    assert again.status == "posted"
    assert [one.check for one in verify(desk.store)] == ["register"]
