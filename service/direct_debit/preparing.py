"""Prepare a run: instructions to lodge, what is due and was announced, and the file of both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ledger import mandate_commands as mc
from ledger.bacs_days import BacsDays
from ledger.collection_run import CollectionRunState
from ledger.collection_run_commands import OpenRun, RecordRunWritten
from ledger.collection_run_events import RunOpened
from ledger.commands import MandateCommand
from ledger.ids import collection_run_stream, mandate_stream
from ledger.mandate import MandateState
from ledger.rejections import Code
from ledger.represent_rule import represent_until
from ledger.stream_states import states_of
from ledger.values import InstructionCode, Refusal
from service.desk_orders import Order
from service.direct_debit.leaving_out import leave_out_erased
from service.direct_debit.planning import NotCollectingError, days_of, originator_of
from service.direct_debit.run_file import (
    MadeFile,
    NothingToSendError,
    PayerErasedError,
    last_item,
    temporary_file,
    write_file,
)
from service.direct_debit.runs import give_step, run_states
from service.direct_debit.states import (
    announced,
    not_let_go,
    pages,
    rests_on,
    returned,
    standing,
    to_lodge,
)
from service.direct_debit.stopping import stop_left
from service.direct_debit.taking import Running, give, take, taken_before
from service.report_run import catch_up
from service.wiring import App


@dataclass(slots=True)
class Prepared:
    """A run that was prepared: what is in its file, and what was held back and why."""

    opened: RunOpened
    held: list[tuple[str, Refusal]] = field(default_factory=list)
    written: MadeFile | None = None


def prepare(app: App, order: Order, unit: str, entry_on: date) -> Prepared:
    """Put into a run what is due and was announced for a day, and make its file.

    A run that was begun and not released is gone on with: what was taken stays, what has become
    due joins it, and the file is made anew. Raises NotCollectingError and RunRefusedError.
    """
    own = originator_of(app, unit)
    days = days_of(app, entry_on)
    stop_left(app, order, list(run_states(app).values()))
    catch_up(app)
    opened = begun_run(app, unit, entry_on) or _opened(app, order, unit, own.sun, entry_on)
    prepared, before = Prepared(opened), taken_before(app, opened.run)
    item = last_item(app, opened.run) + 1
    for mandates in pages(to_lodge(app, unit, own.sun)):
        lodging = _lodging(app, opened, mandates, item)
        prepared.held += give(app, order, opened, lodging, before)
        item += len(lodging)
    due = _let_go(app, prepared, announced(app, unit, own.sun, entry_on))
    prepared.held += take(app, Running(order, opened, days), due, item, before)
    _write(app, order, prepared)
    return prepared


def _let_go(app: App, prepared: Prepared, due: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is due, without what rests on an instruction that nobody has released."""
    waiting = not_let_go(app, prepared.opened.sun)
    for mandate, _ in due:
        if mandate in waiting:
            why = f"mandate not active: {rests_on(waiting[mandate])}"
            refusal = Refusal(code=Code.COLLECTION_HELD_BACK.value, sentence=why)
            prepared.held.append((mandate, refusal))
    return [one for one in due if one[0] not in waiting]


class Unpaid(NamedTuple):
    """An unpaid collection that may be presented again, and until which processing day."""

    mandate: MandateState
    name: str
    amount_minor: int
    from_entry_on: date
    until: date


def unpaid(app: App, unit: str) -> list[Unpaid]:
    """What came back as refer to payer and may be presented again.

    The payer is told of the return first: `from_entry_on` is the first day after that notice. The
    read models must have caught up. Raises NotCollectingError.
    """
    own = originator_of(app, unit)
    today, days = app.ledger.today(), BacsDays(app.direct_debit.extra_holidays)
    table = app.direct_debit.table_on(today)
    told = dict(returned(app, unit, own.sun))
    found = []
    for page in standing(app, own.sun, list(told)):
        for state in (one.mandate for one in page if not one.mandate.is_ended):
            for name, one in state.collections.items():
                last = represent_until(state, one, today, app.direct_debit)
                if isinstance(last, date) and last >= today:
                    first = days.after(told[state.mandate], table.represent_notice_working_days)
                    found.append(Unpaid(state, name, one.amount_minor, first, last))
    return found


