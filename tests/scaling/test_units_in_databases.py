# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""Units in databases of their own: one program, a policy each, and a total over all of them."""

import json
import secrets
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest

from service.embedded import EmbeddedServer
from service.embedded_database import APP_LOGIN, app_password, drop_database, ensure_database
from service.migrations import migrate

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SHIPPED = (ROOT / "ledger" / "policy" / "authority.toml").read_text("utf-8")
PAGE = (ROOT / "docs" / "scaling.md").read_text("utf-8")
KEPT = {"north": "COR", "south": "HSG"}

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def councils(
    embedded: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """Two databases, each with its URLs and with a folder of its own."""
    made: dict[str, Any] = {}
    for name in KEPT:
        database = ensure_database(embedded, f"{name}_{secrets.token_hex(4)}")
        migrate(database.owner_url, login_passwords={APP_LOGIN: app_password(embedded)})
        made[name] = (database, tmp_path_factory.mktemp(name))
    yield made
    for database, _ in made.values():
        drop_database(embedded, database.name)


@pytest.fixture
def north_and_south(councils: dict[str, Any], line: Callable[..., Any]) -> dict[str, Any]:
    """The command line of each."""
    found = {}
    for name, unit in KEPT.items():
        database, folder = councils[name]
        policy = folder / "policy"
        policy.mkdir(exist_ok=True)
        (policy / "authority.toml").write_text(f'units = ["{unit}"]\n{SHIPPED}', encoding="utf-8")
        found[name] = line(folder, database_url=database.app_url, policy_dir=str(policy))
    return found


def _messages(folder: Path) -> list[str]:
    """Accounts and bills of both units, as they stand on one topic that both databases read."""
    for name in ("accounts.jsonl", "invoices.jsonl"):
        text = (EXAMPLES / name).read_text("utf-8")
        other = text.replace('"COR"', '"HSG"').replace("M-1001", "T-1").replace("INV-", "RENT-")
        (folder / name).write_text(text + other, encoding="utf-8")
    return [str(folder / "accounts.jsonl"), str(folder / "invoices.jsonl")]


def _control(line: Any, *words: str) -> Any:
    return line("report", "control_account", "--as-at", "2025-12-31", *words)


def _national(owner_url: str, answers: list[str]) -> list[tuple[Any, ...]]:
    """Add reports up by the SQL that the page gives."""
    create, _, rest = PAGE.partition("```sql run\n")[2].partition("```")[0].partition("-- \\copy")
    with psycopg.connect(owner_url) as connection:
        connection.execute(create.encode())
        for answer in answers:
            with connection.cursor().copy("COPY national FROM STDIN (FORMAT csv, HEADER)") as copy:
                copy.write(answer)
        return connection.execute(rest.partition("\n")[2].encode()).fetchall()


def test_each_database_takes_its_own_units_and_refuses_the_others_by_name(
    north_and_south: dict[str, Any], councils: dict[str, Any], tmp_path: Path
) -> None:
    files = _messages(tmp_path)
    for name, line in north_and_south.items():
        other = next(unit for council, unit in KEPT.items() if council != name)
        done = line("ingest", *files)
        assert done.returncode == 3, done.stderr
        assert f"unit {other} is not kept in this database, which has {KEPT[name]}" in " ".join(
            done.stdout.split()
        )
        listed = line.json("intake", "list", "--json")
        assert len(listed) == 3, "an account and two bills of the other unit"
        rows = json.loads(_control(line, "--format", "json").stdout)["rows"]
        assert {row["unit"]: row["carried_forward"] for row in rows} == {KEPT[name]: "240.00"}
    answers = [_control(line, "--format", "csv") for line in north_and_south.values()]
    assert [answer.returncode for answer in answers] == [0, 0]
    url = councils["north"][0].owner_url
    (total,) = _national(url, [answer.stdout for answer in answers])
    assert total == ("GBP", 2, Decimal("480.00"), Decimal("0.00"), 1, True)
    with pytest.raises(psycopg.errors.UniqueViolation):
        _national(url, [answers[0].stdout, answers[0].stdout])
