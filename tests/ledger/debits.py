"""One account, its Direct Debit mandate and the runs that collect on it, in one line each.

The bill I1 of 120.00 is due in four parts of 30.00: on 1 June, 1 July, 3 August and 1 September
2026. The mandate was agreed on 1 May and is known to the payer's bank from 6 May.
"""

import importlib.util
import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ledger import collection_run_commands as rc
from ledger import commands as c
from ledger import indemnity_commands as ic
from ledger import mandate_commands as mc
from ledger import mandate_events as m
from ledger import suspense_commands as sc
from ledger.account_state import AccountState, Dated
from ledger.authority import Actor
from ledger.bacs_days import BacsDays
from ledger.ids import account_stream, collection_run_stream, mandate_stream
from ledger.mandate import MandateState
from ledger.postings import postings_of
from ledger.rejections import Code, RefusedError
from ledger.values import AnnouncedCollection


def _load(name: str) -> ModuleType:
    full = f"ledger_tests_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, Path(__file__).parent / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


world = _load("world")
b = _load("build")

SUN = "999999"
MANDATE = "HSGTENANT1"
ON: dict[str, Any] = {"sun": SUN, "mandate": MANDATE}
BANK = "089999-66374958"
AGREED = date(2026, 5, 1)
LODGED = date(2026, 5, 6)
NOTICED = date(2026, 5, 11)
JUNE, JULY, AUGUST, SEPTEMBER = (
    date(2026, 6, 1),
    date(2026, 7, 1),
    date(2026, 8, 3),
    date(2026, 9, 1),
)
DAYS = BacsDays()
DIGEST, OTHER_DIGEST = "ab" * 16, "cd" * 16


