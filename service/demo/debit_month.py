"""The Direct Debit month day by day: what the officers do, what Bacs and the banks send back.

Each step is one day of the script at the end. A report is played from the table of `debit_rows`.
"""

from collections.abc import Callable, Mapping
from datetime import date

from ledger import mandate_commands as mc
from service.demo import debit_days as days
from service.demo.debit_advices import (
    advised,
    advised_again,
    claimed,
    credits_came_back,
    instructions_refused,
    mended_advice,
    reinstated,
    withdrawn_claims,
)
from service.demo.debit_bacs import Bacs
from service.demo.debit_bank import DebitBank
from service.demo.debit_mandates import first_file, mended_file, second_file
from service.demo.debit_office import Office
from service.demo.debit_paid import (
    claims_debited,
    double_payments,
    estates_pay,
    paid_otherwise,
    refunds_paid,
)
from service.demo.officers import BELL, Desk
from service.direct_debit.preparing import prepare, represent

Step = Callable[[Office], None]


def open_office(desk: Desk) -> Office:
    """The office of the council's payers."""
    folder = desk.council.folder / "direct-debit"
    folder.mkdir(parents=True, exist_ok=True)
    return Office(desk, desk.council.debits, folder, Bacs(folder), DebitBank(folder))


def _signed(office: Office) -> None:
    office.set_up(first_file(office.folder, office.town, days.SIGNED_ON))


def _mended(office: Office) -> None:
    office.set_up(mended_file(office.folder, office.town, days.SIGNED_ON))


def _lodged(office: Office) -> None:
    prepared = prepare(office.desk.app, office.order("run"), days.UNIT, days.LODGED_ENTRY)
    sent = office.send("lodging", prepared)
    office.take("Arrival", office.bacs.arrival(sent, days.LODGED_ON))


def _lodged_report(office: Office) -> None:
    _reported(office, "lodging")
    office.sign_off("lodging")


def _reported(office: Office, name: str) -> None:
    report = office.bacs.input_report(office.sent[name], office.desk.today)
    office.take("Input", report)


def _told(office: Office) -> None:
    office.announce(days.DUE)


def _first_input(office: Office) -> None:
    prepared = prepare(office.desk.app, office.order("run"), days.UNIT, days.DUE[0])
    office.send("first", prepared)


def _second_file(office: Office) -> None:
    _reported(office, "first")
    office.set_up(second_file(office.folder, office.town, days.SECOND_FILE))


def _first_entry(office: Office) -> None:
    _credited(office, "first")
    office.sign_off("first")


def _credited(office: Office, name: str, less_minor: int = 0) -> None:
    """The bank credits a run in one sum, and the accounts are credited."""
    sent = office.sent[name]
    total = sum(one.amount_minor for one in sent.debits) - less_minor
    office.bank.credit_run(total, sent.submission.serial)
    office.statement()
    office.post()


def _changed(office: Office) -> None:
    """Before the April run: one is suspended, one ends, one is withheld, one is of less."""
    for payer in office.town.told("suspended"):
        reason = "the payer says that the rent is not his"
        office.give([mc.SuspendMandate(sun=days.SUN, mandate=payer.mandates[0], reason=reason)])
    for payer in office.town.told("cancelled by us"):
        command = mc.CancelMandate(
            sun=days.SUN,
            mandate=payer.mandates[0],
            by="us",
            reason="the payer asked to pay by standing order",
            reported_on=office.desk.today,
        )
        office.give([command], BELL)
    for payer in office.town.told("withheld"):
        held = mc.WithholdCollection(
            sun=days.SUN,
            mandate=payer.mandates[0],
            entry_on=days.DUE[1],
            reason="in hospital, asked for two weeks",
        )
        office.give([held], BELL)
    for payer in office.town.told("amended"):
        less = mc.AmendCollection(
            sun=days.SUN,
            mandate=payer.mandates[0],
            entry_on=days.DUE[1],
            amount_minor=payer.bills[1].gross_minor // 2,
            reason="half now and half with the next, agreed by telephone",
        )
        office.give([less], BELL)


def _second_input(office: Office) -> None:
    prepared = prepare(office.desk.app, office.order("run"), days.UNIT, days.DUE[1])
    office.tries_own_release(prepared)
    sent = office.send("second", prepared)
    office.take("Arrival", office.bacs.arrival(sent, days.SECOND_INPUT))


def _after_easter(office: Office) -> None:
    sent = office.sent["second"]
    rejected = [(sent.of(one), one.row.code) for one in office.town.of("Input")]
    office.take("Input", office.bacs.input_report(sent, office.desk.today, rejected))
    claimed(office)
    for payer in office.town.told("suspended"):
        reason = "the payer has found that the rent is his"
        office.give([mc.ResumeMandate(sun=days.SUN, mandate=payer.mandates[0], reason=reason)])
    double_payments(office)
    office.statement()


def _second_entry(office: Office) -> None:
    sent = office.sent["second"]
    rejected = sum(sent.of(one).amount_minor for one in office.town.of("Input"))
    _credited(office, "second", rejected)
    office.announce([days.DUE[2]])  # what was put off, rejected, or is of a new mandate


