# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""An explanation adds up, says where each penny came from, and equals every other figure."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest

from ledger import commands as c
from ledger.effects import Effect, effect_of
from ledger.recorded import Source
from ledger.requests import Request
from ledger.values import CreditReason, Method, ReversalReason, WriteOffReason
from service import explain_money
from service.explain import explain
from service.explain_money import DoesNotAddUpError
from service.explain_target import AmbiguousTargetError, TargetNotFoundError
from service.explain_terms import BY_METHOD, CREDITED, REVERSED, WRITTEN_OFF
from service.report_run import catch_up

RENT = "HSG/100234"
FIRST, SECOND, PARTS, KEY = (
    "HSG-2025-000101",
    "HSG-2025-000123",
    "HSG-2025-000150",
    "HSG-2025-000151",
)


@pytest.fixture
def ready(app: Any) -> Any:
    catch_up(app)
    return app


def _text(explanation: Any) -> str:
    pieces = [*explanation.sentences]
    for line in explanation.lines:
        pieces += [line.text, *(one.text for one in (*line.details, *line.origins))]
    return "\n".join(pieces)


def test_the_lines_add_up_to_the_balance_the_movements_and_the_state(ready: Any) -> None:
    explained = explain(ready, RENT)
    assert explained.balance_minor == sum(line.amount_minor for line in explained.lines) == 82_700
    assert explained.lines[-1].balance_minor == explained.balance_minor
    dates = [line.trace.effective_on for line in explained.lines]
    assert dates == sorted(dates)
    assert (explained.checks.movements, explained.checks.state) == (True, True)
    assert explained.sentences[0].startswith("You owe £827.00 because you were billed £1,232.00")


def test_an_account_can_be_explained_on_every_day_of_its_year(ready: Any) -> None:
    day, balances = date(2025, 3, 25), set()
    while day < date(2025, 12, 8):
        explained = explain(ready, RENT, as_at=day)  # raises when it is not the movements' figure
        assert explained.checks.movements
        assert explained.open_minor - explained.unapplied_minor == explained.balance_minor
        balances.add(explained.balance_minor)
        day += timedelta(days=6)
    assert len(balances) > 10


@pytest.mark.parametrize("bill", [FIRST, SECOND, PARTS, KEY])
def test_every_bill_is_explained_and_the_bills_make_the_account(ready: Any, bill: str) -> None:
    explained = explain(ready, bill)
    assert explained.target.item == bill
    assert explained.balance_minor == sum(line.amount_minor for line in explained.lines)
    assert (explained.checks.movements, explained.checks.state) == (True, True)
    account = explain(ready, RENT)
    assert explained.parts == tuple(part for part in account.parts if part.item == bill)


def test_money_that_was_refunded_before_its_cheque_bounced_is_an_item_of_its_own(
    ready: Any,
) -> None:
    explained = explain(ready, RENT)
    (owed,) = [part for part in explained.parts if part.item.startswith("REVERSAL:")]
    assert owed.open_minor == 9_000 + 4_000
    assert "£130.00 of it had been refunded or moved before, and is owed again" in _text(explained)


def test_a_receipt_that_was_recorded_late_is_in_its_own_month_once_it_is_known(ready: Any) -> None:
    late = date(2025, 4, 30)
    before = explain(ready, RENT, late, datetime(2025, 5, 10, tzinfo=UTC))
    after = explain(ready, RENT, late)
    assert before.balance_minor == 81_200
    assert after.balance_minor == before.balance_minor - 5_000
    (line,) = [one for one in after.lines if one.kind == "paid"]
    assert line.text == "You paid £50.00 in cash"
    assert line.trace.effective_on == date(2025, 4, 20)
    assert line.trace.recorded_at.date() == date(2025, 5, 12)


def test_what_takes_effect_later_is_not_counted_and_said_to_be_left_out(ready: Any) -> None:
    explained = explain(ready, RENT, date(2025, 4, 10))
    assert explained.balance_minor == 40_000
    assert explained.sentences[-1].startswith("Not counted here: ")
    assert "Nothing is overdue; the next date is 15 April 2025." in explained.sentences
    assert explained.checks.state is None


