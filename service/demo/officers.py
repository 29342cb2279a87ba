"""The officers at their desks: they work from the reports and give commands, each under their name.

What a report does not say (whose money a line in suspense is) they find out by asking; here it is
looked up in what the demo knows. Nothing is prepared for them: the figures decide what they do.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from ledger import commands as c
from ledger.recorded import Source
from ledger.requests import Outcome, Request
from service.demo.council import FIRST_DAY
from service.demo.figures import Figures
from service.demo.files import Council
from service.demo.month_town import Tenant
from service.wiring import App

AMES, BELL = "officer.ames", "officer.bell"
COLE, DEAN, FORD = "senior.cole", "manager.dean", "s151.ford"


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that the ledger would not do, to be shown."""

    on: date
    actor: str
    action: str
    code: str
    sentence: str


@dataclass(slots=True)
class Desk:
    """What all officers share: the ledger, the reports, and a diary of what was done."""

    app: App
    figures: Figures
    council: Council
    rng: Random
    today: date
    last_session: date = FIRST_DAY
    disputes: list[c.PlaceHold] = field(default_factory=list)
    lessons: set[int] = field(default_factory=set)  # years in which something forbidden was tried
    done: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)
    mixed_up: list[tuple[Tenant, str, int]] = field(default_factory=list)  # whose, receipt, pence
    _given: int = 0
    _named: int = 0

    def give(self, actor: str, command: c.AnyCommand, effective_on: date | None = None) -> bool:
        """Give one command; whether it was done. A refusal is written down."""
        return self.give_all(actor, [command], effective_on)[0]

    def give_all(
        self, actor: str, commands: Sequence[c.AnyCommand], effective_on: date | None = None
    ) -> list[bool]:
        """Give commands together, in one append; which of them were done, in their order."""
        if not commands:
            return []
        requests = [self._request(actor, command, effective_on) for command in commands]
        outcomes = self.app.ledger.handle(requests)
        return [
            self._note(request, outcome)
            for request, outcome in zip(requests, outcomes, strict=True)
        ]

    def next_number(self, prefix: str) -> str:
        """A name for a proposal or a hold."""
        self._named += 1
        return f"{prefix}-{self._named:05d}"

    def _request(self, actor: str, command: c.AnyCommand, effective_on: date | None) -> Request:
        self._given += 1
        return Request(
            command=command,
            actor=self.app.actor(actor),
            source=Source("command", "demo"),
            identity=f"demo:{self._given:06d}",
            effective_on=effective_on,
        )

    def _note(self, request: Request, outcome: Outcome) -> bool:
        if outcome.status != "refused":
            self.done[request.command.action] += 1
            return True
        first = outcome.refusals[0]
        self.refused.append(
            Refused(
                self.today, request.actor.id, request.command.action, first.code, first.sentence
            )
        )
        return False

    def scaled(self, of_3000: int) -> int:
        """A number of cases in proportion to the size of the council, at least one."""
        return max(1, of_3000 * self.council.accounts // 3000)
