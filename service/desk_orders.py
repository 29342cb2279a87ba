"""Commands that an officer gives at a desk: one or several, all of them or none, or only tried."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.commands import AnyCommand
from ledger.handle import Ledger
from ledger.postings import postings_of
from ledger.recorded import Source
from ledger.requests import Outcome, Request
from ledger.values import Refusal
from service.wiring import App


@dataclass(frozen=True, slots=True)
class Order:
    """Who gives commands, under which id, for when, and whether they are only tried.

    The same id with the same commands is the same order: it is done once.
    """

    actor: str
    id: str
    verb: str
    effective_on: date | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What became of the commands of an order, in their sequence.

    When one is refused none is done; `outcomes` then holds the refused ones only.
    """

    outcomes: tuple[Outcome, ...]
    dry_run: bool

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Why nothing was done; empty when it was, or would be."""
        return tuple(refusal for outcome in self.outcomes for refusal in outcome.refusals)

    @property
    def status(self) -> str:
        """`posted`, `repeated` or `refused`, for all commands together."""
        if self.refusals:
            return "refused"
        posted = any(outcome.status == "posted" for outcome in self.outcomes)
        return "posted" if posted else "repeated"

    def as_json(self) -> dict[str, Any]:
        """For a script; amounts are pence."""
        return {
            "status": self.status,
            "dry_run": self.dry_run,
            "refusals": [refusal.model_dump() for refusal in self.refusals],
            "outcomes": [outcome_json(outcome) for outcome in self.outcomes],
        }


class _NotDoneError(Exception):
    """Nothing shall be appended: the outcomes are all that was wanted, or one is a refusal."""

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        super().__init__("nothing was appended")
        self.outcomes = outcomes


def give(app: App, order: Order, commands: Sequence[AnyCommand]) -> Given:
    """Give the commands in one append: each sees what those before it did, and all post or none."""
    requests = requests_of(app, order, commands)
    outcomes = tried(app.ledger, requests, dry_run=order.dry_run, together=True)
    refused = tuple(outcome for outcome in outcomes if outcome.status == "refused")
    return Given(refused or outcomes, order.dry_run)


def requests_of(app: App, order: Order, commands: Sequence[AnyCommand]) -> list[Request]:
    """The commands as requests of the order, each with an identity of its own."""
    actor, source = app.actor(order.actor), Source("command", order.verb)
    return [
        Request(
            command,
            actor,
            source,
            f"command|{order.id}|{number}" if number else f"command|{order.id}",
            effective_on=order.effective_on,
            correlation=f"command|{order.id}",
        )
        for number, command in enumerate(commands)
    ]


def tried(
    ledger: Ledger, requests: Sequence[Request], *, dry_run: bool, together: bool = False
) -> tuple[Outcome, ...]:
    """Do the requests in one append, or only decide them; `together` does all of them or none."""

    def look(outcomes: tuple[Outcome, ...]) -> None:
        # The ledger would append what is not refused. One alone posts nothing when it is refused,
        # but it may have stopped its account, and that must be kept.
        refused = len(requests) > 1 and any(outcome.status == "refused" for outcome in outcomes)
        if dry_run or (together and refused):
            raise _NotDoneError(outcomes)

    try:
        return ledger.handle(requests, before_append=look)
    except _NotDoneError as stopped:
        return stopped.outcomes


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """One outcome for a script: its events with their postings, or why it was refused."""
    return {
        "status": outcome.status,
        "position": outcome.position,
        "refusals": [refusal.model_dump() for refusal in outcome.refusals],
        "events": [
            {
                "topic": dated.fact.topic,
                "effective_on": dated.effective_on.isoformat(),
                "data": dated.fact.model_dump(mode="json", exclude_none=True),
                "postings": [
                    {
                        "unit": line.unit,
                        "gl_account": line.gl_account,
                        "amount_minor": line.amount_minor,
                    }
                    for line in postings_of(dated.fact)
                ],
            }
            for dated in outcome.facts
        ],
    }
