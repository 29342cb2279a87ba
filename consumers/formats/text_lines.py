"""The lines of a text file, each with the exact bytes it was read from.

For formats that are lines of characters (MT940, BAI2). Encodings: UTF-8 by its mark or because the
whole file fits it, else cp1252, else Latin-1, into which any byte fits: a bank's odd letter in a
name must not refuse its money.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

from consumers.formats.csv_rows import find_encoding
from consumers.formats.errors import UnreadableFileError
from ledger.limits import FILE_ROWS_MAX, LINE_BYTES_MAX

ENCODINGS: Final = ("utf-8", "cp1252", "latin-1")

# Number from 1, first byte, the byte after the last (line end left out), and the text of a line.
Line: TypeAlias = tuple[int, int, int, str]


def text_lines(path: Path) -> Iterator[Line]:
    """Every line of a file, blank ones too.

    Raises UnreadableFileError for UTF-16, a NUL, a line that is too long, and too many lines.
    """
    encoding, start = find_encoding(path, ENCODINGS)
    if encoding not in ENCODINGS:
        raise UnreadableFileError(path.name, 1, "encoding", encoding, "save the file as UTF-8")
    number = 0
    with path.open("rb") as file:
        file.seek(start)
        while raw := file.readline(LINE_BYTES_MAX + 1):
            number += 1
            if len(raw) > LINE_BYTES_MAX or number > FILE_ROWS_MAX or b"\0" in raw:
                raise _refused(path.name, number, raw)
            body = raw.rstrip(b"\r\n")
            yield number, start, start + len(body), body.decode(encoding)
            start += len(raw)


def _refused(file: str, number: int, raw: bytes) -> UnreadableFileError:
    if len(raw) > LINE_BYTES_MAX:
        reason = f"longer than {LINE_BYTES_MAX} bytes"
    elif number > FILE_ROWS_MAX:
        reason = f"more than {FILE_ROWS_MAX} lines"
    else:
        reason = "a NUL byte: the file is damaged, or not text"
    return UnreadableFileError(file, number, "line", raw[:40].decode("latin-1"), reason)
