"""The list of mandates says of each what the ledger decides on it, after any order of events."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import pytest

from ledger import mandate_commands as mc
from ledger import mandate_events as m
from ledger.account_state import Dated
from ledger.authority import parse_policy
from ledger.collection_plan import can_collect
from ledger.commands import MandateCommand
from ledger.decide_direct_debit import decide_mandate
from ledger.decision import Context
from ledger.direct_debit_policy import NO_DIRECT_DEBITS
from ledger.mandate import MandateState, evolve
from ledger.rejections import RefusedError
from ledger.states import States
from projections.mandates import KINDS
from projections.reporting.install import sql_text

Books: TypeAlias = Any  # of the conftest, which cannot be imported from here
Soak: TypeAlias = Any

POLICY = parse_policy(
    (Path(__file__).parents[2] / "ledger" / "policy" / "authority.toml").read_text("utf-8")
)
ACTORS = [POLICY.actor(name) for name in ("system:intake", "manager.dean", "s151.ford")]
SUN, START = "999999", date(2026, 2, 2)
STEPS = 4_000
ACCOUNTS = ("aa" * 16, "bb" * 16, "cc" * 16)


class Office:
    """Mandates that are told anything, by the ledger's own decisions."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - a repeatable history, no secret
        self.today = START
        self.states: dict[str, MandateState] = {}
        self.told: list[tuple[datetime, date, Any]] = []
        self.moments: list[tuple[date, datetime, dict[str, MandateState]]] = []
        self.runs = 0
        self.lodged: list[tuple[str, str]] = []

    def say(self, mandate: str, dated: Dated) -> None:
        moment = datetime(self.today.year, self.today.month, self.today.day, 9, tzinfo=UTC)
        moment += timedelta(seconds=len(self.told))
        self.told.append((moment, dated.effective_on, dated.fact))
        if not isinstance(dated.fact, m.PayerReferenceTaken):
            self.states[mandate] = evolve(self.states.get(mandate), dated)

    def do(self, command: MandateCommand) -> None:
        """What the ledger decides; nothing when it refuses."""
        limits = POLICY.tables[-1].limits
        actor = next(one for one in ACTORS if command.action in limits[one.roles[0]])
        context = Context(actor, POLICY, self.today, direct_debit=NO_DIRECT_DEBITS)
        states = States(["own", "references"], {"own": self.states.get(command.mandate)}.get)
        try:
            decided = decide_mandate(command, states, context)
        except RefusedError:
            return
        for dated in (one for _, facts in decided for one in facts):
            if isinstance(dated.fact, m.MandateLodged):
                self.lodged.append((dated.fact.mandate, dated.fact.run))
            self.say(command.mandate, dated)

    def live(self, steps: int) -> "Office":
        latest: list[MandateState] = []
        acts = [self.notify, self.collect, *[self.lodge] * 3, *[self.unlodge] * 2, self.stop]
        acts += [self.suspend, self.resume, self.cancel, *[self.amend] * 4, self.reject, self.end]
        for number in range(steps):
            self.today += timedelta(days=self.chance.choice((0, 0, 0, 1)))
            if self.chance.random() < 0.01 or all(x.is_ended for x in latest):
                self.draft()
            latest = list(self.states.values())[-3:]
            self.chance.choice(acts)(self.chance.choice(latest))
            if number % 20 == 0:
                now = {one.mandate: self.states[one.mandate] for one in latest}
                self.moments.append((self.today, self.told[-1][0], now))
        return self

    # -- what is told ----------------------------------------------------------------------------

    def draft(self) -> None:
        mandate = f"HSGREF{len(self.states):04d}"
        fact = m.MandateDrafted(
            sun=SUN,
            mandate=mandate,
            unit="HSG",
            account="1",
            party="P",
            scheme="paper",
            sealed="-",
            payer_account_digest=ACCOUNTS[0],
            details_check="valid",
            agreed_on=self.today,
            collect_from=self.today,
            is_migrated=self.chance.random() < 0.3,
        )
        self.say(mandate, Dated(fact, self.today))

    def notify(self, one: MandateState) -> None:
        self.do(mc.NotifyMandate(**_of(one), notice="N", given_on=self.today))

    def lodge(self, one: MandateState) -> None:
        self.runs += 1
        left = [each.details for each in one.former if each.is_held]
        for item, details in enumerate((*left, None), 1):
            code: Any = one.to_lodge if details is None else "0C"
            command = mc.LodgeMandate(
                **_of(one),
                run=f"L{self.runs}",
                item=item,
                code=code or "0N",
                processing_on=self.today + timedelta(days=1),
                details=details,
            )
            self.do(command)

    def unlodge(self, one: MandateState) -> None:
        runs = [run for mandate, run in self.lodged if mandate == one.mandate]
        how: Any = self.chance.choice(("abandoned", "withdrawn", "rejected"))
        for run in runs[-self.chance.choice((1, 1, 2)) :][:1]:
            for item in (1, 2, 3):
                self.do(mc.StopLodgement(**_of(one), run=run, item=item, how=how, reason="no"))

    def collect(self, one: MandateState) -> None:
        if not can_collect(one, self.today + timedelta(days=3), NO_DIRECT_DEBITS):
            return
        self.runs += 1
        if one.status == "lodged" and one.lodged_on:
            active = m.MandateActivated(**_of(one), lodged_on=one.lodged_on)
            self.say(one.mandate, Dated(active, self.today))
        last = self.chance.random() < 0.3
        fact = m.CollectionInstructed(
            **_of(one),
            run=f"R{self.runs}",
            item=1,
            unit="HSG",
            account="1",
            code="19" if last else "17",
            details=one.details,
            amount_minor=100,
            currency="GBP",
            input_on=self.today,
            processing_on=self.today + timedelta(days=2),
            entry_on=self.today + timedelta(days=3),
            notice="N",
            announced_on=self.today,
            invoices=("B1",),
        )
        self.say(one.mandate, Dated(fact, self.today))
        if last:
            ended = m.MandateEnded(**_of(one), end="expired", last_used_on=fact.processing_on)
            self.say(one.mandate, Dated(ended, self.today))

    def stop(self, one: MandateState) -> None:
        for name in list(one.collections)[-1:]:
            self.do(mc.StopCollection(**_of(one), collection=name, how="abandoned", reason="no"))

    def suspend(self, one: MandateState) -> None:
        self.do(mc.SuspendMandate(**_of(one), reason="disputed"))

    def resume(self, one: MandateState) -> None:
        advice = self.chance.choice((None, "ADDACS 2"))
        self.do(mc.ResumeMandate(**_of(one), reason="again", advice=advice))

    def cancel(self, one: MandateState) -> None:
        if self.chance.random() < 0.5:
            return
        by: Any = self.chance.choice(("payer", "bank"))
        advice = "ADDACS 1" if by == "bank" else None
        command = mc.CancelMandate(
            **_of(one), by=by, code="1", reason="over", reported_on=self.today, advice=advice,
            of_account=self.chance.choice(ACCOUNTS),
        )  # fmt: skip
        self.do(command)

    def amend(self, one: MandateState) -> None:
        advice = self.chance.choice((None, None, "ADDACS 3"))
        new = self.chance.choice((*ACCOUNTS, one.payer_account_digest))
        command = mc.AmendMandate(
            **_of(one), sealed="-", payer_account_digest=new, details_check="valid", code="3",
            reason="another bank", advice=advice, of_account=self.chance.choice(ACCOUNTS),
        )  # fmt: skip
        self.do(command)

    def reject(self, one: MandateState) -> None:
        if self.chance.random() < 0.3:
            command = mc.RejectMandate(
                **_of(one), code="5", reason="no account", reported_on=self.today,
                advice="AUDDIS 1", of_account=self.chance.choice(ACCOUNTS),
            )  # fmt: skip
            self.do(command)

    def end(self, one: MandateState) -> None:
        if self.chance.random() < 0.1:
            self.do(mc.EndMandate(**_of(one), end="erased"))
        elif self.chance.random() < 0.01:
            self.today += timedelta(days=800)
            self.do(mc.EndMandate(**_of(one), end="dormant"))
        else:
            is_final = self.chance.random() < 0.5
            self.do(mc.OrderFinalCollection(**_of(one), is_final=is_final, reason="he leaves"))


