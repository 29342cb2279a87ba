"""Definitions of the identities that every published set of figures must satisfy."""

from projections.reporting.definition import Definition

IDENTITY = "Tallystick; a set of figures is published only when it holds"

OF_IDENTITIES: tuple[Definition, ...] = (
    Definition(
        "ID-1.v1",
        "Ageing identity",
        "Sum of buckets - unapplied credit = control account carried forward.",
        "pence",
        IDENTITY,
    ),
    Definition(
        "ID-2.v1",
        "Roll-forward identity",
        "The lines of the control account leave no difference.",
        "pence",
        IDENTITY,
    ),
    Definition(
        "ID-3.v1",
        "Disposition identity",
        "Debit = cash + credited + written off + open.",
        "pence",
        IDENTITY,
    ),
    Definition("ID-4.v1", "Double entry", "The trial balance adds up to zero.", "pence", IDENTITY),
    Definition(
        "ID-5.v1",
        "Control account identity",
        "Debtors + unapplied in the general ledger = control account carried forward.",
        "pence",
        IDENTITY,
    ),
    Definition(
        "ID-6.v1",
        "Unapplied identity",
        "Unapplied in the general ledger = unapplied credit of the ageing.",
        "pence",
        IDENTITY,
    ),
    Definition(
        "ID-7.v1",
        "Suspense identity",
        "Suspense in the general ledger = open suspense.",
        "pence",
        IDENTITY,
    ),
    Definition(
        "ID-8.v1",
        "Refunds payable identity",
        "Refunds payable in the general ledger = refunds approved and not yet paid.",
        "pence",
        IDENTITY,
    ),
    Definition(
        "ID-9.v1",
        "Suspense desk identity",
        "What came into suspense less what left it, receipt by receipt = open suspense.",
        "pence",
        IDENTITY,
    ),
    Definition(
        "ID-10.v1",
        "Cash book identity",
        "Bank and bank clearing in the general ledger = cash book of the bank reconciliations.",
        "pence",
        IDENTITY,
    ),
    Definition(
        "ID-11.v1",
        "Bank identity",
        "Balances of the last bank statements = cash book + every item between them.",
        "pence",
        IDENTITY,
    ),
    Definition(
        "ID-12.v1",
        "Standing order identity",
        "Credits of standing orders that were met, one by one = the receipts that meet them, each "
        "counted once.",
        "pence",
        IDENTITY,
    ),
)
