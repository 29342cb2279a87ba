"""Any history of one mandate: set-up, collections and reports that come late, twice or never."""

import os
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from ledger import collection_plan, mandate, mandates
from ledger import commands as c
from ledger import mandate_commands as mc
from ledger.mandate_events import CollectionInstructed
from ledger.rejections import RefusedError
from ledger.streams import dump, fold, load

LONG = os.environ.get("TALLYSTICK_TEST_PROFILE") == "long"
PROFILE = settings(
    max_examples=2000 if LONG else 200,
    stateful_step_count=80 if LONG else 50,
    deadline=None,
    derandomize=not LONG,  # the long one looks for what is new
    print_blob=True,  # a failure can be repeated by what it prints
    suppress_health_check=list(HealthCheck),
)
PART = 1000
LAST = date(2027, 9, 1)  # the naive book knows the bank holidays of two years
DUE = [date(2026, month, 1) for month in range(5, 11)]
PICK = st.integers(0, 999)
ACCOUNT = st.sampled_from(("ab" * 16, "cd" * 16, "ef" * 16))


class OneMandate(RuleBasedStateMachine):
    """Both books are told the same, and must hold the same afterwards."""

    dd: Any
    naive: Any

    @initialize(ready=st.sampled_from((False, True, True, True)))
    def begin(self, *, ready: bool) -> None:
        self.today = date(2026, 5, 1)
        self.runs = 0
        self.book = self.naive.Book(self.naive.parts_of(DUE, PART))
        b = self.dd.b
        parts = b.plan(*((day, PART) for day in DUE))
        self.debits = self.dd.Debits().record(
            b.opened(apply_credit=False), b.billed("I1", PART * len(DUE), instalments=parts)
        )
        self.debits.do(self.dd.draft())
        self.book.account = self.dd.DIGEST
        if ready:
            self.notify()
            self.lodge()
            self.a_day_passes(1)

    def agree(self, may: object, command: c.AnyCommand, note: Callable[[], object]) -> list[Any]:
        """The deciders do it when the book says so, and only then; then it is noted there too."""
        self.debits.on(self.today)
        if not may:
            with pytest.raises(RefusedError):
                self.debits.do(command)
            return []
        facts = [one.fact for one in self.debits.do(command)]
        note()
        return facts

    def set_status(self, status: str, was: str = "") -> None:
        self.book.status, self.book.was = status, was

    def step(self, to: str, *from_: str) -> None:
        if self.book.status == "suspended":
            self.book.was = to if self.book.was in from_ else self.book.was
        elif self.book.status in from_:
            self.book.status = to

    # --- the mandate -----------------------------------------------------------------------------

    @rule(days=st.sampled_from((1, 1, 3, 8, 20)))
    def a_day_passes(self, days: int) -> None:
        if self.today < LAST:
            self.today = self.naive.moved(self.today, days)

    @rule()
    def notify(self) -> None:
        living = self.book.status not in self.naive.ENDED
        self.agree(living, self.dd.notify(), lambda: self.step("notified", "draft"))

    @rule()
    def lodge(self) -> None:
        code, on = self.book.to_lodge, self.naive.moved(self.today, 1)
        self.runs += 1
        run = f"L{self.runs}"
        may = code and "draft" not in (self.book.status, self.book.was)
        self.agree(may, self.dd.lodge(code or "0N", on, run), lambda: self.book.lodge(run, on))

    @rule(how=st.sampled_from(("abandoned", "withdrawn", "rejected")), really=PICK)
    def the_run_of_the_instruction_did_not_go(self, how: str, really: int) -> None:
        if really % 4:
            return
        sent = self.book.sent
        run = sent.run if sent and really % 3 else "L0"
        may = sent is not None and run == sent.run
        self.agree(may, self.dd.unlodge(run, how), self.book.unlodge)

    @rule(advice=st.sampled_from((None, "ADDACS 9")), really=PICK)
    def suspend(self, advice: str | None, really: int) -> None:
        if really % 4:
            return
        may = self.book.status not in (*self.naive.ENDED, "suspended")
        self.agree(
            may, self.dd.suspend(advice), lambda: self.set_status("suspended", self.book.status)
        )

    @rule(advice=st.sampled_from((None, "ADDACS 2")))
    def resume(self, advice: str | None) -> None:
        back = self.book.status == "cancelled" and self.book.by_bank and advice

        def note() -> None:
            self.book.held = self.book.held or bool(back)
            self.set_status(self.book.was)

        self.agree(back or self.book.status == "suspended", self.dd.resume(advice), note)

    @rule(advice=st.sampled_from((None, "ADDACS 1")), really=PICK, of=ACCOUNT)
    def cancel(self, advice: str | None, really: int, of: str) -> None:
        if really % 8:
            return
        book = self.book

        def note() -> None:
            tell = book.held and advice is None
            was = book.was if book.status in ("suspended", "cancelled") else book.status
            sent = None if advice else book.sent
            book.end("cancelled")
            book.sent = sent
            book.was, book.held, book.by_bank = was, tell, advice is not None
            book.to_lodge = "0C" if tell else ""

        command = self.dd.cancel("payer", advice, of)
        overtaken = book.to_lodge == "0C" and advice
        if not self.bank_that_was_left(command, of if advice else None):
            self.agree(book.status not in self.naive.ENDED or overtaken, command, note)

    def bank_that_was_left(self, command: c.AnyCommand, of: str | None, to: str = "") -> bool:
        """Whether a bank speaks that the payer has left: then nothing else changes."""
        left = self.book.who_speaks(of) if of is not None else None
        if left is not None:
            self.agree(left.held, command, lambda: self.book.over_there(left, to))
        return left is not None

    @rule(really=PICK, of=ACCOUNT)
    def reject(self, really: int, of: str) -> None:
        if really % 16:
            return
        command = self.dd.reject(of)
        if not self.bank_that_was_left(command, of):
            may = self.book.status != "rejected"
            self.agree(may, command, lambda: self.book.end("rejected"))

    @rule(advice=st.sampled_from((None, "ADDACS 3")), really=PICK, of=ACCOUNT, to=ACCOUNT)
    def amend(self, advice: str | None, really: int, of: str, to: str) -> None:
        if really % 4:
            return
        book, command = self.book, self.dd.amend(advice, to, of)
        if advice is None:
            living = book.status not in self.naive.ENDED
            self.agree(living, command, lambda: book.change_account(to))
        elif not self.bank_that_was_left(command, of, to):
            self.agree(to != book.account, command, lambda: book.moved_to(to))

    @rule(pick=PICK)
    def tell_a_bank_that_was_left(self, pick: int) -> None:
        left = self.book.left[-3:] or [self.naive.Left(0, "", 77, held=False)]
        one = left[pick % len(left)]
        self.runs += 1
        run, on = f"L{self.runs}", self.naive.moved(self.today, 1)

        def note() -> None:
            self.book.over_there(one)
            one.told = run

        self.agree(one.held, self.dd.lodge("0C", on, run, details=one.details), note)

    @rule(pick=PICK)
    def what_was_said_to_a_bank_that_was_left_did_not_go(self, pick: int) -> None:
        left = [one for one in self.book.left[-3:] if one.told or one.sent]
        if left and pick % 3 == 0:
            one = left[pick % len(left)]
            run = one.told or one.sent
            self.agree(may=True, command=self.dd.unlodge(run), note=lambda: one.unsend(run))

    # --- collections -----------------------------------------------------------------------------

    @rule(days=st.integers(8, 16), parts=st.sampled_from((1, 1, 1, 2)))
    def announce(self, days: int, parts: int) -> None:
        day = self.naive.moved(self.today, days)
        may = self.book.status not in self.naive.ENDED and days >= 10

        def note() -> None:
            self.book.told[day] = PART * parts

        self.agree(may, self.dd.announce(day, PART * parts, given=self.today), note)

    @rule(pick=PICK)
    def instruct(self, pick: int) -> None:
        days = sorted(self.book.told) or [self.naive.moved(self.today, 2)]
        entry_on = days[pick % len(days)]
        if self.naive.moved(entry_on, -2) < self.today:
            return
        self.runs += 1
        name, final = f"R{self.runs}/1", pick % 17 == 0
        processing_on = self.naive.moved(entry_on, -1)
        noted: list[Any] = []
        facts = self.agree(
            self.book.may_take(entry_on, self.today),
            self.dd.instruct(entry_on, f"R{self.runs}", is_final=final),
            lambda: noted.append(self.book.take(name, processing_on, self.today, final=final)),
        )
        self.same_item(facts, noted)

    @rule(pick=PICK, twice=st.booleans())
    def tell_and_take(self, pick: int, *, twice: bool) -> None:
        """What is done month by month: announced, and taken when the days of notice are over."""
        self.announce(10, 1)
        if twice:
            self.announce(11, 1)
        self.a_day_passes(8)
        self.instruct(pick)
        if twice:
            self.instruct(pick + 1)

    @rule(pick=PICK, came=st.sampled_from(("money", "money", "nothing", "back", "both")))
    def a_month(self, pick: int, came: str) -> None:
        """Announced, taken and debited; unpaid, before or after the accounts were credited."""
        self.tell_and_take(pick, twice=False)
        self.a_day_passes(3)
        if came in ("money", "both"):
            self.the_payer_is_debited(1)
        if came in ("back", "both"):
            self.the_bank_did_not_pay(1, "0", 0)

    @rule(pick=PICK, days=st.sampled_from((0, 0, 5, 15)))
    def present_again(self, pick: int, days: int) -> None:
        name = self.some(pick)
        processing_on = self.naive.moved(self.naive.moved(self.today, 1), days)
        self.runs += 1
        noted: list[Any] = []
        facts = self.agree(
            self.book.may_present_again(name, processing_on, self.today),
            self.dd.represent(self.naive.moved(processing_on, 1), name, f"R{self.runs}"),
            lambda: noted.append(
                self.book.present_again(f"R{self.runs}/1", name, processing_on, self.today)
            ),
        )
        self.same_item(facts, noted)

    def same_item(self, facts: list[Any], noted: list[Any]) -> None:
        items = [one for one in facts if isinstance(one, CollectionInstructed)]
        assert [(one.code, one.amount_minor) for one in items] == [
            (one.code, one.amount) for one in noted
        ]

    def some(self, pick: int) -> str:
        """A collection of the book, or one that nobody knows."""
        names: list[str] = [*self.book.taken, "R0/1"]
        return names[-1 - pick % len(names)]

    # --- reports, late or twice, and money -------------------------------------------------------

    @rule(pick=PICK, how=st.sampled_from(("rejected", "withdrawn", "abandoned")))
    def bacs_refused(self, pick: int, how: str) -> None:
        name = self.some(pick)
        one = self.book.taken.get(name)
        may = one is not None and one.state == "instructed" and one.paid is None
        if one is not None and one.paid is not None:
            return  # what was credited had its Input report
        self.agree(may, self.dd.stop(name, how), lambda: self.book.stop(name))

    @rule(pick=PICK)
    def the_payer_is_debited(self, pick: int) -> None:
        one = self.book.taken.get(self.some(pick))
        if one is None or one.state != "instructed" or one.paid is not None:
            return
        if one.entry_on > self.today:
            return
        self.debits.on(self.today).credited(self.today, one.name, one.amount)
        one.paid, one.over = self.book.pay(one.amount)

    @rule(pick=PICK, code=st.sampled_from(("0", "0", "B")), short=st.sampled_from((0, 0, 0, 1)))
    def the_bank_did_not_pay(self, pick: int, code: str, short: int) -> None:
        name = self.some(pick)
        one = self.book.taken.get(name)
        may = one is not None and one.state == "instructed" and not short
        amount = (one.amount if one else PART) - short

        def note() -> None:
            assert one is not None
            one.state, one.reason = "returned", code
            if one.paid is not None:
                self.debits.do(
                    c.ReversePayment(
                        **self.dd.b.HSG, receipt=f"DD:{name}", reason="direct_debit_unpaid"
                    )
                )
                self.book.unpay(one)

        self.agree(may, self.dd.give_back(name, amount, code, self.today), note)

    @rule(amount=st.sampled_from((1, 300, PART)))
    def the_payer_pays_beside_it(self, amount: int) -> None:
        if self.today < DUE[0]:
            return
        self.runs += 1
        money = self.dd.b.pay(f"CASH{self.runs}", amount, self.today, invoice="I1")
        self.debits.on(self.today).do(money)
        self.book.over += self.book.pay(amount)[1]

    # --- what holds at every moment --------------------------------------------------------------

    @invariant()
    def both_books_say_the_same(self) -> None:
        state, book = self.debits.mandate, self.book
        assert (state.status, state.is_held, state.to_lodge or "") == (
            book.status,
            book.held,
            book.to_lodge,
        )
        assert (state.details, state.payer_account_digest) == (book.details, book.account)
        assert [(one.details, one.is_held) for one in state.former] == [
            (one.details, one.held) for one in book.left[-4:]
        ]
        assert {day: one.take_minor for day, one in state.announced.items()} == book.told
        assert {name: one.status for name, one in state.collections.items()} == {
            name: one.state for name, one in list(book.taken.items())[-24:]
        }
        assert self.debits.account.open_minor == book.open_minor()
        assert self.debits.account.unapplied_minor == book.credit()

    @invariant()
    def no_0c_waits_for_a_bank_that_holds_nothing(self) -> None:
        if self.debits.mandate.to_lodge == "0C":
            assert self.debits.mandate.is_held
            assert not self.debits.mandate.by_bank

    def teardown(self) -> None:
        """The state is that of its facts, and comes back from its bytes as it was."""
        if not hasattr(self, "debits"):
            return
        for name, facts in self.debits.world.streams.items():
            state = self.debits.world.states[name]
            assert fold(name, facts) == state
            assert load(name, dump(state)) == state


