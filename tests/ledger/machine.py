"""Machines that give commands in any order to the deciders and to a second ledger.

`Everything` mixes the whole command API over accounts of two units; the others keep to a part of
it and to few accounts, so that histories become intricate. After every command the two ledgers
must agree, no balance may be negative at any date, and all surfaces must show the same.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias, cast
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger import alias_commands as a
from ledger import commands as c
from ledger import small_balance_commands as sb
from ledger import suspense_commands as sc
from ledger.account_state import SETTLED_KEPT_MAX
from ledger.aliases import AliasState
from ledger.decoding import decode_rows
from ledger.recorded import Source, decode, encode, shared_part
from ledger.rejections import RefusedError
from ledger.streams import dump, fold, load
from ledger.values import CreditLine, Instalment, InvoiceLine, SmallBalanceLine

Key: TypeAlias = tuple[str, str]

ACCOUNTS: tuple[Key, ...] = (("HSG", "1"), ("HSG", "2"), ("GEN", "1"))
OFFICERS = ("officer.ames", "officer.bell", "senior.cole", "manager.dean", "s151.ford")
ACTORS = st.sampled_from(("system:intake",) * 4 + OFFICERS + ("visitor",))
CLERKS = st.sampled_from(("officer.ames", "senior.cole", "manager.dean", "manager.dean"))
HEADS = st.sampled_from(("senior.cole", "manager.dean", "s151.ford", "s151.ford"))
KEYS = st.integers(0, len(ACCOUNTS) - 1)
AMOUNTS = st.sampled_from((1, 999, 5000, 5000, 10000, 12000, 30000, 150000))
SHARES = st.sampled_from(("all", "all", "half", "half", "penny", "more"))
DAYS = st.sampled_from((-400, -300, -90, -60, -45, -30, -20, -10, -5, -2, 0, 3, 40))
ASKED = st.one_of(st.none(), st.none(), DAYS)
PICK = st.integers(0, 999)
MAYBE = st.sampled_from((True, True, True, False))
RECORDED_AT = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
CONTROLS = ("debtors", "unapplied", "suspense", "refunds_payable")
GL = ("debtors_control", "unapplied_cash", "suspense", "refunds_payable")


class Histories(RuleBasedStateMachine):
    """Bills and payments, given to both ledgers; what holds at every moment; what rules need."""

    world_of: Any
    naive_of: Any
    books_of: Any
    accounts = ACCOUNTS

    @initialize()
    def begin(self) -> None:
        self.world = self.world_of.World()
        self.naive = self.naive_of.Naive(
            self.world_of.POLICY_TEXT, self.world_of.TODAY, self.world_of.SMALL_TEXT
        )
        self.books = self.books_of.Books()
        self.names = 0
        for number, (unit, account) in enumerate(self.accounts):
            opened = c.OpenAccount(
                unit=unit, account=account, debt_type="sundry", apply_credit=account != "2"
            )
            self.give(opened, "system:intake")
            self.pay(number, 25000, -90, named=False, pick=0)
            self.bill(number, [5000, 5000, 5000], -60, [10, 30, 30], 0)
            self.bill(number, [12000], -30, [30, 30, 30], 0)

    # --- what the rules are made of --------------------------------------------------------------

    def give(self, command: c.AnyCommand, actor: str, on: date | None = None) -> None:
        """Give a command to both ledgers; they must agree on whether it is done."""
        refused = None
        try:
            self.world.submit(command, self.world.policy.actor(actor), on)
        except RefusedError as error:
            refused = error
        accepted = self.naive.accepts(command, actor, on)
        assert accepted == (refused is None), (command, actor, on, refused)

    def key(self, number: int) -> Key:
        return self.accounts[number % len(self.accounts)]

    def new(self, kind: str) -> str:
        self.names += 1
        return f"{kind}{self.names}"

    def day(self, offset: int | None) -> date | None:
        return None if offset is None else self.world_of.TODAY + timedelta(days=offset)

    def one(self, names: Iterable[Any], pick: int, otherwise: Any) -> Any:  # noqa: ANN401 - names of any shape
        """One of the names, so that rules hit what is there; now and then one that is not."""
        found = sorted(names)
        return found[pick % len(found)] if found and pick % 20 != 19 else otherwise

    def item(self, pick: int) -> tuple[Key, str]:
        """An account and an open item of it."""
        found = ((key, name) for key in self.accounts for name in self.naive.names("item", key))
        return cast("tuple[Key, str]", self.one(found, pick, (self.accounts[0], "none")))

    def receipt(self, pick: int) -> tuple[Key, str]:
        """An account and a receipt that it ever had."""
        return cast(
            "tuple[Key, str]", self.one(self.naive.receipts, pick, (self.accounts[0], "none"))
        )

    def credit_of(self, pick: int) -> tuple[Key, str, int]:
        """An account, a receipt with unapplied credit, and all that the account has of it."""
        found = ((key, name) for key in self.accounts for name in self.naive.names("credit", key))
        key, name = self.one(found, pick, (self.accounts[0], "none"))
        return key, name, self.naive.total("credit", key=key)

    def any_item(self, key: Key, pick: int) -> str:
        return str(self.one((name for k, name in self.naive.items if k == key), pick, "none"))

    def share(self, share: str, whole: int) -> int:
        return {"all": whole, "half": whole // 2, "penny": 1, "more": whole + 1}[share]

    def waiting(self, kind: str, pick: int) -> tuple[Any, str]:
        """A proposal of a kind: whose, and its name."""
        found = sorted(name[1:] for name in self.naive.proposals if name[0] == kind)
        whose, name = found[pick % len(found)]
        return whose, str(name)

    def targets(
        self, names: list[str], amounts: dict[str, int], chosen: list[tuple[int, str | None]]
    ) -> tuple[c.AllocationTarget, ...]:
        """Items to allocate to or from, seldom one twice."""
        if not names:
            return ()
        return tuple(
            c.AllocationTarget(
                item=names[(pick + place) % len(names)],
                amount_minor=share
                and self.share(share, amounts[names[(pick + place) % len(names)]]),
            )
            for place, (pick, share) in enumerate(chosen)
        )

    @rule(
        to=KEYS,
        amount=AMOUNTS,
        day=DAYS,
        named=st.booleans(),
        pick=PICK,
        several=st.one_of(st.none(), st.none(), st.lists(PICK, max_size=3)),
    )
    def pay(
        self,
        to: int,
        amount: int,
        day: int,
        named: bool,  # noqa: FBT001 - Hypothesis passes by name
        pick: int,
        several: list[int] | None = None,
    ) -> None:
        key = self.key(to)
        command = c.ReceivePayment(
            unit=key[0],
            account=key[1],
            receipt=self.new("R"),
            amount_minor=amount,
            method="bank_transfer",
            value_on=self.world_of.TODAY + timedelta(days=day),
            rule="account-reference",
            invoice=self.any_item(key, pick) if named else None,
            invoices=several and tuple(self.any_item(key, one) for one in several),
        )
        self.give(command, "system:intake")

    @rule(
        to=KEYS,
        amounts=st.lists(AMOUNTS, min_size=1, max_size=3),
        day=DAYS,
        gaps=st.lists(st.integers(0, 40), min_size=3, max_size=3),
        wrong=st.sampled_from((0,) * 9 + (1,)),
    )
    def bill(self, to: int, amounts: list[int], day: int, gaps: list[int], wrong: int) -> None:
        unit, account = self.key(to)
        on = self.world_of.TODAY + timedelta(days=day)
        due = [on + timedelta(days=sum(gaps[: number + 1])) for number in range(len(amounts))]
        parts = enumerate(zip(amounts, due, strict=True), 1)
        line = InvoiceLine(
            description="x",
            service="RENT",
            cost_code="R1",
            vat_code="N",
            net_minor=sum(amounts),
            vat_minor=0,
        )
        command = c.IssueInvoice(
            unit=unit,
            account=account,
            invoice=self.new("I"),
            service="RENT",
            invoiced_on=on,
            tax_point_on=on,
            due_on=due[-1],
            currency="GBP",
            description="x",
            lines=(line,),
            instalments=tuple(
                Instalment(number=number, due_on=when, amount_minor=amount)
                for number, (amount, when) in parts
            )
            if len(amounts) > 1
            else (),
            net_minor=sum(amounts),
            vat_minor=0,
            gross_minor=sum(amounts) + wrong,
        )
        self.give(command, "system:intake")

    @invariant()
    def nothing_is_negative_and_all_surfaces_agree(self) -> None:
        self.books.read_on(self.world.log)
        books = self.books.now()
        assert books == self.from_model()
        assert books == self.from_states()

    @invariant()
    def the_general_ledger_agrees(self) -> None:
        books = self.books.now()
        for control, gl in zip(CONTROLS, GL, strict=True):
            sign = 1 if control == "debtors" else -1
            held = sum(amount for name, amount in books.items() if name[0] == control)
            assert sign * self.books.gl[gl] == held
        assert not any(self.books.by_unit.values())
        assert not self.books.gl["transfers_clearing"]
        assert self.books.gl["bad_debts"] == sum(
            line.amount_minor
            for state in self.world.accounts.values()
            for watched in state.written_off.values()
            for line in watched.lines
        )
        assert self.books.gl["bad_debts"] == self.naive.total("bad")

    @invariant()
    def states_are_small(self) -> None:
        for state in self.world.accounts.values():
            assert all(part.open_minor > 0 for x in state.items.values() for part in x.instalments)
            assert all(item.instalments for item in state.items.values())
            assert all(credit.unapplied_minor > 0 for credit in state.credits.values())
            assert len(state.settled) <= SETTLED_KEPT_MAX

    def from_model(self) -> dict[tuple[Any, ...], int]:
        """The second ledger's figures."""
        found: dict[tuple[Any, ...], int] = defaultdict(int)
        for move in self.naive.moves:
            match move["book"]:
                case "item":
                    found["debtors", *move["key"], move["name"], move["n"]] += move["amount"]
                case "credit":
                    found["unapplied", *move["key"], move["name"]] += move["amount"]
                case "suspense":
                    found["suspense", move["name"]] += move["amount"]
                case "payable":
                    found["refunds_payable", move["key"]] += move["amount"]
        return {name: amount for name, amount in found.items() if amount}

    def from_states(self) -> dict[tuple[Any, ...], int]:
        """The figures of the states that the next decision is made from."""
        found: dict[tuple[Any, ...], int] = defaultdict(int)
        for state in self.world.accounts.values():
            key = (state.unit, state.account)
            for item in state.items.values():
                for part in item.instalments:
                    found["debtors", *key, item.item, part.number] = part.open_minor
            for credit in state.credits.values():
                found["unapplied", *key, credit.receipt] = credit.unapplied_minor
            for refund in state.refunds_payable.values():
                found["refunds_payable", state.unit] += refund.amount_minor
        for held in self.world.receipts.values():
            found["suspense", held.receipt] = held.held_minor
            for refund in held.returns_payable.values():
                found["refunds_payable", held.unit] += refund.amount_minor
        return {name: amount for name, amount in found.items() if amount}

    def model_at(self, day: date) -> dict[tuple[Any, ...], int]:
        """The second ledger's figures at the end of a day."""
        moves, all_moves = [m for m in self.naive.moves if m["on"] <= day], self.naive.moves
        self.naive.moves = moves
        try:
            return self.from_model()
        finally:
            self.naive.moves = all_moves

    def teardown(self) -> None:
        """At the end: the same figures at dates in between, and a replay gives the same states."""
        if not hasattr(self, "world"):
            return
        for offset in range(-500, 480, 35):
            day = self.world_of.TODAY + timedelta(days=offset)
            assert self.books.at(day) == self.model_at(day)
        for name, history in self.world.streams.items():
            state = self.world.states[name]
            assert fold(name, history) == state
            assert load(name, dump(state)) == state
        self.every_fact_is_read_back_the_same_way_twice()

    def every_fact_is_read_back_the_same_way_twice(self) -> None:
        """In one pass, and carefully."""
        shared = shared_part("officer.ames", Source("command", "machine"), "correlation")
        for position, (_, dated) in enumerate(self.world.log, 1):
            stored = encode(dated, f"event-{position}", shared)
            row = (position, UUID(int=position), 1, RECORDED_AT, dated.fact.topic, stored)
            event = decode(*row)
            assert decode_rows([row]) == [event]
            assert event.dated == dated


