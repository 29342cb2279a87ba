"""Quarantine as one attempt at a batch sees it: what is stopped, and what must be."""

from collections.abc import Mapping
from typing import Any

from ledger.commands import AnyCommand
from ledger.ids import QUARANTINABLE
from ledger.invariants import Breach, InvariantBrokenError, StreamBrokenError
from ledger.limits import QUARANTINED_STREAMS_MAX
from ledger.quarantine import refused, stopped
from ledger.quarantine_events import StreamQuarantined
from ledger.recorded import NewerEventError
from ledger.requests import Request
from ledger.touched import decided_by


class RoundQuarantine:
    """What broke in earlier attempts at this batch, and the states that could not be read."""

    def __init__(self, breaches: Mapping[int, Breach]) -> None:
        self.facts: list[StreamQuarantined] = []  # in the order in which streams were stopped
        self._breaches = breaches
        self._unreadable: dict[str, StreamBrokenError] = {}

    def cannot_read(self, name: str, error: Exception) -> None:
        """Keep for later that a state cannot be read: it concerns who needs it.

        Raises the error again when it is not that of one account or receipt.
        """
        # What a newer version wrote is nothing wrong with the stream: this program must end.
        if isinstance(error, NewerEventError) or not name.startswith(QUARANTINABLE):
            raise error
        self._unreadable[name] = StreamBrokenError(name, error)

    def breach_at(self, place: int, request: Request) -> StreamQuarantined | None:
        """The fact to record in the place of an entry that broke something."""
        breach = self._breaches.get(place)
        if breach is None:
            return None
        fact = StreamQuarantined(
            stream=breach.stream,
            breach=breach.sentence,
            message=request.identity,
            stopped_by=request.actor.id,
        )
        self.facts.append(fact)
        return fact

    def refuse(self, state: Any, command: AnyCommand) -> None:  # noqa: ANN401 - the state of any kind of stream
        """Refuse a command to a stream that is stopped, by the state of the quarantine.

        Raises StreamBrokenError for one that has to be.
        """
        halted = stopped(state)
        if not halted and not self._unreadable:
            return
        if len(halted) > QUARANTINED_STREAMS_MAX:
            raise InvariantBrokenError(
                f"{len(halted)} streams are stopped: the program is at fault"
            )
        for name in decided_by(command):
            if name in halted:
                raise refused(name, halted[name])
            if name in self._unreadable:
                raise self._unreadable[name]
