"""The commands by which an instruction that never reached its bank is taken back."""

from collections.abc import Iterator

from consumers.mandates_found import Mandates
from ledger.mandate import MandateState
from ledger.mandate_commands import StopCollection, StopLodgement
from ledger.values import StoppedHow


def unlodging(
    mandates: Mandates, mandate: MandateState, how: StoppedHow, why: str, advice: str | None = None
) -> Iterator[StopCollection | StopLodgement]:
    """Stop the instruction that was lodged last, and first what rests on it in other runs.

    Its bank would pay nothing of that; what has gone already comes back by itself.
    """
    lodging = mandate.lodging
    if lodging is None:
        return
    for found in mandates.unreleased(mandate) if lodging.code != "0C" else ():
        if found.run != lodging.run:
            yield StopCollection(
                sun=mandate.sun,
                mandate=mandate.mandate,
                collection=found.name,
                how="abandoned",
                reason=f"the instruction in run {lodging.run} did not go",
                advice=advice,
            )
    yield StopLodgement(
        sun=mandate.sun,
        mandate=mandate.mandate,
        run=lodging.run,
        item=lodging.item,
        how=how,
        reason=why,
        advice=advice,
    )
