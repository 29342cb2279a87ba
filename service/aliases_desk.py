"""Payers that are known: which payer's money is taken for which account, and since when.

A payer is a keyed digest; an officer names one by the first digits of it, or by a receipt of his.
"""

from collections.abc import Sequence

from ledger.alias_commands import ProposePayerAlias
from ledger.aliases import AliasState
from ledger.ids import alias_stream
from ledger.stream_states import states_of
from ledger.values import AliasKind
from service.aliases_payer import Paid, Payer, paid_of
from service.suspense_desk_receipts import ReceiptNotFoundError
from service.wiring import App

SHOWN_DIGITS = 8  # of a digest on the screen: enough to tell some ten thousand payers apart
_PREFIX = "alias:"
_DIGITS_MIN = 4
_NAMED_MAX = 5


class AliasNotFoundError(LookupError):
    """No known payer is meant, or several; the sentence says what was not understood."""


class PayerUnknownError(LookupError):
    """The line of a receipt names no payer, or not in the way that was asked for."""


def listed(app: App, unit: str | None = None) -> list[AliasState]:
    """Every payer of whom something was said, by unit and digest."""
    names = app.store.stream_names(_PREFIX if unit is None else f"{_PREFIX}{unit}:")
    return _states(app, names)


def find_alias(app: App, word: str) -> AliasState:
    """A payer by the first digits of his digest, or by a receipt. Raises AliasNotFoundError."""
    names = app.store.stream_names(_PREFIX)
    found = _of_digits(names, word.strip().lower()) or _of_receipt(app, names, word)
    if not found:
        raise AliasNotFoundError(f"nothing was said of a payer {word!r}: see tallystick alias list")
    if len(found) > 1:
        named = ", ".join(_spelled(name) for name in found[:_NAMED_MAX])
        raise AliasNotFoundError(f"{word!r} is more than one payer: name one of {named}")
    return _states(app, found)[0]


def is_known(app: App, payer: Payer) -> bool:
    """Whether an alias of a payer is in force, or waits to be."""
    found = _states(app, [alias_stream(payer.unit, payer.kind, payer.digest)])
    return bool(found) and (found[0].alias is not None or found[0].proposal is not None)


def in_force(app: App, command: ProposePayerAlias) -> bool:
    """Whether what a command asks for is in force already."""
    found = _states(app, [alias_stream(command.unit, command.kind, command.digest)])
    known = found[0].alias if found else None
    return known is not None and (known.to_unit, known.to_account) == (
        command.to_unit,
        command.to_account,
    )


def proposal(
    paid: Paid, place: tuple[str, str], reason: str, kind: AliasKind | None = None
) -> ProposePayerAlias:
    """The command that asks to remember the payer of a receipt. Raises PayerUnknownError.

    Without a kind by the bank account, which only one payer has, else by the name.
    """
    payer = next((one for one in paid.payers if kind in (None, one.kind)), None)
    if payer is None:
        what = {None: "a payer", "account": "a payer's account", "name": "a payer's name"}[kind]
        raise PayerUnknownError(f"the line of receipt {paid.receipt} does not say {what}")
    return ProposePayerAlias(
        unit=payer.unit,
        kind=payer.kind,
        digest=payer.digest,
        to_unit=place[0],
        to_account=place[1],
        from_receipt=paid.receipt,
        amount_minor=paid.amount_minor,
        reason=reason,
    )


def _of_digits(names: Sequence[str], digits: str) -> list[str]:
    if len(digits) < _DIGITS_MIN:
        return []
    return [name for name in names if name.rpartition(":")[2].startswith(digits)]


def _of_receipt(app: App, names: Sequence[str], word: str) -> list[str]:
    try:
        payers = paid_of(app, word).payers
    except ReceiptNotFoundError:
        return []
    own = [alias_stream(one.unit, one.kind, one.digest) for one in payers]
    return [name for name in own if name in names]


def _spelled(name: str) -> str:
    _, unit, kind, digest = name.split(":", 3)
    return f"{digest[:SHOWN_DIGITS]} ({unit}, {kind})"


def _states(app: App, names: Sequence[str]) -> list[AliasState]:
    return list(states_of(app.store, names, AliasState).values())
