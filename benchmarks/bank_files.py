"""A bank file of 100,000 entries, from its bytes to the log: read, proved, matched and posted.

Against 200,000 open bills, each file in a process of its own, so that its peak of memory is its
own. The ratio is against a binary COPY of the event rows that it made.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import psycopg

from benchmarks import matching
from benchmarks.ground import TODAY, Clock, Results, ledger, ledger_database, peak_megabytes
from benchmarks.intake import NoParties, copy_rate
from consumers.bank_files import BankIntake
from consumers.formats import camt053_write, mt940_write
from consumers.formats.accounts import gb_iban
from consumers.formats.plain_statement import PlainLine, PlainStatement
from consumers.intake_parts import IntakeParts
from consumers.keeping import Keeping
from consumers.matching.policy import parse_matching
from ledger.references import mint, spaced
from service.bank_line_index import LineIndex
from service.embedded import EmbeddedServer
from service.embedded_database import EmbeddedDatabase
from service.raw_files import RawStore

ENTRIES = 100_000
ACCOUNTS = 40_000  # five open bills each
SORT_CODE, ACCOUNT_NUMBER = "300000", "12345678"


def bench(running: EmbeddedServer, results: Results) -> None:
    """Take a file of each format into a ledger of its own."""
    for form, title in (("camt053", "camt.053"), ("mt940", "MT940")):
        with (
            tempfile.TemporaryDirectory() as folder,
            ledger_database(running, f"bench_{form}") as database,
        ):
            with psycopg.connect(database.owner_url) as connection:
                matching.fill(connection, 0, ACCOUNTS)
            path = Path(folder) / form
            _write(form, path)
            seconds, megabytes, applied = _taken(database, path)
            ceiling = copy_rate(database.owner_url, 0)
            rate = ENTRIES / seconds
            results.add(
                f"{title}, {ENTRIES:,} entries read, matched and posted",
                f"{seconds:.1f} s, {megabytes} MB",
                f"{rate:,.0f} lines/s, {rate / ceiling:.2f} of COPY; {applied} % applied,"
                f" against {ACCOUNTS * matching.BILLS_OF_ACCOUNT:,} open bills",
            )


def _taken(database: EmbeddedDatabase, path: Path) -> tuple[float, int, int]:
    command = [sys.executable, "-m", "benchmarks.bank_files", database.app_url, str(path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), int(told[1]), int(told[2])


def _take(app_url: str, path: Path) -> str:
    """In the child: seconds, peak megabytes, and hundredths that were applied."""
    database = EmbeddedDatabase(name="", owner_url="", app_url=app_url)
    policy = parse_matching(matching.POLICY.read_text(encoding="utf-8"))
    with ledger(database) as door:
        lines = LineIndex(app_url)
        keeping = Keeping(RawStore(path.parent / "raw"), NoParties(), matching.digest, lines)
        accounts = {f"{SORT_CODE}-{ACCOUNT_NUMBER}": matching.UNIT}
        parts = IntakeParts(door, keeping, accounts, policy, door.policy.actor("system:intake"))
        clock = Clock()
        report = BankIntake(parts, ()).take(path)
        seconds = clock.seconds
        lines.close()
    (statement,) = report.statements
    if statement.lines != ENTRIES or not statement.adds_up():
        raise RuntimeError(f"{statement.lines} lines were taken: {report.problems[:3]}")
    return f"{seconds:.1f} {peak_megabytes()} {statement.posted.lines * 100 // ENTRIES}"


class _Payments:
    """Each payment of the file: account, bill, amount and text; gone through as often as asked."""

    def __iter__(self) -> Iterator[tuple[int, int, str]]:
        for place in range(ENTRIES):
            number = place * 7_919 % ACCOUNTS
            bill = place // ACCOUNTS % matching.BILLS_OF_ACCOUNT
            reference = mint(matching.UNIT, matching.account_of(number))
            text = (
                f"RENT {spaced(reference)}",
                f"RENT {reference} THANK YOU",
                f"REF{reference}",
                f"FLAT 2 {reference}",
                f"HSG {reference}",
                f"INV-{number:08}-{bill}",
                f"PAYMENT OF INV-{number:08}-{bill}",
                f"TENANT {reference}",
                "RENT",
                f"CLAIM {place:012}",
            )[place % 10]
            yield number, matching.pence_of(number, bill), text


def _write(form: str, path: Path) -> None:
    with path.open("wb") as out:
        if form == "camt053":
            iban = gb_iban("LOYD", SORT_CODE, ACCOUNT_NUMBER)
            statement = camt053_write.OutStatement(iban, "S", 1, TODAY, TODAY, 0, _Entries(TODAY))
            camt053_write.write([statement], out)
            return
        account = f"{SORT_CODE}-{ACCOUNT_NUMBER}"
        mt940_write.write([PlainStatement(account, 1, TODAY, TODAY, 0, _PlainLines(TODAY))], out)


class _Entries(Iterable[camt053_write.OutEntry]):
    def __init__(self, on: date) -> None:
        self._on = on

    def __iter__(self) -> Iterator[camt053_write.OutEntry]:
        for place, (number, pence, text) in enumerate(_Payments()):
            detail = camt053_write.OutDetail(
                pence,
                party_name=matching.name_of(number).upper(),
                party_iban=gb_iban("BARC", "200000", f"{number:08}"),
                remittance=(text,),
            )
            yield camt053_write.OutEntry(
                pence, self._on, self._on, bank_reference=f"B{place:08}", details=(detail,)
            )


class _PlainLines(Iterable[PlainLine]):
    def __init__(self, on: date) -> None:
        self._on = on

    def __iter__(self) -> Iterator[PlainLine]:
        for place, (number, pence, text) in enumerate(_Payments()):
            yield PlainLine(
                amount_minor=pence,
                booked_on=self._on,
                value_on=self._on,
                bank_reference=f"B{place:08}",
                payer_name=matching.name_of(number).upper(),
                payer_account=f"200000-{number:08}",
                narrative=text,
            )


if __name__ == "__main__":
    print(_take(sys.argv[1], Path(sys.argv[2])))
