"""A broken invariant stops one account, and neither its batch nor the service.

Breaches are made by a superuser in a state row, and by an evolve that is broken on purpose.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeAlias

import psycopg
import pytest
from structlog.testing import capture_logs

from ledger import checks, handle
from ledger import commands as c
from ledger import round as rounds
from ledger.account_state import Dated
from ledger.events import InvoiceIssued, PaymentAllocated, PaymentReceived
from ledger.handle import Ledger
from ledger.intake_events import MessageRefused
from ledger.invariants import InvariantBrokenError
from ledger.limits import BREACHES_PER_BATCH_MAX
from ledger.quarantine_events import StreamQuarantined, StreamReleased
from ledger.recorded import Source, UnknownTopicError
from ledger.requests import Entry, Outcome, Request
from ledger.store_reads import StoreReads
from ledger.streams import StreamState, evolve
from ledger.suspense_commands import AssignSuspense
from ledger.suspense_events import ReceiptSuspended
from ledger.values import Fact
from service import intake_desk
from service.desk_orders import Given, Order, give
from service.embedded_database import EmbeddedDatabase
from service.quarantine_desk import StillBrokenError, listed, release

Council: TypeAlias = Any  # conftest's, which a test cannot import

MESSAGES = 1_000
WRONG = "account:HSG:500"
NEGATIVE = (
    "UPDATE ledger.streams SET state = convert_to(replace(convert_from(state, 'UTF8'),"
    " '\"open_minor\":10000', '\"open_minor\":-10000'), 'UTF8') WHERE name = %s"
)


def tamper(database: EmbeddedDatabase, stream: str, change: str = NEGATIVE) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        assert owner.execute(change.encode(), (stream,)).rowcount == 1


def let_go(council: Council, stream: str, actor: str = "manager.dean") -> Given:
    return release(council.app, Order(actor, f"let {stream} go", "test"), stream, "looked into")


def statuses(outcomes: list[Outcome]) -> dict[str, int]:
    return {one: [o.status for o in outcomes].count(one) for one in ("posted", "refused")}


def codes(outcomes: list[Outcome]) -> list[str]:
    return [refusal.code for outcome in outcomes for refusal in outcome.refusals]


def broken(where: Callable[[str, Fact], bool], error: Exception) -> Any:  # noqa: ANN401
    """An evolve that raises for some facts."""

    def evolve_or_break(name: str, state: StreamState, dated: Dated) -> StreamState:
        if where(name, dated.fact):
            raise error
        return evolve(name, state, dated)

    return evolve_or_break


def bills(council: Council, *accounts: str, of: str = "B") -> list[Any]:
    return [council.message(council.billing.invoice(one, f"{of}{one}")) for one in accounts]


def retry_all(council: Council) -> list[str]:
    return [intake_desk.retry(council.app, row).status for row in intake_desk.listed(council.app)]


# -- a state row that somebody changed -------------------------------------------------------------


def test_of_a_thousand_messages_all_but_those_of_the_wrong_account_post(
    council: Council, database: EmbeddedDatabase
) -> None:
    names = [str(number) for number in range(MESSAGES)]
    council.opened(*names)
    council.billed("500", "I1")
    tamper(database, WRONG)
    with capture_logs() as logs:
        outcomes = council.send(bills(council, *names))
    assert statuses(outcomes) == {"posted": MESSAGES - 1, "refused": 1}
    assert codes(outcomes) == ["account_quarantined"]
    (fact,) = council.facts(StreamQuarantined)
    assert fact.stream == WRONG
    assert "open_minor" in fact.breach
    assert fact.message == council.facts(MessageRefused)[0].message
    (alarm,) = [one for one in logs if one["event"] == "consume.alarm"]
    assert (alarm["log_level"], alarm["kind"]) == ("error", "quarantined")
    assert WRONG in alarm["sentence"]
    council.opened("1000")  # the service goes on


def test_it_is_refused_and_kept_until_it_is_released_and_then_posts(
    council: Council, database: EmbeddedDatabase
) -> None:
    council.opened("500", "501")
    council.billed("500", "I1")
    tamper(database, WRONG)
    assert codes(council.send(bills(council, "500", "501"))) == ["account_quarantined"]
    assert codes(council.send(bills(council, "500", "501", of="C"))) == ["account_quarantined"]
    assert len(council.facts(StreamQuarantined)) == 1
    waiting = intake_desk.listed(council.app)
    assert [row.code for row in waiting] == ["account_quarantined"] * 2
    assert all(council.app.raw.has(row.digest) for row in waiting)
    assert retry_all(council) == ["refused"] * 2
    assert [one.stream for one in checks.verify(council.app.store)] == [WRONG]

    assert not let_go(council, WRONG).refusals
    assert listed(council.app.store) == {}
    assert retry_all(council) == ["posted"] * 2
    assert council.state("500").open_minor == 30_000
    assert checks.verify(council.app.store) == ()
    assert intake_desk.listed(council.app) == []


def test_a_state_that_cannot_be_read_stops_its_account_only(
    council: Council, database: EmbeddedDatabase
) -> None:
    council.opened("500", "501")
    tamper(database, WRONG, "UPDATE ledger.streams SET state = 'not a state' WHERE name = %s")
    outcomes = council.send(bills(council, "501", "500", "501", of="C"))
    assert codes(outcomes[1:2]) == ["account_quarantined"]
    let_go(council, WRONG)
    assert retry_all(council) == ["posted"]
    assert checks.verify(council.app.store) == ()


def test_a_version_that_somebody_changed_is_counted_anew_on_release(
    council: Council, database: EmbeddedDatabase
) -> None:
    council.opened("500")
    change = "UPDATE ledger.streams SET state = '', version = version + 7 WHERE name = %s"
    tamper(database, WRONG, change)
    council.send(bills(council, "500"))
    let_go(council, WRONG)
    assert retry_all(council) == ["posted"]
    assert checks.verify(council.app.store) == ()


def test_a_receipt_in_suspense_is_stopped_like_an_account(
    council: Council, database: EmbeddedDatabase
) -> None:
    council.take(council.camt("one.xml", [council.entry(700), council.entry(800)]))
    first, second = (fact.receipt for fact in council.facts(ReceiptSuspended))
    change = NEGATIVE.replace('"open_minor":10000', '"held_minor":700').replace(
        '"open_minor":-10000', '"held_minor":-700'
    )
    tamper(database, f"receipt:{first}", change)
    assigned = [
        council.command(AssignSuspense(receipt=one, owner="officer.bell"))
        for one in (first, second)
    ]
    assert [one.status for one in assigned] == ["refused", "posted"]
    assert list(listed(council.app.store)) == [f"receipt:{first}"]


def test_without_the_guard_the_whole_batch_is_lost(
    council: Council, database: EmbeddedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what every batch with such an account would come to."""
    council.opened("500", "501")
    council.billed("500", "I1")
    tamper(database, WRONG)
    before = council.app.store.last_position()
    monkeypatch.setattr(handle, "BROKEN", ())
    with pytest.raises(InvariantBrokenError):
        council.send(bills(council, "500", "501"))
    assert council.app.store.last_position() == before


