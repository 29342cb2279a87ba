"""Raw inputs are kept whole or not at all, once, and for their owner only."""

import hashlib
import os
import stat
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service import raw_files
from service.raw_files import (
    RawFileDamagedError,
    RawFileRemovedError,
    RawFileUnknownError,
    RawStore,
)

CONTENT = b"line one\r\nline two \xa3\r\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.fixture
def raw(tmp_path: Path) -> RawStore:
    return RawStore(tmp_path / "raw", lambda: NOON)


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "raw").rglob("*") if path.is_file())


def test_what_is_kept_is_found_by_the_digest_of_its_bytes(raw: RawStore) -> None:
    assert not raw.has(DIGEST)
    assert raw.keep(CONTENT) == DIGEST
    assert raw.has(DIGEST)
    with raw.open(DIGEST) as kept:
        assert kept.read() == CONTENT


def test_a_file_and_its_bytes_are_the_same_and_kept_once(raw: RawStore, tmp_path: Path) -> None:
    (tmp_path / "statement.csv").write_bytes(CONTENT)
    assert raw.keep_file(tmp_path / "statement.csv") == DIGEST
    assert raw.keep(CONTENT) == DIGEST
    assert raw.keep_file(tmp_path / "statement.csv") == DIGEST
    assert files(tmp_path) == [DIGEST]
    assert raw.path(DIGEST).read_bytes() == CONTENT


def test_a_quotation_is_the_exact_bytes_of_a_range(raw: RawStore) -> None:
    raw.keep(CONTENT)
    assert raw.quote(DIGEST, 10, 20) == b"line two \xa3"
    assert raw.quote(DIGEST, 0, 0) == b""
    for start, end in ((-1, 2), (3, 2), (0, len(CONTENT) + 1)):
        with pytest.raises(ValueError, match="of a file of 22"):
            raw.quote(DIGEST, start, end)


def test_only_the_owner_may_read_what_is_kept(raw: RawStore, tmp_path: Path) -> None:
    raw.keep(CONTENT)
    for path in (tmp_path / "raw").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o600 if path.is_file() else 0o700)


def test_a_removed_file_leaves_a_tombstone_that_says_when_and_why(
    raw: RawStore, tmp_path: Path
) -> None:
    raw.keep(CONTENT)
    raw.remove(DIGEST, "retention of 7 years")
    raw.remove(DIGEST, "again")

    assert not raw.has(DIGEST)
    assert files(tmp_path) == [f"{DIGEST}.removed"]
    removed = raw.removed(DIGEST)
    assert removed is not None
    assert (removed.removed_at, removed.reason) == (NOON, "retention of 7 years")
    with pytest.raises(RawFileRemovedError, match="1 April 2026: retention of 7 years"):
        raw.quote(DIGEST, 0, 1)


def test_what_is_kept_again_after_it_was_removed_is_there(raw: RawStore, tmp_path: Path) -> None:
    raw.keep(CONTENT)
    raw.remove(DIGEST, "by mistake")
    raw.keep(CONTENT)
    assert raw.quote(DIGEST, 0, 4) == b"line"
    assert files(tmp_path) == [DIGEST]


def test_what_was_never_kept_is_unknown(raw: RawStore) -> None:
    with pytest.raises(RawFileUnknownError):
        raw.quote(DIGEST, 0, 1)
    with pytest.raises(RawFileUnknownError):
        raw.remove(DIGEST, "nothing there")
    assert raw.removed(DIGEST) is None


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", DIGEST.upper(), DIGEST + "0", "é" * 64])
def test_what_is_no_digest_is_no_path(raw: RawStore, digest: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        raw.has(digest)


def test_damage_is_noticed(raw: RawStore) -> None:
    raw.keep(CONTENT)
    raw.check(DIGEST)
    path = raw.path(DIGEST)
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(RawFileDamagedError):
        raw.check(DIGEST)


def test_a_write_that_breaks_off_leaves_nothing(
    raw: RawStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        raw.keep(CONTENT)
    assert files(tmp_path) == []
    assert not raw.has(DIGEST)


def test_many_are_kept_at_once_each_under_its_own_digest(raw: RawStore, tmp_path: Path) -> None:
    contents = [b"%d" % number for number in range(40)]
    raw.keep(contents[0])
    raw.keep_all([*contents, contents[1]])
    digests = sorted(hashlib.sha256(content).hexdigest() for content in contents)
    assert files(tmp_path) == digests
    for content in contents:
        raw.check(hashlib.sha256(content).hexdigest())


def test_of_many_nothing_has_its_name_before_all_bytes_are_on_the_disk(
    raw: RawStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named: list[int] = []
    fsync = os.fsync

    def watched(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            named.append(sum(1 for name in files(tmp_path) if not name.startswith(".")))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    raw.keep_all([b"one", b"two", b"three"])
    assert named == [0, 0, 0]
    assert len(files(tmp_path)) == 3


def test_of_many_that_break_off_none_is_left(
    raw: RawStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        raw.keep_all([b"one", b"two"])
    assert files(tmp_path) == []


def test_written_in_place_a_broken_write_would_be_taken_for_the_whole(tmp_path: Path) -> None:
    """The control: without the rename the half file has the digest's name."""
    raw = RawStore(tmp_path / "raw")
    raw.path(DIGEST).parent.mkdir()
    raw.path(DIGEST).write_bytes(CONTENT[:5])
    assert raw.has(DIGEST)
    with pytest.raises(RawFileDamagedError):
        raw.check(DIGEST)


def test_bytes_and_folder_are_flushed_before_the_digest_is_given(
    raw: RawStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[bool] = []
    fsync = os.fsync

    def watched(handle: int) -> None:
        flushed.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    raw.keep(CONTENT)
    assert flushed == [False, True, True]  # the bytes, the new folder's parent, the folder


def test_what_a_killed_process_left_half_written_is_cleared_after_a_day(tmp_path: Path) -> None:
    RawStore(tmp_path / "raw")
    for name, age in ((".partial-old", timedelta(days=2)), (".partial-new", timedelta(hours=1))):
        path = tmp_path / "raw" / name
        path.write_bytes(b"half a statement")
        moment = (NOON - age).timestamp()
        os.utime(path, (moment, moment))
    RawStore(tmp_path / "raw", lambda: NOON)
    assert files(tmp_path) == [".partial-new"]


def test_a_large_file_is_kept_in_flat_memory(raw: RawStore, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        for number in range(32):
            file.write(bytes([number]) * raw_files.CHUNK_BYTES)
    tracemalloc.start()
    digest = raw.keep_file(large)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert raw.path(digest).stat().st_size == 32 * raw_files.CHUNK_BYTES
    assert peak < 4 * raw_files.CHUNK_BYTES
