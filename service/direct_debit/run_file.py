"""The file of a run, made from the ledger's facts: the same facts give the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from psycopg import Cursor
from psycopg.rows import class_row

from consumers.formats import bureau_csv, standard18
from consumers.formats.bureau_csv import BureauWritten
from consumers.formats.bureau_profiles import BureauProfile, load_bureau_profiles
from consumers.formats.standard18 import (
    Instruction,
    Originator,
    Submission,
    Written,
    printed_name,
)
from consumers.formats.standard18_values import NOTICES
from consumers.keeping import SealedDetails
from ledger import mandate_events as m
from ledger.collection_run_events import RunOpened
from ledger.ids import mandate_stream, stream_id
from ledger.mandate import MandateState
from ledger.stream_states import states_of
from service.direct_debit.details import PayerDetails, unseal
from service.direct_debit.states import PAGE
from service.reading import figures
from service.side_by_side import in_order
from service.wiring import App

_EXPIRES_AFTER = timedelta(days=12)  # of the processing day
# The number of a file in its submission, three digits: a submission of ours is one file, so any
# number is right. It follows the serial, from 001 to 999 and round again: no two files in a row
# have the same.
FILE_NUMBERS = 999
# Taken out before the file went: what was stopped later is in the file that was sent.
_ITEMS = """
    SELECT i.item, i.mandate, i.code, i.amount_minor, i.details, i.collection
    FROM reporting.collection_events AS i
    WHERE i.run = %(run)s AND i.kind = 'instructed' AND i.position <= %(upto)s
        -- A hashed set: right after a run the planner does not know yet how long it is.
        AND i.collection NOT IN (
            SELECT s.collection FROM reporting.collection_events AS s
            WHERE s.kind = 'stopped' AND s.position <= %(upto)s
                AND s.code IN ('abandoned', 'mandate_rejected'))
    UNION ALL
    SELECT l.item, l.mandate, l.code, 0, l.details, NULL
    FROM reporting.mandate_events AS l
    WHERE l.run = %(run)s AND l.kind = 'lodged' AND l.position <= %(upto)s
        AND l.item NOT IN (
            SELECT s.item FROM reporting.mandate_events AS s
            WHERE s.run = %(run)s AND s.kind = 'lodgement_stopped' AND s.position <= %(upto)s
                AND s.code = 'abandoned')
    ORDER BY item
"""
_TOTAL = (
    f"SELECT count(t.collection), coalesce(sum(t.amount_minor), 0)::bigint FROM ({_ITEMS}) AS t"  # noqa: S608 - the text above
)
_NOBODY = PayerDetails("", "", "")


class PayerErasedError(LookupError):
    """The payer of an item was erased: the file cannot be made again."""


class NothingToSendError(LookupError):
    """Nothing is in the run, or nothing any more: there is no file of nothing."""

    def __init__(self, run: str) -> None:
        """Keep the run."""
        super().__init__(
            f"run {run} has nothing to send: all of it was held back or taken out; give it up"
            f" (tallystick dd abandon {run}), or prepare it again when something is due"
        )


class Item(NamedTuple):
    """One line of a run before it is bytes; minor units. An instruction has no collection."""

    item: int
    mandate: str
    code: str
    amount_minor: int
    details: int
    collection: str | None


class MadeFile(NamedTuple):
    """What a file of a run came to: items of both kinds, and minor units of the collections."""

    sha256: str
    collections: int
    instructions: int
    amount_minor: int


def write_file(app: App, opened: RunOpened, upto: int, out: Path) -> MadeFile:
    """Write the file of a run as it stood at a position of the log.

    Raises NothingToSendError, SubmissionError, PayerErasedError and OSError. The read models must
    have caught up.
    """
    submission = submission_of(opened)
    with items(app, opened.run, upto) as found, out.open("wb") as file:
        rest = instructions(app, opened, found)
        first = next(rest, None)
        if first is None:
            raise NothingToSendError(opened.run)
        given = chain((first,), rest)
        if opened.layout == "standard18":
            made: Written | BureauWritten = standard18.write(submission, given, file)
        else:
            made = bureau_csv.write(layout_of(app, opened.layout), submission, given, file)
    lodged = sum(one.items for one in made.sums if one.code in NOTICES)
    amount_minor = sum(one.amount_minor for one in made.sums)
    return MadeFile(made.sha256, made.items - lodged, lodged, amount_minor)


def submission_of(opened: RunOpened) -> Submission:
    """What the labels of the file say of a run."""
    return Submission(
        sun=opened.sun,
        serial=opened.serial,
        file_number=(int(opened.serial) - 1) % FILE_NUMBERS + 1,
        created_on=opened.opened_on,
        processing_on=opened.processing_on,
        expires_on=opened.processing_on + _EXPIRES_AFTER,
        work="single",
        originators=(Originator(opened.bank_account, opened.account_name, opened.user_name),),
    )


def layout_of(app: App, name: str) -> BureauProfile:
    """The layout of a bureau: packaged, or the council's own of that name."""
    own = app.settings.policy_dir
    folder = own / "bureau-profiles" if own is not None else None
    return next(one for one in load_bureau_profiles(folder) if one.name == name)


