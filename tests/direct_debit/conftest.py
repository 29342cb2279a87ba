"""A council that collects by Direct Debit, its bank and Bacs, with a clock that the test moves.

Everything goes through the product's own doors; what Bacs and the bank would send is written here
from what the released file says, read by the reader of this folder's own checker.
"""

import csv
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from consumers.formats import (
    arudd_write,
    bacs_advices_write,
    bacs_claims_write,
    bacs_credits_write,
)
from consumers.formats import bacs_submission_write as submission_write
from consumers.formats.accounts import gb_iban
from consumers.formats.arudd_write import OutReturn, OutReturns
from consumers.formats.bacs_items import (
    AccountTotals,
    DayTotals,
    Fault,
    FileOutcome,
    IndemnityClaim,
    InputError,
    InputReport,
    InstructionAdvice,
    ReturnedCredit,
    Tally,
    Withdrawal,
)
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement
from consumers.formats.camt053_write import write as write_camt
from consumers.formats.statement import SourceSpan
from consumers.reports import FileReport
from ledger import commands as c
from ledger.account_state import AccountState
from ledger.collection_run_commands import SignOffRun
from ledger.commands import AnyCommand
from ledger.ids import account_stream, mandate_stream, stream_id
from ledger.mandate import MandateState
from ledger.mandate_commands import NotifyMandate
from ledger.recorded import Source
from ledger.requests import Outcome, Request
from ledger.store import Store
from ledger.stream_states import states_of
from ledger.values import Instalment, InvoiceLine
from service.desk_orders import Order
from service.direct_debit import states, stopping
from service.direct_debit.announcing import announce
from service.direct_debit.changing import Changed, change_accounts
from service.direct_debit.mandates_file import ChangeRow, MandateRow, read, read_changes
from service.direct_debit.posting import Posted, post
from service.direct_debit.preparing import Prepared, prepare
from service.direct_debit.proving import Proof, prove
from service.direct_debit.releasing import deliver, release
from service.direct_debit.runs import find_run, give_step
from service.direct_debit.set_up import SetUp, set_up
from service.embedded_database import EmbeddedDatabase
from service.ingest import ingest
from service.report_run import catch_up, known_now
from service.settings import Settings
from service.wiring import App, open_app

SUN, UNIT = "999999", "HSG"
SORT_CODE, ACCOUNT_NUMBER = "089999", "66374958"
BANK_ACCOUNT = f"{SORT_CODE}-{ACCOUNT_NUMBER}"
NOWHERE = SourceSpan(1, 0, 1)
# The bills of most tests: whose run lodges the mandates, whose takes the money, and how much.
LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE = 10_000
POLICY = f"""
[[direct_debit]]
effective_from = 2000-01-01
layout = "LAYOUT"

[[originator]]
unit = "{UNIT}"
sun = "{SUN}"
account = "{BANK_ACCOUNT}"
account_name = "ANYTOWN COUNCIL"
user_name = "ANYTOWN COUNCIL"
"""


class Payer(NamedTuple):
    """A payer's bank account, as the file of mandates gives it."""

    sort_code: str
    number: str
    name: str


class Sent(NamedTuple):
    """One line of a released file, as Bacs reads it: by position, with no code of the product."""

    code: str
    payer: Payer
    pence: int
    reference: str


