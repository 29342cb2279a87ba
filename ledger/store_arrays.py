"""Columns of a batch as PostgreSQL's binary arrays, put together in one pass.

psycopg's own list dumper looks at every element twice and calls a dumper for each; a batch has
twenty columns of a thousand. The layout is that of `array_send`: dimensions, a null flag, the
element's type, length and lower bound of the one dimension, then each element with its length.
Source: PostgreSQL, src/backend/utils/adt/arrayfuncs.c.
"""

from collections.abc import Iterable
from struct import Struct
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = Struct(">iiiii").pack
_HEAD_OF_NONE = Struct(">iii").pack
_LENGTH = Struct(">i").pack
_BIGINT = Struct(">iq").pack
_SMALLINT = Struct(">ih").pack
_UUID_LENGTH = _LENGTH(16)


class Column:
    """One column; the subclass says of what."""

    __slots__ = ("data",)
    element_oid: int
    array_oid: int

    def __init__(self, count: int, elements: Iterable[bytes]) -> None:
        oid = self.element_oid
        # An array of nothing has no dimension, but a type all the same.
        head = _HEAD(1, 0, oid, count, 1) if count else _HEAD_OF_NONE(0, 0, oid)
        self.data = head + b"".join(elements)

    def __eq__(self, other: object) -> bool:
        """Whether it is a column of the same type with the same elements."""
        return isinstance(other, type(self)) and other.data == self.data

    def __hash__(self) -> int:
        """By its bytes."""
        return hash(self.data)


class Uuids(Column):
    """uuid[]."""

    __slots__ = ()
    element_oid, array_oid = 2950, 2951

    def __init__(self, values: list[UUID]) -> None:
        super().__init__(len(values), [_UUID_LENGTH + value.bytes for value in values])


class Bigints(Column):
    """bigint[]."""

    __slots__ = ()
    element_oid, array_oid = 20, 1016

    def __init__(self, values: list[int]) -> None:
        super().__init__(len(values), [_BIGINT(8, value) for value in values])


class Smallints(Column):
    """smallint[]."""

    __slots__ = ()
    element_oid, array_oid = 21, 1005

    def __init__(self, values: list[int]) -> None:
        super().__init__(len(values), [_SMALLINT(2, value) for value in values])


class Byteas(Column):
    """bytea[]."""

    __slots__ = ()
    element_oid, array_oid = 17, 1001

    def __init__(self, values: list[bytes]) -> None:
        super().__init__(len(values), [_LENGTH(len(value)) + value for value in values])


class Texts(Column):
    """text[], in UTF-8, which is the encoding of every database of ours."""

    __slots__ = ()
    element_oid, array_oid = 25, 1009

    def __init__(self, values: list[str]) -> None:
        encoded = [value.encode() for value in values]
        super().__init__(len(values), [_LENGTH(len(value)) + value for value in encoded])


class _ColumnDumper(Dumper):
    """The bytes as they are."""

    format = Format.BINARY

    def dump(self, obj: Column) -> bytes:
        """The array's binary form."""
        return obj.data


def _register(column: type[Column]) -> None:
    dumper = type(f"{column.__name__}Dumper", (_ColumnDumper,), {"oid": column.array_oid})
    psycopg.adapters.register_dumper(column, dumper)


for _column in (Uuids, Bigints, Smallints, Byteas, Texts):
    _register(_column)