def last_item(app: App, run: str) -> int:
    """The highest number of an item in a run; 0 when it has none yet."""
    query = (
        "SELECT greatest((SELECT max(item) FROM reporting.collection_events WHERE run = %(run)s"
        " AND kind = 'instructed'), (SELECT max(item) FROM reporting.mandate_events"
        " WHERE run = %(run)s AND kind = 'lodged'), 0)"
    )
    with figures(app.urls.app) as connection:
        row = connection.execute(query, {"run": run}).fetchone()
    return int(row[0]) if row else 0


def is_empty(app: App, run: str) -> bool:
    """Whether nothing is in a run, or nothing any more."""
    with items(app, run, app.store.last_position()) as found:
        return found.fetchone() is None


@contextmanager
def items(app: App, run: str, upto: int) -> Iterator[Cursor[Item]]:
    """The items of a run in the order of its file, as they stood at a position of the log."""
    with (
        figures(app.urls.app) as connection,
        connection.cursor("items", row_factory=class_row(Item)) as cursor,
    ):
        cursor.itersize = PAGE
        yield cursor.execute(_ITEMS, {"run": run, "upto": upto})


def total(app: App, run: str, upto: int) -> tuple[int, int]:
    """The collections of a run and their minor units, as they stood at a position of the log."""
    with figures(app.urls.app) as connection:
        row = connection.execute(_TOTAL, {"run": run, "upto": upto}).fetchone()
    return row or (0, 0)


def instructions(
    app: App, opened: RunOpened, found: Cursor[Item], erased: set[str] | None = None
) -> Iterator[Instruction]:
    """The items of a run as its file has them, the details of their payers opened.

    Raises PayerErasedError; with `erased`, the mandates of erased payers are put there, and theirs
    have no details.
    """
    pages = iter(lambda: found.fetchmany(PAGE), [])
    for page, payers in in_order(app, partial(_payers, opened.sun), pages):
        for item, payer in zip(page, payers, strict=True):
            if payer is None:
                if erased is None:
                    raise PayerErasedError(
                        f"the payer of mandate {item.mandate} was erased: prepare the run again,"
                        " and it is left out"
                    )
                erased.add(item.mandate)
            known = payer or _NOBODY
            yield Instruction(
                payer_sort_code=known.sort_code,
                payer_account=known.account_number,
                payer_name=printed_name(known.name),
                code=item.code,
                account=opened.bank_account,
                amount_minor=item.amount_minor,
                user_name=printed_name(opened.user_name),
                reference=item.mandate,
                processing_on=opened.processing_on,
            )


def _payers(sun: str, app: App, page: list[Item]) -> list[PayerDetails | None]:
    names = {item.mandate: mandate_stream(sun, item.mandate) for item in page}
    states = states_of(app.store, list(names.values()), MandateState)
    sealed = [_sealed(app, states[names[item.mandate]], item.details) for item in page]
    return unseal(app.parties, sealed)


def _sealed(app: App, state: MandateState, number: int) -> SealedDetails:
    """The details of that number: the mandate's own, or those of before a change."""
    sealed = state.sealed if state.details == number else _earlier(app, state, number)
    return SealedDetails(state.party, state.sun, state.mandate, number, sealed)


def _earlier(app: App, state: MandateState, number: int) -> str:
    for event in app.store.history(stream_id(mandate_stream(state.sun, state.mandate))):
        match event.fact:
            case m.MandateDrafted() if number == 1:
                return event.fact.sealed
            case m.MandateAmended() if event.fact.details == number:
                return event.fact.sealed
            case _:
                pass
    raise LookupError(f"mandate {state.mandate} has no bank details {number}")


@contextmanager
def temporary_file(app: App) -> Iterator[Path]:
    """A file in the home that is gone afterwards: it holds bank details."""
    app.settings.home.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=app.settings.home, prefix="run-", suffix=".txt") as file:
        yield Path(file.name)
