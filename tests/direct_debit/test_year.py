"""A year of collections left to chance, in which every step is killed and done again.

The second book is kept from the files alone: what was billed, what the released files say that is
taken (read by position), and what the played reports say of it. It shares no code with the ledger.
"""

import signal
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from random import Random
from typing import Any, TypeAlias

import pytest

from ledger.bacs_days import BacsDays
from ledger.collection_run_commands import SignOffRun
from ledger.mandate_events import CollectionInstructed
from service.desk_orders import Order
from service.direct_debit.planning import NotCollectingError
from service.direct_debit.posting import post
from service.direct_debit.preparing import prepare, represent
from service.direct_debit.proving import prove
from service.direct_debit.runs import find_run, give_step
from service.ingest import ingest
from service.reading import figures
from service.report_run import catch_up
from service.wiring import App

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Sent: TypeAlias = Any
Lines: TypeAlias = Any
Killed: TypeAlias = Callable[..., int]

DEBTORS = 8
DAYS = BacsDays()
RETURNS = (("0128", "REFER TO PAYER"), ("1012", "INSTRUCTION CANCELLED"), ("8000", "STOPPED"))


class Year:
    """The months as they go, and what must be owed after each of them."""

    def __init__(self, town: Town, lines: Lines, seed: int, killed: Killed | None) -> None:
        self.town, self.lines, self.killed = town, lines, killed
        self.chance = Random(seed)  # noqa: S311 - repeated by its seed
        self.owed: Counter[str] = Counter()
        self.of: dict[str, str] = {}  # mandate -> account
        self.ended: set[str] = set()
        self.paid: list[tuple[Sent, date]] = []  # collections that stand, and their entry days
        self.claims: list[tuple[Sent, date]] = []  # live ones, and on which days they are debited
        self.kills = 0
        self.runs: list[str] = []

    # -- a step is killed, and then it is done -----------------------------------------------------

    def step(self, work: Callable[[App], object]) -> None:
        if self.killed is not None:
            ended = self.killed(self.town, work, self.chance.randint(1, 3))
            assert ended in (0, -signal.SIGKILL)
            self.kills += ended != 0
        work(self.town.app)

    def taken(self, path: Any) -> None:  # noqa: ANN401
        """A report comes in; killed, it is offered again, and once more for good measure."""
        self.step(lambda app: ingest(app, path))
        report = self.town.take(path)
        assert report.refusal is None

    # -- the months ------------------------------------------------------------------------------

    def joins(self, account: str) -> None:
        """A debtor signs a mandate, the first one or one with another bank."""
        if account not in self.of.values():
            self.town.opened(account)
        payer = self.town.payer(len(self.of))
        self.of[self.town.mandate(account, payer)] = account

    def month(self, entry_on: date) -> None:
        """Bills, notice, a run with all its reports, what came back presented again, claims."""
        self.town.on(DAYS.before(entry_on, 14))
        for account in sorted(set(self.of.values())):
            pence = self.chance.randint(100, 99_999)
            self.town.billed(account, f"{account}-{entry_on}", pence, entry_on)
            self.owed[account] += pence
        self.town.announce(entry_on)
        self.town.on(DAYS.before(entry_on, 3))
        sent = self.run(entry_on, lambda app: prepare(app, self.killed_order(), "HSG", entry_on))
        self.town.on(DAYS.after(entry_on))
        back = self.returned(sent, entry_on, RETURNS)
        self.changed()
        self.presented_again([one for one in back if one.reference not in self.ended], entry_on)
        self.claimed()

    def killed_order(self) -> Order:
        return Order("officer.ames", f"order-of-{self.town.today}", "dd run")

    def run(self, entry_on: date, work: Callable[[App], object]) -> list[Sent]:
        """Prepare, release, report, credit, prove and sign off; what was taken of payers."""
        self.step(work)
        if find_run(self.town.app, None).written is None:
            return []  # all of it is held back
        run, file = self.released(entry_on)
        sent = self.lines(file)
        self.looked_through(sent)
        debits = [one for one in sent if one.pence]
        refused = [one for one in debits if self.chance.random() < 0.1]
        reasons = [(one, "INVALID ACCOUNT") for one in refused]
        self.town.input_report(file, reasons)
        went = [one for one in debits if one not in refused]
        self.rejects([one for one in sent if one.code == "0N"])
        self.town.on(entry_on)
        if went:
            self.town.bank((sum(one.pence for one in went), f"BACS CREDIT {run}"), on=entry_on)
        self.posted(entry_on)
        for one in went:
            self.owed[self.of[one.reference]] -= one.pence
            self.paid.append((one, entry_on))
        self.proved(run)
        return went

    def released(self, entry_on: date) -> tuple[str, Any]:
        opened = find_run(self.town.app, None).opened
        assert opened.entry_on == entry_on
        self.runs.append(opened.run)
        return opened.run, self.town.release(opened.run)

    def looked_through(self, sent: list[Sent]) -> None:
        """Nobody is asked for more than he owes, nor twice, nor after his mandate has ended."""
        debits = [one for one in sent if one.pence and one.code != "18"]
        assert len({one.reference for one in debits}) == len(debits)
        assert not self.ended & {one.reference for one in debits}
        asked: Counter[str] = Counter()
        for one in sent:
            asked[self.of[one.reference]] += one.pence
        for account, pence in asked.items():
            assert pence <= self.owed[account], account

    def rejects(self, lodged: list[Sent]) -> None:
        for one in lodged:
            if self.chance.random() < 0.1:
                self.ended.add(one.reference)
                self.town.advised("AUDDIS", self.town.advice("AUDDIS", one.reference, "5"))

    def returned(
        self, sent: list[Sent], entry_on: date, reasons: Sequence[tuple[str, str]]
    ) -> list[Sent]:
        """Some come back; those that may be presented again."""
        processed_on = DAYS.before(entry_on)
        items = [(one, *self.chance.choice(reasons)) for one in sent if self.chance.random() < 0.3]
        if not items:
            return []
        self.taken(self.town.arudd(*items, processed_on=processed_on))
        for one, code, _ in items:
            self.owed[self.of[one.reference]] += one.pence
            self.paid.remove((one, entry_on))
            if code[0] == "1":
                self.ended.add(one.reference)
        return [one for one, code, _ in items if code[0] == "0"]

    def changed(self) -> None:
        """A payer cancels at his bank; some who are without a mandate sign another."""
        living = sorted(set(self.of) - self.ended)
        if self.chance.random() < 0.2:
            gone = self.chance.choice(living)
            self.ended.add(gone)
            self.town.advised("ADDACS", self.town.advice("ADDACS", gone, "1"))
            self.joins(f"A{len(self.of)}")
        without = {self.of[one] for one in self.ended} - {self.of[one] for one in living}
        for account in sorted(without):
            if self.chance.random() < 0.5:
                self.joins(account)

    def presented_again(self, back: list[Sent], entry_on: date) -> None:
        again_on = DAYS.after(entry_on, 9)
        self.town.on(DAYS.before(again_on, 3))
        if not back:
            with pytest.raises(NotCollectingError):
                represent(self.town.app, self.town.order(), "HSG", again_on)
            return
        order = self.killed_order()
        went = self.run(again_on, lambda app: _represent(app, order, again_on))
        assert {one.code for one in went} <= {"18"}
        self.town.on(DAYS.after(again_on))
        self.returned(went, again_on, RETURNS[1:])

    def claimed(self) -> None:
        """A payer has his bank take back what was collected; it is owed again from that day."""
        if not self.paid or self.chance.random() < 0.5:
            return
        one, entry_on = self.paid.pop(self.chance.randrange(len(self.paid)))
        debit_on = DAYS.after(self.town.today, 14)
        name = f"CLAIM-{one.reference}-{entry_on}"
        claim = self.town.claim(name, one.reference, "2", [(entry_on, one.pence)], debit_on)
        self.town.claimed(claim, debit_on=debit_on)
        self.claims.append((one, debit_on))

    def posted(self, on: date) -> None:
        """What a day brings; claims are settled on theirs."""
        order = self.town.order()
        self.step(lambda app: post(app, order, on))
        for one, debit_on in self.claims:
            if debit_on <= on:
                self.owed[self.of[one.reference]] += one.pence
        self.claims = [(one, debit_on) for one, debit_on in self.claims if debit_on > on]

    def proved(self, run: str) -> None:
        catch_up(self.town.app)
        state = find_run(self.town.app, run)
        proof = prove(self.town.app, state)
        assert proof.differences == ()
        own = proof.totals[0]
        step = SignOffRun(run=run, collections=own.items, amount_minor=own.amount_minor)
        give_step(self.town.app, self.town.order("senior.cole"), run, step)


