"""Reports of Bacs about nothing of ours: taken whole, every line set aside, no money moved."""

from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ledger import events as e

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

GOLDEN = Path(__file__).parents[1] / "formats" / "golden_bacs"
SET_ASIDE = {
    "addacs.xml": [7, 8, 9, 10],
    "arrival.xml": [],
    "arucs.xml": [7, 8],
    "auddis_accepted.xml": [],
    "auddis_rejected.xml": [4],
    "auddis_returned_latin.xml": [6, 7, 8],
    "awacs.xml": [4],
    "ddica.csv": [2, 4],
    "ddica.xml": [7, 23, 43],
    "input.xml": [12],
    "withdrawal.xml": [7],
}


@pytest.mark.parametrize("name", SET_ASIDE)
def test_a_report_about_strangers_is_taken_and_its_lines_are_set_aside(
    council: Council, name: str
) -> None:
    council.opened("100")
    report = council.take(GOLDEN / name)
    assert "Bacs report of" in report.format
    assert report.refusal is None
    assert [*report.bad_lines] == SET_ASIDE[name]
    assert not any(council.facts(kind) for kind in (e.PaymentReversed, e.PaymentReceived))


def test_a_report_that_is_not_understood_is_refused_whole_for_what_is_wrong_in_it(
    council: Council,
) -> None:
    path = council.folder / "addacs.xml"
    good = (GOLDEN / "addacs.xml").read_bytes()
    path.write_bytes(good.replace(b'reason-code="E"', b'reason-code="Z"'))
    report = council.take(path)
    assert "addacs.xml, line 10: @reason-code 'Z': no reason code of ADDACS" in str(report.refusal)
    assert report.bad_lines == {}
