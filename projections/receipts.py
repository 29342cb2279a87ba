"""What happened to each receipt: how it was matched, by whom, and every way in which it moved.

Money of a receipt that only its own account touches is in the movements; here is what the figures
about matching and about the suspense desk ask. `automatic` says that no person gave the command:
the event came from a file, a message or the system. A receipt that was split off, moved or
identified names the one that it came from as its parent. Here is the declaration only; the fold of
events into rows lives in `receipt_fold`.
"""

from projections import tables
from projections.tables import Column, Table

TABLE = "projection.receipts_v1"
VIEW = "reporting.receipts"

KINDS = (
    "received",
    "suspended",
    "moved_in",
    "identified",
    "split",
    "transferred",
    "returned",
    "return_failed",
    "bounced",
    "assigned",
    "moved_to_suspense",
    "credit_transferred",
    "reversed",
    "allocated",
    "unallocated",
)

RECEIPTS = Table(
    comment="What happened to each receipt, one row per receipt and event.",
    columns=(
        Column("position", "bigint NOT NULL", "Position of the event in the log; no unit."),
        Column("recorded_at", "timestamptz NOT NULL", "Moment at which the ledger learned it."),
        Column("amount_minor", "bigint NOT NULL", "Minor units; 0 where nothing moves."),
        Column("effective_on", "date NOT NULL", "Day on which it takes effect."),
        Column("line", "smallint NOT NULL", "Number of the row within its event, from 0."),
        Column("automatic", "boolean NOT NULL", "True when no person gave the command."),
        Column("value_on", "date", "Value date of the receipt, where the event says it."),
        Column(
            "kind",
            f"text NOT NULL CHECK (kind IN ({', '.join(map(tables.quoted, KINDS))}))",
            "received (on an account), suspended, moved_in (to suspense from a receipt or account),"
            " identified, split, transferred (to a GL account), returned, return_failed, bounced"
            " (out of suspense), assigned (to an owner), moved_to_suspense, credit_transferred,"
            " reversed, and what a person allocated or unallocated.",
        ),
        Column("unit", "text NOT NULL", "Legal entity or operating unit that was paid."),
        Column("currency", "text", "ISO 4217 code of amount_minor; NULL without an amount."),
        Column("receipt", "text NOT NULL", "The receipt."),
        Column("actor", "text NOT NULL", "Who gave the command."),
        Column("account", "text", "Debtor account of the receipt; NULL while it is in suspense."),
        Column("parent", "text", "Receipt that it was identified, split or moved out of."),
        Column("method", "text", "Payment method, where the event says it."),
        Column(
            "rule",
            "text",
            "Rule that matched a received receipt; reason of any other event.",
        ),
        Column("score", "integer", "Points of the match, or of the best candidate."),
        Column("bank_account", "text", "Our bank account that was paid into."),
        Column("digest", "text", "SHA-256 of the file that the event came from."),
        Column("file_line", "integer", "Line of that file."),
        Column(
            "other_unit",
            "text",
            "Unit of other_account.",
        ),
        Column(
            "other_account",
            "text",
            "Account that it went to or came from; of a suspended receipt the best candidate.",
        ),
        Column("other_rule", "text", "Rule that names the best candidate of a suspended receipt."),
        Column(
            "other_receipt",
            "text",
            "Receipt that the money is now, of one that was identified, split or moved.",
        ),
        Column("item", "text", "Item that a person allocated to or took back from."),
        Column("owner", "text", "Who looks after a receipt in suspense from then on."),
        Column("candidates", "integer", "Number of candidates of a suspended receipt."),
        Column(
            "batch_payments", "integer", "Payments that the bank booked as this one, not listed."
        ),
    ),
    constraints=("PRIMARY KEY (position, line)",),
    indexes=(
        # A few rows in a hundred: what is more than money that came in and was matched at once.
        "(receipt, kind) WHERE kind <> 'received'",
        "USING brin (recorded_at)",
    ),
)

COLUMNS = RECEIPTS.column_names