class Billing(Histories):
    """Terms and credit notes."""

    @rule(to=KEYS, actor=ACTORS, apply=st.booleans(), on=ASKED)
    def amend(self, to: int, actor: str, apply: bool, on: int | None) -> None:  # noqa: FBT001 - Hypothesis passes by name
        unit, account = self.key(to)
        command = c.AmendAccount(unit=unit, account=account, apply_credit=apply)
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.naive.items)
    @rule(
        pick=PICK,
        share=SHARES,
        whole=st.booleans(),
        on=ASKED,
        actor=st.sampled_from(("system:intake", *OFFICERS)),
    )
    def credit(self, pick: int, share: str, whole: bool, on: int | None, actor: str) -> None:  # noqa: FBT001 - Hypothesis passes by name
        key, item = self.item(pick)
        amount = self.share(share, self.naive.total("item", key=key, name=item))
        line = CreditLine(
            service="RENT", cost_code="R1", vat_code="N", net_minor=amount, vat_minor=0
        )
        command = c.CreditInvoice(
            unit=key[0],
            account=key[1],
            credit_note=self.new("C"),
            invoice=item,
            reason="overcharge",
            source_document="memo",
            lines=() if whole else (line,),
            whole=whole,
        )
        self.give(command, actor, self.day(on))

    @precondition(lambda self: any(name[0] == "credit" for name in self.naive.proposals))
    @rule(pick=PICK, actor=HEADS, on=ASKED, yes=MAYBE)
    def answer_credit(self, pick: int, actor: str, on: int | None, yes: bool) -> None:  # noqa: FBT001 - Hypothesis passes by name
        (unit, account), name = self.waiting("credit", pick)
        command: c.AnyCommand = c.ApproveCreditNote(unit=unit, account=account, credit_note=name)
        if not yes:
            command = c.RejectCreditNote(unit=unit, account=account, credit_note=name, reason="x")
        self.give(command, actor, self.day(on))


