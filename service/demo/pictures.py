"""The pictures: aged debt by unit, how quickly bills are collected, why Direct Debits come back.

Nothing is told by colour alone: parts are hatched, lines have markers and dashes of their
own. The title says as at when, the line below it by which definition and as known when.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from service.demo.ages import AGES, Ages
from service.demo.council import NAME, UNITS
from service.demo.ending_debits import Unpaid
from service.demo.figures import Row

AGES_DAYS = (0, 30, 60, 90, 180, 365)
AGED_DEBT, CURVE, UNPAID = "aged-debt.png", "collection-curve.png", "unpaid-by-reason.png"
_INCHES = (10.0, 5.6)
_DPI = 110
_FILLS = ("#1f3b57", "#7fa3c4", "#e3b23c")
_HATCHES = ("", "//", "..")
_MARKERS = ("o", "s", "^", "D")
_STYLES = ("-", "--", "-.", ":")
_INKS = ("#1f3b57", "#9c3d10", "#3f6b3a", "#5d3a7a")


@dataclass(frozen=True, slots=True)
class Curve:
    """The bills of one month and the share of them paid by each age, in per cent."""

    cohort_on: date
    ages: tuple[int, ...]
    rates: tuple[Decimal, ...]
    complete: bool


def curves_of(rows: Sequence[Row], cohorts: Sequence[date]) -> list[Curve]:
    """The curves of the chosen months, for all units; ages that not all bills have reached end it.

    `complete` says whether the longest age is reached.
    """
    curves = []
    for cohort in cohorts:
        points = sorted(
            (row for row in rows if row["unit"] is None and row["cohort_on"] == cohort),
            key=lambda row: row["age_days"],
        )
        known = [row for row in points if row["complete"] and row["rate_net"] is not None]
        if len(known) > 1:
            rates = tuple(row["rate_net"] * 100 for row in known)
            ages = tuple(row["age_days"] for row in known)
            curves.append(Curve(cohort, ages, rates, len(known) == len(points)))
    return curves


def draw_aged_debt(path: Path, ages: Ages, as_at: date, as_known: date) -> None:
    """One bar per age, one part per unit."""
    figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    labels = [label for _, label in AGES]
    foot = [0.0] * len(AGES)
    for unit, fill, hatch in zip(UNITS, _FILLS, _HATCHES, strict=True):
        parts = [float(ages.amounts[age, unit.code]) / 1000 for age, _ in AGES]
        title = f"{unit.code} {unit.title}"
        axes.bar(
            labels, parts, bottom=foot, color=fill, hatch=hatch, edgecolor="white", label=title
        )
        foot = [under + part for under, part in zip(foot, parts, strict=True)]
    for place, ((age, _), height) in enumerate(zip(AGES, foot, strict=True)):
        share = ages.of_age(age) * 100 / (ages.total or 1)
        axes.annotate(
            f"£{height:,.0f}k\n{share:.1f} %",
            (place, height),
            textcoords="offset points",
            xytext=(0, 4),
            ha="center",
            fontsize=9,
        )
    axes.set_ylim(0, max(*foot, 0.01) * 1.16)
    axes.set_ylabel("open debt, £ thousand")
    axes.set_xlabel("days overdue (from the due date)")
    axes.legend(frameon=False, title="unit")
    _finish(axes, f"Aged debt as at {_day(as_at)}", f"AD-1.v1, as known on {_day(as_known)}")
    figure.savefig(path)


def draw_curves(path: Path, curves: Sequence[Curve], as_at: date, as_known: date) -> None:
    """One line per month of bills."""
    figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    for place, curve in enumerate(curves):
        at = place % len(_MARKERS)
        axes.plot(
            curve.ages,
            [float(rate) for rate in curve.rates],
            marker=_MARKERS[at],
            linestyle=_STYLES[at],
            color=_INKS[at],
            label=f"{curve.cohort_on:%B %Y}{'' if curve.complete else ' (still open)'}",
        )
    axes.set_xticks(AGES_DAYS)
    axes.set_xlabel("days after the due date")
    axes.set_ylabel("paid, % of the bills less credit notes")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f} %"))
    axes.grid(axis="y", color="#dddddd")
    axes.legend(frameon=False, title="bills dated in", loc="lower right")
    _finish(
        axes,
        f"How quickly bills are paid, as at {_day(as_at)}",
        f"CR-4.v1, as known on {_day(as_known)}",
    )
    figure.savefig(path)


def draw_unpaid(path: Path, found: Sequence[Unpaid], as_at: date, as_known: date) -> None:
    """One bar for each reason, the most frequent on top."""
    figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    upwards = list(reversed(found))
    labels = [f"{one.code} {one.reason}" for one in upwards]
    bars = axes.barh(labels, [one.items for one in upwards], color=_FILLS[0])
    axes.bar_label(bars, [f"{one.items}, £{one.amount:,.0f}" for one in upwards], padding=4)
    axes.set_xlabel("collections that came back")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(x=0.15)
    _finish(
        axes,
        f"Unpaid Direct Debits by reason, as at {_day(as_at)}",
        f"DDR-1, as known on {_day(as_known)}",
    )
    figure.savefig(path)


def _finish(axes: Axes, title: str, below: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(f"{title}\n", loc="left", fontsize=14, fontweight="bold")
    axes.text(0, 1.03, f"{NAME} (invented). {below}", transform=axes.transAxes, fontsize=9)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
