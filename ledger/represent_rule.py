"""Until when an unpaid collection may be presented again: pure, and the one rule.

The plan keeps such money out of other collections by it, the desk lists by it, and each
re-presentation is decided by it. All of them lie within a month of the day on which the debt was
processed first, however often it is presented.
"""

from datetime import date

from ledger.bacs_days import BacsDays
from ledger.collection import Collection
from ledger.direct_debit_policy import DirectDebitPolicy
from ledger.mandate import MandateState

REFER_TO_PAYER = "0"  # the only reason for which an unpaid collection is presented again


def represent_until(
    mandate: MandateState, one: Collection, today: date, policy: DirectDebitPolicy
) -> date | str:
    """The last processing day of a re-presentation, or why there is none."""
    if one.status != "returned" or one.reason_code != REFER_TO_PAYER:
        return "only what came back as refer to payer is presented again"
    if one.represented:
        return "it was presented again already"
    if one.details < mandate.since:
        return "it was taken from another account than the payer has now"
    table = policy.table_on(today)
    if table.represent_times_max is not None and one.again >= table.represent_times_max:
        times = "once" if one.again == 1 else f"{one.again} times"
        return f"it was presented again {times} already, as often as the policy allows"
    days = BacsDays(policy.extra_holidays)
    return days.represent_until(one.original_on, table.represent_within_months)
