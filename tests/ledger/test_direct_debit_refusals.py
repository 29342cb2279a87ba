"""Every refusal about mandates, collections, runs and claims, one row each; and each hold-back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from types import ModuleType
from typing import Any

import pytest

from ledger import commands as c
from ledger.collection_plan import HoldBack
from ledger.rejections import Code

Module = Any  # the builders, loaded by path


@dataclass(frozen=True)
class Row:
    """A code, what came before, and the command that is refused by it."""

    code: Code
    given: Callable[[Module], Any]
    command: Callable[[Module], c.AnyCommand]


def ended(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    debits = dd.Debits().lodged()
    debits.do(dd.cancel())
    return debits


def claimed(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    debits = dd.Debits().taken().credited().on(date(2026, 6, 8))
    debits.do(dd.claim())
    return debits


def overpaid(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    """A collection that came in on top of what was paid in cash."""
    debits = dd.Debits().taken().on(dd.JUNE)
    debits.do(dd.b.pay("CASH", 12000, dd.JUNE, invoice="I1"))
    return debits.credited()


def settled(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    debits = claimed(dd).on(date(2026, 6, 26))
    debits.do(dd.settle())
    return debits


def refund_failed_after_settling(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    """The credit is back on the account, which owes what the bank took back of it."""
    debits = overpaid(dd).on(date(2026, 6, 8))
    debits.do(dd.refund().model_copy(update={"refund": "F0"}), dd.world.COLE)
    debits.do(c.ApproveRefund(**dd.b.HSG, refund="F0"), dd.world.FORD)
    debits.do(dd.claim())
    debits.on(date(2026, 6, 26)).do(dd.settle())
    debits.do(c.RecordRefundFailed(**dd.b.HSG, refund="F0", reason="stopped"))
    return debits


def overpaid_and_claimed(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    debits = overpaid(dd).on(date(2026, 6, 8))
    debits.do(dd.claim())
    return debits


def long_announced(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    """A run that was written in time, and is looked at on the day after."""
    return dd.Debits().written().on(date(2026, 5, 29))


def written(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    return dd.Debits().written()


ROWS = (
    Row(Code.MANDATE_EXISTS, lambda dd: dd.Debits().drafted(), lambda dd: dd.draft()),
    Row(Code.MANDATE_NOT_FOUND, lambda dd: dd.Debits(), lambda dd: dd.notify()),
    Row(Code.MANDATE_ENDED, ended, lambda dd: dd.suspend()),
    Row(Code.MANDATE_REFERENCE_LIKE_ANOTHER, lambda dd: dd.Debits().drafted(),
        lambda dd: dd.draft(mandate=dd.MANDATE + "2")),
    Row(Code.MANDATE_NOT_NOTIFIED, lambda dd: dd.Debits().drafted(), lambda dd: dd.lodge()),
    Row(Code.MANDATE_CHANGED, lambda dd: dd.Debits().lodged(),
        lambda dd: dd.amend().model_copy(update={"details": 3})),
    Row(Code.NOT_AN_ORIGINATOR, lambda dd: dd.Debits().account_with_bill(),
        lambda dd: dd.draft(sun="888888")),
    Row(Code.NOT_AN_ORIGINATOR, lambda dd: dd.Debits(date(2026, 5, 28)),
        lambda dd: dd.open_run(sun="888888")),
    Row(Code.NOT_A_PROCESSING_DAY, lambda dd: dd.Debits().lodged().on(dd.NOTICED),
        lambda dd: dd.announce(date(2026, 5, 31))),
    Row(Code.NOT_A_PROCESSING_DAY, lambda dd: dd.Debits(date(2026, 5, 28)),
        lambda dd: dd.open_run(entry_on=date(2026, 5, 30))),
    Row(Code.NOTICE_TOO_SHORT, lambda dd: dd.Debits().lodged().on(dd.NOTICED),
        lambda dd: dd.announce(date(2026, 5, 22))),
    Row(Code.NOTICE_TOO_SHORT, lambda dd: dd.Debits().announced(), lambda dd: dd.change(3001)),
    Row(Code.NOT_ANNOUNCED, lambda dd: dd.Debits().announced(),
        lambda dd: dd.withhold(dd.JULY)),
    Row(Code.COLLECTION_NOT_FOUND, lambda dd: dd.Debits().announced(), lambda dd: dd.stop()),
    Row(Code.NOT_TO_BE_REPRESENTED, lambda dd: dd.Debits().taken().credited().unpaid("B"),
        lambda dd: dd.represent(date(2026, 6, 9))),
    Row(Code.AMOUNT_DIFFERS, lambda dd: dd.Debits().taken(), lambda dd: dd.give_back(amount=2999)),
    Row(Code.AMOUNT_DIFFERS, lambda dd: dd.Debits().taken().credited(),
        lambda dd: dd.claim(amount=2999)),
    Row(Code.RUN_EXISTS, lambda dd: dd.Debits().opened_run(), lambda dd: dd.open_run()),
    Row(Code.RUN_NOT_FOUND, lambda dd: dd.Debits(), lambda dd: dd.write()),
    Row(Code.RUN_NOT_READY, lambda dd: dd.Debits().opened_run(), lambda dd: dd.release()),
    Row(Code.TOO_EARLY_TO_SEND, lambda dd: dd.Debits(date(2026, 4, 28)),
        lambda dd: dd.open_run()),
    Row(Code.TOO_LATE_TO_SEND, lambda dd: dd.Debits(date(2026, 5, 29)), lambda dd: dd.open_run()),
    Row(Code.TOO_LATE_TO_SEND, long_announced, lambda dd: dd.release()),
    Row(Code.OVER_RUN_LIMIT, lambda dd: dd.Debits().opened_run(),
        lambda dd: dd.write(500_000_001)),
    Row(Code.OVER_RUN_LIMIT, lambda dd: dd.Debits().opened_run(),
        lambda dd: dd.write(items=1001)),
    Row(Code.FILE_DIFFERS, written, lambda dd: dd.release("d2")),
    Row(Code.RUN_NOT_PROVED, lambda dd: dd.Debits().released(), lambda dd: dd.sign_off()),
    Row(Code.CLAIM_NOT_FOUND, lambda dd: dd.Debits().taken().credited(), lambda dd: dd.settle()),
    Row(Code.CLAIM_OVER, settled, lambda dd: dd.withdraw()),
    Row(Code.CLAIM_LIVE, overpaid_and_claimed, lambda dd: dd.refund()),
    Row(Code.CREDIT_TAKEN_BACK, refund_failed_after_settling, lambda dd: dd.refund()),
    Row(Code.TOO_LATE_TO_CHALLENGE, lambda dd: claimed(dd).on(date(2026, 6, 22)),
        lambda dd: dd.challenge()),
    Row(Code.COLLECTION_MAY_BE_CLAIMED, overpaid, lambda dd: dd.refund(accepts=False)),
)  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code.value)
def test_every_refusal_about_direct_debits_has_its_code(dd: ModuleType, row: Row) -> None:
    row.given(dd).refused(row.code, row.command(dd))


def test_the_refusals_about_direct_debits_are_in_the_written_precedence() -> None:
    order = list(Code)
    places = [order.index(row.code) for row in ROWS]
    assert places == sorted(places)


# --- what is held back, and why: Code.COLLECTION_HELD_BACK for every reason -----------------------


def held_by(*commands: Callable[[Module], c.AnyCommand]) -> Callable[[Module], Any]:
    """The first collection is announced, then this happens, and it is the day to send it."""

    def given(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
        debits = dd.Debits().announced().on(date(2026, 5, 28))
        for command in commands:
            debits.do(command(dd))
        return debits

    return given


def dormant(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    """Announced, withheld month by month, and two years old at last."""
    entry_on = date(2028, 5, 8)
    debits = dd.Debits().lodged().on(date(2028, 4, 10))
    debits.do(dd.announce(entry_on, given=date(2028, 4, 10)))
    return debits.on(date(2028, 5, 4))


def too_short(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    """A notice that no decider would have taken: it was recorded by other rules."""
    debits = dd.Debits().lodged().on(date(2026, 5, 28))
    decided = dd.announce(given=date(2026, 5, 1))
    late = decided.model_copy(update={"given_on": date(2026, 5, 27)})
    facts = dd.m.CollectionsAnnounced(**dict(late))
    return debits.record_on_mandate(facts)


def lapsed(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    """Collecting begins in August only, and June was announced."""
    debits = dd.Debits().account_with_bill()
    debits.do(dd.draft(collect_from=dd.AUGUST))
    debits.do(dd.notify())
    debits.do(dd.lodge())
    debits.on(dd.NOTICED).do(dd.announce())
    return debits.on(date(2026, 5, 28))


def paid_in_cash(amount: int) -> Callable[[Module], c.AnyCommand]:
    return lambda dd: dd.b.pay("CASH", amount, date(2026, 5, 28), invoice="I1")


def claimed_before_july(dd: Module) -> Any:  # noqa: ANN401 - a module loaded by path
    debits = claimed(dd)
    debits.do(dd.announce(dd.JULY, given=date(2026, 6, 8)))
    return debits.on(date(2026, 6, 29))


HELD: dict[HoldBack, Callable[[Module], Any]] = {
    HoldBack.MANDATE_NOT_ACTIVE: held_by(lambda dd: dd.suspend()),
    HoldBack.MANDATE_DORMANT: dormant,
    HoldBack.BEFORE_FIRST_DAY: lapsed,
    HoldBack.ALREADY_INSTRUCTED: lambda dd: dd.Debits().taken(),
    HoldBack.BREATHING_SPACE: held_by(lambda dd: dd.hold("breathing_space")),
    HoldBack.INSOLVENCY: held_by(lambda dd: dd.hold("insolvency")),
    HoldBack.ON_HOLD: held_by(lambda dd: dd.hold("vulnerability")),
    HoldBack.DISPUTED: held_by(lambda dd: dd.hold("dispute", "I1", 10000)),
    HoldBack.REFUND_PENDING: held_by(
        paid_in_cash(500), lambda dd: dd.b.unallocate("CASH"), lambda dd: dd.refund(500)
    ),
    HoldBack.CLAIM_LIVE: claimed_before_july,
    HoldBack.NOT_ANNOUNCED: lambda dd: dd.Debits().lodged().on(date(2026, 5, 28)),
    HoldBack.NOTICE_TOO_SHORT: too_short,
    HoldBack.WITHHELD: held_by(lambda dd: dd.withhold()),
    HoldBack.NOTHING_DUE: held_by(paid_in_cash(12000)),
    HoldBack.AMOUNT_CHANGED: held_by(paid_in_cash(1000)),
}
DAY = {HoldBack.MANDATE_DORMANT: date(2028, 5, 8), HoldBack.CLAIM_LIVE: date(2026, 7, 1)}


def test_there_is_a_row_for_every_reason_to_hold_back() -> None:
    assert list(HELD) == list(HoldBack)


@pytest.mark.parametrize("why", HELD, ids=lambda why: why.value)
def test_every_reason_holds_a_collection_back_and_is_named(dd: ModuleType, why: HoldBack) -> None:
    sentence = HELD[why](dd).refused(
        Code.COLLECTION_HELD_BACK, dd.instruct(DAY.get(why, dd.JUNE), "R2")
    )
    assert sentence.startswith(why.value.replace("_", " ") + ": ")


def test_what_nothing_stands_against_is_taken(dd: ModuleType) -> None:
    debits = held_by()(dd)
    assert len(debits.do(dd.instruct())) == 2  # activated, and instructed
