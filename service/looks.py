"""One look at one thing: how it is, in plain words, and what to do when it is not well."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Level(IntEnum):
    """How bad; the number is the exit code of `health` and `doctor`."""

    FINE = 0
    WARNING = 1
    BROKEN = 2


@dataclass(frozen=True, slots=True)
class Look:
    """What was looked at, how it is, and the command that helps; `mend` is empty when all is well.

    `concerns_work` is False for what does not keep a process from working: a supervisor must not
    take a process away because a bank's file is late.
    """

    name: str
    level: Level
    sentence: str
    mend: str = ""
    concerns_work: bool = False

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "name": self.name,
            "level": self.level.name.lower(),
            "sentence": self.sentence,
            "mend": self.mend,
        }


def fine(name: str, sentence: str) -> Look:
    """A look at something that is as it must be."""
    return Look(name, Level.FINE, sentence)


def worst(looks: list[Look]) -> Level:
    """The worst of all."""
    return max((look.level for look in looks), default=Level.FINE)
