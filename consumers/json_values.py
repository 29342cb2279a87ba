"""JSON values to a record's values and back, one converter built per schema.

The table of types is in `consumers/json_lines.py`. A converter is strict on purpose: it refuses
full-width digits, exponents, separators and numbers where an amount belongs, and names the field
and what stood there.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any, Final, NamedTuple

from consumers.avro_values import AMOUNT_PRECISION, Json, Record
from consumers.registry import newest
from consumers.unreadable import Reason, UnreadableMessageError
from ledger.money import format_minor, parse_minor

VALUE_SHOWN_MAX: Final = 80  # characters of a refused value that an error carries
WITHHELD: Final = "(personal data)"
_PERSONAL: Final = "party"  # values under this field never reach an error, a log or an event
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INT_MAX: Final = (1 << 31) - 1

Converter = Callable[[Any, str], Any]  # (JSON value, dotted path) -> our value


class Fraction(NamedTuple):
    """A JSON number with a fraction or exponent, or NaN and its kin, kept as its text."""

    text: str


@cache
def converter(name: str) -> Converter:
    """From a JSON object to the record of a message; raises `UnreadableMessageError`."""
    return _record(newest(name).source)


def _of(schema: Json) -> Converter:
    """The converter of one Avro type; KeyError here is a schema that the lint should refuse."""
    match schema:
        case ["null", inner]:
            convert = _of(inner)
            return lambda value, path: None if value is None else convert(value, path)
        case {"logicalType": "decimal"}:
            return _amount
        case {"logicalType": "date"}:
            return _date
        case {"type": "array", "items": items}:
            return _array(_of(items))
        case {"type": "record"}:
            return _record(schema)
        case {"type": "enum", "symbols": symbols}:
            return _enum(frozenset(symbols))
        case str(name):
            return {"string": _string, "int": _int, "boolean": _boolean}[name]
        case _:
            raise KeyError(str(schema))


def _record(schema: Mapping[str, Any]) -> Converter:
    fields = [(field["name"], _of(field["type"]), field) for field in schema["fields"]]
    names = frozenset(name for name, _, _ in fields)

    def convert(value: Json, path: str) -> Record:
        if not isinstance(value, dict):
            raise _refused(path, value, "an object")
        for name in value.keys() - names:
            raise _named(Reason.UNKNOWN_FIELD, path, name, "is not a field of this message")
        record: Record = {}
        for name, inner, field in fields:
            if name in value:
                record[name] = inner(value[name], f"{path}.{name}" if path else name)
            elif "default" in field:
                record[name] = [] if field["default"] == [] else field["default"]
            else:
                raise _named(Reason.MISSING_FIELD, path, name, "is missing")
        return record

    return convert


def _array(convert: Converter) -> Converter:
    def elements(value: Json, path: str) -> list[Json]:
        if not isinstance(value, list):
            raise _refused(path, value, "an array")
        return [convert(element, f"{path}[{at}]") for at, element in enumerate(value)]

    return elements


def _enum(symbols: frozenset[str]) -> Converter:
    def symbol(value: Json, path: str) -> str:
        if isinstance(value, str) and value in symbols:
            return value
        raise _refused(path, value, "one of " + ", ".join(sorted(symbols)))

    return symbol


def _amount(value: Json, path: str) -> int:
    try:
        minor = parse_minor(value)
    except (ValueError, TypeError):
        raise _refused(path, value, 'a string of pounds and pence such as "12.34"') from None
    if abs(minor) >= 10**AMOUNT_PRECISION:
        raise _refused(path, value, f"an amount of at most {AMOUNT_PRECISION} digits")
    return minor


def _date(value: Json, path: str) -> date:
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except (ValueError, TypeError):
        pass
    raise _refused(path, value, 'a date such as "2026-04-01"')


def _string(value: Json, path: str) -> str:
    if isinstance(value, str) and _is_text(value):
        return value
    raise _refused(path, value, "a string")


def _is_text(value: str) -> bool:
    """A lone surrogate is JSON but no text: it could be neither stored nor encoded."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _int(value: Json, path: str) -> int:
    if type(value) is int and -_INT_MAX - 1 <= value <= _INT_MAX:
        return value
    raise _refused(path, value, "a whole number")


def _boolean(value: Json, path: str) -> bool:
    if isinstance(value, bool):
        return value
    raise _refused(path, value, "true or false")


def _named(reason: Reason, path: str, name: str, what: str) -> UnreadableMessageError:
    full = (f"{path}.{name}" if path else name)[:VALUE_SHOWN_MAX]
    return UnreadableMessageError(reason, f"{full} {what}", field=full)


def _refused(path: str, value: Json, wanted: str) -> UnreadableMessageError:
    if path.startswith(_PERSONAL):
        shown = WITHHELD
    else:
        text = value.text if isinstance(value, Fraction) else json.dumps(value, default=str)
        shown = text[:VALUE_SHOWN_MAX]
    sentence = f"{path or 'the line'} is {shown}, not {wanted}"
    return UnreadableMessageError(Reason.BAD_VALUE, sentence, field=path or None, value=shown)


def plain(schema: Json, value: Json) -> Json:
    """The JSON value of one of our values, the inverse of the converter."""
    match schema:
        case ["null", inner]:
            return None if value is None else plain(inner, value)
        case {"logicalType": "decimal"}:
            return format_minor(value)
        case {"logicalType": "date"}:
            return value.isoformat()
        case {"type": "array", "items": items}:
            return [plain(items, element) for element in value]
        case {"type": "record", "fields": fields}:
            types = {field["name"]: field["type"] for field in fields}
            return {name: plain(types[name], inner) for name, inner in value.items()}
        case _:
            return value
