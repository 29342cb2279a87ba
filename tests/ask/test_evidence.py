"""Where an event came from is said of every kind of source, and quoted wherever it can be."""

from pathlib import Path

import pytest

from ledger.recorded import Source
from service.explain_source import evidence_of
from service.raw_files import RawStore


@pytest.fixture
def raw(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "raw")


def test_a_row_of_a_json_lines_file_is_quoted_by_its_line(raw: RawStore) -> None:
    digest = raw.keep(b'{"a": 1}\r\n\r\n{"b": 2}\r\n')
    found = evidence_of(Source("file", "bills.jsonl", digest=digest, line=3), raw)
    assert (found.state, found.quote) == ("quoted", b'{"b": 2}')
    assert found.sentence == "file bills.jsonl, line 3"


def test_a_row_of_a_binary_container_is_named_and_not_quoted(raw: RawStore) -> None:
    digest = raw.keep(b"Obj\x01\x00binary\n")
    found = evidence_of(Source("file", "bills.avro", digest=digest, line=1), raw)
    assert (found.state, found.quote) == ("none", None)
    assert "binary" in found.sentence


def test_a_range_that_is_not_in_the_file_is_damage(raw: RawStore) -> None:
    digest = raw.keep(b"short")
    source = Source("file", "x.csv", digest=digest, line=1, byte_start=0, byte_end=99)
    found = evidence_of(source, raw)
    assert found.state == "damaged"
    assert "has not these bytes" in found.sentence


def test_a_line_that_is_not_in_the_file_is_damage(raw: RawStore) -> None:
    digest = raw.keep(b"one line\n")
    assert evidence_of(Source("file", "x", digest=digest, line=2), raw).state == "damaged"


def test_a_message_is_named_by_topic_partition_offset_and_schema(raw: RawStore) -> None:
    source = Source("kafka", "ar.billing.invoice.v1", partition=3, offset=0, schema="invoice.avsc")
    found = evidence_of(source, raw)
    assert found.sentence == (
        "message ar.billing.invoice.v1, partition 3, offset 0, schema invoice.avsc"
    )


def test_a_command_and_the_ledger_itself_are_named(raw: RawStore) -> None:
    assert evidence_of(Source("command", "allocate"), raw).sentence == "command allocate"
    assert "the ledger itself" in evidence_of(Source("system", "clock"), raw).sentence