def _of(one: MandateState) -> dict[str, str]:
    return {"sun": one.sun, "mandate": one.mandate}


def differences(books: Books, office: Office) -> list[str]:
    """What the list said otherwise than the ledger, at any of the moments."""
    said = []
    for as_at, known, states in office.moments:
        rows = {row["mandate"]: row for row in books.report("mandates", as_at, known)}
        for name, state in states.items():
            # Nobody asks for the days of one that has ended.
            days = () if state.is_ended else ("lodged_on", "last_used_on")
            shown = {key: rows[name][key] for key in ("status", *days)}
            decided = {key: getattr(state, key) for key in shown}
            if shown != decided:
                said.append(f"{name} on {as_at}: {shown}, not {decided}")
    return said


@pytest.mark.soak
def test_the_list_of_mandates_says_what_the_ledger_decides_on_them(
    books: Books, soak: Soak, seed: int
) -> None:
    office = Office(seed).live(soak.size(500, 20_000))
    books.fold(office.told)
    assert differences(books, office) == []
    soak.tally(events=len(office.told))


@pytest.mark.parametrize("seed", range(8))
def test_the_list_of_these_mandates_says_what_the_ledger_decides_on_them(
    books: Books, seed: int
) -> None:
    office = Office(seed).live(STEPS)
    books.fold(office.told)
    assert differences(books, office) == []


def test_these_histories_have_every_event_of_a_mandate(books: Books) -> None:
    books.fold(one for seed in range(8) for one in Office(seed).live(STEPS).told)
    rows = books.connection.execute("SELECT DISTINCT kind FROM reporting.mandate_events")
    assert {kind for (kind,) in rows} == {*KINDS}


# What the list would be with the fault that these histories are there to find.
FAULTS = (
    ("greatest(s.lodged, s.moved) > ", "s.lodged > "),
    (" AND s.lodged_on IS NOT NULL", ""),
    ("m.kind = 'lodgement_stopped' AND m.to_lodge <> '0C'", "false"),
    ("w.kind = 'lodgement_stopped'", "false"),
)


@pytest.mark.parametrize(("right", "wrong"), FAULTS)
def test_a_list_with_a_fault_is_found(books: Books, right: str, wrong: str) -> None:
    text = sql_text("direct_debit_support")
    assert right in text
    broken = text.replace(right, wrong).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    books.connection.execute(broken.encode())
    office = Office(0).live(3 * STEPS)
    books.fold(office.told)
    assert differences(books, office) != []
