"""Compares what is in the log and in the read models with the reference."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from consumers.message import position_name
from ledger.account_state import AccountState
from ledger.ids import account_stream, receipt_stream, stream_id
from ledger.intake_events import IntakeResolved, MessageRefused, MessageUnreadable
from ledger.receipt import ReceiptState
from ledger.recorded import RecordedEvent
from ledger.sealing import GENESIS, leaf, micros, seal
from ledger.streams import fold as fold_stream
from ledger.streams import load
from projections import movements, postings_table

from .council import CLUSTER, Council
from .projecting import ALL_EVENTS, Projector, fold

COLUMN = {name: place for place, name in enumerate(movements.COLUMNS)}
POSTED = {name: place for place, name in enumerate(postings_table.COLUMNS)}
Figures = dict[tuple[Any, ...], int]


class Disagreement(AssertionError):  # noqa: N818 - it names what it is
    """The product and the reference do not say the same."""


def agree(what: str, found: object, wanted: object) -> None:
    """Raise Disagreement when the two differ, and say in what."""
    if found == wanted:
        return
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        names = sorted(
            (one for one in {*found, *wanted} if found.get(one) != wanted.get(one)), key=repr
        )
        told = "; ".join(f"{n}: {found.get(n)}, not {wanted.get(n)}" for n in names[:5])
        raise Disagreement(f"{what}: {told}")
    raise Disagreement(f"{what}: {found!r:.300}, not {wanted!r:.300}")


class Checker:
    """One council's checks."""

    def __init__(self, council: Council, projector: Projector) -> None:
        self.council = council
        self.projector = projector

    def check(self) -> None:
        """Everything, at this moment."""
        events = self.council.store.events_after(0, ALL_EVENTS)
        wanted = self.wanted()
        self._log(events)
        self._positions()
        self._intake(events)
        agree("what the states hold", self._states(events), wanted)
        self._read_models(events, wanted)

    def wanted(self) -> Figures:
        """The figures of the reference."""
        found: Figures = defaultdict(int)
        for move in self.council.reference.books.moves:
            match move["book"]:
                case "item":
                    found["debtors", *move["key"], move["name"], move["n"]] += move["amount"]
                case "credit":
                    found["unapplied", *move["key"], move["name"]] += move["amount"]
                case "suspense":
                    found["suspense", move["name"]] += move["amount"]
                case "payable":
                    found["refunds_payable", move["key"]] += move["amount"]
        return _not_nothing(found)

    def _log(self, events: list[RecordedEvent]) -> None:
        agree("positions", [one.position for one in events], list(range(1, len(events) + 1)))
        times = [one.recorded_at for one in events]
        agree("times of recording", times, sorted(times))
        rows = self.council.store.rows_after(0, ALL_EVENTS)
        previous, first = GENESIS, 1
        for number, one in enumerate(self.council.store.seals_after(0, ALL_EVENTS), 1):
            of = rows[first - 1 : one.last_position]
            leaves = [leaf(*row[:3], micros(row[3]), row[4], bytes(row[5])) for row in of]
            made = seal(number, first, leaves, previous, one.sealed_at)
            agree(f"seal {number}", bytes(one.hash), made.hash)
            agree(f"seal {number}", {row[3] for row in of}, {one.sealed_at})
            previous, first = made.hash, one.last_position + 1
        agree("events under a seal", first - 1, len(events))

    def _positions(self) -> None:
        for partition in self.council.topic.logs:
            found = self.council.store.position(position_name(CLUSTER, *partition))
            wanted = self.council.reference.taken.get(partition.partition)
            agree(f"position of {partition}", found and found[0], wanted)

    def _intake(self, events: list[RecordedEvent]) -> None:
        facts = [(one.fact, one.envelope) for one in events]
        reference = self.council.reference
        refused = [fact.message for fact, _ in facts if isinstance(fact, MessageRefused)]
        prefix = "/council/simulated|"
        wanted = sorted(prefix + ident for ident, _ in reference.refused)
        agree("refusals recorded", sorted(refused), wanted)
        unreadable = sorted(
            (one.source.partition, one.source.offset)
            for fact, one in facts
            if isinstance(fact, MessageUnreadable)
        )
        agree("unreadable messages", unreadable, sorted(reference.unreadable))
        resolved = [fact.message for fact, _ in facts if isinstance(fact, IntakeResolved)]
        agree("resolved", sorted(resolved), sorted(prefix + one for one in reference.resolved))

    def _states(self, events: list[RecordedEvent]) -> Figures:
        """What the stored states hold; each must be the fold of its events."""
        histories: dict[Any, list[Any]] = defaultdict(list)
        for one in events:
            histories[one.stream_id].append(one)
        books = self.council.reference.books
        names = [account_stream(*key) for key in books.accounts]
        names += [receipt_stream(name) for name in books.suspended]
        rows = self.council.store.streams([stream_id(name) for name in names])
        found: Figures = defaultdict(int)
        for name in names:
            row = rows.get(stream_id(name))
            if row is None:
                raise Disagreement(f"there is no stream {name}")
            state, history = load(name, bytes(row.state)), histories[row.stream_id]
            agree(name, [one.version for one in history], list(range(1, row.version + 1)))
            agree(name, state, fold_stream(name, [one.dated for one in history]))
            _held(state, found)
        return _not_nothing(found)

    def _read_models(self, events: list[RecordedEvent], wanted: Figures) -> None:
        self.projector.run(1_000)
        rows, anew = self.projector.rows(), fold(events)
        for name, made in anew.items():
            agree(f"{name} and its fold from empty", list(rows[name]), made)
        agree("movements", _moved(rows[movements.TABLE]), wanted)
        posted: dict[tuple[Any, ...], int] = defaultdict(int)
        for row in rows[postings_table.TABLE]:
            posted[row[POSTED["position"]], row[POSTED["unit"]]] += row[POSTED["amount_minor"]]
        agree("debits less credits", _not_nothing(posted), {})


def _held(state: object, found: Figures) -> None:
    match state:
        case AccountState():
            for name, item in state.items.items():
                for part in item.instalments:
                    found["debtors", state.unit, state.account, name, part.number] = part.open_minor
            for name, credit in state.credits.items():
                found["unapplied", state.unit, state.account, name] = credit.unapplied_minor
            for payable in state.refunds_payable.values():
                found["refunds_payable", state.unit] += payable.amount_minor
        case ReceiptState():
            found["suspense", state.receipt] = state.held_minor
        case _:
            return


def _moved(rows: Any) -> Figures:  # noqa: ANN401 - rows of a read model
    found: Figures = defaultdict(int)
    for row in rows:
        of = {name: row[place] for name, place in COLUMN.items()}
        place: tuple[str, ...]
        match of["control"]:
            case "debtors":
                place = ("unit", "account", "item", "instalment")
            case "unapplied":
                place = ("unit", "account", "receipt")
            case "suspense":
                place = ("receipt",)
            case _:
                place = ("unit",)
        sign = 1 if of["control"] == "debtors" else -1
        found[of["control"], *(of[one] for one in place)] += sign * of["amount_minor"]
    return _not_nothing(found)


def _not_nothing(figures: Figures) -> Figures:
    return {name: amount for name, amount in figures.items() if amount}
