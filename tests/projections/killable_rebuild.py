"""`rebuild` in a process of its own, in small pages and with real workers, to be killed by a test.

Arguments: URL, events of a page, processes. Prints `folded N` as it goes on, and `switched` at the
end.
"""

import sys
from datetime import UTC, date, datetime

from projections import rebuild as rebuilding
from projections import rebuild_workers, runner
from projections.rebuild import Today, Work, rebuild


def main(url: str, page_events: int, workers: int) -> None:
    rebuilding.WORTH_WORKERS_EVENTS = 1
    rebuild_workers.LOOK_MILLISECONDS = 10
    today = Today(date(2025, 10, 1), datetime(2025, 10, 1, tzinfo=UTC))
    work = Work(
        page_events=page_events,
        workers=workers,
        on_progress=lambda done, _total: print("folded", done, flush=True),  # noqa: T201 - to the test
    )
    with runner.connect(url) as connection:
        done = rebuild(connection, today, work)
    print("switched" if done.switched else done.differences, flush=True)  # noqa: T201 - to the test


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
