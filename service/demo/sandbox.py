"""The demo's own ledger: a sandbox with a movable clock, apart from every other and made anew.

Its home is a folder inside the home that the settings name, with a PostgreSQL of its own, so that
nothing of a real ledger can be touched. With a database URL in the settings, that database is used
as it is: it must be an empty sandbox.
"""

import shutil
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import psycopg

from ledger.store import Store
from service.demo import debit_days
from service.demo.council import LAST_DAY, UNITS
from service.demo.month_banks import BANKS
from service.embedded import ensure_running
from service.embedded_database import drop_database, ensure_database
from service.settings import Settings
from service.wiring import UK

MARK = ".tallystick-demo"
_CONFIG = "tallystick.toml"
_EVENING = time(18, 0)


class DemoError(Exception):
    """The demo cannot run here; the sentence says why and what to do."""


class BusinessClock:
    """A simulated clock: it stands still within a step and moves from evening to evening."""

    def __init__(self, day: date) -> None:
        self._moment = evening(day)

    def __call__(self) -> datetime:
        """The moment, in UTC."""
        return self._moment

    def move_to(self, day: date) -> None:
        """Go to the evening of a day; a second on when it is that evening already."""
        self._moment = max(evening(day), self._moment + timedelta(seconds=1))


def evening(day: date) -> datetime:
    """Six o'clock in the evening of a day, British time, in UTC."""
    return datetime.combine(day, _EVENING, UK).astimezone(UTC)


def clear_folder(out: Path) -> None:
    """Make the demo's folder, empty. Raises DemoError for a folder that somebody else filled."""
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise DemoError(f"{out} is not empty and was not made by the demo: name another folder")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / MARK).write_text("Made by the demo, which may delete it.\n", encoding="utf-8")


def demo_settings(settings: Settings, out: Path) -> Settings:
    """The settings of the demo's ledger: a home, a clock and the council's own policy files."""
    return settings.model_copy(
        update={
            "home": settings.home / "demo",
            "policy_dir": _write_policy(out),
            "sandbox_clock": evening(LAST_DAY) + timedelta(hours=2),
        }
    )


def _write_policy(out: Path) -> Path:
    folder = out / "policy"
    folder.mkdir(exist_ok=True)
    ours = [(unit.bank_account, unit.code) for unit in UNITS]
    ours += [(bank.account, bank.unit) for bank in BANKS]
    ours.append((debit_days.ACCOUNT, debit_days.UNIT))
    accounts = "".join(f'"{account}" = "{unit}"\n' for account, unit in ours)
    text = f"# The bank accounts of the demo's council.\n\n[accounts]\n{accounts}"
    (folder / "bank-accounts.toml").write_text(text, encoding="utf-8")
    (folder / "direct-debit.toml").write_text(debit_days.POLICY, encoding="utf-8")
    issue = folder / "modulus" / debit_days.TABLE_FROM.isoformat()
    issue.mkdir(parents=True, exist_ok=True)
    (issue / "valacdos.txt").write_text(debit_days.WEIGHTS, encoding="ascii")
    (issue / "scsubtab.txt").write_text(debit_days.SUBSTITUTES, encoding="ascii")
    return folder


def make_anew(settings: Settings) -> None:
    """Delete what an earlier demo left; raises DemoError for a database that is not for this."""
    if settings.database_url is not None:
        _check_empty(settings.database_url.get_secret_value())
        return
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    server = ensure_running(settings.home)
    drop_database(server, ensure_database(server).name)
    shutil.rmtree(settings.home / "raw", ignore_errors=True)


def _check_empty(url: str) -> None:
    store = Store(url)
    try:
        is_fit = store.is_sandbox() and store.last_position() == 0
    except psycopg.Error as error:
        raise DemoError(f"the database cannot be used: {error}") from error
    finally:
        store.close()
    if not is_fit:
        raise DemoError(
            "the database of TALLYSTICK_DATABASE_URL is not an empty sandbox: make one with"
            " `tallystick migrate --sandbox`, or unset the variable to use the embedded PostgreSQL"
        )


def write_config(settings: Settings, out: Path) -> Path:
    """A configuration file by which the commands find the demo's ledger afterwards.

    It holds no secret: a database URL, if there is one, stays in its variable.
    """
    clock = settings.sandbox_clock
    lines = (
        "# The ledger of the demo. Use it with TALLYSTICK_CONFIG.",
        f'home = "{settings.home.resolve()}"',
        f'policy_dir = "{(out / "policy").resolve()}"',
        f'sandbox_clock = "{clock.isoformat() if clock else ""}"',
    )
    path = out / _CONFIG
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