class Cash(Histories):
    """Allocate, take back, reverse."""

    @precondition(lambda self: self.naive.receipts)
    @rule(
        pick=PICK,
        on=ASKED,
        actor=CLERKS,
        chosen=st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), SHARES)), max_size=3),
    )
    def allocate(
        self, pick: int, on: int | None, actor: str, chosen: list[tuple[int, str | None]]
    ) -> None:
        key, receipt, left = self.credit_of(pick)
        names = self.naive.names("item", key)
        amounts = {name: min(left, self.naive.total("item", key=key, name=name)) for name in names}
        command = c.Allocate(
            unit=key[0],
            account=key[1],
            receipt=receipt,
            targets=self.targets(names, amounts, chosen),
        )
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.naive.receipts)
    @rule(
        pick=PICK,
        on=ASKED,
        actor=CLERKS,
        chosen=st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), SHARES)), max_size=2),
    )
    def unallocate(
        self, pick: int, on: int | None, actor: str, chosen: list[tuple[int, str | None]]
    ) -> None:
        key, receipt = self.receipt(pick)
        amounts: dict[str, int] = defaultdict(int)
        for name, _, _, amount in self.naive.allocated(key, receipt):
            amounts[name] += amount
        command = c.Unallocate(
            unit=key[0],
            account=key[1],
            receipt=receipt,
            reason="x",
            targets=self.targets(sorted(amounts), amounts, chosen),
        )
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.naive.receipts)
    @rule(pick=PICK, on=ASKED, actor=CLERKS)
    def reverse(self, pick: int, on: int | None, actor: str) -> None:
        (unit, account), receipt = self.receipt(pick)
        command = c.ReversePayment(
            unit=unit, account=account, receipt=receipt, reason="cheque_bounced"
        )
        self.give(command, actor, self.day(on))