class Debits:
    """Streams in memory and a day that is turned by hand; a refusal is named, never passed over."""

    def __init__(self, today: date = AGREED) -> None:
        self.world = world.World(today=today)

    def on(self, day: date) -> "Debits":
        """It is that day now."""
        self.world.today = day
        return self

    def allow(self, more: str) -> "Debits":
        """The policy says this too from now on."""
        self.world.direct_debit = world.direct_debit(more)
        return self

    def do(self, command: c.AnyCommand, actor: Actor | None = None) -> tuple[Dated, ...]:
        """Give a command, by default as one who may. Raises RefusedError."""
        facts: tuple[Dated, ...] = self.world.submit(
            command, actor or world.who_may(command.action)
        )
        return facts

    def refused(self, code: Code, command: c.AnyCommand, actor: Actor | None = None) -> str:
        """The command is refused by that code alone; its sentence."""
        before = len(self.world.log)
        with pytest.raises(RefusedError) as caught:
            self.do(command, actor)
        assert [one.code for one in caught.value.refusals] == [code], caught.value
        assert len(self.world.log) == before
        return str(caught.value)

    @property
    def mandate(self) -> MandateState:
        """The state of the mandate."""
        state = self.world.states[mandate_stream(SUN, MANDATE)]
        assert isinstance(state, MandateState)
        return state

    @property
    def account(self) -> AccountState:
        """The state of the account."""
        state = self.world.states[account_stream("HSG", "1")]
        assert isinstance(state, AccountState)
        return state

    def record(self, *facts: Dated) -> "Debits":
        """Facts that are there, without a decision."""
        for dated in facts:
            self.world.record(self.world.stream_of(dated), [dated])
        return self

    def record_on_mandate(self, fact: m.MandateFact) -> "Debits":
        """A fact of the mandate that is there, without a decision."""
        self.world.record(mandate_stream(SUN, MANDATE), [Dated(fact, self.world.today)])
        return self

    # --- the mandate -----------------------------------------------------------------------------

    def account_with_bill(self) -> "Debits":
        """The account and its bill in four parts."""
        parts = b.plan(*((day, 3000) for day in (JUNE, JULY, AUGUST, SEPTEMBER)))
        return self.record(
            b.opened(apply_credit=False), b.opened("9", "GEN"), b.billed(instalments=parts)
        )

    def drafted(self) -> "Debits":
        """The payer agreed."""
        self.account_with_bill().do(draft())
        return self

    def notified(self) -> "Debits":
        """The payer has the confirmation."""
        self.drafted().do(mc.NotifyMandate(**ON, notice="N0", given_on=AGREED))
        return self

    def lodged(self) -> "Debits":
        """The instruction is at the payer's bank."""
        self.notified().do(lodge())
        return self

    def announced(self, entry_on: date = JUNE, amount: int = 3000) -> "Debits":
        """The first collection was announced in time."""
        self.lodged().on(NOTICED).do(announce(entry_on, amount))
        return self

    def taken(self, code_day: date = JUNE) -> "Debits":
        """The first collection is in the run R1, as item 1."""
        self.announced(code_day).take(code_day)
        return self

    def take(self, entry_on: date, run: str = "R1", item: int = 1, **more: object) -> Any:  # noqa: ANN401 - the fact
        """Put what was announced into a run, on the last day to send it; the fact."""
        self.on(DAYS.entered_on(entry_on).input_on)
        facts = self.do(instruct(entry_on, run, item, **more))
        return next(one.fact for one in facts if hasattr(one.fact, "input_on"))

    def credited(self, entry_on: date = JUNE, name: str = "R1/1", amount: int = 3000) -> "Debits":
        """The payer was debited: the receipt is on the account and pays the oldest of the bill."""
        self.on(entry_on).do(
            b.pay(f"DD:{name}", amount, entry_on, method="direct_debit",
                  invoice="I1")
        )  # fmt: skip
        return self

    def unpaid(self, code: str = "0", name: str = "R1/1", amount: int = 3000) -> "Debits":
        """The collection came back, and its receipt with it."""
        self.do(give_back(name, amount, code, self.world.today))
        if f"DD:{name}" in self.receipts():
            self.do(c.ReversePayment(**b.HSG, receipt=f"DD:{name}", reason="direct_debit_unpaid"))
        return self

    def receipts(self) -> list[str]:
        """The receipts that came to the account."""
        return [
            one.fact.receipt for _, one in self.world.log if hasattr(one.fact, "variance_minor")
        ]

    def overpaid(self) -> "Debits":
        """The collection came on top of what was paid in cash, and all of it is unapplied."""
        self.taken().on(JUNE).do(b.pay("CASH", 12000, JUNE, invoice="I1"))
        self.credited().on(date(2026, 6, 8))
        assert self.account.unapplied_minor == 3000
        return self

    def balances(self) -> dict[tuple[str, str], int]:
        """The balances of the general ledger that are not zero, by unit and GL account."""
        totals: dict[tuple[str, str], int] = {}
        for _, dated in self.world.log:
            for one in postings_of(dated.fact):
                key = one.unit, one.gl_account
                totals[key] = totals.get(key, 0) + one.amount_minor
        return {key: amount for key, amount in totals.items() if amount}

    # --- runs ------------------------------------------------------------------------------------

    def opened_run(self, run: str = "R1", entry_on: date = JUNE) -> "Debits":
        """A run was begun in time, by an officer."""
        self.account_with_bill().on(DAYS.entered_on(entry_on).input_on)
        self.do(open_run(run, entry_on), world.AMES)
        return self

    def written(self, amount: int = 3000) -> "Debits":
        """The file of the run was made."""
        self.opened_run().do(write(amount), world.AMES)
        return self

    def released(self, amount: int = 3000) -> "Debits":
        """Another person let it go."""
        self.written(amount).do(release(), world.DEAN)
        return self

    def run(self, run: str = "R1") -> Any:  # noqa: ANN401 - the state
        """The state of a run."""
        return self.world.states[collection_run_stream(run)]


def draft(**changes: object) -> mc.DraftMandate:
    fields: dict[str, Any] = {
        **ON, **b.HSG, "party": "P1", "scheme": "paper", "sealed": "sealed-1",
        "payer_account_digest": DIGEST, "details_check": "valid", "agreed_on": AGREED,
        "collect_from": AGREED,
    }  # fmt: skip
    return mc.DraftMandate(**{**fields, **changes})


