"""Real public files of advices, and of what looks like them: none crashes, none is lost."""

from collections import Counter
from pathlib import Path

import pytest

from consumers.formats import arudd, camt053, camt054, dwp_schedule, remittance_csv
from consumers.formats.advice_control import checked_advice
from consumers.formats.control import checked
from consumers.formats.errors import FormatError

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "samples"
FOLDERS = (
    "camt052",
    "camt053",
    "camt054",
    "dwp_third_party_pacs",
    "card_provider_and_misc",
    "csv_generic",
    "xml_attacks",
)
FILES = sorted(path for folder in FOLDERS for path in CORPUS.glob(f"{folder}/*") if path.is_file())
HEAD_BYTES = 1 << 16


def judged(path: Path) -> tuple[str, Counter[str]]:
    """Which reader a file is for, and what that makes of it; every reader is tried on it."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    for name, module in (("arudd", arudd), ("camt053", camt053)):
        if module.recognise(head, path.name) is not None:
            items = checked(camt053.read(path), path.name) if name == "camt053" else iter(())
            return name, Counter(type(item).__name__ for item in items)
    for module in (camt054, dwp_schedule, remittance_csv):
        if module.recognise(head, path.name) is not None:
            advised = checked_advice(module.read(path), path.name)
            name = module.__name__.rpartition(".")[2]
            return name, Counter(type(item).__name__ for item in advised)
    return "none", Counter()


def told(path: Path) -> str:
    try:
        name, items = judged(path)
    except FormatError as refused:
        return f"refused: {refused}"
    return f"{name}: " + ", ".join(f"{count} {kind}" for kind, count in sorted(items.items()))


@pytest.mark.skipif(not FILES, reason="there is no corpus of bank files beside the repository")
def test_every_real_file_is_read_or_refused_with_a_reason() -> None:
    table = {path: told(path) for path in FILES}
    for path, text in table.items():
        print(f"{path.parent.name:24} {path.name[:48]:48} {text[:120]}")  # noqa: T201 - the table
    kinds = Counter((path.parent.name, text.split(":")[0]) for path, text in table.items())
    assert kinds["camt053", "camt053"] == 21
    assert kinds["camt053", "refused"] == 3
    assert kinds["camt054", "camt054"] == 6
    assert kinds["dwp_third_party_pacs", "refused"] == 1
    for folder in ("camt052", "card_provider_and_misc", "csv_generic", "xml_attacks"):
        assert {kind for name, kind in kinds if name == folder} == {"none"}


@pytest.mark.skipif(not FILES, reason="there is no corpus of bank files beside the repository")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name[-40:])
def test_a_file_given_to_the_wrong_reader_is_refused_by_name(path: Path) -> None:
    kinds = set()
    for read in (camt053.read, camt054.read, dwp_schedule.read, arudd.read, remittance_csv.read):
        try:
            kinds.add(type(list(read(path))).__name__)
        except FormatError as refused:
            assert refused.file == path.name  # noqa: PT017 - the other outcome is as good
            kinds.add("refused")
    assert "refused" in kinds