@pytest.fixture
def one_mandate(dd: ModuleType, naive_mandate: ModuleType) -> type[OneMandate]:
    OneMandate.dd, OneMandate.naive = dd, naive_mandate
    return OneMandate


def test_any_history_of_a_mandate_is_decided_as_the_second_book_has_it(
    one_mandate: type[OneMandate],
) -> None:
    run_state_machine_as_test(one_mandate, settings=PROFILE)


def _nothing_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection_plan, "_less", lambda lines, *_: lines)


def _an_instruction_that_did_not_go_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mandate, "unlodged", lambda *_: {"lodging": None})


def _bank_is_always_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = mc.CancelMandate.model_copy

    def cancel(state: Any, command: mc.CancelMandate, context: Any) -> Any:  # noqa: ANN401 - as the decider
        return before(state, told(command, update={"advice": None}), context)

    before = mandates.cancel_mandate
    monkeypatch.setattr(mandates, "cancel_mandate", cancel)


@pytest.mark.parametrize(
    "break_it", [_nothing_in_flight, _bank_is_always_told, _an_instruction_that_did_not_go_is_lost]
)
def test_a_decider_that_is_broken_is_found(
    one_mandate: type[OneMandate],
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[pytest.MonkeyPatch], None],
) -> None:
    break_it(monkeypatch)
    unkept = settings(
        PROFILE, database=None, print_blob=False, max_examples=500, report_multiple_bugs=False
    )
    with pytest.raises((AssertionError, RefusedError, pytest.fail.Exception)):
        run_state_machine_as_test(one_mandate, settings=unkept)
