"""Every kind of message that must never be posted, as data: what is sent, and how it is refused.

`says` holds what the publisher must find in the sentence: the field or rule, and the value that
stood there, as far as there is one. A message carries its number in whatever makes it unlike all
others, so that a kind can be sent many times.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

import fastavro

from consumers.avro import binary, encode, encode_single_object
from consumers.cloud_events import Attributes, build_headers
from consumers.message import Headers
from consumers.registry import newest
from ledger.limits import MESSAGE_BYTES_MAX, TEXT_LENGTH_MAX

Letter: TypeAlias = tuple[bytes | None, bytes | None, Headers]
Record: TypeAlias = dict[str, Any]
Value: TypeAlias = Callable[["Sender", int], bytes | None]

SOURCE: Final = "/council/housing"
OPEN_ACCOUNT: Final = "1000"
KEY: Final = b"HSG|poison"


@dataclass(frozen=True, slots=True)
class Poison:
    """One kind of bad message: its name, how to make the nth of it, and its refusal."""

    name: str
    letter: Callable[["Sender", int], Letter]
    code: str
    says: tuple[str, ...] = ()


class Sender:
    """A billing system whose good records are spoilt."""

    def __init__(self, billing: Any) -> None:  # noqa: ANN401 - of the conftest, which cannot be imported
        self._billing = billing

    def bill(self, number: int, **fields: Any) -> Record:  # noqa: ANN401
        """A bill that would be posted but for `fields`."""
        record: Record = self._billing.invoice(OPEN_ACCOUNT, f"BAD-{number}") | fields
        return record

    def line(self, **fields: Any) -> Record:  # noqa: ANN401
        """A line of such a bill."""
        line: Record = self._billing.invoice(OPEN_ACCOUNT, "x")["lines"][0] | fields
        return line

    def note(self, number: int, **fields: Any) -> Record:  # noqa: ANN401
        """A credit note; the invoice it names was never issued."""
        record: Record = self._billing.credit_note(OPEN_ACCOUNT, f"CN-{number}", f"NO-{number}")
        return record | fields

    def account(self, number: int, **fields: Any) -> Record:  # noqa: ANN401
        """An account to be opened."""
        record: Record = self._billing.account(f"bad {number}")
        return record | fields


def headers(number: int, *more: tuple[str, bytes | None], **attributes: Any) -> Headers:  # noqa: ANN401
    """Good headers and `more` of them."""
    given = {"message_id": f"bad-{number}", "source": SOURCE} | attributes
    return (*build_headers(Attributes(**given)), *more)


def framed(schema_id: int, body: bytes) -> bytes:
    """Confluent framing."""
    return b"\0" + schema_id.to_bytes(4, "big") + body


def physical(name: str, record: Mapping[str, Any], **raw: Any) -> bytes:  # noqa: ANN401
    """A record with values that our own writer would not write, as fastavro has them."""
    schema, body = newest(name), io.BytesIO()
    fastavro.schemaless_writer(body, schema.parsed, schema.shape.write(record) | raw)
    return framed(schema.file.schema_id, body.getvalue())


def unknown_action(sender: Sender, number: int) -> bytes:
    """An account whose enum, which follows its number, has an index that our schema has not."""
    record = sender.account(number)
    schema, name = newest("Account"), record["account"].encode()
    body = bytearray(binary(schema, record))
    body[body.index(name) + len(name)] = 2 * 40  # zigzag
    return framed(schema.file.schema_id, bytes(body))


def bomb(sender: Sender, number: int, block: bytes) -> bytes:
    """A bill whose lines, which follow its description and a null, begin with this block."""
    record = sender.bill(number)
    schema, text = newest("InvoiceIssued"), record["description"].encode()
    body = binary(schema, record)
    return framed(schema.file.schema_id, body[: body.index(text) + len(text) + 1] + block)


def good(sender: Sender, number: int) -> bytes:
    """A bill that would be posted."""
    return encode("InvoiceIssued", sender.bill(number))


def _value(name: str, code: str, value: Value, *says: str) -> Poison:
    return Poison(name, lambda s, n: (KEY, value(s, n), headers(n)), code, says)


def _bill(name: str, code: str, *says: str, **fields: Any) -> Poison:  # noqa: ANN401
    return _value(name, code, lambda s, n: encode("InvoiceIssued", s.bill(n, **fields)), *says)


def _line(name: str, code: str, *says: str, **fields: Any) -> Poison:  # noqa: ANN401
    def value(sender: Sender, number: int) -> bytes:
        return encode("InvoiceIssued", sender.bill(number, lines=[sender.line(**fields)]))

    return _value(name, code, value, *says)


def _note(name: str, code: str, *says: str, **fields: Any) -> Poison:  # noqa: ANN401
    return _value(name, code, lambda s, n: encode("CreditNote", s.note(n, **fields)), *says)


def _account(name: str, code: str, *says: str, **fields: Any) -> Poison:  # noqa: ANN401
    return _value(name, code, lambda s, n: encode("Account", s.account(n, **fields)), *says)


def _headed(name: str, code: str, build: Callable[[int], Headers], *says: str) -> Poison:
    return Poison(name, lambda s, n: (KEY, good(s, n), build(n)), code, says)


def _keyed(name: str, key: bytes | None, value: Value, code: str) -> Poison:
    return Poison(name, lambda s, n: (key, value(s, n), headers(n)), code)


def _without(number: int, name: str) -> Headers:
    return tuple(pair for pair in headers(number) if pair[0] != name)


def _replaced(number: int, name: str, value: bytes | None) -> Headers:
    return tuple((key, value if key == name else old) for key, old in headers(number))


def _odd(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _number(number: int) -> bytes:
    return number.to_bytes(4, "big")


NUL_PARTY: Final = {
    "kind": "person",
    "name": "A. Debtor",
    "address_lines": ["1 High Street", "\0"],
    "postcode": None,
    "email": None,
}
HUGE: Final = 10**13
LONG: Final = "x" * (TEXT_LENGTH_MAX + 1)
HALF: Final = {"due_date": date(2025, 6, 1), "amount": 5_000}
EARLIER: Final = {"due_date": date(2025, 5, 2), "amount": 5_000}

FRAMES: Sequence[Poison] = (
    _value("tombstone", "empty_value", lambda *_: None, "empty"),
    _value("empty value", "empty_value", lambda *_: b"", "empty"),
    _keyed("tombstone without a key", None, lambda *_: None, "empty_value"),
    _keyed("empty key, empty value", b"", lambda *_: b"", "empty_value"),
    _keyed("no key, JSON", None, lambda _, n: b'{"n": %d}' % n, "unknown_framing"),
    _keyed("key that is not UTF-8", b"\xff\xfe", lambda _, n: b"{%d}" % n, "unknown_framing"),
    _value("5 MB", "too_large", lambda _, n: _number(n) + b"x" * 5_000_000, "5000004", "1048576"),
    _value(
        "one byte too large", "too_large", lambda *_: b"\0" * (MESSAGE_BYTES_MAX + 1), "1048577"
    ),
    _value("JSON", "unknown_framing", lambda _, n: b'{"invoice": %d}' % n, "7b22"),
    _value("JSON of a deep nest", "unknown_framing", lambda *_: b"[" * 100_000, "5b5b"),
    _value("XML", "unknown_framing", lambda _, n: b"<invoice>%d</invoice>" % n, "3c69"),
    _value("wrong magic byte", "unknown_framing", lambda _, n: b"\x07" + _number(n), "07"),
    _value("text that is not UTF-8", "unknown_framing", lambda _, n: b"\xff\xfe%d" % n, "fffe"),
    _value("Avro container", "unknown_framing", lambda _, n: b"Obj\x01" + _number(n), "4f62"),
    _value("half of a magic", "unknown_framing", lambda *_: b"\xc3", "c3"),
    _value("schema id cut off", "truncated", lambda *_: b"\0\0\0", "schema id"),
    _value("fingerprint cut off", "truncated", lambda *_: b"\xc3\x01\x01\x02", "fingerprint"),
    _value("unknown schema id", "unknown_schema", lambda _, n: framed(9_999, _number(n)), "9999"),
    _value("highest schema id", "unknown_schema", lambda *_: b"\0\xff\xff\xff\xff", "4294967295"),
    _value("unknown fingerprint", "unknown_schema", lambda *_: b"\xc3\x01" + b"\xaa" * 8, "aa" * 8),
    _value("frame without a record", "truncated", lambda *_: framed(1, b""), "cut off"),
    _value("record cut in the middle", "truncated", lambda s, n: good(s, n)[:40], "cut off"),
    _value("last byte missing", "truncated", lambda s, n: good(s, n)[:-1], "cut off"),
    _value("one byte too many", "trailing_bytes", lambda s, n: good(s, n) + b"\0", "1 bytes"),
    _value("sent twice in one value", "trailing_bytes", lambda s, n: good(s, n) * 2, "left over"),
    _value(
        "single-object cut off",
        "truncated",
        lambda s, n: encode_single_object("InvoiceIssued", s.bill(n))[:-2],
        "cut off",
    ),
)
BODIES: Sequence[Poison] = (
    _value(
        "a bill under the id of an account",
        "not_decodable",
        lambda s, n: framed(3, good(s, n)[5:]),
        "Account",
    ),
    _value(
        "text not UTF-8",
        "not_decodable",
        lambda *_: framed(1, b"\x04\xff\xfe"),
        "unit",
        "not UTF-8",
    ),
    _value(
        "text of negative length", "truncated", lambda *_: framed(1, b"\x03a"), "cut off in unit"
    ),
    _value(
        "text of a gigabyte",
        "truncated",
        lambda *_: framed(1, b"\x80\x80\x80\x80\x08abc"),
        "cut off",
    ),
    _value(
        "number without an end",
        "not_decodable",
        lambda *_: framed(1, b"\xff" * 40),
        "InvoiceIssued",
    ),
    _value(
        "an array of a thousand million lines",
        "truncated",
        lambda s, n: bomb(s, n, b"\x80\xa8\xd6\xb9\x07"),
        "cut off in lines",
    ),
    _value(
        "an array of minus one block",
        "truncated",
        lambda s, n: bomb(s, n, b"\x01\x02" * 20),
        "cut off in lines",
    ),
    _value(
        "amount of no bytes",
        "not_decodable",
        lambda s, n: physical("InvoiceIssued", s.bill(n), total_gross=b""),
        "total_gross",
        "amount of 0 bytes",
    ),
    _value(
        "amount of 40 bytes",
        "not_decodable",
        lambda s, n: physical("InvoiceIssued", s.bill(n), total_gross=b"\1" * 40),
        "total_gross is 0101010101010101...",
        "amount of 40 bytes",
    ),
    _value(
        "amount with 15 digits",
        "not_decodable",
        lambda s, n: physical("InvoiceIssued", s.bill(n), total_net=(10**14).to_bytes(7, "big")),
        "total_net is 005af3107a4000",
        "14 digits",
    ),
    _value(
        "day that is no day",
        "not_decodable",
        lambda s, n: physical("InvoiceIssued", s.bill(n), due_date=2**31 - 1),
        "due_date is 2147483647",
    ),
    _value(
        "day before the first",
        "not_decodable",
        lambda s, n: physical("InvoiceIssued", s.bill(n), due_date=-(2**31)),
        "due_date is -2147483648",
    ),
    _value(
        "enum symbol of a newer schema",
        "not_decodable",
        unknown_action,
        "action",
        "none of the values",
    ),
    _value(
        "a field more, as of a newer schema",
        "trailing_bytes",
        lambda s, n: good(s, n) + b"\x08more",
        "5 bytes",
    ),
    _value(
        "a field less, as of an older schema",
        "truncated",
        lambda s, n: good(s, n)[: -len(b"\0")],
        "cut off",
    ),
)
HEADERS: Sequence[Poison] = (
    _headed("no headers", "missing_header", lambda _: (), "ce_id"),
    _headed("no ce_id", "missing_header", lambda n: _without(n, "ce_id"), "ce_id"),
    _headed("no ce_source", "missing_header", lambda n: _without(n, "ce_source"), "ce_source"),
    _headed("empty ce_id", "missing_header", lambda n: _replaced(n, "ce_id", b""), "ce_id"),
    _headed("null ce_id", "missing_header", lambda n: _replaced(n, "ce_id", None), "ce_id"),
    _headed(
        "ce_id twice, the last one empty",
        "missing_header",
        lambda n: headers(n, ("ce_id", b"")),
        "ce_id",
    ),
    _headed(
        "ce_id not UTF-8", "bad_header", lambda n: _replaced(n, "ce_id", b"\xff%d" % n), "ce_id"
    ),
    _headed(
        "ce_id with a line break",
        "bad_header",
        lambda n: _replaced(n, "ce_id", b"%d\n" % n),
        "ce_id",
    ),
    _headed(
        "ce_source with a NUL",
        "bad_header",
        lambda n: _replaced(n, "ce_source", b"/\0"),
        "ce_source",
    ),
    _headed(
        "ce_id too long", "bad_header", lambda n: _replaced(n, "ce_id", b"i" * 300), "ce_id", "280"
    ),
    _headed(
        "another CloudEvents version",
        "bad_header",
        lambda n: _replaced(n, "ce_specversion", b"0.3"),
        "0.3",
    ),
    _headed("17 KB of headers", "bad_header", lambda n: headers(n, ("x", b"h" * 17_000)), "16384"),
    _headed(
        "header name in Latin-1",
        "bad_header",
        lambda n: headers(n, (_odd(b"caf\xe9"), b"x")),
        "caf\\xe9",
    ),
    _headed(
        "header name of half a character",
        "bad_header",
        lambda n: headers(n, (_odd(b"\xe2\x82"), None), (_odd(b"\xff\0"), b"")),
        "\\xe2",
    ),
)
BILLS: Sequence[Poison] = (
    _bill("unknown account", "account_not_open", "nobody", "HSG", account="nobody"),
    _bill("unknown unit", "account_not_open", "MOON", unit="MOON"),
    _bill("account number of a NUL", "field_invalid", "account", r"1\x000", account="1\0000"),
    _bill("description of a NUL", "field_invalid", "description", description="Rent\0"),
    _line("NUL in a line", "field_invalid", "lines[1].service", service="RE\0NT"),
    _bill("unit not named", "account_not_open", unit=""),
    _bill("another currency", "currency_differs", "EUR", currency="EUR"),
    _bill("no invoice number", "field_invalid", "invoice number", invoice_number=""),
    _bill("invoice number of a NUL", "field_invalid", "invoice_number", invoice_number="\0"),
    _bill("invoice number too long", "field_invalid", "invoice number", invoice_number=LONG),
    _bill("one of our own names", "field_invalid", "REVERSAL:", invoice_number="REVERSAL:1"),
    _bill("total of nothing", "amount_not_positive", total_gross=0),
    _bill("negative bill", "amount_not_positive", "-100.00", total_gross=-10_000),
    _bill("ten million million", "amount_too_large", "100000000000.00", total_gross=HUGE),
    _bill("wrong total", "total_differs_from_lines", "99.99", "100.00", total_gross=9_999),
    _bill("wrong total net", "total_differs_from_lines", "net", "1.00", total_net=100),
    _bill("no lines", "lines_missing", "0 lines", lines=[]),
    _bill("due before issued", "due_before_issued", "2025-04-30", due_date=date(2025, 4, 30)),
    _bill(
        "of a hundred years ago",
        "effective_date_out_of_range",
        "1925",
        invoice_date=date(1925, 5, 1),
    ),
    _bill(
        "of a hundred years on",
        "effective_date_out_of_range",
        "2125",
        invoice_date=date(2125, 5, 1),
    ),
    _bill("no service", "coding_missing", "service", service=" "),
    _bill("instalments of half", "instalments_differ_from_total", "50.00", instalments=[HALF]),
    _bill(
        "instalments backwards",
        "instalment_dates_out_of_order",
        "2025-05-02",
        instalments=[HALF, EARLIER],
    ),
    _line("VAT of no code", "vat_code_unknown", "X9", vat_code="X9"),
    _line("VAT forgotten", "vat_arithmetic_wrong", "S20", "20.00", vat_code="S20"),
    _line("no cost code", "coding_missing", "line 1", cost_code=""),
    _line("no description", "description_missing", "line 1", description=" "),
    _line(
        "line whose period is backwards",
        "period_backwards",
        "line 1",
        "2025-05-31",
        period_from=date(2025, 5, 31),
        period_to=date(2025, 5, 1),
    ),
)
OTHERS: Sequence[Poison] = (
    _note("credit of no invoice", "invoice_not_open", "NO-"),
    _note("reason that we do not list", "reason_not_listed", "OTHER", reason="OTHER"),
    _note("a book directed it", "field_invalid", "source document", source_document=LONG),
    _note("nobody authorised it", "source_document_missing", "authorised_by", authorised_by=""),
    _note("credit of less than nothing", "amount_not_positive", lines=[], total_gross=-1),
    _account("action that we do not know", "field_invalid", "unknown", action="unknown"),
    _account("debt that we do not know", "field_invalid", "unknown", debt_type="unknown"),
    _account("terms of minus a day", "field_invalid", "-1", payment_terms_days=-1),
    _account(
        "opened in another age", "effective_date_out_of_range", "0001", opened_on=date(1, 1, 1)
    ),
    _account("account without a name", "field_invalid", "account", account=" "),
    _account("name of a NUL", "field_invalid", "party.address_lines[2]", party=NUL_PARTY),
    _account("account of a NUL", "field_invalid", "account", account="\0"),
    _account("amend what is not there", "account_not_open", "bad", action="amend"),
)
CORPUS: Sequence[Poison] = (*FRAMES, *BODIES, *HEADERS, *BILLS, *OTHERS)