class Town:
    """The council: its clock, its officers, and what comes back from Bacs and the bank."""

    def __init__(self, app: App, clock: list[datetime], folder: Path) -> None:
        self.app, self.clock, self.folder = app, clock, folder
        self._given = 0
        self._statement = 0

    # -- time and officers -----------------------------------------------------------------------

    @property
    def today(self) -> date:
        return self.clock[0].date()

    def on(self, day: date) -> None:
        """Let it be the morning of a day; the clock never goes back."""
        moment = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        self.clock[0] = max(self.clock[0] + timedelta(seconds=1), moment)

    def order(self, actor: str = "officer.ames") -> Order:
        self._given += 1
        return Order(actor, f"order-{self._given}", "dd test")

    def give(self, *commands: AnyCommand, actor: str = "officer.ames") -> list[Outcome]:
        """Give commands, each as an order of its own."""
        outcomes: list[Outcome] = []
        for command in commands:
            self._given += 1
            identity = f"test|{self._given}"
            who = self.app.actor(actor)
            request = Request(command, who, Source("command", "test"), identity)
            outcomes += self.app.ledger.handle([request])
        return outcomes

    # -- debtors ---------------------------------------------------------------------------------

    def opened(self, *accounts: str) -> None:
        """Open debtor accounts."""
        commands = [c.OpenAccount(unit=UNIT, account=one, debt_type="rent") for one in accounts]
        assert {one.status for one in self.give(*commands)} == {"posted"}

    def billed(
        self, account: str, invoice: str, pence: int, due: date | Sequence[tuple[date, int]]
    ) -> None:
        """A bill that is due on a day, or in instalments."""
        dates = [(due, pence)] if isinstance(due, date) else list(due)
        instalments = tuple(
            Instalment(number=number, due_on=on, amount_minor=part)
            for number, (on, part) in enumerate(dates, 1)
        )
        line = InvoiceLine(
            description="Rent",
            service="RENT",
            cost_code="R100",
            vat_code="N",
            net_minor=pence,
            vat_minor=0,
        )
        command = c.IssueInvoice(
            unit=UNIT,
            account=account,
            invoice=invoice,
            service="RENT",
            invoiced_on=self.today,
            tax_point_on=self.today,
            due_on=dates[0][0],
            currency="GBP",
            description="Rent",
            lines=(line,),
            instalments=instalments if len(instalments) > 1 else (),
            net_minor=pence,
            vat_minor=0,
            gross_minor=pence,
        )
        (outcome,) = self.give(command, actor="system:intake")
        assert outcome.status == "posted", outcome.refusals

    def pays(self, account: str, pence: int) -> None:
        """The debtor pays by another way, today."""
        command = c.ReceivePayment(
            unit=UNIT,
            account=account,
            receipt=f"R-{account}-{self._given}",
            amount_minor=pence,
            method="card",
            value_on=self.today,
            rule="test",
        )
        (outcome,) = self.give(command)
        assert outcome.status == "posted", outcome.refusals

    def refunded(self, account: str, name: str, pence: int) -> None:
        """Credit of an account is paid back: proposed, approved by another, and sent."""
        place = {"unit": UNIT, "account": account, "refund": name}
        asked = c.ProposeRefund(
            **place, amount_minor=pence, reason="overpaid", accepts_claim_risk=True
        )
        outcomes = [
            *self.give(asked, actor="senior.cole"),
            *self.give(c.ApproveRefund(**place), actor="s151.ford"),
            *self.give(c.RecordRefundPaid(**place, payment_reference="BACS"), actor="senior.cole"),
        ]
        assert [one.status for one in outcomes] == ["posted"] * 3, outcomes

    def account(self, account: str) -> AccountState:
        stream = account_stream(UNIT, account)
        return states_of(self.app.store, [stream], AccountState)[stream]

    def owes(self, account: str) -> int:
        """What an account owes, less its unapplied credit."""
        state = self.account(account)
        return state.open_minor - state.unapplied_minor

    # -- mandates --------------------------------------------------------------------------------

    def mandates_file(self, *rows: tuple[str, Payer], **more: str) -> Path:
        """A file of mandates as an officer would offer it."""
        head = ("unit", "account", "sort_code", "account_number", "name", "scheme", "agreed_on")
        lines = [",".join((*head, *more))]
        for account, payer in rows:
            cells = (UNIT, account, payer.sort_code, payer.number, payer.name, "paperless")
            lines.append(",".join((*cells, self.today.isoformat(), *more.values())))
        path = self.folder / f"mandates-{self._given}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def set_up(self, path: Path) -> list[SetUp]:
        """Set up what a file says; its rows must be good."""
        rows = list(read(path, self.app.modulus, self.today))
        assert all(isinstance(row, MandateRow) for row in rows), rows
        good = [row for row in rows if isinstance(row, MandateRow)]
        return list(set_up(self.app, self.order(), good, path.name))

    def change_account(self, reference: str, payer: Payer) -> Changed:
        """The payer tells us of another account."""
        path = self.folder / f"accounts-{self._given}.csv"
        cells = (reference, payer.sort_code, payer.number, payer.name)
        path.write_text(f"reference,sort_code,account_number,name\n{','.join(cells)}\n", "utf-8")
        rows = list(read_changes(path, self.app.modulus, self.today))
        assert all(isinstance(row, ChangeRow) for row in rows), rows
        good = [row for row in rows if isinstance(row, ChangeRow)]
        (done,) = change_accounts(self.app, self.order(), good, "told us by letter")
        return done

    @staticmethod
    def payer(number: int) -> Payer:
        """One of any number of payers; without tables of the modulus check any number can be."""
        return Payer("107999", f"{10_000_000 + number}", f"Payer {number}")

    def mandate(self, account: str, payer: Payer) -> str:
        """A mandate of an account that is confirmed to its payer; its reference."""
        (made,) = self.set_up(self.mandates_file((account, payer)))
        assert made.mandate is not None, made.refusals
        self.notify(made.mandate)
        return made.mandate

    def notify(self, reference: str) -> None:
        command = NotifyMandate(sun=SUN, mandate=reference, notice="SU-1", given_on=self.today)
        (outcome,) = self.give(command)
        assert outcome.status == "posted", outcome.refusals

    def state(self, reference: str) -> MandateState:
        stream = mandate_stream(SUN, reference)
        return states_of(self.app.store, [stream], MandateState)[stream]

    def events(self, reference: str) -> list[Any]:
        """The facts of a mandate, in their sequence."""
        stream = stream_id(mandate_stream(SUN, reference))
        return [event.fact for event in self.app.store.history(stream)]

    def agreed(self, *accounts: str) -> dict[str, str]:
        """Debtors with a bill each and a mandate that waits for its first run: account -> mandate.

        It is the day then on which that run is prepared.
        """
        found = {}
        for number, account in enumerate(accounts):
            self.opened(account)
            self.billed(account, f"I-{account}", PENCE, COLLECTED)
            found[account] = self.mandate(account, self.payer(number))
        self.on(date(2026, 11, 26))
        return found

    def told(self, *accounts: str) -> dict[str, str]:
        """Debtors whose mandates are lodged and who were told of a collection; as `agreed`."""
        found = self.agreed(*accounts)
        self.sent(LODGED)
        assert self.announce(COLLECTED) == len(found)
        self.on(date(2026, 12, 11))
        return found

    # -- runs ------------------------------------------------------------------------------------

    def announce(self, *days: date) -> int:
        """Give notice of the days; how many payers were told."""
        catch_up(self.app)
        notices = list(announce(self.app, self.order(), UNIT, days))
        assert not [one for one in notices if one.refusals], notices
        return len(notices)

    def prepare(self, entry_on: date, actor: str = "officer.ames") -> Prepared:
        return prepare(self.app, self.order(actor), UNIT, entry_on)

    def release(self, run: str, actor: str = "senior.cole") -> Path:
        return release(self.app, self.order(actor), find_run(self.app, run), self.folder)

    def deliver(self, run: str, actor: str = "senior.cole") -> Path:
        return deliver(self.app, self.order(actor), find_run(self.app, run), self.folder)

    def sent(self, entry_on: date) -> tuple[str, Path]:
        """Prepare a run and release it; its name and its file."""
        run = self.prepare(entry_on).opened.run
        return run, self.release(run)

    def post(self) -> Posted:
        return post(self.app, self.order(), self.today)

    def prove(self, run: str | None = None) -> Proof:
        catch_up(self.app)
        return prove(self.app, find_run(self.app, run))

    def sign_off(self, run: str) -> None:
        own = self.prove(run).totals[0]
        step = SignOffRun(run=run, collections=own.items or 0, amount_minor=own.amount_minor or 0)
        give_step(self.app, self.order("senior.cole"), run, step)

    # -- figures ---------------------------------------------------------------------------------

    def rows(self, name: str, as_at: date, as_known: datetime | None = None) -> list[Any]:
        """The rows of a figure, as the reader sees them."""
        catch_up(self.app)
        known = as_known or known_now(self.app)
        with psycopg.connect(self.app.urls.app, row_factory=dict_row) as connection:
            connection.execute("SET ROLE tallystick_reader")
            figure = sql.Identifier("reporting", name)
            asked = sql.SQL("SELECT * FROM {}(%s, %s)").format(figure)
            return connection.execute(asked, (as_at, known)).fetchall()

    # -- what comes back -------------------------------------------------------------------------

    def take(self, path: Path) -> FileReport:
        report = ingest(self.app, path)
        assert report.refusal is None, report.refusal
        return report

    def input_report(
        self,
        file: Path,
        rejected: Iterable[tuple[Sent, str]] = (),
        others: Iterable[tuple[Fault, Sent, str]] = (),
        unnamed: Sequence[Sent] = (),
        messages: tuple[str, ...] = (),
    ) -> FileReport:
        """What Bacs says of a released file: all accepted but for some, with why.

        `others` are returned or amended; `unnamed` were rejected too, and are in the totals only.
        """
        serial, number, processing_on = self._labels(file)
        out = [(one, why) for one, why in rejected]
        debits = [one for one in lines_of(file) if one.pence]
        no = [one.pence for one, _ in out if one.pence] + [one.pence for one in unnamed]
        count, pence = len(debits), sum(one.pence for one in debits)
        total, refused = Tally(count, pence), Tally(len(no), sum(no))
        took = Tally(count - len(no), pence - sum(no))
        totals = AccountTotals(BANK_ACCOUNT, "0", "debit", took, refused, total)
        faults: list[tuple[Fault, Sent, str]] = [("REJECTED", one, why) for one, why in out]
        errors = tuple(
            InputError(NOWHERE, fault, why, one.reference, one.pence, one.code or None)
            for fault, one, why in (*faults, *others)
        )
        report = InputReport(
            span=NOWHERE,
            volume_serial=serial,
            submission="1",
            sun=SUN,
            file_number=number,
            work_code="1 DAILY",
            processing_on=processing_on,
            produced_on=self.today,
            accounts=(totals,) if debits else (),
            days=(),
            errors=errors,
            messages=messages,
        )
        return self._report_on_file("input.xml", report)

    def nothing_taken(self, file: Path, why: str) -> FileReport:
        """An Input report by which Bacs took nothing of a file."""
        serial, _, _ = self._labels(file)
        nothing = InputReport(
            NOWHERE, serial, "1", None, None, None, None, self.today, (), (), (), (why,)
        )
        return self._report_on_file("input.xml", nothing)

    def withdrawn(self, file: Path) -> FileReport:
        serial, number, processing_on = self._labels(file)
        none = Tally(0, 0)
        debits = [one.pence for one in lines_of(file) if one.pence]
        days = (DayTotals(processing_on, none, Tally(len(debits), sum(debits)), none, none),)
        one = Withdrawal(NOWHERE, serial, "1", SUN, SUN, number, self.today, days, ())
        return self._report_on_file("withdrawal.xml", one)

    def instructions_rejected(self, file: Path, serial: str | None = None) -> FileReport:
        """An AUDREJ report: Bacs refused the file of instructions."""
        own, number, processing_on = self._labels(file)
        count = len([one for one in lines_of(file) if not one.pence])
        outcome = FileOutcome(
            NOWHERE, False, serial or own, number, SUN, processing_on, "1 DAILY", True, 0, count,
            "30264", ("User Status is TEST on Arrival Day",), None, self.today,
        )  # fmt: skip
        path = self._path("audrej.xml")
        with path.open("wb") as out:
            bacs_advices_write.write([outcome], out, "AUDREJ", self.today, sun=SUN)
        return self.take(path)

    def _labels(self, file: Path) -> tuple[str, str, date]:
        """Serial, file number and processing day; a bureau's submission has a serial of its own."""
        if file.suffix == ".csv":
            return "B00077", "001", find_run(self.app, file.stem).opened.processing_on
        text = file.read_text("ascii").splitlines()
        return text[0][4:10], text[3][37:40], day_of(text[3][4:10])

    def _report_on_file(self, name: str, item: InputReport | Withdrawal) -> FileReport:
        path = self._path(name)
        day = item.processing_on if isinstance(item, InputReport) else None
        with path.open("wb") as out:
            submission_write.write([item], out, self.today, day)
        return self.take(path)

    def returned(self, *items: tuple[Sent, str, str], processed_on: date) -> FileReport:
        """An ARUDD report: each line of a file that came back, with code and words."""
        return self.take(self.arudd(*items, processed_on=processed_on))

    def arudd(self, *items: tuple[Sent, str, str], processed_on: date) -> Path:
        returns = [
            OutReturn(
                one.reference,
                one.pence,
                code,
                words,
                processed_on,
                f"{one.payer.sort_code}-{one.payer.number}",
                one.payer.name,
                one.code,
            )
            for one, code, words in items
        ]
        path = self._path("arudd.xml")
        with path.open("wb") as file:
            accounts = [OutReturns(BANK_ACCOUNT, "ANYTOWN COUNCIL", returns)]
            arudd_write.write(accounts, file, self.today, SUN)
        return path

    def advised(self, kind: str, *advices: InstructionAdvice) -> FileReport:
        """An ADDACS, AUDDIS or AWACS report."""
        path = self._path(f"{kind.lower()}.xml")
        with path.open("wb") as file:
            bacs_advices_write.write(advices, file, kind, self.today, sun=SUN)
        return self.take(path)

    def advice(self, kind: Any, reference: str, code: str, **more: Any) -> InstructionAdvice:  # noqa: ANN401
        """One advice of a bank on an instruction."""
        self._given += 1
        record = {"ADDACS": "A", "AUDDIS": "N", "AWACS": "A"}[kind]
        usual: dict[str, Any] = {
            "span": NOWHERE,
            "kind": kind,
            "reference": reference,
            "reason_code": code,
            "effective_on": self.today,
            "due_on": None,
            "payer_sort_code": "107999",
            "payer_account": "88837491",
            "payer_name": "J SMITH",
            "new_sort_code": None,
            "new_account": None,
            "sun": SUN,
            "aosn": str(self._given),
            "record_type": record,
            "reported_on": self.today,
        }
        return InstructionAdvice(**usual | more)

    def credit_returned(self, reference: str, pence: int, code: str) -> FileReport:
        """An ARUCS report of one credit that we sent."""
        self._given += 1
        one = ReturnedCredit(
            span=NOWHERE,
            ordinal=1,
            reference=reference,
            amount_minor=pence,
            currency="GBP",
            transaction_code="99",
            reason_code=code,
            reason=f"RETURNED {self._given}",
            originally_processed_on=self.today,
            reported_on=self.today,
            account=BANK_ACCOUNT,
            sun=SUN,
            payee_sort_code="107999",
            payee_account="88837491",
            payee_name="J SMITH",
        )
        path = self._path("arucs.xml")
        with path.open("wb") as file:
            bacs_credits_write.write([one], file, self.today, sun=SUN)
        return self.take(path)

    def claimed(self, *claims: IndemnityClaim, debit_on: date) -> FileReport:
        path = self._path("ddica.xml")
        with path.open("wb") as file:
            bacs_claims_write.write(claims, file, SUN, debit_on)
        return self.take(path)

    def claim(
        self,
        name: str,
        reference: str,
        code: str,
        collections: Sequence[tuple[date, int]],
        debit_on: date | None,
        *,
        cancelled: bool = False,
    ) -> IndemnityClaim:
        return IndemnityClaim(
            span=NOWHERE,
            sequence="1",
            paying_bank_reference=name,
            reference=reference,
            reason_code=code,
            reason="claimed",
            collections=tuple(collections),
            total_minor=sum(pence for _, pence in collections),
            debit_on=debit_on,
            cancelled=cancelled,
            payer_sort_code="107999",
            payer_account="88837491",
            payer_name="J SMITH",
            advices=1,
            sun=SUN,
        )

    def bank(self, *entries: tuple[int, str], on: date) -> FileReport:
        """A statement of our account with these entries (pence, text)."""
        self._statement += 1
        out = [
            OutEntry(
                pence,
                on,
                on,
                method="direct_debit" if pence > 0 else "direct_debit_returned",
                details=(OutDetail(abs(pence), remittance=(text,)),),
            )
            for pence, text in entries
        ]
        iban = gb_iban("NWBK", SORT_CODE, ACCOUNT_NUMBER)
        one = OutStatement(iban, f"S{self._statement}", self._statement, on, on, 0, tuple(out))
        path = self._path("statement.xml")
        with path.open("wb") as file:
            write_camt([one], file, path.name)
        return self.take(path)

    def _path(self, name: str) -> Path:
        self._given += 1
        return self.folder / f"{self._given}-{name}"


