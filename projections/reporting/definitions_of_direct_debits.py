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
        "DDR-2.v2",
        "Net failure",
        "Of the collections of DDR-1, the share that was not made up within 30 days after they "
        "came back by payments of the same bills, presented again or not; by value what is missing "
        "still. The unpaid collections of an account take from its payments in the order in which "
        "they came back, so no payment counts twice; younger ones count as not paid yet.",
        "fraction, by number and by value",
        OWN,
    ),
    Definition(
        "DDR-3.v2",
        "Lodgement rejects",
        "Of the new instructions (0N) lodged in the period, the share that the payer's bank "
        "returned (AUDDIS), whenever it did.",
        "fraction, by number",
        BUREAUX,
    ),
    Definition(
        "DDR-4.v2",
        "Attrition",
        "Of the mandates lodged and alive at the start of the period, the share that payers or "
        "banks have cancelled since (ADDACS 0, 1, 2, B) and not reinstated; transfers and "
        "amendments are no losses.",
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
        "DDR-5c.v1",
        "Challenge win rate",
        "Of the claims of DDR-5 that we challenged and that are decided, the share that the bank "
        "withdrew; those that are live still are shown beside it.",
        "fraction, by number",
        OWN,
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
        "DDM-1.v1",
        "Direct Debit mandates",
        "One row a mandate: the last event that suspended, resumed or ended it, else how far its "
        "setting up has come; dormant the months of the policy after what was last sent on it.",
        "days",
        OWN,
    ),
    Definition(
        "DDC-1.v1",
        "Direct Debit collections",
        "Provisional from the entry day, made good three working days later (or as many as the "
        "policy says) unless it came back; "
        "claimed while a claim is live.",
        "pounds",
        OWN,
    ),
    Definition(
        "DDE-1.v2",
        "Direct Debit exceptions",
        "Unpaid collections whose bills are open still and that were not presented again; "
        "instructions that are suspended, or rejected with no mandate after them, or reinstated "
        "without what had been announced; mandates within the days of warning of their dormancy; "
        "live claims; refunds of what a claim takes back, to be stopped or paid twice; "
        "collections that are on no account after their entry day; every open step of a run; "
        "credits of Direct Debits in suspense. To be done within the working days of the policy "
        "where nothing else says when.",
        "pounds",
        OWN,
    ),
)
