"""Errors that a person can mend, each with the sentence that says how: no traceback for them.

What is not listed here is a fault of ours and keeps its traceback.
"""

import psycopg

from consumers.bank_accounts import BankAccountsError
from consumers.formats.errors import FormatError
from consumers.ports import PartitionStoppedError, SinkUnavailableError, TransientError
from ledger.authority import PolicyError
from ledger.recorded import NewerEventError
from ledger.store_troubles import trouble_of
from ledger.store_values import SandboxClockError
from service.embedded import EmbeddedPostgresError
from service.exits import ERROR, NOT_YET, USAGE
from service.migrations import LoginTakenError
from service.party_keys import PartyError
from service.reading import NotYetError
from service.settings import SettingsError, variable
from service.wiring import StartRefusedError

MENDABLE: tuple[type[Exception], ...] = (
    BankAccountsError,
    EmbeddedPostgresError,
    FormatError,
    LoginTakenError,
    NewerEventError,
    NotYetError,
    PartitionStoppedError,
    PartyError,
    PolicyError,
    SandboxClockError,
    SettingsError,
    SinkUnavailableError,
    StartRefusedError,
    TransientError,
    psycopg.OperationalError,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.UndefinedTable,
)


def sentence(error: Exception) -> str:
    """What to tell the person; a database's own words only to their first line."""
    match error:
        case psycopg.errors.UndefinedTable() | psycopg.errors.InsufficientPrivilege():
            return f"the database is not set up for this version: {_first_line(error)}"
        case psycopg.errors.ReadOnlySqlTransaction():
            return (
                "nothing was written: this database is a replica, which only reads;"
                f" let {variable('database_url')} name the primary"
            )
        case psycopg.OperationalError():
            trouble = trouble_of(error)
            return trouble.sentence if trouble else f"the database: {_first_line(error)}"
        case FormatError(line=0):
            return str(error).replace(", line 0:", ":", 1)  # no single line is to blame
        case _:
            return str(error)


def exit_code(error: Exception) -> int:
    """The exit code that goes with it."""
    match error:
        case SettingsError():
            return USAGE
        case NotYetError():
            return NOT_YET
        case _:
            return ERROR


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
