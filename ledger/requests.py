"""What a source hands in: a command with its circumstances, or facts that need no decision.

Every input has an identity (its message id, its file and line, its command id). The same identity
with the same content is the same input: it has no second effect and gets the first answer.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal, NamedTuple, TypeAlias

from ledger import commands as c
from ledger.account_state import Dated
from ledger.authority import Actor
from ledger.recorded import Source
from ledger.values import Refusal


class IntakeOf(NamedTuple):
    """Whose refusal is to be recorded, and where: the stream of its source.

    `kept` gives the SHA-256, hexadecimal, under which the input's bytes are kept for a later
    retry; it is asked only when there is a refusal to record.
    """

    stream: str
    kind: str
    kept: Callable[[], str]


class Request(NamedTuple):
    """One command, who gives it, where it came from, and for when.

    `content` is the digest of the input's bytes; without it the command itself is digested.
    `intake` is present when a refusal shall be recorded as an event of the source.
    """

    command: c.AnyCommand
    actor: Actor
    source: Source
    identity: str
    effective_on: date | None = None
    correlation: str | None = None
    causation: str | None = None
    approver: str | None = None
    content: bytes | None = None
    intake: IntakeOf | None = None

    def digest(self) -> bytes:
        """SHA-256 of the content, by which a repeat is told from a conflict."""
        return self.content if self.content is not None else self.named_digest()

    def named_digest(self) -> bytes:
        """SHA-256 of what is asked for and from which date, under whatever message it came."""
        return digest_of(self.command, self.effective_on)


class Note(NamedTuple):
    """Facts of a source's own stream, recorded as they are: what was unreadable, what was read."""

    stream: str
    facts: Sequence[Dated]
    actor: Actor
    source: Source
    identity: str
    content: bytes


Entry: TypeAlias = Request | Note


class Outcome(NamedTuple):
    """What became of one entry.

    `posted`: its facts are in the log from `position` on. `repeated`: it was posted before, at
    `position`. `refused`: nothing was posted, and `refusals` say why.
    """

    status: Literal["posted", "repeated", "refused"]
    facts: tuple[Dated, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    position: int | None = None


def digest_of(command: c.AnyCommand, effective_on: date | None = None) -> bytes:
    """SHA-256 of a command's canonical JSON, its name, and the date that was asked for with it."""
    text = f"{type(command).__name__}|{command.model_dump_json(exclude_none=True)}"
    if effective_on is not None:
        text += f"|{effective_on.isoformat()}"
    return hashlib.sha256(text.encode()).digest()
