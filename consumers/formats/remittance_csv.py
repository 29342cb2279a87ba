"""Remittance lists in CSV, by profile: which debts one payment is for.

    preamble    label and value: the list's number, who paid, when, to which account (any of them)
    header      the columns, in any order
    rows        reference or name, signed amount, period, details
    total       the label of the total row, and the sum of the rows

The layouts are data, see `remittance_profiles`; the writer is in `remittance_csv_write`, and
offered here too. The total stands at the end, so the file is gone through twice. A file without a
total row says so in a warning: only the money can prove it then.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import takewhile
from pathlib import Path

from consumers.formats.accounts import account_key
from consumers.formats.advice import AdviceItem, AdviceOpened
from consumers.formats.advice_control import AdviceTally
from consumers.formats.csv_rows import Row, decode_head, rows
from consumers.formats.errors import RowError, UnreadableFileError, UnrecognisedFormatError
from consumers.formats.remittance_csv_write import OutRemittance, OutRemittanceRow, write
from consumers.formats.remittance_layout import RemittanceLayout, layout_of, plain, read_day
from consumers.formats.remittance_profiles import RemittanceProfile, load_remittance_profiles
from consumers.formats.statement import SourceSpan
from ledger.money import format_minor

__all__ = ["OutRemittance", "OutRemittanceRow", "read", "recognise", "write"]


@dataclass(slots=True)
class _Survey:
    """What a file says besides its lines: its preamble, its header, and its total."""

    layout: RemittanceLayout
    said: dict[str, str]
    header: Row
    tally: AdviceTally = field(default_factory=AdviceTally)
    total_minor: int | None = None
    last: SourceSpan | None = None


@cache
def packaged() -> tuple[RemittanceProfile, ...]:
    """The profiles that are shipped with the program."""
    return load_remittance_profiles()


def recognise(
    head: bytes, name: str, profiles: Sequence[RemittanceProfile] | None = None
) -> RemittanceProfile | None:
    """The profile whose header these first bytes show; the one that explains most columns.

    Without `profiles` the packaged ones are asked. Raises UnrecognisedFormatError when two explain
    it equally well.
    """
    lines = [line for line in decode_head(head).splitlines()[:60] if line.strip()]
    asked = packaged() if profiles is None else profiles
    scores = {profile.name: _score(profile, lines) for profile in asked}
    highest = max(scores.values(), default=0)
    best = [profile for profile in asked if highest and scores[profile.name] == highest]
    if len(best) > 1:
        both = " and ".join(profile.name for profile in best)
        raise UnrecognisedFormatError(name, 1, "header", lines[0], f"it fits both {both}")
    return best[0] if best else None


def read(path: Path, profile: RemittanceProfile | None = None) -> Iterator[AdviceItem]:
    """The one list of a file; memory does not grow with its length.

    Without `profile` the packaged one that fits is taken. Raises UnreadableFileError.
    """
    profile = profile or _recognised(path)
    survey = _survey(path, profile)
    yield _opened(path, survey)
    tally = AdviceTally()
    for row in _data(path, profile, survey.layout):
        item = survey.layout.item(row, tally.lines + 1)
        tally.add(item)
        yield item
    yield tally.closed(survey.last or survey.header.span)


def _recognised(path: Path) -> RemittanceProfile:
    with path.open("rb") as file:
        profile = recognise(file.read(1 << 16), path.name)
    if profile is None:
        raise UnreadableFileError(path.name, 1, "header", "", "not the header of any profile")
    return profile


def _score(profile: RemittanceProfile, lines: Sequence[str]) -> int:
    """How many columns of the profile the header among these lines has; 0 when there is none."""
    best = 0
    for line in lines[: profile.preamble_rows_max + 1]:
        try:
            cells = next(csv.reader([line], delimiter=profile.delimiter), [])
        except csv.Error:
            continue
        layout = layout_of(profile, cells)
        best = max(best, len(layout.index) if layout is not None else 0)
    return best


def _survey(path: Path, profile: RemittanceProfile) -> _Survey:
    """The first reading: preamble, header, number of rows and total."""
    source = rows(path, profile.encodings, profile.delimiter)
    survey = _headed(path, profile, source)
    for row in source:
        survey.last = row.span
        if survey.total_minor is not None:
            raise _refused(path, row, RowError("row", "", "stands after the total"))
        if survey.layout.is_total(row):
            survey.total_minor = _total(path, row, survey.layout)
        else:
            survey.tally.add(survey.layout.item(row, survey.tally.lines + 1))
    if survey.tally.lines == 0:
        raise UnreadableFileError(path.name, 0, "rows", "", "the list has no row")
    return survey


def _headed(path: Path, profile: RemittanceProfile, source: Iterator[Row]) -> _Survey:
    """What stands above the rows: labels and values, then the header."""
    said: dict[str, str] = {}
    for above, row in enumerate(source):
        layout = layout_of(profile, row.cells)
        if layout is not None:
            return _Survey(layout, said, row)
        if above >= profile.preamble_rows_max:
            value = profile.delimiter.join(row.cells)
            raise _refused(path, row, RowError("header", value, f"not that of {profile.name}"))
        label, *values = [cell.strip() for cell in row.cells]
        if value := next(filter(None, values), ""):
            said.setdefault(plain(label), value)
    raise UnreadableFileError(path.name, 0, "header", "", f"not that of {profile.name}")


def _total(path: Path, row: Row, layout: RemittanceLayout) -> int:
    try:
        return layout.amount(row)
    except RowError as error:
        raise _refused(path, row, error) from None


def _data(path: Path, profile: RemittanceProfile, layout: RemittanceLayout) -> Iterator[Row]:
    """The rows below the header, without the total."""
    source = rows(path, profile.encodings, profile.delimiter)
    for row in source:
        if layout_of(profile, row.cells) is not None:
            break
    return takewhile(lambda row: not layout.is_total(row), source)


def _opened(path: Path, survey: _Survey) -> AdviceOpened:
    profile, tally = survey.layout.profile, survey.tally
    labels = profile.preamble
    warnings = []
    total = format_minor(tally.total_minor, thousands=True)
    advice_id = _said(survey, labels.advice)
    if advice_id is None:
        warnings.append("the list has no number of its own")
    if survey.total_minor is None:
        warnings.append("the list has no total: only the money can prove it")
    account = _said(survey, labels.account)
    return AdviceOpened(
        advice_id=advice_id or f"{tally.lines} payments of {total}",
        sender=_said(survey, labels.sender) or profile.sender,
        account=account_key(account) if account else None,
        bank_reference=_said(survey, labels.bank_reference),
        currency=profile.currency,
        paid_on=_paid_on(path, survey),
        total_minor=survey.total_minor,
        lines=None,
        span=survey.header.span,
        warnings=tuple(warnings),
    )


def _paid_on(path: Path, survey: _Survey) -> date | None:
    profile = survey.layout.profile
    text = _said(survey, profile.preamble.paid_on)
    if text is None:
        return None
    try:
        return read_day(profile, text, profile.preamble.paid_on[0])
    except RowError as error:
        raise _refused(path, survey.header, error) from None


def _said(survey: _Survey, labels: Sequence[str]) -> str | None:
    return next((text for label in labels if (text := survey.said.get(plain(label)))), None)


def _refused(path: Path, row: Row, error: RowError) -> UnreadableFileError:
    return UnreadableFileError(path.name, row.span.line, error.field, error.value, error.reason)
