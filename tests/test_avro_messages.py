"""Framing, decoding and encoding of the billing messages, and their Avro container files."""

import io
import json
import zlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.avro import Decoded, decode, encode, encode_single_object
from consumers.avro_files import Row, read_container, write_container
from consumers.avro_values import Json, Record, bytes_from_pence, pence_from_bytes
from consumers.json_lines import record_of_line, to_json_line
from consumers.registry import ACCOUNT, CREDIT_NOTE, INVOICE_ISSUED, by_text, newest
from consumers.unreadable import Reason, UnreadableMessageError
from ledger.limits import MESSAGE_BYTES_MAX

NAMES = (INVOICE_ISSUED, CREDIT_NOTE, ACCOUNT)
AMOUNT_MAX = 10**14 - 1

CREDIT: Record = {
    "unit": "HSG",
    "account": "100234",
    "credit_note_number": "CN-1",
    "invoice_number": "INV-1",
    "credit_date": date(2026, 4, 1),
    "reason": "overcharge",
    "source_document": "CASE-7",
    "authorised_by": "jsmith",
    "description": "Charged twice",
    "lines": [
        {"service": "GAR", "cost_code": "R100", "vat_code": "S20", "net": 10000, "vat": -2000}
    ],
    "total_gross": 12000,
    "whole": False,
}


def values(schema: Json) -> st.SearchStrategy[Json]:
    """Any value of an Avro type of the contract, in our form."""
    match schema:
        case ["null", inner]:
            return st.none() | values(inner)
        case {"logicalType": "decimal"}:
            return st.integers(-AMOUNT_MAX, AMOUNT_MAX)
        case {"logicalType": "date"}:
            return st.dates(date(1, 1, 1), date(9999, 12, 31))
        case {"type": "array", "items": items}:
            return st.lists(values(items), max_size=3)
        case {"type": "record", "fields": fields}:
            return st.fixed_dictionaries({f["name"]: values(f["type"]) for f in fields})
        case {"type": "enum", "symbols": symbols}:
            return st.sampled_from(symbols)
        case "string":
            return st.text(max_size=12)
        case "int":
            return st.integers(-(2**31), 2**31 - 1)
        case _:
            return st.booleans()


def messages() -> st.SearchStrategy[tuple[str, Record]]:
    return st.sampled_from(NAMES).flatmap(
        lambda name: st.tuples(st.just(name), values(newest(name).source))
    )


def refusal(value: bytes | None) -> UnreadableMessageError:
    with pytest.raises(UnreadableMessageError) as caught:
        decode(value)
    return caught.value


@given(messages())
def test_a_record_comes_back_as_it_was_in_every_form(message: tuple[str, Record]) -> None:
    name, record = message
    again = Decoded(name, record, newest(name).file.schema_id)
    assert decode(encode(name, record)) == again
    assert decode(encode_single_object(name, record)) == again
    assert record_of_line(to_json_line(name, record).encode(), name) == again


@given(messages(), st.data())
@settings(max_examples=150)
def test_bytes_that_were_damaged_are_read_or_refused_with_a_reason_and_nothing_else(
    message: tuple[str, Record], data: st.DataObject
) -> None:
    value = bytearray(encode(*message))
    for at in data.draw(st.lists(st.integers(0, len(value) - 1), max_size=4)):
        value[at] = data.draw(st.integers(0, 255))
    cut = bytes(value[: data.draw(st.integers(0, len(value)))])
    try:
        outcome = decode(cut).schema_name
    except UnreadableMessageError as error:
        outcome = error.reason
    assert outcome in {*NAMES, *Reason}


@pytest.mark.parametrize(
    ("pence", "raw"),
    [
        (0, b"\x00"),
        (1, b"\x01"),
        (-1, b"\xff"),
        (127, b"\x7f"),
        (128, b"\x00\x80"),
        (-128, b"\x80"),
        (-129, b"\xff\x7f"),
        (999_999_999_999, b"\x00\xe8\xd4\xa5\x0f\xff"),
        (-AMOUNT_MAX, b"\xa5\x0c\xef\x85\xc0\x01"),
    ],
)
def test_amounts_are_whole_pence_in_the_shortest_twos_complement(pence: int, raw: bytes) -> None:
    assert bytes_from_pence(pence) == raw
    assert pence_from_bytes(raw) == pence


def test_an_amount_padded_with_its_sign_is_read() -> None:
    assert pence_from_bytes(b"\xff\xff\x85") == -123