# -- a program that is at fault --------------------------------------------------------------------


def test_an_entry_that_breaks_halfway_leaves_no_trace(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    council.opened("7", "8")
    council.billed("7", "I7")
    council.billed("8", "I8")
    at_the_second_fact = broken(
        lambda name, fact: name.endswith(":7") and isinstance(fact, PaymentAllocated),
        ZeroDivisionError("a fault"),
    )
    paid = [("7", "R7"), ("8", "R8")]
    commands = [
        c.ReceivePayment(
            unit="HSG", account=account, receipt=receipt, amount_minor=10_000, method="cash",
            value_on=council.app.ledger.today(), rule="account-reference",
        )
        for account, receipt in paid
    ]  # fmt: skip
    monkeypatch.setattr(rounds, "evolve", at_the_second_fact)
    refused, posted = (council.command(command) for command in commands)
    assert codes([refused, posted]) == ["account_quarantined"]
    assert [fact.receipt for fact in council.facts(PaymentReceived)] == ["R8"]
    assert council.facts(StreamQuarantined)[0].breach.startswith("it cannot be worked with")
    assert council.facts(StreamQuarantined)[0].stopped_by == "officer.ames"
    assert checks.verify(council.app.store) == ()
    monkeypatch.undo()
    let_go(council, "account:HSG:7")
    assert council.command(commands[0]).status == "posted", "its receipt's name was not taken"


class GoesOn(Ledger):
    """Refuses what broke and goes on in the same attempt, as one is tempted to."""

    def _decide(self, entries: Sequence[Entry], reads: StoreReads, today: date) -> rounds.Round:
        attempt = rounds.Round(reads, self.policy, today, self.small_balances)
        attempt.load(entries)
        for entry in entries:
            try:
                attempt.take(entry)
            except InvariantBrokenError:
                attempt._outcomes.append(Outcome("refused"))
        return attempt


def test_a_guard_that_goes_on_in_the_same_attempt_leaves_a_trace(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: half of an entry is in the log although it was refused."""
    council.opened("7")
    council.billed("7", "I7")
    at_the_second_fact = broken(
        lambda _, fact: isinstance(fact, PaymentAllocated), ZeroDivisionError("a fault")
    )
    monkeypatch.setattr(rounds, "evolve", at_the_second_fact)
    ledger = GoesOn(council.app.store, council.app.policy, council.app.ledger.today)
    pay = c.ReceivePayment(
        unit="HSG", account="7", receipt="R7", amount_minor=10_000, method="cash",
        value_on=ledger.today(), rule="account-reference",
    )  # fmt: skip
    request = Request(pay, council.app.actor("officer.ames"), Source("command", "test"), "p-1")
    assert ledger.handle([request])[0].status == "refused"
    assert [fact.receipt for fact in council.facts(PaymentReceived)] == ["R7"]


def test_what_came_before_it_in_the_batch_posts_and_what_comes_after_is_refused(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    council.opened("7", "8")
    at_c7 = broken(
        lambda _, fact: isinstance(fact, InvoiceIssued) and fact.invoice == "C7", ValueError("no")
    )
    monkeypatch.setattr(rounds, "evolve", at_c7)
    batch = [bills(council, "7", "8", of=of) for of in "BCD"]
    outcomes = council.send([message for part in batch for message in part])
    assert [one.status == "posted" for one in outcomes] == [True, True, False, True, False, True]
    kinds = [type(event.fact) for event in council.events()][-8:]
    assert kinds.index(StreamQuarantined) < kinds.index(MessageRefused)


def test_only_the_leg_that_broke_is_stopped(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    council.opened("7", "8")
    pay = c.ReceivePayment(
        unit="HSG", account="7", receipt="R7", amount_minor=500, method="cash",
        value_on=council.app.ledger.today(), rule="account-reference",
    )  # fmt: skip
    council.command(pay)
    transfer = c.TransferCredit(
        unit="HSG", account="7", transfer="T1", amount_minor=500, to_unit="HSG", to_account="8",
        reason="wrong account",
    )  # fmt: skip
    into_8 = broken(lambda name, _: name == "account:HSG:8", ValueError("no"))
    monkeypatch.setattr(rounds, "evolve", into_8)
    assert codes([council.command(transfer)]) == ["account_quarantined"]
    assert list(listed(council.app.store)) == ["account:HSG:8"]
    assert council.state("7").unapplied_minor == 500, "both legs or none"


def test_a_fault_in_every_account_ends_the_process_and_posts_nothing(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [str(number) for number in range(BREACHES_PER_BATCH_MAX + 1)]
    council.opened(*names)
    everywhere = broken(lambda _, fact: isinstance(fact, InvoiceIssued), ValueError("no"))
    monkeypatch.setattr(rounds, "evolve", everywhere)
    before = council.app.store.last_position()
    with pytest.raises(InvariantBrokenError):
        council.send(bills(council, *names))
    assert council.app.store.last_position() == before
    assert statuses(council.send(bills(council, *names[1:], of="C"))) == {
        "posted": 0, "refused": BREACHES_PER_BATCH_MAX,
    }  # fmt: skip


def test_events_of_a_newer_version_stop_the_program_and_no_account(
    council: Council, database: EmbeddedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    council.opened("500")
    tamper(database, WRONG, "UPDATE ledger.streams SET shape = 99 WHERE name = %s")

    def newer(*_: object) -> None:
        raise UnknownTopicError("position 1: no fact has this topic")

    monkeypatch.setattr("ledger.streams.fold", newer)
    with pytest.raises(UnknownTopicError):
        council.send(bills(council, "500"))
    assert listed(council.app.store) == {}


# -- money of a stopped account, and its release ---------------------------------------------------


def test_a_bank_line_of_a_stopped_account_waits_in_suspense(
    council: Council, database: EmbeddedDatabase
) -> None:
    council.opened("500")
    council.billed("500", "I1")
    tamper(database, WRONG)
    council.send(bills(council, "500"))
    entry = council.entry(2_500, council.reference("500"))
    report = council.take(council.camt("one.xml", [entry]))
    assert report.refusal is None
    assert [fact.amount_minor for fact in council.facts(ReceiptSuspended)] == [2_500]


def test_whoever_broke_it_cannot_release_it_and_an_officer_may_not(
    council: Council, database: EmbeddedDatabase
) -> None:
    council.opened("500")
    council.billed("500", "I1")
    tamper(database, WRONG)
    hold = c.PlaceHold(unit="HSG", account="500", hold="H1", kind="other", reason="test")
    assert codes([council.command(hold, "manager.dean")]) == ["account_quarantined"]
    assert [one.code for one in let_go(council, WRONG, "manager.dean").refusals] == ["own_proposal"]
    assert [one.code for one in let_go(council, WRONG, "officer.ames").refusals] == [
        "not_authorised"
    ]
    assert WRONG in listed(council.app.store)
    assert not let_go(council, WRONG, "s151.ford").refusals
    assert [fact.stream for fact in council.facts(StreamReleased)] == [WRONG]
    assert council.command(hold, "manager.dean").status == "posted"


def test_a_command_of_the_desk_that_breaks_an_account_stops_it_too(
    council: Council, database: EmbeddedDatabase
) -> None:
    council.opened("500")
    council.billed("500", "I1")
    tamper(database, WRONG)
    hold = c.PlaceHold(unit="HSG", account="500", hold="H1", kind="other", reason="test")
    tried = give(council.app, Order("officer.ames", "1", "test", dry_run=True), [hold])
    assert [one.code for one in tried.refusals] == ["account_quarantined"]
    assert listed(council.app.store) == {}, "a dry run writes nothing"
    given = give(council.app, Order("officer.ames", "1", "test"), [hold])
    assert [one.code for one in given.refusals] == ["account_quarantined"]
    assert WRONG in listed(council.app.store)


def test_an_account_whose_events_are_impossible_is_not_released(
    council: Council, database: EmbeddedDatabase
) -> None:
    council.opened("500")
    council.billed("500", "I1")
    tamper(database, WRONG)
    council.send(bills(council, "500"))
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE ledger.events DISABLE TRIGGER ALL")
        owner.execute(
            "UPDATE ledger.events SET topic = 'hold-released.v1' WHERE topic = 'invoice-issued.v1'"
        )
    with pytest.raises(StillBrokenError):
        let_go(council, WRONG)
    assert WRONG in listed(council.app.store)
