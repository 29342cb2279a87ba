"""Whatever the bytes, only the named errors leave a reader of advices or of reports of Bacs."""

from collections.abc import Callable, Iterator
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consumers.formats import (
    arudd,
    bacs_advices,
    bacs_arrival,
    bacs_claims,
    bacs_claims_csv,
    bacs_credits,
    bacs_input,
    bacs_withdrawal,
    camt054,
    dwp_schedule,
    remittance_csv,
)
from consumers.formats.advice_control import checked_advice
from consumers.formats.errors import FormatError

GOLDEN = [
    path.read_bytes()
    for folder in ("golden_advice", "golden_bacs")
    for path in sorted((Path(__file__).parent / folder).iterdir())
    if path.suffix != ".json"
]
PIECES = st.sampled_from(
    [
        *(b"", b"\0", b"<", b"</Ntry>", b"<TxDtls>", b"&x;", b'"', b"'", b",", b"\r", b"\xff\xfe"),
        *(b"\xa3", b"9" * 40, b"<!DOCTYPE a>", b"<![CDATA[", b"]]>", b"1e9", b"\xc2\x85", b"-"),
        *(b"\n", b"2026-99-99", b"<?xml encoding='x'?>", b"Total", b"<ARUDD>", b"</ARUDD>"),
        *(b"/>", b"</Data>", b"<MessagingAdvice/>", b"<Errors/>", b"<DDICAdvice/>", b"<Totals/>"),
        *(b"<DDCollections/>", b"<Submission/>", b"<UserFile/>", b"</NewAdvices>", b"<Data>", b"0"),
        *(b"<DocumentDetail/>", b"</Ntfctn>", b"<OriginatingAccountRecord>", b"\xd9\xa1"),
    ]
)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
MODULES = (
    *(arudd, camt054, dwp_schedule, remittance_csv, bacs_advices, bacs_arrival, bacs_claims),
    *(bacs_claims_csv, bacs_credits, bacs_input, bacs_withdrawal),
)
READERS: tuple[Callable[[Path], Iterator[object]], ...] = (
    lambda path: checked_advice(camt054.read(path), path.name),
    lambda path: checked_advice(dwp_schedule.read(path), path.name),
    lambda path: checked_advice(remittance_csv.read(path), path.name),
    *(arudd.read, bacs_advices.read, bacs_arrival.read, bacs_claims.read, bacs_claims_csv.read),
    *(bacs_credits.read, bacs_input.read, bacs_withdrawal.read),
)


def outcome(path: Path) -> str:
    """What each reader makes of a file; any other error is let through, and fails the test."""
    told = []
    for read in READERS:
        try:
            told.append(str(sum(1 for _ in read(path))))
        except FormatError as refused:
            assert path.name in str(refused)  # noqa: PT017 - the other outcome is as good
            told.append(type(refused).__name__)
    for module in MODULES:
        try:
            module.recognise(path.read_bytes(), path.name)
        except FormatError as refused:
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
