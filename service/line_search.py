"""Looking for a payment in every line ever received: by amount, days and words, posted or not.

An amount finds money in and money out. Words may stand in any order, in the references, the
narrative, or the payer's name and account, in capitals or not, with or without blanks, dashes and
accents inside. A row whose day cannot be read is in every window of days: a person who asks for the
3rd wants to see it; so is a row without a day (of a remittance advice) that the amount or the words
find. An amount that could not be read is found when the figure
stands in the row's words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from consumers.keeping import LineKind
from service.bank_line_index import LineIndex, searchable

LIMIT = 50
LIMIT_MAX = 1_000
WORDS_MAX = 8


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; None, or no words, where it does not matter.

    Amounts are unsigned minor units, both ends included; days are booking or value dates, both ends
    included; `account` is ours, or any part of it.
    """

    amount_from: int | None = None
    amount_to: int | None = None
    day_from: date | None = None
    day_to: date | None = None
    words: tuple[str, ...] = ()
    account: str | None = None
    limit: int = LIMIT


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A line that was found, and where it stands."""

    digest: str
    file_name: str
    format: str
    line: int
    byte_start: int
    byte_end: int
    kind: LineKind
    account: str
    booked_on: date | None
    value_on: date | None
    amount_minor: int | None
    currency: str | None
    payer_name: str | None
    payer_account: str | None
    text: str
    receipt: str | None

    @property
    def place(self) -> str:
        """The file and its line."""
        return f"{self.file_name}:{self.line}"


_SELECT = (
    "SELECT encode(f.digest, 'hex'), f.file_name, f.format, l.line, l.byte_start, l.byte_end,"
    " l.kind, l.account, l.booked_on, l.value_on, l.amount_minor, l.currency, l.payer_name,"
    " l.payer_account, l.wording, l.receipt"
    " FROM evidence.bank_lines l JOIN evidence.files f USING (file_id)"
)
_ORDER = " ORDER BY l.booked_on DESC NULLS LAST, l.file_id DESC, l.line, l.part, l.ordinal LIMIT %s"
_UNREAD = "l.booked_on IS NULL AND l.kind = 'quarantined'"
_Condition = tuple[list[str], list[Any]]


def find_lines(index: LineIndex, wanted: Wanted) -> list[FoundLine]:
    """The lines that are wanted, the newest first, at most `limit` of them."""
    conditions: list[str] = []
    values: list[Any] = []
    for condition, several in (_amount(wanted), _account(wanted), *map(_word, wanted.words)):
        conditions += condition
        values += several
    limit = min(wanted.limit, LIMIT_MAX)
    found: list[FoundLine] = []
    with index.transaction() as connection:
        # One after the other, each by an index of its own: together they would walk all days.
        for day, days in _days(wanted):
            where = " AND ".join((*day, *conditions))
            query = f"{_SELECT}{f' WHERE {where}' if where else ''}{_ORDER}"
            rows = connection.execute(query.encode(), [*days, *values, limit])
            found += [FoundLine(*row) for row in rows.fetchall()]
    dated = sorted(
        (line for line in found if line.booked_on),
        key=lambda line: str(line.booked_on),
        reverse=True,
    )
    return [*dated, *(line for line in found if not line.booked_on)][:limit]


def _amount(wanted: Wanted) -> _Condition:
    low, high = wanted.amount_from, wanted.amount_to
    if low is None or high is None:
        return [], []
    if low != high:
        both = "(l.amount_minor BETWEEN %s AND %s OR l.amount_minor BETWEEN %s AND %s)"
        return [both], [low, high, -high, -low]
    figure = f"{low // 100}.{low % 100:02d}"
    unread = "(l.amount_minor IS NULL AND replace(l.wording, ',', '') LIKE %s)"
    return [f"(l.amount_minor IN (%s, %s) OR {unread})"], [low, -low, f"%{figure}%"]


def _days(wanted: Wanted) -> list[_Condition]:
    """The days, one way of being in them after the other, so that no line is found twice."""
    if wanted.day_from is None and wanted.day_to is None:
        return [([], [])]
    days = [wanted.day_from or date.min, wanted.day_to or date.max]
    is_narrowed = wanted.amount_from is not None or bool(wanted.words)
    valued = ["l.value_on <> l.booked_on", "l.value_on BETWEEN %s AND %s"]
    return [
        (["l.booked_on BETWEEN %s AND %s"], days),
        ([*valued, "NOT l.booked_on BETWEEN %s AND %s"], [*days, *days]),
        (["l.booked_on IS NULL" if is_narrowed else _UNREAD], []),
    ]


def _account(wanted: Wanted) -> _Condition:
    if not wanted.account:
        return [], []
    return ["translate(l.account, '- ', '') ILIKE %s"], [f"%{searchable(wanted.account)}%"]


def _word(word: str) -> _Condition:
    plain = searchable(word)
    return (["l.searched LIKE %s"], [f"%{plain}%"]) if plain else ([], [])


def words_of(texts: Sequence[str]) -> tuple[str, ...]:
    """The words of what was typed, each once. Raises ValueError when they are too many."""
    words = tuple(dict.fromkeys(word for text in texts for word in text.split()))
    if len(words) > WORDS_MAX:
        raise ValueError(f"at most {WORDS_MAX} words: {len(words)} were given")
    return words
