"""Going through suspense once more: what reaches the policy's threshold by now finds its account.

A bill that was issued since, an alias that was confirmed since, a reference that can be read by
now: the same rules as on the day of the line, on today's state. In rounds: of one account one
receipt a round, so that the next is matched against what the one before has left open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from consumers.matching.match import Matched
from ledger.limits import MESSAGES_PER_BATCH_MAX
from ledger.money import format_minor
from ledger.receipt import ReceiptState
from ledger.recorded import Source
from ledger.requests import Outcome, Request
from ledger.suspense_commands import IdentifySuspense
from service.desk_orders import Order
from service.suspense_desk import Held
from service.suspense_desk_match import Fresh, Rematching
from service.suspense_desk_receipts import states_of
from service.wiring import INTAKE_ACTOR, App

SOURCE = "suspense rematch"
AFTER_ANOTHER = "another receipt goes to the same account first; this one is then looked at again"


@dataclass(frozen=True, slots=True)
class Again:
    """What became of one receipt: matched and, if that was asked, identified; or left, and why.

    `outcome` is None for what was left, and for everything when nothing was to be written.
    """

    state: ReceiptState
    fresh: Fresh
    outcome: Outcome | None = None

    @property
    def account(self) -> tuple[str, str] | None:
        """The account that it goes to; None when it is left."""
        refused = self.outcome is not None and self.outcome.status == "refused"
        return None if refused or self.fresh.matched is None else self.fresh.matched.account


def rematch(app: App, order: Order, rows: Sequence[Held]) -> list[Again]:
    """Match receipts again, and identify those that are sure unless the order is only tried.

    The commands are those of the policy and not of a person; who asked for it is in the reason.
    """
    names = [row.receipt for row in sorted(rows, key=lambda row: (row.received_on, row.receipt))]
    states = list(states_of(app, names).values())
    found = {again.state.receipt: again for again in _rounds(app, order, states)}
    return [found[row.receipt] for row in rows if row.receipt in found]


def _rounds(app: App, order: Order, states: list[ReceiptState]) -> list[Again]:
    rematching, done = Rematching(app, states), list[Again]()
    left = states
    while left:
        fresh = rematching.fresh(left)
        chosen = _one_an_account(left, fresh)
        sure = {state.receipt for state, _ in chosen}
        # Where nothing is found another round finds nothing either, or the next run does.
        done += [Again(one, fresh[one.receipt]) for one in left if not _is_sure(fresh[one.receipt])]
        left = [one for one in left if _is_sure(fresh[one.receipt]) and one.receipt not in sure]
        if order.dry_run:
            done += [Again(state, Fresh(matched)) for state, matched in chosen]
            return [*done, *(Again(state, Fresh(None, AFTER_ANOTHER)) for state in left)]
        done += _identified(app, order, chosen)
    return done


def _identified(
    app: App, order: Order, chosen: Sequence[tuple[ReceiptState, Matched]]
) -> Iterator[Again]:
    for start in range(0, len(chosen), MESSAGES_PER_BATCH_MAX):
        batch = chosen[start : start + MESSAGES_PER_BATCH_MAX]
        requests = [_request(app, order, state, matched) for state, matched in batch]
        outcomes = app.ledger.handle(requests)
        for (state, matched), outcome in zip(batch, outcomes, strict=True):
            yield Again(state, Fresh(matched), outcome)


def _is_sure(fresh: Fresh) -> bool:
    return fresh.matched is not None and fresh.matched.account is not None


def _one_an_account(
    states: Sequence[ReceiptState], fresh: dict[str, Fresh]
) -> list[tuple[ReceiptState, Matched]]:
    """Of each account the first receipt that is surely its own."""
    chosen: dict[tuple[str, str], tuple[ReceiptState, Matched]] = {}
    for state in states:
        matched = fresh[state.receipt].matched
        if matched is not None and matched.account is not None:
            chosen.setdefault(matched.account, (state, matched))
    return list(chosen.values())


def _request(app: App, order: Order, state: ReceiptState, matched: Matched) -> Request:
    if matched.account is None:
        raise TypeError(f"receipt {state.receipt} has no account to go to")
    unit, account = matched.account
    command = IdentifySuspense(
        receipt=state.receipt,
        to_unit=unit,
        to_account=account,
        amount_minor=state.held_minor,  # what was matched; refused when less is left by now
        invoice=matched.invoice,
        invoices=matched.invoices,
        reason=f"matched again, as {order.actor} asked",
        rule=matched.rule,
        match=matched.match,
    )
    identity = f"rematch|{order.id}|{state.receipt}"
    return Request(command, app.actor(INTAKE_ACTOR), Source("system", SOURCE), identity)


def as_json(found: Sequence[Again], *, applied: bool) -> dict[str, Any]:
    """For a script: what went where by which rule, and what is left."""
    return {
        "applied": applied,
        "identified": [_json(one) for one in found if one.account is not None],
        "left": [_json(one) for one in found if one.account is None],
    }


def _json(one: Again) -> dict[str, Any]:
    matched, account = one.fresh.matched, one.account
    match = matched.match if matched is not None else None
    refusals = one.outcome.refusals if one.outcome is not None else ()
    return {
        "receipt": one.state.receipt,
        "amount": format_minor(one.state.held_minor),
        "account": None if account is None else "/".join(account),
        "rule": None if matched is None else matched.rule,
        "match": None if match is None else match.model_dump(mode="json", exclude_none=True),
        "note": one.fresh.note,
        "refusals": [refusal.model_dump() for refusal in refusals],
    }
