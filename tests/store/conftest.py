"""What the tests of the store share: a ledger on a fresh database, and a desk that gives commands.

The desk's one actor may do anything: authority has tests of its own.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest

from ledger import commands as c
from ledger import suspense_commands as sc
from ledger.authority import Actor, parse_policy
from ledger.handle import Ledger
from ledger.ids import stream_id
from ledger.recorded import Source
from ledger.requests import IntakeOf, Outcome, Request
from ledger.store import Store
from ledger.store_values import Batch, NewEvent, StreamRow
from ledger.streams import NO_STATE
from ledger.values import CreditLine, InvoiceLine
from service.embedded_database import EmbeddedDatabase

ACTOR = Actor("officer.test", ("everything",))
ACTIONS = (
    "open_account amend_account issue_invoice credit_invoice receive_payment allocate unallocate"
    " reverse_payment transfer_credit suspend_receipt identify_suspense propose_refund"
    " propose_write_off place_hold split_suspense move_to_suspense assign_virtual_account"
    " record_payment_instruction propose_payer_alias confirm_payer_alias revoke_payer_alias"
    " propose_small_balances write_off_small_balance"
)
POLICY = parse_policy(
    '[actors]\n"officer.test" = ["everything"]\n[[authority]]\neffective_from = 2000-01-01\n'
    "[authority.roles.everything]\n" + "\n".join(f'{action} = "any"' for action in ACTIONS.split())
)
BILLED_ON = date(2026, 4, 1)


@dataclass(frozen=True)
class Desk:
    """Gives commands to a ledger, each with an identity of its own."""

    ledger: Ledger

    @property
    def store(self) -> Store:
        return self.ledger.store

    def request(
        self, command: c.AnyCommand, identity: str, intake: IntakeOf | None = None
    ) -> Request:
        return Request(command, ACTOR, Source("command", "test"), identity, intake=intake)

    def give(self, *commands: c.AnyCommand, of: str = "") -> tuple[Outcome, ...]:
        """Handle commands in one batch; `of` tells apart what would have the same identity."""
        requests = [
            self.request(command, f"{of}|{command.model_dump_json()}") for command in commands
        ]
        return self.ledger.handle(requests)

    def open(self, *accounts: str) -> None:
        outcomes = self.give(*(self.account(name) for name in accounts))
        assert {outcome.status for outcome in outcomes} == {"posted"}

    @staticmethod
    def account(account: str) -> c.OpenAccount:
        return c.OpenAccount(unit="HSG", account=account, debt_type="rent")

    @staticmethod
    def bill(account: str, invoice: str, net_minor: int = 10_000) -> c.IssueInvoice:
        line = InvoiceLine(
            description="rent",
            service="RENT",
            cost_code="R1",
            vat_code="N",
            net_minor=net_minor,
            vat_minor=0,
        )
        return c.IssueInvoice(
            unit="HSG",
            account=account,
            invoice=invoice,
            service="RENT",
            invoiced_on=BILLED_ON,
            tax_point_on=BILLED_ON,
            due_on=date(2026, 4, 30),
            currency="GBP",
            description="rent of April",
            lines=(line,),
            net_minor=net_minor,
            vat_minor=0,
            gross_minor=net_minor,
        )

    @staticmethod
    def pay(account: str, receipt: str, amount_minor: int) -> c.ReceivePayment:
        return c.ReceivePayment(
            unit="HSG",
            account=account,
            receipt=receipt,
            amount_minor=amount_minor,
            method="cash",
            value_on=date(2026, 4, 5),
            rule="account-reference",
        )

    @staticmethod
    def suspend(receipt: str, amount_minor: int) -> sc.SuspendReceipt:
        return sc.SuspendReceipt(
            receipt=receipt,
            unit="HSG",
            amount_minor=amount_minor,
            method="bank_transfer",
            value_on=date(2026, 4, 5),
            reason="no reference",
        )


def desk_of(store: Store) -> Desk:
    return Desk(Ledger(store, POLICY, lambda: store.now().date()))


@pytest.fixture
def new_store(database: EmbeddedDatabase) -> Iterator[Callable[..., Store]]:
    """Makes stores of the test's database, and closes them."""
    with ExitStack() as stack:

        def make(**options: Any) -> Store:  # noqa: ANN401 - handed on to the store as they are
            store = Store(database.app_url, **options)
            stack.callback(store.close)
            return store

        yield make


@pytest.fixture
def store(new_store: Callable[..., Store]) -> Store:
    return new_store()


@pytest.fixture
def desk(store: Store) -> Desk:
    return desk_of(store)


@pytest.fixture
def desk_on() -> Callable[[Store], Desk]:
    return desk_of


@pytest.fixture
def owner(database: EmbeddedDatabase) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's connection, each statement its own transaction."""
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def plain_batch() -> Callable[..., Batch]:
    """Makes a batch of events that no decider made, for tests of the append alone."""
    return _plain_batch


def _plain_batch(name: str, count: int, first_version: int = 1, **parts: Any) -> Batch:  # noqa: ANN401
    one = stream_id(name)
    events = [
        NewEvent(one, version, "plain.v1", json.dumps({"name": name, "version": version}).encode())
        for version in range(first_version, first_version + count)
    ]
    row = StreamRow(one, name, first_version + count - 1, 1, NO_STATE)
    return Batch(events, [row], **parts)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A ledger of about 60 events in a dozen blocks, of every kind that has a register row."""
    desk.open("1", "2", "3")
    for number in range(1, 7):
        account = str(number % 3 + 1)
        desk.give(
            desk.bill(account, f"I{number}", 100_00 * number),
            desk.bill(account, f"J{number}", 50_00),
            desk.pay(account, f"R{number}", 60_00),
        )
    desk.give(
        c.CreditInvoice(
            unit="HSG",
            account="1",
            credit_note="C1",
            invoice="I6",
            reason="overcharge",
            source_document="memo 1",
            lines=(
                CreditLine(
                    service="RENT", cost_code="R1", vat_code="N", net_minor=1_00, vat_minor=0
                ),
            ),
        )
    )
    desk.give(desk.suspend("S1", 33_00), desk.suspend("S2", 44_00))
    desk.give(desk.pay("2", "R-over", 5_000_00))
    desk.give(
        c.TransferCredit(
            unit="HSG",
            account="2",
            transfer="T1",
            amount_minor=10_00,
            to_unit="HSG",
            to_account="3",
            reason="test",
        )
    )
    return desk
