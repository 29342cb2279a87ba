"""The read models over a long log: filled by one process, and rebuilt by several."""

from datetime import UTC, datetime

from benchmarks.ground import TODAY, Clock, Results
from projections import runner
from projections.rebuild import Stage, Today, Work, rebuild


def fill(app_url: str, events: int, library_rate: float, results: Results) -> None:
    """Fill the live read models from the whole log, in one process."""
    with runner.connect(app_url) as connection:
        clock = Clock()
        runner.catch_up(connection)
        rate = clock.rate(events)
    results.add(
        f"read models filled from {events:,} events, one process",
        f"{rate:,.0f} events/s",
        f"{rate / library_rate:.0f}x the library's runner, {events / rate:.0f} s",
    )


def rebuild_all(app_url: str, results: Results) -> None:
    """Rebuild beside the live ones: the fill by several processes, and the whole with comparing."""
    clock = Clock()
    folded: list[tuple[float, int]] = []
    stages: dict[str, float] = {}

    def reached(stage: Stage) -> None:
        stages.setdefault(stage, clock.seconds)

    work = Work(
        on_progress=lambda done, _total: folded.append((clock.seconds, done)),
        on_stage=reached,
    )
    with runner.connect(app_url) as connection:
        done = rebuild(connection, Today(TODAY, datetime.now(UTC)), work)
    if not done.switched:
        raise RuntimeError(f"the rebuild differs: {done.differences[:3]}")
    comparing = stages["switch"] - stages["compare"]
    seconds = next(at for at, count in folded if count == done.position)
    results.add(
        f"rebuild of {done.position:,} events, {work.workers} processes: folding",
        f"{done.position / seconds:,.0f} events/s",
        f"{seconds:.0f} s",
    )
    results.add(
        f"rebuild of {done.position:,} events: indexes, comparing {done.cells_compared:,} cells"
        " and all rows, switch",
        f"{clock.seconds - seconds:.0f} s",
        f"{clock.seconds:.0f} s in all, of it comparing {comparing:.0f} s",
    )
