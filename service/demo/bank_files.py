"""Writes the bank files of every week, the spoilt ones among them, and says when each arrives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from consumers.formats.csv_write import OutRow
from consumers.formats.profiles import Profile, packaged_profiles
from service.demo.bank_days import BankYears, Line, mondays
from service.demo.bank_mistakes import (
    NOT_A_STATEMENT,
    STRANGER,
    BankMistakes,
    choose,
    spoil_row,
    spoil_total,
)
from service.demo.council import LAST_DAY, UNITS, Unit
from service.demo.mistakes import Planted
from service.demo.runs import BANK_ORDER, following_monday
from service.demo.statements import (
    CSV_PROFILE,
    csv_rows,
    with_sweep,
    write_camt_file,
    write_csv_file,
)

Arrival = tuple[date, int, str, bool]  # on, order, name, delivered again
_ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Desk:
    """The state of writing: where, with which mistakes, and each unit's balance so far."""

    folder: Path
    mistakes: BankMistakes
    planted: Planted
    profile: Profile
    on_file: Callable[[], None]
    balances: dict[str, int] = field(
        default_factory=lambda: {unit.code: unit.opening_minor for unit in UNITS}
    )

    last_rows: list[OutRow] = field(default_factory=list)  # of the CSV of the week before

    def path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.on_file()
        return path


def write_bank_files(
    folder: Path,
    rng: Random,
    bank: BankYears,
    planted: Planted,
    on_file: Callable[[], None],
) -> list[Arrival]:
    """Write all files; `planted` is told what was spoilt in them."""
    weeks = list(mondays())
    profile = next(one for one in packaged_profiles() if one.name == CSV_PROFILE)
    in_csv = {week: bank.lines.get(("ASC", week), []) for week in weeks}
    desk = _Desk(folder, choose(rng, weeks, in_csv), planted, profile, on_file)
    arrivals: list[Arrival] = []
    for week in weeks:
        for unit in UNITS:
            arrivals += _week(desk, unit, week, bank)
        arrivals += _strange(desk, week)
    return arrivals


def _week(desk: _Desk, unit: Unit, week: date, bank: BankYears) -> Iterator[Arrival]:
    opening = desk.balances[unit.code]
    lines = with_sweep(bank.lines.get((unit.code, week), []), opening, week)
    desk.balances[unit.code] = opening + sum(line.amount_minor for line in lines)
    if unit.form == "camt053":
        yield from _camt(desk, unit, week, lines, opening)
    elif lines:  # a bank has no download for a week without transactions
        yield from _csv(desk, unit, week, lines, opening)


def _arrives(week: date) -> date:
    return min(following_monday(week), LAST_DAY)


def _name(on: date, unit: Unit, kind: str) -> str:
    return f"{on:%Y-%m}/{on}-bank-{unit.code}.{kind}"


def _camt(
    desk: _Desk, unit: Unit, week: date, lines: list[Line], opening: int
) -> Iterator[Arrival]:
    on = _arrives(week)
    name = _name(on, unit, "xml")
    write_camt_file(desk.path(name), unit, week, lines, opening)
    yield on, BANK_ORDER, name, False
    if unit.code == "HSG" and week == desk.mistakes.again:
        desk.planted.again.append(name)
        desk.planted.duplicate_lines += len(lines)
        yield _arrives(week + timedelta(days=7)), BANK_ORDER, name, True
    if unit.code == "COR" and week == desk.mistakes.wrong_total:
        spoil_total(desk.folder / name)
        desk.planted.refused_files += 1
        corrected = _name(on + _ONE_DAY, unit, "xml")
        write_camt_file(desk.path(corrected), unit, week, lines, opening)
        yield on + _ONE_DAY, BANK_ORDER, corrected, False


def _csv(desk: _Desk, unit: Unit, week: date, lines: list[Line], opening: int) -> Iterator[Arrival]:
    on = _arrives(week)
    name = _name(on, unit, "csv")
    rows = csv_rows(unit, lines, opening)
    if week == desk.mistakes.overlap:
        desk.planted.duplicate_lines += len(desk.last_rows)
        rows = [*desk.last_rows, *rows]
    desk.last_rows = rows
    write_csv_file(desk.path(name), desk.profile, rows)
    if week in desk.mistakes.rows:
        spoil_row(desk.folder / name, desk.mistakes.rows[week])
        desk.planted.quarantined_rows += 1
    yield on, BANK_ORDER, name, False


def _strange(desk: _Desk, week: date) -> Iterator[Arrival]:
    """Files that do not belong here: another's statement, and one that is none."""
    on = _arrives(week)
    if week == desk.mistakes.stranger:
        name = _name(on, STRANGER, "xml")
        line = Line(week, 25_00, "bank_transfer", "RENT")
        write_camt_file(desk.path(name), STRANGER, week, [line], STRANGER.opening_minor)
        desk.planted.refused_files += 1
        yield on, BANK_ORDER, name, False
    if week == desk.mistakes.not_a_statement:
        name = f"{on:%Y-%m}/{on}-bank-minutes.pdf"
        desk.path(name).write_bytes(NOT_A_STATEMENT)
        desk.planted.refused_files += 1
        yield on, BANK_ORDER, name, False
