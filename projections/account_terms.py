"""The terms of every debtor account, as events gave them: the terms in force at any date.

A row holds what an event set and NULL for what it left; `reporting.accounts` is today's view.
"""

from collections.abc import Iterator
from typing import Any

from ledger import events as e
from ledger.recorded import RecordedEvent
from projections import tables
from projections.tables import Column, Table

TABLE = "projection.account_terms_v1"
VIEW = "reporting.account_terms"

ACCOUNT_TERMS = Table(
    comment="What each event set of an account's terms; NULL where an event left a term as it was.",
    columns=(
        Column("position", "bigint PRIMARY KEY", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("effective_on", "date NOT NULL", "Day from which the terms hold."),
        Column("unit", "text NOT NULL", "Legal entity or operating unit that owns the debt."),
        Column("account", "text NOT NULL", "Debtor account, unique within its unit."),
        Column("reference", "text", "Payment reference with check digits, minted at opening."),
        Column("debt_type", "text", "Debt type of the account."),
        Column("party", "text", "Opaque id of the person or organisation that owes."),
        Column("terms_days", "bigint", "Payment terms in days."),
        Column("apply_credit", "boolean", "Whether unapplied credit settles a new bill at once."),
    ),
    constraints=(),
    indexes=("(unit, account)", "(reference) WHERE reference IS NOT NULL"),
)

COLUMNS = ACCOUNT_TERMS.column_names


def rows(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    """The row of an event that opens or amends an account."""
    fact = event.fact
    if not isinstance(fact, e.AccountOpened | e.AccountAmended):
        return
    yield (
        event.position,
        event.recorded_at,
        event.envelope.effective_on,
        fact.unit,
        fact.account,
        fact.reference if isinstance(fact, e.AccountOpened) else None,
        fact.debt_type,
        fact.party,
        fact.terms_days,
        fact.apply_credit,
    )


def create_table(name: str = TABLE) -> str:
    """DDL of an empty table called `name`, without its secondary indexes."""
    return tables.create_table(ACCOUNT_TERMS, name)


def create_indexes(name: str = TABLE) -> str:
    """DDL of its secondary indexes."""
    return tables.create_indexes(ACCOUNT_TERMS, name)


def create_view(name: str = TABLE) -> str:
    """DDL that makes `reporting.account_terms` read the table called `name`."""
    return tables.create_view(ACCOUNT_TERMS, VIEW, name)
