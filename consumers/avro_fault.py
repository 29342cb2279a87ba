"""Where the bytes of a record go wrong, for the publisher: its field and what stands there.

Only a record that could not be read comes here, to be read once more field by field.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, Final

from fastavro import schemaless_reader

from consumers.avro_values import Shape, date_of_day, pence_from_bytes
from consumers.registry import Reviewed

SHOWN_BYTES_MAX: Final = 8


def fault(content: bytes, start: int, writer: Reviewed) -> str:
    """The first field that cannot be read, such as `lines[2].net is 0a: ...`; "" if none is."""
    stream = BytesIO(content)
    stream.seek(start)
    for field in writer.parsed["fields"]:
        name, at = field["name"], stream.tell()
        try:
            value: Any = schemaless_reader(stream, field["type"], None)
        except EOFError:
            return f"{name}, at byte {at}"
        except Exception as error:  # noqa: BLE001 - whatever fastavro raises: this is the place
            return f"{name}, at byte {at}, is {_hex(content[at:])}: {_words(error)}"
        for path, part, convert in _parts(writer.shape, name, value):
            try:
                convert(part)
            except (ValueError, OverflowError) as error:
                return f"{path} is {_hex(part) if isinstance(part, bytes) else part}: {error}"
    return ""


def _parts(
    shape: Shape,
    name: str,
    value: Any,  # noqa: ANN401 - Avro's physical values
) -> Iterator[tuple[str, Any, Callable[[Any], object]]]:
    """The parts of a field that are converted, each with its path and its converter."""
    if name in shape.amounts:
        yield name, value, pence_from_bytes
    elif name in shape.dates or (name in shape.nullable_dates and value is not None):
        yield name, value, date_of_day
    for array, item in shape.arrays:
        if array == name:
            for number, element in enumerate(value, 1):
                for inner, part in element.items():
                    for path, *rest in _parts(item, inner, part):
                        yield f"{name}[{number}].{path}", *rest


def _hex(raw: bytes) -> str:
    return raw[:SHOWN_BYTES_MAX].hex() + ("..." if len(raw) > SHOWN_BYTES_MAX else "")


def _words(error: Exception) -> str:
    match error:
        case UnicodeDecodeError():
            return "not UTF-8"
        case LookupError():
            return "none of the values that the schema has"
        case _:
            return str(error)
