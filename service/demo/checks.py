"""What must hold at the end: every identity, every file's total, every planted mistake found."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rich.console import Console

from service.demo.council import LAST_DAY, YEAR_END, YEAR_START
from service.demo.figures import Figures
from service.demo.mistakes import Planted
from service.demo.sandbox import evening
from service.demo.style import headline
from service.demo.tally import Intake


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold, and what was found."""

    name: str
    holds: bool
    found: str
    is_identity: bool = False


def checks(figures: Figures, intake: Intake, planted: Planted, now: datetime) -> tuple[Check, ...]:
    """All checks."""
    return (*_identities(figures, now), *_intake(intake, planted))


def _identities(figures: Figures, now: datetime) -> Iterator[Check]:
    """Each identity at both year ends and today, as known then and as known now."""
    days = (YEAR_START - timedelta(days=1), YEAR_END, LAST_DAY)
    points: list[tuple[date, datetime]] = [
        *((day, evening(day)) for day in days),
        *((day, now) for day in days),
    ]
    rows = [row for day, known in points for row in figures.report("identities", day, known)]
    for definition in sorted({row["definition"] for row in rows}):
        own = [row for row in rows if row["definition"] == definition]
        broken = [row for row in own if not row["holds"]]
        found = f"{len(own)} times" if not broken else f"{broken[0]['difference']} pence out"
        name = f"{definition.removesuffix('.v1')} {own[0]['name']}"
        yield Check(name, not broken, found, is_identity=True)


def _intake(intake: Intake, planted: Planted) -> Iterator[Check]:
    bad = intake.does_not_add_up
    files = f"{intake.bank_files} files" if not bad else ", ".join(bad)
    yield Check("posted + suspense + other + set aside = each file's own total", not bad, files)
    for title, found, expected in (
        ("planted wrong messages refused", intake.messages["refused"], planted.refused_messages),
        (
            "repeated messages without effect",
            intake.messages["repeated"],
            planted.repeated_messages,
        ),
        ("planted wrong files refused", len(intake.refused_files), planted.refused_files),
        (
            "planted wrong rows quarantined",
            intake.total("quarantined").lines,
            planted.quarantined_rows,
        ),
        (
            "bank lines that came twice, posted once",
            intake.total("duplicates").lines,
            planted.duplicate_lines,
        ),
    ):
        yield Check(title, found == expected, f"{found:,} of {expected:,}")


def show_checks(console: Console, found: tuple[Check, ...]) -> None:
    """A tick for what holds, in a word as well."""
    headline(console, "Checks")
    for check in found:
        mark = "[green]✓[/green]  ok " if check.holds else "[red]✗ FAIL[/red]"
        console.print(f"{mark}  {check.name} ({check.found})", highlight=False, soft_wrap=True)