def _unpaid(office: Office) -> None:
    """The first half of the codes on one day, the rest on the next."""
    sent, payers = office.sent["second"], office.town.of("ARUDD")
    half = len(payers) // 2
    own = payers[:half] if office.desk.today == days.UNPAID_ON[0] else payers[half:]
    returned = [(sent.of(one), one.row.code) for one in own]
    office.take("ARUDD", office.bacs.arudd(returned, office.desk.today))
    for item, code in returned:
        office.bank.takes_back(item.amount_minor, f"UNPAID DD {item.reference} {code}")
    if office.desk.today == days.UNPAID_ON[0]:
        refunds_paid(office, "first")
    else:
        office.sign_off("second")
    office.statement()
    office.post()


def _mended_advice(office: Office) -> None:
    mended_advice(office)
    credits_came_back(office)
    office.statement()
    came, found = len(office.town.of("ARUCS")), len(office.post().back)
    if found != came:
        office.wrong.append(f"refunds that came back: {found} of {came} found at the bank")


def _again_input(office: Office) -> None:
    reinstated(office)
    paid_otherwise(office, early=True)
    office.statement()
    prepared = represent(office.desk.app, office.order("represent"), days.UNIT, days.AGAIN_ENTRY)
    office.send("again", prepared)


def _early_input(office: Office) -> None:
    refunds_paid(office, "second")
    office.statement()
    prepared = prepare(office.desk.app, office.order("run"), days.UNIT, days.DUE[2])
    sent = office.send("withdrawn", prepared)
    office.take("Arrival", office.bacs.arrival(sent, days.EARLY_INPUT))


def _last_input(office: Office) -> None:
    """The file that went too early is withdrawn and made anew; the bank credits what is again."""
    withdrawal = office.bacs.withdrawal(office.sent["withdrawn"], office.desk.today)
    office.take("Withdrawal", withdrawal)
    again = office.sent["again"]
    total = sum(one.amount_minor for one in again.debits)
    office.bank.credit_run(total, again.submission.serial)
    office.statement()
    office.post()
    prepared = prepare(office.desk.app, office.order("run", BELL), days.UNIT, days.DUE[2])
    office.send("last", prepared)
    withdrawn_claims(office)


def _again_unpaid(office: Office) -> None:
    """The report of what is unpaid comes before the one that says what was taken."""
    sent = office.sent["again"]
    returned = [(sent.of(one), "0") for one in office.town.of("ARUDD", "unpaid again")]
    office.take("ARUDD", office.bacs.arudd(returned, office.desk.today))
    for item, _ in returned:
        office.bank.takes_back(item.amount_minor, f"UNPAID DD {item.reference} 0")
    office.statement()
    _reported(office, "again")
    office.post()
    office.sign_off("again")
    _reported(office, "last")


def _last_entry(office: Office) -> None:
    _credited(office, "last")


def _settled(office: Office) -> None:
    office.sign_off("last")
    paid_otherwise(office, early=False)
    office.statement()
    office.post()


def _claims(office: Office) -> None:
    claims_debited(office)
    office.statement()
    office.post()


def _estates(office: Office) -> None:
    estates_pay(office)
    office.statement()


def _closed(office: Office) -> None:
    office.post()


SCRIPT: Mapping[date, tuple[Step, ...]] = {
    days.SIGNED_ON: (_signed,),
    days.MENDED_ON: (_mended,),
    days.LODGED_ON: (_lodged,),
    days.LODGED_REPORT: (_lodged_report,),
    days.REFUSED_ON: (instructions_refused,),
    days.TOLD_ON: (_told,),
    days.FIRST_INPUT: (_first_input,),
    days.SECOND_FILE: (_second_file,),
    days.DUE[0]: (_first_entry,),
    days.CHANGED_ON: (_changed,),
    days.SECOND_INPUT: (_second_input,),
    days.AFTER_EASTER: (_after_easter,),
    days.DUE[1]: (_second_entry,),
    days.UNPAID_ON[0]: (_unpaid,),
    days.UNPAID_ON[1]: (_unpaid,),
    days.ADVISED_ON: (advised,),
    days.ADVISED_AGAIN: (advised_again,),
    days.MENDED_ADVICE: (_mended_advice,),
    days.AGAIN_INPUT: (_again_input,),
    days.EARLY_INPUT: (_early_input,),
    days.LAST_INPUT: (_last_input,),
    days.AGAIN_UNPAID: (_again_unpaid,),
    days.DUE[2]: (_last_entry,),
    days.SETTLED_OTHERWISE: (_settled,),
    days.CLAIMED_ON: (_claims,),
    days.ESTATES_ON: (_estates,),
    days.CLOSED_ON: (_closed,),
}


def play_day(office: Office, day: date) -> None:
    """Do what the script has for a day."""
    for step in SCRIPT.get(day, ()):
        step(office)
    if day in days.COUNTED_ON:
        office.count_exceptions()
