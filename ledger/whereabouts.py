"""Where the money of a receipt went: by transfers, into suspense, and from there to accounts.

Folded from the facts of the streams that it passed, so it needs no mark on the money and holds for
whatever was done before anybody thought of a claim.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ledger import events as e
from ledger import suspense_events as s
from ledger.account_state import Dated
from ledger.ids import account_stream, receipt_stream
from ledger.values import ClaimedRefund, Fact


class Place(NamedTuple):
    """A receipt that has, or had, a part of the money, on the stream that tells of it.

    At most `amount_minor` of it came from the money that is followed. `home` is the receipt by
    which the money came to a ledger account before it was transferred, as (stream, receipt).
    """

    stream: str
    receipt: str
    amount_minor: int
    facts: tuple[Dated, ...]
    home: tuple[str, str]

    @property
    def is_in_suspense(self) -> bool:
        """Whether it is a receipt in suspense."""
        return self.stream == receipt_stream(self.receipt)

    @property
    def came_by_transfer(self) -> bool:
        """Whether it is credit of another account."""
        return self.home != (self.stream, self.receipt)


class _Onward(NamedTuple):
    stream: str
    receipt: str
    amount_minor: int
    by_transfer: bool


def whereabouts(
    stream: str,
    receipt: str,
    amount_minor: int,
    facts_of: Callable[[str], Sequence[Dated]],
) -> tuple[Place, ...]:
    """The receipt itself, and every receipt that a part of its money came to, nearest first."""
    here = stream, receipt
    waiting = [Place(*here, amount_minor, tuple(facts_of(stream)), here)]
    found: dict[tuple[str, str], Place] = {}
    went: dict[tuple[str, str], list[_Onward]] = {}
    for place in waiting:  # grows while it is read
        at = place.stream, place.receipt
        if at in found:
            continue
        found[at], went[at] = place, _onward(place)
        for to in went[at]:
            there = to.stream, to.receipt
            facts = tuple(facts_of(to.stream))
            waiting.append(Place(*there, 0, facts, place.home if to.by_transfer else there))
    most = _at_most(here, amount_minor, went)
    return tuple(one._replace(amount_minor=most[at]) for at, one in found.items())


def _at_most(
    here: tuple[str, str], amount_minor: int, went: Mapping[tuple[str, str], list[_Onward]]
) -> dict[tuple[str, str], int]:
    """How much can have come to each place: of each part, no more than what its giver had of it."""
    most = dict.fromkeys(went, amount_minor)
    for _ in went:  # as often as the longest way has steps
        came = dict.fromkeys(went, 0) | {here: amount_minor}
        for at, ways in went.items():
            for to in ways:
                came[to.stream, to.receipt] += min(most[at], to.amount_minor)
        most = {at: min(amount, most[at]) for at, amount in came.items()}
    return most


def _onward(place: Place) -> list[_Onward]:
    found: dict[tuple[str, str], _Onward] = {}
    for dated in place.facts:
        for to in _next(dated.fact, place.receipt):
            before = found.get((to.stream, to.receipt))
            amount = to.amount_minor + (before.amount_minor if before else 0)
            found[to.stream, to.receipt] = to._replace(amount_minor=amount)
    return list(found.values())


def _next(fact: Fact, receipt: str) -> Iterator[_Onward]:
    match fact:
        case e.CreditTransferredOut():
            amount = _part(fact, receipt)
            if amount:
                to = account_stream(fact.to_unit, fact.to_account)
                yield _Onward(to, f"TRANSFER:{fact.transfer}", amount, by_transfer=True)
        case e.PaymentMovedToSuspense(receipt=one) if one == receipt:
            to = receipt_stream(fact.new_receipt)
            yield _Onward(to, fact.new_receipt, fact.amount_minor, by_transfer=False)
        case s.SuspenseSplit():
            to = receipt_stream(fact.new_receipt)
            yield _Onward(to, fact.new_receipt, fact.amount_minor, by_transfer=False)
        case s.SuspenseIdentified():
            to = account_stream(fact.to_unit, fact.to_account)
            yield _Onward(to, fact.account_receipt, fact.amount_minor, by_transfer=False)
        case _:
            pass


def _part(fact: e.CreditTransferredOut | e.RefundApproved, receipt: str) -> int:
    return sum(part.amount_minor for part in fact.receipts if part.receipt == receipt)


def gone_back(places: Iterable[Place]) -> int:
    """What of the money the bank has taken back already, wherever it was; minor units."""
    gone = 0
    for place in places:
        for dated in place.facts:
            match dated.fact:
                case s.SuspenseReversed() as fact if place.is_in_suspense:
                    gone += fact.amount_minor
                case e.PaymentReversed(receipt=one) as fact if one == place.receipt:
                    gone += fact.amount_minor
                case _:
                    pass
    return gone


def refunds_of(places: Iterable[Place]) -> tuple[ClaimedRefund, ...]:
    """The refunds of the money that were approved and did not fail, wherever they were made."""
    return tuple(one for place in places for one in _refunds_at(place))


def _refunds_at(place: Place) -> Iterable[ClaimedRefund]:
    found: dict[str, ClaimedRefund] = {}
    for dated in place.facts:
        match dated.fact:
            case e.RefundApproved() as fact:
                amount = _part(fact, place.receipt)
                if amount:
                    found[fact.refund] = ClaimedRefund(
                        refund=fact.refund,
                        receipt=place.receipt,
                        unit=fact.unit,
                        account=fact.account,
                        amount_minor=amount,
                        is_paid=False,
                    )
            case s.SuspenseReturnApproved() as fact:
                found[fact.suspense_return] = ClaimedRefund(
                    refund=fact.suspense_return,
                    receipt=place.receipt,
                    amount_minor=fact.amount_minor,
                    is_paid=False,
                )
            case e.RefundPaid() | s.SuspenseReturnPaid() as fact:
                _paid(found, fact)
            case e.RefundFailed() | s.SuspenseReturnFailed() as fact:
                found.pop(_refund(fact), None)
            case _:
                pass
    return found.values()


def _paid(found: dict[str, ClaimedRefund], fact: e.RefundPaid | s.SuspenseReturnPaid) -> None:
    one = found.get(_refund(fact))
    if one is not None:
        found[one.refund] = one.model_copy(update={"is_paid": True})


def _refund(
    fact: e.RefundPaid | e.RefundFailed | s.SuspenseReturnPaid | s.SuspenseReturnFailed,
) -> str:
    if isinstance(fact, e.RefundPaid | e.RefundFailed):
        return fact.refund
    return fact.suspense_return
