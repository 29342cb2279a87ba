"""`tallystick reporting-login` makes a login that reads the figures and nothing else."""

import secrets
from collections.abc import Iterator
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from service.embedded_database import EmbeddedDatabase

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here


@pytest.fixture
def name(database: EmbeddedDatabase) -> Iterator[str]:
    """A name of its own: logins are of the whole server, and others run beside this."""
    one = f"test_{secrets.token_hex(4)}"
    yield one
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(one)))


@pytest.fixture
def make(tallystick: Tallystick, database: EmbeddedDatabase) -> Any:  # noqa: ANN401
    def run(*words: str) -> Any:  # noqa: ANN401 - the conftest's result
        owner = {"TALLYSTICK_OWNER_DATABASE_URL": database.owner_url}
        return tallystick("reporting-login", *words, **owner)

    return run


def said(out: str, word: str) -> str:
    return next(line.split()[1] for line in out.splitlines() if line.startswith(word))


def url(database: EmbeddedDatabase, out: str) -> str:
    return make_conninfo(
        database.owner_url, user=said(out, "login"), password=said(out, "password")
    )


def test_it_reads_the_figures_and_writes_and_sees_nothing_else(
    make: Any,  # noqa: ANN401 - above
    database: EmbeddedDatabase,
    name: str,
) -> None:
    result = make("--name", name)
    assert result.code == 0, result.said
    with psycopg.connect(url(database, result.out), autocommit=True) as tool:
        assert tool.execute("SELECT * FROM reporting.aged_debt").fetchall() == []
        assert tool.execute("SHOW statement_timeout").fetchone() == ("1min",)
        assert tool.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        tool.execute("SET default_transaction_read_only = off")
        for query in (
            b"SELECT * FROM ledger.events",
            b"SELECT * FROM parties.records",
            b"SELECT * FROM evidence.bank_lines",
            b"DELETE FROM reporting.movements",
            b"SET ROLE tallystick_app",
            b"CREATE TABLE reporting.mine (x int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                tool.execute(query)


def test_asked_again_it_gives_another_password_and_the_old_one_is_void(
    make: Any,  # noqa: ANN401 - above
    database: EmbeddedDatabase,
    name: str,
) -> None:
    first, second = make("--name", name), make("--name", name)
    assert (first.code, second.code) == (0, 0)
    psycopg.connect(url(database, second.out)).close()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url(database, first.out))


@pytest.mark.parametrize("taken", ["tallystick", "postgres", "tallystick_app"])
def test_a_name_of_somebody_who_may_do_more_is_left_alone(
    make: Any,  # noqa: ANN401 - above
    database: EmbeddedDatabase,
    taken: str,
) -> None:
    query = "SELECT rolpassword FROM pg_authid WHERE rolname = %s"
    with psycopg.connect(database.owner_url) as owner:
        before = owner.execute(query, (taken,)).fetchone()
        result = make("--name", taken)
        assert (result.code, "choose another" in result.said) == (1, True)
        assert owner.execute(query, (taken,)).fetchone() == before


@pytest.mark.parametrize("wrong", ["Robert'); --", "pg_mine", "ab"])
def test_a_name_that_is_none_is_refused(make: Any, wrong: str) -> None:  # noqa: ANN401 - above
    result = make("--name", wrong)
    assert (result.code, "is no name for a login" in result.said) == (2, True)


def test_without_the_owners_url_it_says_so(tallystick: Tallystick) -> None:
    result = tallystick("reporting-login")
    assert (result.code, "TALLYSTICK_OWNER_DATABASE_URL" in result.said) == (2, True)
