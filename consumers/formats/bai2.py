"""Bank statements in BAI2 (BAI Cash Management Balance Reporting, version 2).

    01 sender,receiver,YYMMDD,HHMM,file id,record length,block size,version
      02 receiver,originator,status,as-of YYMMDD,HHMM,currency,modifier
        03 account ...                                    see `bai2_account`
          16 transaction ...                              see `bai2_entry`
        49 sum of all amounts of the account,records
      98 sum of the accounts,accounts,records
    99 sum of the groups,groups,records

How they become statements, and which groups are refused, is in `bai2_statement`.

Source: BAI "Cash Management Balance Reporting Specifications, version 2"; the writer is in
`bai2_write`, and offered here too.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from consumers.formats.bai2_records import records
from consumers.formats.bai2_statement import FileReading
from consumers.formats.bai2_write import write
from consumers.formats.csv_rows import decode_head
from consumers.formats.plain_statement import PlainLine, PlainStatement
from consumers.formats.statement import StatementItem

__all__ = ["PlainLine", "PlainStatement", "read", "recognise", "write"]

_HEAD = re.compile(r"\s*01,[^\n]*?(?:/\s*|\n)(?:\s*88,[^\n]*\n)*\s*02,", re.ASCII)


def recognise(head: bytes, name: str) -> str | None:
    """`BAI2` when it is one, None when it is not."""
    del name  # a name proves nothing
    return "BAI2" if _HEAD.match(decode_head(head)) else None


def read(path: Path) -> Iterator[StatementItem]:
    """The statements of a file, in its order; memory does not grow with their length.

    Raises UnreadableFileError, and ControlTotalError when a trailer differs from what it sums.
    """
    reading = FileReading(path.name)
    for record in records(path):
        yield from reading.items(record)
    reading.finished()