class Wishes(Histories):
    """What debtors ask their money to pay, and receipts that were another's."""

    @precondition(lambda self: self.naive.receipts)
    @rule(
        pick=PICK,
        on=ASKED,
        actor=CLERKS,
        chosen=st.lists(st.tuples(PICK, st.one_of(st.none(), SHARES)), max_size=3),
        later=st.booleans(),
    )
    def instruct(
        self,
        pick: int,
        on: int | None,
        actor: str,
        chosen: list[tuple[int, str | None]],
        later: bool,  # noqa: FBT001 - Hypothesis passes by name
    ) -> None:
        key, receipt = self.receipt(pick)
        names = sorted(name for k, name in self.naive.items if k == key)
        left = sum(x[3] for x in self.naive.allocated(key, receipt))
        amounts = {
            name: self.naive.total("item", key=key, name=name) or left // 2 for name in names
        }
        command = c.RecordPaymentInstruction(
            unit=key[0],
            account=key[1],
            instruction=self.new("N"),
            targets=self.targets(names, amounts, chosen),
            receipt=None if later else receipt,
            given_on=self.world_of.TODAY,
            wording="my March rent",
        )
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.naive.receipts)
    @rule(pick=PICK, on=ASKED, actor=CLERKS, again=MAYBE)
    def move(self, pick: int, on: int | None, actor: str, again: bool) -> None:  # noqa: FBT001 - Hypothesis passes by name
        (unit, account), receipt = self.receipt(pick)
        name = self.new("M") if again else self.one(self.naive.suspended, pick, "M")
        command = c.MoveToSuspense(
            unit=unit, account=account, receipt=receipt, new_receipt=name, reason="x"
        )
        self.give(command, actor, self.day(on))


