"""The matcher asked once more about what is in suspense: by today's state and today's policy."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from consumers.formats.statement import BankLine
from consumers.matching.match import Matched, Matcher
from ledger.receipt import ReceiptState
from ledger.recorded import RecordedEvent
from ledger.suspense_events import ReceiptMovedToSuspense
from service.desk_rules import CUT_UP, TAKEN_OFF
from service.suspense_desk_lines import Line, lines_of
from service.suspense_desk_origin import origins_of
from service.wiring import App

NO_LINE = "the bank's line cannot be read again: it did not come in a file, or the file is gone"
UNOPENED = "the bank booked several payments as this one: the advice that lists them opens it"


@dataclass(frozen=True, slots=True)
class Fresh:
    """What the matcher finds today for a receipt; None with a note when it could not be asked."""

    matched: Matched | None
    note: str = ""


class Rematching:
    """The lines of receipts in suspense, read once, to be matched as often as states change."""

    def __init__(self, app: App, states: Sequence[ReceiptState]) -> None:
        self._app = app
        self._matcher = Matcher(app.store, app.matching, app.keeping.digest)
        self._came = origins_of(app, [state.receipt for state in states])
        self._lines = lines_of(app, {name: events[-1] for name, events in self._came.items()})

    def fresh(self, states: Sequence[ReceiptState]) -> dict[str, Fresh]:
        """What the matcher finds now for receipts of those it was made with."""
        found = {state.receipt: Fresh(None, NO_LINE) for state in states}
        batches = {name for name, line in self._lines.items() if _is_batch(line)}
        found |= {
            state.receipt: Fresh(None, UNOPENED) for state in states if state.receipt in batches
        }
        known = [one for one in states if one.receipt in self._lines.keys() - batches]
        for unit in dict.fromkeys(state.unit for state in known):
            asked = [one for one in known if one.unit == unit]
            lines = [self._line(state) for state in asked]
            answers = self._matcher.match(lines, unit, self._app.ledger.today())
            for state, answer in zip(asked, answers, strict=True):
                found[state.receipt] = Fresh(self._not_over_a_person(state, answer))
        return found

    def _not_over_a_person(self, state: ReceiptState, answer: Matched) -> Matched:
        """What a person has begun a rule does not end; its candidates stand beside it all the same.

        An account that a person took the money off would have it back by the rule that was wrong;
        and the words of a line are those of the whole, not of the parts that a person cut.
        """
        came = self._came[state.receipt]
        if answer.account in set(_taken_off(came)):
            return Matched(reason=TAKEN_OFF, candidates=answer.candidates)
        if answer.account is not None and (state.parts or any(map(_is_cut, came))):
            return Matched(reason=CUT_UP, candidates=answer.candidates)
        return answer

    def _line(self, state: ReceiptState) -> Line:
        """The line as it came, with what is left of its money."""
        line = self._lines[state.receipt]
        return replace(line, amount_minor=state.held_minor)


def _taken_off(came: Iterable[RecordedEvent]) -> Iterator[tuple[str, str]]:
    """The accounts that the money was on, before it came to suspense again."""
    for event in came:
        fact = event.fact
        if isinstance(fact, ReceiptMovedToSuspense) and fact.from_account is not None:
            yield fact.from_unit or "", fact.from_account


def _is_cut(event: RecordedEvent) -> bool:
    """Whether a person made it a part; a payment of an advice is one by itself."""
    fact, source = event.fact, event.envelope.source
    is_part = isinstance(fact, ReceiptMovedToSuspense) and fact.from_receipt is not None
    return is_part and source.kind != "file"


def _is_batch(line: Line) -> bool:
    return isinstance(line, BankLine) and line.batch_payments is not None
