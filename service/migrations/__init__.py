"""The one command that changes the database's shape, run with the owner's rights.

Only what cannot be rebuilt is migrated: events, state rows, register, positions, seals, parties.
Read models are disposable; their tables and functions are installed afresh each time.
"""

import re
from collections.abc import Mapping
from importlib.resources import as_file, files

import psycopg
from psycopg import sql

from projections.install import install_read_models

VERSION_TABLE = "public.schema_version"
LOGIN_ROLES = ("tallystick_app", "tallystick_projector", "tallystick_reader", "tallystick_auditor")
LOGIN_ATTEMPTS = 50  # a fifth of a second each
_STEP = re.compile(r"([0-9]{4})_[a-z0-9_]+\.py")


class LoginTakenError(Exception):
    """The name of a login is that of somebody else."""


def migrate(owner_url: str, *, login_passwords: Mapping[str, str], sandbox: bool = False) -> None:
    """Bring a database to the newest shape; running it again changes nothing.

    `login_passwords` names the logins to create or to give a new password: `tallystick` may act
    as application, projector, reader and auditor, `tallystick_bi` as reader only. `sandbox` makes
    a new ledger one whose business clock may be simulated; it cannot be changed afterwards.
    """
    _upgrade(owner_url, sandbox=sandbox)
    with psycopg.connect(owner_url, autocommit=True) as connection:
        for login, password in login_passwords.items():
            _login_in_turn(connection, login, password, reads_only=login.endswith("_bi"))
    with psycopg.connect(owner_url) as connection:
        install_read_models(connection)


def reporting_login(owner_url: str, login: str, password: str) -> None:
    """Make a login that reads the figures and nothing else, or give it a new password.

    Raises LoginTakenError when the name is that of somebody who may do more.
    """
    with psycopg.connect(owner_url, autocommit=True) as connection:
        more = connection.execute(
            "SELECT 1 FROM pg_roles r WHERE r.rolname = %s AND (r.rolsuper OR r.rolcreaterole"
            " OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls OR NOT r.rolcanlogin"
            " OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid"
            " AND m.roleid <> 'tallystick_reader'::regrole))",
            (login,),
        ).fetchone()
        if more is not None:
            raise LoginTakenError(
                f"{login} is there already and may do more than read the figures: choose another"
            )
        _login_in_turn(connection, login, password, reads_only=True)


def known_versions() -> tuple[str, ...]:
    """The versions of the database's shape that this program knows, the newest first."""
    names = (entry.name for entry in (files("service") / "migrations" / "versions").iterdir())
    steps = (_STEP.fullmatch(name) for name in names)
    return tuple(sorted((step[1] for step in steps if step), reverse=True))


def _upgrade(owner_url: str, *, sandbox: bool) -> None:
    # Imported here: they take half a second, and every verb but one does without them.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from sqlalchemy import create_engine, pool  # noqa: PLC0415

    with as_file(files("service") / "migrations") as here:
        config = Config()
        config.set_main_option("script_location", str(here).replace("%", "%%"))
        config.attributes["engine"] = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(owner_url),
            poolclass=pool.NullPool,
        )
        config.attributes["sandbox"] = sandbox
        command.upgrade(config, "head")


def _login_in_turn(
    connection: psycopg.Connection[tuple[object, ...]],
    login: str,
    password: str,
    *,
    reads_only: bool,
) -> None:
    """Make a login; roles are of the whole server, and another migration may be at them too."""
    for _ in range(LOGIN_ATTEMPTS):
        try:
            with connection.transaction():
                _login(connection, login, password, reads_only=reads_only)
        except psycopg.errors.InternalError:  # "tuple concurrently updated": no state of its own
            connection.execute("SELECT pg_sleep(0.1 + random() * 0.2)")
        else:
            return
    raise RuntimeError(f"login {login} could not be made: other migrations are at the roles")


def _login(
    connection: psycopg.Connection[tuple[object, ...]],
    login: str,
    password: str,
    *,
    reads_only: bool,
) -> None:
    name, secret = sql.Identifier(login), sql.Literal(password)
    connection.execute(
        sql.SQL(
            "DO $do$ BEGIN CREATE ROLE {name} LOGIN;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$"
        ).format(name=name)
    )
    # Our own processes take one role each; a reporting tool cannot, so it inherits the reader's.
    inherits = sql.SQL("INHERIT" if reads_only else "NOINHERIT")
    connection.execute(sql.SQL("ALTER ROLE {} {} PASSWORD {}").format(name, inherits, secret))
    for role in ("tallystick_reader",) if reads_only else LOGIN_ROLES:
        connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), name))
    if reads_only:
        for setting, value in (
            ("default_transaction_read_only", "on"),
            ("statement_timeout", "60s"),
        ):
            connection.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(name, sql.Identifier(setting), value)
            )
