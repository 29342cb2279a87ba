"""Every read model that is filled from the log, as one registry."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ledger.recorded import RecordedEvent
from projections import (
    account_terms,
    intake_log,
    movement_fold,
    movements,
    posting_fold,
    postings_table,
)
from projections.tables import Table


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A table that is a fold of the log: one event gives rows, rows are never changed."""

    table: Table
    name: str
    view: str
    rows: Callable[[RecordedEvent], Iterable[tuple[Any, ...]]]
    create_table: Callable[[str], str]
    create_indexes: Callable[[str], str]
    create_view: Callable[[str], str]

    @property
    def types(self) -> list[str]:
        """The SQL type of each column, for a binary COPY."""
        return [column.sql_type.split()[0] for column in self.table.columns]


READ_MODELS = (
    ReadModel(
        movements.MOVEMENTS,
        movements.TABLE,
        movements.VIEW,
        movement_fold.rows,
        movements.create_table,
        movements.create_indexes,
        movements.create_view,
    ),
    ReadModel(
        postings_table.POSTINGS,
        postings_table.TABLE,
        postings_table.VIEW,
        posting_fold.rows,
        postings_table.create_table,
        postings_table.create_indexes,
        postings_table.create_view,
    ),
    ReadModel(
        account_terms.ACCOUNT_TERMS,
        account_terms.TABLE,
        account_terms.VIEW,
        account_terms.rows,
        account_terms.create_table,
        account_terms.create_indexes,
        account_terms.create_view,
    ),
    ReadModel(
        intake_log.INTAKE_LOG,
        intake_log.TABLE,
        intake_log.VIEW,
        intake_log.log_rows,
        intake_log.create_table,
        intake_log.create_indexes,
        intake_log.create_view,
    ),
)
