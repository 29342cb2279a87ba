"""Post matched bank lines in one batch: each ends on its account, in suspense, or set aside.

A batch is worked off by itself, with the ledger and what the batch says alone, so that several
processes can work off batches of one statement at the same time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from consumers.bank_lines import Posting, entry, suspended_instead
from consumers.bank_rows import is_conflict, quarantined_line, quarantined_row
from consumers.formats.statement import BadRow, BankLine
from consumers.intake_parts import IntakeParts
from consumers.matching.match import Matched
from ledger.requests import Entry, Note, Outcome, Request

PartName: TypeAlias = Literal["posted", "suspended", "other", "quarantined", "duplicates"]


@dataclass(frozen=True, slots=True)
class MatchedLine:
    """A bank line with its identity and whose money it is."""

    line: BankLine
    identity: str
    matched: Matched


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one line: its part of the report, its amount, and why it was set aside."""

    part: PartName
    amount_minor: int
    line: int
    why: str | None = None


def post_lines(
    parts: IntakeParts, posting: Posting, batch: Sequence[MatchedLine | BadRow]
) -> list[Posted]:
    """Post a batch; what became of each line, in their order."""
    entries = [_entry(one, parts, posting) for one in batch]
    outcomes = list(parts.ledger.handle(entries))
    _suspend_refused(parts, entries, outcomes)
    _record_refused(parts, posting, entries, outcomes)
    return [
        _posted(one, made, outcome)
        for one, made, outcome in zip(batch, entries, outcomes, strict=True)
    ]


def _entry(one: MatchedLine | BadRow, parts: IntakeParts, posting: Posting) -> Entry:
    if isinstance(one, BadRow):
        return quarantined_row(one, posting.place, parts)
    return entry(one.line, one.identity, one.matched, posting)


def _suspend_refused(parts: IntakeParts, entries: list[Entry], outcomes: list[Outcome]) -> None:
    """Money that its account refused stands in suspense: the bank has it, so must we."""
    again = {
        index: suspended_instead(made, outcome.refusals[0].code)
        for index, (made, outcome) in enumerate(zip(entries, outcomes, strict=True))
        if outcome.status == "refused"
        and isinstance(made, Request)
        and _is_payment(made)
        and not is_conflict(outcome)
    }
    if again:
        answers = parts.ledger.handle(list(again.values()))
        for index, answer in zip(again, answers, strict=True):
            entries[index], outcomes[index] = again[index], answer


def _record_refused(
    parts: IntakeParts, posting: Posting, entries: Sequence[Entry], outcomes: Sequence[Outcome]
) -> None:
    """A line that not even suspense takes (its identity has other content) is quarantined."""
    notes = [
        quarantined_line(made, outcome, posting.place, parts)
        for made, outcome in zip(entries, outcomes, strict=True)
        if outcome.status == "refused" and isinstance(made, Request)
    ]
    if notes:
        parts.ledger.handle(notes)


def _posted(one: MatchedLine | BadRow, made: Entry, outcome: Outcome) -> Posted:
    if isinstance(one, BadRow):
        why = f"{one.field} {one.value[:60]!r}: {one.reason}"
        return Posted("quarantined", one.amount_minor or 0, one.span.line, why)
    amount_minor, line = one.line.amount_minor, one.line.span.line
    if outcome.status == "repeated":
        return Posted("duplicates", amount_minor, line)
    if outcome.status == "refused":
        why = "; ".join(refusal.sentence for refusal in outcome.refusals)
        return Posted("quarantined", amount_minor, line, why)
    if isinstance(made, Note):
        return Posted("other", amount_minor, line)
    return Posted("posted" if _is_payment(made) else "suspended", amount_minor, line)


def _is_payment(made: Request) -> bool:
    return made.command.action == "receive_payment"
