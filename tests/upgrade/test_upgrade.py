"""A ledger of each release, as it was dumped then, is migrated, verified, and its figures stay.

`<version>/ledger.sql.gz` is a whole small ledger, the eventful year of tests/ask, as that release
left it; `figures.json` beside it is the digest of its log and every figure that it told. Both are
made once, by the release itself, and never again:

    TALLYSTICK_GOLDEN=add pytest tests/upgrade
"""

import gzip
import hashlib
import importlib.util
import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest

from ledger import commands as c
from ledger.checks import verify
from ledger.store import Store
from projections import runner
from projections.rebuild import Today, rebuild
from projections.reporting.reports import REPORTS
from service.embedded import EmbeddedServer
from service.embedded_database import (
    APP_LOGIN,
    EmbeddedDatabase,
    app_password,
    drop_database,
    ensure_database,
)
from service.embedded_place import find_place, programs
from service.migrations import migrate
from service.report_formats import as_json
from service.report_run import Question, ask
from service.start_checks import check_start
from service.wiring import open_app

HERE = Path(__file__).parent
VERSIONS = sorted(one.name for one in HERE.iterdir() if one.is_dir() and one.name[0].isdigit())
NOW = metadata.version("tallystick")
POINTS = (
    (date(2025, 5, 31), datetime(2025, 6, 1, tzinfo=UTC)),
    (date(2025, 9, 30), datetime(2025, 12, 1, tzinfo=UTC)),
    (date(2025, 11, 30), datetime(2026, 1, 1, tzinfo=UTC)),
)
NOT_OF_THE_LEDGER = ("freshness", "identities")  # one adds its own reports; one tells of this run


def log_digest(store: Store) -> str:
    digest = hashlib.sha256()
    for position, stream, version, recorded_at, topic, state in store.rows_after(0, 1_000_000):
        at = recorded_at.astimezone(UTC).isoformat()
        digest.update(f"{position} {stream} {version} {at} {topic} ".encode() + bytes(state))
    return digest.hexdigest()


def figures(settings: Any) -> dict[str, Any]:  # noqa: ANN401 - of the conftest of tests/ask
    """The digest of the log, and the rows of every report at each of the moments."""
    with open_app(settings) as app:
        found: dict[str, Any] = {"log": log_digest(app.store)}
        with runner.connect(app.urls.app) as connection:
            runner.catch_up(connection)
        for report in REPORTS:
            for as_at, as_known in POINTS:
                answer = as_json(ask(app, Question(report, as_at, as_known)))
                assert answer["identities"]["hold"]
                key = f"{report.name} {as_at} {as_known:%Y-%m-%d}"
                found[key] = {"definitions": answer["definitions"], "rows": answer["rows"]}
    return found


