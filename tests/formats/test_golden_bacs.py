"""Look-alike reports of Bacs beside what they must be read as.

`python tests/formats/test_golden_bacs.py` rewrites the expectations; look at the difference.
"""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from consumers.formats.bacs_files import (
    ClaimsFile,
    CreditsFile,
    InstructionsFile,
    SubmissionsFile,
)
from consumers.formats.errors import UnrecognisedFormatError
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import recognise

FOLDER = Path(__file__).parent / "golden_bacs"
FILES = sorted(path for path in FOLDER.iterdir() if path.suffix != ".json")
KINDS = {
    "addacs.xml": (InstructionsFile, "ADDACS"),
    "auddis_returned_latin.xml": (InstructionsFile, "AUDDIS"),
    "auddis_accepted.xml": (InstructionsFile, "AUDACC"),
    "auddis_rejected.xml": (InstructionsFile, "AUDREJ"),
    "awacs.xml": (InstructionsFile, "AWACS"),
    "ddica.xml": (ClaimsFile, "DDICA"),
    "ddica.csv": (ClaimsFile, "CSV"),
    "arucs.xml": (CreditsFile, "ARUCS"),
    "input.xml": (SubmissionsFile, "Input"),
    "withdrawal.xml": (SubmissionsFile, "Withdrawal"),
    "arrival.xml": (SubmissionsFile, "Arrival"),
}


def as_json(path: Path) -> str:
    found = recognise(path, packaged_profiles())
    told = [{"type": type(item).__name__, **asdict(item)} for item in found.reader(path)]
    return json.dumps(told, indent=1, ensure_ascii=False, default=str) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_report_is_read_as_written_beside_it(path: Path) -> None:
    expected = path.with_name(path.name + ".json").read_text(encoding="utf-8")
    assert as_json(path) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_report_is_known_by_its_content_whatever_it_is_called(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "ARUDD Report (1016).pdf"
    other.write_bytes(path.read_bytes())
    found = recognise(other, packaged_profiles())
    kind, version = KINDS[path.name]
    assert type(found) is kind
    assert version in found.title


def test_a_report_of_bacs_that_nobody_knows_is_named_as_one(tmp_path: Path) -> None:
    path = tmp_path / "arrival.xml"
    path.write_bytes((FOLDER / "arrival.xml").read_bytes().replace(b"ArrivalReport", b"Novelty"))
    with pytest.raises(UnrecognisedFormatError, match="a Bacs report of a kind that is not known"):
        recognise(path, packaged_profiles())


if __name__ == "__main__":
    for file in FILES:
        file.with_name(file.name + ".json").write_text(as_json(file), encoding="utf-8")
