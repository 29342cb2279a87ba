"""The checks that look at events one by one: the register's rows, and balanced postings."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import tuple_row

from ledger import events as e
from ledger.check_scans import SOME_TIME, UNREADABLE, scan
from ledger.findings import Findings
from ledger.postings import postings_of
from ledger.recorded import RecordedEvent, decode
from ledger.registers import KINDS_OF_FACTS, LEARNED, holder_of_fact, keys_of_fact
from ledger.values import Fact

REGISTER = "register"
POSTINGS = "postings"
_KEYS_PER_QUERY = 2_000
_BY_KEY = (
    "SELECT k.kind, k.key, r.position, r.holder FROM unnest(%b::text[], %b::text[]) AS k(kind, key)"
    " LEFT JOIN ledger.register r ON r.kind = k.kind AND r.key = k.key"
)


class PostingsWatcher:
    """Debits = credits, for each fact by itself."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings

    def see(self, event: RecordedEvent) -> None:
        """Look at the postings of one event."""
        try:
            postings_of(event.fact)  # raises when they do not add up to zero
        except UNREADABLE as error:
            self._findings.add(f"position {event.position}: {error}", event.position)


class RegisterWatcher:
    """Every key that the log shows to be taken is in the register, and no other of its kind."""

    def __init__(self, connection: Connection[Any], findings: Findings) -> None:
        self._connection = connection
        self._findings = findings
        self._waiting: list[tuple[str, str, RecordedEvent]] = []
        self._matched = 0

    def see(self, event: RecordedEvent) -> None:
        """Note the keys of one event."""
        for kind, key in keys_of_fact(event.fact):
            self._waiting.append((kind, key, event))
        if len(self._waiting) >= _KEYS_PER_QUERY:
            self._look_up()

    def end(self) -> None:
        """Look at what is left, then for rows that no event accounts for."""
        self._look_up()
        row = self._connection.execute(
            "SELECT count(*) AS rows FROM ledger.register WHERE kind = ANY(%s)",
            (list(KINDS_OF_FACTS),),
        ).fetchone()
        count = row["rows"] if row is not None else 0
        # Each match is one row at the position of one event, so equal numbers leave no other row.
        if count != self._matched:
            self._name_rows_without_event()

    def _look_up(self) -> None:
        asked, self._waiting = self._waiting, []
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            keys = ([kind for kind, _, _ in asked], [key for _, key, _ in asked])
            rows = {(row[0], row[1]): row[2:] for row in cursor.execute(_BY_KEY, keys)}
        for kind, key, event in asked:
            self._compare(kind, key, event, *rows[kind, key])

    def _compare(
        self, kind: str, key: str, event: RecordedEvent, position: int | None, holder: str | None
    ) -> None:
        what = f"{kind} {key}"
        if position is None:
            self._findings.add(f"{what} is not in the register", event.position)
        elif position == event.position:
            self._matched += 1
            if holder != holder_of_fact(event.fact):
                self._findings.add(f"{what} is held by {holder!r} in the register", event.position)
        elif not _may_say_again(kind, event.fact) or position > event.position:
            sentence = f"{what} is registered at position {position}, not at {event.position}"
            self._findings.add(sentence, event.position)

    def _name_rows_without_event(self) -> None:
        rows = scan(
            self._connection,
            "SELECT r.kind, r.key, r.position, e.originator_id, e.topic, e.state"
            " FROM ledger.register r LEFT JOIN ledger.events e ON e.notification_id = r.position"
            " WHERE r.kind = ANY(%s) ORDER BY r.position",
            list(KINDS_OF_FACTS),
        )
        for kind, key, *event in rows:
            position = event[0]
            if event[1] is None or (kind, key) not in _keys_of(*event):
                sentence = f"{kind} {key} is in the register, but position {position} has no such"
                self._findings.add(sentence, position)


def _may_say_again(kind: str, fact: Fact) -> bool:
    """Whether a fact may show a key that an earlier one took.

    A credit note took its number when it was proposed, and was approved later; a payer pays the
    same account many times.
    """
    return kind in LEARNED or isinstance(fact, e.InvoiceCredited)


def _keys_of(position: int, stream: UUID, topic: str, state: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return keys_of_fact(decode(position, stream, 0, SOME_TIME, topic, state).fact)
    except UNREADABLE:
        return ()
