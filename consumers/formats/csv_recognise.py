"""Which profile a CSV fits, by its content; and how far it fits the others.

A file with a header fits when its header has every column that the profile needs; the profile whose
columns explain most of it wins. A file without one fits when its first row can be read, cell by
cell. Profiles that fit equally well are told apart by the file's name only where they ask for it.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch

from consumers.formats.csv_cells import columns_found, layout_of
from consumers.formats.csv_frame import is_titles
from consumers.formats.csv_rows import Row, decode_head
from consumers.formats.csv_shape import Profile
from consumers.formats.errors import UnrecognisedFormatError
from consumers.formats.statement import SourceSpan

_LINES_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Fit:
    """How far a file fits a profile: 0 is not at all, else how many columns it explains.

    `line` is that of the header or of the first row. `why` says what fits, or what does not;
    `likeness` counts what fits even where it is not enough.
    """

    profile: Profile
    score: int
    line: int
    why: str
    likeness: int


def recognise(head: bytes, name: str, profiles: Sequence[Profile]) -> Profile | None:
    """The profile whose header or first row these first bytes show; None when no profile fits.

    Raises UnrecognisedFormatError when two explain it equally well.
    """
    fitting = [fit for fit in fits(head, profiles) if fit.score]
    highest = max((fit.score for fit in fitting), default=0)
    best = [fit for fit in fitting if fit.score == highest]
    if len(best) > 1:
        best = _told_apart(best, name)
    if len(best) > 1:
        both = " and ".join(fit.profile.name for fit in best)
        reason = f"it fits both {both}; give them file_names that tell their files apart"
        first = next((line for line in decode_head(head).splitlines() if line.strip()), "")
        raise UnrecognisedFormatError(name, 1, "header", first, reason)
    return best[0].profile if best else None


def fits(head: bytes, profiles: Sequence[Profile]) -> list[Fit]:
    """How far the first bytes of a file fit each profile, in the order of the profiles."""
    lines = [
        (number, line)
        for number, line in enumerate(decode_head(head).splitlines(), 1)
        if line.strip()
    ][:_LINES_LOOKED_AT]
    return [_fit(profile, lines) for profile in profiles]


def _told_apart(best: list[Fit], name: str) -> list[Fit]:
    """Of equals: those whose file names it has, else those that ask for none.

    A template, or a profile that another of them extends, gives way.
    """
    extended = {fit.profile.extends for fit in best if fit.profile.extends != fit.profile.name}
    usable = [fit for fit in best if fit.profile.name not in extended]
    usable = [fit for fit in usable if not fit.profile.template] or usable
    named = [fit for fit in usable if any(fnmatch(name, one) for one in fit.profile.file_names)]
    return named or [fit for fit in usable if not fit.profile.file_names] or usable


def _fit(profile: Profile, lines: Sequence[tuple[int, str]]) -> Fit:
    looked_at = lines[: profile.preamble_rows_max + (1 if profile.has_header else 2)]
    found = [_line_fit(profile, number, line) for number, line in looked_at]
    if not profile.has_header and len(found) > 1 and found[0].score == 0:
        # In front of the first payment may stand titles, or the header record; nothing else.
        found = found if _leads(profile, looked_at[0][1]) else found[:1]
    best = max(found, key=lambda fit: (fit.score, fit.likeness), default=None)
    return best or Fit(profile, 0, 0, "the file has no rows", 0)


def _line_fit(profile: Profile, number: int, line: str) -> Fit:
    cells = _cells(profile, line)
    if profile.has_header:
        return _header_fit(profile, number, cells)
    layout = layout_of(profile, cells)
    row = Row(tuple(cells), SourceSpan(number, 0, 0))
    if layout is None or len(cells) != len(profile.header):
        why = f"line {number} has {len(cells)} cells, {len(profile.header)} are expected"
        return Fit(profile, 0, number, why, 0)
    records = profile.records
    if records is not None and layout.text(row, records.column) not in records.detail:
        why = f"line {number} begins with no record of the kind {' or '.join(records.detail)}"
        return Fit(profile, 0, number, why, 0)
    outline = replace(layout, stated_account="not asked here").outline(row)
    if outline.booked_on is not None and outline.amount_minor is not None:
        return Fit(profile, 1, number, f"line {number} reads as date and amount", 2)
    return Fit(profile, 0, number, f"line {number}: {outline.error}", 1)


def _header_fit(profile: Profile, number: int, cells: Sequence[str]) -> Fit:
    found = columns_found(profile, cells)
    needed = profile.needed()
    missing = [title for title in profile.header if title in needed and title not in found]
    if not missing:
        why = f"the header on line {number} has {len(found)} of its {len(profile.header)} columns"
        return Fit(profile, len(found), number, why, len(found))
    why = f"line {number} has no column {', '.join(missing)}"
    return Fit(profile, 0, number, why, len(found))


def _leads(profile: Profile, line: str) -> bool:
    """Whether a line may stand in front of the first row of a file without a header."""
    cells = _cells(profile, line)
    layout = layout_of(profile, cells)
    row = Row(tuple(cells), SourceSpan(1, 0, 0))
    if layout is None:
        return False
    records = profile.records
    if records is None:
        return is_titles(layout, row)
    return records.header is not None and layout.text(row, records.column) == records.header.mark


def _cells(profile: Profile, line: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=profile.delimiter), [])
    except csv.Error:
        return []