def represent(app: App, order: Order, unit: str, entry_on: date) -> Prepared:
    """Put what came back as refer to payer into the run of a day once more, and make its file.

    Raises NotCollectingError and RunRefusedError.
    """
    own = originator_of(app, unit)
    days = days_of(app, entry_on)
    catch_up(app)
    begun = begun_run(app, unit, entry_on)
    before = taken_before(app, begun.run) if begun else {}
    due = [
        one
        for one in unpaid(app, unit)
        if one.from_entry_on <= entry_on and days.processing_on <= one.until
    ]
    if not due:
        nothing = "nothing came back that may be presented again on"
        raise NotCollectingError(f"{nothing} {entry_on.isoformat()}")
    opened = begun or _opened(app, order, unit, own.sun, entry_on)
    prepared = Prepared(opened)
    first = last_item(app, opened.run) + 1
    commands: list[MandateCommand] = [
        mc.RepresentCollection(
            sun=own.sun,
            mandate=one.mandate.mandate,
            unit=unit,
            account=one.mandate.account,
            collection=one.name,
            run=opened.run,
            item=first + number,
            input_on=days.input_on,
            processing_on=days.processing_on,
            entry_on=entry_on,
        )
        for number, one in enumerate(due)
    ]
    for page in pages(commands):
        prepared.held += give(app, order, opened, page, before)
    _write(app, order, prepared)
    return prepared


def begun_run(app: App, unit: str, entry_on: date) -> RunOpened | None:
    """The run of a day that was begun and not released, if there is one."""
    for state in run_states(app).values():
        opened = state.opened
        is_open = state.status in ("opened", "written")
        if is_open and (opened.unit, opened.entry_on) == (unit, entry_on):
            return opened
    return None


def _opened(app: App, order: Order, unit: str, sun: str, entry_on: date) -> RunOpened:
    taken = run_states(app)
    stem = f"{unit}-{entry_on.isoformat()}"
    name = next(one for n in range(1, 1_000) if (one := f"{stem}-{n}") not in taken)
    give_step(app, order, name, OpenRun(run=name, unit=unit, sun=sun, entry_on=entry_on))
    stream = collection_run_stream(name)
    return states_of(app.store, [stream], CollectionRunState)[stream].opened


def _lodging(
    app: App, opened: RunOpened, mandates: Sequence[str], item: int
) -> list[MandateCommand]:
    streams = [mandate_stream(opened.sun, one) for one in mandates]
    states = states_of(app.store, streams, MandateState).values()
    waiting = [(state, *each) for state in states for each in _waiting(state, opened.run)]
    return [
        mc.LodgeMandate(
            sun=opened.sun,
            mandate=state.mandate,
            run=opened.run,
            item=item + number,
            code=code,
            processing_on=opened.processing_on,
            details=details,
        )
        for number, (state, code, details) in enumerate(waiting)
    ]


def _waiting(state: MandateState, run: str) -> Iterator[tuple[InstructionCode, int | None]]:
    """What its banks are told: first those that the payer has left, by the details there.

    A payer who went back to an account waits until its 0C has gone in a run of its own: a bank that
    gets both in one file may cancel what is new.
    """
    if "draft" in (state.status, state.was) and not state.is_ended:
        return
    told = [one for one in state.former if one.is_held]
    for one in told:
        yield "0C", one.details
    told += [one for one in state.former if one.lodged is not None and one.lodged[0] == run]
    went_back = state.payer_account_digest in [one.payer_account_digest for one in told]
    if state.to_lodge is not None and not (state.to_lodge == "0N" and went_back):
        yield state.to_lodge, None


def _made(app: App, opened: RunOpened) -> MadeFile:
    with temporary_file(app) as draft:
        made = write_file(app, opened, app.store.last_position(), draft)
        app.raw.keep_file(draft)
    return made


def _write(app: App, order: Order, prepared: Prepared) -> None:
    catch_up(app)
    try:
        try:
            written = _made(app, prepared.opened)
        except PayerErasedError:
            prepared.held += leave_out_erased(app, order, prepared.opened)
            written = _made(app, prepared.opened)
    except NothingToSendError:
        return  # all of it was held back or taken out: there is no file of nothing
    step = RecordRunWritten(
        run=prepared.opened.run,
        digest=written.sha256,
        collections=written.collections,
        amount_minor=written.amount_minor,
        instructions=written.instructions,
    )
    give_step(app, order, prepared.opened.run, step)
    prepared.written = written
