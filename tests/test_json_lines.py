"""The billing messages as JSON lines: what is read, and what is refused by name."""

import json
from datetime import date
from pathlib import Path

import pytest

from consumers.avro import Decoded
from consumers.avro_values import Json, Record
from consumers.json_lines import read_json_lines, record_of_line
from consumers.registry import ACCOUNT, INVOICE_ISSUED
from consumers.unreadable import Reason, UnreadableMessageError
from ledger.limits import MESSAGE_BYTES_MAX

LINE: Record = {
    "line_number": 1,
    "description": "Garage rent April",
    "service": "GAR",
    "cost_code": "R100",
    "vat_code": "S20",
    "net": "100.00",
    "vat": "20.00",
    "period_from": "2026-04-01",
}
INVOICE: Record = {
    "unit": "HSG",
    "account": "100234",
    "invoice_number": "INV-1",
    "service": "GAR",
    "invoice_date": "2026-04-01",
    "tax_point": "2026-04-01",
    "due_date": "2026-04-15",
    "description": "Garage 12",
    "lines": [LINE],
    "total_net": "100.00",
    "total_vat": "20.00",
    "total_gross": "120.00",
}
OPENED: Record = {
    "unit": "HSG",
    "account": "100234",
    "action": "open",
    "opened_on": "2026-04-01",
    "debt_type": "garage",
    "payment_terms_days": 14,
    "party": {"kind": "person", "name": "A Tenant", "email": "a.tenant@example.org"},
}


def text(record: Json) -> bytes:
    return json.dumps(record).encode()


def refusal(line: bytes) -> UnreadableMessageError:
    with pytest.raises(UnreadableMessageError) as caught:
        record_of_line(line)
    return caught.value


def test_a_line_becomes_the_same_record_as_the_avro_message() -> None:
    read = record_of_line(text(INVOICE))
    assert read.schema_name == INVOICE_ISSUED
    assert read.record["total_gross"] == 12000
    assert read.record["due_date"] == date(2026, 4, 15)
    assert read.record["currency"] == "GBP"
    assert read.record["instalments"] == []
    assert read.record["lines"][0]["period_to"] is None


def test_defaults_are_not_shared_between_records() -> None:
    one, two = record_of_line(text(INVOICE)), record_of_line(text(INVOICE))
    one.record["instalments"].append("x")
    assert two.record["instalments"] == []


def test_the_kind_of_message_follows_from_the_fields() -> None:
    assert record_of_line(text(OPENED)).schema_name == ACCOUNT
    assert refusal(b'{"unit": "HSG"}').reason == Reason.UNKNOWN_SCHEMA


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (120.0, "120.0"),
        (120, "120"),
        ("1e3", '"1e3"'),
        ("1_000.00", '"1_000.00"'),
        ("1,000.00", '"1,000.00"'),
        ("12.3", '"12.3"'),
        ("12.345", '"12.345"'),
        ("\uff11\uff12.00", '"\\uff11\\uff12.00"'),
        (" 12.00", '" 12.00"'),
        ("£12.00", '"\\u00a312.00"'),
        ("", '""'),
        (None, "null"),
        (True, "true"),
        ("9" * 13 + ".00", '"9999999999999.00"'),
    ],
)
def test_an_amount_that_is_not_pounds_and_pence_is_refused_with_field_and_value(
    amount: Json, shown: str
) -> None:
    error = refusal(text({**INVOICE, "lines": [LINE, {**LINE, "net": amount}]}))
    assert (error.reason, error.field, error.value) == (Reason.BAD_VALUE, "lines[1].net", shown)


@pytest.mark.parametrize("number", [b"1e3", b"12.0", b"NaN", b"-Infinity", b"1E400"])
def test_a_number_with_a_fraction_or_exponent_is_refused_as_it_stands(number: bytes) -> None:
    line = text({**INVOICE, "total_net": 7}).replace(b": 7", b": " + number)
    assert refusal(line).value == number.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("due_date", "2026-4-1"),
        ("due_date", "2026-02-30"),
        ("due_date", "20260401"),
        ("due_date", "\uff12\uff10\uff12\uff16-04-01"),
        ("due_date", 20260401),
        ("unit", 7),
        ("unit", None),
        ("unit", "\ud800"),
        ("lines", {}),
        ("lines", ["x"]),
    ],
)
def test_other_values_of_the_wrong_kind_are_refused_by_field(field: str, value: Json) -> None:
    error = refusal(text({**INVOICE, field: value}))
    assert error.reason == Reason.BAD_VALUE
    assert error.field is not None
    assert error.field.startswith(field)


def test_an_int_is_a_whole_number_of_32_bits_and_no_boolean() -> None:
    for days in (True, "14", 2**31, 1.0):
        assert refusal(text({**OPENED, "payment_terms_days": days})).field == "payment_terms_days"


def test_an_unknown_symbol_is_refused_and_not_turned_into_the_default() -> None:
    assert refusal(text({**OPENED, "debt_type": "parking"})).value == '"parking"'


def test_missing_unknown_and_repeated_fields_are_named() -> None:
    missing = refusal(text({name: value for name, value in INVOICE.items() if name != "unit"}))
    assert (missing.reason, missing.field) == (Reason.MISSING_FIELD, "unit")
    unknown = refusal(text({**INVOICE, "lines": [{**LINE, "colour": "red"}]}))
    assert (unknown.reason, unknown.field) == (Reason.UNKNOWN_FIELD, "lines[0].colour")
    assert refusal(b'{"unit": "A", "unit": "B"}').field == "unit"


def test_personal_data_never_stands_in_an_error() -> None:
    error = refusal(text({**OPENED, "party": {"kind": "person", "name": ["A Tenant"]}}))
    assert error.field == "party.name"
    assert "Tenant" not in f"{error}{error.value}{error.sentence}"


@pytest.mark.parametrize(
    "line",
    [b"{", b"[1]", b'"x"', b"\xff\xfe{}", b"[" * 200_000, b'{"unit": ' + b"9" * 5000 + b"}"],
)
def test_a_line_that_is_no_json_object_in_utf_8_is_refused(line: bytes) -> None:
    assert refusal(line).reason == Reason.NOT_JSON


def test_a_file_is_read_past_its_bad_lines_which_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "invoices.jsonl"
    bad = text({**INVOICE, "total_net": "1e3"})
    long = b'"' + b"x" * (3 * MESSAGE_BYTES_MAX) + b'"'
    lines = [text(INVOICE), b"", bad, long, b"{", text(INVOICE)]
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(lines))
    read = list(read_json_lines(path))
    assert [number for number, _ in read] == [1, 3, 4, 5, 6]
    assert [isinstance(row, Decoded) for _, row in read] == [True, False, False, False, True]
    errors = [row for _, row in read if isinstance(row, UnreadableMessageError)]
    assert [(error.line, error.reason) for error in errors] == [
        (3, Reason.BAD_VALUE),
        (4, Reason.TOO_LARGE),
        (5, Reason.NOT_JSON),
    ]
    assert str(errors[0]) == (
        'bad_value: line 3: total_net is "1e3", not a string of pounds and pence such as "12.34"'
    )
