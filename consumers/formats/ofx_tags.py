"""Stream an OFX file as tags, whether SGML (1.x, values without end tags) or XML (2.x).

Neither an SGML nor an XML parser reads what banks send: 2.x files with 1.x bodies, bare ampersands,
values that run over lines. So tags are found in the bytes, and a whole transaction at once. Memory
does not grow with the file. Values are UTF-8 where they are that, else the character set that the
header names: headers lie, but text that happens to be UTF-8 is.

Hostile input: DOCTYPE and ENTITY are refused, so there is nothing to expand; a tag, value or
transaction has a limit; what stands in CDATA or a comment is never taken for a tag.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from consumers.formats.errors import UnreadableFileError
from consumers.formats.statement import SourceSpan
from ledger.limits import LINE_BYTES_MAX

CHUNK_BYTES = 1 << 16
TOKEN_BYTES_MAX: Final = LINE_BYTES_MAX  # one tag with its value, or one whole transaction

# Possessive throughout (`*+`): what does not match must fail at once, whatever an attacker sends.
_TAG = re.compile(
    rb"<(?:!--.*?-->|\?.*?\?>|!\[CDATA\[.*?\]\]>"
    rb"|(?P<end>/?)(?P<name>[A-Za-z][\w.-]*+)(?P<rest>[^<>]*+)>"
    rb"(?P<value>[^<]*+(?:<!\[CDATA\[.*?\]\]>[^<]*+)*+)(?=<(?:[^!]|!-|![A-Za-z])))",
    re.DOTALL,
)
# What can never become a tag, however much of the file follows: a `<` that is meant as one.
_STRAY = re.compile(rb"<(?:[^A-Za-z/!?]|/[^A-Za-z]|/?[A-Za-z][^<>]*<)")
_DECLARATION = re.compile(rb"<![A-Za-z]")
_ENDING: Final = b"<>"  # put after the last byte, so that a value always ends before a `<`
_BLOCKS: Final = frozenset((b"STMTTRN", b"STMTTRNP"))
_BLOCK_END = re.compile(
    rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)"
    rb"|(?P<own></STMTTRNP?\s*>)"
    rb"|(?P<next><STMTTRNP?[\s>]|</(?:BANKTRANLIST|STMTRS|CCSTMTRS|OFX)\s*>)",
    re.DOTALL | re.IGNORECASE,
)
_PLAIN_START: Final = b"<STMTTRN>"
_PLAIN_END: Final = b"</STMTTRN>"
_WINDOW_BYTES: Final = 1 << 12  # a transaction is looked for plainly in so much, then carefully
_FIELD = re.compile(r"<([A-Za-z][\w.]*+)[^<>]*+>([^<]*+(?:<(?![/A-Za-z])[^<]*+)*+)", re.ASCII)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>|<!--.*?-->", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#([0-9]{1,6})|#[xX]([0-9A-Fa-f]{1,5})|(amp|lt|gt|quot|apos|nbsp));")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag with the value that follows it, or a whole transaction (`STMTTRN`) as its value."""

    name: str
    is_end: bool
    value: bytes
    span: SourceSpan


def tags(path: Path) -> Iterator[Tag]:
    """The tags of a file in turn.

    Raises UnreadableFileError for NULs, a DOCTYPE, and a token that is too long or not finished.
    """
    with path.open("rb") as file:
        yield from _Scanner(path.name, file).tags()


def fields(block: bytes, charset: str) -> list[tuple[str, str]]:
    """The tags of a transaction, in capitals, with their values as trimmed text, in their order."""
    plain = _decoded(block, charset)
    if "<!" in plain:
        plain = _CDATA.sub(_escaped, plain)
    found = _FIELD.findall(plain)
    if "&" in plain:
        found = [(name, _REFERENCE.sub(_resolved, value)) for name, value in found]
    return [(name.upper(), value.strip()) for name, value in found]


def text(value: bytes, charset: str) -> str:
    """A value as text: decoded, character references resolved, its blanks tidied."""
    plain = _CDATA.sub(_escaped, _decoded(value, charset))
    return " ".join(_REFERENCE.sub(_resolved, plain).split())


