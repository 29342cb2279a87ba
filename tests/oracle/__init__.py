"""The figures a second time: plain Python over lists of movements, from the definitions in words.

Written to be obviously right and never fast: items are summed one by one, periods are walked day
by day, months one after the other. It shares no code and no idea of layout with the SQL.
Amounts are whole minor units, ratios are fractions; a test compares them with what SQL says.
"""

from .balances import (
    account_balances,
    aged_debt,
    control_account,
    open_items,
    trial_balance,
    unapplied_credit,
)
from .bank_rows import EntryRow, IntakeRow, ReceiptRow, RemittanceRow, SmallBalanceRow, StatementRow
from .collection import collection_curve, collection_rates
from .council import Council
from .debtor_days import debtor_days
from .direct_debit_month import DirectDebitMonth
from .direct_debits import (
    collection_runs,
    collections,
    debits,
    direct_debit_rates,
    indemnity_challenges,
    mandates,
)
from .documents import remittances, small_balances
from .lines import Movement, Posting, counted, items
from .matching import match_quality, match_rates, receipts_by_rule
from .payers import Payers
from .reconciliation import bank_reconciliation
from .standing_orders import OrderRow, expected_credits, standing_orders
from .statements import bank_files, statement_gaps
from .suspense import suspense, suspense_clearing, suspense_performance
from .view import view

__all__ = [
    "Council",
    "DirectDebitMonth",
    "EntryRow",
    "IntakeRow",
    "Movement",
    "OrderRow",
    "Payers",
    "Posting",
    "ReceiptRow",
    "RemittanceRow",
    "SmallBalanceRow",
    "StatementRow",
    "account_balances",
    "aged_debt",
    "bank_files",
    "bank_reconciliation",
    "collection_curve",
    "collection_rates",
    "collection_runs",
    "collections",
    "control_account",
    "counted",
    "debits",
    "debtor_days",
    "direct_debit_rates",
    "expected_credits",
    "indemnity_challenges",
    "items",
    "mandates",
    "match_quality",
    "match_rates",
    "open_items",
    "receipts_by_rule",
    "remittances",
    "small_balances",
    "standing_orders",
    "statement_gaps",
    "suspense",
    "suspense_clearing",
    "suspense_performance",
    "trial_balance",
    "unapplied_credit",
    "view",
]
