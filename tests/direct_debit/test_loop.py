"""The whole loop on a real database: from a mandate to the bank and back, with its proof."""

from datetime import date
from typing import Any, TypeAlias

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any
Payers: TypeAlias = Any

FIRST_RUN = date(2026, 12, 1)  # lodges the instructions
SECOND_RUN = date(2026, 12, 15)


def test_a_bill_is_collected_by_direct_debit_and_the_run_is_proved_four_ways(
    town: Town, payers: Payers, lines: Lines
) -> None:
    town.opened("1", "2")
    references = [town.mandate("1", payers[0]), town.mandate("2", payers[1])]
    town.billed("1", "I1", 12_345, SECOND_RUN)
    town.billed("2", "I2", 5_000, SECOND_RUN)
    # The first run carries the instructions only.
    town.on(date(2026, 11, 26))
    run, file = town.sent(FIRST_RUN)
    assert [(one.code, one.pence, one.reference) for one in lines(file)] == [
        ("0N", 0, one) for one in sorted(references)
    ]
    assert town.announce(SECOND_RUN) == 2
    town.on(date(2026, 12, 11))
    run, file = town.sent(SECOND_RUN)
    assert sorted((one.code, one.pence) for one in lines(file)) == [("01", 5_000), ("01", 12_345)]
    assert {one.status for one in map(town.state, references)} == {"active"}
    town.input_report(file)
    assert town.owes("1") == 12_345
    town.on(SECOND_RUN)
    town.bank((17_345, "BACS CONTRA"), on=SECOND_RUN)
    posted = town.post()
    assert (posted.credited.receipts, posted.credited.amount_minor) == (2, 17_345)
    assert [one.run for one in posted.paired] == [run]
    assert (town.owes("1"), town.owes("2")) == (0, 0)
    proof = town.prove(run)
    assert proof.differences == ()
    assert [total.amount_minor for total in proof.totals] == [17_345] * 4