@pytest.mark.parametrize("raw", [b"", bytes_from_pence(AMOUNT_MAX)[:-1] + b"\xff\xff", b"\0" * 8])
def test_an_amount_of_no_bytes_or_too_many_digits_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="an amount"):
        pence_from_bytes(raw)


def test_a_python_number_is_decoded_and_not_a_decimal() -> None:
    record = decode(encode(CREDIT_NOTE, CREDIT)).record
    assert type(record["total_gross"]) is int
    assert record["lines"][0]["vat"] == -2000
    assert record["credit_date"] == date(2026, 4, 1)


def test_other_users_of_fastavro_still_get_decimals() -> None:
    schema = fastavro.parse_schema(
        {"type": "bytes", "logicalType": "decimal", "precision": 14, "scale": 2}
    )
    read = fastavro.schemaless_reader(io.BytesIO(b"\x04\x04\xd2"), schema, None)
    assert str(read) == "12.34"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.EMPTY_VALUE),
        (b"", Reason.EMPTY_VALUE),
        (b"\0" * (MESSAGE_BYTES_MAX + 1), Reason.TOO_LARGE),
        (b'{"unit": "HSG"}', Reason.UNKNOWN_FRAMING),
        (b"\x01" + encode(CREDIT_NOTE, CREDIT)[1:], Reason.UNKNOWN_FRAMING),
        (b"\xc3", Reason.UNKNOWN_FRAMING),
        (b"\0\0\0", Reason.TRUNCATED),
        (b"\xc3\x01\x00", Reason.TRUNCATED),
        (b"\0\0\0\x03\xe7", Reason.UNKNOWN_SCHEMA),
        (b"\xc3\x01" + b"\0" * 8, Reason.UNKNOWN_SCHEMA),
        (encode(CREDIT_NOTE, CREDIT)[:-1], Reason.TRUNCATED),
        (encode(CREDIT_NOTE, CREDIT)[:5], Reason.TRUNCATED),
        (encode(CREDIT_NOTE, CREDIT) + b"\0", Reason.TRAILING_BYTES),
        (encode(CREDIT_NOTE, CREDIT)[:5] + b"\x02\xff" * 40, Reason.NOT_DECODABLE),
        # A string that claims to have 2^62 bytes, and one of a negative length.
        (b"\0\0\0\0\x02" + b"\xfe" + b"\xff" * 8 + b"\x01", Reason.TRUNCATED),
        (b"\0\0\0\0\x02" + b"\x01", Reason.TRUNCATED),
    ],
)
def test_a_value_that_cannot_be_read_has_a_reason(value: bytes | None, reason: Reason) -> None:
    assert refusal(value).reason == reason


def test_an_unknown_symbol_of_an_enum_is_not_decodable() -> None:
    value = encode(CREDIT_NOTE, CREDIT)
    at = value.index(b"CASE-7") - 2  # the reason's index stands before the length of the next text
    assert refusal(value[:at] + b"\x50" + value[at + 1 :]).reason == Reason.NOT_DECODABLE


