"""`check-message`: what a publisher sees before he goes live."""

import json
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.avro import encode
from consumers.avro_files import write_container
from consumers.json_lines import to_json_line

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here
Billing: TypeAlias = Any


@pytest.fixture
def records(billing: Billing) -> list[dict[str, Any]]:
    bad = billing.invoice("1", "INV-2", total_gross=1, due=date(2025, 4, 1), on=date(2025, 5, 1))
    return [billing.invoice("1", "INV-1"), bad]


def _avro(folder: Path, name: str, rows: list[dict[str, Any]]) -> str:
    path = folder / "messages.avro"
    write_container(path, name, rows)
    return str(path)


def test_good_messages_are_counted_and_nothing_is_opened(
    bare: Tallystick, tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    result = bare("check-message", _avro(tmp_path, "InvoiceIssued", records[:1]))
    assert (result.code, result.out) == (0, "1 checked, 0 would be refused\n")


def test_every_failing_rule_of_every_message_is_named(
    bare: Tallystick, tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    result = bare("check-message", _avro(tmp_path, "InvoiceIssued", records))
    assert result.code == 3
    assert result.out.splitlines() == [
        "message 2: total_differs_from_lines: total gross 0.01 is not the sum of the lines, 100.00",
        "message 2: due_before_issued: due 2025-04-01 is before the invoice date 2025-05-01",
        "2 checked, 1 would be refused",
    ]


def test_json_for_a_script_is_one_object_a_line(
    bare: Tallystick, tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    result = bare("check-message", "--json", _avro(tmp_path, "InvoiceIssued", records))
    lines = [json.loads(line) for line in result.out.splitlines()]
    assert lines[0]["code"] == "total_differs_from_lines"
    assert lines[-1] == {"checked": 2, "would_be_refused": 1}


def test_a_credit_note_is_checked_as_far_as_it_can_be_without_its_account(
    bare: Tallystick, tmp_path: Path, billing: Billing
) -> None:
    bad = billing.credit_note("1", "CN-1", "INV-1", source_document=" ", total_gross=7)
    result = bare("check-message", _avro(tmp_path, "CreditNote", [bad]))
    assert result.code == 3
    assert "source_document_missing" in result.out
    assert "total_differs_from_lines: total 0.07 is not the sum of the lines, 100.00" in result.out
    other = billing.credit_note("1", "CN-1", "INV-1", reason="OTHER")
    assert "reason_not_listed" in bare("check-message", _avro(tmp_path, "CreditNote", [other])).out


def test_json_lines_are_checked_line_by_line(
    bare: Tallystick, tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    good = to_json_line("InvoiceIssued", records[0])
    path = tmp_path / "messages.jsonl"
    path.write_text(
        f"{good}\n{good.replace('100.00', '100.0', 1)}\n{good[:-9]}\n", encoding="utf-8"
    )
    result = bare("check-message", str(path))
    assert result.code == 3
    assert "message 2: bad_value: lines[0].net is" in result.out
    assert "message 3: not_json: the line is not JSON in UTF-8" in result.out
    assert "3 checked, 2 would be refused" in result.out


def test_one_message_as_it_goes_on_the_wire_is_checked(
    bare: Tallystick, tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    path = tmp_path / "message.bin"
    path.write_bytes(encode("InvoiceIssued", records[0]))
    assert bare("check-message", str(path)).code == 0
    path.write_bytes(path.read_bytes()[:-4])
    result = bare("check-message", str(path))
    assert (result.code, result.out.splitlines()[0]) == (
        3,
        "message 1: truncated: the record is cut off in total_gross, at byte 84",
    )


def test_a_file_that_is_not_there_is_told_with_code_5(bare: Tallystick, tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        result = bare("check-message", str(path))
        assert result.code == 5
        assert f"there is no file {path}" in result.err
