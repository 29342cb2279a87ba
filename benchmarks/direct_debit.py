"""A Direct Debit run: planned, prepared, written and proved; and what comes back, taken in.

The council stands in the database as its history would have left it: each debtor with one bill, one
mandate under a key of its own, and a notice for the day. Run in a process of its own, so that the
peak of memory is its own. The ceiling of the file is writing its bytes.
"""

import base64
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import psycopg

from benchmarks.ground import Clock, PeakOfAll, Results, ledger_database
from consumers.formats.arudd_write import OutReturn, OutReturns
from consumers.formats.arudd_write import write as write_arudd
from ledger.account_state import AccountState, OpenInstalment, OpenItem
from ledger.bacs_days import BacsDays
from ledger.collection import Announced
from ledger.collection_run import CollectionRunState
from ledger.collection_run_commands import RecordRunReported
from ledger.ids import account_stream, mandate_stream, stream_id
from ledger.mandate import MandateState
from ledger.streams import dump, shape_of
from service.desk_orders import Order
from service.direct_debit.crediting import credit
from service.direct_debit.planning import plan_for
from service.direct_debit.preparing import prepare
from service.direct_debit.proving import prove
from service.direct_debit.releasing import release
from service.direct_debit.run_file import items
from service.direct_debit.runs import find_run, give_step
from service.embedded import EmbeddedServer
from service.embedded_database import EmbeddedDatabase
from service.ingest import ingest
from service.party_keys import KEY_BYTES, MasterKey, sealed
from service.report_run import catch_up
from service.settings import Settings
from service.wiring import App, open_app, settle_memory

COLLECTIONS = 20_000  # of a run in every bench; 250,000 from SCALE=10m on
LARGE = 250_000
RETURNS = 10_000
UNIT, SUN, ACCOUNT = "HSG", "999999", "089999-66374958"
PENCE = 10_250
PARTY_KEY = "benchmark party key, 32 bytes..."
POLICY = f"""
[[originator]]
unit = "{UNIT}"
sun = "{SUN}"
account = "{ACCOUNT}"
account_name = "ANYTOWN COUNCIL"
user_name = "ANYTOWN COUNCIL"
"""


