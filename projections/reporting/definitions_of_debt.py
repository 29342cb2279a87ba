"""Definitions of the figures about debt: balances, ageing, debtor days, collection, the books."""

from projections.reporting.definition import OWN, Definition

OF_DEBT: tuple[Definition, ...] = (
    Definition(
        "AB-1.v1",
        "Account balance",
        "Open debt less unapplied credit of an account; overdue is debt due before the day.",
        "pounds",
        OWN,
    ),
    Definition(
        "OI-1.v1",
        "Open item",
        "Billed - credited - cash - written off + re-opened, per invoice or instalment.",
        "pounds",
        OWN,
    ),
    Definition(
        "AD-1.v1",
        "Aged debt by due date",
        "Open debt by days since its due date: not yet due, 1-30, 31-60, 61-90, 91-180, 181-365, "
        "then anniversaries of 2 and 6 years. Unapplied credit is in no bucket.",
        "pounds",
        OWN,
    ),
    Definition(
        "AD-2.v1",
        "Aged debt by invoice date",
        "As AD-1, by days since the invoice date.",
        "pounds",
        OWN,
    ),
    Definition(
        "UC-1.v1",
        "Unapplied credit",
        "Money received for a known account that is on no invoice.",
        "pounds",
        OWN,
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
        OWN,
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
        OWN,
    ),
    Definition(
        "CA-1.v1",
        "Debtors control account",
        "Brought forward + billed - credited - cash - written off + written back + refunded + "
        "transferred = carried forward; debtors and unapplied credit together.",
        "pounds",
        OWN,
    ),
    Definition(
        "TB-1.v1",
        "Trial balance",
        "Debits less credits of every general ledger account.",
        "pounds",
        OWN,
    ),
    Definition(
        "FR-1.v1", "Freshness", "The last position that a projection has read.", "position", OWN
    ),
)
