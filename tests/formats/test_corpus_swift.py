"""Real public MT940, MT942, other SWIFT and BAI2 files, when they lie beside the repository.

Each is read, refused with a reason that a bank officer understands, or has rows quarantined; how
many of each is held here, so that a file that was read is not lost unseen. What is refused for its
sums was changed by whoever took the names out of it, or is a piece of a statement.
"""

import re
from collections import Counter
from pathlib import Path

import pytest

from consumers.formats import bai2, mt940
from consumers.formats.control import checked
from consumers.formats.errors import ControlTotalError, FormatError
from consumers.formats.statement import BankLine, StatementOpened

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "samples"
FILES = sorted(
    path
    for kind in ("mt940", "mt942", "swift_other", "bai2")
    for path in (CORPUS / kind).glob("*")
    if path.is_file()
)
WHOLE = re.compile(rb"^:60[FM]:.*^:61:.*^:62[FM]:|^03,.*^16,.*^49,", re.MULTILINE | re.DOTALL)

with_corpus = pytest.mark.skipif(
    not FILES, reason="there is no corpus of bank files beside the repository"
)


def outcome(path: Path) -> str:
    """`read` with what came of it, or `refused` with why; any other error fails the test."""
    head = path.read_bytes()[: 1 << 16]
    formats = [one for one in (mt940, bai2) if one.recognise(head, path.name)]
    if not formats:
        return "not recognised"
    try:
        items = list(checked(formats[0].read(path), path.name))
    except ControlTotalError as refused:
        return f"refused by its sums: {refused}"
    except FormatError as refused:
        return f"refused: {refused}"
    kinds = Counter(type(item).__name__ for item in items)
    warned = sum(bool(item.warnings) for item in items if isinstance(item, BankLine))
    return f"read: {dict(sorted(kinds.items()))}, {warned} lines with warnings"


@with_corpus
def test_every_real_file_is_read_or_refused_with_a_reason() -> None:
    told = {path: outcome(path) for path in FILES}
    for path, text in told.items():
        print(f"{path.parent.name:12} {path.name[:62]:62} {text[:150]}")  # noqa: T201 - the table
    found = Counter((path.parent.name, text.split(":", 1)[0]) for path, text in told.items())
    assert found == {
        ("mt940", "read"): 49,
        ("mt940", "refused by its sums"): 38,
        ("mt940", "refused"): 15,
        ("mt940", "not recognised"): 1,
        ("mt942", "refused"): 1,
        ("swift_other", "refused"): 6,
        ("bai2", "read"): 4,
        ("bai2", "refused by its sums"): 2,
    }


@with_corpus
def test_only_pieces_and_other_messages_are_refused_for_their_form() -> None:
    """A file with balances and entries is read, unless its figures differ or it was cut off."""
    cut_off = {"K4262927_20200905-080000-952.txt", "knab_invalid.txt"}
    for path in FILES:
        is_whole = WHOLE.search(path.read_bytes()) is not None
        if is_whole and outcome(path).startswith("refused: "):
            assert path.name.split("__")[-1] in cut_off


@with_corpus
def test_every_real_entry_is_read_without_quarantine() -> None:
    for path in FILES:
        assert "BadRow" not in outcome(path), path.name


@with_corpus
def test_a_statement_of_a_real_file_is_known_apart_from_the_others() -> None:
    """Account, id, number and opening day tell all statements of a file apart."""
    for path in FILES:
        if outcome(path).startswith("read"):
            reader = mt940 if path.parent.name == "mt940" else bai2
            opened = [item for item in reader.read(path) if isinstance(item, StatementOpened)]
            names = [(one.account, one.statement_id, one.sequence, one.opened_on) for one in opened]
            assert len(set(names)) == len(names), path.name
