"""Look-alike advices and returns beside what they must be read as.

`python tests/formats/test_golden_advice.py` rewrites the expectations; look at the difference.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from consumers.formats import arudd, camt054, dwp_schedule, remittance_csv
from consumers.formats.advice import AdviceItem, AdviceLine
from consumers.formats.advice_control import checked_advice
from consumers.formats.returned_debit import ReturnedDebit, ReturnedItem

FOLDER = Path(__file__).parent / "golden_advice"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix != ".json")
ADVICES = (camt054, dwp_schedule, remittance_csv)


def items(path: Path) -> Iterator[AdviceItem | ReturnedItem]:
    """What the one reader that recognises a file makes of it."""
    head = path.read_bytes()
    if arudd.recognise(head, path.name) is not None:
        return arudd.read(path)
    (module,) = (one for one in ADVICES if one.recognise(head, path.name) is not None)
    return checked_advice(module.read(path), path.name)


def as_json(path: Path) -> str:
    told = [{"type": type(item).__name__, **asdict(item)} for item in items(path)]
    return json.dumps(told, indent=1, ensure_ascii=False, default=str) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_read_as_written_beside_it(path: Path) -> None:
    expected = path.with_name(path.name + ".json").read_text(encoding="utf-8")
    assert as_json(path) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_bytes_of_a_line_hold_its_amount(path: Path) -> None:
    content = path.read_bytes()
    lines = [item for item in items(path) if isinstance(item, AdviceLine | ReturnedDebit)]
    assert lines
    for line in lines:
        quoted = content[line.span.byte_start : line.span.byte_end].decode("latin-1")
        pounds, pence = divmod(abs(line.amount_minor), 100)
        figures = {f"{pounds}.{pence:02d}", f"{pounds:,}.{pence:02d}", f"{pounds}{pence:02d}<"}
        figures |= {f"{pounds:,}.{pence:02d}".rstrip("0").rstrip(".") + '"'}
        assert any(figure in quoted for figure in figures), (line, quoted)
        assert content[: line.span.byte_start].count(b"\n") + 1 == line.span.line


if __name__ == "__main__":
    for file in FILES:
        file.with_name(file.name + ".json").write_text(as_json(file), encoding="utf-8")
