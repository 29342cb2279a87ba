"""The kinds of lines of the bank month that must find their account with no person."""

from consumers.matching import rules
from ledger.references import LOOK_ALIKES, spaced
from service.demo.month_banks import BAI2, BANKS, CAMT, DAYS, MT940, OFX, WEEKS, Bank
from service.demo.month_lines import MonthReturn
from service.demo.month_plan import Plan, every

CLEAN = "reference"
DUPLICATE = "bill that was settled"
INSTRUCTED = "what the debtor asked for"
VIRTUAL = "virtual account"
VIRTUAL_ACCOUNTS = ("990299-70000001", "990299-70000002")
_TELL_PAYERS = (MT940, CAMT, BAI2, OFX)
_LETTERS = {chr(digit): chr(letter) for letter, digit in LOOK_ALIKES.items() if letter < ord("P")}


def clean(plan: Plan, bank: Bank | None = None, *weeks: int) -> None:
    """Our reference as we print it; the whole of a bill."""
    where = bank or plan.bank(*BANKS)
    who = plan.town.found(where.unit)
    text = f"{plan.word(where)} {who.reference}"
    minor = who.bills[0].gross_minor
    method = "cash" if where.form == "kiosk" else "bank_transfer"
    plan.add(
        CLEAN,
        where,
        plan.day(*weeks),
        minor,
        text,
        rules.ACCOUNT_REFERENCE,
        owner=who,
        payer=who,
        method=method,
    )


def base(plan: Plan) -> None:
    """A line on every day of the daily series, and one a week of every other account."""
    for number, week in enumerate(WEEKS):
        for bank in BANKS:
            if bank is not MT940:
                clean(plan, bank, number)
        for day in week:
            who = plan.town.found(MT940.unit)
            text = f"RENT {who.reference}"
            amount = who.bills[0].gross_minor
            rule = rules.ACCOUNT_REFERENCE
            plan.add(CLEAN, MT940, day, amount, text, rule, owner=who, payer=who)


def named(plan: Plan, count: int) -> None:
    """References and numbers as people write them."""
    for _ in range(every(count, 60)):
        _named(plan, "reference with blanks and dashes", _separated)
    for _ in range(every(count, 40)):
        _named(plan, "reference glued to words", _glued)
    for _ in range(every(count, 70)):
        _named(plan, "invoice number", _invoice)
    for _ in range(every(count, 30)):
        _named(plan, "O for 0", _mended, has_zero=True)
    for _ in range(every(count, 30)):
        _named(plan, "account number and exact amount", _account_number, anonymous=True)


def _separated(plan: Plan, bank: Bank, who: Tenant) -> tuple[str, str]:
    mark = plan.rng.choice((" ", "-"))
    return spaced(who.reference).replace(" ", mark), rules.ACCOUNT_REFERENCE