def bench(running: EmbeddedServer, results: Results, collections: int = COLLECTIONS) -> None:
    """Measure one run and one report of returns."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ledger_database(running, "bench_direct_debit") as database,
    ):
        entry_on = _entry_day()
        with psycopg.connect(database.owner_url) as connection:
            fill(connection, collections, entry_on)
        took = _measured(database, folder, entry_on)
    whole = took["planned"] + took["prepared"] + took["proved"]
    results.add(
        f"Direct Debit run of {collections:,}: planned, written, proved",
        f"{whole:.1f} s, {took['megabytes']:.0f} MB",
        f"{took['planned']:.1f} + {took['prepared']:.1f} + {took['proved']:.1f} s;"
        f" {collections / whole:,.0f} items/s",
    )
    results.add(
        f"Direct Debit run of {collections:,}: accounts credited",
        f"{took['credited']:.1f} s",
        f"{collections / took['credited']:,.0f} items/s",
    )
    results.add(
        f"ARUDD of {took['returns']:,.0f} items taken in",
        f"{took['returned']:.1f} s",
        f"{took['returns'] / took['returned']:,.0f} items/s",
    )


def _entry_day() -> date:
    """The next day on which a file that is sent today can debit payers."""
    days = BacsDays()
    return days.after(days.on_or_after(date.today()), 3)  # noqa: DTZ011 - the ledger's own day is of the server


def _measured(database: EmbeddedDatabase, folder: str, entry_on: date) -> dict[str, float]:
    words = [sys.executable, "-m", "benchmarks.direct_debit", folder, entry_on.isoformat()]
    urls = {"APP_URL": database.app_url, "OWNER_URL": database.owner_url}
    done = subprocess.run(words, env=os.environ | urls, check=True, stdout=subprocess.PIPE)
    return {name: float(value) for name, value in json.loads(done.stdout).items()}


def main(folder: Path, entry_on: date) -> None:
    """Plan, prepare, prove, release and take returns, and say how long each took."""
    settle_memory()
    with open_app(_settings(folder)) as app:
        catch_up(app)
        took, run = _ran(app, entry_on)
        took |= _returned(app, folder, run)
    print(json.dumps(took))


def _settings(folder: Path) -> Settings:
    policy = folder / "policy"
    policy.mkdir()
    (policy / "direct-debit.toml").write_text(POLICY, encoding="utf-8")
    (policy / "bank-accounts.toml").write_text(f'[accounts]\n"{ACCOUNT}" = "{UNIT}"\n', "utf-8")
    return Settings(
        home=folder / "home",
        policy_dir=policy,
        database_url=os.environ["APP_URL"],
        owner_database_url=os.environ["OWNER_URL"],
        party_key=PARTY_KEY,
        digest_key="benchmark digest key, 32 bytes..",
    )


def _ran(app: App, entry_on: date) -> tuple[dict[str, float], str]:
    took: dict[str, float] = {}
    peak = PeakOfAll()
    clock = Clock()
    plan_for(app, UNIT, entry_on)
    took["planned"] = clock.seconds
    clock = Clock()
    run = prepare(app, Order("officer.ames", "bench", "bench"), UNIT, entry_on).opened.run
    took["prepared"] = clock.seconds
    clock = Clock()
    prove(app, find_run(app, run))
    took["proved"] = clock.seconds
    took["megabytes"] = peak.megabytes()
    return took, run


def _returned(app: App, folder: Path, run: str) -> dict[str, float]:
    """The run is released, and the first of its collections come back."""
    state = find_run(app, run)
    release(app, Order("s151.ford", "release", "bench"), state, folder)
    with items(app, run, app.store.last_position()) as found:
        back = [
            OutReturn(one.mandate, one.amount_minor, "0128", "REFER TO PAYER",
                      state.opened.processing_on, "107999-88837491", "J SMITH", one.code)
            for one in found.fetchmany(RETURNS)
        ]  # fmt: skip
    took = {"credited": _credited(app, run, state)}
    path = folder / "arudd.xml"
    with path.open("wb") as out:
        returns = OutReturns(ACCOUNT, "ANYTOWN COUNCIL", back)
        write_arudd([returns], out, state.opened.entry_on, SUN)
    clock = Clock()
    report = ingest(app, path)
    if not report.is_whole():
        raise RuntimeError(report.problems[:3])
    return took | {"returned": clock.seconds, "returns": len(back)}


def _credited(app: App, run: str, state: CollectionRunState) -> float:
    """Seconds in which the accounts are credited, once the Input report is there."""
    written = state.written
    if written is None:
        raise RuntimeError(f"run {run} was not written")
    report = RecordRunReported(
        run=run,
        digest=written.digest,
        accepted=written.collections,
        accepted_minor=written.amount_minor,
        rejected=0,
        rejected_minor=0,
    )
    give_step(app, Order("system:intake", "report", "bench"), run, report)
    clock = Clock()
    credit(app, Order("officer.ames", "credit", "bench"), state.opened.entry_on)
    return clock.seconds


def fill(connection: psycopg.Connection, collections: int, entry_on: date) -> None:
    """The debtors, their keys, their mandates and what the read models hold of them."""
    master = MasterKey(PARTY_KEY.encode())
    with connection.cursor() as cursor:
        with cursor.copy("COPY parties.keys (party_id, wrapped_key) FROM STDIN") as copy:
            keys = [secrets.token_bytes(KEY_BYTES) for _ in range(collections)]
            for number, key in enumerate(keys):
                copy.write_row((UUID(int=number), master.wrap(UUID(int=number), key)))
        with cursor.copy("COPY ledger.streams FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["uuid", "text", "int8", "int2", "bytea"])
            for name, state in _states(keys, entry_on):
                copy.write_row((stream_id(name), name, 1, shape_of(name), state))
        with cursor.copy(
            "COPY projection.mandates_v2 (position, recorded_at, effective_on, kind, sun, mandate,"
            " actor, unit, account) FROM STDIN"
        ) as copy:
            for number in range(collections):
                account = _account(number)
                row = ("drafted", SUN, _reference(number), "officer.ames", UNIT, account)
                copy.write_row((-2 * number - 1, "2026-01-01", "2026-01-01", *row))
        with cursor.copy(
            "COPY projection.collections_v2 (position, recorded_at, amount_minor, effective_on,"
            " line, kind, sun, mandate, actor, entry_on) FROM STDIN"
        ) as copy:
            for number in range(collections):
                told = (PENCE, "2026-01-01", 0, "announced", SUN, _reference(number))
                copy.write_row((-2 * number - 2, "2026-01-01", *told, "officer.ames", entry_on))
    connection.commit()
    connection.autocommit = True
    connection.execute("ANALYZE")


def _reference(number: int) -> str:
    return f"DD{number:010}"


def _account(number: int) -> str:
    return f"{number:08}"


def _states(keys: list[bytes], entry_on: date) -> Iterator[tuple[str, bytes]]:
    long_ago = entry_on - timedelta(days=60)
    for number, key in enumerate(keys):
        account = _account(number)
        reference = _reference(number)
        part = OpenInstalment(number=1, due_on=entry_on, open_minor=PENCE)
        item = OpenItem(
            item=f"INV-{account}",
            service="RENT",
            invoiced_on=long_ago,
            raised_on=long_ago,
            instalments=(part,),
        )
        owner = AccountState(
            unit=UNIT,
            account=account,
            reference=reference,
            debt_type="rent",
            party=str(UUID(int=number)),
            terms_days=14,
            apply_credit=True,
            currency="GBP",
            opened_on=long_ago,
            items={item.item: item},
        )
        yield account_stream(UNIT, account), dump(owner)
        yield mandate_stream(SUN, reference), dump(_mandate(number, reference, key, entry_on))


def _mandate(number: int, reference: str, key: bytes, entry_on: date) -> MandateState:
    party, long_ago = UUID(int=number), entry_on - timedelta(days=60)
    plain = json.dumps(["107999", "88837491", f"PAYER {number}"]).encode()
    bound = b"sealed" + party.bytes + f"mandate|{SUN}|{reference}|1".encode()
    told = Announced(notice="AN-1", given_on=long_ago, amount_minor=PENCE, take_minor=PENCE)
    return MandateState(
        sun=SUN,
        mandate=reference,
        unit=UNIT,
        account=_account(number),
        party=str(party),
        status="active",
        sealed=base64.b64encode(sealed(key, plain, bound)).decode("ascii"),
        payer_account_digest=f"{number:032x}",
        agreed_on=long_ago,
        collect_from=long_ago,
        is_held=True,
        lodged_on=long_ago,
        last_used_on=long_ago,
        announced={entry_on: told},
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))
