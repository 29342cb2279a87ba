"""Holds what the ledger did with the bank's lines against whose money they are, line by line."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ledger import events as e
from ledger.ids import account_stream, stream_id
from service.demo.council import unit_of
from service.demo.debit_days import ACCOUNT
from service.demo.figures import Row
from service.demo.files import Council
from service.demo.month_applied import DUPLICATE, INSTRUCTED
from service.demo.month_lines import LineKey, MonthLine
from service.wiring import App

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found: automatic matches and the wrong ones, lines that are not as they must be."""

    automatic: int
    wrong: tuple[str, ...]
    unexpected: tuple[str, ...]


def judge(council: Council, rows: Sequence[Row]) -> Judged:
    """Judge every automatic match of two years, and every line of the bank month."""
    automatic = [
        row
        for row in rows
        if row["kind"] == "received" and row["automatic"] and row["bank_account"] != ACCOUNT
    ]
    return Judged(
        len(automatic),
        tuple(_wrong(_truth(council), automatic)),
        tuple(_unexpected(council.month.lines, rows)),
    )


def _key(row: Row) -> LineKey:
    return row["bank_account"], row["amount_minor"], row["value_on"]


def _truth(council: Council) -> Mapping[LineKey, Counter[Place]]:
    """Whose money each sum of a day on a bank account is; two may have paid the same."""
    truth: defaultdict[LineKey, Counter[Place]] = defaultdict(Counter)
    for (unit, minor, on), owners in council.truth.items():
        for owner in owners:
            if owner.account is not None:
                truth[unit_of(unit).bank_account, minor, on][unit, owner.account] += 1
    for line in council.month.lines:
        if line.owner is not None:
            truth[line.key][line.owner] += 1
    for advice, payment in council.month.advised():
        key = advice.line.bank.account, payment.amount_minor, advice.line.on
        truth[key][payment.tenant.place] += 1
    return truth


def _wrong(truth: Mapping[LineKey, Counter[Place]], automatic: Iterable[Row]) -> Iterable[str]:
    found: defaultdict[LineKey, Counter[Place]] = defaultdict(Counter)
    for row in automatic:
        found[_key(row)][row["unit"], row["account"]] += 1
    for key, places in found.items():
        for place in places - truth.get(key, Counter()):
            yield f"{key[1]} pence of {key[2]} on {key[0]} went to {'/'.join(place)}"


def _unexpected(lines: Iterable[MonthLine], rows: Sequence[Row]) -> Iterable[str]:
    found: defaultdict[LineKey, list[Row]] = defaultdict(list)
    for row in rows:
        if row["parent"] is None:
            found[_key(row)].append(row)
    for line in lines:
        became = [_became(row) for row in found.get(line.key, [])]
        must_be = [_must_be(line)] if line.expected else []
        if became != must_be:
            yield f"{line.kind} {line.key}: {became or 'nothing'}, not {must_be or 'nothing'}"


def _must_be(line: MonthLine) -> tuple[str, ...]:
    if line.is_applied and line.owner is not None:
        return ("received", line.expected, *line.owner)
    return "suspended", line.expected


def _became(row: Row) -> tuple[str, ...]:
    if row["kind"] == "received":
        who = "received" if row["automatic"] else "received from a person"
        return who, row["rule"], row["unit"], row["account"]
    return "suspended", row["rule"]


def called_duplicates(app: App, lines: Iterable[MonthLine]) -> int:
    """How many second payments of a settled bill the ledger calls by that name."""
    facts = [_received(app, line) for line in lines if line.kind == DUPLICATE]
    return sum(fact is not None and fact.variance == "duplicate_payment" for fact in facts)


def followed_instructions(app: App, lines: Iterable[MonthLine]) -> int:
    """How many payments went where the debtor had asked."""
    facts = [_received(app, line) for line in lines if line.kind == INSTRUCTED]
    return sum(fact is not None and fact.instruction is not None for fact in facts)


def of_kind(lines: Iterable[MonthLine], kind: str) -> int:
    """How many lines of a kind were planted."""
    return sum(line.kind == kind for line in lines)


def _received(app: App, line: MonthLine) -> e.PaymentReceived | None:
    if line.owner is None:
        return None
    history = app.store.history(stream_id(account_stream(*line.owner)))
    facts = [one.fact for one in history if isinstance(one.fact, e.PaymentReceived)]
    own = [one for one in facts if (one.amount_minor, one.value_on) == (line.amount_minor, line.on)]
    return own[0] if own else None
