"""The desk for inputs that were not posted: find, read, offer again, discard."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg

from consumers.billing_entries import Arrival, from_message
from consumers.billing_files import STREAM as BILLING_FILES
from consumers.billing_files import row_of
from consumers.billing_sink import keep_beside
from consumers.intake_parts import FILES as BANK_FILES
from consumers.keeping import message_of
from ledger.account_state import Dated
from ledger.authority import Actor, authorise
from ledger.intake_events import IntakeResolved
from ledger.recorded import RecordedEvent, Source, decode
from ledger.rejections import RefusedError
from ledger.requests import Note, Outcome
from ledger.values import Refusal
from projections import runner
from service.intake_content import content_of, title_of
from service.moments import written
from service.wiring import INTAKE_ACTOR, App


@dataclass(frozen=True, slots=True)
class Unposted:
    """One input that was refused, unreadable or quarantined.

    `resolution` is None as long as it is open, else `posted` or `discarded`.
    """

    position: int
    recorded_at: datetime
    source: str
    message: str
    status: str
    code: str
    sentence: str
    amount_minor: int | None
    digest: str
    place: str
    resolution: str | None

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {**asdict(self), "recorded_at": written(self.recorded_at)}


_QUERY = (
    "SELECT * FROM (SELECT l.position, l.recorded_at, l.source, l.message, l.status, l.code,"
    " l.sentence, l.amount_minor, l.digest, l.place,"
    " (SELECT r.status FROM reporting.intake_log r WHERE r.message = l.message"
    " AND r.status IN ('posted', 'discarded') AND r.position > l.position"
    " ORDER BY r.position LIMIT 1) AS resolution"
    " FROM reporting.intake_log l WHERE l.status IN ('refused', 'unreadable', 'quarantined')) i"
    " WHERE (%(everything)s OR resolution IS NULL)"
    " AND (%(position)s::bigint IS NULL OR position = %(position)s) ORDER BY position"
)


def listed(app: App, *, everything: bool = False, position: int | None = None) -> list[Unposted]:
    """What was not posted and is not resolved; all that ever was, when `everything` is asked."""
    with runner.connect(app.urls.app) as connection:
        _catch_up(connection)
        rows = connection.execute(
            _QUERY, {"everything": everything, "position": position}
        ).fetchall()
    return [Unposted(*row) for row in rows]


def _catch_up(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    while True:
        try:
            runner.catch_up(connection)
        except runner.AnotherRunnerError:
            continue  # `tallystick project` has moved it on meanwhile: look where it is now
        return


def find(app: App, position: int) -> Unposted | None:
    """The input that was recorded at a position."""
    return next(iter(listed(app, everything=True, position=position)), None)


def quoted(app: App, row: Unposted) -> str:
    """The input as a person can read it: a row as it stands in its file, a message's fields."""
    return content_of(app.raw, row.digest, row.source, _event(app, row).envelope.source)


def retry(app: App, row: Unposted) -> Outcome:
    """Offer the input again exactly as it came. A bank row is read again with its whole file."""
    if row.resolution is not None:
        return _settled(row)
    if not app.raw.has(row.digest):
        sentence = "its bytes are no longer kept here: ask the sender for it again"
        return Outcome("refused", refusals=(Refusal(code="bytes_not_kept", sentence=sentence),))
    source = _event(app, row).envelope.source
    if row.source == BANK_FILES:
        return _retry_bank_file(app, row, source)
    if row.source == BILLING_FILES and source.line is None:
        return _retry_billing_file(app, row, source)
    arrival = _arrival(app, row, source)
    outcome = app.ledger.handle(
        [arrival.entry],
        before_append=lambda decided: keep_beside(app.keeping, [arrival], decided),
    )[0]
    if isinstance(arrival.entry, Note):
        return Outcome("refused", refusals=_refusals(arrival.entry))
    if outcome.status != "refused":
        _resolve_open(app, [row.position], "offered again and posted")
    return outcome


