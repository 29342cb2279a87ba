"""The officers of the Direct Debits, at the product's own desk: each step as its verb does it.

What is not as it should be is written down in `wrong`, and the ending fails on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ledger import mandate_commands as mc
from ledger.collection_run_commands import SignOffRun
from ledger.commands import MandateCommand
from service import intake_desk
from service.demo.debit_bacs import Bacs, Sent, received
from service.demo.debit_bank import DebitBank
from service.demo.debit_days import SUN, UNIT
from service.demo.debit_mandates import MandateFile
from service.demo.debit_town import DebitTown
from service.demo.officers import AMES, COLE, DEAN, Desk
from service.desk_orders import Order
from service.direct_debit.announcing import announce
from service.direct_debit.mandates_file import MandateRow, read
from service.direct_debit.posting import Posted, post
from service.direct_debit.preparing import Prepared
from service.direct_debit.proving import Proof, prove
from service.direct_debit.releasing import release
from service.direct_debit.runs import RunRefusedError, find_run, give_step
from service.direct_debit.set_up import SetUp, set_up
from service.ingest import ingest
from service.report_run import catch_up
from service.rows_file import WrongRow


@dataclass(slots=True)
class Counted:
    """What the officers counted on the way, to be shown and checked."""

    mandates: int = 0
    wrong_lines: list[str] = field(default_factory=list)
    notices: int = 0
    held_back: list[str] = field(default_factory=list)
    twice: int = 0  # reports that came a second time and did nothing
    refused_files: list[str] = field(default_factory=list)
    set_aside: dict[str, int] = field(default_factory=dict)  # lines by report
    reports: dict[str, int] = field(default_factory=dict)
    proofs: list[Proof] = field(default_factory=list)
    exceptions: dict[date, int] = field(default_factory=dict)  # open on an evening
    own_release_refused: bool = False


@dataclass(slots=True)
class Office:
    """The office, and everything that lies on its tables."""

    desk: Desk
    town: DebitTown
    folder: Path
    bacs: Bacs
    bank: DebitBank
    sent: dict[str, Sent] = field(default_factory=dict)  # by the name of its station in the month
    runs: dict[str, str] = field(default_factory=dict)
    counted: Counted = field(default_factory=Counted)
    refunds: dict[str, str] = field(default_factory=dict)  # the latest, by account
    again: Path | None = None  # a report that is delivered a second time
    wrong: list[str] = field(default_factory=list)
    _orders: int = 0
    digests: set[str] = field(default_factory=set)  # of the reports that were taken

    def order(self, verb: str, actor: str = AMES) -> Order:
        """An order of its own."""
        self._orders += 1
        return Order(actor, f"demo-dd-{self._orders}", f"demo: {verb}")

    def give(self, commands: Sequence[MandateCommand], actor: str = AMES) -> None:
        """Commands that must be done."""
        done = self.desk.give_all(actor, commands)
        missed = done.count(False)
        if missed:
            self.wrong.append(f"{commands[0].action}: {missed} of {len(done)} were refused")

    # -- mandates and notices ----------------------------------------------------------------

    def set_up(self, file: MandateFile) -> None:
        """Take a file of mandates; the payers of the good ones are sent the confirmation."""
        app, path = self.desk.app, self.folder / file.name
        read_rows = list(read(path, app.modulus, self.desk.today))
        good = [row for row in read_rows if isinstance(row, MandateRow)]
        done = list(set_up(app, self.order("mandate add"), good, file.name))
        told = {row.line: row.field for row in read_rows if isinstance(row, WrongRow)}
        told |= {one.row.line: one.refusals[0].code for one in done if one.refusals}
        if told != file.wrong:
            self.wrong.append(f"{file.name}: told {told}, not {file.wrong}")
        self._tell_wrong(file.name, read_rows, done)
        made = [one.mandate for one in done if one.mandate and not one.repeated]
        repeated = sum(one.repeated for one in done)
        if (len(made), repeated) != (file.good, file.repeated):
            self.wrong.append(f"{file.name}: {len(made)} set up and {repeated} there already")
        self.counted.mandates += len(made)
        self.give([self._confirmation(mandate) for mandate in made])

    def _tell_wrong(
        self, name: str, rows: Sequence[MandateRow | WrongRow], done: Sequence[SetUp]
    ) -> None:
        lines = [(row.line, f"{row.field}: {row.why}") for row in rows if isinstance(row, WrongRow)]
        lines += [(one.row.line, one.refusals[0].sentence) for one in done if one.refusals]
        self.counted.wrong_lines += [f"{name}, line {line}: {why}" for line, why in sorted(lines)]

    def _confirmation(self, mandate: str) -> mc.NotifyMandate:
        today = self.desk.today
        notice = f"SU-{mandate}-{today:%Y%m%d}"
        return mc.NotifyMandate(sun=SUN, mandate=mandate, notice=notice, given_on=today)

    def announce(self, days: Sequence[date]) -> None:
        """Tell the payers what will be taken on the days."""
        catch_up(self.desk.app)
        notices = list(announce(self.desk.app, self.order("announce"), UNIT, days))
        refused = [one for one in notices if one.refusals]
        self.wrong += [f"notice {one.notice}: {one.refusals[0].sentence}" for one in refused]
        self.counted.notices += len(notices) - len(refused)

    # -- runs --------------------------------------------------------------------------------

    def send(self, name: str, prepared: Prepared) -> Sent:
        """Release a prepared run by a second person, and send it to Bacs."""
        run = prepared.opened.run
        state = find_run(self.desk.app, run)
        folder = self.folder / "to-bacs"
        folder.mkdir(parents=True, exist_ok=True)
        self.runs[name] = run
        self.counted.held_back += [f"{run} {why.code}: {why.sentence}" for _, why in prepared.held]
        path = release(self.desk.app, self.order("release", COLE), state, folder)
        self.sent[name] = received(path)
        return self.sent[name]

    def tries_own_release(self, prepared: Prepared) -> None:
        """The preparer may not let the file go."""
        state = find_run(self.desk.app, prepared.opened.run)
        try:
            release(self.desk.app, self.order("release"), state, self.folder)
        except RunRefusedError:
            self.counted.own_release_refused = True

    def post(self) -> Posted:
        """What the day brings by itself."""
        done = post(self.desk.app, self.order("post"), self.desk.today)
        self.wrong += [*done.problems, *done.credited.problems]
        return done

    def sign_off(self, name: str) -> None:
        """Prove a run and sign it off."""
        catch_up(self.desk.app)
        run = self.runs[name]
        proof = prove(self.desk.app, find_run(self.desk.app, run))
        own = proof.totals[0]
        self.wrong += [f"run {run}: {difference}" for difference in proof.differences]
        step = SignOffRun(run=run, collections=own.items or 0, amount_minor=own.amount_minor or 0)
        try:
            give_step(self.desk.app, self.order("sign-off", COLE), run, step)
        except RunRefusedError as error:
            self.wrong.append(f"run {run} is not signed off: {error}")
        self.counted.proofs.append(prove(self.desk.app, find_run(self.desk.app, run)))

    # -- what comes in -----------------------------------------------------------------------

    def take(self, report: str, path: Path, aside: int = 0) -> None:
        """Take a report of Bacs; so many of its lines must be left to an officer."""
        taken = ingest(self.desk.app, path)
        self.digests.add(taken.digest)
        counted = self.counted
        counted.reports[report] = counted.reports.get(report, 0) + 1
        if taken.refusal is not None:
            counted.refused_files.append(taken.refusal.sentence)
            return
        lines = len(taken.bad_lines)
        if lines:
            counted.set_aside[report] = counted.set_aside.get(report, 0) + lines
        if lines != aside:
            why = "; ".join(taken.problems[:3]) or "nothing was set aside"
            self.wrong.append(f"{path.name}: {lines} lines set aside, not {aside}: {why}")

    def take_again(self, path: Path) -> None:
        """A report that was taken before: nothing in it may be done once more."""
        taken = ingest(self.desk.app, path)
        again = set(taken.done) - {"already so"}
        if taken.refusal is not None or again:
            self.wrong.append(f"{path.name}, a second time: {taken.refusal or sorted(again)}")
        self.counted.twice += 1

    def count_exceptions(self) -> None:
        """How many exceptions are open this evening."""
        catch_up(self.desk.app)
        rows = self.desk.figures.report(
            "direct_debit_exceptions", self.desk.today, self.desk.app.store.now()
        )
        self.counted.exceptions[self.desk.today] = len(rows)

    def statement(self) -> None:
        """The bank's statement of the day, if anything moved."""
        path = self.bank.statement(self.desk.today)
        if path is None:
            return
        taken = ingest(self.desk.app, path)
        if not taken.is_whole() or not all(one.adds_up() for one in taken.statements):
            self.wrong.append(f"{path.name}: {taken.refusal or taken.problems}")

    def settle(self, reason: str) -> None:
        """The manager ends what was set aside or refused, now that it is dealt with."""
        app = self.desk.app
        for row in intake_desk.listed(app):
            if row.digest in self.digests:
                refusals = intake_desk.discard(app, row, app.actor(DEAN), reason)
                self.wrong += [one.sentence for one in refusals]