class Outgoing(Histories):
    """Credit that leaves: transfers and refunds."""

    @precondition(lambda self: self.naive.receipts)
    @rule(pick=PICK, to=KEYS, share=SHARES, on=ASKED, actor=CLERKS)
    def transfer(self, pick: int, to: int, share: str, on: int | None, actor: str) -> None:
        (unit, account), _, left = self.credit_of(pick)
        command = c.TransferCredit(
            unit=unit,
            account=account,
            transfer=self.new("T"),
            amount_minor=self.share(share, left),
            to_unit=self.key(to)[0],
            to_account=self.key(to)[1],
            reason="x",
        )
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.naive.receipts)
    @rule(pick=PICK, share=SHARES, actor=CLERKS, again=MAYBE)
    def refund(self, pick: int, share: str, actor: str, again: bool) -> None:  # noqa: FBT001 - Hypothesis passes by name
        (unit, account), _, left = self.credit_of(pick)
        known = [name[2] for name in self.naive.payable if name[0] == "refund"]
        command = c.ProposeRefund(
            unit=unit,
            account=account,
            amount_minor=self.share(share, left),
            reason="x",
            refund=self.new("F") if again or not known else known[pick % len(known)],
        )
        self.give(command, actor)

    @precondition(lambda self: any(name[0] == "refund" for name in self.naive.proposals))
    @rule(pick=PICK, actor=HEADS, on=ASKED, yes=MAYBE)
    def answer_refund(self, pick: int, actor: str, on: int | None, yes: bool) -> None:  # noqa: FBT001 - Hypothesis passes by name
        (unit, account), name = self.waiting("refund", pick)
        command: c.AnyCommand = c.ApproveRefund(unit=unit, account=account, refund=name)
        if not yes:
            command = c.RejectRefund(unit=unit, account=account, refund=name, reason="x")
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.naive.refunds)
    @rule(pick=PICK, on=ASKED, fails=st.booleans(), actor=st.sampled_from(OFFICERS[2:]))
    def send_refund(self, pick: int, on: int | None, fails: bool, actor: str) -> None:  # noqa: FBT001 - Hypothesis passes by name
        found = sorted(self.naive.refunds)
        _, (unit, account), name = found[pick % len(found)]
        command: c.AnyCommand = c.RecordRefundPaid(
            unit=unit, account=account, refund=name, payment_reference="BACS 1"
        )
        if fails:
            command = c.RecordRefundFailed(unit=unit, account=account, refund=name, reason="x")
        self.give(command, actor, self.day(on))


class WriteOffs(Histories):
    """Debt given up, and written back."""

    @precondition(lambda self: self.naive.items)
    @rule(pick=PICK, share=st.one_of(st.none(), SHARES), actor=CLERKS, again=MAYBE)
    def put_forward(self, pick: int, share: str | None, actor: str, again: bool) -> None:  # noqa: FBT001 - Hypothesis passes by name
        key, item = self.item(pick)
        known = [name for k, name in self.naive.written if k == key]
        command = c.ProposeWriteOff(
            unit=key[0],
            account=key[1],
            invoice=item,
            reason="uneconomic",
            evidence="case 1",
            amount_minor=share and self.share(share, self.naive.total("item", key=key, name=item)),
            write_off=self.new("W") if again or not known else known[pick % len(known)],
        )
        self.give(command, actor)

    @precondition(lambda self: any(name[0] == "write-off" for name in self.naive.proposals))
    @rule(pick=PICK, actor=HEADS, on=ASKED, yes=MAYBE)
    def answer_write_off(self, pick: int, actor: str, on: int | None, yes: bool) -> None:  # noqa: FBT001 - Hypothesis passes by name
        (unit, account), name = self.waiting("write-off", pick)
        command: c.AnyCommand = c.ApproveWriteOff(unit=unit, account=account, write_off=name)
        if not yes:
            command = c.RejectWriteOff(unit=unit, account=account, write_off=name, reason="x")
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.naive.written)
    @rule(pick=PICK, share=st.one_of(st.none(), SHARES), on=ASKED, actor=HEADS)
    def write_back(self, pick: int, share: str | None, on: int | None, actor: str) -> None:
        found = sorted(self.naive.written)
        (unit, account), name = key, _ = found[pick % len(found)]
        available = sum(line[3] for line in self.naive.written[key, name]["lines"])
        command = c.WriteBack(
            unit=unit,
            account=account,
            write_off=name,
            reason="x",
            amount_minor=share and self.share(share, available),
        )
        self.give(command, actor, self.day(on))


