"""Definitions of the figures about money in: suspense, matching, the bank, small balances."""

from projections.reporting.definition import OWN, Definition

FOUR = "Lockbox match rates: by envelope and by line, by count and by value"

OF_CASH: tuple[Definition, ...] = (
    Definition(
        "SU-1.v2",
        "Open suspense",
        "Receipts whose debtor is not known, with working days since the value date; a part that "
        "was split off is as old as the whole.",
        "pounds",
        OWN,
    ),
    Definition(
        "SU-2.v2",
        "Suspense turnover",
        "Cleared (identified or returned, less returns that failed) in the period / mean daily "
        "closing suspense, each by the day on which the desk did it, not its value date.",
        "times",
        OWN,
    ),
    Definition("SU-3.v2", "Suspense days", "Days of the period / suspense turnover.", "days", OWN),
    Definition(
        "SU-4.v2",
        "Suspense clearance",
        "Of the money that came into suspense in the period, the share identified or returned "
        "within 2, 5, 10 and 20 working days of its coming, by the day on which the desk did it. "
        "Parts that were split off count with the whole.",
        "fraction",
        OWN,
    ),
    Definition(
        "SU-5.v1",
        "First-pass rate",
        "Of the money received in the period, the share allocated without touching suspense.",
        "fraction",
        OWN,
    ),
    Definition(
        "SU-6.v1",
        "Time in suspense",
        "Median, ninth decile and longest of the working days between coming into suspense and "
        "leaving it in the period, by the day on which the desk did it; counted by receipt or "
        "part. A part that was split off came when the whole did.",
        "days",
        OWN,
    ),
    Definition(
        "MR-1.v1",
        "First-pass rate by line, by count",
        "Of the receipts in bank files with a value date in the period, the share that the file "
        "itself put on an account with no person.",
        "fraction",
        FOUR,
    ),
    Definition(
        "MR-2.v1", "First-pass rate by line, by value", "As MR-1, in money.", "fraction", FOUR
    ),
    Definition(
        "MR-3.v1",
        "First-pass rate by file, by count",
        "Of the files that brought these receipts, the share of which every receipt of the unit "
        "went to an account with no person.",
        "fraction",
        FOUR,
    ),
    Definition(
        "MR-4.v1",
        "First-pass rate by file, by value",
        "As MR-3, in money of the receipts of these files.",
        "fraction",
        FOUR,
    ),
    Definition(
        "MQ-1.v1",
        "Wrong-match rate",
        "Of the bank lines with a value date in the period that were matched with no person, by "
        "the rule that matched, the share that a person undid by the day: moved to suspense, "
        "transferred to another account, reversed as posted in error, or taken from one item and "
        "given to another (netted by item). A receipt is wrong once, for no more than its amount.",
        "fraction",
        OWN,
    ),
    Definition(
        "RR-1.v1",
        "Money by method and rule",
        "Every pound with a value date in the period, where it stands: on an account by the rule "
        "that put it there, in suspense by the reason, or where it left suspense to.",
        "pounds",
        OWN,
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
        OWN,
    ),
    Definition(
        "SG-1.v1",
        "Statement gap",
        "A number left out between two statements of one format, or an opening balance that is "
        "not the closing balance before it. Lines that an earlier file had brought are no gap.",
        "pounds",
        OWN,
    ),
    Definition(
        "BF-1.v1",
        "Rhythm of bank files",
        "Lower median of the working days between the latest ten days on which statements end, at "
        "least one, from four days on; the next is due one working day after that.",
        "working days",
        OWN,
    ),
    Definition(
        "RM-1.v1",
        "Remittances",
        "Advices whose money has not come, batches of the bank that no advice lists, and matched "
        "advices with what of their receipt and its parts is in suspense.",
        "pounds",
        OWN,
    ),
    Definition(
        "SB-1.v1",
        "Small balances",
        "Write-offs for the reason small balance, by batch, reason and financial year; a debtor's "
        "yearly amount is over all batches of the unit.",
        "pounds",
        OWN,
    ),
)
