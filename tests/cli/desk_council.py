"""A small council for the desks: debtors, bills, bank lines, and an officer at the command line.

The command line is put together once and works on one opened ledger, so that a test costs the work
of its commands and not of sixty starts. Loaded by path by the tests that use it, because the test
folders are no packages.
"""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from pydantic import SecretStr

from consumers.formats.accounts import gb_iban
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement, write
from consumers.json_lines import to_json_line
from ledger.references import mint
from service import (
    cli_alias,
    cli_ask,
    cli_command,
    cli_operate,
    cli_small_balances,
    cli_suspense,
    cli_suspense_identify,
    cli_suspense_moves,
    cli_suspense_returns,
)
from service.cli import app as command_line
from service.embedded_database import EmbeddedDatabase
from service.ingest import ingest
from service.settings import Settings
from service.wiring import App, open_app

IBAN = gb_iban("LOYD", "300000", "12345678")
DAY, DAY_AFTER = date(2025, 6, 2), date(2025, 6, 3)
PAYER = gb_iban("BARC", "203040", "11112222")
OTHER_PAYER = gb_iban("BARC", "203040", "33334444")
_OPENING = (
    cli_alias,
    cli_ask,
    cli_command,
    cli_operate,
    cli_small_balances,
    cli_suspense,
    cli_suspense_identify,
    cli_suspense_moves,
    cli_suspense_returns,
)


@dataclass(frozen=True)
class Result:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both outputs on one line, as words."""
        return " ".join(f"{self.out} {self.err}".split())

    def json(self) -> Any:  # noqa: ANN401
        """The output as JSON."""
        return json.loads(self.out)


def line(
    pence: int,
    text: str = "",
    name: str | None = None,
    iban: str | None = None,
    on: date = DAY,
) -> OutEntry:
    """One bank line: so much, what the payer wrote, who and from which account."""
    detail = OutDetail(pence, party_name=name, party_iban=iban, remittance=(text,) if text else ())
    return OutEntry(pence, on, on, details=(detail,))


@contextmanager
def opened_desk(
    database: EmbeddedDatabase,
    billing: Any,  # noqa: ANN401
    folder: Path,
    patch: pytest.MonkeyPatch,
) -> Iterator["Desk"]:
    """A desk on a database of its own."""
    policy = folder / "policy"
    policy.mkdir()
    accounts = '[accounts]\n"30-00-00 12345678" = "HSG"\n'
    (policy / "bank-accounts.toml").write_text(accounts, encoding="utf-8")
    settings = Settings(
        home=folder / "home",
        database_url=SecretStr(database.app_url),
        policy_dir=policy,
        party_key=SecretStr("p" * 32),
        digest_key=SecretStr("d" * 32),
        actor="officer.ames",
    )
    patch.setenv("COLUMNS", "160")
    with open_app(settings) as app:

        @contextmanager
        def shared(_: Settings) -> Iterator[App]:
            yield app

        for module in _OPENING:
            patch.setattr(module, "open_app", shared)
        yield Desk(app, settings, billing, folder)


@cache
def _command() -> Any:  # noqa: ANN401 - a click command: typer carries a click of its own
    return typer.main.get_command(command_line)


class Desk:
    """The command line of a council, with what billing systems and the bank send to it."""

    def __init__(self, app: App, settings: Settings, billing: Any, folder: Path) -> None:  # noqa: ANN401
        self.app = app
        self._settings = settings
        self._billing = billing
        self._folder = folder
        self._files = 0

    # -- the command line ----------------------------------------------------------------------

    def run(self, *words: str) -> Result:
        """Run the command in this process."""
        out, err = io.StringIO(), io.StringIO()
        group, *rest = words
        command = _command().commands[group]
        with redirect_stdout(out), redirect_stderr(err):
            try:
                command.main(rest, prog_name=f"tallystick {group}", obj=self._settings)
                code = 0
            except SystemExit as end:
                code = int(end.code or 0)
        return Result(code, out.getvalue(), err.getvalue())

    def does(self, *words: str) -> Result:
        """Run the command, which must do what it is asked."""
        done = self.run(*words)
        assert done.code == 0, done.said
        return done

    def said(self, code: int, *words: str) -> str:
        """Run the command, which must end with a code; what it said."""
        done = self.run(*words)
        assert done.code == code, f"{done.code}: {done.said}"
        return done.said

    def unnamed(self) -> "Desk":
        """The same desk, at which nobody has said who he is."""
        nobody = self._settings.model_copy(update={"actor": None})
        return Desk(self.app, nobody, self._billing, self._folder)

    # -- what comes in -------------------------------------------------------------------------

    def opened(self, *accounts: str, **fields: Any) -> None:  # noqa: ANN401
        """Open accounts."""
        self._taken("Account", [self._billing.account(one, **fields) for one in accounts])

    def billed(self, account: str, number: str, pence: int, **fields: Any) -> None:  # noqa: ANN401
        """Issue one bill."""
        self._taken("InvoiceIssued", [self._billing.invoice(account, number, pence, **fields)])

    def _taken(self, kind: str, records: Sequence[dict[str, Any]]) -> None:
        path = self._file("jsonl")
        text = "".join(f"{to_json_line(kind, record)}\n" for record in records)
        path.write_text(text, encoding="utf-8")
        report = ingest(self.app, path)
        assert report.is_whole(), report.problems

    def _file(self, suffix: str) -> Path:
        self._files += 1
        return self._folder / f"file-{self._files}.{suffix}"

    def bank(self, *entries: OutEntry, on: date = DAY) -> list[str]:
        """Take a statement of these lines; the receipts that are new in suspense, as they came."""
        before = {row["receipt"] for row in self.held()}
        path = self._file("xml")
        statement = OutStatement(IBAN, f"S{self._files}", self._files, on, on, 0, entries)
        with path.open("wb") as file:
            write([statement], file, path.name)
        report = ingest(self.app, path)
        assert report.is_whole(), report.problems
        held = {row["receipt"] for row in self.held()} - before
        return [name for name in self._receipts("") if name in held]

    # -- what is there -------------------------------------------------------------------------

    def held(self, *options: str) -> list[dict[str, Any]]:
        """The rows of `suspense list`."""
        rows: list[dict[str, Any]] = self.does("suspense", "list", "--json", *options).json()[
            "rows"
        ]
        return rows

    def balance(self, account: str) -> str:
        """What an account owes, in pounds."""
        return str(self.does("show", f"HSG/{account}", "--json").json()["balance"])

    def receipts_on(self, account: str) -> list[str]:
        """The receipts that were posted to an account, as they came."""
        return self._receipts(f"HSG|{account}")

    def _receipts(self, holder: str) -> list[str]:
        with self.app.store.cursor() as cursor:
            cursor.execute(
                "SELECT key FROM ledger.register WHERE kind = 'receipt' AND holder = %s"
                " ORDER BY position",
                (holder,),
            )
            return [str(row[0]) for row in cursor.fetchall()]

    @staticmethod
    def reference(account: str) -> str:
        """The payment reference of an account."""
        return mint("HSG", account)
