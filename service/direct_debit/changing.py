"""Another bank account of a mandate's payer, as the payer tells us: sealed, and lodged anew."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from consumers.keeping import SealedDetails
from ledger.ids import mandate_stream
from ledger.mandate import MandateState
from ledger.mandate_commands import AmendMandate
from ledger.recorded import Source
from ledger.rejections import Code
from ledger.requests import Request
from ledger.stream_states import states_of
from ledger.values import Refusal
from service.desk_orders import Order, tried
from service.direct_debit.details import digest, seal, unseal
from service.direct_debit.mandates_file import ChangeRow
from service.wiring import App


class Changed(NamedTuple):
    """What became of a row: whether both banks must be told, or why nothing was changed."""

    row: ChangeRow
    relodged: bool = False
    refusals: tuple[Refusal, ...] = ()


def change_accounts(
    app: App, order: Order, rows: Iterable[ChangeRow], reason: str
) -> Iterator[Changed]:
    """Take the new account of each row.

    The next run tells the old bank (0C) and the new one (0N); another name of the same account is
    told to nobody. Raises the errors of `service.parties`.
    """
    for row in rows:
        states = mandates_of(app, row.reference)
        if len(states) != 1:
            why = f"there is no mandate {row.reference}, or one of several service users"
            yield _refused(row, Code.MANDATE_NOT_FOUND, why)
            continue
        yield _one(app, order, row, states[0], reason)


def mandates_of(app: App, reference: str) -> list[MandateState]:
    """The mandates of a reference: of every service user number that collects here."""
    suns = dict.fromkeys(one.sun for one in app.direct_debit.originators)
    names = [mandate_stream(sun, reference) for sun in suns]
    return list(states_of(app.store, names, MandateState).values())


def _one(app: App, order: Order, row: ChangeRow, state: MandateState, reason: str) -> Changed:
    kept = SealedDetails(state.party, state.sun, state.mandate, state.details, state.sealed)
    (before,) = unseal(app.parties, [kept])
    if before is None:
        return _refused(row, Code.MANDATE_ENDED, f"the payer of {row.reference} was erased")
    if before == row.details:
        why = f"mandate {row.reference} has this account and name already"
        return _refused(row, Code.NOTHING_TO_CHANGE, why)
    number = state.details + 1
    command = AmendMandate(
        sun=state.sun,
        mandate=state.mandate,
        sealed=seal(app.parties, state.party, (state.sun, state.mandate, number), row.details),
        payer_account_digest=digest(app.keeping.digest, row.details),
        details_check=row.check,
        reason=reason,
        details=number,
    )
    request = Request(
        command,
        app.actor(order.actor),
        Source("command", order.verb, line=row.line),
        f"command|{order.id}|{row.line}",
        correlation=f"command|{order.id}",
        content=row.content,  # sealed anew each time
    )
    (outcome,) = tried(app.ledger, [request], dry_run=order.dry_run)
    relodged = any(getattr(one.fact, "relodge", False) for one in outcome.facts)
    return Changed(row, relodged, outcome.refusals)


def _refused(row: ChangeRow, code: Code, why: str) -> Changed:
    return Changed(row, refusals=(Refusal(code=code.value, sentence=why),))