def lines_of(file: Path) -> list[Sent]:
    """The items of a file, contras left out: by position, or by the columns of a bureau."""
    if file.suffix == ".csv":
        return [_of_bureau(row) for row in _rows(file)]
    found = []
    for line in file.read_text("ascii").splitlines():
        if len(line) != 100 or line[64:70] == "CONTRA":
            continue
        payer = Payer(line[0:6], line[6:14], line[82:100].rstrip())
        found.append(Sent(line[15:17], payer, int(line[35:46]), line[64:82].rstrip()))
    return found


def _rows(file: Path) -> list[list[str]]:
    rows = list(csv.reader(file.read_text("ascii").splitlines()))
    return rows[1:] if rows[0][0] == "Processing Date" else rows


def _of_bureau(row: list[str]) -> Sent:
    """Ten columns of Paygate, or eight of AccessPay."""
    if len(row) == 10:
        sort_code, number, name, amount, code, *_, reference, _on = row
    else:
        _on, _action, code, name, sort_code, number, amount, reference = row
    return Sent(code, Payer(sort_code, number, name), int(amount.replace(".", "")), reference)


def day_of(text: str) -> date:
    """The date of ` YYDDD`."""
    year, day = 2000 + int(text[1:3]), int(text[3:6])
    return date(year, 1, 1) + timedelta(days=day - 1)