class Holds(Histories):
    """What stands against collection."""

    @precondition(lambda self: self.naive.items)
    @rule(pick=PICK, share=SHARES, kind=st.sampled_from(("dispute", "other")), actor=CLERKS)
    def hold(self, pick: int, share: str, kind: Any, actor: str) -> None:  # noqa: ANN401 - one of a closed list
        key, item = self.item(pick)
        command = c.PlaceHold(
            unit=key[0],
            account=key[1],
            hold=self.new("H"),
            kind=kind,
            department="Repairs",
            invoice=item if kind == "dispute" else None,
            reason="x",
            amount_minor=self.share(share, self.naive.total("item", key=key, name=item)) or 1,
        )
        self.give(command, actor)

    @precondition(lambda self: self.naive.holds)
    @rule(pick=PICK, actor=CLERKS)
    def release(self, pick: int, actor: str) -> None:
        found = sorted(self.naive.holds)
        (unit, account), name = found[pick % len(found)]
        self.give(c.ReleaseHold(unit=unit, account=account, hold=name, outcome="x"), actor)


class Suspense(Histories):
    """Money whose debtor is not known."""

    @precondition(lambda self: len(self.naive.suspended) < 5)
    @rule(unit=st.sampled_from(("HSG", "GEN")), amount=AMOUNTS, day=DAYS)
    def suspend(self, unit: str, amount: int, day: int) -> None:
        command = sc.SuspendReceipt(
            unit=unit,
            receipt=self.new("S"),
            amount_minor=amount,
            method="cash",
            value_on=self.world_of.TODAY + timedelta(days=day),
            reason="x",
        )
        self.give(command, "system:intake")

    @precondition(lambda self: self.naive.suspended)
    @rule(
        pick=PICK,
        to=KEYS,
        share=st.one_of(st.none(), SHARES),
        actor=CLERKS,
        on=ASKED,
        way=st.sampled_from(
            ("identify", "identify", "split", "assign", "transfer", "return", "reverse")
        ),
    )
    def clear(
        self, pick: int, to: int, share: str | None, actor: str, on: int | None, way: str
    ) -> None:
        held = [name for unit in ("HSG", "GEN") for name in self.naive.names("suspense", unit)]
        key = self.key(to)
        receipt = self.one(held, pick, "none")
        amount = share and self.share(share, self.naive.total("suspense", name=receipt))
        command = self.clearing(way, receipt, amount or None, key, pick)
        self.give(command, actor, self.day(on) if way in {"transfer", "reverse"} else None)

    def clearing(
        self, way: str, receipt: str, amount: int | None, key: Key, pick: int
    ) -> c.AnyCommand:
        """A command by which a receipt is dealt with."""
        match way:
            case "identify":
                return sc.IdentifySuspense(
                    receipt=receipt,
                    to_unit=key[0],
                    to_account=key[1],
                    amount_minor=amount,
                    invoice=self.any_item(key, pick),
                    invoices=(self.any_item(key, pick + 1),) if pick % 3 == 0 else None,
                    reason="x",
                )
            case "split":
                name = self.new("S") if pick % 5 else receipt
                return sc.SplitSuspense(
                    receipt=receipt, new_receipt=name, amount_minor=amount or 1, reason="x"
                )
            case "assign":
                return sc.AssignSuspense(receipt=receipt, owner=OFFICERS[pick % 2])
            case "transfer":
                return sc.TransferSuspense(
                    receipt=receipt,
                    to_gl_account="income" if pick % 7 == 1 else "4711",
                    amount_minor=amount,
                    reason="x",
                )
            case "return":
                return sc.ProposeSuspenseReturn(
                    receipt=receipt, suspense_return=self.new("B"), amount_minor=amount, reason="x"
                )
            case _:
                return sc.ReverseSuspense(receipt=receipt, reason="recalled_by_bank")

    @precondition(lambda self: any(name[0] == "return" for name in self.naive.proposals))
    @rule(pick=PICK, actor=HEADS, on=ASKED, yes=MAYBE)
    def answer_return(self, pick: int, actor: str, on: int | None, yes: bool) -> None:  # noqa: FBT001 - Hypothesis passes by name
        receipt, name = self.waiting("return", pick)
        command: c.AnyCommand = sc.ApproveSuspenseReturn(receipt=receipt, suspense_return=name)
        if not yes:
            command = sc.RejectSuspenseReturn(receipt=receipt, suspense_return=name, reason="x")
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.gone_back())
    @rule(pick=PICK, on=ASKED, actor=CLERKS, fails=st.booleans())
    def send_return(self, pick: int, on: int | None, actor: str, fails: bool) -> None:  # noqa: FBT001 - Hypothesis passes by name
        found = self.gone_back()
        receipt, name = found[pick % len(found)]
        command: c.AnyCommand = sc.RecordSuspenseReturnPaid(
            receipt=receipt, suspense_return=name, payment_reference="BACS 1"
        )
        if fails:
            command = sc.RecordSuspenseReturnFailed(
                receipt=receipt, suspense_return=name, reason="x"
            )
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.naive.suspended)
    @rule(pick=PICK, share=SHARES, days=st.lists(ASKED, min_size=3, max_size=3), paid=MAYBE)
    def send_and_have_back(
        self,
        pick: int,
        share: str,
        days: list[int | None],
        paid: bool,  # noqa: FBT001 - Hypothesis passes by name
    ) -> None:
        """A return that goes all the way and does not arrive; any step may be refused."""
        held = [name for unit in ("HSG", "GEN") for name in self.naive.names("suspense", unit)]
        receipt, name = self.one(held, pick, "none"), self.new("B")
        amount = self.share(share, self.naive.total("suspense", name=receipt))
        proposed = sc.ProposeSuspenseReturn(
            receipt=receipt, suspense_return=name, amount_minor=amount, reason="x"
        )
        self.give(proposed, "officer.ames")
        approve = sc.ApproveSuspenseReturn(receipt=receipt, suspense_return=name)
        self.give(approve, "s151.ford", self.day(days[0]))
        if paid:
            sent = sc.RecordSuspenseReturnPaid(
                receipt=receipt, suspense_return=name, payment_reference="BACS 1"
            )
            self.give(sent, "senior.cole", self.day(days[1]))
        failed = sc.RecordSuspenseReturnFailed(receipt=receipt, suspense_return=name, reason="x")
        self.give(failed, "senior.cole", self.day(days[2]))

    def gone_back(self) -> list[tuple[str, str]]:
        """Returns that are on their way, or were paid."""
        names = (*self.naive.payable, *self.naive.returned)
        return sorted({name[1:] for name in names if name[0] == "return"})


