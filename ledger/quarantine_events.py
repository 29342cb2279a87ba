"""The facts of quarantine: which account or receipt was stopped because its books cannot be right.

A stream that is stopped takes no command until a person has looked and released it.
"""

from typing import ClassVar

from ledger.values import Fact


class QuarantineFact(Fact):
    """A fact about one stream, by its name, such as `account:HSG:100234`."""

    stream: str


class StreamQuarantined(QuarantineFact):
    """An invariant broke: nothing is posted there until it is released.

    `breach` says in words what is wrong, `message` is the input in whose work it came to light,
    and `stopped_by` who gave that input: another person must release it.
    """

    topic: ClassVar[str] = "stream-quarantined.v1"
    breach: str
    message: str
    stopped_by: str


class StreamReleased(QuarantineFact):
    """A person looked, put right what was wrong, and lets the stream take commands again."""

    topic: ClassVar[str] = "stream-released.v1"
    reason: str
