"""Deciding about an indemnity claim whose day has come: the money goes from where it stands.

On its account, its receipt is reversed, and what it had paid is owed again. From suspense, it is
taken there. From an account that it was found for out of suspense, it is taken off again, and that
account's debts are open. Credit that was transferred from any of these and is still unapplied comes
back and pays what had left; the rest is owed to us. Bank clearing is credited once with the whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from ledger import commands as c
from ledger import events as e
from ledger import indemnity_commands as ic
from ledger import indemnity_events as i
from ledger import suspense_events as s
from ledger.account_state import AccountState, Credit, Dated
from ledger.cash import allocations
from ledger.decision import Context, Decision, opened
from ledger.effects import recoverable, reversal_item
from ledger.ids import account_stream, receipt_stream
from ledger.indemnity import claim_closed, live_claim, marks_closed
from ledger.moves import off_the_account
from ledger.receipt import ReceiptState
from ledger.reversals import reverse_payment
from ledger.states import Decided, States
from ledger.trail import ReceiptTrail, receipt_trail
from ledger.transfers import arrival, parts_of
from ledger.values import ItemAmount
from ledger.whereabouts import Place, gone_back

RULE = "claimed-back"


def settle_indemnity_claim(
    states: States, command: ic.SettleIndemnityClaim, context: Context
) -> Decided:
    """The money went back: what the collection had paid is owed again."""
    context.authorise(command.action)
    account = opened(states.of(0, AccountState), command.unit, command.account)
    claim = live_claim(account, command.claim, context)
    settling = _Settling(claim, account, states, context)
    return [
        *settling.decided(),
        *marks_closed(claim, "settled", claim.debit_on, states, context),
        (states.names[0], (Dated(claim_closed(claim, "settled"), claim.debit_on),)),
    ]


class _Settling:
    """One claim whose money has gone, and the streams from which it goes."""

    def __init__(
        self, claim: i.IndemnityClaimRaised, account: AccountState, states: States, context: Context
    ) -> None:
        self._claim, self._account = claim, account
        self._states = states
        self._context = context._replace(effective_on=claim.debit_on)
        self._places = context.places
        self._transfers = 0

    def decided(self) -> Decided:
        trail = receipt_trail(self._claim.receipt, self._context.history)
        if trail is not None and trail.moved_to is not None:
            return list(self._from_suspense(trail))
        back = c.ReversePayment(
            unit=self._account.unit,
            account=self._account.account,
            receipt=self._claim.receipt,
            reason="indemnity_claim",
        )
        reversed_ = reverse_payment(self._account, back, self._context)
        own = self._places[0]
        owed = [line for dated in reversed_ for line in _owed(dated)]
        return [(own.stream, reversed_), *self._brought_back(own, self._account, owed)]

    def _from_suspense(self, trail: ReceiptTrail) -> Iterator[tuple[str, Decision]]:
        """Off the account already: it goes from suspense, and from whom it was found for."""
        left = self._claim.amount_minor - gone_back(self._places)
        for number, place in enumerate(self._places[1:], 1):
            held = self._states.at(place.stream, ReceiptState)
            account = self._states.at(place.stream, AccountState)
            if held is not None and held.held_minor:
                left -= held.held_minor
                yield place.stream, (self._reversed(held, held.held_minor, held.raised_on),)
            elif account is not None and not place.came_by_transfer:
                name = f"CLAIM:{self._claim.claim}:{self._claim.receipt}:{number}"
                amount, facts = self._taken_off(place, account, name)
                left -= amount
                yield from facts
        yield from self._what_had_left(trail, left)

    def _reversed(
        self, held: ReceiptState | s.ReceiptMovedToSuspense, amount: int, on: date
    ) -> Dated:
        fact = s.SuspenseReversed(
            receipt=held.receipt,
            unit=held.unit,
            currency=held.currency,
            amount_minor=amount,
            reason="indemnity_claim",
        )
        return Dated(fact, max(on, self._claim.debit_on))

    def _taken_off(self, place: Place, account: AccountState, name: str) -> tuple[int, Decided]:
        trail = receipt_trail(place.receipt, place.facts)
        if trail is None or trail.reversed or trail.moved_to is not None:
            return 0, []
        move = c.MoveToSuspense(
            unit=account.unit,
            account=account.account,
            receipt=place.receipt,
            new_receipt=name,
            reason=self._reason,
        )
        facts, held, on = off_the_account(account, trail, move, self._context)
        # The bank account that is debited is of the unit that collected, whoever had the money.
        # It does not show that the payer was another's: so nothing of him is kept.
        nobody = {"payer_digest": None, "payer_account_digest": None}
        there = held.model_copy(update={"unit": self._account.unit, **nobody})
        taken = self._reversed(there, there.amount_minor, on)
        owed = [line for dated in facts for line in _owed(dated)]
        back = self._brought_back(place, account, owed)
        return trail.amount_minor, [
            (place.stream, facts),
            (receipt_stream(name), (Dated(there, on), taken)),
            *back,
        ]

    def _what_had_left(self, trail: ReceiptTrail, left: int) -> Iterator[tuple[str, Decision]]:
        """What is in no place any more (sent back to the payer, or outside) is owed to us."""
        own, account = self._places[0], self._account
        item = account.items.get(reversal_item(trail.receipt))
        owed = item.instalments[0].open_minor if item is not None else 0
        on = max(self._claim.debit_on, trail.last_on)
        if left > 0:
            fact = e.PaymentReversed(
                unit=account.unit,
                account=account.account,
                debt_type=account.debt_type,
                currency=account.currency,
                receipt=trail.receipt,
                amount_minor=left,
                method=trail.method,
                value_on=trail.value_on,
                reversed_on=on,
                service=trail.service,
                reason="indemnity_claim",
                reopened=(),
                unapplied_minor=0,
                recoverable_minor=left,
            )
            yield own.stream, (Dated(fact, on),)
        if owed + left > 0:
            line = ItemAmount(
                item=reversal_item(trail.receipt),
                instalment=1,
                service=trail.service,
                invoiced_on=on if item is None else item.invoiced_on,
                due_on=on if left > 0 or item is None else item.instalments[0].due_on,
                amount_minor=owed + left,
            )
            since = on if item is None else max(on, item.raised_on)
            yield from self._brought_back(own, account, [(line, since)])

    def _brought_back(
        self, home: Place, to: AccountState, owed: Sequence[tuple[ItemAmount, date]]
    ) -> Iterator[tuple[str, Decision]]:
        """Transferred credit that is unapplied still comes back and pays what had left."""
        for line, since in owed:
            left = line.amount_minor
            for place in self._places[1:]:
                giver = self._states.at(place.stream, AccountState)
                if giver is None or place.home != (home.stream, home.receipt):
                    continue
                credit = giver.credits.get(place.receipt)
                amount = min(credit.unapplied_minor if credit else 0, place.amount_minor, left)
                if credit is None or amount == 0 or not place.came_by_transfer:
                    continue
                left -= amount
                part = credit.model_copy(update={"unapplied_minor": amount})
                yield from self._returned(giver, to, part, line, since)

    def _returned(
        self, giver: AccountState, to: AccountState, part: Credit, line: ItemAmount, since: date
    ) -> Iterator[tuple[str, Decision]]:
        self._transfers += 1
        on = max(since, part.raised_on)
        out = e.CreditTransferredOut(
            unit=giver.unit,
            account=giver.account,
            debt_type=giver.debt_type,
            currency=giver.currency,
            transfer=f"CLAIM:{self._claim.claim}:{self._claim.receipt}:{self._transfers}",
            receipts=parts_of([part]),
            amount_minor=part.unapplied_minor,
            to_unit=to.unit,
            to_account=to.account,
            reason=self._reason,
        )
        arrived, credit = arrival(to, out, on)
        paid = line.model_copy(update={"amount_minor": part.unapplied_minor})
        used = allocations(to, [credit], [paid], {line.item: since}, RULE)
        yield account_stream(giver.unit, giver.account), (Dated(out, on),)
        yield account_stream(to.unit, to.account), (Dated(arrived, on), *used)

    @property
    def _reason(self) -> str:
        return f"indemnity claim {self._claim.claim} took it back"


def _owed(dated: Dated) -> Iterable[tuple[ItemAmount, date]]:
    """What had left the receipt and is owed to us by a fact, and since when."""
    match dated.fact:
        case e.PaymentReversed() | e.PaymentMovedToSuspense() as fact:
            return [(line, dated.effective_on) for line in recoverable(fact)]
        case _:
            return ()
