"""What the whole suite shares: one PostgreSQL for the run, and a fresh database for each test.

The run's folder is made by the process that started pytest, which also takes the server down at
the end; the workers of pytest-xdist are told its path. It may be passed through (0711), because a
server started by root runs as another user, whom pytest's own temporary folders (0700) shut out.
"""

import fcntl
import importlib.util
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from service.embedded import EmbeddedServer, discard, ensure_running
from service.embedded_database import (
    APP_LOGIN,
    EmbeddedDatabase,
    app_password,
    drop_database,
    ensure_database,
)

_RUN = pytest.StashKey[Path]()
_RUN_PREFIX = "tallystick-tests-"
_TEMPLATE = "tallystick_template"


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    _load_plugin(pluginmanager, "soak")  # it has options, so it cannot wait for pytest_configure


def pytest_configure(config: pytest.Config) -> None:
    given = getattr(config, "workerinput", {}).get("tallystick_run")
    config.stash[_RUN] = Path(given) if given else _new_run()
    for title in ("kafka_broker", "topics", "processes", "servers"):
        _load_plugin(config.pluginmanager, title)


def _load_plugin(manager: pytest.PytestPluginManager, title: str) -> None:
    """Load the fixtures of plugins/ by path: the test folders are no packages."""
    name = f"tallystick_test_plugin_{title}"
    if manager.has_plugin(name):
        return
    path = Path(__file__).parent / "plugins" / f"{title}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    manager.register(module, name)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - pytest-xdist has no public type
    node.workerinput["tallystick_run"] = str(node.config.stash[_RUN])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        _end_run(config.stash[_RUN])


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if {"embedded", "database", "sandbox_database"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("postgres")


def _new_run() -> Path:
    _end_abandoned_runs()
    run = Path(tempfile.mkdtemp(prefix=f"{_RUN_PREFIX}{os.getpid()}-")).resolve()
    run.chmod(0o711)
    return run


def _end_run(run: Path) -> None:
    for folder in run.iterdir():
        discard(folder)
    shutil.rmtree(run)


def _end_abandoned_runs() -> None:
    """Take down the servers of runs that were killed before they could do it themselves."""
    for run in Path(tempfile.gettempdir()).glob(f"{_RUN_PREFIX}*"):
        owner = re.match(rf"{_RUN_PREFIX}(\d+)-", run.name)
        with suppress(FileNotFoundError):  # another run may be doing the same
            if owner and run.stat().st_uid == os.geteuid() and not _lives(int(owner[1])):
                _end_run(run)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> Path:
    """The folder of this run, shared by its workers."""
    return pytestconfig.stash[_RUN]


@pytest.fixture(scope="session")
def embedded(run_folder: Path) -> EmbeddedServer:
    """The run's PostgreSQL server."""
    return ensure_running(run_folder / "shared")


@pytest.fixture
def open_folder(run_folder: Path) -> Iterator[Path]:
    """A folder that the server's user can pass through; as a home its server is taken down."""
    folder = run_folder / f"open-{secrets.token_hex(6)}"
    folder.mkdir()
    folder.chmod(0o711)
    yield folder
    for home in (folder, *(entry for entry in folder.iterdir() if entry.is_dir())):
        discard(home)
    shutil.rmtree(folder)


@pytest.fixture
def database(embedded: EmbeddedServer) -> Iterator[EmbeddedDatabase]:
    """A fresh, migrated database of a ledger for real use."""
    yield from _copy(embedded, sandbox=False)


@pytest.fixture
def sandbox_database(embedded: EmbeddedServer) -> Iterator[EmbeddedDatabase]:
    """A fresh, migrated database of a sandbox, whose business clock may be set."""
    yield from _copy(embedded, sandbox=True)


def _copy(server: EmbeddedServer, *, sandbox: bool) -> Iterator[EmbeddedDatabase]:
    template = _template(server, sandbox=sandbox)
    fresh = ensure_database(server, f"test_{secrets.token_hex(6)}", template=template)
    yield fresh
    drop_database(server, fresh.name)


def _template(server: EmbeddedServer, *, sandbox: bool) -> str:
    """A migrated database to copy, made once a run: its name appears only when it is complete."""
    from service.migrations import migrate  # noqa: PLC0415 - only tests of the database pay for it

    name = f"{_TEMPLATE}_sandbox" if sandbox else _TEMPLATE
    passwords = {APP_LOGIN: app_password(server)}
    with (server.home / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            if connection.execute(query, [name]).fetchone() is None:
                draft = f"{name}_draft"
                drop_database(server, draft)
                ensure_database(server, draft)
                migrate(server.url(draft), login_passwords=passwords, sandbox=sandbox)
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                connection.execute(rename.format(sql.Identifier(draft), sql.Identifier(name)))
    return name
