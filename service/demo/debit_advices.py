"""What payers' banks say of instructions, claims and credits, and what the officers do about it."""

from dataclasses import replace

from consumers.formats.bacs_items import FileOutcome
from consumers.formats.statement import SourceSpan
from ledger import mandate_commands as mc
from ledger.indemnity_commands import ChallengeIndemnityClaim
from service.demo import debit_days as days
from service.demo.debit_bacs import advice_of, claim_of, credit_back
from service.demo.debit_office import Office
from service.demo.debit_town import Payer
from service.demo.officers import BELL

UNKNOWN_CODE = "Z"


def instructions_refused(office: Office) -> None:
    """AUDDIS: some instructions are not lodged; the file of them was accepted."""
    sent = office.sent["lodging"]
    payers = office.town.of("AUDDIS")
    accepted = FileOutcome(
        span=SourceSpan(1, 0, 1),
        accepted=True,
        volume_serial=sent.submission.serial,
        file_number=f"{sent.submission.file_number:03d}",
        sun=days.SUN,
        processing_on=sent.submission.processing_on,
        work_code="1 DAILY",
        live=True,
        accepted_instructions=len(sent.items),
        rejected_instructions=0,
        error_code=None,
        messages=(),
        aosn="1",
        reported_on=days.REFUSED_ON,
    )
    outcome = office.bacs.outcome(accepted, days.REFUSED_ON)
    office.take("AUDACC", outcome)
    advices = [advice_of("AUDDIS", one, one.row.code, days.REFUSED_ON) for one in payers]
    office.take("AUDDIS", office.bacs.advices("AUDDIS", advices, days.REFUSED_ON))


def advised(office: Office) -> None:
    """ADDACS: instructions are cancelled, moved, amended, suspended. One report is not read."""
    on = days.ADVISED_ON
    payers = [one for one in office.town.of("ADDACS") if one.row.story != "read at last"]
    advices = []
    for payer in payers:
        code = "1" if payer.row.story == "reinstated" else payer.row.code
        new = payer.banks[1] if payer.row.story == "details given" else None
        advices.append(advice_of("ADDACS", payer, code, on, new=new))
    path = office.bacs.advices("ADDACS", advices, on)
    aside = sum(payer.row.aside for payer in payers)
    office.take("ADDACS", path, aside)
    office.again = path
    strange = [
        advice_of("ADDACS", payer, UNKNOWN_CODE, on)
        for payer in office.town.of("ADDACS", "read at last")
    ]
    office.take("ADDACS", office.bacs.advices("ADDACS", strange, on))
    office.settle("the payer was asked, and keeps the account that we have")


def advised_again(office: Office) -> None:
    """The same report comes once more; who disputed his notice has been asked, and goes on."""
    if office.again is not None:
        office.take_again(office.again)
    for payer in office.town.of("ADDACS"):
        if payer.row.code == "D":
            reason = "the payer was sent the notice again, and agrees"
            office.give([mc.ResumeMandate(sun=days.SUN, mandate=payer.mandates[0], reason=reason)])


def mended_advice(office: Office) -> None:
    """The report that was refused whole comes again with the code that was meant."""
    on = days.MENDED_ADVICE
    payers = office.town.of("ADDACS", "read at last")
    advices = [advice_of("ADDACS", one, one.row.code, on) for one in payers]
    office.take("ADDACS", office.bacs.advices("ADDACS", advices, on))
    office.settle("its bank sent it again with the right code")


def reinstated(office: Office) -> None:
    """What a bank had cancelled, it has reinstated."""
    payers = office.town.of("ADDACS", "reinstated")
    on = office.desk.today
    advices = [advice_of("ADDACS", one, one.row.code, on) for one in payers]
    office.take("ADDACS", office.bacs.advices("ADDACS", advices, on))


def claimed(office: Office) -> None:
    """DDICA: banks claim back what was collected in March; one claim is disputed at once."""
    sent, payers = office.sent["first"], office.town.of("DDICA")
    claims = [claim_of(one, sent.of(one), days.CLAIMED_ON) for one in payers]
    aside = sum(one.row.aside for one in payers)
    path = office.bacs.claims(claims, office.desk.today, days.CLAIMED_ON)
    office.take("DDICA", path, aside)
    office.settle("the payer was asked: the mandate goes on")
    for payer in office.town.of("DDICA", "challenged"):
        grounds = "the notice of 9 March gives this day and this amount"
        given = ChallengeIndemnityClaim(
            unit=payer.debtor.unit, account=payer.account, claim=claims_name(payer), grounds=grounds
        )
        if not office.desk.give(BELL, given):
            office.wrong.append(f"claim {claims_name(payer)} could not be challenged")


def claims_name(payer: Payer) -> str:
    """The paying bank's reference of a claim."""
    return f"CLM{payer.account}"


def withdrawn_claims(office: Office) -> None:
    """The claim that we disputed was withdrawn, and one that its payer had made in error."""
    sent = office.sent["first"]
    payers = [*office.town.of("DDICA", "challenged"), *office.town.of("DDICA", "withdrawn")]
    claims = [claim_of(one, sent.of(one), days.CLAIMED_ON, withdrawn=True) for one in payers]
    office.take("DDICA", office.bacs.claims(claims, office.desk.today, days.CLAIMED_ON))


def credits_came_back(office: Office) -> None:
    """ARUCS and AWACS: refunds that came back, and refunds that arrived with wrong details."""
    on, paid_on = office.desk.today, days.UNPAID_ON[0]
    back = office.town.of("ARUCS")
    credits_ = [
        credit_back(one, one.debtor.reference, one.bills[1].gross_minor, paid_on, on)
        for one in back
    ]
    office.take("ARUCS", office.bacs.credits_back(credits_, on))
    wrong = office.town.of("AWACS")
    advices = [
        replace(advice_of("AWACS", one, one.row.code, on), reference=office.refunds[one.account])
        for one in wrong
    ]
    office.take("AWACS", office.bacs.advices("AWACS", advices, on), len(wrong))
    for number, one in enumerate(back):  # some banks name the account, some the payment
        named = one.debtor.reference if number % 2 else office.refunds[one.account]
        office.bank.credit_back(one.bills[1].gross_minor, f"UNAPPLIED CREDIT {named}")
    office.settle("the payee was asked for the right details")
