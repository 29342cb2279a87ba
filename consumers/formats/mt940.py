"""Bank statements in SWIFT MT940, and MT950, which is the same without narratives.

    :20: reference     :25: account     :28C: number/part        see `mt940_head`
    :60F: opening balance, or :60M: where an earlier part left off
    :61: entry, :86: its narrative                                see `mt940_entry`
    :62F: closing balance, or :62M: another part follows
    :64: :65: available balances, :86: word to the account holder: not read

How they become statements is in `mt940_statement`. MT942 is refused: it is an interim report, and
its money comes again in the MT940 of the day. Every other message is refused by name.

Source: SWIFT user handbook, category 9, MT940 and MT950; the writer is in `mt940_write`, and
offered here too.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from consumers.formats.csv_rows import decode_head
from consumers.formats.errors import RowError, UnreadableFileError
from consumers.formats.mt940_fields import fields
from consumers.formats.mt940_statement import MessageReading
from consumers.formats.mt940_write import write
from consumers.formats.plain_statement import PlainLine, PlainStatement
from consumers.formats.statement import StatementItem

__all__ = ["PlainLine", "PlainStatement", "read", "recognise", "write"]

_BLOCK = re.compile(r"\{2:[IO]([0-9]{3})", re.ASCII)
_TAG = re.compile(r"^:(20|25P?|28C?|60[FM]|61|62[FM]|34F):", re.ASCII | re.MULTILINE)


def recognise(head: bytes, name: str) -> str | None:
    """`MT940`, or the message that it is instead, such as `MT942`; None when it is of neither."""
    del name  # a name proves nothing
    text = decode_head(head)
    if block := _BLOCK.search(text):
        return f"MT{block[1]}"
    tags = set(_TAG.findall(text))
    if not tags:
        return None
    return "MT942" if "34F" in tags and not tags & {"60F", "60M"} else "MT940"


def read(path: Path) -> Iterator[StatementItem]:
    """The statements of a file, in its order; memory does not grow with their length.

    Raises UnreadableFileError, and ControlTotalError when a part of a statement does not add up.
    """
    reading = MessageReading(path.name)
    for field in fields(path):
        try:
            yield from reading.items(field)
        except RowError as error:
            raise UnreadableFileError(
                path.name, field.line, error.field, error.value, error.reason
            ) from None
    yield from reading.finished()
    if reading.statements == 0:
        reason = "there is none in the file, so it holds no statement"
        raise UnreadableFileError(path.name, 0, "opening balance (field 60F)", "", reason)
