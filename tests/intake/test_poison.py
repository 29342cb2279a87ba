"""Bad messages of every kind: each refused by its name, in words, and kept."""

from types import ModuleType
from typing import Any, TypeAlias

import psycopg
import pytest

from consumers import billing
from consumers.keeping import message_of
from consumers.message import Message
from ledger.intake_events import MessageRefused, MessageUnreadable
from projections import runner
from service import intake_desk

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
KINDS_MIN = 60


def _messages(council: Council, poison: ModuleType) -> list[Message]:
    sender = poison.Sender(council.billing)
    letters = [one.letter(sender, number) for number, one in enumerate(poison.CORPUS)]
    return [
        Message("t", 0, 100 + number, key, value, headers, 0)
        for number, (key, value, headers) in enumerate(letters)
    ]


def _catch_up(council: Council) -> None:
    with runner.connect(council.app.urls.app) as connection:
        runner.catch_up(connection)


def test_the_corpus_has_many_kinds_and_each_its_own_name(poison: ModuleType) -> None:
    names = [one.name for one in poison.CORPUS]
    assert len(names) >= KINDS_MIN
    assert len(set(names)) == len(names)


def test_every_kind_is_refused_by_its_code_in_a_sentence_with_field_and_value(
    council: Council, poison: ModuleType
) -> None:
    council.opened(poison.OPEN_ACCOUNT)
    for one, message in zip(poison.CORPUS, _messages(council, poison), strict=True):
        (outcome,) = council.send([message])
        fact = council.events()[-1].fact
        assert isinstance(fact, MessageRefused | MessageUnreadable), one.name
        assert (outcome.status, fact.refusals[0].code) == ("refused", one.code), one.name
        missing = [word for word in one.says if word not in fact.refusals[0].sentence]
        assert not missing, (one.name, fact.refusals[0].sentence)


def test_all_kinds_at_once_are_kept_byte_for_byte_and_stand_at_the_desk(
    council: Council, poison: ModuleType
) -> None:
    council.opened(poison.OPEN_ACCOUNT)
    messages = _messages(council, poison)
    outcomes = council.send(messages)
    assert {one.status for one in outcomes} == {"refused"}
    facts = [
        event.fact
        for event in council.events()
        if isinstance(event.fact, MessageRefused | MessageUnreadable)
    ]
    kept = [message_of(council.app.raw.path(fact.digest).read_bytes()) for fact in facts]
    assert sorted(kept, key=lambda one: one.offset) == messages
    _catch_up(council)
    rows = intake_desk.listed(council.app)
    assert len(rows) == len(messages)
    for row in rows:
        intake_desk.quoted(council.app, row).encode()
        assert intake_desk.retry(council.app, row).status == "refused", row.sentence


@pytest.mark.parametrize("where", ["invoice number of a NUL", "account of a NUL"])
def test_without_the_check_a_nul_in_a_name_would_stop_the_partition(
    council: Council, poison: ModuleType, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The negative control: the database refuses the whole batch, and would again for ever."""
    monkeypatch.setattr(billing, "refuse_nul", lambda _: None)
    council.opened(poison.OPEN_ACCOUNT)
    one = next(one for one in poison.CORPUS if one.name == where)
    key, value, headers = one.letter(poison.Sender(council.billing), 1)
    with pytest.raises(psycopg.DataError):
        council.send([Message("t", 0, 100, key, value, headers, 0)])


def test_without_the_check_a_nul_in_a_text_would_be_posted_and_stop_the_figures(
    council: Council, poison: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: an event is for ever, so the figures would never fill again."""
    monkeypatch.setattr(billing, "refuse_nul", lambda _: None)
    council.opened(poison.OPEN_ACCOUNT)
    council.billed(poison.OPEN_ACCOUNT, "INV-1", description="Rent\0", service="RE\0NT")
    with pytest.raises(psycopg.DataError):
        _catch_up(council)
