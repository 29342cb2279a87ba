"""What a message schema must keep to, beyond what Avro and its compatibility rules ask.

Avro's rules take a change of a decimal's scale for compatible, and allow schemas of which five
bytes become thirty million items. These lints are the rest of the contract: pure functions from
a schema to findings, each finding one sentence that begins with the place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

AvroJson = Any  # a schema or a part of one as JSON values

AMOUNT = ("bytes", 14, 2)  # physical type, precision, scale of every amount
_NAMED = frozenset({"record", "enum", "fixed"})
_SIZELESS = frozenset({"null"})


@dataclass(frozen=True, slots=True)
class Place:
    """One node of a schema: its dotted path, itself, and the named types that enclose it."""

    path: str
    node: Any
    enclosing: tuple[str, ...]


def lint(schema: AvroJson, previous: AvroJson = None) -> tuple[str, ...]:
    """Findings on a schema given as JSON values; empty when it keeps the contract.

    With the `previous` version also what may not change between two versions.
    """
    places = tuple(_walk(Place("", schema, ())))
    findings = [finding for place in places for finding in _findings(place)]
    if previous is not None:
        findings += _changes(places, tuple(_walk(Place("", previous, ()))))
    return tuple(findings)


def _walk(place: Place) -> Iterator[Place]:
    """Every type of the schema, outside in; a recursive name is visited but not followed."""
    yield place
    node = place.node
    if isinstance(node, list):
        for branch in node:
            yield from _walk(Place(place.path, branch, place.enclosing))
        return
    if not isinstance(node, dict):
        return
    inside = place.enclosing
    if node.get("type") in _NAMED:
        inside = (*inside, str(node.get("name")))
    for field in node.get("fields", ()):
        path = f"{place.path}.{field['name']}" if place.path else field["name"]
        yield from _walk(Place(path, field["type"], inside))
    for key in ("items", "values"):
        if key in node:
            yield from _walk(Place(f"{place.path}[]", node[key], inside))
    if isinstance(node.get("type"), dict | list):
        yield from _walk(Place(place.path, node["type"], inside))


def _findings(place: Place) -> Iterator[str]:
    where = place.path or "the record"
    match place.node:
        case "float" | "double" | {"type": "float" | "double"}:
            yield f"{where}: a float cannot hold pence; use decimal(14,2)"
        case str(name) if name in {part.rsplit(".")[-1] for part in place.enclosing}:
            yield f"{where}: recursion into {name}; a deep value would end the interpreter"
        case list(branches) if len(branches) != 2 or branches[0] != "null":
            yield f"{where}: a union other than null or one type"
        case {"type": "record", "fields": fields}:
            yield from _field_findings(place.path, fields)
        case {"type": "enum"} as enum if enum.get("default") not in enum["symbols"]:
            yield f"{where}: an enum without a default symbol cannot grow"
        case {"type": "array", "items": items} | {"type": "map", "values": items}:
            if _is_sizeless(items):
                yield f"{where}: items of no bytes; five bytes would become millions of them"
        case {"logicalType": "decimal"} as amount if _amount(amount) != AMOUNT:
            yield f"{where}: an amount is bytes, decimal(14,2)"
        case {"logicalType": "date", "type": kind} if kind != "int":
            yield f"{where}: a date is an int"
        case _:
            pass


def _field_findings(path: str, fields: list[dict[str, Any]]) -> Iterator[str]:
    for field in fields:
        where = f"{path}.{field['name']}" if path else field["name"]
        if not str(field.get("doc", "")).strip():
            yield f"{where}: a field without doc"
        if isinstance(field["type"], list) and field.get("default", "absent") is not None:
            yield f"{where}: a field that may be null has the default null"


def _amount(node: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return node.get("type"), node.get("precision"), node.get("scale")


def _is_sizeless(node: AvroJson) -> bool:
    """Whether a value of this type takes no bytes at all."""
    match node:
        case {"type": "record", "fields": fields}:
            return all(_is_sizeless(field["type"]) for field in fields)
        case {"type": "fixed", "size": 0}:
            return True
        case {"type": str(name)} | str(name):
            return name in _SIZELESS
        case _:
            return False


def _changes(now: tuple[Place, ...], before: tuple[Place, ...]) -> Iterator[str]:
    """What the new version may not do to the old one."""
    old_types = {(place.path, _physical(place.node)): place.node for place in before}
    for place in now:
        old = old_types.get((place.path, _physical(place.node)))
        if old is not None and _logical(old) != _logical(place.node):
            yield f"{place.path}: logical type {_logical(old)} became {_logical(place.node)}"
    old_fields, new_fields = _fields(before), _fields(now)
    for path in new_fields.keys() - old_fields.keys():
        if "default" not in new_fields[path]:
            yield f"{path}: a new field without default; older messages could not be read"
    for path in old_fields.keys() - new_fields.keys():
        if "default" not in old_fields[path]:
            yield f"{path}: a field without default was removed; older readers could not go on"


def _physical(node: AvroJson) -> str | None:
    kind = node.get("type") if isinstance(node, dict) else node
    return kind if isinstance(kind, str) else None


def _logical(node: AvroJson) -> tuple[AvroJson, ...]:
    if not isinstance(node, dict):
        return (None, None, None)
    return node.get("logicalType"), node.get("precision"), node.get("scale")


def _fields(places: tuple[Place, ...]) -> dict[str, dict[str, Any]]:
    return {
        (f"{place.path}.{field['name']}" if place.path else field["name"]): field
        for place in places
        if isinstance(place.node, dict)
        for field in place.node.get("fields", ())
    }
