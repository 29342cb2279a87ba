"""Texts of a billing message that no database can hold: one would stop the ledger for good."""

from collections.abc import Mapping
from typing import Any

from ledger.limits import REFERENCE_LENGTH_MAX
from ledger.rejections import Code, refuse


def refuse_nul(record: Mapping[str, Any], path: str = "") -> None:
    """Refuse a record in which a text holds a NUL, which PostgreSQL takes in no text."""
    for name, value in record.items():
        _refuse_nul_in(value, f"{path}{name}")


def _refuse_nul_in(value: object, path: str) -> None:
    if isinstance(value, str):
        if "\0" in value:
            shown = repr(value[:REFERENCE_LENGTH_MAX])
            raise refuse(Code.FIELD_INVALID, f"{path} holds a NUL character: {shown}")
    elif isinstance(value, list):
        for number, part in enumerate(value, 1):
            _refuse_nul_in(part, f"{path}[{number}]")
    elif isinstance(value, dict):
        refuse_nul(value, f"{path}.")
