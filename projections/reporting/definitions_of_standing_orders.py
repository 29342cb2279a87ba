"""Definitions of the figures of standing orders."""

from projections.reporting.definition import OWN, Definition

OF_STANDING_ORDERS: tuple[Definition, ...] = (
    Definition(
        "SO-1.v1",
        "Expected credits",
        "Each day of a schedule, paid on the next working day, and the receipt of the account that "
        "meets it: the same amount before another, a standing order before a transfer, the nearer "
        "before the farther, each receipt once. Late when the working days of its tolerance are "
        "over; missed when the next one's time has begun; changed when another amount came twice "
        "in a row; unexpected when it came after the end.",
        "pounds",
        OWN,
    ),
    Definition(
        "SO-2.v1",
        "Standing orders",
        "Per order what should have come by SO-1 less what came; probably stopped after as many "
        "missed ones in a row as its policy says.",
        "pounds",
        OWN,
    ),
)
