"""How far a rebuild is, and what came of it: in words, as JSON, and in the log."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from rich.console import Console
from rich.text import Text

from projections.compare import Difference
from projections.rebuild import Rebuilt, Stage
from service.moments import written

_SHOWN_MAX = 40
_SAID_EVERY_SECONDS = 5.0
_STAGES: dict[Stage, str] = {
    "index": "Building indexes.",
    "compare": "Comparing every row and every figure; intake and readers go on.",
    "switch": "Folding and comparing what came in meanwhile.",
}
_LOG = structlog.get_logger(__name__)


class Teller:
    """Says how far a rebuild is, in a line now and then; `say` prints one."""

    def __init__(
        self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._clock = clock
        self._begun: tuple[float, int] | None = None  # when, and how many were folded then
        self._said_at = 0.0

    def stage(self, stage: Stage) -> None:
        """What the rebuild does next."""
        if stage != "fold":
            self._say(_STAGES[stage])

    def folded(self, done: int, total: int) -> None:
        """So many of so many events are folded."""
        now = self._clock()
        if self._begun is None:
            self._begun, self._said_at = (now, done), now
            if done:
                self._say(
                    f"An earlier rebuild was stopped: going on from {done:,} of {total:,} events."
                )
        elif now - self._said_at >= _SAID_EVERY_SECONDS and done < total:
            self._said_at = now
            began_at, had = self._begun
            rate = (done - had) / (now - began_at)
            left = f", {timedelta(seconds=round((total - done) / rate))} left" if rate else ""
            self._say(f"{done:,} of {total:,} events folded, {rate:,.0f} a second{left}")


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
    resumed = f", {done.resumed_from:,} of them by an earlier run" if done.resumed_from else ""
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
