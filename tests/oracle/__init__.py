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
from .collection import collection_curve, collection_rates
from .council import Council
from .debtor_days import debtor_days
from .lines import Movement, Posting, counted, items
from .suspense import suspense, suspense_performance

__all__ = [
    "Council",
    "Movement",
    "Posting",
    "account_balances",
    "aged_debt",
    "collection_curve",
    "collection_rates",
    "control_account",
    "counted",
    "debtor_days",
    "items",
    "open_items",
    "suspense",
    "suspense_performance",
    "trial_balance",
    "unapplied_credit",
]
