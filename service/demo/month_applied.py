"""The kinds of lines of the bank month that must find their account with no person."""

from collections.abc import Callable

from consumers.matching import rules
from ledger.references import spaced
from service.demo.month_banks import (
    BAI2,
    BANKS,
    CAMT,
    CASH_COR,
    CASH_HSG,
    CSV,
    KIOSK,
    MT940,
    OFX,
    WEEKS,
    Bank,
)
from service.demo.month_lines import MonthReturn
from service.demo.month_plan import Plan, every
from service.demo.month_town import Tenant

CLEAN = "reference"
DUPLICATE = "bill that was settled before"
INSTRUCTED = "what the debtor asked for"
VIRTUAL = "virtual account"
VIRTUAL_ACCOUNTS = ("990299-70000001", "990299-70000002")
_WRITTEN = (MT940, CAMT, CASH_HSG, BAI2, CASH_COR, OFX, CSV)  # payers write what they like
_WIDE = (MT940, CAMT, BAI2, OFX, CSV)  # texts of more than 18 letters
_TELL_PAYERS = (MT940, CAMT, BAI2, OFX)
_FIRST_WEEKS, _LAST_WEEKS = (0, 1), (3, 4)
_Wording = Callable[[Plan, Bank, Tenant], str]


def base(plan: Plan) -> None:
    """A line on every day of the daily series, and one a week on every other account."""
    for number, week in enumerate(WEEKS):
        for bank in BANKS:
            if bank is not MT940:
                clean(plan, bank, number)
        for day in week:
            who = plan.town.found(MT940.unit)
            minor, text = who.bills[0].gross_minor, f"RENT {who.reference}"
            plan.add(CLEAN, MT940, day, minor, text, rules.ACCOUNT_REFERENCE, owner=who, payer=who)


def clean(plan: Plan, bank: Bank | None = None, *weeks: int) -> None:
    """Our reference as we print it; the whole of a bill."""
    where = bank or plan.bank(*BANKS)
    who = plan.town.found(where.unit)
    plan.add(
        CLEAN,
        where,
        plan.day(*weeks),
        who.bills[0].gross_minor,
        f"{plan.word(where)} {who.reference}",
        rules.ACCOUNT_REFERENCE,
        owner=who,
        payer=who,
        method="cash" if where is KIOSK else "bank_transfer",
    )


def named(plan: Plan, count: int) -> None:
    """References and numbers as people write them."""
    kinds: tuple[tuple[str, int, str, _Wording], ...] = (
        ("reference with blanks, dashes", 60, rules.ACCOUNT_REFERENCE, _separated),
        ("reference glued to words", 40, rules.ACCOUNT_REFERENCE, _glued),
        ("invoice number", 70, rules.INVOICE_NUMBER, _invoice),
        ("O for 0", 30, rules.ACCOUNT_REFERENCE_MENDED, _mended),
        ("account number, exact amount", 30, rules.ACCOUNT_NUMBER, _account),
    )
    for kind, permille, rule, wording in kinds:
        for _ in range(every(count, permille)):
            bank = plan.bank(*_WRITTEN)
            who = plan.town.found(bank.unit, has_zero=rule == rules.ACCOUNT_REFERENCE_MENDED)
            minor, text = who.bills[0].gross_minor, wording(plan, bank, who)
            payer = None if rule == rules.ACCOUNT_NUMBER else who
            plan.add(kind, bank, plan.day(), minor, text, rule, owner=who, payer=payer)


def _separated(plan: Plan, bank: Bank, who: Tenant) -> str:
    del bank
    return spaced(who.reference).replace(" ", plan.rng.choice((" ", "-")))


def _glued(plan: Plan, bank: Bank, who: Tenant) -> str:
    return f"{plan.word(bank)}{who.reference}"


def _invoice(plan: Plan, bank: Bank, who: Tenant) -> str:
    del plan, bank
    return f"INV {who.bills[0].number}"


def _mended(plan: Plan, bank: Bank, who: Tenant) -> str:
    """Some of the noughts inside as letters; the ends stay, as people begin and end with care."""
    del bank
    middle = who.reference[1:-1].replace("0", "O", plan.rng.choice((1, 2)))
    return f"REF {who.reference[0]}{middle}{who.reference[-1]}"


def _account(plan: Plan, bank: Bank, who: Tenant) -> str:
    del plan, bank
    return f"ACCOUNT {who.debtor.account}"