def notify() -> mc.NotifyMandate:
    return mc.NotifyMandate(**ON, notice="N0", given_on=AGREED)


def lodge(
    code: Any = "0N",  # noqa: ANN401 - a literal
    on: date = LODGED,
    run: str = "L1",
    item: int = 1,
    details: int | None = None,
) -> mc.LodgeMandate:
    return mc.LodgeMandate(**ON, run=run, item=item, code=code, processing_on=on, details=details)


def unlodge(run: str = "L1", how: Any = "abandoned", item: int = 1) -> mc.StopLodgement:  # noqa: ANN401 - a literal
    return mc.StopLodgement(**ON, run=run, item=item, how=how, reason="wrong day")


def amend(
    advice: str | None = None, digest: str = OTHER_DIGEST, of: str | None = None
) -> mc.AmendMandate:
    return mc.AmendMandate(
        **ON, sealed="sealed-2", payer_account_digest=digest, details_check="valid",
        reason="another bank", advice=advice, of_account=of,
    )  # fmt: skip


def cancel(by: Any = "payer", advice: str | None = None, of: str | None = None) -> mc.CancelMandate:  # noqa: ANN401 - a literal
    return mc.CancelMandate(
        **ON, by=by, reason="he said so", reported_on=AGREED, advice=advice, of_account=of
    )


def final(*, is_final: bool = True) -> mc.OrderFinalCollection:
    return mc.OrderFinalCollection(**ON, is_final=is_final, reason="the tenancy ends")


def suspend(advice: str | None = None) -> mc.SuspendMandate:
    return mc.SuspendMandate(**ON, reason="in talks", advice=advice)


def resume(advice: str | None = None) -> mc.ResumeMandate:
    return mc.ResumeMandate(**ON, reason="again", advice=advice)


def reject(of: str | None = None) -> mc.RejectMandate:
    return mc.RejectMandate(
        **ON, code="5", reason="no account", reported_on=AGREED, advice="AUDDIS 1", of_account=of
    )


def announce(entry_on: date = JUNE, amount: int = 3000, given: date = NOTICED) -> Any:  # noqa: ANN401 - a command
    one = AnnouncedCollection(entry_on=entry_on, amount_minor=amount)
    return mc.AnnounceCollections(**ON, notice="N1", given_on=given, collections=(one,))


def withhold(entry_on: date = JUNE) -> mc.WithholdCollection:
    return mc.WithholdCollection(**ON, entry_on=entry_on, reason="he asked")


def change(amount: int, entry_on: date = JUNE, agreed: date | None = None) -> mc.AmendCollection:
    return mc.AmendCollection(
        **ON, entry_on=entry_on, amount_minor=amount, agreed_on=agreed, reason="a credit"
    )


def instruct(entry_on: date = JUNE, run: str = "R1", item: int = 1, **more: Any) -> Any:  # noqa: ANN401 - fields
    three = DAYS.entered_on(entry_on)
    return mc.InstructCollection(
        **{
            **ON, **b.HSG, "run": run, "item": item, "input_on": three.input_on,
            "processing_on": three.processing_on, "entry_on": entry_on, **more,
        }
    )  # fmt: skip


def represent(entry_on: date, name: str = "R1/1", run: str = "R2", item: int = 1) -> Any:  # noqa: ANN401 - a command
    three = DAYS.entered_on(entry_on)
    return mc.RepresentCollection(
        **ON, **b.HSG, collection=name, run=run, item=item, input_on=three.input_on,
        processing_on=three.processing_on, entry_on=entry_on,
    )  # fmt: skip


def stop(name: str = "R1/1", how: Any = "rejected") -> mc.StopCollection:  # noqa: ANN401 - a literal
    return mc.StopCollection(**ON, collection=name, how=how, reason="invalid account")


