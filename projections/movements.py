"""The movements table: every financial event as signed lines, the one source of every figure.

A line has two dates. `effective_on` says when it takes effect, `recorded_at` when the ledger
learned it; because `recorded_at` never goes back along `position`, "as known at T" is a prefix.
Here is the declaration only; the fold of events into lines lives in `movement_fold`.

Signs: `debtors` + raises what debtors owe; `unapplied`, `suspense` and `refunds_payable` hold
other people's money and are negative while they hold it. Ageing sums lines by their own due date
without summing invoices first. That is eight times faster and equal, as long as no item and no
credit is ever over-used at any point of either axis, which the account's decisions guarantee.
"""

from projections import tables
from projections.tables import Column, Table

TABLE = "projection.movements_v1"
VIEW = "reporting.movements"

CONTROLS = ("debtors", "unapplied", "suspense", "refunds_payable")
KINDS = (
    "billed",
    "credited",
    "received",
    "reversed",
    "allocated",
    "written_off",
    "written_back",
    "refunded",
    "refund_paid",
    "transferred",
    "suspended",
    "identified",
    "returned",
)


_DEBT_HAS = " AND ".join(
    f"{column} IS NOT NULL" for column in ("item", "account", "debt_type", "invoiced_on", "due_on")
)
_NO_DEBT_HAS = " AND ".join(f"{column} IS NULL" for column in ("service", "invoiced_on", "due_on"))
_ASKED_OF_SUSPENSE = "currency, kind, amount_minor, effective_on, method"


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"CHECK ({column} IN ({', '.join(tables.quoted(value) for value in values)}))"


MOVEMENTS = Table(
    comment="Signed lines of every financial event, one row per line; the source of every figure.",
    # Fixed widths that are never NULL come first and what every figure filters on comes early: the
    # server walks a row from its start, and this order halves the time of a pass over the table.
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column(
            "amount_minor",
            "bigint NOT NULL",
            "Signed amount in minor units (pence); positive raises what is owed to the council.",
        ),
        Column("effective_on", "date NOT NULL", "Day on which the line takes effect."),
        Column("line", "smallint NOT NULL", "Number of the line within its event, from 0."),
        Column(
            "instalment",
            "smallint",
            "Instalment of the invoice, from 1; NULL without one.",
        ),
        Column("due_on", "date", "Due date of the instalment or invoice; ageing counts from it."),
        Column("invoiced_on", "date", "Date of the invoice (of the reversal for REVERSAL items)."),
        Column("cash_on", "date", "Value date of the receipt that an allocation uses."),
        Column(
            "control",
            f"text NOT NULL {_one_of('control', CONTROLS)}",
            "Where the money stands: debtors, unapplied, suspense or refunds_payable.",
        ),
        Column(
            "kind",
            f"text NOT NULL {_one_of('kind', KINDS)}",
            "What happened: billed, credited, received, reversed, allocated, written_off, "
            "written_back, refunded, refund_paid, transferred, suspended, identified or returned.",
        ),
        Column("unit", "text NOT NULL", "Legal entity or operating unit that owns the debt."),
        Column("currency", "text NOT NULL", "ISO 4217 code of amount_minor."),
        Column("debt_type", "text", "Debt type of the account; NULL for money in suspense."),
        Column(
            "service",
            "text",
            "Service that issued the invoice; NULL for money that is not on an invoice.",
        ),
        Column(
            "account",
            "text",
            "Debtor account, unique within its unit; NULL for money in suspense.",
        ),
        Column(
            "item",
            "text",
            "Invoice number, or REVERSAL:<receipt> for refunded money whose receipt was reversed.",
        ),
        Column("receipt", "text", "Receipt that the money came with."),
        Column("method", "text", "Payment method of a received or suspended receipt."),
        Column("rule", "text", "Rule that decided an allocation."),
    ),
    constraints=(
        "PRIMARY KEY (position, line)",
        # Ageing and cohorts have no bucket for a debt without an item or a date, and money that is
        # no debt has neither: so a figure may look at the dates alone.
        f"CHECK (control <> 'debtors' OR ({_DEBT_HAS}))",
        f"CHECK (control = 'debtors' OR ({_NO_DEBT_HAS}))",
        "CHECK (control <> 'unapplied' OR (account IS NOT NULL AND debt_type IS NOT NULL))",
        "CHECK (control <> 'suspense' OR receipt IS NOT NULL)",
    ),
    # Figures over the whole ledger read the whole table: an index would only slow the intake.
    indexes=(
        "(unit, account)",  # one debtor's page and explanation
        # A few rows in a hundred, and everything that the suspense figures ask of them.
        f"(unit, receipt, recorded_at) INCLUDE ({_ASKED_OF_SUSPENSE}) WHERE control = 'suspense'",
        "USING brin (recorded_at)",  # arrives in order, so a few kilobytes find any past moment
    ),
    # Else the planner multiplies units by accounts by debt types, expects a group for every tenth
    # line, and leaves the second processor idle.
    together=("unit, account, debt_type, currency",),
)

COLUMNS = MOVEMENTS.column_names


def create_table(name: str = TABLE) -> str:
    """DDL of an empty movements table called `name`, without its secondary indexes."""
    return tables.create_table(MOVEMENTS, name)


def create_indexes(name: str = TABLE) -> str:
    """DDL of its secondary indexes; run after a rebuild has filled the table."""
    return tables.create_indexes(MOVEMENTS, name)


def create_view(name: str = TABLE) -> str:
    """DDL that makes `reporting.movements` read the table called `name`."""
    return tables.create_view(MOVEMENTS, VIEW, name)
