"""Real public bank files, when they lie beside the repository: none crashes, none is lost."""

from collections import Counter
from pathlib import Path

import pytest

from consumers.formats.control import checked
from consumers.formats.errors import FormatError
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import StatementFile, recognise

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "samples"
FILES = sorted(path for path in CORPUS.glob("*/*") if path.is_file())


def outcome(path: Path) -> str:
    try:
        found = recognise(path, packaged_profiles())
        if not isinstance(found, StatementFile):
            return f"no statement: {found.title}"
        items = Counter(type(item).__name__ for item in checked(found.reader(path), path.name))
    except FormatError as refused:
        assert refused.reason  # noqa: PT017 - the other outcome is as good
        return f"refused: {refused.reason}"
    return "read: " + ", ".join(f"{count} {name}" for name, count in sorted(items.items()))


@pytest.mark.skipif(not FILES, reason="there is no corpus of bank files beside the repository")
def test_every_real_file_is_read_or_refused_with_a_reason() -> None:
    told = {path: outcome(path) for path in FILES}
    for path, text in told.items():
        print(f"{path.parent.name:26} {path.name[:60]:60} {text[:110]}")  # noqa: T201 - the table
    read = Counter(path.parent.name for path, text in told.items() if text.startswith("read"))
    assert read["camt053"] == 21
    assert sum(path.parent.name == "camt053" for path in told) == 24
    wrong_currency = "the statement is in EUR"
    refused = [t for p, t in told.items() if p.parent.name == "camt053" and t.startswith("refused")]
    assert all(text.endswith(wrong_currency) for text in refused)