class Payers(Histories):
    """Who is known, and for whose money."""

    @rule(
        pick=st.integers(0, 1),
        to=KEYS,
        amount=AMOUNTS,
        actor=CLERKS,
        on=ASKED,
        way=st.sampled_from(("propose", "propose", "confirm", "reject", "revoke")),
    )
    def know(self, pick: int, to: int, amount: int, actor: str, on: int | None, way: str) -> None:
        payer: dict[str, Any] = {"unit": "HSG", "kind": "account", "digest": f"{pick}" * 32}
        unit, account = self.key(to)
        command: c.AnyCommand = a.ConfirmPayerAlias(**payer)
        if way == "propose":
            command = a.ProposePayerAlias(
                **payer,
                to_unit=unit,
                to_account=account,
                from_receipt="R1",
                amount_minor=amount,
                reason="x",
            )
        elif way == "reject":
            command = a.RejectPayerAlias(**payer, reason="x")
        elif way == "revoke":
            command = a.RevokePayerAlias(**payer, reason="x")
        self.give(command, actor, self.day(on))

    @invariant()
    def the_same_payers_are_known(self) -> None:
        states = (one for one in self.world.states.values() if isinstance(one, AliasState))
        known = {
            (one.unit, one.kind, one.digest): (
                (one.alias.to_unit, one.alias.to_account),
                one.alias.effective_on,
            )
            for one in states
            if one.alias
        }
        assert known == {name: p["alias"] for name, p in self.naive.payers.items() if p["alias"]}