def _decoded(value: bytes, charset: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode(charset, "replace")


def _escaped(found: re.Match[str]) -> str:
    """CDATA as an ordinary value, a comment as nothing."""
    return (found[1] or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _resolved(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED[found[3]]
    code = int(found[1]) if found[1] else int(found[2], 16)
    is_text = 32 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
    return chr(code) if is_text else " "


class _Scanner:
    """A window on the file: `_buffer` begins at byte `_base`, and is read up to `_at`."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self._name, self._file = name, file
        self._buffer = b""
        self._base = self._at = 0
        self._line, self._counted = 1, 0
        self._ended = False

    def tags(self) -> Iterator[Tag]:
        """Every tag; comments, processing instructions and stray `<` are passed over."""
        while True:
            start = self._buffer.find(b"<", self._at)
            if start < 0:
                self._at = len(self._buffer)
                if not self._more():
                    return
                continue
            self._at = start
            if self._buffer.startswith(_PLAIN_START, start):
                end = self._plain_end(start + len(_PLAIN_START))
                if end >= 0:
                    yield self._plain(end)
                    continue
            found = _TAG.match(self._buffer, start)
            if found is None:
                if self._is_stray() or not self._more():
                    self._at += 1
                continue
            if found["name"] is None:
                self._at = found.end()
                continue
            yield self._tag(found)

    def _plain(self, end: int) -> Tag:
        """A transaction as nearly all are written."""
        value = self._buffer[self._at + len(_PLAIN_START) : end]
        past = end + len(_PLAIN_END) - self._at
        tag = Tag("STMTTRN", is_end=False, value=value, span=self._span(past))
        self._at += past
        return tag

    def _tag(self, found: re.Match[bytes]) -> Tag:
        name, is_end = found["name"].upper(), bool(found["end"])
        if name in _BLOCKS and not is_end and not found["rest"].endswith(b"/"):
            start = found.start("value") - self._at
            end, past = self._block_end(start)
            value = self._buffer[self._at + start : self._at + end]
        else:
            value, past = found["value"], found.end() - self._at
            end = past
        tag = Tag(name.decode("ascii"), is_end, value, self._span(past))
        self._at += past
        return tag

    def _block_end(self, start: int) -> tuple[int, int]:
        """Where a transaction ends and where to read on, both counted from its first byte."""
        while True:
            found = _BLOCK_END.search(self._buffer, self._at + start)
            while found is not None and found.lastgroup is None and not self._is_last(found):
                found = _BLOCK_END.search(self._buffer, found.end())
            if found is not None and found.lastgroup is not None:
                break
            if not self._more():
                raise self._refused("STMTTRN", "the file ends inside a transaction: it is cut")
        end = found.start() - self._at
        if end > TOKEN_BYTES_MAX:
            raise self._refused("STMTTRN", f"longer than {TOKEN_BYTES_MAX} bytes")
        return end, (found.end() - self._at if found.lastgroup == "own" else end)

    def _plain_end(self, start: int) -> int:
        """Where `</STMTTRN>` stands, when it is near and nothing makes it doubtful; else -1."""
        buffer = self._buffer
        end = buffer.find(_PLAIN_END, start, start + _WINDOW_BYTES)
        if end < 0 or buffer.find(b"<!", start, end) >= 0:
            return -1
        return -1 if buffer.find(b"<STMTTRN", start, end) >= 0 else end

    def _is_last(self, found: re.Match[bytes]) -> bool:
        return found.end() == len(self._buffer)

    def _is_stray(self) -> bool:
        """Whether this `<` begins no tag. Raises UnreadableFileError when it declares something."""
        if _DECLARATION.match(self._buffer, self._at):
            reason = "a DOCTYPE or other declaration is refused: bank files have none, attacks do"
            raise self._refused("DOCTYPE", reason)
        return _STRAY.match(self._buffer, self._at) is not None

    def _more(self) -> bool:
        """Read on; False at the end of the file. What was read before `_at` is let go."""
        if self._ended:
            return False
        if len(self._buffer) - self._at > 2 * TOKEN_BYTES_MAX:
            raise self._refused("tag", f"longer than {TOKEN_BYTES_MAX} bytes")
        self._count()
        chunk = self._file.read(CHUNK_BYTES)
        if b"\0" in chunk:
            raise self._refused("bytes", "a NUL byte: UTF-16, which is not read, or damage")
        self._base += self._at
        self._buffer = self._buffer[self._at :] + (chunk or _ENDING)
        self._at = self._counted = 0
        self._ended = not chunk
        return True

    def _count(self) -> int:
        self._line += self._buffer.count(b"\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _span(self, length: int) -> SourceSpan:
        start = self._base + self._at
        return SourceSpan(self._count(), start, start + length)

    def _refused(self, name: str, reason: str) -> UnreadableFileError:
        value = self._buffer[self._at : self._at + 60].decode("ascii", "replace")
        return UnreadableFileError(self._name, self._count(), name, value, reason)