def test_the_quoted_bytes_are_those_of_the_kept_file(ready: Any) -> None:
    quoted: list[Any] = [
        trace
        for line in explain(ready, RENT).lines
        for trace in (line.trace, *(origin.trace for origin in line.origins))
        if trace.evidence.state == "quoted"
    ]
    assert len(quoted) == 3
    for trace in quoted:
        source = trace.evidence.source
        content = ready.raw.path(source.digest).read_bytes()
        assert hashlib.sha256(content).hexdigest() == source.digest
        assert trace.evidence.quote == content[source.byte_start : source.byte_end]
        assert source.line == content.count(b"\n", 0, source.byte_start) + 1
    assert any(b"HSG-2025-000123" in trace.evidence.quote for trace in quoted)


@pytest.mark.usefixtures("fresh")
def test_a_raw_file_that_was_removed_or_lost_is_said_to_be_so(ready: Any) -> None:
    line = next(one for one in explain(ready, RENT).lines if one.trace.evidence.quote)
    digest = line.trace.evidence.source.digest
    ready.raw.remove(digest, "kept for six years")
    removed = explain(ready, RENT).lines
    evidence = next(one.trace.evidence for one in removed if one.trace == _same(one, line))
    assert evidence.state == "removed"
    assert "removed on" in evidence.sentence
    assert "kept for six years" in evidence.sentence
    ready.raw.path(digest).with_name(f"{digest}.removed").unlink()
    lost = [one.trace.evidence for one in explain(ready, RENT).lines]
    assert [one.state for one in lost].count("missing") == 2
    assert sum(one.amount_minor for one in removed) == 82_700


def _same(one: Any, line: Any) -> Any:
    return one.trace if one.trace.position == line.trace.position else None


def test_money_from_suspense_names_the_bank_line_and_who_found_it(ready: Any) -> None:
    line = next(one for one in explain(ready, RENT).lines if one.origins)
    assert line.text.startswith("You paid £35.00 by bank transfer; it came without a reference")
    came, found = line.origins
    quote = bytes(came.trace.evidence.quote or b"")
    assert came.text.startswith("£35.00 came by bank transfer on 6 May 2025 and was held in susp")
    assert b"THANK YOU A OKAFOR" in quote
    assert found.trace.actor == "officer.bell"
    assert found.text.endswith("on 15 May 2025 to be yours: she telephoned and named the amount")


def test_credit_that_was_moved_here_names_the_payment_it_came_from(ready: Any) -> None:
    explained = explain(ready, "HSG/100235")
    assert explained.balance_minor == -4_000
    assert explained.sentences[0].startswith("You owe nothing, and £40.00 of your money is with us")
    (origin,) = explained.lines[0].origins
    assert origin.text == (
        "£40.00 of a payment of £1,500.00 by cheque to account HSG/100234 on 1 July 2025"
    )


@pytest.mark.parametrize(
    "words",
    [
        "Bill HSG-2025-000101 for housing rent, 4 weeks to 28 April 2025, £400.00, to be paid by",
        "£60.00 went to bill HSG-2025-000123, because that bill was named with the payment",
        "£150.00 went to bill HSG-2025-000101, which was due first",
        "£100.00 went to instalment 2 of bill HSG-2025-000150, which was due first",
        "to be paid in 3 instalments from 16 June 2025 to 15 August 2025",
        "£120.00 including £20.00 VAT",
        "Credit note CN-7 took £120.00 off bill HSG-2025-000151: the service was not provided",
        "Refund RF-1 of £90.00 was sent to you (BACS 77)",
        "£40.00 of your credit was moved to account HSG/100235: she rents the garage too",
        "Your payment of £1,500.00 of 1 July 2025 was taken back: the cheque was not honoured",
        "£80.00 of bill HSG-2025-000123 was written off: hardship",
        "£30.00 of bill HSG-2025-000123 that had been written off is owed again",
        "Your payment of £70.00 of 6 October 2025 was taken off bill HSG-2025-000101: it was meant",
        "went to instalment 1 of bill HSG-2025-000150, because an officer placed it there",
    ],
)
def test_what_happened_is_said_in_plain_english(ready: Any, words: str) -> None:
    assert words in _text(explain(ready, RENT))


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        (BY_METHOD, Method),
        (REVERSED, ReversalReason),
        (CREDITED, CreditReason),
        (WRITTEN_OFF, WriteOffReason),
    ],
)
def test_there_are_words_for_every_reason_that_an_account_can_meet(told: Any, reasons: Any) -> None:
    assert set(told) == set(get_args(reasons))


