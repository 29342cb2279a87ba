"""Asks the reporting functions: rows as mappings, by the role that may only read."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from psycopg import Connection, connect
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier, Placeholder

from projections.reporting.reports import REPORTS

Row: TypeAlias = Mapping[str, Any]
_NAMES = frozenset(report.name for report in REPORTS)


_LEARNED = """
    SELECT kind, sum(amount_minor)::numeric / 100 AS amount FROM reporting.movements
    WHERE control IN ('debtors', 'unapplied') AND kind <> 'allocated'
    AND effective_on <= %s AND recorded_at > %s AND recorded_at <= %s
    GROUP BY kind HAVING sum(amount_minor) <> 0 ORDER BY abs(sum(amount_minor)) DESC, kind
"""
_REASONS = {
    "received": "cash with an earlier value date, in bank files that came later",
    "billed": "bills dated before, sent later",
    "credited": "credit notes for before, recorded later",
    "reversed": "receipts that bounced before, reversed later",
    "written_off": "write-offs for before, recorded later",
    "refunded": "refunds for before, recorded later",
}


class Figures:
    """The reports of one database, as at a day and as known at a moment."""

    def __init__(self, url: str) -> None:
        self._connection: Connection[dict[str, Any]] = connect(
            url, autocommit=True, row_factory=dict_row
        )
        self._connection.execute("SET ROLE tallystick_reader")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def report(self, name: str, as_at: date, as_known: datetime, **extra: object) -> list[Row]:
        """The rows of a report. Raises KeyError for a name that is no report."""
        if name not in _NAMES:
            raise KeyError(name)
        given = SQL(", ").join(
            SQL("{} => {}").format(Identifier(key), Placeholder()) for key in extra
        )
        statement = SQL("SELECT * FROM reporting.{}(%s, %s{}{})").format(
            Identifier(name), SQL(", ") if extra else SQL(""), given
        )
        return list(self._connection.execute(statement, [as_at, as_known, *extra.values()]))

    def bank_receipts(self) -> list[Row]:
        """Every receipt of a bank line or of an advice: where it went, by which rule, by whom."""
        return list(
            self._connection.execute(
                "SELECT kind, automatic, unit, account, bank_account, amount_minor, value_on, rule,"
                " parent FROM reporting.receipts WHERE kind IN ('received', 'suspended')"
                " AND bank_account IS NOT NULL"
            )
        )

    def reversed_debits(self, unit: str, account: str) -> int:
        """How many receipts of an account came back as unpaid Direct Debits."""
        row = self._connection.execute(
            "SELECT count(*) AS number FROM reporting.receipts WHERE kind = 'reversed'"
            " AND rule = 'direct_debit_unpaid' AND unit = %s AND account = %s",
            (unit, account),
        ).fetchone()
        return int(row["number"]) if row else 0

    def receipts(self, unit: str, account: str, amount_minor: int) -> list[str]:
        """The receipts of that amount on an account, the earliest first."""
        rows = self._connection.execute(
            "SELECT receipt FROM reporting.movements WHERE unit = %s AND account = %s"
            " AND control = 'unapplied' AND kind = 'received' AND amount_minor = %s"
            " ORDER BY effective_on, position",
            (unit, account, -amount_minor),
        )
        return [row["receipt"] for row in rows]

    def collected_minor(self) -> int:
        """What came in by Direct Debits of our own, less what went back."""
        row = self._connection.execute(
            "SELECT sum(CASE kind WHEN 'received' THEN amount_minor ELSE -amount_minor END)::bigint"
            " AS total FROM reporting.receipts WHERE kind IN ('received', 'reversed')"
            " AND receipt LIKE 'DD:%'"
        ).fetchone()
        return int(row["total"] or 0) if row else 0

    def paid_into(self, bank_account: str) -> dict[str, list[int]]:
        """What of a bank account went to debtor accounts by itself, in pence by account."""
        rows = self._connection.execute(
            "SELECT account, array_agg(amount_minor) AS amounts FROM reporting.receipts"
            " WHERE kind = 'received' AND automatic AND bank_account = %s GROUP BY account",
            (bank_account,),
        )
        return {row["account"]: row["amounts"] for row in rows}

    def claims(self) -> dict[str, tuple[int, Decimal]]:
        """Indemnity claims by what happened to them: how many, and pounds."""
        rows = self._connection.execute(
            "SELECT kind, count(*) AS number,"
            " coalesce(sum(amount_minor), 0)::numeric / 100 AS amount"
            " FROM reporting.indemnity_claim_events GROUP BY kind ORDER BY min(position)"
        )
        return {row["kind"]: (row["number"], row["amount"]) for row in rows}

    def learned_since(self, as_at: date, then: datetime, now: datetime) -> list[Row]:
        """What the ledger learned later about the time up to `as_at`, in pounds by its kind."""
        rows = self._connection.execute(_LEARNED, [as_at, then, now])
        return [{**row, "reason": _REASONS.get(row["kind"], row["kind"])} for row in rows]

    def eventful_account(self) -> str:
        """An account to which many kinds of things happened, as `unit/account`."""
        row = self._connection.execute(
            "SELECT unit || '/' || account AS name FROM reporting.movements"
            " WHERE account IS NOT NULL GROUP BY unit, account HAVING count(*) < 40"
            " ORDER BY count(DISTINCT kind) DESC, count(*) DESC, 1 LIMIT 1"
        ).fetchone()
        return str(row["name"]) if row else ""
