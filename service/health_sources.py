"""The single looks of `tallystick health`: disk, seals, tables, desk, files, quarantine, verify."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from consumers.bank_accounts import BankAccountsError, read_bank_accounts
from ledger.invariants import BROKEN, in_words
from ledger.store import Store
from projections import runner
from service.late_files import late_files
from service.looks import Level, Look, fine
from service.quarantine_desk import listed
from service.settings import Settings, SettingsError
from service.wiring import business_day, policy_file

LAG_MAX = timedelta(minutes=5)  # a projector that runs is behind for seconds; a report catches up
VERIFY_AGE_MAX = timedelta(hours=26)  # it runs every night, and may take a while
_VERIFIED = "last-verify.json"


def disk(settings: Settings) -> Look:
    """Room on the disk of the home, where the bytes of inputs are kept."""
    home = next(one for one in (settings.home, *settings.home.absolute().parents) if one.exists())
    usage = shutil.disk_usage(home)
    free = usage.free * 100 // usage.total
    said = f"{free} % of the disk of {settings.home} is free"
    if free >= settings.disk_free_percent_min:
        return fine("disk", said)
    sentence = f"{said}, less than the {settings.disk_free_percent_min} % that are asked for"
    return Look("disk", Level.BROKEN, sentence, f"df -h {settings.home}", concerns_work=True)


def seals(store: Store) -> Look:
    """The newest seal: that it is over the newest event, and how old it is."""
    with store.cursor() as cursor:
        row = cursor.execute(
            "SELECT s.number, s.last_position, s.sealed_at,"
            " (SELECT max(notification_id) FROM ledger.events)"
            " FROM ledger.seals s ORDER BY s.number DESC LIMIT 1"
        ).fetchone()
    if row is None:
        return fine("seal", "nothing is recorded yet")
    number, last, sealed_at, events = row
    if last != events:
        sentence = f"the newest seal ends at event {last:,}, and the log at event {events or 0:,}"
        return Look("seal", Level.BROKEN, sentence, "tallystick verify")
    age = _ago(store.now() - sealed_at)
    return fine("seal", f"seal {number:,} was made {age} ago, over all {last:,} events")


def tables(store: Store, url: str) -> Iterator[Look]:
    """How far the reporting tables are behind the log, in events and in time."""
    last, now = store.last_position(), store.now()
    with runner.connect(url) as connection:
        read = runner.progress(connection)
        row = connection.execute(
            "SELECT recorded_at FROM ledger.events WHERE notification_id = %s", (read + 1,)
        ).fetchone()
    behind = now - row[0] if row is not None else timedelta()
    said = f"the reporting tables are {_counted(last - read, 'event')} behind"
    if read == last:
        yield fine("tables", f"the reporting tables know every event up to {last:,}")
    elif behind <= LAG_MAX:
        yield fine("tables", f"{said}, since {_ago(behind)}")
    else:
        sentence = f"{said}, since {_ago(behind)}: `tallystick project` does not run, or not well"
        mend = "tallystick project --once"
        yield Look("tables", Level.WARNING, sentence, mend, concerns_work=True)


def stopped(store: Store) -> Look:
    """Accounts and receipts that are stopped."""
    try:
        names = listed(store)
    except BROKEN as error:
        sentence = f"what is stopped cannot be read, so nothing is posted: {in_words(error)}"
        return Look("quarantine", Level.BROKEN, sentence, "tallystick verify", concerns_work=True)
    if not names:
        return fine("quarantine", "no account is stopped")
    what = ", ".join(list(names)[:3]) + (" and others" if len(names) > 3 else "")
    stand = "stands" if len(names) == 1 else "stand"
    sentence = f"{what} {stand} still until a person releases what was stopped"
    return Look("quarantine", Level.WARNING, sentence, "tallystick quarantine list")


def desk(url: str) -> Look:
    """What waits at the intake desk, by kind and since when."""
    with runner.connect(url) as connection:
        rows = connection.execute(
            "SELECT l.status, count(*), min(l.recorded_at) FROM reporting.intake_log l"
            " WHERE l.status IN ('refused', 'unreadable', 'quarantined') AND NOT EXISTS"
            " (SELECT 1 FROM reporting.intake_log r WHERE r.message = l.message"
            " AND r.status IN ('posted', 'discarded') AND r.position > l.position)"
            " GROUP BY 1 ORDER BY 1"
        ).fetchall()
    if not rows:
        return fine("desk", "nothing waits at the intake desk")
    kinds = ", ".join(f"{count:,} {status}" for status, count, _ in rows)
    oldest: datetime = min(row[2] for row in rows)
    sentence = f"inputs wait at the intake desk: {kinds}, the oldest since {oldest:%-d %B %Y}"
    return Look("desk", Level.WARNING, sentence, "tallystick intake list")


def late(settings: Settings, store: Store) -> Iterator[Look]:
    """Bank accounts whose file is overdue."""
    try:
        accounts = read_bank_accounts(policy_file(settings, "bank-accounts.toml"))
    except (BankAccountsError, SettingsError) as error:
        yield Look("files", Level.BROKEN, f"{error}", "tallystick config", concerns_work=True)
        return
    sentences = list(late_files(store, accounts, business_day(store.now())))
    if not sentences:
        yield fine("files", "no bank file is late")
    for sentence in sentences:
        yield Look("files", Level.WARNING, sentence, "tallystick ingest FILE")


def note_verified(home: Path, events: int, findings: int, now: datetime) -> None:
    """Keep when the log was last verified, and with what result."""
    home.mkdir(parents=True, exist_ok=True)
    kept = {"at": now.isoformat(), "events": events, "findings": findings}
    (home / _VERIFIED).write_text(json.dumps(kept), encoding="utf-8")


def verified(settings: Settings, store: Store) -> Look:
    """When the log was last verified from here, and what was found."""
    now, path = store.now(), settings.home / _VERIFIED
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        at, findings = datetime.fromisoformat(kept["at"]), kept["findings"]
        if findings:
            sentence = (
                f"`tallystick verify` found {_counted(findings, 'thing')} wrong on {at:%-d %B %Y}"
            )
            return Look("verify", Level.BROKEN, sentence, "tallystick verify")
        if now - at <= VERIFY_AGE_MAX:
            said = f"{kept['events']:,} events were verified {_ago(now - at)} ago"
            return fine("verify", f"{said}, and all agreed")
        sentence = f"the log was last verified on {at:%-d %B %Y}; it should be every night"
        return Look("verify", Level.WARNING, sentence, "tallystick verify")
    if now - _first_sealed(store, now) <= VERIFY_AGE_MAX:
        return fine("verify", "the log is new and was not verified from here yet")
    return Look(
        "verify", Level.WARNING, "the log was never verified from here", "tallystick verify"
    )


def _first_sealed(store: Store, now: datetime) -> datetime:
    with store.cursor() as cursor:
        row = cursor.execute("SELECT min(sealed_at) FROM ledger.seals").fetchone()
    return row[0] if row is not None and row[0] is not None else now


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _ago(time: timedelta) -> str:
    seconds = max(0, round(time.total_seconds()))
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size:
            return f"{seconds // size:,} {word}s"
    return f"{seconds} seconds"
