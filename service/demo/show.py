"""`tallystick demo`: make a council, play its two years, and end with its figures."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rich.console import Console

from projections import runner
from service.demo import ending_figures as ending
from service.demo.ages import Ages, ages_of
from service.demo.checks import Check, checks, show_checks
from service.demo.council import LAST_DAY, NAME, TAKE_ON, UNITS, YEAR_END
from service.demo.debit_checks import debit_checks
from service.demo.ending_debits import Unpaid, show_debits, unpaid_by_reason
from service.demo.ending_intake import show_intake, show_officers
from service.demo.ending_month import show_month
from service.demo.figures import Figures
from service.demo.files import SEED, Council, make_council
from service.demo.kafka_carrier import KafkaCarrier, broker
from service.demo.month_checks import month_checks
from service.demo.pictures import (
    AGED_DEBT,
    CURVE,
    UNPAID,
    Curve,
    curves_of,
    draw_aged_debt,
    draw_curves,
    draw_unpaid,
)
from service.demo.player import Played, play
from service.demo.sandbox import (
    BusinessClock,
    DemoError,
    clear_folder,
    demo_settings,
    evening,
    make_anew,
    write_config,
)
from service.exits import ERROR, IDENTITY_BROKEN, OK, STDERR
from service.settings import Settings
from service.telemetry import progress
from service.wiring import App, open_app


def run(
    settings: Settings, accounts: int, kafka: str, out: Path, console: Console | None = None
) -> int:
    """Play the demo and print its ending; the exit code.

    `kafka` is empty for billing messages from files, `1` for a broker started here, or the
    `host:port` of one.
    """
    console = console or Console(highlight=False)
    started = time.monotonic()
    try:
        with ExitStack() as stack:
            clear_folder(out)
            own = demo_settings(settings, out)
            if kafka:
                own = stack.enter_context(broker(kafka, own))
            found = _run(own, accounts, out, console, through_kafka=bool(kafka))
    except DemoError as error:
        STDERR.print(f"[bold]error:[/bold] {error}")
        return ERROR
    console.print(f"\nAll of this took {time.monotonic() - started:.0f} seconds.")
    if any(not check.holds and check.is_identity for check in found):
        return IDENTITY_BROKEN
    return OK if all(check.holds for check in found) else ERROR


def _run(
    settings: Settings, accounts: int, out: Path, console: Console, *, through_kafka: bool
) -> tuple[Check, ...]:
    console.print(f"{NAME}: {accounts:,} accounts, two years, an invented council", style="bold")
    console.print(f"Units: {', '.join(f'{unit.code} {unit.title.lower()}' for unit in UNITS)}.")
    with progress("starting a ledger of its own", None):
        make_anew(settings)
    with progress("writing the council's files", None) as advance:
        council = make_council(out / "files", accounts, SEED, lambda: advance(1))
    clock = BusinessClock(TAKE_ON)
    with open_app(settings, clock) as app, _figures(app) as figures:
        played = _play(app, council, clock, figures, through_kafka=through_kafka)
        config = write_config(settings, out)
        return _ending(console, council, played, figures, config)


@contextmanager
def _figures(app: App) -> Iterator[Figures]:
    figures = Figures(app.urls.app)
    try:
        yield figures
    finally:
        figures.close()


def _play(
    app: App, council: Council, clock: BusinessClock, figures: Figures, *, through_kafka: bool
) -> Played:
    with (
        runner.connect(app.urls.app) as projector,
        progress("playing two years", len(council.deliveries)) as advance,
    ):
        carrier = KafkaCarrier(app, council) if through_kafka else None
        try:
            return play(
                app,
                council,
                clock,
                figures,
                projector,
                carrier=carrier,
                on_delivery=lambda _: advance(1),
            )
        finally:
            if carrier is not None:
                carrier.close()


def _ending(
    console: Console, council: Council, played: Played, figures: Figures, config: Path
) -> tuple[Check, ...]:
    now, then = played.desk.app.store.now(), evening(YEAR_END)
    ages = ages_of(figures.report("aged_debt", YEAR_END, now))
    rows = figures.report("collection_curve", LAST_DAY, now, cohort_months=26)
    curves = curves_of(rows, ending.cohorts())
    show_intake(console, played.intake)
    show_officers(console, played.desk)
    show_month(console, figures, council.month, now)
    show_debits(console, figures, played.debits, now)
    ending.show_aged_debt(console, ages)
    ending.show_debtor_days(console, figures, now)
    ending.show_collection(console, figures, now, curves)
    ending.show_suspense(console, figures, now)
    ending.show_control(console, figures, now)
    ending.show_as_known(console, figures, then, now)
    found = (
        *checks(figures, played.intake, council.planted, now),
        *month_checks(figures, played, now),
        *debit_checks(figures, played.debits, now),
    )
    show_checks(console, found)
    pictures = _draw(config.parent, ages, curves, unpaid_by_reason(figures, now))
    _show_next(console, config, pictures, figures.eventful_account())
    return found


def _draw(out: Path, ages: Ages, curves: list[Curve], unpaid: list[Unpaid]) -> tuple[Path, ...]:
    folder = out / "pictures"
    folder.mkdir(exist_ok=True)
    draw_aged_debt(folder / AGED_DEBT, ages, YEAR_END, LAST_DAY)
    draw_curves(folder / CURVE, curves, LAST_DAY, LAST_DAY)
    draw_unpaid(folder / UNPAID, unpaid, LAST_DAY, LAST_DAY)
    return folder / AGED_DEBT, folder / CURVE, folder / UNPAID


def _show_next(console: Console, config: Path, pictures: tuple[Path, ...], account: str) -> None:
    command = "tallystick" if shutil.which("tallystick") else _beside_python()
    lines = (
        "",
        *(f"Picture: {_shown(picture)}" for picture in pictures),
        f"Every file that was taken in: {_shown(config.parent / 'files')}",
        "",
        "Three commands to try next:",
        f"  export TALLYSTICK_CONFIG={_shown(config)}",
        f"  {command} report aged_debt --as-at {YEAR_END}",
        f"  {command} explain {account}",
        f"  {command} verify",
        f"The demo's PostgreSQL runs on for them; `{command} stop` ends it.",
    )
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _beside_python() -> str:
    return str(_shown(Path(sys.executable).parent / "tallystick"))


def _shown(path: Path) -> Path:
    """A path as it is shortest from here."""
    absolute = path.absolute()
    here = Path.cwd()
    return absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
