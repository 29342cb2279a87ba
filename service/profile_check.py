"""How a sample bank file would be read by a profile: nothing is posted, no database is asked.

The profile is guessed from the content, or given. Every row is read once on its own, so that a file
which would be refused whole still shows its rows; then the file is read as an intake reads it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from consumers.formats import csv_profile
from consumers.formats.control import checked
from consumers.formats.csv_frame import Frame
from consumers.formats.csv_recognise import Fit, fits, recognise
from consumers.formats.csv_survey import Placed, placed_rows
from consumers.formats.errors import FormatError, RowError, UnrecognisedFormatError
from consumers.formats.profiles import Profile
from consumers.formats.recognise import HEAD_BYTES
from consumers.formats.recognise import recognise as recognise_any
from consumers.formats.statement import BankLine, StatementClosed, StatementItem, StatementOpened
from ledger.money import format_minor

ROWS_SHOWN = 5
BAD_ROWS_SHOWN_MAX = 20
NEAREST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that would be set aside: where, which field, its value, and why."""

    line: int
    field: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One account of the file as an intake would take it; `proof` says what its totals rest on."""

    account: str
    statement: str
    entries: int
    credits_minor: int
    debits_minor: int
    opening_minor: int | None
    closing_minor: int | None
    proof: str


@dataclass(slots=True)
class Check:
    """What was found out about a sample.

    Without a `profile` none fits, and `nearest` says how far the nearest ones do. `refusal` says
    why an intake would refuse the file whole.
    """

    file: str
    profile: Profile | None
    why: str
    nearest: tuple[Fit, ...] = ()
    first: list[tuple[int, BankLine]] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    bad_rows: int = 0
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    statements: list[Statement] = field(default_factory=list)
    refusal: str | None = None

    def is_clean(self) -> bool:
        """Whether an intake would take the whole file, every row of it."""
        return self.profile is not None and self.refusal is None and not self.bad_rows


def check(path: Path, profiles: Sequence[Profile], given: Profile | None = None) -> Check:
    """Read a sample by the profile that is given, else by the one that fits it best.

    Raises OSError when the file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if given is not None:
        (fit,) = fits(head, [given])
        return _read(path, Check(path.name, given, f"it was asked for; {fit.why}"))
    try:
        profile = recognise(head, path.name, profiles)
    except UnrecognisedFormatError as error:
        return Check(path.name, None, error.reason, refusal=str(error))
    found = fits(head, profiles)
    if profile is None:
        nearest = tuple(sorted(found, key=lambda one: -one.likeness)[:NEAREST_SHOWN])
        return _unknown(path, profiles, nearest)
    why = next(one.why for one in found if one.profile is profile)
    return _read(path, Check(path.name, profile, why))


def _unknown(path: Path, profiles: Sequence[Profile], nearest: tuple[Fit, ...]) -> Check:
    """What a file is when no profile fits it."""
    try:
        title = recognise_any(path, profiles).title
    except FormatError as error:
        why = f"no profile fits: {error.reason.partition(';')[0]}"
        return Check(path.name, None, why, nearest=nearest)
    return Check(path.name, None, f"no profile is needed: it is {title}")


def _read(path: Path, found: Check) -> Check:
    profile = found.profile
    if profile is None:
        return found
    # A template does not know the account; what it makes of the rows can be shown all the same.
    shown = {"template": False, "account": "not given"} if profile.template else {}
    try:
        for placed in placed_rows(Frame(path, profile.model_copy(update=shown))):
            _note(found, placed)
    except FormatError as error:
        found.refusal = str(error)
        return found
    try:
        _statements(found, checked(csv_profile.read(path, profile), path.name))
    except FormatError as error:
        found.refusal = str(error)
    return found


def _note(found: Check, placed: Placed) -> None:
    outline = placed.outline
    if outline.states_balance and outline.error is None:
        return
    found.rows += 1
    if outline.left_out is not None:
        found.left_out[outline.left_out] += 1
        return
    try:
        if outline.error is not None:
            raise outline.error
        line = placed.layout.line(placed.row, outline, found.rows)
    except RowError as error:
        found.bad_rows += 1
        if len(found.bad) < BAD_ROWS_SHOWN_MAX:
            found.bad.append(Bad(placed.row.span.line, error.field, error.value, error.reason))
        return
    found.warnings.update(line.warnings)
    if len(found.first) < ROWS_SHOWN:
        found.first.append((placed.row.span.line, line))


def _statements(found: Check, items: Iterable[StatementItem]) -> None:
    opened: StatementOpened | None = None
    for item in items:
        if isinstance(item, StatementOpened):
            opened = item
        elif isinstance(item, StatementClosed) and opened is not None:
            found.statements.append(_statement(opened, item))


def _statement(opened: StatementOpened, closed: StatementClosed) -> Statement:
    return Statement(
        opened.account,
        opened.statement_id,
        closed.entries,
        closed.credits_minor,
        closed.debits_minor,
        opened.opening_minor,
        closed.closing_minor,
        _proof(opened, closed),
    )


def _proof(opened: StatementOpened, closed: StatementClosed) -> str:
    if opened.opening_minor is None or closed.closing_minor is None:
        if opened.declared.entries is not None:
            return f"the trailer's count of {opened.declared.entries} and its total hold"
        return "no running balance: a missing row cannot be noticed"
    moved = format_minor(closed.credits_minor - closed.debits_minor, thousands=True)
    opening = format_minor(opened.opening_minor, thousands=True)
    closing = format_minor(closed.closing_minor, thousands=True)
    told = f"opening {opening} and movements {moved} come to closing {closing}"
    if closed.unexplained_minor:
        rest = format_minor(closed.unexplained_minor, thousands=True)
        return f"{told}, with {rest} in rows whose amount cannot be read"
    return f"{told}; the running balance holds"
