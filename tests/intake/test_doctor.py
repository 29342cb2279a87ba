"""`health` and `doctor`: everything is broken once, and the sentence and the command are there."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from ledger.store import APPEND_LOCK
from projections import runner
from service import doctor, health_sources, quarantine_desk
from service.doctor import examine
from service.embedded_database import EmbeddedDatabase
from service.health import Ground, ground, health, readiness
from service.health_sources import note_verified
from service.looks import Level, Look, worst
from service.migrations import VERSION_TABLE

Council: TypeAlias = Any  # conftest's, which a test cannot import

STREAM = "account:HSG:500"
CHANGE_WHAT_IS_OPEN = (
    "UPDATE ledger.streams SET state = convert_to(replace(convert_from(state, 'UTF8'),"
    " '\"open_minor\":10000', '\"open_minor\":{}'), 'UTF8') WHERE name = 'account:HSG:500'"
)


@dataclass
class Patient:
    """A small ledger that is well, and what a test does to it."""

    council: Council
    database: EmbeddedDatabase
    patch: pytest.MonkeyPatch
    ground: Ground = field(init=False)

    def __post_init__(self) -> None:
        self.council.opened("500", "501")
        self.council.billed("500", "I1")
        self.project()
        self.ground = ground(self.council.settings)
        self.setting(disk_free_percent_min=0)  # whatever the disk of this machine

    def project(self) -> None:
        with runner.connect(self.database.app_url) as connection:
            runner.catch_up(connection)

    def setting(self, **values: object) -> None:
        settings = self.ground.settings.model_copy(update=values)
        self.ground = replace(self.ground, settings=settings)

    def owner(self, *statements: str) -> None:
        with psycopg.connect(self.database.owner_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    @contextmanager
    def holding_the_lock(self) -> Iterator[None]:
        with psycopg.connect(self.database.app_url) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
            yield


@pytest.fixture
def patient(
    council: Council, database: EmbeddedDatabase, monkeypatch: pytest.MonkeyPatch
) -> Patient:
    return Patient(council, database, monkeypatch)


def wrong(looks: list[Look]) -> list[Look]:
    return [look for look in looks if look.level is not Level.FINE]


# -- what is broken, one by one --------------------------------------------------------------------


def a_state_row(patient: Patient) -> None:
    patient.owner(CHANGE_WHAT_IS_OPEN.format(9000))


def a_seal(patient: Patient) -> None:
    patient.owner(
        "ALTER TABLE ledger.seals DISABLE TRIGGER no_update_delete",
        "UPDATE ledger.seals SET root = sha256(root) WHERE number = 1",
        "ALTER TABLE ledger.seals ENABLE ALWAYS TRIGGER no_update_delete",
    )


def the_newest_seal(patient: Patient) -> None:
    patient.owner(
        "ALTER TABLE ledger.seals DISABLE TRIGGER no_update_delete",
        "DELETE FROM ledger.seals WHERE number = (SELECT max(number) FROM ledger.seals)",
        "ALTER TABLE ledger.seals ENABLE ALWAYS TRIGGER no_update_delete",
    )


def a_trigger(patient: Patient) -> None:
    patient.owner("DROP TRIGGER no_truncate ON ledger.events")


def the_projection(patient: Patient) -> None:
    patient.council.billed("501", "I2")
    patient.patch.setattr(health_sources, "LAG_MAX", timedelta(0))


def an_account(patient: Patient) -> None:
    patient.owner(CHANGE_WHAT_IS_OPEN.format(-1))
    council = patient.council
    council.send([council.message(council.billing.invoice("500", "I3"))])
    council.app.store.rewrite_state(quarantine_desk._folded(council.app.store, STREAM))


def the_desk(patient: Patient) -> None:
    council = patient.council
    council.send([council.raw_message(b"no message"), council.raw_message(b"nor this")])
    patient.project()


def the_disk(patient: Patient) -> None:
    patient.setting(disk_free_percent_min=100)


def a_file(patient: Patient) -> None:
    council = patient.council
    for number in range(8):
        day = date(2025, 6, 2) + timedelta(days=number)
        council.take(
            council.camt(
                f"{number}.xml", [council.entry(100, on=day)], f"S{number}", number + 1,
                100 * number, day,
            )
        )  # fmt: skip
    patient.project()


def a_rebuild(patient: Patient) -> None:
    patient.owner("CREATE TABLE projection.movements_next_abc ()")


def the_clock(patient: Patient) -> None:
    now = patient.ground.now
    patient.ground = replace(patient.ground, now=lambda: now() + timedelta(minutes=1))


def the_database(patient: Patient) -> None:
    url = "postgresql://tallystick:secret-canary@127.0.0.1:9/none?connect_timeout=2"
    patient.ground = replace(patient.ground, url=url)


def writing(patient: Patient) -> None:
    with psycopg.connect(patient.database.owner_url, autocommit=True) as connection:
        statement = SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
        connection.execute(statement.format(Identifier(patient.database.name)))


def the_policy(patient: Patient) -> None:
    folder = patient.council.settings.policy_dir
    (folder / "authority.toml").write_text("actors = 5 =", encoding="utf-8")


def the_modulus_table(patient: Patient) -> None:
    (patient.council.settings.policy_dir / "modulus" / "june").mkdir(parents=True)


def the_direct_debits(patient: Patient) -> None:
    folder = patient.council.settings.policy_dir
    (folder / "direct-debit.toml").write_text("extra_holidays = 5", encoding="utf-8")


def the_simulated_clock(patient: Patient) -> None:
    patient.setting(sandbox_clock=patient.ground.now())


def the_verify(patient: Patient) -> None:
    now = patient.council.app.store.now()
    note_verified(patient.council.settings.home, 5, 0, now - timedelta(days=3))


def the_last_verify(patient: Patient) -> None:
    note_verified(patient.council.settings.home, 5, 2, patient.council.app.store.now())


def a_migration(patient: Patient) -> None:
    patient.owner(f"UPDATE {VERSION_TABLE} SET version_num = '0001'")  # noqa: S608 - our own name


BROKEN: tuple[tuple[Callable[[Patient], None], Level, str, str], ...] = (
    (a_state_row, Level.BROKEN, f"{STREAM} does not agree with its own events: ",
     f"tallystick quarantine stop {STREAM} --reason"),
    (a_seal, Level.BROKEN, "the record was changed after it was written: the seal of block 1",
     "tallystick verify"),
    (the_newest_seal, Level.BROKEN, "the newest seal ends at event", "tallystick verify"),
    (a_trigger, Level.BROKEN, "ledger.events append-only are missing", "tallystick verify"),
    (the_projection, Level.WARNING, "the reporting tables are 1 event behind",
     "tallystick project --once"),
    (an_account, Level.WARNING, f"{STREAM} stands still until", "tallystick quarantine list"),
    (the_desk, Level.WARNING, "inputs wait at the intake desk: 2 unreadable",
     "tallystick intake list"),
    (the_disk, Level.BROKEN, "% of the disk of", "df -h "),
    (a_file, Level.WARNING, "the next was due by", "tallystick ingest FILE"),
    (a_rebuild, Level.WARNING, "a rebuild was begun and not ended", "tallystick rebuild"),
    (the_clock, Level.BROKEN, "clock differs from the database server's by 60 seconds",
     "timedatectl status"),
    (the_database, Level.BROKEN, "the database does not answer", "pg_isready"),
    (writing, Level.BROKEN, "can be read and not written to", "tallystick config"),
    (the_policy, Level.BROKEN, "the policy file authority.toml cannot be used", "$EDITOR "),
    (the_modulus_table, Level.BROKEN, "modulus/june: the name is not a date", "$EDITOR "),
    (the_direct_debits, Level.BROKEN, "direct-debit.toml: extra_holidays: 5", "$EDITOR "),
    (the_simulated_clock, Level.BROKEN, "a simulated clock is set", "unset TALLYSTICK_SANDBOX"),
    (the_verify, Level.WARNING, "the log was last verified on", "tallystick verify"),
    (the_last_verify, Level.BROKEN, "`tallystick verify` found 2 things wrong",
     "tallystick verify"),
    (a_migration, Level.BROKEN, "run `tallystick migrate`", "tallystick migrate"),
)  # fmt: skip


def test_of_a_ledger_that_is_well_nothing_is_said(patient: Patient) -> None:
    looks = examine(patient.ground)
    assert wrong(looks) == []
    assert len(looks) > 12
    assert worst(looks) is Level.FINE
    assert readiness(patient.ground) == []


@pytest.mark.parametrize(
    ("break_it", "level", "sentence", "command"), BROKEN, ids=[one[0].__name__ for one in BROKEN]
)
def test_what_is_broken_is_said_with_what_to_do(
    patient: Patient,
    break_it: Callable[[Patient], None],
    level: Level,
    sentence: str,
    command: str,
) -> None:
    break_it(patient)
    found = wrong(examine(patient.ground))
    named = [look for look in found if sentence in look.sentence]
    assert len(named) == 1, found
    assert named[0].mend.startswith(command)
    assert named[0].level is level
    assert worst(found) is level


def test_a_connection_that_keeps_the_others_from_writing_is_named(patient: Patient) -> None:
    patient.patch.setattr(doctor, "LOCK_HELD_SECONDS_MAX", -1)
    with patient.holding_the_lock():
        (look,) = wrong(examine(patient.ground))
    assert look.sentence.startswith("one connection has kept all others from writing")
    assert look.mend.startswith('psql -c "SELECT pg_terminate_backend(')


@pytest.mark.parametrize("break_it", [the_database, the_disk, the_projection, a_trigger, writing])
def test_a_process_that_cannot_work_is_not_ready(
    patient: Patient, break_it: Callable[[Patient], None]
) -> None:
    break_it(patient)
    assert readiness(patient.ground) != []


@pytest.mark.parametrize("break_it", [the_desk, a_file, an_account, the_verify])
def test_what_a_person_must_do_takes_no_process_away(
    patient: Patient, break_it: Callable[[Patient], None]
) -> None:
    break_it(patient)
    assert readiness(patient.ground) == []
    assert worst(health(patient.ground)) is Level.WARNING


def test_health_needs_no_right_to_start(patient: Patient) -> None:
    """It is asked when start-up refuses: every other look is taken all the same."""
    whole = [look.name for look in health(patient.ground)]
    a_trigger(patient)
    assert [look.name for look in health(patient.ground)] == whole


def test_no_password_is_told(patient: Patient) -> None:
    the_database(patient)
    patient.setting(database_url=SecretStr(patient.ground.url))
    assert not any("secret-canary" in look.sentence + look.mend for look in examine(patient.ground))
