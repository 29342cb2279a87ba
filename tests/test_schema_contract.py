"""The schemas in git keep the contract, now and in every later version."""

import copy
import hashlib
import itertools
import json
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from avro.compatibility import (
    ReaderWriterCompatibilityChecker,
    SchemaCompatibilityResult,
    SchemaCompatibilityType,
)
from avro.schema import Schema, _crc_64_fingerprint, parse

from consumers.registry import reviewed_schemas
from schemas import SchemaFile, schema_files
from schemas.lint import AvroJson, lint

FILES = schema_files()
KEPT = Path(__file__).parent / "published_schemas.txt"


def versions_by_subject() -> dict[str, list[SchemaFile]]:
    by_subject = defaultdict(list)
    for file in sorted(FILES, key=lambda one: one.version):
        by_subject[file.subject].append(file)
    return by_subject


def pairs() -> list[tuple[SchemaFile, SchemaFile]]:
    """Each version with each later one of its subject, and with itself."""
    return [
        pair
        for versions in versions_by_subject().values()
        for pair in itertools.combinations_with_replacement(versions, 2)
    ]


def compatibility(reader: Schema, writer: Schema) -> SchemaCompatibilityResult:
    """Avro's own verdict, by the library that the project does not decode with."""
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    return checker.get_compatibility(reader, writer)


def invoice() -> AvroJson:
    return json.loads(FILES[0].text())


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.file)
def test_a_schema_keeps_the_lints(file: SchemaFile) -> None:
    assert lint(json.loads(file.text())) == ()


def incompatible(texts: Sequence[str]) -> list[tuple[int, int]]:
    """FULL_TRANSITIVE by Avro's own rules: (reader, writer) of all versions that do not fit."""
    parsed = [parse(text) for text in texts]
    return [
        (reader + 1, writer + 1)
        for reader, writer in itertools.product(range(len(parsed)), repeat=2)
        if compatibility(parsed[reader], parsed[writer]).compatibility
        is not SchemaCompatibilityType.compatible
    ]


@pytest.mark.parametrize("subject", sorted(versions_by_subject()))
def test_every_version_reads_every_other_version(subject: str) -> None:
    assert incompatible([file.text() for file in versions_by_subject()[subject]]) == []


def test_a_version_that_fits_only_the_one_before_it_is_found() -> None:
    """The control: each step fits both ways, and the third version cannot read the first."""
    steps = [invoice(), with_new_field("string", default=""), with_new_field("string")]
    texts = [json.dumps(step) for step in steps]
    assert incompatible(texts[:2]) == []
    assert incompatible(texts[1:]) == []
    assert incompatible(texts) == [(3, 1)]


def test_a_version_that_the_older_readers_cannot_read_is_found() -> None:
    shorter = invoice()
    shorter["fields"] = shorter["fields"][1:]
    assert incompatible([json.dumps(invoice()), json.dumps(shorter)]) == [(1, 2)]


# -- what was published stays ----------------------------------------------------------------


def meaning(schema: AvroJson) -> AvroJson:
    """A schema without its explanations, which may be made better."""
    if isinstance(schema, dict):
        return {name: meaning(part) for name, part in schema.items() if name != "doc"}
    return [meaning(part) for part in schema] if isinstance(schema, list) else schema


def published(schema_id: int, subject: str, version: int, text: str) -> str:
    """One line of the kept list."""
    plain = json.dumps(meaning(json.loads(text)), sort_keys=True)
    return f"{schema_id} {subject} {version} {hashlib.sha256(plain.encode()).hexdigest()}"


def lines_now() -> list[str]:
    return [published(one.schema_id, one.subject, one.version, one.text()) for one in FILES]


if os.environ.get("TALLYSTICK_GOLDEN") == "add":
    _kept = KEPT.read_text("utf-8").splitlines() if KEPT.exists() else []
    _new = [line for line in lines_now() if line not in _kept]
    KEPT.write_text("".join(f"{line}\n" for line in [*_kept, *_new]), "utf-8")


def test_a_schema_that_was_published_is_never_changed_or_dropped() -> None:
    """To add a new version's line: TALLYSTICK_GOLDEN=add pytest tests/test_schema_contract.py."""
    assert KEPT.read_text("utf-8").splitlines() == lines_now()


def test_a_changed_default_or_id_would_be_found_and_a_better_explanation_is_not() -> None:
    before = published(1, "s", 1, json.dumps(with_field("unit")))
    assert published(1, "s", 1, json.dumps(with_field("unit", doc="Clearer."))) == before
    assert published(1, "s", 1, json.dumps(with_field("unit", default="HSG"))) != before
    assert published(9, "s", 1, json.dumps(with_field("unit"))) != before


