"""Stream an XML file as flat records, each with the exact bytes it was read from.

A record is a named element (an entry, a payment); its fields are the texts below it by path, such
as `BookgDt/Dt`, or `Amt@Ccy` for an attribute. Namespaces are ignored. Expat is used directly
because it alone tells byte offsets; memory does not grow with the file.

Hostile input: any DOCTYPE is refused at its first byte, so there are no entities to expand and
nothing external to fetch; depth, names, fields and text have limits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from consumers.formats.errors import UnreadableFileError
from consumers.formats.statement import SourceSpan
from ledger.limits import LINE_BYTES_MAX

CHUNK_BYTES = 1 << 16
DEPTH_MAX = 64  # camt nests 15 deep
PATHS_MAX = 20_000  # distinct element paths; all of camt.053.001.14 has about 5,000
FIELDS_PER_RECORD_MAX = 10_000  # a payment has about 30
TOKEN_BYTES_MAX = 1 << 20  # one tag or comment; expat before 2.6 rescans an unfinished one
ENCODINGS = frozenset(
    ("utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "cp1252")
)


@dataclass(slots=True, eq=False)
class Record:
    """One element: its name, the record around it, where it stands, and its texts by path.

    `fields` holds the first text at each path that is not blank, trimmed. `repeated` holds every
    text, as written, at the paths that occur more than once.
    """

    name: str
    parent: "Record | None"
    line: int
    byte_start: int
    byte_end: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    repeated: dict[str, list[str]] | None = None

    @property
    def span(self) -> SourceSpan:
        """The bytes from the first `<` to the last `>`."""
        return SourceSpan(self.line, self.byte_start, self.byte_end)

    def first(self, *paths: str) -> str | None:
        """The first text that is not blank at the first of these paths, trimmed."""
        get = self.fields.get
        for path in paths:
            if text := get(path):
                return text
        return None

    def all(self, path: str) -> list[str]:
        """Every text at a path; as written where there are several."""
        if self.repeated is not None and path in self.repeated:
            return self.repeated[path]
        return [self.fields[path]] if path in self.fields else []

    def add(self, path: str, text: str) -> None:
        """Note one more text at a path."""
        fields = self.fields
        if path not in fields:
            fields[path] = text.strip()
            return
        if self.repeated is None:
            self.repeated = {}
        self.repeated.setdefault(path, [fields[path]]).append(text)
        if not fields[path]:
            fields[path] = text.strip()

    @property
    def size(self) -> int:
        """How many texts it holds."""
        return len(self.fields) + sum(map(len, (self.repeated or {}).values()))


class _Node(dict[str, "_Node"]):
    """A place in the document's shape: where it lies in its record, and by name what lies below.

    `record` is the record's name where one begins here, else None.
    """

    __slots__ = ("above", "depth", "path", "record")

    def __init__(self, above: "_Node | None", path: str, record: str | None) -> None:
        self.above = self if above is None else above  # an empty place is false, as any dict
        self.path, self.record = path, record
        self.depth: int = 0 if above is None else above.depth + 1


def records(path: Path, names: Mapping[str, str | None]) -> Iterator[Record]:
    """The records of a file, each when its element ends; `names` maps a name to its parent record.

    Raises UnreadableFileError for anything that is not well-formed XML within the limits.
    """
    builder = _Builder(path.name, names)
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield from builder.feed(chunk, final=False)
    yield from builder.feed(b"", final=True)


class _Builder:
    """Expat's callbacks. `_ended` is the record whose last byte the next event will tell."""

    def __init__(self, file: str, names: Mapping[str, str | None]) -> None:
        self._file, self._names = file, names
        self._node = _Node(None, "", None)
        self._nodes = 0
        self._record: Record | None = None
        self._fields: dict[str, str] = {}
        self._ended: Record | None = None
        self._done: list[Record] = []
        self._text: list[str] = []
        self._leaf = False
        self._fed = 0
        # Called a million times in a large file, so by expat itself and not through Python.
        self._collect = self._text.append
        self._parser = self._new_parser()

    def _new_parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._collect
        parser.CommentHandler = self._between
        parser.StartCdataSectionHandler = self._between
        parser.ProcessingInstructionHandler = self._between
        parser.StartDoctypeDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declaration
        return parser

    def feed(self, chunk: bytes, *, final: bool) -> list[Record]:
        """Parse a chunk; the records that were completed in it."""
        try:
            self._parser.Parse(chunk, final)
            if final:
                self._between()  # nothing follows the outermost element but blanks
        except expat.ExpatError as error:
            raise self._refused(expat.ErrorString(error.code), error.lineno) from None
        except (LookupError, UnicodeError) as error:
            raise self._refused(str(error)) from None
        self._fed += len(chunk)
        self._check_limits()
        done, self._done = self._done, []
        return done

    def _start(self, name: str, attributes: list[str]) -> None:
        if self._ended is not None:
            self._between()
        try:
            self._node = node = self._node[name]
        except KeyError:
            self._node = node = self._new_node(name)
        self._leaf = True
        self._text.clear()
        if node.record is not None:
            self._begin(node.record)
        if attributes and self._record is not None:
            for at in range(0, len(attributes), 2):
                self._record.add(f"{node.path}@{attributes[at]}", attributes[at + 1])

    def _begin(self, name: str) -> None:
        at = self._parser
        self._record = record = Record(
            name, self._record, at.CurrentLineNumber, at.CurrentByteIndex
        )
        self._fields = record.fields

    def _end(self, _name: str) -> None:
        if self._ended is not None:
            self._between()
        node = self._node
        self._node = node.above
        if node.record is not None:
            self._finish()
        elif self._leaf:
            path, text = node.path, "".join(self._text)
            if path not in self._fields:
                self._fields[path] = text.strip()
            elif self._record is not None:
                self._record.add(path, text)
        self._leaf = False

    def _finish(self) -> None:
        """A record's element ends here; where its last byte is, the next event tells."""
        self._ended = record = self._record
        self._parser.CharacterDataHandler = self._between
        above = record.parent if record is not None else None
        self._record, self._fields = above, above.fields if above is not None else {}

    def _between(self, *_: object) -> None:
        """Whatever follows a record's last byte tells where that was."""
        if self._ended is not None:
            self._ended.byte_end = self._parser.CurrentByteIndex
            self._done.append(self._ended)
            self._ended = None
            self._parser.CharacterDataHandler = self._collect

    def _new_node(self, raw: str) -> _Node:
        """The node of an element met at this place for the first time."""
        above, name = self._node, raw.rpartition(":")[2]
        self._nodes += 1
        if above.depth >= DEPTH_MAX or self._nodes > PATHS_MAX:
            raise self._refused("nested too deep, or too many kinds of element", value=name)
        around = self._record.name if self._record is not None else None
        is_record = name in self._names and self._names[name] == around
        path = "" if is_record else f"{above.path}/{name}".removeprefix("/")
        node = _Node(above, path, name if is_record else None)
        above[raw] = node
        return node

    def _doctype(self, name: str, *_: object) -> None:
        raise self._refused("a DOCTYPE is refused: bank files have none, attacks do", value=name)

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ENCODINGS:
            raise self._refused("character encoding that is not read", value=encoding)

    def _check_limits(self) -> None:
        """Once a chunk, so that no single element can hold the memory of the machine."""
        if self._fed - self._parser.CurrentByteIndex > TOKEN_BYTES_MAX:
            raise self._refused("one tag or comment is too long")
        if not self._leaf:
            self._text.clear()  # blanks between elements
        elif sum(map(len, self._text)) > LINE_BYTES_MAX:
            raise self._refused("one text is too long")
        record = self._record
        while record is not None:
            if record.size > FIELDS_PER_RECORD_MAX:
                raise self._refused("too many fields in one element", value=record.name)
            record = record.parent

    def _refused(self, reason: str, line: int | None = None, value: str = "") -> Exception:
        at = line if line is not None else self._parser.CurrentLineNumber
        return UnreadableFileError(self._file, at, "XML", value, reason)