def sums(plan: Plan, count: int) -> None:
    """Sums that are not one bill: several, a part, and a few pennies too much or too little."""
    for _ in range(every(count, 20)):
        bank = plan.bank(*_WIDE)
        who = plan.town.found(bank.unit, 4)
        paid = who.bills[1:4] if plan.rng.random() < 0.5 else who.bills[2:4]
        text = f"INV {' '.join(bill.number for bill in paid)}"
        minor = sum(bill.gross_minor for bill in paid)
        rule = rules.INVOICE_NUMBER
        plan.add("several bills in one sum", bank, plan.day(), minor, text, rule, owner=who)
    kinds: tuple[tuple[str, int, Callable[[int], int]], ...] = (
        ("part payment", 40, lambda minor: minor * plan.rng.randrange(40, 70) // 100),
        ("short by pennies", 20, lambda minor: minor - plan.rng.randrange(1, 90)),
        ("over by pennies", 20, lambda minor: minor + plan.rng.randrange(1, 90)),
    )
    for kind, permille, changed in kinds:
        for _ in range(every(count, permille)):
            bank = plan.bank(*_WRITTEN)
            who = plan.town.found(bank.unit)
            minor, text = changed(who.bills[0].gross_minor), f"REF {who.reference}"
            rule = rules.ACCOUNT_REFERENCE
            plan.add(kind, bank, plan.day(), minor, text, rule, owner=who, payer=who)


def payers(plan: Plan, count: int) -> None:
    """Payers who are known: they pay with a reference first, and without one later."""
    for _ in range(every(count, 25)):
        bank = plan.bank(*_TELL_PAYERS)
        who = plan.town.found(bank.unit, 2)
        first, second = (bill.gross_minor for bill in who.bills)
        text = f"{plan.word(bank)} {who.reference}"
        rule = rules.ACCOUNT_REFERENCE
        plan.add(CLEAN, bank, plan.day(*_FIRST_WEEKS), first, text, rule, owner=who, payer=who)
        plan.add(
            "known payer, name, exact amount",
            bank,
            plan.day(*_LAST_WEEKS),
            second,
            "THANK YOU",
            rules.PAYER_KNOWN,
            owner=who,
            payer=who,
        )
    for virtual in VIRTUAL_ACCOUNTS:
        who = plan.town.found(CAMT.unit)
        plan.known.virtual.append((who, virtual))
        plan.add(
            VIRTUAL,
            CAMT,
            plan.day(1, 2),
            who.bills[0].gross_minor,
            "MONTHLY RENT",
            rules.VIRTUAL_ACCOUNT,
            owner=who,
            paid_to=virtual,
        )


def twice(plan: Plan, count: int) -> None:
    """A bill that is paid a second time, by its number: on the account, and called what it is."""
    for _ in range(every(count, 15)):
        bank = plan.bank(*_WRITTEN)
        who = plan.town.found(bank.unit)
        minor, text = who.bills[0].gross_minor, f"INV {who.bills[0].number}"
        rule = rules.INVOICE_NUMBER
        first, second = plan.day(*_FIRST_WEEKS), plan.day(*_LAST_WEEKS)
        plan.add("invoice number", bank, first, minor, text, rule, owner=who, payer=who)
        plan.add(DUPLICATE, bank, second, minor, text, rule, owner=who, payer=who)


def instructed(plan: Plan) -> None:
    """The debtor said beforehand that his next payment is for the newest bill."""
    who = plan.town.found(OFX.unit, 3)
    plan.known.instructions.append(who)
    minor, text = who.bills[-1].gross_minor, f"CARE {who.reference}"
    rule = rules.ACCOUNT_REFERENCE
    plan.add(INSTRUCTED, OFX, plan.day(2, 3), minor, text, rule, owner=who, payer=who)


def returned(plan: Plan, count: int) -> None:
    """Direct Debits of which two come back, and a cheque that is not paid."""
    collected, back = WEEKS[1][1], WEEKS[2][1]
    debits = []
    for _ in range(every(count, 30, 4)):
        who = plan.town.found(CAMT.unit)
        minor, text = who.bills[0].gross_minor, f"DD {who.reference}"
        rule = rules.ACCOUNT_REFERENCE
        line = plan.add(
            "Direct Debit", CAMT, collected, minor, text, rule, owner=who, method="direct_debit"
        )
        debits.append(MonthReturn(line, who.reference, back))
    for one in debits[:2]:
        minor = -one.line.amount_minor
        text = "DIRECT DEBIT RETURNED UNPAID"
        plan.add("returned item", CAMT, back, minor, text, method="direct_debit_returned")
        plan.known.debits.append(one)
    who = plan.town.found(BAI2.unit)
    minor, text = who.bills[0].gross_minor, f"CHQ {who.reference}"
    rule = rules.ACCOUNT_REFERENCE
    line = plan.add("cheque", BAI2, WEEKS[1][0], minor, text, rule, owner=who, method="cheque")
    plan.add("returned item", BAI2, back, -minor, "UNPAID CHEQUE", method="cheque")
    plan.known.cheques.append(MonthReturn(line, who.reference, back))
