"""Payers who were erased since their items were put into a run: nothing can be written of them."""

from collections.abc import Iterator

from ledger.collection_run_events import RunOpened
from ledger.commands import AnyCommand
from ledger.ids import mandate_stream
from ledger.mandate import MandateState
from ledger.mandate_commands import StopCollection, StopLodgement
from ledger.recorded import Source
from ledger.rejections import Code
from ledger.requests import Request
from ledger.stream_states import states_of
from ledger.values import Refusal
from service.desk_orders import Order
from service.direct_debit.run_file import Item, instructions, items
from service.direct_debit.taking import Refused
from service.erasing import end_erased
from service.report_run import catch_up
from service.wiring import App

WHY = "its payer was erased: nothing can be written of it"


def leave_out_erased(app: App, order: Order, opened: RunOpened) -> list[Refused]:
    """Take what is of erased payers out of a run and end their mandates; which those were."""
    names, upto = set[str](), app.store.last_position()
    with items(app, opened.run, upto) as found:
        for _ in instructions(app, opened, found, names):
            pass
    with items(app, opened.run, upto) as found:
        theirs = [one for one in found if one.mandate in names]
    requests = [
        Request(
            command,
            app.actor(order.actor),
            Source("command", order.verb),
            f"erased|{opened.run}|{item}",
            correlation=f"run|{opened.run}",
        )
        for item, command in _commands(opened, theirs)
    ]
    if requests:
        app.ledger.handle(requests)
    streams = [mandate_stream(opened.sun, one) for one in sorted(names)]
    end_erased(app, states_of(app.store, streams, MandateState).values(), order.actor)
    catch_up(app)
    refusal = Refusal(code=Code.COLLECTION_HELD_BACK.value, sentence=WHY)
    return [(name, refusal) for name in sorted(names)]


def _commands(opened: RunOpened, theirs: list[Item]) -> Iterator[tuple[int, AnyCommand]]:
    for one in theirs:
        what = {"sun": opened.sun, "mandate": one.mandate, "reason": WHY}
        if one.collection is None:
            yield one.item, StopLodgement(run=opened.run, item=one.item, how="abandoned", **what)
        else:
            yield one.item, StopCollection(collection=one.collection, how="abandoned", **what)
