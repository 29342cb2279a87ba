"""Commands from a command line: `name=value` pairs into a frozen command, errors by field.

Amounts are written in pounds under the field's name without its unit (`amount=12.50` for
`amount_minor`); lists and nested values as JSON, with their amounts in pence under the full name.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ledger import commands as c
from ledger import quarantine_commands as q
from ledger import suspense_commands as sc
from ledger.money import parse_minor

# What can be given by name.
Given: TypeAlias = c.AccountCommand | c.SuspenseCommand | q.QuarantineStream | q.ReleaseQuarantine
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
# What the intake and the ledger fill in; a person who could would take money out of suspense
# without its receipt, or claim a match that nobody made.
_NOT_FOR_PERSONS = frozenset(
    {
        "from_suspense",
        "match",
        "matched_reference",
        "party_name_digest",
        "payer_digest",
        "payer_account_digest",
    }
)
_SHOWN_MAX = 60  # characters of a refused value in an error


class FieldError(ValueError):
    """The pairs on the command line cannot be used; the message names each field and its value."""


def _all(base: type[c.Command]) -> Iterator[type[c.Command]]:
    for kind in base.__subclasses__():
        if "action" in vars(kind):
            yield kind
        yield from _all(kind)


# `propose-refund` -> its class
COMMANDS: dict[str, type[Given]] = {
    kind.action.replace("_", "-"): kind for kind in _all(c.Command) if issubclass(kind, Given)
}


def fields_of(kind: type[c.Command]) -> list[tuple[str, str, bool]]:
    """The fields as they are written: name, what it takes, whether it must be there."""
    return [
        (_written(name), _takes(name, _annotation(kind, name)), field.is_required())
        for name, field in kind.model_fields.items()
        if not _is_hidden(kind, name)
    ]


def _is_hidden(kind: type[c.Command], name: str) -> bool:
    """Whether a field is not for persons; who identifies a receipt by hand is himself the rule."""
    return name in _NOT_FOR_PERSONS or (kind is sc.IdentifySuspense and name == "rule")


def _written(name: str) -> str:
    return name.removesuffix("_minor")


def _annotation(kind: type[c.Command], name: str) -> str:
    return str(kind.model_fields[name].annotation)


def _takes(name: str, annotation: str) -> str:
    if name.endswith("_minor"):
        return "pounds, such as 12.50"
    if "tuple" in annotation:
        return "a list as JSON"
    if "Literal" in annotation:
        return "one of " + ", ".join(re.findall(r"'([^']+)'", annotation))
    if "date" in annotation:
        return "a date, such as 2026-04-30"
    if "bool" in annotation:
        return "true or false"
    return "a whole number" if "int" in annotation else "text"


def build(kind: type[c.Command], pairs: list[str]) -> Given:
    """The command of the pairs. Raises FieldError."""
    written = {_written(name): name for name in kind.model_fields if not _is_hidden(kind, name)}
    values: dict[str, Any] = {}
    for pair in pairs:
        word, equals, text = pair.partition("=")
        if not equals or word not in written:
            raise FieldError(f"{pair!r} is not one of: {', '.join(f'{one}=' for one in written)}")
        if written[word] in values:
            raise FieldError(f"{word}= is given twice")
        values[written[word]] = _value(kind, written[word], text)
    try:
        command = kind(**values)
    except ValidationError as error:
        sentences = [_sentence(kind, one) for one in error.errors(include_url=False)]
        raise FieldError("; ".join(sentences)) from error
    if not isinstance(command, Given):
        raise FieldError(f"{kind.__name__} cannot be given here")
    return command


def _sentence(kind: type[c.Command], error: ErrorDetails) -> str:
    name, *inside = (str(part) for part in error["loc"])
    if error["type"] == "missing" and not inside:
        return f"{_written(name)}= is missing ({_takes(name, _annotation(kind, name))})"
    where = ".".join((_written(name), *inside))
    if error["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {str(error['input'])[:_SHOWN_MAX]!r}: {error['msg']}"


def _value(kind: type[c.Command], name: str, text: str) -> object:
    annotation = _annotation(kind, name)
    takes = _takes(name, annotation)
    try:
        if name.endswith("_minor"):
            return parse_minor(text)
        if "tuple" in annotation:
            return json.loads(text)
    except ValueError as error:
        raise _refused(name, text, takes) from error
    if "Literal" in annotation and repr(text) not in annotation:
        raise _refused(name, text, takes)
    # pydantic would take 1700000000 for a date and 1_000 for a number.
    if "date" in annotation and _DATE.fullmatch(text) is None:
        raise _refused(name, text, takes)
    if "int" in annotation and _NUMBER.fullmatch(text) is None:
        raise _refused(name, text, takes)
    if "bool" in annotation:
        if text not in ("true", "false"):
            raise _refused(name, text, takes)
        return text == "true"
    return text


def _refused(name: str, text: str, takes: str) -> FieldError:
    return FieldError(f"{_written(name)}= takes {takes}, not {text[:_SHOWN_MAX]!r}")
