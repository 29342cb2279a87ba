"""What is wrong and what to do: all that `health` looks at, and what needs a longer look.

It changes nothing. Every finding is a sentence without jargon, with the command that comes next.
"""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg

from consumers.bank_accounts import BankAccountsError, read_bank_accounts
from consumers.matching.policy import parse_matching
from ledger import checks
from ledger.authority import PolicyError, parse_policy
from ledger.direct_debit_policy import parse_direct_debit
from ledger.findings import Finding
from ledger.ids import QUARANTINABLE
from ledger.small_balance_policy import parse_small_balances
from ledger.standing_order_policy import parse_standing_orders
from ledger.store import APPEND_LOCK, Store
from projections import runner
from projections.rebuild import REBUILD_LOCK
from projections.rebuild_tables import NEXT
from service.health import Ground, health
from service.looks import Level, Look, fine
from service.modulus_files import read_modulus
from service.settings import Settings, SettingsError
from service.wiring import policy_file

EVENTS_LOOKED_AT_MAX = 200_000  # some twenty seconds; a longer log is for the nightly verify
LOCK_HELD_SECONDS_MAX = 60  # an append takes less than one
FINDINGS_SHOWN_MAX = 20

# check -> what its findings mean to a person
_IN_WORDS = {
    "seals": "the record was changed after it was written",
    "streams": "{} does not agree with its own events",
    "register": "a number is noted otherwise than it was used",
    "postings": "debits and credits of {} differ",
}
_LOCKS = (
    "SELECT l.pid, round(extract(epoch FROM clock_timestamp() - a.xact_start))::bigint"
    " FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objid = %s AND l.database ="
    " (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def examine(on: Ground) -> list[Look]:
    """Everything, in the order in which a person would mend it."""
    looks = [*policies(on.settings), *health(on)]
    if any(look.name == "database" and look.level is Level.BROKEN for look in looks):
        return looks
    if any(look.mend == "tallystick migrate" for look in looks):
        return looks
    with closing(Store(on.url)) as store:
        looks += [clock(on.settings, store), *stuck(on.url), *left_over(on.url)]
        looks += [as_look(one) for one in quick_findings(store)[:FINDINGS_SHOWN_MAX]]
    return looks


def policies(settings: Settings) -> Iterator[Look]:
    """Every policy file can be read."""
    readers = {
        "authority.toml": parse_policy,
        "small-balances.toml": parse_small_balances,
        "matching.toml": parse_matching,
        "direct-debit.toml": parse_direct_debit,
        "standing-orders.toml": parse_standing_orders,
    }
    bad = 0
    for name, read in readers.items():
        try:
            read(policy_file(settings, name).read_text(encoding="utf-8"))
        except (PolicyError, SettingsError, ValueError, OSError) as error:
            bad += 1
            yield _wrong_policy(settings, name, error)
    try:
        read_bank_accounts(policy_file(settings, "bank-accounts.toml"))
    except (BankAccountsError, SettingsError) as error:
        bad += 1
        yield _wrong_policy(settings, "bank-accounts.toml", error)
    try:
        read_modulus(settings.policy_dir)
    except PolicyError as error:
        bad += 1
        yield _wrong_policy(settings, "modulus", error)
    if not bad:
        yield fine("policies", "every policy file can be read")


def _wrong_policy(settings: Settings, name: str, error: Exception) -> Look:
    folder = settings.policy_dir or Path()
    sentence = f"the policy file {name} cannot be used: {error}"
    return Look("policies", Level.BROKEN, sentence, f"$EDITOR {folder / name}")


def clock(settings: Settings, store: Store) -> Look:
    """Whether a simulated clock is asked for where it is not honoured."""
    if settings.sandbox_clock is not None and not store.is_sandbox():
        sentence = "a simulated clock is set, and this ledger is for real use: nothing will start"
        return Look("sandbox", Level.BROKEN, sentence, "unset TALLYSTICK_SANDBOX_CLOCK")
    return fine("sandbox", "no simulated clock is set that would not be honoured")


def stuck(url: str) -> Iterator[Look]:
    """Connections that keep everybody else from writing."""
    with psycopg.connect(url, autocommit=True) as connection:
        held = connection.execute(_LOCKS, (APPEND_LOCK,)).fetchall()
    found = [(pid, age) for pid, age in held if (age or 0) > LOCK_HELD_SECONDS_MAX]
    for pid, age in found:
        sentence = f"one connection has kept all others from writing for {age:,} seconds"
        mend = f'psql -c "SELECT pg_terminate_backend({pid})" "$TALLYSTICK_DATABASE_URL"'
        yield Look("writers", Level.BROKEN, sentence, mend)
    if not found:
        yield fine("writers", "nobody keeps others from writing")


def left_over(url: str) -> Iterator[Look]:
    """What a rebuild that ended too early has left behind."""
    with runner.connect(url) as connection:
        rows = connection.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'projection' AND c.relkind = 'r' AND strpos(c.relname, %s) > 0",
            (NEXT,),
        ).fetchall()
        running = connection.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND objid = %s AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database()))",
            (REBUILD_LOCK,),
        ).fetchone()
    if not rows or (running is not None and running[0]):
        yield fine("rebuild", "no rebuild was left unfinished")
        return
    sentence = f"a rebuild was begun and not ended: it left {len(rows)} tables behind"
    yield Look("rebuild", Level.WARNING, sentence, "tallystick rebuild")


def quick_findings(store: Store) -> tuple[Finding, ...]:
    """What `verify` finds, of a log that is not too long to be looked at while a person waits."""
    if store.last_position() > EVENTS_LOOKED_AT_MAX:
        return ()
    return checks.verify(store)


def as_look(finding: Finding) -> Look:
    """A finding of a check, in plain words, with what to do about it."""
    stream = finding.stream or ""
    what = _IN_WORDS.get(finding.check, "something is wrong").format(stream or "an account")
    mend = "tallystick verify"
    if is_of_one_stream(finding):
        mend = f'tallystick quarantine stop {stream} --reason "found by the doctor"'
    return Look("log", Level.BROKEN, f"{what}: {finding.sentence}", mend)


def is_of_one_stream(finding: Finding) -> bool:
    """Whether stopping one account or receipt answers a finding."""
    stream = finding.stream or ""
    return finding.check in {"streams", "postings"} and stream.startswith(QUARANTINABLE)
