"""Advices and their money: whichever comes first, every payment ends where it belongs."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.formats.camt054_write import OutNotification
from consumers.formats.camt054_write import write as write_camt054
from consumers.formats.dwp_schedule_write import OutDeduction, OutSchedule
from consumers.formats.dwp_schedule_write import write as write_schedule
from consumers.remittances import RemittanceMoneyError, payment_receipt
from ledger import events as e
from ledger import suspense_events as s
from ledger.intake_events import RemittanceMatched, RemittanceRegistered, RowQuarantined
from service import remittance_desk

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

DAY = date(2025, 6, 2)
Paid: TypeAlias = Sequence[tuple[int, str]]


def batch(council: Council, paid: Paid, reference: str = "BATCH-1") -> Any:  # noqa: ANN401
    """A batch that the bank books as one sum and does not list."""
    total = sum(pence for pence, _ in paid)
    return council.entry(
        total, details=(), bank_reference=reference, batch_payments=len(paid), narrative="BATCH"
    )


def listed(council: Council, paid: Paid, reference: str = "BATCH-1") -> Any:  # noqa: ANN401
    """The same batch with its payments."""
    details = tuple(council.detail(pence, remittance=(text,)) for pence, text in paid)
    total = sum(pence for pence, _ in paid)
    return council.entry(total, details=details, bank_reference=reference)


def notification(council: Council, name: str, entries: Sequence[Any]) -> Path:
    path: Path = council.folder / name
    with path.open("wb") as file:
        write_camt054([OutNotification(council.iban, "N1", DAY, entries)], file, name)
    return path


def schedule(council: Council, deductions: Sequence[tuple[str, int]]) -> Path:
    made = [
        OutDeduction(reference, f"AB{number:06d}", pence, date(2025, 5, 1), date(2025, 5, 31))
        for number, (reference, pence) in enumerate(deductions)
    ]
    path: Path = council.folder / "schedule.xml"
    with path.open("wb") as file:
        write_schedule(OutSchedule("0000015232", 612, 8011008, DAY, made), file)
    return path


@pytest.fixture
def paid(council: Council) -> Paid:
    council.opened("100", "200")
    return ((2_500, council.reference("100")), (1_500, council.reference("200")), (700, "WHO"))


@pytest.mark.parametrize("money_first", [True, False])
def test_a_batch_is_opened_by_its_advice_whichever_comes_first(
    council: Council,
    paid: Paid,
    money_first: bool,  # noqa: FBT001 - both orders
) -> None:
    money = council.camt("053.xml", [batch(council, paid)])
    advice = notification(council, "054.xml", [listed(council, paid)])
    for path in (money, advice) if money_first else (advice, money):
        report = council.take(path)
    (opened,) = report.advices
    assert (opened.allocated.lines, opened.allocated.amount_minor) == (2, 4_000)
    assert (opened.waiting.lines, opened.waiting.amount_minor) == (1, 700)
    assert [one.amount_minor for one in council.facts(e.PaymentReceived)] == [2_500, 1_500]
    (held,) = council.figures("suspense", date(2025, 7, 1))
    assert (held["open_amount"], held["parent"]) == (7, opened.receipt)
    (listed_row,) = council.figures("remittances", date(2025, 7, 1))
    assert listed_row["state"] == "not all allocated"


def test_each_payment_points_at_its_own_line_of_the_advice(council: Council, paid: Paid) -> None:
    council.take(council.camt("053.xml", [batch(council, paid)]))
    council.take(notification(council, "054.xml", [listed(council, paid)]))
    moved = [one for one in council.events() if isinstance(one.fact, s.ReceiptMovedToSuspense)]
    quoted = [
        council.app.raw.quote(
            one.envelope.source.digest,
            one.envelope.source.byte_start,
            one.envelope.source.byte_end,
        )
        for one in moved
    ]
    assert [text.encode() in raw for (_, text), raw in zip(paid, quoted, strict=True)] == [True] * 3


def test_taking_both_files_again_posts_nothing(council: Council, paid: Paid) -> None:
    money = council.camt("053.xml", [batch(council, paid)])
    advice = notification(council, "054.xml", [listed(council, paid)])
    for path in (money, advice):
        council.take(path)
    before = len(council.events())
    for path in (advice, money, advice):
        council.take(path)
    assert len(council.events()) == before


def test_an_advice_of_payments_that_the_statement_lists_itself_is_settled(
    council: Council, paid: Paid
) -> None:
    council.take(notification(council, "054.xml", [listed(council, paid)]))
    council.take(council.camt("053.xml", [listed(council, paid)]))
    (matched,) = council.facts(RemittanceMatched)
    assert (matched.how, matched.amount_minor) == ("listed in the statement", 0)
    assert [one.amount_minor for one in council.facts(e.PaymentReceived)] == [2_500, 1_500]
    states = [one["state"] for one in council.figures("remittances", date(2025, 7, 1))]
    assert "no money" not in states


def test_an_unlisted_batch_is_never_matched_to_one_debtor(council: Council) -> None:
    council.opened("100")
    entry = council.entry(
        5_000,
        details=(),
        bank_reference="B",
        batch_payments=2,
        narrative=f"RENT {council.reference('100')}",
    )
    council.take(council.camt("053.xml", [entry]))
    (held,) = council.facts(s.ReceiptSuspended)
    assert (held.reason, held.batch_payments) == ("unopened-batch", 2)
    assert council.facts(e.PaymentReceived) == []


def test_a_schedule_finds_its_one_credit_by_amount_and_day(council: Council, paid: Paid) -> None:
    del paid
    council.take(council.camt("053.xml", [council.entry(4_000, "DWP TPP 0000015232")]))
    lines = [(council.reference("100"), 2_500), (council.reference("200"), 1_500)]
    report = council.take(schedule(council, lines))
    (opened,) = report.advices
    assert (opened.allocated.lines, opened.allocated.amount_minor) == (2, 4_000)
    (matched,) = council.facts(RemittanceMatched)
    assert matched.how == "amount and day"
    assert council.figures("suspense", date(2025, 7, 1)) == []


def test_two_credits_of_the_same_amount_are_left_to_an_officer(
    council: Council, paid: Paid
) -> None:
    del paid
    entries = [council.entry(4_000, "DWP", bank_reference=one) for one in ("A", "B")]
    council.take(council.camt("053.xml", entries))
    lines = [(council.reference("100"), 2_500), (council.reference("200"), 1_500)]
    (waiting,) = council.take(schedule(council, lines)).advices
    assert waiting.receipt is None
    first = council.facts(s.ReceiptSuspended)[0].receipt
    opened = remittance_desk.match(council.app, waiting.remittance, first)
    assert opened.allocated.amount_minor == 4_000
    assert [one.how for one in council.facts(RemittanceMatched)] == ["officer"]


def test_an_advice_is_never_opened_over_other_money(council: Council, paid: Paid) -> None:
    del paid
    council.take(council.camt("053.xml", [council.entry(4_001, "DWP")]))
    lines = [(council.reference("100"), 2_500), (council.reference("200"), 1_500)]
    (waiting,) = council.take(schedule(council, lines)).advices
    held = council.facts(s.ReceiptSuspended)[0].receipt
    before = len(council.events())
    with pytest.raises(RemittanceMoneyError, match=r"comes to 40\.00, receipt .* to 40\.01"):
        remittance_desk.match(council.app, waiting.remittance, held)
    with pytest.raises(RemittanceMoneyError, match="was never in suspense"):
        remittance_desk.match(council.app, waiting.remittance, "R-NONE")
    with pytest.raises(remittance_desk.RemittanceUnknownError):
        remittance_desk.match(council.app, "M-NONE", held)
    assert len(council.events()) == before


def test_what_is_taken_back_is_set_aside_with_the_payments_that_fall_short(
    council: Council, paid: Paid
) -> None:
    """25.00 + 15.00 - 5.00 = 35.00: the second payment cannot be paid out of what came."""
    del paid
    council.take(council.camt("053.xml", [council.entry(3_500, "DWP")]))
    lines = [
        (council.reference("100"), 2_500),
        (council.reference("200"), 1_500),
        (council.reference("100"), -500),
    ]
    report = council.take(schedule(council, lines))
    (opened,) = report.advices
    assert (opened.allocated.amount_minor, opened.set_aside.lines) == (2_500, 2)
    assert [one.amount_minor for one in council.facts(RowQuarantined)] == [1_500, -500]
    assert not report.is_whole()
    (held,) = council.figures("suspense", date(2025, 7, 1))
    assert held["open_amount"] == 10


def test_an_opening_that_was_cut_off_goes_on_where_it_was(
    council: Council, paid: Paid, monkeypatch: pytest.MonkeyPatch
) -> None:
    council.take(council.camt("053.xml", [batch(council, paid)]))
    monkeypatch.setattr("consumers.remittances.LINES_PER_BATCH", 1)
    handle = type(council.app.ledger).handle
    calls = 0

    def cut_off(ledger: Any, *args: Any, **more: Any) -> Any:  # noqa: ANN401
        nonlocal calls
        calls += 1
        if calls == 4:  # registered, matched, the first payment, and now the second
            raise ConnectionError
        return handle(ledger, *args, **more)

    monkeypatch.setattr(type(council.app.ledger), "handle", cut_off)
    advice = notification(council, "054.xml", [listed(council, paid)])
    with pytest.raises(ConnectionError):
        council.take(advice)
    monkeypatch.setattr(type(council.app.ledger), "handle", handle)
    assert [one.amount_minor for one in council.facts(e.PaymentReceived)] == [2_500]
    (registered,) = council.facts(RemittanceRegistered)
    receipt = council.facts(s.ReceiptSuspended)[0].receipt
    opened = remittance_desk.match(council.app, registered.remittance, receipt)
    assert opened.lines == 3
    assert [one.amount_minor for one in council.facts(e.PaymentReceived)] == [2_500, 1_500]
    (held,) = council.figures("suspense", date(2025, 7, 1))
    assert held["receipt"] == payment_receipt(registered.remittance, 3)
