"""What ingested money does to the figures: the annoyances of other systems, each as a test."""

from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from typer.testing import CliRunner

from ledger import commands as c
from ledger import events as e

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

MARCH, APRIL = date(2025, 3, 31), date(2025, 4, 1)


def _one(rows: list[dict[str, Any]], **where: object) -> dict[str, Any]:
    (found,) = [row for row in rows if all(row[name] == value for name, value in where.items())]
    return found


def test_a_receipt_that_is_recorded_late_lands_in_its_own_year(council: Council) -> None:
    council.opened("100")
    council.billed("100", "INV-1", 10_000, on=date(2025, 2, 1))
    before = council.app.store.now()
    council.take(council.csv("late.csv", [(date(2025, 3, 28), 4_000, council.reference("100"))]))

    def control(as_at: date, known: object, start: date) -> dict[str, Any]:
        rows = council.figures("control_account", as_at, known, period_start=start)
        return _one(rows, unit="HSG")

    old_before = control(MARCH, before, date(2024, 4, 1))
    old_after = control(MARCH, None, date(2024, 4, 1))
    new_before = control(date(2026, 3, 31), before, APRIL)
    new_after = control(date(2026, 3, 31), None, APRIL)
    assert (old_before["cash"], old_before["carried_forward"]) == (0, 100)
    assert (old_after["cash"], old_after["carried_forward"]) == (40, 60)
    assert (new_before["brought_forward"], new_before["cash"]) == (100, 0)
    assert (new_after["brought_forward"], new_after["cash"]) == (60, 0)
    assert {row["difference"] for row in (old_before, old_after, new_before, new_after)} == {0}


def test_an_item_dated_after_the_day_is_not_in_the_ageing(council: Council) -> None:
    """Dynamics AX: the view of 31 December 2015 with an item of 1 January 2016."""
    council.opened("100")
    council.billed("100", "OLD", 5_000, on=date(2025, 12, 1))
    council.billed("100", "NEW", 7_000, on=date(2026, 1, 1))
    for basis in ("due", "invoice"):
        rows = council.figures("aged_debt", date(2025, 12, 31), basis=basis)
        assert sum(row["total_debt"] for row in rows) == 50
    assert sum(row["total_debt"] for row in council.figures("aged_debt", date(2026, 1, 1))) == 120


def test_every_surface_shows_the_same_unapplied_amount(council: Council) -> None:
    council.opened("100")
    council.billed("100", "INV-1", 10_000)
    pay, on = council.reference("100"), date(2025, 6, 2)
    council.take(council.csv("a.csv", [(on, 12_000, pay), (on, 555, pay)]))
    council.command(
        c.ProposeRefund(
            unit="HSG", account="100", refund="RF-1", amount_minor=100, reason="paid too much"
        )
    )
    pounds, today = Decimal("25.55"), council.app.ledger.today()
    assert council.state("100").unapplied_minor == 2_555
    for name in ("unapplied_credit", "account_balances", "aged_debt"):
        assert sum(row["unapplied_credit"] for row in council.figures(name, today)) == pounds, name
    trial = council.figures("trial_balance", today)
    assert any(abs(row["balance"]) == pounds for row in trial if "UNAPPLIED" in str(row).upper())
    with council.rows() as cursor:
        cursor.execute("SELECT * FROM reporting.unapplied_credit")
        assert [row["unapplied_credit"] for row in cursor] == [pounds]
    assert "25.55" in _cli(council, "show", "HSG/100")
    assert "25.55" in _cli(council, "explain", "HSG/100")
    assert "25.55" in _cli(council, "report", "unapplied_credit")


def _cli(council: Council, *words: str) -> str:
    from service.cli import app  # noqa: PLC0415 - the command imports everything

    environment = {
        "TALLYSTICK_HOME": str(council.settings.home),
        "TALLYSTICK_DATABASE_URL": council.settings.database_url.get_secret_value(),
        "TALLYSTICK_PARTY_KEY": "p" * 32,
        "TALLYSTICK_DIGEST_KEY": "d" * 32,
        "COLUMNS": "200",
    }
    result = CliRunner().invoke(app, words, env=environment, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_part_payment_leaves_its_invoice_open_for_the_rest(council: Council) -> None:
    """Stripe: a part payment leaves the invoice wholly open."""
    council.opened("100")
    council.billed("100", "INV-1", 10_000)
    pay = council.reference("100")
    council.take(council.csv("a.csv", [(date(2025, 6, 2), 2_500, pay)]))
    (paid,) = council.facts(e.PaymentReceived)
    assert (paid.variance, paid.variance_minor) == ("part_payment", -7_500)
    assert council.state("100").items["INV-1"].open_minor == 7_500
    item = _one(council.figures("open_items", date(2025, 6, 30)), item="INV-1")
    assert Decimal(75) in item.values()
    council.take(council.csv("b.csv", [(date(2025, 6, 9), 7_500, pay)], opening=2_500))
    assert council.state("100").items == {}
    assert council.facts(e.PaymentReceived)[-1].variance == "exact"


def test_overpayment_and_second_payment_are_classes_with_names(council: Council) -> None:
    council.opened("100")
    council.billed("100", "INV-1", 10_000)
    on = date(2025, 6, 2)
    council.take(council.csv("a.csv", [(on, 10_100, "INV-1")]))
    council.take(council.csv("b.csv", [(on, 10_000, "INV-1 AGAIN")], opening=10_100))
    classes = [(one.variance, one.variance_minor) for one in council.facts(e.PaymentReceived)]
    assert classes == [("overpayment", 100), ("duplicate_payment", 10_000)]
    assert council.state("100").unapplied_minor == 10_100
