"""Each read model names the facts that can give it rows; a page is folded by that."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ledger.events import HoldPlaced, WriteOffApproved
from ledger.postings import UnbalancedPostingsError
from ledger.recorded import FACTS, RecordedEvent, UnknownTopicError, decode
from ledger.upcasts import STEPS
from projections import pages
from projections.read_models import READ_MODELS, ReadModel, fed_by

GOLDEN = Path(__file__).parents[1] / "ledger" / "golden" / "events.jsonl"
RECORDED_AT = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def events() -> list[RecordedEvent]:
    """Every event ever shipped, with everything that it can have."""
    lines = [json.loads(line) for line in GOLDEN.read_text("utf-8").splitlines()]
    lines = [line for line in lines if line["variant"] != "least"]
    return [
        decode(n, UUID(int=n), 1, RECORDED_AT, line["topic"], line["stored"].encode())
        for n, line in enumerate(lines, 1)
    ]


def forgotten(events: list[RecordedEvent], models: tuple[ReadModel, ...]) -> set[str]:
    """Facts that give rows to a read model which does not name them."""
    return {
        f"{model.name} of {event.fact.topic}"
        for event in events
        for model in models
        if _gives_a_row(model, event) and model not in fed_by(type(event.fact), models)
    }


def _gives_a_row(model: ReadModel, event: RecordedEvent) -> bool:
    try:
        return next(iter(model.rows(event)), None) is not None
    except UnbalancedPostingsError:  # of an example whose amounts mean nothing
        return True


def test_every_fact_that_gives_a_row_is_named_by_its_read_model(
    events: list[RecordedEvent],
) -> None:
    assert {type(event.fact) for event in events} == set(FACTS.values())
    assert forgotten(events, READ_MODELS) == set()


def test_a_read_model_that_forgets_one_kind_of_fact_is_found(events: list[RecordedEvent]) -> None:
    broken = tuple(
        dataclasses.replace(
            model, facts=tuple(one for one in model.facts if one is not WriteOffApproved)
        )
        for model in READ_MODELS
    )
    found = forgotten(events, broken)
    assert found == {"projection.small_balances_v1 of write-off-approved.v1"}


def test_what_no_read_model_asks_for_is_not_decoded() -> None:
    fed = {topic: fed_by(fact, READ_MODELS) for topic, fact in FACTS.items()}
    assert not fed[HoldPlaced.topic]
    assert HoldPlaced.topic not in STEPS
    assert not pages._is_asked_for(HoldPlaced.topic, fed)
    assert pages._is_asked_for(WriteOffApproved.topic, fed)


def test_a_topic_that_nobody_knows_stops_the_fold() -> None:
    stored = json.dumps({"data": {}}).encode()
    row = (1, UUID(int=1), 1, RECORDED_AT, "weather-changed.v1", stored)
    with pytest.raises(UnknownTopicError):
        pages._folded([row], READ_MODELS)
