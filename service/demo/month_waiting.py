"""The kinds of lines of the bank month that must wait for a person, and those that are no receipts.

None of them may go to an account by itself; most of them show the officer where to look.
"""

from collections.abc import Callable

from consumers.matching import rules
from service.demo.month_banks import BAI2, BANKS, CAMT, CSV, MT940, OFX, WEEKS
from service.demo.month_lines import UNOPENED, AdvisedPayment, MonthAdvice
from service.demo.month_plan import Plan, every
from service.demo.month_town import Tenant

REMEMBERED = "remembered payer"
TO_BUDGET, TO_PAYER, UNKNOWN = "budget", "payer", "unknown"
_TELL_PAYERS = (MT940, CAMT, BAI2, OFX)


def mistyped(plan: Plan, count: int) -> None:
    """A wrong digit, two digits the other way round: the check digits find both."""
    slips: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("one wrong digit", lambda text: _wrong(plan, text)),
        ("swapped digits", _swapped),
    )
    for kind, slip in slips:
        for _ in range(every(count, 5)):
            bank = plan.bank(MT940, BAI2, CSV)
            who = plan.town.found(bank.unit)
            minor, text = who.bills[0].gross_minor, f"REF {slip(who.reference)}"
            plan.add(kind, bank, plan.day(1, 2, 3), minor, text, rules.NO_CANDIDATE, owner=who)


def _wrong(plan: Plan, reference: str) -> str:
    at = plan.rng.randrange(len(reference))
    digit = (int(reference[at]) + plan.rng.randint(1, 9)) % 10
    return f"{reference[:at]}{digit}{reference[at + 1 :]}"


def _swapped(reference: str) -> str:
    """The first two neighbours that differ change places."""
    at = next(at for at in range(11) if reference[at] != reference[at + 1])
    return f"{reference[:at]}{reference[at + 1]}{reference[at]}{reference[at + 2 :]}"


def names(plan: Plan, count: int) -> None:
    """Only a name and a sum; two debtors of one name and sum; the account number of a neighbour."""
    reason = rules.BELOW_THRESHOLD
    for _ in range(every(count, 5)):
        bank = plan.bank(*_TELL_PAYERS)
        who = plan.town.found(bank.unit)
        minor = who.bills[0].gross_minor
        plan.add("name only", bank, plan.day(4), minor, "PAYMENT", reason, owner=who, payer=who)
    for _ in range(every(count, 3)):
        bank = plan.bank(BAI2, OFX)
        who = plan.town.found(bank.unit)
        other = plan.town.found(bank.unit, like=who)
        minor, kind = who.bills[0].gross_minor, "two of one name and amount"
        line = plan.add(kind, bank, plan.day(1), minor, "INVOICE", reason, owner=who, payer=who)
        plan.known.mixed_up[line.key] = who, other
    for _ in range(every(count, 3)):
        _neighbour(plan)


def _neighbour(plan: Plan) -> None:
    """Somebody writes the account number of another who owes as much."""
    bank = plan.bank(MT940, BAI2)
    who = plan.town.found(bank.unit)
    other = plan.town.found(bank.unit, owes_like=who)
    minor, text = who.bills[0].gross_minor, f"ACCOUNT {other.debtor.account}"
    kind, reason = "account number of a neighbour", rules.NEAR_EQUAL
    plan.add(kind, bank, plan.day(3), minor, text, reason, owner=who, payer=who)


def learned(plan: Plan, count: int) -> None:
    """Somebody else pays for a debtor: found out once, remembered, then applied."""
    for _ in range(every(count, 8, 2)):
        bank = plan.bank(MT940, BAI2)
        who = plan.town.found(bank.unit, 2, least_minor=510_00)
        relative = plan.town.found(bank.unit)  # whose name and account the bank gives
        first, second = (bill.gross_minor for bill in who.bills)
        kind, reason = "payer not known yet", rules.NO_CANDIDATE
        text = "FOR MY MOTHER"
        line = plan.add(
            kind,
            bank,
            plan.day(0, 1),
            first,
            text,
            reason,
            owner=who,
            payer=relative,
            payer_name=f"{relative.payer} TRUSTEE",
        )
        plan.known.remembered[line.key] = who
        plan.add(
            REMEMBERED,
            bank,
            plan.day(4),
            second,
            text,
            rules.PAYER_ALIAS,
            owner=who,
            payer=relative,
            payer_name=f"{relative.payer} TRUSTEE",
        )