def _settled(row: Unposted) -> Outcome:
    if row.resolution == "posted":
        return Outcome("repeated", position=row.position)
    sentence = "it was discarded: somebody decided that it shall never be posted"
    return Outcome("refused", refusals=(Refusal(code="discarded", sentence=sentence),))


def _refusals(note: Note) -> tuple[Refusal, ...]:
    return tuple(one for dated in note.facts for one in getattr(dated.fact, "refusals", ()))


def _arrival(app: App, row: Unposted, source: Source) -> Arrival:
    if row.source == BILLING_FILES and source.line is not None:
        path = app.raw.path(row.digest)
        found = row_of(path, title_of(path) or "", source.line)
        if found is None:
            raise LookupError(f"the kept file {row.digest} has no row {source.line}")
        return app.billing.arrival(source.name, row.digest, source.line, found, app.ledger.today())
    with app.raw.open(row.digest) as file:
        message = message_of(file.read())
    return from_message(
        message, app.actor(INTAKE_ACTOR), app.ledger.today(), digest=app.keeping.digest
    )


def _retry_billing_file(app: App, row: Unposted, source: Source) -> Outcome:
    path = app.raw.path(row.digest)
    report = app.billing.take(path, title_of(path) or "", name=source.name)
    if report.refusal is not None:
        return Outcome("refused", refusals=(report.refusal,))
    _resolve_open(app, [row.position], "the file was taken again")
    return Outcome("posted")


def _retry_bank_file(app: App, row: Unposted, source: Source) -> Outcome:
    """Take the whole file again; every row of it that can be read by now is resolved."""
    report = app.bank.take(app.raw.path(row.digest), source.name)
    if report.refusal is not None:
        return Outcome("refused", refusals=(report.refusal,))
    rows = [one for one in listed(app) if one.source == BANK_FILES and one.digest == row.digest]
    lines = {one.position: _event(app, one).envelope.source.line for one in rows}
    good = [position for position, line in lines.items() if line not in report.bad_lines]
    _resolve_open(app, good, "the file was taken again")
    if source.line in report.bad_lines:
        sentence = f"{report.bad_lines[source.line]} (in the file as it was kept)"
        return Outcome("refused", refusals=(Refusal(code=row.code, sentence=sentence),))
    return Outcome("posted")


def discard(app: App, row: Unposted, actor: Actor, reason: str) -> tuple[Refusal, ...]:
    """Record that an input shall never be posted; the refusals when that may not be."""
    if row.resolution is not None:
        sentence = f"it was {row.resolution} before: there is nothing left to discard"
        return (Refusal(code="nothing_to_change", sentence=sentence),)
    if not reason.strip():
        return (Refusal(code="evidence_missing", sentence="say why it shall never be posted"),)
    try:
        authorise(actor, "discard_intake", row.amount_minor or 0, app.policy, app.ledger.today())
    except RefusedError as error:
        return error.refusals
    _resolve(app, row, actor, "discarded", reason)
    return ()


def _resolve_open(app: App, positions: list[int], reason: str) -> None:
    """Resolve those that the ledger has not resolved by itself when it posted them."""
    for row in listed(app):
        if row.position in positions:
            _resolve(app, row, app.actor(INTAKE_ACTOR), "posted", reason)


def _resolve(
    app: App, row: Unposted, actor: Actor, outcome: Literal["posted", "discarded"], reason: str
) -> None:
    fact = IntakeResolved(source=row.source, message=row.message, outcome=outcome, reason=reason)
    note = Note(
        row.source,
        [Dated(fact, app.ledger.today())],
        actor,
        Source("command", f"intake {outcome}"),
        f"resolved|{row.message}|{row.position}",
        b"",
    )
    app.ledger.handle([note])


def _event(app: App, row: Unposted) -> RecordedEvent:
    return decode(*app.store.rows_after(row.position - 1, 1)[0])
