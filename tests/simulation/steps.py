"""What can happen in a simulated council: plain values that print as the code that makes them."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

FaultKind: TypeAlias = Literal["crash", "lost", "officer"]


class Fault(NamedTuple):
    """Something that goes wrong at the nth call of the store within one step.

    `crash`: the process is gone, before or after the call took effect. `lost`: the connection is
    lost there and the process lives. `officer`: somebody else appends to the same account there.
    """

    kind: FaultKind
    call: int


class Send(NamedTuple):
    """A publisher puts a message into a partition: its id, and what it says."""

    partition: int
    message: str
    record: Mapping[str, Any]


class Take(NamedTuple):
    """A consumer turns its loop once, with at most so many messages of each partition."""

    batch: int
    consumer: int = 0
    fault: Fault | None = None


class Restart(NamedTuple):
    """A consumer is stopped and begun again."""

    consumer: int = 0


class Clock(NamedTuple):
    """The clock jumps, forwards or backwards."""

    seconds: int


class BankFile(NamedTuple):
    """A statement is offered: its number, lines of (account or none, pence); perhaps cut off."""

    number: int
    lines: tuple[tuple[str | None, int], ...]
    cut: bool = False
    fault: Fault | None = None


class Ask(NamedTuple):
    """An officer gives a command; the same identity again is the same command tried again."""

    identity: str
    actor: str
    action: str
    fields: Mapping[str, Any]
    fault: Fault | None = None


class Project(NamedTuple):
    """The projector folds pages of so many events; with `dies_on`, it dies within that page."""

    page: int
    dies_on: int | None = None


class Check(NamedTuple):
    """Everything is compared with the reference."""


Step: TypeAlias = Send | Take | Restart | Clock | BankFile | Ask | Project | Check
