"""The totals that a cash file states about itself, held against its rows. See `cash_file`.

UTL1 totals the rows of its section, whichever accounts they are of. Banks that send total rows (44
debits, 54 credits) count those rows in UTL1 as well, so that every sum stands in it twice: a file
holds when its rows agree with UTL1 either way. Balance rows (Y1) are counted on their own.
"""

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from consumers.formats.cash_file_labels import Trailer
from consumers.formats.errors import ControlTotalError
from ledger.money import format_minor

Sign: TypeAlias = Literal[1, -1]

SIGNS: Final[dict[bytes, Sign]] = {
    **dict.fromkeys((b"99", b"93", b"86", b"90", b"Z4", b"Z5", b"RA"), 1),
    **dict.fromkeys((b"01", b"17", b"18", b"19", b"03", b"11"), -1),
    **dict.fromkeys((b"U1", b"U7", b"U8", b"U9"), -1),
}
DEBIT_TOTAL, CREDIT_TOTAL, BALANCE = b"44", b"54", b"Y1"
CONTROL_ROWS: Final = frozenset((DEBIT_TOTAL, CREDIT_TOTAL, BALANCE))


@dataclass(slots=True)
class Sum:
    """A number of rows, and their pence."""

    rows: int = 0
    minor: int = 0

    def add(self, minor: int) -> None:
        """One more row."""
        self.rows += 1
        self.minor += minor

    def less(self, other: "Sum") -> "Sum":
        """What is left without the other."""
        return Sum(self.rows - other.rows, self.minor - other.minor)


@dataclass(slots=True)
class Figures:
    """What the rows of an account or a section come to.

    `unknown` are rows whose code is not known, `unreadable` counts rows without a legible amount
    (they count as debits or credits too, when their code says which).
    """

    debits: Sum = field(default_factory=Sum)
    credits: Sum = field(default_factory=Sum)
    unknown: Sum = field(default_factory=Sum)
    debit_totals: Sum = field(default_factory=Sum)
    credit_totals: Sum = field(default_factory=Sum)
    balances: int = 0
    unreadable: int = 0

    def add(self, code: bytes, minor: int | None) -> None:
        """One more row, by its code."""
        if code == BALANCE:
            self.balances += 1
            return
        if minor is None:
            self.unreadable += 1
        self._of(code).add(minor or 0)

    def _of(self, code: bytes) -> Sum:
        match code:
            case b"44":
                return self.debit_totals
            case b"54":
                return self.credit_totals
            case _:
                sign = SIGNS.get(code)
        return self.unknown if sign is None else self.credits if sign > 0 else self.debits

    def include(self, other: "Figures") -> None:
        """Add what another account comes to."""
        pairs = (
            (self.debits, other.debits),
            (self.credits, other.credits),
            (self.unknown, other.unknown),
            (self.debit_totals, other.debit_totals),
            (self.credit_totals, other.credit_totals),
        )
        for mine, theirs in pairs:
            mine.rows += theirs.rows
            mine.minor += theirs.minor
        self.balances += other.balances
        self.unreadable += other.unreadable


@dataclass(frozen=True, slots=True)
class Settled:
    """What UTL1 says of the rows alone, and the sign of rows of unknown code if it is certain."""

    debits: Sum
    credits: Sum
    unknown_sign: Sign | None


def settle(file: str, trailer: Trailer, figures: Figures) -> Settled:
    """Hold the rows of a section against its UTL1.

    The totals tell whether rows of unknown code are credits or debits, when they are all one or
    all the other. Raises ControlTotalError.
    """
    if trailer.balance_rows is not None and trailer.balance_rows != figures.balances:
        reason = f"the section has {figures.balances} balance rows"
        value = str(trailer.balance_rows)
        raise ControlTotalError(file, trailer.span.line, "UTL1 balance count", value, reason)
    debits = Sum(trailer.debit_rows, trailer.debits_minor)
    credits_ = Sum(trailer.credit_rows, trailer.credits_minor)
    if _holds(debits, credits_, figures):
        return Settled(debits, credits_, _unknown_sign(debits, credits_, figures))
    debits, credits_ = debits.less(figures.debit_totals), credits_.less(figures.credit_totals)
    if _holds(debits, credits_, figures):
        return Settled(debits, credits_, _unknown_sign(debits, credits_, figures))
    raise _differs(file, trailer, figures)


def hold_total_rows(file: str, line: int, account: str, figures: Figures) -> None:
    """Hold the total rows of an account against its rows, where there is no UTL1 to do it.

    Raises ControlTotalError. Beside a UTL1 that holds, a difference is told as a warning instead:
    samples of RBS have it.
    """
    if figures.unknown.rows or figures.unreadable:
        return
    pairs = (figures.debit_totals, figures.debits), (figures.credit_totals, figures.credits)
    for name, (total, found) in zip(("debit", "credit"), pairs, strict=True):
        if total.rows and total.minor != found.minor:
            reason = f"the {name} rows of {account} come to {format_minor(found.minor)}"
            value = format_minor(total.minor)
            raise ControlTotalError(file, line, f"{name} total row", value, reason)


def _holds(debits: Sum, credits_: Sum, figures: Figures) -> bool:
    """Whether these totals are those of the rows; rows of unknown code fill what is left open."""
    left, right = debits.less(figures.debits), credits_.less(figures.credits)
    if min(left.rows, left.minor, right.rows, right.minor) < 0:
        return False
    rows, minor = left.rows + right.rows, left.minor + right.minor
    if figures.unreadable:
        return rows == figures.unknown.rows
    return (rows, minor) in ((0, 0), (figures.unknown.rows, figures.unknown.minor))


def _unknown_sign(debits: Sum, credits_: Sum, figures: Figures) -> Sign | None:
    if not figures.unknown.rows or figures.unreadable:
        return None
    if credits_.less(figures.credits) == figures.unknown:
        return 1
    return -1 if debits.less(figures.debits) == figures.unknown else None


def _differs(file: str, trailer: Trailer, figures: Figures) -> ControlTotalError:
    """The refusal, by the first total that does not agree."""
    debits, credits_ = figures.debits, figures.credits
    of_debits = (trailer.debit_rows, trailer.debits_minor) != (debits.rows, debits.minor)
    name, found = ("debit", debits) if of_debits else ("credit", credits_)
    rows = trailer.debit_rows if of_debits else trailer.credit_rows
    minor = trailer.debits_minor if of_debits else trailer.credits_minor
    reason = (
        f"the section has {found.rows} {name} rows of {format_minor(found.minor)}: "
        "a row is missing, changed, or double"
    )
    if figures.unknown.rows:
        unknown = figures.unknown
        reason += f"; {unknown.rows} of unknown code, {format_minor(unknown.minor)}, do not help"
    value = f"{rows} rows of {format_minor(minor)}"
    return ControlTotalError(file, trailer.span.line, f"UTL1 {name} total", value, reason)