def killed_after(town: Town, work: Callable[[App], object], appends: int, page: int = 2) -> int:
    """Do work in a process of its own that kills itself after so many appends; how it ended."""
    pid = os.fork()
    if pid == 0:
        try:
            left = [appends]
            append = Store.append_decided

            def mortal(self: Store, decide: Any) -> Any:  # noqa: ANN401
                appended = append(self, decide)
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return appended

            Store.append_decided = mortal  # type: ignore[method-assign]
            for module in (states, stopping):
                vars(module)["PAGE"] = page
            with open_app(town.app.settings, clock=lambda: town.clock[0]) as app:
                work(app)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - a forked child must never go on as its parent
            os._exit(1)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


PAYERS = (
    Payer("107999", "88837491", "J Smith"),
    Payer("202959", "63748472", "A N Other"),
    Payer("118765", "64371389", "Zoë O'Brien"),
    Payer("134020", "63849203", "Müller & Sons"),
)


@pytest.fixture
def payers() -> tuple[Payer, ...]:
    return PAYERS


@pytest.fixture
def lines() -> Any:  # noqa: ANN401
    return lines_of


@pytest.fixture
def killed() -> Callable[..., int]:
    return killed_after


@pytest.fixture
def layout() -> str:
    """How runs are sent; a test says another by its parameters."""
    return "standard18"


