"""What a check of the whole log returns: findings, never exceptions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

FINDINGS_MAX = 1_000  # of one check; a ledger that is wrong everywhere needs no longer list

OnProgress: TypeAlias = Callable[[int], None]  # told how many more events have been looked at


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which check says so, where, and a sentence for a person.

    `position` is the first position that is touched, None when the thing has none. `stream` is
    the stream's name, or its id when nothing tells the name.
    """

    check: str
    position: int | None
    stream: str | None
    sentence: str


@dataclass(slots=True)
class Findings:
    """The findings of one check, bounded."""

    check: str
    found: list[Finding] = field(default_factory=list)

    def add(self, sentence: str, position: int | None = None, stream: str | None = None) -> None:
        """Note one; beyond the limit only the fact that there are more."""
        if len(self.found) < FINDINGS_MAX:
            self.found.append(Finding(self.check, position, stream, sentence))
        elif len(self.found) == FINDINGS_MAX:
            more = f"more than {FINDINGS_MAX} findings: the rest is not listed"
            self.found.append(Finding(self.check, None, None, more))


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings with the first bad position first; those without a position last."""
    return tuple(sorted(findings, key=lambda one: (one.position is None, one.position or 0)))


def nowhere(steps: int) -> None:
    """The progress of a check that nobody watches."""
