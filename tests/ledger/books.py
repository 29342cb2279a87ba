"""What projections make of a log: movements and postings, added up on both axes of time."""

from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from ledger.account_state import Dated
from ledger.postings import postings_of
from ledger.recorded import Envelope, RecordedEvent, Source
from projections import movement_fold, movements

COLUMN = {name: place for place, name in enumerate(movements.COLUMNS)}
RECORDED_AT = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)


def _event(position: int, dated: Dated) -> RecordedEvent:
    envelope = Envelope(str(position), dated.effective_on, "-", Source("command", "-"), "-")
    topic = dated.fact.topic
    return RecordedEvent(position, UUID(int=0), 1, RECORDED_AT, topic, dated.fact, envelope)


class Books:
    """What projections make of the log: movements and postings, added up as they come."""

    def __init__(self) -> None:
        self.seen = 0
        self.movements: dict[tuple[Any, ...], dict[date, int]] = defaultdict(
            lambda: defaultdict(int)
        )
        self.gl: dict[str, int] = defaultdict(int)
        self.by_unit: dict[str, int] = defaultdict(int)

    def read_on(self, log: list[tuple[str, Dated]]) -> None:
        """Take in the events that are new; nothing may be negative at any date after any one."""
        for position in range(self.seen, len(log)):
            dated = log[position][1]
            changed = set()
            for row in movement_fold.rows(_event(position + 1, dated)):
                name = _place(row)
                sign = 1 if name[0] == "debtors" else -1
                amount = row[COLUMN["amount_minor"]]
                self.movements[name][row[COLUMN["effective_on"]]] += sign * amount
                changed.add(name)
            for name in changed:
                assert lowest(self.movements[name]) >= 0, (name, dated)
            self._post(dated)
        self.seen = len(log)

    def _post(self, dated: Dated) -> None:
        postings = postings_of(dated.fact)
        assert sum(posting.amount_minor for posting in postings) == 0
        for posting in postings:
            self.gl[posting.gl_account] += posting.amount_minor
            self.by_unit[posting.unit] += posting.amount_minor

    def now(self) -> dict[tuple[Any, ...], int]:
        """What every place holds, whatever the date."""
        sums = {name: sum(days.values()) for name, days in self.movements.items()}
        return {name: amount for name, amount in sums.items() if amount}

    def at(self, day: date) -> dict[tuple[Any, ...], int]:
        """What every place holds at the end of a day."""
        sums = {
            name: sum(amount for on, amount in days.items() if on <= day)
            for name, days in self.movements.items()
        }
        return {name: amount for name, amount in sums.items() if amount}


def _place(row: movement_fold.Row) -> tuple[Any, ...]:
    def of(name: str) -> Any:  # noqa: ANN401 - a column
        return row[COLUMN[name]]

    control = of("control")
    if control == "debtors":
        return (control, of("unit"), of("account"), of("item"), of("instalment"))
    if control == "unapplied":
        return (control, of("unit"), of("account"), of("receipt"))
    return (control, of("unit")) if control == "refunds_payable" else (control, of("receipt"))


def lowest(days: dict[date, int]) -> int:
    """The lowest balance at the end of any day."""
    total = low = 0
    for day in sorted(days):
        total += days[day]
        low = min(low, total)
    return low
