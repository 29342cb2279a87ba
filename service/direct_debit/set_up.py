"""Set up mandates: bank details sealed, the reference minted where none is given."""

import uuid
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ledger.account_state import AccountState
from ledger.core_reference import mint
from ledger.ids import account_stream, mandate_stream
from ledger.mandate import MandateState
from ledger.mandate_commands import DraftMandate
from ledger.mandate_events import MandateDrafted
from ledger.recorded import Source
from ledger.rejections import Code
from ledger.requests import Request
from ledger.stream_states import states_of
from ledger.values import Refusal
from service.desk_orders import Order
from service.direct_debit.details import digest, seal
from service.direct_debit.mandates_file import MandateRow
from service.parties import PartyErasedError
from service.wiring import App

ATTEMPTS = 20  # references tried for one account; nobody changes banks so often

EVENTS_OF_A_DRAFT = 4  # at most: the mandate, and the references of its payer


class SetUp(NamedTuple):
    """What became of a row: the mandate, or why there is none."""

    row: MandateRow
    mandate: str | None
    repeated: bool = False
    refusals: tuple[Refusal, ...] = ()


def set_up(app: App, order: Order, rows: Iterable[MandateRow], file: str) -> Iterator[SetUp]:
    """Draft a mandate for each row; a row that was taken before is answered with its mandate."""
    for row in rows:
        yield _one(app, order, row, file)


def _one(app: App, order: Order, row: MandateRow, file: str) -> SetUp:
    originator = app.direct_debit.originator(row.unit)
    stream = account_stream(row.unit, row.account)
    owner = states_of(app.store, [stream], AccountState).get(stream)
    if originator is None or owner is None:
        why = (
            (Code.NOT_AN_ORIGINATOR, f"unit {row.unit} does not collect: see direct-debit.toml")
            if originator is None
            else (Code.ACCOUNT_NOT_OPEN, f"account {row.account} is not open in unit {row.unit}")
        )
        return _refused(row, *why)
    reference = row.reference or _free(app, originator.sun, owner.reference)
    party = owner.party or str(uuid.uuid5(uuid.NAMESPACE_URL, f"payer|{row.unit}|{row.account}"))
    try:
        command = _drafting(app, row, originator.sun, reference, party)
    except PartyErasedError:
        erased = f"the payer of account {row.account} was erased"
        return _refused(row, Code.FIELD_INVALID, f"{erased}: amend the account to its new party")
    request = Request(
        command,
        app.actor(order.actor),
        Source("command", f"{order.verb}: {file}", line=row.line),
        # Sealed anew each time, so a repeat is known by what the row says: account and payer.
        f"mandate|{row.unit}|{row.account}|{command.payer_account_digest}|{row.agreed_on.isoformat()}",
        correlation=f"command|{order.id}",
        content=row.content,
    )
    return _done(app, row, request, reference, dry_run=order.dry_run)


def _refused(row: MandateRow, code: Code, why: str) -> SetUp:
    return SetUp(row, None, refusals=(Refusal(code=code.value, sentence=why),))


def _drafting(app: App, row: MandateRow, sun: str, reference: str, party: str) -> DraftMandate:
    return DraftMandate(
        sun=sun,
        mandate=reference,
        unit=row.unit,
        account=row.account,
        party=party,
        scheme=row.scheme,
        sealed=seal(app.parties, party, (sun, reference, 1), row.details),
        payer_account_digest=digest(app.keeping.digest, row.details),
        details_check=row.check,
        agreed_on=row.agreed_on,
        collect_from=row.collect_from,
        is_migrated=row.is_migrated,
    )


def _done(app: App, row: MandateRow, request: Request, reference: str, *, dry_run: bool) -> SetUp:
    if dry_run:
        outcome = app.ledger.preview(request)
    else:
        (outcome,) = app.ledger.handle([request])
    if outcome.status == "refused":
        return SetUp(row, None, refusals=outcome.refusals)
    if outcome.status == "repeated":
        return SetUp(row, _drafted_at(app, outcome.position) or reference, repeated=True)
    return SetUp(row, reference)


def _drafted_at(app: App, position: int | None) -> str | None:
    """The mandate that was drafted at a place of the log: a repeat has the reference of then."""
    if position is None:
        return None
    drafted = app.store.events_after(position - 1, EVENTS_OF_A_DRAFT)
    return next((one.fact.mandate for one in drafted if isinstance(one.fact, MandateDrafted)), None)


def _free(app: App, sun: str, account_reference: str) -> str:
    """The first reference of the account that no mandate has ever had."""
    names = [mint(account_reference, attempt) for attempt in range(ATTEMPTS)]
    streams = {mandate_stream(sun, name): name for name in names}
    taken = states_of(app.store, list(streams), MandateState)
    return next(name for stream, name in streams.items() if stream not in taken)