@pytest.mark.parametrize(
    "change",
    [
        {"total_gross": 10**14},
        {"total_gross": 12.5},
        {"total_gross": None},
        {"reason": "because"},
        {"surprise": 1},
        {"credit_date": "2026-04-01"},
        {"lines": [{"service": "GAR"}]},
    ],
)
def test_a_record_that_does_not_fit_is_not_encoded(change: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode(CREDIT_NOTE, {**CREDIT, **change})


def test_fields_with_a_default_may_be_left_out() -> None:
    record = {name: value for name, value in CREDIT.items() if name != "whole"}
    assert decode(encode(CREDIT_NOTE, record)).record == CREDIT


@pytest.mark.parametrize(
    "text",
    [
        newest(CREDIT_NOTE).file.text().replace('"scale": 2', '"scale": 4'),
        newest(CREDIT_NOTE).file.text().replace('"precision": 14', '"precision": 30'),
        newest(CREDIT_NOTE).file.text().replace('"decimal"', '"none"'),
        '{"type": "array", "items": "null"}',
        '{"type": "record", "name": "A", "fields": [{"name": "a", "type": ["null", "A"]}]}',
        "[" * 100_000,
        '{"type":' * 500 + '"int"' + "}" * 500,
        '{"type": "no such type"}',
        "not json",
        " " * (1 << 20),
    ],
)
def test_a_schema_that_is_not_reviewed_is_not_known(text: str) -> None:
    assert by_text(text) is None


def test_a_reviewed_schema_is_known_without_its_docs_and_in_any_layout() -> None:
    source = json.loads(newest(CREDIT_NOTE).file.text())
    del source["doc"]
    assert by_text(json.dumps(source)) is newest(CREDIT_NOTE)


def rows(path: Path) -> list[tuple[int, Row]]:
    return list(read_container(path))


def whole_file_refusal(path: Path) -> UnreadableMessageError:
    with pytest.raises(UnreadableMessageError) as caught:
        rows(path)
    return caught.value


def test_a_container_gives_its_records_with_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "credits.avro"
    records = [{**CREDIT, "credit_note_number": f"CN-{n}"} for n in range(1200)]
    assert write_container(path, CREDIT_NOTE, records) == 1200
    read = rows(path)
    assert [number for number, _ in read] == list(range(1, 1201))
    assert [row.record for _, row in read if isinstance(row, Decoded)] == records


def test_other_tools_read_our_containers_and_we_read_theirs(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.avro", tmp_path / "theirs.avro"
    write_container(ours, CREDIT_NOTE, [CREDIT] * 3)
    with ours.open("rb") as file:
        stock = [dict(one) for one in fastavro.reader(file) if isinstance(one, dict)]
    assert [str(one["total_gross"]) for one in stock] == ["120.00"] * 3
    schema = fastavro.parse_schema(json.loads(newest(CREDIT_NOTE).file.text()))
    for codec in ("null", "deflate"):
        with theirs.open("wb") as file:
            fastavro.writer(file, schema, stock, codec=codec)
        assert [row for _, row in rows(theirs)] == [row for _, row in rows(ours)]


def test_the_same_records_give_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_container(tmp_path / name, CREDIT_NOTE, [CREDIT] * 3)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_container_with_another_schema_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "hostile.avro"
    schema = fastavro.parse_schema({"type": "array", "items": "null"})
    with path.open("wb") as file:
        fastavro.writer(file, schema, [[None] * 9])
    assert whole_file_refusal(path).reason == Reason.UNKNOWN_SCHEMA


def test_a_container_that_is_cut_off_says_at_which_row(tmp_path: Path) -> None:
    path = tmp_path / "cut.avro"
    write_container(path, CREDIT_NOTE, [CREDIT] * 600)
    path.write_bytes(path.read_bytes()[:-20])
    error = whole_file_refusal(path)
    assert (error.reason, error.line) == (Reason.NOT_DECODABLE, 501)


def container(path: Path, block: bytes, count: int, codec: str = "null") -> Path:
    """A container with one block of our own making."""
    write_container(path, CREDIT_NOTE, [])
    header = (
        path.read_bytes().replace(b"\x0edeflate", b"\x08null")
        if codec == "null"
        else (path.read_bytes())
    )
    numbers = io.BytesIO()
    for number in (count, len(block)):
        fastavro.schemaless_writer(numbers, fastavro.parse_schema("long"), number)
    path.write_bytes(header + numbers.getvalue() + block + header[-16:])
    return path


def test_after_a_broken_record_the_rest_of_its_block_is_accounted_for_row_by_row(
    tmp_path: Path,
) -> None:
    good = encode(CREDIT_NOTE, CREDIT)[5:]
    path = container(tmp_path / "broken.avro", good + b"\x02\xff" * 80 + good, 3)
    read = [(n, isinstance(row, Decoded)) for n, row in rows(path)]
    assert read == [(1, True), (2, False), (3, False)]
    assert [row.line for _, row in rows(path) if isinstance(row, UnreadableMessageError)] == [2, 3]


def test_a_block_that_claims_more_records_than_it_has_bytes_is_refused(tmp_path: Path) -> None:
    path = container(tmp_path / "many.avro", b"\0" * 10, 1 << 60)
    assert "claims" in whole_file_refusal(path).sentence


def test_a_block_that_unpacks_to_a_large_memory_is_refused(tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(b"\0" * (64 << 20)) + packer.flush()
    path = container(tmp_path / "bomb.avro", bomb, 1, codec="deflate")
    assert "unpacks" in whole_file_refusal(path).sentence


def test_a_file_that_is_no_container_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.avro"
    path.write_bytes(b"Obj\x02 and more")
    assert whole_file_refusal(path).reason == Reason.UNKNOWN_FRAMING
