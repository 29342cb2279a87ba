"""Whatever the bytes, only the named errors leave a reader."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consumers.formats import camt053, csv_profile
from consumers.formats.control import checked
from consumers.formats.errors import FormatError
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import StatementFile, recognise
from consumers.formats.statement import Reader, StatementItem

GOLDEN = [
    path.read_bytes()
    for path in sorted((Path(__file__).parent / "golden").iterdir())
    if path.suffix != ".json"
]
PIECES = st.sampled_from(
    [
        *(b"", b"\0", b"<", b"</Ntry>", b"<TxDtls>", b"&x;", b'"', b"'", b",", b"\r", b"\xff\xfe"),
        *(b"\xa3", b"9" * 40, b"<!DOCTYPE a>", b"<![CDATA[", b"]]>", b"<Bal>", b"1e9", b"\xc2\x85"),
        *(b"-", b"\n", b"2026-99-99", b"<?xml encoding='x'?>"),
    ]
)
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def _by_content(path: Path) -> Iterator[StatementItem]:
    """As the intake reads it; a file of another kind has its own tests."""
    found = recognise(path, packaged_profiles())
    return found.reader(path) if isinstance(found, StatementFile) else iter(())


def outcome(path: Path) -> str:
    """`read`, or the name of the refusal; any other error is let through, and fails the test."""
    readers: list[Reader] = [
        camt053.read,
        *(partial(csv_profile.read, profile=profile) for profile in packaged_profiles()),
        _by_content,
    ]
    told = []
    for reader in readers:
        try:
            told.append(str(sum(1 for _ in checked(reader(path), path.name))))
        except FormatError as refused:
            assert path.name in str(refused)  # noqa: PT017 - the other outcome is as good
            told.append(type(refused).__name__)
    return " ".join(told)


@FUZZ
@example(content=b"")
@example(content=b"\xff\xfe<\0")
@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any"
    path.write_bytes(content)
    assert outcome(path)


@FUZZ
@given(
    content=st.sampled_from(GOLDEN),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES), max_size=4),
)
def test_a_damaged_file_is_read_or_refused_by_name(
    tmp_path: Path, content: bytes, cuts: list[tuple[float, int, bytes]]
) -> None:
    for where, width, piece in cuts:
        at = int(where * len(content))
        content = content[:at] + piece + content[at + width :]
    path = tmp_path / "damaged"
    path.write_bytes(content)
    assert outcome(path)
