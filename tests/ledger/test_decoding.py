"""A page of the log is decoded in one pass, and gives what the careful decoding gives.

Of random histories the same is asserted at the end of each, in `machine.py`.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ledger import decoding
from ledger.decoding import StoredRow, decode_rows
from ledger.recorded import FACTS, UnknownTopicError, decode
from ledger.values import Fact

GOLDEN = Path(__file__).parent / "golden" / "events.jsonl"
RECORDED_AT = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def row_of(topic: str, stored: bytes, position: int = 1) -> StoredRow:
    return position, UUID(int=7), 3, RECORDED_AT, topic, stored


def golden_rows() -> list[StoredRow]:
    lines = [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]
    return [row_of(line["topic"], line["stored"].encode(), n) for n, line in enumerate(lines, 1)]


def surface(fact: Fact) -> tuple[Any, ...]:
    """Everything that somebody could see of a fact, beside its equality."""
    return repr(fact), fact.model_dump_json(), fact.model_fields_set, hash(fact)


def test_every_golden_event_is_decoded_alike_both_ways() -> None:
    rows = golden_rows()
    assert {row[4] for row in rows} == set(FACTS)
    fast = decode_rows(rows)
    careful = [decode(*row) for row in rows]
    assert fast == careful
    for one, other in zip(fast, careful, strict=True):
        assert surface(one.fact) == surface(other.fact)
        assert repr(one.envelope) == repr(other.envelope)


def test_every_golden_event_goes_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def careful(*_row: object) -> None:
        raise AssertionError("an event was decoded the slow way")

    monkeypatch.setattr(decoding, "decode", careful)
    assert len(decode_rows(golden_rows())) == len(golden_rows())


def test_a_reader_that_drops_one_field_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    real = decoding._READERS["payment-received.v1"]

    def forgetful(stored: bytes) -> Any:  # noqa: ANN401 - what the validator gives
        found = real(stored)
        return found | {"data": found["data"].model_copy(update={"rule": "forgotten"})}

    monkeypatch.setitem(decoding._READERS, "payment-received.v1", forgetful)
    with pytest.raises(AssertionError):
        test_every_golden_event_is_decoded_alike_both_ways()


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b'"amount_minor":', b'"amount_minor":"many","x":'),  # a text where a number must be
        (b'"rule":', b'"rulle":'),  # a field that is missing, and one too many
        (b'"kind":"file"', b'"kind":"file","colour":"red"'),  # a source with more than it has
        (b'"actor":', b'"aktor":'),  # an envelope without an actor
        (b'{"id"', b'["id"'),  # no JSON
    ],
)
def test_what_is_wrong_with_an_event_is_said_as_the_careful_way_says_it(
    said: bytes, instead: bytes
) -> None:
    whole = next(row for row in golden_rows() if row[4] == "payment-received.v1")
    broken = row_of(whole[4], whole[5].replace(said, instead, 1))
    assert broken[5] != whole[5]
    with pytest.raises(Exception) as careful:  # noqa: PT011 - of whatever kind: the same is asked for
        decode(*broken)
    with pytest.raises(type(careful.value)) as fast:
        decode_rows([broken])
    assert str(fast.value) == str(careful.value)


def test_an_unknown_topic_stops_the_reader() -> None:
    whole = golden_rows()[0]
    with pytest.raises(UnknownTopicError, match=r"weather-changed\.v1"):
        decode_rows([row_of("weather-changed.v1", whole[5])])


def test_an_event_of_an_old_version_goes_the_careful_way_and_is_upcast(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps = {"payment-received.v1": ("payment-received.v1", dict)}
    asked: list[str] = []

    def careful(*row: Any) -> Any:  # noqa: ANN401 - as decode
        asked.append(row[4])
        return decode(*row)

    monkeypatch.setattr(decoding, "decode", careful)
    rows = golden_rows()
    assert [event.position for event in decode_rows(rows, steps)] == [row[0] for row in rows]
    assert set(asked) == {"payment-received.v1"}
