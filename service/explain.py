"""Explains a balance: every penny down to its event, and each event down to its source.

An explanation is made from the events themselves, not from the tables that answer reports; then
its sum is compared with those tables and with the state row, and nothing is shown if they differ.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Protocol

from ledger import events as e
from ledger.handle import Ledger
from ledger.ids import account_stream, stream_id
from ledger.recorded import RecordedEvent
from ledger.store import Store
from service.explain_checks import check
from service.explain_lineage import Lineages
from service.explain_lines import Telling, lines_of
from service.explain_money import moved_minor, open_by_part, require_equal, unapplied_of
from service.explain_sentence import sentences
from service.explain_source import trace_of
from service.explain_target import TargetNotFoundError, find_target
from service.explain_terms import day
from service.explain_values import Checks, Explanation, OpenPart, Target
from service.explain_words import Known
from service.raw_files import RawStore


class Asked(Protocol):
    """What an explanation is made from; `service.wiring.App` is one."""

    @property
    def store(self) -> Store:
        """The events."""

    @property
    def ledger(self) -> Ledger:
        """Whose business day it is."""

    @property
    def raw(self) -> RawStore:
        """The kept raw files."""


def explain(
    app: Asked, target: str, as_at: date | None = None, as_known: datetime | None = None
) -> Explanation:
    """Explain an account (`UNIT/ACCOUNT`) or a bill as at a day, as known at a moment; today, now.

    Raises TargetNotFoundError, AmbiguousTargetError, and DoesNotAddUpError when the lines are not
    the balance that every other figure shows.
    """
    found = find_target(app.store, target)
    history = app.store.history(stream_id(account_stream(found.unit, found.account)))
    moment = as_known or max(app.store.now(), history[-1].recorded_at)
    known = [event for event in history if event.recorded_at <= moment]
    if not any(_is_about(event, found) for event in known):
        raise TargetNotFoundError(f"{found} was not known yet on {day(moment.date())}")
    explanation = _explained(app, found, known, as_at or app.ledger.today(), moment)
    return replace(explanation, checks=check(app.store, explanation, history))


def _is_about(event: RecordedEvent, target: Target) -> bool:
    return target.item is None or moved_minor(event.fact, target.item) != 0


def _explained(
    app: Asked, target: Target, known: Sequence[RecordedEvent], as_at: date, moment: datetime
) -> Explanation:
    counted = [event for event in known if event.envelope.effective_on <= as_at]
    telling = Telling(
        known=Known.of(known),
        trace=lambda event: trace_of(event, app.raw),
        lineage=Lineages(app.store.history, lambda event: trace_of(event, app.raw)).of,
        item=target.item,
    )
    lines, others = lines_of(counted, telling)
    parts = _open_parts(counted, target.item, as_at)
    open_minor = sum(part.open_minor for part in parts)
    unapplied = 0 if target.item else unapplied_of(counted)
    balance = sum(line.amount_minor for line in lines)
    require_equal(balance, open_minor - unapplied, f"the lines and what is open on {target}")
    currency = _currency(known[0])
    later = [event for event in known if event not in counted and _is_about(event, target)]
    return Explanation(
        target=target,
        currency=currency,
        as_at=as_at,
        as_known=moment,
        position=known[-1].position,
        sentences=(*sentences(target, currency, lines, parts, unapplied), *_not_counted(later)),
        balance_minor=balance,
        open_minor=open_minor,
        overdue_minor=sum(part.open_minor for part in parts if part.overdue),
        unapplied_minor=unapplied,
        parts=parts,
        lines=lines,
        others=others,
        checks=Checks(None, None, "not compared"),
    )


def _open_parts(
    counted: Sequence[RecordedEvent], item: str | None, as_at: date
) -> tuple[OpenPart, ...]:
    found = open_by_part(counted)
    several = {name for name, number in found if number > 1}
    parts = [
        OpenPart(name, number if name in several else 0, line.due_on, minor, line.due_on < as_at)
        for (name, number), (line, minor) in found.items()
        if item in (None, name)
    ]
    return tuple(sorted(parts, key=lambda part: (part.due_on, part.item, part.number)))


def _currency(first: RecordedEvent) -> str:
    if not isinstance(first.fact, e.AccountOpened):
        raise TypeError(f"an account begins with {first.topic}")
    return first.fact.currency


def _not_counted(later: Sequence[RecordedEvent]) -> tuple[str, ...]:
    if not later:
        return ()
    count = "1 event takes" if len(later) == 1 else f"{len(later)} events take"
    first = min(event.envelope.effective_on for event in later)
    return (f"Not counted here: {count} effect later, from {day(first)}.",)
