"""Finds the mandate and the collection that a report names: by reference, day and amount only.

Never by the payer: one person has several mandates, and a name in a report is not a key.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from consumers.keeping import Digester
from ledger import mandate_events as m
from ledger.account_state import collection_receipt
from ledger.collection import Collection, collection_name, collection_of
from ledger.collection_run import CollectionRunState
from ledger.commands import HoldForEstate
from ledger.ids import collection_run_stream, mandate_stream, stream_id
from ledger.mandate import MandateState
from ledger.store import Store
from ledger.stream_states import states_of


def estate_hold(unit: str, account: str, of: str) -> HoldForEstate:
    """The hold that stops letters and collections of an account whose payer has died.

    `of` is the mandate, or the refund, on which the bank told it.
    """
    return HoldForEstate(
        unit=unit,
        account=account,
        hold=f"DECEASED-{of}",
        kind="other",
        reason="payer deceased, told by the bank: contact the estate",
    )


class FoundCollection(NamedTuple):
    """One collection of a mandate by its name."""

    name: str
    collection: Collection

    @property
    def run(self) -> str:
        """The run that it is in."""
        return self.name.rpartition("/")[0]

    @property
    def receipt(self) -> str:
        """The receipt under which the account is credited with it."""
        return collection_receipt(self.name)


@dataclass(slots=True)
class Mandates:
    """The mandates that the references of a report name, of our own service user numbers."""

    store: Store
    suns: tuple[str, ...]
    digest: Digester | None = None
    _states: dict[str, MandateState | None] = field(default_factory=dict)

    def load(self, references: Iterable[str]) -> None:
        """Read the mandates of many references at once."""
        names = [mandate_stream(sun, one) for one in set(references) for sun in self.suns]
        found = states_of(self.store, names, MandateState)
        self._states = {name: found.get(name) for name in names}

    def named_account(self, sort_code: str | None, number: str | None) -> str | None:
        """The keyed digest of the payer's account that a report names, if it does."""
        if self.digest is None or sort_code is None or number is None:
            return None
        return self.digest(f"{sort_code}-{number}")

    def of(self, reference: str, sun: str | None = None) -> MandateState | None:
        """The mandate of a reference; None when there is none, or of several users several."""
        suns = self.suns if sun is None else (sun,)
        states = (self._states.get(mandate_stream(one, reference)) for one in suns)
        found = [state for state in states if state is not None]
        return found[0] if len(found) == 1 else None

    def collections(
        self, mandate: MandateState, on: date, amount_minor: int
    ) -> Sequence[FoundCollection]:
        """The collections of an amount that were processed, or debited, on a day."""
        kept = [FoundCollection(*one) for one in mandate.collections.items()]
        found = _matching(kept, on, amount_minor)
        return found or _matching(self._all(mandate), on, amount_minor)

    def unreleased(self, mandate: MandateState) -> list[FoundCollection]:
        """The collections of a mandate that are in a run that was not released yet."""
        going = [
            FoundCollection(*one)
            for one in mandate.collections.items()
            if one[1].status == "instructed"
        ]
        runs = {collection_run_stream(one.run): one for one in going}
        states = states_of(self.store, list(runs), CollectionRunState)
        waiting = {name for name, state in states.items() if state.status in ("opened", "written")}
        return [one for one in going if collection_run_stream(one.run) in waiting]

    def _all(self, mandate: MandateState) -> list[FoundCollection]:
        """Every collection that a mandate ever had, with those that left its state."""
        stream = stream_id(mandate_stream(mandate.sun, mandate.mandate))
        all_: dict[str, Collection] = {}
        for event in self.store.history(stream):
            fact = event.fact
            if isinstance(fact, m.CollectionInstructed):
                unpaid = all_.get(fact.represents or "")
                all_[collection_name(fact.run, fact.item)] = collection_of(fact, unpaid)
        return [
            FoundCollection(name, mandate.collections.get(name, one)) for name, one in all_.items()
        ]


def _matching(
    collections: Iterable[FoundCollection], on: date, amount_minor: int
) -> list[FoundCollection]:
    same = [one for one in collections if one.collection.amount_minor == amount_minor]
    processed = [one for one in same if one.collection.processing_on == on]
    return processed or [one for one in same if one.collection.entry_on == on]
