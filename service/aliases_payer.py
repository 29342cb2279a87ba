"""Who paid a receipt, as far as the ledger may know: digests of a bank account and of a name."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger import events as e
from ledger import suspense_events as s
from ledger.ids import account_stream, stream_id
from ledger.receipt import ReceiptState
from ledger.values import AliasKind
from service.suspense_desk_receipts import (
    ReceiptNotFoundError,
    find_receipt,
    history_of,
    place_of,
)
from service.wiring import App


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer of a unit: a digest, and what of him it is the digest of."""

    unit: str
    kind: AliasKind
    digest: str


@dataclass(frozen=True, slots=True)
class Paid:
    """A receipt as far as it concerns its payer, the surest name of him first.

    `places` are the accounts (unit, account) that it was found to belong to.
    """

    receipt: str
    amount_minor: int
    payers: tuple[Payer, ...]
    places: tuple[tuple[str, str], ...]


def paid_of(app: App, word: str) -> Paid:
    """The receipt, in suspense or on an account. Raises ReceiptNotFoundError."""
    place = place_of(app, word.strip())
    if place is not None:
        unit, _, account = place.partition("/")
        return _on_account(app, word.strip(), unit, account)
    state = find_receipt(app, word)
    facts = [event.fact for event in history_of(app, state.receipt)]
    found = [(f.to_unit, f.to_account) for f in facts if isinstance(f, s.SuspenseIdentified)]
    return Paid(state.receipt, state.amount_minor, payers_of(state), tuple(dict.fromkeys(found)))


def payers_of(state: ReceiptState) -> tuple[Payer, ...]:
    """The names of the payer of a receipt in suspense."""
    return _payers(state.unit, state.payer_account_digest, state.payer_digest)


def _on_account(app: App, receipt: str, unit: str, account: str) -> Paid:
    history = app.store.history(stream_id(account_stream(unit, account)))
    received = (event.fact for event in history if isinstance(event.fact, e.PaymentReceived))
    fact = next((one for one in received if one.receipt == receipt), None)
    if fact is None:
        raise ReceiptNotFoundError(f"receipt {receipt} is no payment of {unit}/{account}")
    payers = _payers(unit, fact.payer_account_digest, fact.payer_digest)
    return Paid(receipt, fact.amount_minor, payers, ((unit, account),))


def _payers(unit: str, account: str | None, name: str | None) -> tuple[Payer, ...]:
    kinds: Iterable[tuple[AliasKind, str | None]] = (("account", account), ("name", name))
    return tuple(Payer(unit, kind, digest) for kind, digest in kinds if digest is not None)
