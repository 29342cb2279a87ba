"""Find the standing order that is meant, and what its payer quotes."""

import base64

from ledger.ids import standing_order_stream
from ledger.standing_orders import StandingOrderState
from ledger.stream_states import states_of
from service.exits import NOT_FOUND, fail
from service.nearest import nearest
from service.wiring import App

_PREFIX = "standing-order:"


class StandingOrderNotFoundError(LookupError):
    """There is no such standing order, or several; the sentence says which there are."""


def states_by_name(app: App, streams: list[str]) -> dict[str, StandingOrderState]:
    """The standing orders of the streams that exist, by their names."""
    found = states_of(app.store, streams, StandingOrderState)
    return {one.standing_order: one for one in found.values()}


def find_order(app: App, words: str) -> StandingOrderState:
    """The order that `UNIT/NAME` or a name means. Raises StandingOrderNotFoundError."""
    unit, slash, name = words.partition("/")
    if slash and (found := states_by_name(app, [standing_order_stream(unit, name)])):
        return found[name]
    streams = app.store.stream_names(_PREFIX)
    known = {stream.removeprefix(_PREFIX).replace(":", "/", 1): stream for stream in streams}
    meant = [stream for one, stream in known.items() if one.partition("/")[2] == words]
    if len(meant) == 1:
        return next(iter(states_by_name(app, meant).values()))
    if meant:
        several = ", ".join(one for one, stream in known.items() if stream in meant)
        raise StandingOrderNotFoundError(f"{words} is more than one: name one of {several}")
    hint = f"; did you mean {nearest(words, known)}?" if known else ""
    raise StandingOrderNotFoundError(f"there is no standing order {words!r}{hint}")


def sealed_reference(app: App, of: tuple[str, str, str], reference: str | None) -> str | None:
    """What the payer quotes, under the key of his party; of party, unit and standing order."""
    if reference is None:
        return None
    party, unit, name = of
    sealed = app.parties.seal(party, reference.encode(), _bound(unit, name))
    return base64.b64encode(sealed).decode("ascii")


def reference_of(app: App, state: StandingOrderState) -> str | None:
    """What the payer quotes; None when nobody told it or he was erased."""
    if state.sealed_reference is None:
        return None
    kept = base64.b64decode(state.sealed_reference)
    bound = _bound(state.unit, state.standing_order)
    (opened,) = app.parties.unseal_all([(state.party, kept, bound)])
    return None if opened is None else opened.decode()


def _bound(unit: str, name: str) -> bytes:
    return f"standing-order|{unit}|{name}".encode()


def order_of(app: App, words: str) -> StandingOrderState:
    """As `find_order`; ends with NOT_FOUND."""
    try:
        return find_order(app, words)
    except StandingOrderNotFoundError as error:
        fail(str(error), NOT_FOUND)
