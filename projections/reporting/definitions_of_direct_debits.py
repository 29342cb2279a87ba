"""Definitions of the figures of Direct Debits."""

from projections.reporting.definition import OWN, Definition

BUREAUX = "rates as bureaux and Pay.UK publish them, computed item by item"

OF_DIRECT_DEBITS: tuple[Definition, ...] = (
    Definition(
        "DDR-1.v1",
        "Rejection rate",
        "Collections returned unpaid (ARUDD) / collections, by processing day in the period; those "
        "that never reached a bank are in neither.",
        "fraction, by number and by value",
        BUREAUX,
    ),
    Definition(
        "DDR-2.v1",
        "Net failure",
        "Of the collections of DDR-1, the share whose bills were not paid otherwise, presented "
        "again or not, within 30 days after they came back; younger ones count as not paid yet.",
        "fraction, by number and by value",
        OWN,
    ),
    Definition(
        "DDR-3.v1",
        "Lodgement rejects",
        "Instructions that a bank returned (AUDDIS) / new instructions (0N) lodged in the period.",
        "fraction, by number",
        BUREAUX,
    ),
    Definition(
        "DDR-4.v1",
        "Attrition",
        "Mandates cancelled by payers or banks (ADDACS 0, 1, 2, B) / mandates lodged and alive at "
        "the start of the period; transfers and amendments are no losses.",
        "fraction, by number",
        BUREAUX,
    ),
    Definition(
        "DDR-5.v1",
        "Indemnity rate",
        "Indemnity claims (DDICA) raised in twelve months / collections of these twelve months.",
        "fraction, by number and by value",
        BUREAUX,
    ),
    Definition(
        "DDR-6.v1",
        "Four-way proof",
        "Ledger = file = Input report accepted + rejected = bank credit + returned at once + "
        "rejected; the difference must be 0.",
        "pounds",
        OWN,
    ),
    Definition(
        "DDC-1.v1",
        "Direct Debit collections",
        "Provisional from the entry day, made good three working days later unless it came back; "
        "claimed while a claim is live.",
        "pounds",
        OWN,
    ),
    Definition(
        "DDE-1.v1",
        "Direct Debit exceptions",
        "Unpaid collections whose bills are open still and that were not presented again; rejected "
        "or suspended instructions; live claims; released runs that are not signed off.",
        "pounds",
        OWN,
    ),
)
