"""Reports of Bacs that nothing acts on yet are refused politely, once they could be read."""

from pathlib import Path
from typing import Any, TypeAlias

import pytest

from ledger import events as e

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

GOLDEN = Path(__file__).parents[1] / "formats" / "golden_bacs"
REPORTS = sorted(path for path in GOLDEN.iterdir() if path.suffix != ".json")


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
def test_a_report_is_read_and_refused_because_nothing_acts_on_it(
    council: Council, path: Path
) -> None:
    report = council.take(path)
    assert "Bacs report of" in report.format
    assert "it can be read, but is not acted on yet" in str(report.refusal)
    assert council.facts(e.PaymentReversed) == []


def test_a_report_that_cannot_be_read_is_refused_for_what_is_wrong_in_it(council: Council) -> None:
    path = council.folder / "addacs.xml"
    good = (GOLDEN / "addacs.xml").read_bytes()
    path.write_bytes(good.replace(b'reason-code="E"', b'reason-code="Z"'))
    refusal = str(council.take(path).refusal)
    assert "addacs.xml, line 10: @reason-code 'Z': no reason code of ADDACS" in refusal
