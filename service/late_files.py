"""Which bank accounts have sent nothing although, by their own rhythm, a file was due."""

from collections.abc import Iterator, Mapping
from datetime import date

from consumers.statement_files import statements_of
from consumers.statement_history import late_since
from ledger.store_reads import StoreReads


def late_files(store: StoreReads, accounts: Mapping[str, str], today: date) -> Iterator[str]:
    """A sentence for each bank account, of these with their units, that is overdue on a day."""
    for account, unit in sorted(accounts.items()):
        history = statements_of(store, account)
        due_on = late_since(history, today)
        if due_on is not None:
            last_on = max(one.last_on for one in history if one.last_on is not None)
            yield (
                f"bank account {account} ({unit}): the last statement ends on {last_on:%-d %B %Y},"
                f" the next was due by {due_on:%-d %B %Y}"
            )
