"""A random Direct Debit month: runs, collections, returns, re-presentations, claims."""

from datetime import date, timedelta
from typing import Any

from ledger import collection_run_events as r
from ledger import events as e
from ledger import indemnity_events as i
from ledger import mandate_events as m
from ledger.values import ItemAmount

from .instructions import Instructions, working_day

START = date(2026, 2, 2)  # so that a financial year begins in it


class Run:
    """What the generator must know of a run."""

    def __init__(self, opened: r.RunOpened) -> None:
        self.opened, self.state = opened, "opened"
        self.items: list[m.CollectionInstructed] = []
        self.is_reported = self.is_credited = False


class DirectDebitMonth(Instructions):
    """Collects by Direct Debit at random; `told` is everything that was recorded."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, START)
        self.runs: list[Run] = []
        self.ended: dict[str, str] = {}  # collection -> code of its return, or stopped
        self.posted: dict[str, tuple[ItemAmount, ...]] = {}
        self.of: dict[str, m.CollectionInstructed] = {}
        self.again: set[str] = set()
        self.claims: dict[str, i.IndemnityClaimRaised] = {}
        self.closed: set[str] = set()
        self.cards: list[e.PaymentAllocated] = []

    def live(self, steps: int) -> "DirectDebitMonth":
        actions = [self.draft] * 4 + [self.lodge, self.run, self.post] * 3
        actions += [
            self.unlodge,
            self.reject,
            self.suspend,
            self.resume,
            self.cancel,
            self.amend,
            self.sleep,
        ]
        actions += [self.report, self.credit, self.end_run] * 2 + [self.release] * 6
        actions += [self.unpaid] * 8 + [self.card] * 6 + [self.take_back]
        actions += [self.claim, self.claim, self.challenge, self.close]
        for _ in range(steps):
            self.now += timedelta(hours=self.chance.choice((0, 1, 5, 20)))
            self.chance.choice(actions)()
        return self

    # -- runs ------------------------------------------------------------------------------------

    def run(self) -> None:
        unit = self.chance.choice(("HSG", "TAX"))
        ready = [x for x in self.mandates if x.unit == unit and x.status in ("lodged", "active")]
        entry_on = working_day(self.today, self.chance.choice((2, 3, 6)))
        opened = r.RunOpened(
            run=f"{unit}-{len(self.runs)}",
            unit=unit,
            sun="999999",
            serial=f"{len(self.runs):06d}",
            bank_account="089999-66374958",
            account_name="A",
            user_name="A",
            layout="standard18",
            input_on=working_day(entry_on, -2),
            processing_on=working_day(entry_on, -1),
            entry_on=entry_on,
            opened_on=self.today,
            prepared_by="A",
        )
        self.runs.append(run := Run(opened))
        self.say(opened)
        for one in ready:
            if self.chance.random() < 0.7:
                self.instruct(run, one)
        if self.chance.random() < 0.9:
            run.state = "written"
            total = sum(x.amount_minor for x in run.items)
            wrong = self.chance.choice((0, 0, 0, 1))
            self.say(
                r.RunWritten(
                    run=opened.run,
                    digest="-",
                    collections=len(run.items),
                    amount_minor=total + wrong,
                    instructions=0,
                )
            )

    def instruct(self, run: Run, one: Any) -> None:  # noqa: ANN401 - of the other module
        if one.status == "lodged":
            one.status = "active"
            self.say(m.MandateActivated(**one.keys, lodged_on=self.today))
        unpaid = [
            name
            for name, code in self.ended.items()
            if code == "0" and self.of[name].mandate == one.reference and name not in self.again
        ]
        again = self.of[unpaid[0]] if unpaid and self.chance.random() < 0.6 else None
        is_last = again is None and self.chance.random() < 0.05
        bills = self.chance.sample(["B1", "B2", "B3"], self.chance.choice((1, 1, 2)))
        code: Any = "18" if again else "19" if is_last else "17" if one.has_collected else "01"
        fact = m.CollectionInstructed(
            **one.keys,
            run=run.opened.run,
            item=len(run.items) + 1,
            unit=one.unit,
            account=one.account,
            code=code,
            details=one.details,
            amount_minor=again.amount_minor if again else self.chance.choice((100, 250, 400)),
            currency="GBP",
            input_on=run.opened.input_on,
            processing_on=run.opened.processing_on,
            entry_on=run.opened.entry_on,
            notice="N",
            announced_on=self.today,
            invoices=again.invoices if again else tuple(bills),
            represents=unpaid[0] if again else None,
        )
        self.again |= {unpaid[0]} if again else set()
        run.items.append(fact)
        self.of[f"{fact.run}/{fact.item}"] = fact
        one.has_collected = True
        self.say(fact)
        if is_last:
            one.status = "expired"
            self.say(m.MandateEnded(**one.keys, end="expired", last_used_on=fact.processing_on))

    def run_in(self, *states: str) -> Run | None:
        found = [run for run in self.runs if run.state in states]
        return self.chance.choice(found) if found else None

    def release(self) -> None:
        if run := self.run_in("written"):
            run.state = "released"
            total = sum(x.amount_minor for x in run.items)
            self.say(r.RunReleased(run=run.opened.run, digest="-", amount_minor=total))

    def end_run(self) -> None:
        run = self.run_in("opened", "written", "released")
        if run is None or self.chance.random() < 0.6:
            return
        name, total = run.opened.run, sum(x.amount_minor for x in run.items)
        if run.state != "released":
            self.stop(run.items, "abandoned")
            self.say(r.RunAbandoned(run=name, reason="not needed"))
            run.state = "abandoned"
        elif not run.is_reported and self.chance.random() < 0.3:
            self.stop(run.items, "rejected")
            self.say(r.RunRefused(run=name, digest="-", reason="no"))
            run.state = "refused"
        elif not run.is_reported:
            self.stop(run.items, "withdrawn")
            self.say(r.RunWithdrawn(run=name, digest="-"))
            run.state = "withdrawn"
        else:
            self.say(r.RunSignedOff(run=name, collections=len(run.items), amount_minor=total))
            run.state = "signed_off"

    def stop(self, items: list[m.CollectionInstructed], how: Any) -> None:  # noqa: ANN401
        for one in items:
            name = f"{one.run}/{one.item}"
            if name in self.ended or name in self.posted:
                continue
            self.ended[name] = "stopped"
            mandate = next(x for x in self.mandates if x.reference == one.mandate)
            if one.code == "19" and mandate.status == "expired":
                mandate.status = "active"
                self.say(m.MandateResumed(**mandate.keys, reason="did not go"))
            fact = m.CollectionStopped(
                **mandate.keys,
                collection=name,
                amount_minor=one.amount_minor,
                how=how,
                reason=how,
            )
            self.say(fact)

    def report(self) -> None:
        run = self.run_in("released", "withdrawn", "signed_off")
        if run is None or run.is_reported:
            return
        run.is_reported = True
        no = [x for x in run.items if self.chance.random() < 0.1]
        self.stop(no, "rejected")
        total, off = (sum(x.amount_minor for x in items) for items in (run.items, no))
        fact = r.RunReported(
            run=run.opened.run,
            digest="-",
            accepted=len(run.items) - len(no),
            accepted_minor=total - off,
            rejected=len(no),
            rejected_minor=off,
        )
        self.say(fact)

    def credit(self) -> None:
        run = self.run_in("released")
        if run is None or run.is_credited:
            return
        run.is_credited = True
        name = run.opened.run
        amounts = [x.amount_minor for x in run.items if self.ended.get(f"{name}/{x.item}") is None]
        off = self.chance.choice((0, 100))
        fact = r.RunCredited(
            run=name,
            unit=run.opened.unit,
            currency="GBP",
            receipt=f"S-{name}",
            amount_minor=sum(amounts) - off,
            returned_minor=off,
        )
        self.say(fact, self.lately(run.opened.opened_on))

    # -- money -----------------------------------------------------------------------------------

    def money(self, unit: str, account: str) -> dict[str, str]:
        return {"unit": unit, "account": account, "debt_type": "rent", "currency": "GBP"}

    def pay(self, unit: str, account: str, receipt: str, bills: tuple[str, ...], on: date) -> None:
        """A receipt that pays 100 or more of each bill; what is over stays unapplied."""
        lines = tuple(
            ItemAmount(
                item=bill,
                instalment=1,
                service="RENT",
                invoiced_on=START,
                due_on=START,
                amount_minor=self.chance.choice((50, 100, 150)),
            )
            for bill in bills
        )
        fact = e.PaymentAllocated(
            **self.money(unit, account), receipt=receipt, value_on=on, rule="test", lines=lines
        )
        self.say(fact, on)
        self.posted[receipt.removeprefix("DD:")] = lines
        if not receipt.startswith("DD:"):
            self.cards.append(fact)

    def post(self) -> None:
        for run in self.runs:
            for one in run.items:
                name = f"{one.run}/{one.item}"
                waits = run.state in ("released", "signed_off") and one.entry_on <= self.today
                if waits and name not in self.ended and name not in self.posted:
                    self.pay(one.unit, one.account, f"DD:{name}", one.invoices, one.entry_on)

    def card(self) -> None:
        if not self.of:
            return
        one = self.chance.choice(list(self.of.values()))
        bills = one.invoices[: self.chance.choice((1, 2))]
        self.pay(one.unit, one.account, f"CARD-{len(self.told)}", bills, self.lately(START))

    def take_back(self) -> None:
        if self.cards:
            one = self.cards.pop(self.chance.randrange(len(self.cards)))
            self.unpay(one.unit, one.account, one.receipt, one.lines[:1], self.today)

    def unpay(
        self, unit: str, account: str, receipt: str, lines: tuple[ItemAmount, ...], on: date
    ) -> None:
        fact = e.PaymentUnallocated(
            **self.money(unit, account),
            receipt=receipt,
            method="other",
            value_on=on,
            reason="-",
            lines=lines,
        )
        self.say(fact, on)

    def unpaid(self) -> None:
        states = {run.opened.run: run.state for run in self.runs}
        found = [
            name
            for name, one in self.of.items()
            if name not in self.ended
            and one.processing_on <= self.today
            and states[one.run] in ("released", "signed_off")
            and f"DD:{name}" not in {x.receipt for x in self.claims.values()}
        ]
        if not found:
            return
        name = self.chance.choice(found)
        one, code = self.of[name], self.chance.choice("0001B5")
        on = self.lately(one.processing_on)
        self.ended[name] = code
        fact = m.CollectionReturned(
            sun=one.sun,
            mandate=one.mandate,
            collection=name,
            amount_minor=one.amount_minor,
            code=code,
            reason=f"code {code}",
            reported_on=on,
            advice="ARUDD 1",
        )
        self.say(fact, on)
        if name in self.posted:
            lines = self.posted[name]
            self.unpay(one.unit, one.account, f"DD:{name}", lines, max(on, one.entry_on))

    # -- claims ----------------------------------------------------------------------------------

    def claim(self) -> None:
        claimed = {one.receipt for one in self.claims.values()}
        found = [
            name
            for name in self.posted
            if name in self.of and name not in self.ended and f"DD:{name}" not in claimed
        ]
        if not found:
            return
        name = self.chance.choice(found)
        one, on = self.of[name], self.lately(self.of[name].entry_on)
        fact = i.IndemnityClaimRaised(
            unit=one.unit,
            account=one.account,
            claim=f"C-{len(self.claims)}",
            sun=one.sun,
            mandate=one.mandate,
            receipt=f"DD:{name}",
            amount_minor=one.amount_minor,
            code=self.chance.choice("125"),
            reason="claimed",
            raised_on=on,
            challenge_by=on,
            debit_on=on,
            advice="DDICA 1",
        )
        self.claims[fact.claim] = fact
        self.say(fact, on)

    def live_claim(self) -> i.IndemnityClaimRaised | None:
        found = [one for name, one in self.claims.items() if name not in self.closed]
        return self.chance.choice(found) if found else None

    def challenge(self) -> None:
        if one := self.live_claim():
            names = {"unit": one.unit, "account": one.account, "claim": one.claim}
            self.say(i.IndemnityClaimChallenged(**names, grounds="agreed"))

    def close(self) -> None:
        if one := self.live_claim():
            self.closed.add(one.claim)
            fact = i.IndemnityClaimClosed(
                unit=one.unit,
                account=one.account,
                claim=one.claim,
                receipt=one.receipt,
                amount_minor=one.amount_minor,
                outcome=self.chance.choice(("settled", "withdrawn", "returned")),
            )
            self.say(fact)
