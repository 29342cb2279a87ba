"""What the ledger knows about the clues of lines, asked once for a whole batch.

One look-up of the keys of all lines, one each of what is known of their payers by account and by
name, and one of the aliases of those who name no account. So the cost of a line does not depend on
how many accounts or bills there are.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from consumers.matching.clues import Clues
from consumers.matching.states import read_state
from ledger import registers
from ledger.aliases import Alias, AliasState
from ledger.ids import alias_stream, stream_id
from ledger.recorded import RecordedEvent
from ledger.store_values import RegisterRow, StreamRow
from ledger.values import AliasKind

# A payer or a name with more accounts than this points at none: a letting agent, a John Smith.
ACCOUNTS_OF_A_PAYER_MAX = 8

Key = tuple[str, str]


class Reads(Protocol):
    """What matching asks of the store (`ledger.store_reads.StoreReads`)."""

    def registered(self, keys: Sequence[Key]) -> Mapping[Key, RegisterRow]:
        """The register rows of the keys that are taken."""

    def registered_under(
        self, kind: str, prefixes: Sequence[str], each_max: int = 8
    ) -> Mapping[str, tuple[RegisterRow, ...]]:
        """The register rows whose keys begin with a digest and a bar, at most so many of each."""

    def streams(self, stream_ids: Sequence[UUID]) -> Mapping[UUID, StreamRow]:
        """The state rows of the streams that exist."""

    def history(self, stream_id: UUID) -> tuple[RecordedEvent, ...]:
        """All events of a stream, in order."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was found for a batch: by key, and by the digests of payers' accounts and names."""

    keys: Mapping[Key, RegisterRow]
    payers: Mapping[str, tuple[RegisterRow, ...]]
    names: Mapping[str, tuple[RegisterRow, ...]]


def look_up(reads: Reads, clues: Sequence[Clues], unit: str) -> Known:
    """Ask the ledger about the clues of lines of one unit's bank account."""
    keys = dict.fromkeys(key for one in clues for key in _keys(one, unit))
    payers = _distinct(one.payer_account for one in clues)
    names = _distinct(one.payer_name for one in clues)
    return Known(
        reads.registered(list(keys)) if keys else {},
        _under(reads, registers.PAYER, payers),
        _under(reads, registers.NAME, names),
    )


def _under(
    reads: Reads, kind: str, digests: Sequence[str]
) -> Mapping[str, tuple[RegisterRow, ...]]:
    """The accounts of payers or of names, by their digests; one more than are looked at."""
    if not digests:
        return {}
    prefixes = {f"{digest}|": digest for digest in digests}
    found = reads.registered_under(kind, list(prefixes), ACCOUNTS_OF_A_PAYER_MAX + 1)
    return {prefixes[prefix]: rows for prefix, rows in found.items()}


def _distinct(digests: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(digest for digest in digests if digest is not None))


def _keys(clues: Clues, unit: str) -> Iterator[Key]:
    for reference in (*clues.references, *clues.mended):
        yield registers.REFERENCE, reference
    if clues.virtual_account is not None:
        yield registers.VIRTUAL_ACCOUNT, clues.virtual_account
    for number in clues.numbers:
        if number.of != "account":
            yield registers.INVOICE, f"{unit}|{number.text}"
        if number.of != "bill":
            yield registers.ACCOUNT, f"{unit}|{number.text}"


def aliases_of(
    reads: Reads, clues: Iterable[Clues], unit: str
) -> dict[tuple[AliasKind, str], Alias]:
    """The aliases of the payers of lines, by kind and digest; without those that were revoked."""
    payers = dict.fromkeys(payer for one in clues for payer in payers_of(one))
    ids = {stream_id(alias_stream(unit, *payer)): payer for payer in payers}
    rows = reads.streams(list(ids)) if ids else {}
    states = {ids[one]: read_state(reads, row) for one, row in rows.items()}
    return {
        payer: state.alias
        for payer, state in states.items()
        if isinstance(state, AliasState) and state.alias is not None
    }


def payers_of(clues: Clues) -> Iterator[tuple[AliasKind, str]]:
    """The signs by which the payer of a line may have an alias, the surer first."""
    if clues.payer_account is not None:
        yield "account", clues.payer_account
    if clues.payer_name is not None:
        yield "name", clues.payer_name