def _represent(app: App, order: Order, again_on: date) -> None:
    with suppress(NotCollectingError):  # an earlier life put all of it into the run
        represent(app, order, "HSG", again_on)


def _run(year: Year, months: int) -> None:
    """So many months; after each of them every debtor owes what the second book says."""
    for number in range(DEBTORS):
        year.joins(f"A{number}")
    for month in range(months):
        first = date(2026, 12, 15) + timedelta(days=round(month * 30.5))
        year.month(DAYS.on_or_after(first))
        accounts = sorted(set(year.of.values()))
        owes = {one: year.town.owes(one) for one in accounts}
        assert owes == {one: year.owed[one] for one in accounts}


def test_a_year_in_which_every_step_is_killed_ends_with_what_each_debtor_owes(
    town: Town, lines: Lines, seed: int, killed: Killed
) -> None:
    year = Year(town, lines, seed, killed)
    _run(year, months=12)
    assert year.kills > 12
    events = town.app.store.events_after(0, 1_000_000)
    taken = [one.fact for one in events if isinstance(one.fact, CollectionInstructed)]
    assert len(taken) == len({(one.run, one.item) for one in taken})
    assert {find_run(town.app, run).status for run in year.runs} == {"signed_off"}
    catch_up(town.app)
    with figures(town.app.urls.app) as connection:
        broken = connection.execute("SELECT * FROM reporting.identities WHERE difference <> 0")
        assert broken.fetchall() == []


class _Forgetful(Year):
    """The negative control: reports of returns get lost."""

    def returned(self, sent: list[Sent], entry_on: date, _: object) -> list[Sent]:
        """Nothing comes back that would be presented again: that would be missed earlier."""
        return super().returned(sent, entry_on, RETURNS[1:])

    def taken(self, path: Any) -> None:  # noqa: ANN401
        """Do nothing with it."""


def test_a_report_that_is_lost_is_seen_at_the_end_of_its_month(
    town: Town, lines: Lines, seed: int
) -> None:
    year = _Forgetful(town, lines, seed, None)
    with pytest.raises(AssertionError) as error:
        _run(year, months=6)
    assert "owes" in str(error.traceback[-1].statement)
