"""What came of a rebuild, in words, as JSON, and in the log."""

from collections.abc import Callable
from typing import Any

import structlog
from rich.console import Console
from rich.text import Text

from projections.compare import Difference
from projections.rebuild import Rebuilt
from service.moments import written

_SHOWN_MAX = 40
_LOG = structlog.get_logger(__name__)


def steps(advance: Callable[[int], None]) -> Callable[[int, int], None]:
    """Turns "so many of so many events" into the steps of a progress bar."""
    reached = [0]

    def report(done: int, _total: int) -> None:
        advance(done - reached[0])
        reached[0] = done

    return report


def log(done: Rebuilt, reason: str) -> None:
    """Leave a line in the log; differences that were accepted are a warning with their reason."""
    facts = {"position": done.position, "differences": len(done.differences)}
    if not done.differences:
        _LOG.info("read models rebuilt", switched=True, **facts)
    elif done.switched:
        _LOG.warning("read models rebuilt, differences accepted", reason=reason, **facts)
    else:
        _LOG.warning("read models not switched: they differ", **facts)


def show(done: Rebuilt, console: Console) -> None:
    """Print the outcome, and the first differences."""
    resumed = f", resumed at {done.resumed_from:,}" if done.resumed_from else ""
    console.print(Text(f"{done.position:,} events folded again{resumed}."))
    if not done.differences:
        cells = f"{done.cells_compared:,} cells of figures"
        console.print(Text(f"Every row and all {cells} are equal. The rebuilt tables are live."))
        return
    console.print(Text(f"{len(done.differences):,} differences:", style="bold"))
    for one in done.differences[:_SHOWN_MAX]:
        console.print(Text(f"- {sentence(one)}"), soft_wrap=True)
    if len(done.differences) > _SHOWN_MAX:
        console.print(f"  and {len(done.differences) - _SHOWN_MAX:,} more: --json has them")
    if done.switched:
        console.print("They were accepted with a reason; the rebuilt tables are live.")
    else:
        console.print(
            "The live tables stay as they were. Find out why; when the rebuilt figures are the"
            " right ones, run it again with --accept-differences REASON."
        )


def sentence(one: Difference) -> str:
    """One difference in words."""
    place = one.where
    if one.viewpoint is not None:
        known = one.viewpoint.as_known.isoformat(" ", "seconds")
        place = f"{one.where} as at {one.viewpoint.as_at}, as known {known}"
    if one.column:
        return f"{place}: {one.row}: {one.column} is {one.live}, rebuilt {one.rebuilt}"
    if one.rebuilt is None:
        return f"{place}: {one.row}: only in the live table: {one.live}"
    return f"{place}: {one.row}: only in the rebuilt table: {one.rebuilt}"


def as_json(done: Rebuilt) -> dict[str, Any]:
    """The outcome for a script."""
    return {
        "format": "tallystick.rebuild.v1",
        "switched": done.switched,
        "position": done.position,
        "resumed_from": done.resumed_from,
        "cells_compared": done.cells_compared,
        "differences": [_difference(one) for one in done.differences],
    }


def _difference(one: Difference) -> dict[str, str | None]:
    point = one.viewpoint
    return {
        "where": one.where,
        "as_at": point.as_at.isoformat() if point else None,
        "as_known": written(point.as_known) if point else None,
        "row": one.row,
        "column": one.column or None,
        "live": one.live,
        "rebuilt": one.rebuilt,
    }
