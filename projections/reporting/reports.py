"""The list of the reports: names, titles, parameters and the definitions they publish."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a report after `as_at` and `as_known`; every one has a default."""

    name: str
    sql_type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Report:
    """A report: its name, its title, its extra parameters and its definition ids.

    The function and the plain view are both `reporting.<name>`.
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    definitions: tuple[str, ...]

    @property
    def function(self) -> str:
        """The function with its schema; its first arguments are `as_at` and `as_known`."""
        return f"reporting.{self.name}"


_PERIOD_START = Parameter(
    "period_start", "date", "First day of the period; by default 1 April of the financial year."
)

REPORTS: tuple[Report, ...] = (
    Report("account_balances", "Account balances", (), ("AB-1.v1",)),
    Report("open_items", "Open items", (), ("OI-1.v1",)),
    Report(
        "aged_debt",
        "Aged debt",
        (Parameter("basis", "text", "Age from the `due` or `invoice` date."),),
        ("AD-1.v1", "AD-2.v1"),
    ),
    Report(
        "debtor_days",
        "Debtor days",
        (Parameter("window_months", "integer", "Complete months of billing; by default 3."),),
        (
            "DD-1.v1",
            "DD-1a.v1",
            "DD-2.v1",
            "DD-3.v1",
            "DD-4.v1",
            "DD-5.v1",
            "DD-5d.v1",
            "DD-6.v1",
        ),
    ),
    Report(
        "collection_rates",
        "Collection rates",
        (
            _PERIOD_START,
            Parameter(
                "debit_year",
                "integer",
                "Year in which the financial year of the debits begins; by default that of as_at.",
            ),
        ),
        ("CR-1.v1", "CR-3.v1", "CR-5.v1", "CEI.v1", "CEI-cash.v1"),
    ),
    Report(
        "collection_curve",
        "Collection curve",
        (Parameter("cohort_months", "integer", "Months of bills to show; by default 24."),),
        ("CR-4.v1",),
    ),
    Report("suspense", "Suspense", (), ("SU-1.v2",)),
    Report(
        "suspense_performance",
        "Suspense performance",
        (_PERIOD_START,),
        ("SU-2.v2", "SU-3.v2", "SU-4.v2", "SU-5.v1"),
    ),
    Report("suspense_clearing", "Time in suspense", (_PERIOD_START,), ("SU-6.v1",)),
    Report(
        "match_rates",
        "First-pass match rates",
        (_PERIOD_START,),
        ("MR-1.v1", "MR-2.v1", "MR-3.v1", "MR-4.v1"),
    ),
    Report("match_quality", "Wrong matches by rule", (_PERIOD_START,), ("MQ-1.v1",)),
    Report("receipts_by_rule", "Money by method and rule", (_PERIOD_START,), ("RR-1.v1",)),
    Report("statement_gaps", "Gaps between bank statements", (), ("SG-1.v1",)),
    Report("bank_files", "Bank files", (), ("BF-1.v1",)),
    Report(
        "bank_reconciliation",
        "Bank reconciliation",
        (Parameter("of_account", "text", "Only this bank account; by default all of them."),),
        ("BR-1.v1",),
    ),
    Report("remittances", "Remittance advices", (), ("RM-1.v1",)),
    Report(
        "small_balances",
        "Small balances",
        (Parameter("yearly_cap", "numeric", "Pounds of a debtor and year to compare with."),),
        ("SB-1.v1",),
    ),
    Report(
        "direct_debit_rates",
        "Direct Debit rates",
        (_PERIOD_START,),
        ("DDR-1.v1", "DDR-2.v2", "DDR-3.v2", "DDR-4.v2", "DDR-5.v1"),
    ),
    Report("indemnity_challenges", "Indemnity claims challenged", (), ("DDR-5c.v1",)),
    Report("mandates", "Direct Debit mandates", (), ("DDM-1.v1",)),
    Report("collections", "Direct Debit collections", (), ("DDC-1.v1",)),
    Report("collection_runs", "Direct Debit runs", (), ("DDR-6.v1",)),
    Report("direct_debit_exceptions", "Direct Debit exceptions", (), ("DDE-1.v2",)),
    Report("expected_credits", "Credits expected of standing orders", (), ("SO-1.v1",)),
    Report("standing_orders", "Standing orders", (), ("SO-2.v1",)),
    Report("unapplied_credit", "Unapplied credit", (), ("UC-1.v1",)),
    Report("control_account", "Control account", (_PERIOD_START,), ("CA-1.v1",)),
    Report("trial_balance", "Trial balance", (), ("TB-1.v1",)),
    Report("freshness", "Freshness", (), ("FR-1.v1",)),
    Report(
        "identities",
        "Identities",
        (),
        tuple(f"ID-{number}.v1" for number in range(1, 13)),
    ),
)
