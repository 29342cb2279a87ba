"""The embedded PostgreSQL's home: what is refused, and what is never lost or shown."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from service import embedded_place
from service.embedded import (
    EmbeddedPostgresError,
    EmbeddedServer,
    ensure_running,
    is_running,
    secret,
    stop,
)


def ask(server: EmbeddedServer, query: str) -> str:
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return str(row[0])


def test_an_initialisation_that_was_cut_short_is_done_again(open_folder: Path) -> None:
    place = embedded_place.make_place(open_folder)
    (place.folder / "data.incomplete").mkdir()
    (place.folder / "data.incomplete" / "PG_VERSION").write_text("18\n")

    assert ask(ensure_running(open_folder), "SELECT 1") == "1"
    assert not (place.folder / "data.incomplete").exists()


def test_a_server_that_cannot_start_says_why(open_folder: Path) -> None:
    ensure_running(open_folder)
    stop(open_folder)
    place = embedded_place.find_place(open_folder)
    assert place is not None
    with (place.data / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = 1\n")

    with pytest.raises(EmbeddedPostgresError, match="no_such_setting"):
        ensure_running(open_folder)


def test_a_cluster_of_another_version_is_refused_and_left_alone(open_folder: Path) -> None:
    place = embedded_place.make_place(open_folder)
    place.data.mkdir()
    (place.data / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedPostgresError, match="PostgreSQL 17"):
        ensure_running(open_folder)
    assert [path.name for path in place.data.iterdir()] == ["PG_VERSION"]


def test_a_database_that_has_gone_is_never_replaced_by_an_empty_one(open_folder: Path) -> None:
    record = open_folder / "postgres.location"
    record.write_text(f"{open_folder / 'lost'}\n")

    with pytest.raises(EmbeddedPostgresError, match=r"no longer there.*rm '.*postgres\.location'"):
        ensure_running(open_folder)
    record.unlink()


def test_without_the_wheel_it_names_both_ways_out(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_place, "_PACKAGE", "no_such_package")

    with pytest.raises(EmbeddedPostgresError, match=r"TALLYSTICK_DATABASE_URL.*\[embedded\]"):
        ensure_running(open_folder)


def test_stop_and_is_running_know_a_home_that_never_was(tmp_path: Path) -> None:
    stop(tmp_path / "none")
    assert not is_running(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_secret_is_the_same_for_all_who_ask_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        values = set(pool.map(lambda _: secret(tmp_path, "party-key"), range(32)))

    assert len(values) == 1
    assert len(values.pop()) == 43
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["party-key"]


@pytest.mark.parametrize("name", ["", "../key", "Key", "a/b", ".hidden", "a" * 64])
def test_a_secret_has_a_plain_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a secret"):
        secret(tmp_path, name)


def test_a_url_quotes_its_parts_and_a_repr_hides_the_password() -> None:
    server = EmbeddedServer(Path("home"), "127.0.0.1", 5432, "a/b@c")

    assert server.url("my db") == "postgresql://postgres:a%2Fb%40c@127.0.0.1:5432/my%20db"
    assert server.url("x", "clerk", "p") == "postgresql://clerk:p@127.0.0.1:5432/x"
    assert server.url("x", "clerk") == "postgresql://clerk@127.0.0.1:5432/x"
    assert "a/b@c" not in repr(server)
