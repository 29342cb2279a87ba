"""The matcher asked once more about what is in suspense: by today's state and today's policy."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from consumers.formats.statement import BankLine
from consumers.matching.match import Matched, Matcher
from ledger.receipt import ReceiptState
from service.suspense_desk_lines import Line, lines_of
from service.suspense_desk_origin import origin
from service.suspense_desk_receipts import first_events
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
        firsts = first_events(app, [state.receipt for state in states])
        self._lines = lines_of(app, {name: origin(app, one) for name, one in firsts.items()})

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
                found[state.receipt] = Fresh(answer)
        return found

    def _line(self, state: ReceiptState) -> Line:
        """The line as it came, with what is left of its money."""
        line = self._lines[state.receipt]
        return replace(line, amount_minor=state.held_minor)


def _is_batch(line: Line) -> bool:
    return isinstance(line, BankLine) and line.batch_payments is not None
