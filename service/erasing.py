"""Erase a debtor: the key first, then every mandate whose bank details nobody can read any more."""

from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from consumers.billing import party_id
from ledger.account_state import AccountState
from ledger.ids import account_stream, mandate_stream
from ledger.mandate import MandateState
from ledger.mandate_commands import EndMandate
from ledger.recorded import Source
from ledger.requests import Request
from ledger.stream_states import states_of
from service.parties import PartyUnknownError
from service.reading import figures
from service.report_run import catch_up
from service.wiring import App

VERB = "erase a person"
_MANDATES = """
    SELECT sun, mandate FROM reporting.mandate_events
    WHERE kind = 'drafted' AND unit = %(unit)s AND account = %(account)s
    ORDER BY sun, mandate
"""


class ErasedMandate(NamedTuple):
    """A mandate that nothing can be sent on any more; whether its bank still has the instruction.

    Such a bank can be told by no file: somebody must write to it.
    """

    mandate: str
    is_held: bool


class Erasure(NamedTuple):
    """What was done: keys destroyed now, whether there was a record, and the mandates ended."""

    keys: int
    had_record: bool
    mandates: tuple[ErasedMandate, ...]

    def __str__(self) -> str:
        """A sentence for the person who asked for it."""
        what = "record" if self.had_record else "sealed bank details only, there was no record"
        done = f"erased: {what}" if self.keys else f"was erased before: {what}"
        ended = [f"; mandate {one.mandate} is ended" + _told(one) for one in self.mandates]
        return "".join((done, *ended))


def _told(one: ErasedMandate) -> str:
    return ", and its bank still has the instruction: write to it" if one.is_held else ""


def erase_debtor(app: App, unit: str, account: str, actor: str) -> Erasure:
    """Destroy the keys of an account's debtor and payers. Raises PartyUnknownError without any.

    A mandate is ended after the key is gone; one that a crash leaves is ended by the next run.
    """
    catch_up(app)
    stream = account_stream(unit, account)
    owner = states_of(app.store, [stream], AccountState).get(stream)
    mandates = _mandates(app, unit, account)
    parties = [party_id(unit, account), owner.party if owner else None]
    asked = dict.fromkeys([*filter(None, parties), *(one.party for one in mandates)])
    done = []
    for party in asked:
        with suppress(PartyUnknownError):
            done.append(app.parties.erase(party))
    if not done:
        raise PartyUnknownError(f"nothing was ever kept of the debtor of {unit}/{account}")
    ended = end_erased(app, mandates, actor)
    keys = sum(one.key for one in done)
    return Erasure(keys, any(one.record for one in done), ended)


def _mandates(app: App, unit: str, account: str) -> list[MandateState]:
    with figures(app.urls.app) as connection:
        place = {"unit": unit, "account": account}
        names = [mandate_stream(*row) for row in connection.execute(_MANDATES, place)]
    return list(states_of(app.store, names, MandateState).values())


def end_erased(app: App, mandates: Iterable[MandateState], actor: str) -> tuple[ErasedMandate, ...]:
    """End the mandates of payers who were erased; those that were ended by it."""
    all_ = list(mandates)
    requests = [
        Request(
            EndMandate(sun=one.sun, mandate=one.mandate, end="erased"),
            app.actor(actor),
            Source("command", VERB),
            f"mandate|{one.sun}|{one.mandate}|erased",
        )
        for one in all_
    ]
    outcomes = app.ledger.handle(requests) if requests else ()
    return tuple(
        ErasedMandate(one.mandate, one.is_held)
        for one, outcome in zip(all_, outcomes, strict=True)
        if outcome.status == "posted"
    )
