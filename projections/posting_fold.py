"""From an event to its rows in the postings table, in the order of `postings_table.COLUMNS`."""

from collections.abc import Iterator
from typing import Any

from ledger.postings import postings_of
from ledger.recorded import RecordedEvent


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The double-entry lines of an event."""
    for number, line in enumerate(postings_of(event.fact)):
        yield (
            event.position,
            event.recorded_at,
            line.amount_minor,
            event.envelope.effective_on,
            number,
            line.unit,
            line.currency,
            line.gl_account,
            line.service,
            line.cost_code,
        )
