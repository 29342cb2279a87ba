"""Where the Kafka loop puts its batches: one append, the batch's position in it."""

from collections.abc import Callable, Sequence

from consumers import ports
from consumers.billing_entries import Arrival, from_message
from consumers.generations import generation_name, generation_of
from consumers.keeping import Keeping, PartyDetails, message_bytes
from consumers.message import Message, fingerprint, position_name
from consumers.registry import Registry
from ledger.authority import Actor
from ledger.handle import Ledger
from ledger.requests import Note, Outcome
from ledger.store_values import NEVER_TAKEN, Position, PositionTakenError


class BillingSink:
    """The ledger, seen from the loop over billing topics."""

    def __init__(
        self,
        ledger: Ledger,
        keeping: Keeping,
        actor: Actor,
        cluster_id: str,
        *,
        registry: Registry | None = None,
        on_outcomes: Callable[[Sequence[Outcome]], None] | None = None,
    ) -> None:
        self._ledger = ledger
        self._keeping = keeping
        self._actor = actor
        self._cluster_id = cluster_id
        self._registry = registry
        self._on_outcomes = on_outcomes
        self._generations: dict[str, int] = {}  # of the topics that were taken up
        # by source: the position that our next batch follows, as it was when we were last told
        self._reached: dict[str, int] = {}

    def position(self, topic: str, partition: int) -> int | None:
        """The last offset that is in the ledger; the next batch must follow it."""
        stored = self._ledger.store.position(generation_name(self._cluster_id, topic))
        self._generations[topic] = generation_of(stored).number
        source = self._name(topic, partition)
        found = self._ledger.store.position(source)
        self._reached[source] = NEVER_TAKEN if found is None else found[0]
        return None if found is None else found[0]

    def fingerprint(self, topic: str, partition: int) -> str | None:
        """The fingerprint of the message at that offset."""
        found = self._ledger.store.position(self._name(topic, partition))
        return None if found is None else found[1]

    def _name(self, topic: str, partition: int) -> str:
        return position_name(self._cluster_id, topic, partition, self._generations.get(topic, 0))

    def take(self, messages: Sequence[Message]) -> None:
        """Decide and append one batch of one partition, with its last offset."""
        last = messages[-1]
        today = self._ledger.today()
        arrivals = [
            from_message(message, self._actor, today, self._registry, self._keeping.digest)
            for message in messages
        ]
        source = self._name(last.topic, last.partition)
        if source not in self._reached:
            self.position(last.topic, last.partition)
            source = self._name(last.topic, last.partition)
        try:
            outcomes = self._ledger.handle(
                [arrival.entry for arrival in arrivals],
                Position(source, last.offset, fingerprint(last), self._reached[source]),
                lambda decided: keep_beside(self._keeping, arrivals, decided),
            )
        except PositionTakenError as error:
            raise ports.PositionTakenError(str(error)) from error
        self._reached[source] = last.offset
        if self._on_outcomes is not None:
            self._on_outcomes([_told(*both) for both in zip(arrivals, outcomes, strict=True)])


def _told(arrival: Arrival, outcome: Outcome) -> Outcome:
    """The outcome as its sender sees it: what was posted for a Note is the record of a refusal."""
    if isinstance(arrival.entry, Note) and outcome.status == "posted":
        return outcome._replace(status="refused")
    return outcome


def keep_beside(keeping: Keeping, arrivals: Sequence[Arrival], outcomes: Sequence[Outcome]) -> None:
    """Keep what the events will point at: the bytes of what is refused, the persons of accounts."""
    persons: list[tuple[str, PartyDetails]] = []
    unposted_bytes: list[bytes] = []
    for arrival, outcome in zip(arrivals, outcomes, strict=True):
        unposted = outcome.status == "refused" or isinstance(arrival.entry, Note)
        if unposted and arrival.keep is not None:
            unposted_bytes.append(message_bytes(arrival.keep))
        if outcome.status == "posted" and arrival.party is not None:
            persons.append(arrival.party)
    if unposted_bytes:
        keeping.raw.keep_all(unposted_bytes)
    if persons:
        keeping.parties.put_all(persons)