def differing(filed: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What a release told and this one tells otherwise; a report that is new is no difference."""
    return [
        key
        for key, value in filed.items()
        if not key.startswith(NOT_OF_THE_LEDGER) and found.get(key) != value
    ]


def _year() -> ModuleType:
    """The eventful year, loaded by path: the test folders are no packages."""
    name = "tallystick_test_year"
    if name not in sys.modules:
        path = HERE.parent / "ask" / "conftest.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _settings(url: str, home: Path) -> Any:  # noqa: ANN401 - of the conftest of tests/ask
    return _year()._settings(url, home)


# -- made once, by each release --------------------------------------------------------------


def _lived(database: EmbeddedDatabase, home: Path) -> None:
    year, clock = _year(), [_year().OPENED]
    with open_app(_settings(database.app_url, home), clock=lambda: clock[0]) as app:
        lived = year.Year(app, clock, home)
        for account, debt_type in ((year.HOUSE, "rent"), (year.GARAGE, "garage")):
            lived.do(c.OpenAccount(**account, debt_type=debt_type))
        year._live(lived)


def _dump(server: EmbeddedServer, database: EmbeddedDatabase) -> bytes:
    place = find_place(server.home)
    assert place is not None
    # The calendar is made again by every migration, and is most of what is there.
    options = ("--inserts", "--exclude-table-data=reporting.dim_date")
    done = place.user.run([programs(place) / "pg_dump", *options, database.owner_url])
    assert done.returncode == 0, done.stderr
    # A line of chance that keeps psql's own commands out: there are none in what we dumped.
    text = re.sub(r"^\\(un)?restrict .*\n", "", done.stdout, flags=re.MULTILINE)
    return gzip.compress(text.encode(), mtime=0)


def test_this_release_has_left_its_ledger(
    sandbox_database: EmbeddedDatabase, embedded: EmbeddedServer, tmp_path: Path
) -> None:
    folder = HERE / NOW
    if os.environ.get("TALLYSTICK_GOLDEN") == "add" and not folder.exists():
        _lived(sandbox_database, tmp_path)
        told = figures(_settings(sandbox_database.app_url, tmp_path))
        folder.mkdir()
        (folder / "ledger.sql.gz").write_bytes(_dump(embedded, sandbox_database))
        text = json.dumps(told, indent=1, sort_keys=True, ensure_ascii=False)
        (folder / "figures.json").write_text(f"{text}\n", encoding="utf-8")
    assert folder.exists(), "TALLYSTICK_GOLDEN=add pytest tests/upgrade"


# -- what must hold --------------------------------------------------------------------------


@pytest.fixture
def old(
    request: pytest.FixtureRequest,
    embedded: EmbeddedServer,
    database: EmbeddedDatabase,
) -> Iterator[EmbeddedDatabase]:
    """The ledger of an old release, as it was; `database` is asked for the sake of the roles."""
    fresh = ensure_database(embedded, f"old_{database.name}")
    script = gzip.decompress((HERE / request.param / "ledger.sql.gz").read_bytes())
    with psycopg.connect(fresh.owner_url, autocommit=True) as owner:
        owner.execute(script)
    yield fresh
    drop_database(embedded, fresh.name)


@pytest.mark.parametrize("old", VERSIONS, indirect=True)
def test_an_old_ledger_is_migrated_verified_and_tells_the_same_figures(
    request: pytest.FixtureRequest, old: EmbeddedDatabase, embedded: EmbeddedServer, tmp_path: Path
) -> None:
    version = request.node.callspec.params["old"]
    filed = json.loads((HERE / version / "figures.json").read_text("utf-8"))
    migrate(old.owner_url, login_passwords={APP_LOGIN: app_password(embedded)})
    assert check_start(old.app_url, lambda: datetime.now(UTC), {}) == ()
    store = Store(old.app_url)
    assert verify(store) == ()
    store.close()
    found = figures(_settings(old.app_url, tmp_path))
    assert differing(filed, found) == []
    with runner.connect(old.app_url) as connection:
        rebuilt = rebuild(connection, Today(date(2025, 12, 31), datetime.now(UTC)))
    assert (rebuilt.switched, rebuilt.differences) == (True, ())
    assert differing(filed, figures(_settings(old.app_url, tmp_path))) == []


@pytest.mark.parametrize("old", VERSIONS[:1], indirect=True)
def test_a_migration_that_changed_a_byte_of_the_past_would_be_found(
    request: pytest.FixtureRequest, old: EmbeddedDatabase, embedded: EmbeddedServer
) -> None:
    """The control: one letter of one event, by somebody who may disable the trigger."""
    version = request.node.callspec.params["old"]
    filed = json.loads((HERE / version / "figures.json").read_text("utf-8"))
    with psycopg.connect(old.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE ledger.events DISABLE TRIGGER no_update_delete")
        owner.execute(
            "UPDATE ledger.events SET state = convert_to(replace(convert_from(state, 'UTF8'),"
            " 'actor', 'Actor'), 'UTF8') WHERE notification_id = 12"
        )
        owner.execute("ALTER TABLE ledger.events ENABLE ALWAYS TRIGGER no_update_delete")
    migrate(old.owner_url, login_passwords={APP_LOGIN: app_password(embedded)})
    store = Store(old.app_url)
    assert {one.check for one in verify(store)} >= {"seals", "streams"}
    assert log_digest(store) != filed["log"]
    store.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_figure_that_moved_by_a_penny_would_be_found(version: str) -> None:
    text = (HERE / version / "figures.json").read_text("utf-8")
    filed, moved = json.loads(text), json.loads(text)
    key = next(key for key in moved if key.startswith("account_balances"))
    row = moved[key]["rows"][0]
    row["balance"] = str(Decimal(row["balance"]) + Decimal("0.01"))
    found = differing(filed, moved)
    assert found == [key]
    del moved[found[0]]
    assert differing(filed, moved) == found, "a report that is gone is a difference too"
    assert differing({}, filed) == [], "a report that is new is none"