def test_who_proposed_and_who_approved_are_both_named(ready: Any) -> None:
    line = next(one for one in explain(ready, RENT).lines if one.kind == "written_off")
    assert line.trace.actor == "senior.cole"
    (proposal,) = line.details
    assert proposal.trace.actor == "officer.ames"
    assert "evidence: case 4" in proposal.text


def test_every_event_of_the_account_is_told_exactly_once(ready: Any) -> None:
    explained = explain(ready, RENT)
    told = [line.trace.position for line in explained.lines]
    followers = {
        detail.trace.position
        for line in explained.lines
        for detail in line.details
        if detail.trace.topic == "payment-allocated.v1"
    }
    others = [one.trace.position for one in explained.others]
    with ready.store.cursor() as cursor:
        rows = cursor.execute(
            "SELECT notification_id FROM ledger.events e JOIN ledger.streams s"
            " ON s.stream_id = e.originator_id WHERE s.name = 'account:HSG:100234' ORDER BY 1"
        ).fetchall()
    assert sorted([*told, *followers, *others]) == [position for (position,) in rows]


def test_an_explanation_that_does_not_add_up_is_never_given(
    ready: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(fact: Any) -> Effect:
        effect = effect_of(fact)
        return Effect(effect.raised, (), effect.credited, effect.used)

    monkeypatch.setattr(explain_money, "effect_of", forgetful)
    with pytest.raises(DoesNotAddUpError, match="not the same"):
        explain(ready, RENT)


@pytest.mark.usefixtures("fresh")
def test_read_models_that_are_behind_are_not_compared_and_it_says_so(app: Any) -> None:
    explained = explain(app, RENT)
    assert explained.checks.movements is None
    assert "not read all of these events" in explained.checks.note
    assert explained.checks.state is True


def test_a_payment_reference_a_bare_number_and_a_unit_with_an_invoice_are_understood(
    ready: Any,
) -> None:
    with ready.store.cursor() as cursor:
        row = cursor.execute(
            "SELECT key FROM ledger.register WHERE kind = 'reference' AND holder = 'HSG|100234'"
        ).fetchone()
    assert str(explain(ready, row[0]).target) == RENT
    assert str(explain(ready, "100234").target) == RENT
    assert explain(ready, f"HSG/{FIRST}").target == explain(ready, FIRST).target


@pytest.mark.usefixtures("fresh")
def test_a_number_that_two_units_use_must_be_named_with_its_unit(ready: Any) -> None:
    command = c.OpenAccount(unit="CORP", account="100234", debt_type="sundry")
    actor = ready.actor("system:intake")
    ready.ledger.handle([Request(command, actor, Source("command", "open_account"), "twin")])
    with pytest.raises(AmbiguousTargetError, match="CORP/100234"):
        explain(ready, "100234")


@pytest.mark.parametrize("words", ["HSG/100243", "HSG/", "NOPE-1", ""])
def test_a_target_that_is_not_there_is_not_found(ready: Any, words: str) -> None:
    with pytest.raises(TargetNotFoundError, match="no account, invoice or payment reference"):
        explain(ready, words)


def test_what_was_not_known_yet_is_not_found(ready: Any) -> None:
    with pytest.raises(TargetNotFoundError, match="was not known yet on 2 May 2025"):
        explain(ready, PARTS, as_known=datetime(2025, 5, 2, tzinfo=UTC))
