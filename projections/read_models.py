"""Every read model that is filled from the log, as one registry.

Every fold looks at one event and at nothing else: no row depends on an earlier one. So any page of
the log can be folded by itself, in any order and in any process, and nothing is held in memory.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ledger import events as e
from ledger import intake_events as i
from ledger.collection_run_events import CollectionRunFact
from ledger.recorded import RecordedEvent
from ledger.small_balance_events import SmallBalancesFact
from ledger.standing_order_events import StandingOrderFact
from ledger.suspense_events import ReceiptFact
from ledger.values import Fact
from projections import (
    account_terms,
    bank_entries,
    bank_statements,
    claimed_refunds,
    collection_runs,
    direct_debits,
    indemnity_claims,
    intake_log,
    mandates,
    movement_fold,
    movements,
    posting_fold,
    postings_table,
    receipt_fold,
    receipts,
    remittances,
    small_balances,
    standing_orders,
    tables,
)
from projections.tables import Table


@dataclass(frozen=True, slots=True)
class ReadModel:
    """A table that is a fold of the log: one event gives rows, rows are never changed.

    `facts` are the kinds of facts that can give a row; the fold is asked of no other.
    """

    table: Table
    name: str
    view: str
    rows: Callable[[RecordedEvent], Iterable[tuple[Any, ...]]]
    facts: tuple[type[Fact], ...]

    @property
    def types(self) -> list[str]:
        """The SQL type of each column, for a binary COPY."""
        return [column.sql_type.split()[0] for column in self.table.columns]

    def create_table(self, name: str) -> str:
        """DDL of an empty table called `name`, without its secondary indexes."""
        return tables.create_table(self.table, name)

    def create_indexes(self, name: str) -> str:
        """DDL of the secondary indexes of the table called `name`."""
        return tables.create_indexes(self.table, name)

    def create_view(self, name: str) -> str:
        """DDL that makes the reporting view read the table called `name`."""
        return tables.create_view(self.table, self.view, name)


READ_MODELS = (
    ReadModel(
        movements.MOVEMENTS,
        movements.TABLE,
        movements.VIEW,
        movement_fold.rows,
        (e.MoneyFact, ReceiptFact),
    ),
    ReadModel(
        postings_table.POSTINGS,
        postings_table.TABLE,
        postings_table.VIEW,
        posting_fold.rows,
        (e.MoneyFact, ReceiptFact, i.BankLineRecorded),
    ),
    ReadModel(
        account_terms.ACCOUNT_TERMS,
        account_terms.TABLE,
        account_terms.VIEW,
        account_terms.rows,
        (e.AccountOpened, e.AccountAmended),
    ),
    ReadModel(
        intake_log.INTAKE_LOG,
        intake_log.TABLE,
        intake_log.VIEW,
        intake_log.log_rows,
        (
            i.MessageRefused,
            i.MessageUnreadable,
            i.RowQuarantined,
            i.FileRefused,
            i.IntakeResolved,
        ),
    ),
    ReadModel(
        receipts.RECEIPTS,
        receipts.TABLE,
        receipts.VIEW,
        receipt_fold.rows,
        (*receipt_fold.OF_ACCOUNT, ReceiptFact),
    ),
    ReadModel(
        bank_entries.BANK_ENTRIES,
        bank_entries.TABLE,
        bank_entries.VIEW,
        bank_entries.rows,
        tuple(bank_entries.ENTRIES),
    ),
    ReadModel(
        bank_statements.BANK_STATEMENTS,
        bank_statements.TABLE,
        bank_statements.VIEW,
        bank_statements.rows,
        (i.BankStatementTaken,),
    ),
    ReadModel(
        remittances.REMITTANCES,
        remittances.TABLE,
        remittances.VIEW,
        remittances.rows,
        (i.RemittanceRegistered, i.RemittanceMatched),
    ),
    ReadModel(
        small_balances.SMALL_BALANCES,
        small_balances.TABLE,
        small_balances.VIEW,
        small_balances.rows,
        (SmallBalancesFact, e.WriteOffApproved),
    ),
    ReadModel(
        mandates.MANDATES,
        mandates.TABLE,
        mandates.VIEW,
        mandates.rows,
        mandates.FACTS,
    ),
    ReadModel(
        direct_debits.COLLECTIONS,
        direct_debits.TABLE,
        direct_debits.VIEW,
        direct_debits.rows,
        direct_debits.FACTS,
    ),
    ReadModel(
        collection_runs.COLLECTION_RUNS,
        collection_runs.TABLE,
        collection_runs.VIEW,
        collection_runs.rows,
        (CollectionRunFact,),
    ),
    ReadModel(
        indemnity_claims.INDEMNITY_CLAIMS,
        indemnity_claims.TABLE,
        indemnity_claims.VIEW,
        indemnity_claims.rows,
        indemnity_claims.FACTS,
    ),
    ReadModel(
        standing_orders.STANDING_ORDERS,
        standing_orders.TABLE,
        standing_orders.VIEW,
        standing_orders.rows,
        (StandingOrderFact,),
    ),
    ReadModel(
        claimed_refunds.CLAIMED_REFUNDS,
        claimed_refunds.TABLE,
        claimed_refunds.VIEW,
        claimed_refunds.rows,
        claimed_refunds.FACTS,
    ),
)


def fed_by(fact: type[Fact], models: Iterable[ReadModel]) -> tuple[ReadModel, ...]:
    """The read models to which a fact of this kind can give rows."""
    return tuple(model for model in models if issubclass(fact, model.facts))
