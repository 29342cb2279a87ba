"""Raw inputs, kept beside the database under the SHA-256 of their bytes.

What an event points at is here, byte for byte: a bank file, a refused message. A file is complete
or not there at all: it is written beside its place, flushed to the disk and then renamed, and the
folder is flushed too. What a retention rule removes leaves a tombstone that says when and why, so
that an explanation can say so instead of failing.

    <folder>/ab/abcdef...          the bytes
    <folder>/ab/abcdef....removed  the tombstone: JSON with removed_at and reason

Exception
 +- RawFileUnknownError   nothing was ever kept under this digest
 +- RawFileRemovedError   it was kept and removed since; `removed_at` and `reason` say when and why
 +- RawFileDamagedError   the bytes are no longer those of their digest
"""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

CHUNK_BYTES = 1 << 20
ABANDONED_AFTER = timedelta(days=1)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PARTIAL = ".partial-"


class RawFileUnknownError(LookupError):
    """Nothing was ever kept under this digest."""


class RawFileDamagedError(Exception):
    """The kept bytes have changed: they no longer have their digest."""


class RawFileRemovedError(Exception):
    """The bytes were removed by a retention rule."""

    def __init__(self, digest: str, removed: "Removed") -> None:
        super().__init__(
            f"raw file {digest} was removed on {removed.removed_at:%-d %B %Y}: {removed.reason}"
        )
        self.removed_at = removed.removed_at
        self.reason = removed.reason


@dataclass(frozen=True, slots=True)
class Removed:
    """What a tombstone says."""

    removed_at: datetime
    reason: str


def _now() -> datetime:
    return datetime.now(UTC)


class RawStore:
    """One folder of raw files; safe for several processes at once."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = _now) -> None:
        self._folder = folder
        self._now = now
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._clear_abandoned()

    def keep(self, content: bytes) -> str:
        """Keep bytes; their digest in hexadecimal. The same bytes are kept once."""
        digest = hashlib.sha256(content).hexdigest()
        return digest if self.has(digest) else self._write(BytesIO(content))

    def keep_all(self, contents: Sequence[bytes]) -> None:
        """Keep many small inputs: as `keep`, but the disk is waited for once and not for each.

        All are written, then all are flushed, then all get their names: nothing has its name before
        its bytes are on the disk.
        """
        by_digest = {hashlib.sha256(content).hexdigest(): content for content in contents}
        new = {digest: content for digest, content in by_digest.items() if not self.has(digest)}
        with ExitStack() as drafts:
            written = [(self._draft(content, drafts), digest) for digest, content in new.items()]
            for partial, _ in written:
                flush(partial)
            paths = [self._named(partial, digest) for partial, digest in written]
        for folder in {path.parent for path in paths}:
            flush(folder)
        if paths:
            flush(self._folder)  # some of the folders may be new
        for path in paths:
            _tombstone(path).unlink(missing_ok=True)

    def _draft(self, content: bytes, drafts: ExitStack) -> Path:
        """Bytes under a passing name, that are not on the disk for certain."""
        partial = self._folder / f"{_PARTIAL}{secrets.token_hex(8)}"
        drafts.callback(partial.unlink, missing_ok=True)
        with os.fdopen(_create(partial), "wb") as target:
            target.write(content)
        return partial

    def _named(self, partial: Path, digest: str) -> Path:
        path = self.path(digest)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        return partial.rename(path)

    def keep_file(self, path: Path) -> str:
        """Keep a file of any size in one pass and flat memory; its digest in hexadecimal."""
        with path.open("rb") as source:
            return self._write(source)

    def has(self, digest: str) -> bool:
        """Whether the bytes are here."""
        return self.path(digest).is_file()

    @contextmanager
    def open(self, digest: str) -> Iterator[BinaryIO]:
        """The kept bytes to read. Raises RawFileUnknownError or RawFileRemovedError."""
        try:
            kept = self.path(digest).open("rb")
        except FileNotFoundError:
            removed = self.removed(digest)
            if removed is not None:
                raise RawFileRemovedError(digest, removed) from None
            raise RawFileUnknownError(f"no raw file {digest} is kept here") from None
        with kept:
            yield kept

    def quote(self, digest: str, byte_start: int, byte_end: int) -> bytes:
        """The bytes from `byte_start` up to, not including, `byte_end`.

        Raises what `open` raises, and ValueError for a range that is not in the file.
        """
        with self.open(digest) as kept:
            size = os.fstat(kept.fileno()).st_size
            if not 0 <= byte_start <= byte_end <= size:
                raise ValueError(f"bytes {byte_start} to {byte_end} of a file of {size}")
            kept.seek(byte_start)
            return kept.read(byte_end - byte_start)

    def remove(self, digest: str, reason: str) -> None:
        """Remove the bytes and leave a tombstone; removing again changes nothing.

        Raises RawFileUnknownError when there was nothing.
        """
        path = self.path(digest)
        if not path.is_file():
            if self.removed(digest) is None:
                raise RawFileUnknownError(f"no raw file {digest} is kept here")
            return
        words = {"removed_at": self._now().isoformat(), "reason": reason}
        self._place(json.dumps(words).encode(), _tombstone(path))
        path.unlink(missing_ok=True)
        flush(path.parent)

    def removed(self, digest: str) -> Removed | None:
        """What the tombstone says; None when there is none."""
        try:
            words = json.loads(_tombstone(self.path(digest)).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Removed(datetime.fromisoformat(words["removed_at"]), words["reason"])

    def check(self, digest: str) -> None:
        """Compute the digest again. Raises RawFileDamagedError, and what `open` raises."""
        with self.open(digest) as kept:
            hashing = hashlib.sha256()
            while chunk := kept.read(CHUNK_BYTES):
                hashing.update(chunk)
            if hashing.hexdigest() != digest:
                raise RawFileDamagedError(f"raw file {digest} is not what it was")

    def path(self, digest: str) -> Path:
        """Where the bytes of a digest are, or would be. Raises ValueError for no digest."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a SHA-256 in hexadecimal: {digest[:80]!r}")
        return self._folder / digest[:2] / digest

    def _write(self, source: BinaryIO) -> str:
        partial, digest = self._copy(source)
        path = self.path(digest)
        if path.is_file():
            partial.unlink()
            return digest
        self._make(path.parent)
        partial.rename(path)
        flush(path.parent)
        _tombstone(path).unlink(missing_ok=True)  # kept again after it was removed
        return digest

    def _copy(self, source: BinaryIO) -> tuple[Path, str]:
        partial = self._folder / f"{_PARTIAL}{secrets.token_hex(8)}"
        hashing = hashlib.sha256()
        try:
            with os.fdopen(_create(partial), "wb") as target:
                while chunk := source.read(CHUNK_BYTES):
                    hashing.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return partial, hashing.hexdigest()

    def _place(self, content: bytes, path: Path) -> None:
        partial, _ = self._copy(BytesIO(content))
        partial.rename(path)
        flush(path.parent)

    def _clear_abandoned(self) -> None:
        # What a killed process left half-written may hold personal data and belongs to nobody.
        before = (self._now() - ABANDONED_AFTER).timestamp()
        for partial in self._folder.glob(f"{_PARTIAL}*"):
            with suppress(FileNotFoundError):  # another process clears too
                if partial.stat().st_mtime < before:
                    partial.unlink()

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            flush(self._folder)


def _tombstone(path: Path) -> Path:
    return path.with_name(f"{path.name}.removed")


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