class SmallBalances(Histories):
    """Batches of what is hardly worth a letter."""

    @rule(to=KEYS, amount=st.sampled_from((4, 60, 300, 480, 501)), day=DAYS)
    def bill_little(self, to: int, amount: int, day: int) -> None:
        self.bill(to, [amount], day, [30, 30, 30], 0)

    @precondition(lambda self: self.little())
    @rule(
        picks=st.lists(st.integers(0, 9), min_size=1, max_size=4),
        reason=st.sampled_from(("small_balance",) * 3 + ("short_payment",)),
        actor=CLERKS,
    )
    def put_together(self, picks: list[int], reason: Any, actor: str) -> None:  # noqa: ANN401 - one of a closed list
        found = self.little()
        lines = [
            SmallBalanceLine(
                unit=key[0],
                account=key[1],
                invoice=name,
                amount_minor=self.naive.total("item", key=key, name=name),
                reason=reason,
            )
            for key, name in dict.fromkeys(found[pick % len(found)] for pick in picks)
        ]
        command = sb.ProposeSmallBalances(batch=self.new("P"), lines=tuple(lines))
        self.give(command, actor)

    def little(self) -> list[tuple[Key, str]]:
        """Items of which little is open."""
        names = ((key, name) for key in self.accounts for name in self.naive.names("item", key))
        small = [one for one in names if self.naive.total("item", key=one[0], name=one[1]) < 600]
        return sorted(small)

    @precondition(lambda self: self.naive.batches)
    @rule(pick=PICK, actor=HEADS, on=ASKED, yes=MAYBE)
    def answer_batch(self, pick: int, actor: str, on: int | None, yes: bool) -> None:  # noqa: FBT001 - Hypothesis passes by name
        waits = [name for name, one in self.naive.batches.items() if one["state"] == "waits"]
        batch = self.one(waits, pick, "P0")
        command: c.AnyCommand = sb.ApproveSmallBalances(batch=batch)
        if not yes:
            command = sb.RejectSmallBalances(batch=batch, reason="x")
        self.give(command, actor, self.day(on))

    @precondition(lambda self: self.naive.batches)
    @rule(
        pick=PICK,
        actor=CLERKS,
        on=ASKED,
        wrong=st.sampled_from((0, 0, 0, 1)),
        approve=MAYBE,
    )
    def write_little_off(
        self,
        pick: int,
        actor: str,
        on: int | None,
        wrong: int,
        approve: bool,  # noqa: FBT001 - Hypothesis passes by name
    ) -> None:
        batch = sorted(self.naive.batches)[pick % len(self.naive.batches)]
        if approve:
            self.give(sb.ApproveSmallBalances(batch=batch), "s151.ford")
        for line in self.naive.batches[batch]["lines"]:
            self.write_one_off(batch, line, wrong, actor, on)

    def write_one_off(
        self, batch: str, line: SmallBalanceLine, wrong: int, actor: str, on: int | None
    ) -> None:
        """One line, as it was approved or by a penny more."""
        command = sb.WriteOffSmallBalance(
            unit=line.unit,
            account=line.account,
            batch=batch,
            invoice=line.invoice,
            amount_minor=line.amount_minor + wrong,
            reason=line.reason,
        )
        self.give(command, actor, self.day(on))


class Everything(
    Billing, Cash, Wishes, Outgoing, WriteOffs, Holds, Suspense, Payers, SmallBalances
):
    """The whole command API."""


class CashOfOneAccount(Cash, Wishes):
    """Payments of one account, allocated and taken back on many dates."""

    accounts = ACCOUNTS[1:2]


class CreditThatLeaves(Cash, Outgoing):
    """Refunds and transfers against reversals."""

    accounts = ACCOUNTS[1:]


class DebtGivenUp(Billing, Cash, WriteOffs, SmallBalances):
    """Write-offs against credit notes and late money."""

    accounts = ACCOUNTS[:1]


class DebtTooSmall(SmallBalances):
    """Batches against payments and new bills."""

    accounts = ACCOUNTS[:2]


class DeskOfSuspense(Suspense):
    """Receipts that are split, found, sent back and come back again."""

    accounts = ACCOUNTS[:1]


class MoneyOfAnother(Wishes, Outgoing, Suspense):
    """Wrong receipts that go to suspense, are split and found, and come back from their payers."""

    accounts = ACCOUNTS[1:]
