"""Every definition that a figure can name, with its formula and where it comes from.

A changed formula is a new version with a new row; a published id never changes its meaning.
"""

from dataclasses import astuple, dataclass

import psycopg

from projections import tables
from projections.tables import Column, Table

NAME = "reporting.definitions"

DEFINITIONS_TABLE = Table(
    comment="What each definition id of a figure means, one row per id and version.",
    columns=(
        Column("definition", "text PRIMARY KEY", "Definition id and version, such as DD-1.v1."),
        Column("title", "text NOT NULL", "Name in words."),
        Column("formula", "text NOT NULL", "How the figure is computed."),
        Column("measured_in", "text NOT NULL", "Unit of the figure: pounds, days or a fraction."),
        Column("source", "text NOT NULL", "Where the definition comes from."),
    ),
    constraints=(),
    indexes=(),
)


@dataclass(frozen=True, slots=True)
class Definition:
    """One row of the table, in the order of its columns."""

    definition: str
    title: str
    formula: str
    measured_in: str
    source: str


_OWN = "Tallystick"
_FOUR = "Lockbox match rates: by envelope and by line, by count and by value"
_IDENTITY = "Tallystick; a set of figures is published only when it holds"

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "AB-1.v1",
        "Account balance",
        "Open debt less unapplied credit of an account; overdue is debt due before the day.",
        "pounds",
        _OWN,
    ),
    Definition(
        "OI-1.v1",
        "Open item",
        "Billed - credited - cash - written off + re-opened, per invoice or instalment.",
        "pounds",
        _OWN,
    ),
    Definition(
        "AD-1.v1",
        "Aged debt by due date",
        "Open debt by days since its due date: not yet due, 1-30, 31-60, 61-90, 91-180, 181-365, "
        "then anniversaries of 2 and 6 years. Unapplied credit is in no bucket.",
        "pounds",
        _OWN,
    ),
    Definition(
        "AD-2.v1",
        "Aged debt by invoice date",
        "As AD-1, by days since the invoice date.",
        "pounds",
        _OWN,
    ),
    Definition(
        "UC-1.v1",
        "Unapplied credit",
        "Money received for a known account that is on no invoice.",
        "pounds",
        _OWN,
    ),
    Definition(
        "DD-1.v1",
        "Debtor days, simple",
        "Open debt / net billed (billed - credited) of the last complete months x their days.",
        "days",
        "Receivables collection period; three-month average as credit managers use it",
    ),
    Definition(
        "DD-1a.v1",
        "Debtor days, average debt",
        "(Open debt 365 days ago + open debt) / 2 / net billed of the 365 days x 365.",
        "days",
        "Receivables collection period on average debt",
    ),
    Definition(
        "DD-2.v1",
        "Debtor days, count-back",
        "Going back month by month, the days of every month whose net billing the remaining debt "
        "exhausts, and of the last one the share that remains. A month without net billing adds "
        "its days. The month of the day counts its days so far.",
        "days",
        "Institute of Credit Management benchmarking, working-back method",
    ),
    Definition(
        "DD-3.v1",
        "Best possible debtor days",
        "Open debt that is not yet due / net billed of the window x its days.",
        "days",
        "Best possible DSO as credit managers use it",
    ),
    Definition(
        "DD-4.v1",
        "Average days delinquent",
        "Overdue debt / net billed of the window x its days (DD-1 less DD-3).",
        "days",
        "Average days delinquent as credit managers use it",
    ),
    Definition(
        "DD-5.v1",
        "Days to pay from invoice date",
        "Sum of allocated cash x (value date - invoice date) / allocated cash, for allocations "
        "that took effect in the window, net of un-allocations. Unpaid invoices are not in it.",
        "days",
        "Average days to pay of the credit bureaux; publish with DD-6",
    ),
    Definition(
        "DD-5d.v1",
        "Days to pay from due date",
        "As DD-5, from the due date; negative when debtors pay early.",
        "days",
        "Average days to pay of the credit bureaux; publish with DD-6",
    ),
    Definition(
        "DD-6.v1",
        "Days beyond terms",
        "Sum of open debt x days overdue / open debt, not yet due included below the line.",
        "days",
        "Days beyond terms of the credit bureaux, with dates in place of bucket mid-points",
    ),
    Definition(
        "CR-1.v1",
        "In-year collection rate",
        "Net cash allocated to debits of the year, prepayments included / (billed - credited) of "
        "the year. Write-offs are no cash and do not reduce the debit.",
        "fraction",
        "QRC4 guidance notes, line 5",
    ),
    Definition(
        "CR-3.v1",
        "Crude receipts rate",
        "All receipts of the period, whatever year they pay, less reversals / (billed - credited) "
        "of the year. Can exceed one.",
        "fraction",
        "LG Inform metric 3409",
    ),
    Definition(
        "CR-4.v1",
        "Collection curve",
        "Cash on the bills of a month received by due date + age / billed (as billed) or / "
        "(billed - credited) (net).",
        "fraction",
        "Vintage analysis",
    ),
    Definition(
        "CR-5.v1",
        "Disposition of debit",
        "Cash, credited, written off and open, each / debit of the year. Debit is billed plus "
        "re-opened refunds. The four add up to one.",
        "fraction",
        _OWN,
    ),
    Definition(
        "CEI.v1",
        "Collection effectiveness index",
        "(Opening debt + debit - closing debt) / (opening debt + debit - closing debt not yet "
        "due). Counts credit notes and write-offs as collected: publish with CEI-cash.",
        "fraction",
        "Collection effectiveness index, current = not yet due",
    ),
    Definition(
        "CEI-cash.v1",
        "Collection effectiveness in cash",
        "Net cash allocated in the period / (opening debt + debit - closing debt not yet due).",
        "fraction",
        _OWN,
    ),
    Definition(
        "SU-1.v2",
        "Open suspense",
        "Receipts whose debtor is not known, with working days since the value date; a part that "
        "was split off is as old as the whole.",
        "pounds",
        _OWN,
    ),
    Definition(
        "SU-2.v2",
        "Suspense turnover",
        "Cleared (identified or returned, less returns that failed) in the period / mean daily "
        "closing suspense, each by the day on which the desk did it, not its value date.",
        "times",
        _OWN,
    ),
    Definition("SU-3.v2", "Suspense days", "Days of the period / suspense turnover.", "days", _OWN),
    Definition(
        "SU-4.v2",
        "Suspense clearance",
        "Of the money that came into suspense in the period, the share identified or returned "
        "within 2, 5, 10 and 20 working days of its coming, by the day on which the desk did it. "
        "Parts that were split off count with the whole.",
        "fraction",
        _OWN,
    ),
    Definition(
        "SU-5.v1",
        "First-pass rate",
        "Of the money received in the period, the share allocated without touching suspense.",
        "fraction",
        _OWN,
    ),
    Definition(
        "SU-6.v1",
        "Time in suspense",
        "Median, ninth decile and longest of the working days between coming into suspense and "
        "leaving it in the period, by the day on which the desk did it; counted by receipt or "
        "part. A part that was split off came when the whole did.",
        "days",
        _OWN,
    ),
    Definition(
        "MR-1.v1",
        "First-pass rate by line, by count",
        "Of the receipts in bank files with a value date in the period, the share that the file "
        "itself put on an account with no person.",
        "fraction",
        _FOUR,
    ),
    Definition(
        "MR-2.v1", "First-pass rate by line, by value", "As MR-1, in money.", "fraction", _FOUR
    ),
    Definition(
        "MR-3.v1",
        "First-pass rate by file, by count",
        "Of the files that brought these receipts, the share of which every receipt of the unit "
        "went to an account with no person.",
        "fraction",
        _FOUR,
    ),
    Definition(
        "MR-4.v1",
        "First-pass rate by file, by value",
        "As MR-3, in money of the receipts of these files.",
        "fraction",
        _FOUR,
    ),
    Definition(
        "MQ-1.v1",
        "Wrong-match rate",
        "Of the bank lines with a value date in the period that were matched with no person, by "
        "the rule that matched, the share that a person undid by the day: moved to suspense, "
        "transferred to another account, reversed as posted in error, or taken from one item and "
        "given to another (netted by item). A receipt is wrong once, for no more than its amount.",
        "fraction",
        _OWN,
    ),
    Definition(
        "RR-1.v1",
        "Money by method and rule",
        "Every pound with a value date in the period, where it stands: on an account by the rule "
        "that put it there, in suspense by the reason, or where it left suspense to.",
        "pounds",
        _OWN,
    ),
    Definition(
        "BR-1.v1",
        "Bank reconciliation",
        "Balance of the last statement whose last booking day is not after the day = cash book "
        "(bank and bank clearing in the general ledger, by value date) + items one by one. Clean "
        "without gaps, rows set aside, lines not coded, lines of no statement and difference; "
        "differences of dates are listed and do no harm. A line of the bank and what the books "
        "knew of are one when the amount is the same and the bank is no more than 30 days later "
        "and 5 earlier, the latest first.",
        "pounds",
        _OWN,
    ),
    Definition(
        "SG-1.v1",
        "Statement gap",
        "A number left out between two statements of one format, or an opening balance that is "
        "not the closing balance before it. Lines that an earlier file had brought are no gap.",
        "pounds",
        _OWN,
    ),
    Definition(
        "BF-1.v1",
        "Rhythm of bank files",
        "Lower median of the working days between the latest ten days on which statements end, at "
        "least one, from four days on; the next is due one working day after that.",
        "working days",
        _OWN,
    ),
    Definition(
        "RM-1.v1",
        "Remittances",
        "Advices whose money has not come, batches of the bank that no advice lists, and matched "
        "advices with what of their receipt and its parts is in suspense.",
        "pounds",
        _OWN,
    ),
    Definition(
        "SB-1.v1",
        "Small balances",
        "Write-offs for the reason small balance, by batch, reason and financial year; a debtor's "
        "yearly amount is over all batches of the unit.",
        "pounds",
        _OWN,
    ),
    Definition(
        "CA-1.v1",
        "Debtors control account",
        "Brought forward + billed - credited - cash - written off + written back + refunded + "
        "transferred = carried forward; debtors and unapplied credit together.",
        "pounds",
        _OWN,
    ),
    Definition(
        "TB-1.v1",
        "Trial balance",
        "Debits less credits of every general ledger account.",
        "pounds",
        _OWN,
    ),
    Definition(
        "FR-1.v1", "Freshness", "The last position that a projection has read.", "position", _OWN
    ),
    Definition(
        "ID-1.v1",
        "Ageing identity",
        "Sum of buckets - unapplied credit = control account carried forward.",
        "pence",
        _IDENTITY,
    ),
    Definition(
        "ID-2.v1",
        "Roll-forward identity",
        "The lines of the control account leave no difference.",
        "pence",
        _IDENTITY,
    ),
    Definition(
        "ID-3.v1",
        "Disposition identity",
        "Debit = cash + credited + written off + open.",
        "pence",
        _IDENTITY,
    ),
    Definition("ID-4.v1", "Double entry", "The trial balance adds up to zero.", "pence", _IDENTITY),
    Definition(
        "ID-5.v1",
        "Control account identity",
        "Debtors + unapplied in the general ledger = control account carried forward.",
        "pence",
        _IDENTITY,
    ),
    Definition(
        "ID-6.v1",
        "Unapplied identity",
        "Unapplied in the general ledger = unapplied credit of the ageing.",
        "pence",
        _IDENTITY,
    ),
    Definition(
        "ID-7.v1",
        "Suspense identity",
        "Suspense in the general ledger = open suspense.",
        "pence",
        _IDENTITY,
    ),
    Definition(
        "ID-8.v1",
        "Refunds payable identity",
        "Refunds payable in the general ledger = refunds approved and not yet paid.",
        "pence",
        _IDENTITY,
    ),
    Definition(
        "ID-9.v1",
        "Suspense desk identity",
        "What came into suspense less what left it, receipt by receipt = open suspense.",
        "pence",
        _IDENTITY,
    ),
    Definition(
        "ID-10.v1",
        "Cash book identity",
        "Bank and bank clearing in the general ledger = cash book of the bank reconciliations.",
        "pence",
        _IDENTITY,
    ),
    Definition(
        "ID-11.v1",
        "Bank identity",
        "Balances of the last bank statements = cash book + every item between them.",
        "pence",
        _IDENTITY,
    ),
)


def create_table() -> str:
    """DDL of the empty table of definitions."""
    return tables.create_table(DEFINITIONS_TABLE, NAME)


def fill(connection: psycopg.Connection) -> None:
    """Make the table hold exactly `DEFINITIONS`."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM reporting.definitions")
        with cursor.copy("COPY reporting.definitions FROM STDIN") as copy:
            for definition in DEFINITIONS:
                copy.write_row(astuple(definition))
