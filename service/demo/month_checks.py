"""What must hold of the bank month: all found as planted, nothing wrong, all money explained."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

from service.demo.checks import Check
from service.demo.council import LAST_DAY
from service.demo.figures import Figures, Row
from service.demo.month_applied import DUPLICATE, INSTRUCTED
from service.demo.month_banks import BANKS, DAYS, MT940
from service.demo.month_statements import LATE_BY, LATE_NUMBER
from service.demo.month_truth import called_duplicates, followed_instructions, judge, of_kind
from service.demo.player import Played
from service.demo.sandbox import evening

FIRST_PASS_LEAST = Decimal("0.9")
_MISSING_SEEN_ON = DAYS[LATE_NUMBER + LATE_BY - 1]  # the evening before it comes after all


def month_checks(figures: Figures, played: Played, now: datetime) -> Iterator[Check]:
    """All checks of the bank month."""
    council, app = played.desk.council, played.desk.app
    lines = council.month.lines
    judged = judge(council, figures.bank_receipts())
    wrong = f"{len(judged.wrong)} of {judged.automatic:,}"
    yield Check("wrong automatic matches, held against the truth", not judged.wrong, wrong)
    as_planted = len(lines) - len(judged.unexpected)
    found = f"{as_planted} of {len(lines)}"
    detail = f": {judged.unexpected[0]}" if judged.unexpected else ""
    kinds = len({line.kind for line in lines})
    name = f"lines of the bank month, {kinds} kinds, each as it must be"
    yield Check(name, not judged.unexpected, f"{found}{detail}")
    for name, count, planted in (
        ("second payments called that", called_duplicates(app, lines), of_kind(lines, DUPLICATE)),
        (
            "debtors' instructions followed",
            followed_instructions(app, lines),
            of_kind(lines, INSTRUCTED),
        ),
        ("Direct Debits reversed by ARUDD", _reversed(played), len(council.month.known.debits)),
    ):
        yield Check(name, count == planted, f"{count} of {planted}")
    yield _first_pass(figures, now)
    yield _advices(figures, len(council.month.advices), now)
    yield _missing(figures, played, now)
    yield _reconciled(figures, now)


def _first_pass(figures: Figures, now: datetime) -> Check:
    rate = first_pass(figures.report("match_rates", LAST_DAY, now), "MR-1.v1")
    name = "receipts of the month applied with no person, 90 % at least"
    return Check(name, rate >= FIRST_PASS_LEAST, f"{rate * 100:.1f} %")


def first_pass(rows: list[Row], definition: str, unit: str | None = None) -> Decimal:
    """A first-pass rate of one unit or all: of lines, files or pounds as the definition says."""
    own = [row for row in rows if row["definition"] == definition and unit in (None, row["unit"])]
    by_value = definition in ("MR-2.v1", "MR-4.v1")
    matched, whole = ("matched_amount", "of_amount") if by_value else ("matched", "of_all")
    total = sum((Decimal(row[whole]) for row in own), Decimal(0))
    return sum((Decimal(row[matched]) for row in own), Decimal(0)) / total if total else Decimal(0)


def _reversed(played: Played) -> int:
    found = 0
    for one in played.desk.council.month.known.debits:
        if one.line.owner is not None:
            found += played.desk.figures.reversed_debits(*one.line.owner)
    return found


def _advices(figures: Figures, planted: int, now: datetime) -> Check:
    rows = figures.report("remittances", LAST_DAY, now)
    whole = sum(row["state"] == "allocated" for row in rows)
    return Check(
        "remittance advices opened and allocated to the penny",
        whole == planted == len(rows),
        f"{whole} of {planted}",
    )


def _missing(figures: Figures, played: Played, now: datetime) -> Check:
    """The statement that did not come was missed at once, and nothing is missing at the end."""
    told = [one for one in played.intake.notices if f"statement {LATE_NUMBER} has not come" in one]
    then = _gaps(figures, _MISSING_SEEN_ON, evening(_MISSING_SEEN_ON))
    left = _gaps(figures, LAST_DAY, now)
    return Check(
        "the statement that was late was missed at once, none is at the end",
        bool(told and then and not left),
        f"{len(then)} then, {len(left)} now",
    )


def _gaps(figures: Figures, as_at: date, known: datetime) -> list[Row]:
    accounts = {bank.account for bank in BANKS}
    rows = figures.report("statement_gaps", as_at, known)
    found = [row for row in rows if row["bank_account"] in accounts]
    return [row for row in found if as_at == LAST_DAY or row["bank_account"] == MT940.account]


def _reconciled(figures: Figures, now: datetime) -> Check:
    rows = figures.report("bank_reconciliation", LAST_DAY, now)
    own = [row for row in rows if row["bank_account"] is not None and row["kind"] == "summary"]
    out = [row for row in own if row["amount"]]
    found = f"{len(own) - len(out)} of {len(own)} accounts"
    name = "statement balance = ledger balance + every item named"
    return Check(name, bool(own) and not out, found)