def give_back(
    name: str = "R1/1", amount: int = 3000, code: str = "0", on: date = JUNE
) -> mc.ReturnCollection:
    return mc.ReturnCollection(
        **ON, collection=name, amount_minor=amount, code=code, reason="refer to payer",
        reported_on=on, advice="ARUDD 1",
    )  # fmt: skip


def open_run(run: str = "R1", entry_on: date = JUNE, sun: str = SUN) -> rc.OpenRun:
    return rc.OpenRun(run=run, unit="HSG", sun=sun, entry_on=entry_on)


def write(amount: int = 3000, items: int = 1, run: str = "R1") -> rc.RecordRunWritten:
    return rc.RecordRunWritten(
        run=run, digest="d1", collections=items, amount_minor=amount, instructions=0
    )


def release(digest: str = "d1", run: str = "R1") -> rc.ReleaseRun:
    return rc.ReleaseRun(run=run, digest=digest)


def report(accepted: int = 3000, rejected: int = 0, items: int = 1) -> rc.RecordRunReported:
    return rc.RecordRunReported(
        run="R1", digest="r1", accepted=items, accepted_minor=accepted,
        rejected=1 if rejected else 0, rejected_minor=rejected,
    )  # fmt: skip


def sign_off(amount: int = 3000, items: int = 1) -> rc.SignOffRun:
    return rc.SignOffRun(run="R1", collections=items, amount_minor=amount)


def bank_credit(amount: int = 3000, bank_account: str = BANK) -> Any:  # noqa: ANN401 - a command
    return b.suspend("S1", amount, value_on=JUNE, bank_account=bank_account)


def is_credit(returned: int = 0) -> rc.IdentifyRunCredit:
    return rc.IdentifyRunCredit(receipt="S1", to_run="R1", returned_minor=returned)


def claim(name: str = "C1", receipt: str = "DD:R1/1", amount: int = 3000) -> Any:  # noqa: ANN401 - a command
    return ic.RaiseIndemnityClaim(
        **b.HSG, claim=name, sun=SUN, mandate=MANDATE, receipt=receipt, amount_minor=amount,
        code="2", reason="no notice", raised_on=date(2026, 6, 8), debit_on=date(2026, 6, 26),
        advice="DDICA 1",
    )  # fmt: skip


def challenge(name: str = "C1") -> ic.ChallengeIndemnityClaim:
    return ic.ChallengeIndemnityClaim(**b.HSG, claim=name, grounds="the notice of 11 May")


def settle(name: str = "C1") -> ic.SettleIndemnityClaim:
    return ic.SettleIndemnityClaim(**b.HSG, claim=name)


def elsewhere(unit: str = "GEN", account: str = "9", amount: int = 3000) -> c.ProposeRefund:
    return c.ProposeRefund(
        unit=unit, account=account, refund="F9", amount_minor=amount, reason="asked",
        accepts_claim_risk=True,
    )  # fmt: skip


def send_back(name: str = "B1", *, accepts: bool = True) -> sc.ProposeSuspenseReturn:
    return sc.ProposeSuspenseReturn(
        receipt="DD-S1", suspense_return=name, reason="not his", accepts_claim_risk=accepts
    )


def withdraw(name: str = "C1") -> ic.WithdrawIndemnityClaim:
    return ic.WithdrawIndemnityClaim(**b.HSG, claim=name, advice="DDICA 2")


def hold(kind: Any, invoice: str | None = None, amount: int | None = None) -> c.PlaceHold:  # noqa: ANN401 - a literal
    department = "Repairs" if kind == "dispute" else None
    return c.PlaceHold(
        **b.HSG, hold="H1", kind=kind, invoice=invoice, amount_minor=amount,
        department=department, reason="told us",
    )  # fmt: skip


def refund(amount: int = 3000, *, accepts: bool = True) -> c.ProposeRefund:
    return c.ProposeRefund(
        **b.HSG, refund="F1", amount_minor=amount, reason="asked", accepts_claim_risk=accepts
    )
