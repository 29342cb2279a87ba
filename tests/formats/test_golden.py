"""Look-alike bank files beside what they must be read as.

`python tests/formats/test_golden.py` rewrites the expectations; look at the difference.
"""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from consumers.formats.control import checked
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import StatementFile, recognise
from consumers.formats.statement import BankLine

FOLDER = Path(__file__).parent / "golden"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix != ".json")


def as_json(path: Path) -> str:
    found = recognise(path, packaged_profiles())
    assert isinstance(found, StatementFile)
    items = [
        {"type": type(item).__name__, **asdict(item)}
        for item in checked(found.reader(path), path.name)
    ]
    told = {"format": found.format, "title": found.title, "items": items}
    return json.dumps(told, indent=1, ensure_ascii=False, default=str) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_bank_file_is_read_as_written_beside_it(path: Path) -> None:
    expected = path.with_name(path.name + ".json").read_text(encoding="utf-8")
    assert as_json(path) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_bytes_of_a_line_hold_its_amount(path: Path) -> None:
    content = path.read_bytes()
    found = recognise(path, packaged_profiles())
    lines = [item for item in found.reader(path) if isinstance(item, BankLine)]
    assert lines
    for line in lines:
        quoted = content[line.span.byte_start : line.span.byte_end]
        pounds, pence = divmod(abs(line.amount_minor), 100)
        figures = {f"{pounds}.{pence:02d}", f"{pounds:,}.{pence:02d}"}
        figures.add(f"{abs(line.amount_minor):010d}")  # pence, the point is implied
        figures |= {f"{pounds},{pence:02d}", f",{abs(line.amount_minor)},"}
        if pence == 0:
            figures |= {f">{pounds}<", f",{pounds},"}
        assert any(figure.encode() in quoted for figure in figures), (line, quoted)
        assert content[: line.span.byte_start].count(b"\n") + 1 == line.span.line


def test_two_equal_lines_are_two_lines(golden: Path) -> None:
    for name in ("lloyds.csv", "camt_v02_batch.xml"):
        path = golden / name
        reader = recognise(path, packaged_profiles()).reader
        equal = [
            item
            for item in reader(path)
            if isinstance(item, BankLine) and item.narrative == "J PATEL GARAGE 12"
        ]
        assert len(equal) == 2
        assert equal[0].amount_minor == equal[1].amount_minor
        assert len({(line.ordinal, line.part) for line in equal}) == 2
        assert equal[0].span != equal[1].span


if __name__ == "__main__":
    for file in FILES:
        file.with_name(file.name + ".json").write_text(as_json(file), encoding="utf-8")