@pytest.fixture
def town(sandbox_database: EmbeddedDatabase, tmp_path: Path, layout: str) -> Iterator[Town]:
    """The council on 2 November 2026."""
    policy = tmp_path / "policy"
    policy.mkdir()
    accounts = f'[accounts]\n"{BANK_ACCOUNT}" = "{UNIT}"\n'
    (policy / "bank-accounts.toml").write_text(accounts, encoding="utf-8")
    terms = POLICY.replace("LAYOUT", layout)
    (policy / "direct-debit.toml").write_text(terms, encoding="utf-8")
    clock = [datetime(2026, 11, 2, 9, tzinfo=UTC)]
    settings = Settings(
        home=tmp_path / "home",
        policy_dir=policy,
        database_url=sandbox_database.app_url,
        owner_database_url=sandbox_database.owner_url,
        party_key="p" * 32,
        digest_key="d" * 32,
    )
    with open_app(settings, clock=lambda: clock[0]) as app:
        yield Town(app, clock, tmp_path)


@pytest.fixture
def reworded(town: Town) -> Iterator[Callable[[str], Town]]:
    """The same council after its direct-debit.toml was changed."""
    with ExitStack() as stack:

        def change(policy: str) -> Town:
            path = town.folder / "policy" / "direct-debit.toml"
            path.write_text(policy, encoding="utf-8")
            app = stack.enter_context(open_app(town.app.settings, clock=lambda: town.clock[0]))
            return Town(app, town.clock, town.folder)

        yield change
