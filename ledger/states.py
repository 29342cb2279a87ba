"""The states of the streams that decide a command."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from ledger.decision import Decision
from ledger.streams import StreamState

_T = TypeVar("_T")
Decided: TypeAlias = list[tuple[str, Decision]]  # the facts by the name of their stream


class States:
    """The states of the streams that decide a command, in the order of its decider."""

    def __init__(self, names: list[str], state_of: Callable[[str], StreamState]) -> None:
        self.names = names
        self._state_of = state_of

    def of(self, place: int, kind: type[_T]) -> _T | None:
        """The state of the stream at a place; None when it does not exist."""
        state = self._state_of(self.names[place])
        return state if isinstance(state, kind) else None

    def at(self, name: str, kind: type[_T]) -> _T | None:
        """The state of any stream of that kind that was read for the command, by its name."""
        state = self._state_of(name)
        return state if isinstance(state, kind) else None
