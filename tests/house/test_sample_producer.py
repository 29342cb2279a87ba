"""The sample that a billing system's developer copies: it works, and it is short."""

import json
import runpy
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from kafka import KafkaConsumer

from consumers.avro import Decoded, decode
from consumers.cloud_events import read_headers
from consumers.json_lines import record_of_line
from consumers.kafka import create_topics

# What the broker's plugin gives; its classes cannot be imported from here.
Broker: TypeAlias = Any

ROOT = Path(__file__).parents[2]
PRODUCER = ROOT / "docs" / "examples" / "producer.py"
INVOICES = ROOT / "docs" / "examples" / "invoices.jsonl"
TOPIC = "ar.billing.invoice.v1"
SCHEMA = ROOT / "schemas" / f"{TOPIC}.avsc"


def as_ledger_reads_them() -> list[Decoded]:
    return [record_of_line(line) for line in INVOICES.read_bytes().splitlines()]


@pytest.fixture
def message() -> Callable[[str], dict[str, Any]]:
    """What the sample makes of one JSON line."""
    sample = runpy.run_path(str(PRODUCER))
    return lambda line: sample["message"](
        json.loads(line, object_hook=sample["exact"]), str(SCHEMA)
    )


def test_the_sample_is_shorter_than_thirty_lines() -> None:
    lines = PRODUCER.read_text(encoding="utf-8").splitlines()
    code = [line for line in lines if line.strip() and not line.startswith("#")]
    assert len(code) < 30


def test_the_ledger_reads_what_the_sample_writes(message: Callable[[str], dict[str, Any]]) -> None:
    made = [message(line) for line in INVOICES.read_text(encoding="utf-8").splitlines()]
    assert [decode(one["value"]) for one in made] == as_ledger_reads_them()


def test_the_sample_names_a_bill_the_same_each_time_and_keeps_an_account_together(
    message: Callable[[str], dict[str, Any]],
) -> None:
    lines = INVOICES.read_text(encoding="utf-8").splitlines()
    first, second, again = (message(line) for line in (lines[0], lines[1], lines[0]))
    ids = [read_headers(tuple(one["headers"])).message_id for one in (first, second, again)]
    assert ids[0] == ids[2] != ids[1]
    assert first["key"] == second["key"] == b"COR/M-1001"


def received(bootstrap: str) -> Generator[Any, None, None]:
    """What the topic holds of the sample's account, until nothing more comes for a while."""
    consumer = KafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap.split(","),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        group_id=None,
        consumer_timeout_ms=10_000,
    )
    try:
        yield from (one for one in consumer if one.key == b"COR/M-1001")
    finally:
        consumer.close()


@pytest.mark.kafka
def test_the_sample_sends_to_a_real_broker(kafka_broker: Broker) -> None:
    kafka_broker.need("topics with a name of their own")
    create_topics(kafka_broker.connection, [TOPIC], partitions=3)
    words = [sys.executable, str(PRODUCER), kafka_broker.bootstrap, str(SCHEMA), str(INVOICES)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 2
    with closing(received(kafka_broker.bootstrap)) as messages:
        sent = list(islice(messages, 2))
    assert [decode(one.value) for one in sent] == as_ledger_reads_them()