def strangers(plan: Plan, count: int) -> None:
    """Money that is no debtor's, and one sum that is two debtors'."""
    kinds = (
        (TO_BUDGET, "GRANT CLAIM REIMBURSEMENT", 1),
        (TO_PAYER, "CAMPSITE BOOKING", 2),
        (UNKNOWN, "PAYMENT", 4),
    )
    for number in range(every(count, 10, len(kinds))):
        what, text, week = kinds[number % len(kinds)]
        bank = plan.bank(MT940, CSV, BAI2)
        minor = plan.town.sum() // 2 + number
        kind, reason = "money of strangers", rules.NO_CANDIDATE
        line = plan.add(kind, bank, plan.day(week), minor, text, reason)
        plan.known.strangers[line.key] = what
    one, two = plan.town.found(CSV.unit), plan.town.found(CSV.unit)
    minor = one.bills[0].gross_minor + two.bills[0].gross_minor
    kind, text = "one sum for two debtors", "CARE FOR US BOTH"
    line = plan.add(kind, CSV, plan.day(1), minor, text, rules.NO_CANDIDATE)
    plan.known.shared[line.key] = one, two


def of_the_bank(plan: Plan) -> None:
    """Charges, and interest."""
    for bank in BANKS[:1] + BANKS[3:4] + BANKS[6:]:
        minor = plan.rng.randint(8_00, 40_00)
        on = plan.day(1)
        plan.add("charge", bank, on, -minor, "ACCOUNT CHARGES", method="charge")
        minor = plan.rng.randint(50_00, 300_00)
        plan.add("interest", bank, plan.day(4), minor, "GROSS INTEREST", method="interest")


def batches(plan: Plan, count: int) -> None:
    """Sums of many payments: one that the bank opens the next day, and two that others list."""
    size = every(count, 40, 6)
    week, after = WEEKS[1], WEEKS[2]
    payments = _payments(plan, "HSG", size)
    text = "BULK CREDIT"
    line = plan.add(
        "batch, opened by camt.054", CAMT, week[-1], _sum(payments), text, UNOPENED, batch=size
    )
    plan.advices.append(MonthAdvice("camt054", line, after[1], payments))
    payments = _payments(plan, "COR", size)
    text, reason = "FOSSE AGENTS LTD COLLECTIONS", rules.NO_CANDIDATE
    line = plan.add("agent's collections", BAI2, after[3], _sum(payments), text, reason)
    plan.advices.append(MonthAdvice("remittance-csv", line, WEEKS[3][1], payments))
    _schedule(plan, size)


def _schedule(plan: Plan, size: int) -> None:
    """Deductions from benefit: one is taken back, so the last falls short until it is sorted out.

    What is taken back was paid for the first of the debtors whose payers had to be learned.
    """
    back_from = next(one for one in plan.known.remembered.values() if one.debtor.unit == "HSG")
    back = AdvisedPayment(back_from, -20_00, back_from.reference)
    payments = _payments(plan, "HSG", size)
    *first, last = payments
    payments = (*first, back, AdvisedPayment(last.tenant, last.amount_minor, last.text, waits=True))
    text, reason = "DWP THIRD PARTY DEDUCTIONS", rules.NO_CANDIDATE
    total = _sum(payments)
    line = plan.add("DWP deductions", CAMT, WEEKS[2][2], total, text, reason)
    plan.advices.append(MonthAdvice("dwp-schedule", line, WEEKS[2][4], payments))


def _payments(plan: Plan, unit: str, size: int) -> tuple[AdvisedPayment, ...]:
    tenants: list[Tenant] = [plan.town.found(unit) for _ in range(size)]
    return tuple(AdvisedPayment(one, one.bills[0].gross_minor, one.reference) for one in tenants)


def _sum(payments: tuple[AdvisedPayment, ...]) -> int:
    return sum(one.amount_minor for one in payments)
