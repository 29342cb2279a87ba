"""Finds what a person means: an account, an invoice, or a payment reference."""

import difflib
from collections.abc import Sequence

from ledger import registers
from ledger.ids import account_stream, stream_id
from ledger.references import find
from ledger.store import Store
from service.explain_values import Target

_PREFIX = "account:"
_LIKENESS_MIN = 0.6


class TargetNotFoundError(LookupError):
    """There is no such account or invoice; the sentence names the nearest one."""


class AmbiguousTargetError(ValueError):
    """The word means more than one thing; the sentence lists them."""


def find_target(store: Store, words: str) -> Target:
    """The account or item that `UNIT/ACCOUNT`, `UNIT/INVOICE`, an invoice number, an account
    number or a payment reference names. Raises TargetNotFoundError or AmbiguousTargetError.
    """  # noqa: D205 - the list of what is understood needs two lines
    words = words.strip()
    found = _with_unit(store, words) or _bare(store, words)
    if not found:
        raise TargetNotFoundError(_not_found(store, words))
    if len(found) > 1:
        names = ", ".join(_spelled(target) for target in found)
        raise AmbiguousTargetError(f"{words} is more than one thing: name one of {names}")
    return found[0]


def _with_unit(store: Store, words: str) -> list[Target]:
    unit, slash, rest = words.partition("/")
    if not slash or not rest:
        return []
    if store.streams([stream_id(account_stream(unit, rest))]):
        return [Target(unit, rest)]
    return _held(store, registers.INVOICE, [f"{unit}|{rest}"])


def _held(store: Store, kind: str, keys: Sequence[str]) -> list[Target]:
    rows = store.registered([(kind, key) for key in keys]).values()
    found = []
    for row in rows:
        unit, bar, account = row.holder.partition("|")
        if bar:
            item = row.key.split("|", 1)[1] if kind == registers.INVOICE else None
            found.append(Target(unit, account, item))
    return found


def _bare(store: Store, words: str) -> list[Target]:
    references = find(words)
    if references and (held := _held(store, registers.REFERENCE, references)):
        return held
    units = _units(store)
    keys = [f"{unit}|{words}" for unit in units]
    return _held(store, registers.INVOICE, keys) or _held(store, registers.ACCOUNT, keys)


def _units(store: Store) -> list[str]:
    with store.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT split_part(key, '|', 1) FROM ledger.register WHERE kind = %s",
            (registers.ACCOUNT,),
        )
        return [row[0] for row in cursor.fetchall()]


def _not_found(store: Store, words: str) -> str:
    unit = words.partition("/")[0] if "/" in words else ""
    names = store.stream_names(f"{_PREFIX}{unit}:" if unit else _PREFIX)
    names = names or store.stream_names(_PREFIX)
    accounts = {name.removeprefix(_PREFIX).replace(":", "/", 1) for name in names}
    spelled = {one: one for one in accounts}
    if "/" not in words:
        spelled |= {one.partition("/")[2]: one for one in accounts}
    close = difflib.get_close_matches(words, spelled, n=1, cutoff=_LIKENESS_MIN)
    hint = f"; the nearest account is {spelled[close[0]]}" if close else ""
    return f"there is no account, invoice or payment reference {words!r}{hint}"


def _spelled(target: Target) -> str:
    return f"{target.unit}/{target.item or target.account}"