@pytest.mark.parametrize(("older", "newer"), pairs(), ids=lambda file: f"v{file.version}")
def test_a_later_version_changes_nothing_that_may_not_change(
    older: SchemaFile, newer: SchemaFile
) -> None:
    assert lint(json.loads(newer.text()), json.loads(older.text())) == ()


def test_ids_files_and_versions_are_each_used_once_and_versions_have_no_gap() -> None:
    assert len({file.schema_id for file in FILES}) == len(FILES)
    assert len({file.file for file in FILES}) == len(FILES)
    for versions in versions_by_subject().values():
        assert [file.version for file in versions] == list(range(1, len(versions) + 1))


def test_the_topics_are_those_of_the_contract() -> None:
    assert {file.topic for file in FILES} == {
        "ar.billing.invoice.v1",
        "ar.billing.credit-note.v1",
        "ar.billing.account.v1",
    }


def test_no_two_reviewed_schemas_share_a_fingerprint() -> None:
    fingerprints = [one.fingerprint for one in reviewed_schemas()]
    assert len(set(fingerprints)) == len(fingerprints)


def test_the_fingerprint_is_crc_64_avro_as_the_avro_library_computes_it() -> None:
    # Of the canonical form by fastavro: the avro library's own keeps {"type": "int"} where the
    # specification (rule PRIMITIVES) wants "int".
    for one in reviewed_schemas():
        assert one.fingerprint == _crc_64_fingerprint(one.identity[0].encode())


def with_field(name: str, **changes: AvroJson) -> AvroJson:
    schema = invoice()
    for one in schema["fields"]:
        if one["name"] == name:
            one.update(changes)
    return schema


def with_new_field(type_: AvroJson, **more: AvroJson) -> AvroJson:
    schema = invoice()
    schema["fields"].append({"name": "extra", "type": type_, "doc": "Something new.", **more})
    return schema


@pytest.mark.parametrize(
    ("schema", "finding"),
    [
        (with_new_field("double"), "extra: a float cannot hold pence; use decimal(14,2)"),
        (
            with_new_field({"type": "float", "logicalType": "money"}),
            "extra: a float cannot hold pence; use decimal(14,2)",
        ),
        (
            with_new_field(["null", "InvoiceIssued"], default=None),
            "extra: recursion into InvoiceIssued; a deep value would end the interpreter",
        ),
        (
            with_new_field({"type": "array", "items": "null"}),
            "extra: items of no bytes; five bytes would become millions of them",
        ),
        (
            with_new_field(
                {"type": "array", "items": {"type": "record", "name": "Empty", "fields": []}}
            ),
            "extra: items of no bytes; five bytes would become millions of them",
        ),
        (
            with_new_field({"type": "enum", "name": "Colour", "symbols": ["red"]}),
            "extra: an enum without a default symbol cannot grow",
        ),
        (with_new_field(["string", "null"]), "extra: a union other than null or one type"),
        (
            with_new_field(["null", "string"]),
            "extra: a field that may be null has the default null",
        ),
        (
            with_new_field(
                {"type": "bytes", "logicalType": "decimal", "precision": 14, "scale": 4}
            ),
            "extra: an amount is bytes, decimal(14,2)",
        ),
        (with_new_field({"type": "long", "logicalType": "date"}), "extra: a date is an int"),
        (with_field("unit", doc=" "), "unit: a field without doc"),
    ],
)
def test_the_lint_names_what_breaks_the_contract(schema: AvroJson, finding: str) -> None:
    assert finding in lint(schema)


def test_a_new_field_needs_a_default() -> None:
    assert lint(with_new_field("string"), invoice()) == (
        "extra: a new field without default; older messages could not be read",
    )
    assert lint(with_new_field("string", default=""), invoice()) == ()


def test_a_field_without_default_may_not_go() -> None:
    shorter = invoice()
    shorter["fields"] = shorter["fields"][1:]
    assert lint(shorter, invoice()) == (
        "unit: a field without default was removed; older readers could not go on",
    )


def test_the_scale_of_an_amount_may_not_change_although_avro_calls_that_compatible() -> None:
    changed = copy.deepcopy(invoice())
    total = next(one for one in changed["fields"] if one["name"] == "total_net")
    total["type"]["scale"] = 4
    findings = lint(changed, invoice())
    assert "total_net: logical type ('decimal', 14, 2) became ('decimal', 14, 4)" in findings
    verdict = compatibility(parse(json.dumps(changed)), parse(json.dumps(invoice())))
    assert verdict.compatibility is SchemaCompatibilityType.compatible


def test_a_date_may_not_become_a_plain_number() -> None:
    findings = lint(with_field("due_date", type="int"), invoice())
    assert findings == ("due_date: logical type ('date', None, None) became (None, None, None)",)
