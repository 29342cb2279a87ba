"""`command`: the officers' verb, listed, described, tried, done, refused."""

from typing import Any, TypeAlias

import pytest

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here

OPEN = ("open-account", "unit=HSG", "account=100", "debt_type=rent")
PAY = (
    "receive-payment",
    "unit=HSG",
    "account=100",
    "receipt=CASH-1",
    "amount=1234.50",
    "method=cash",
    "value_on=2025-06-02",
    "rule=counter",
)


def test_without_a_name_all_commands_are_listed(bare: Tallystick) -> None:
    listed = bare("command")
    assert listed.code == 0
    for name in ("open-account", "propose-refund", "identify-suspense"):
        assert name in listed.out
    names = bare("command", "--json").json()
    assert all(summary.endswith(".") for summary in names.values()), names


def test_without_fields_a_command_tells_what_it_takes(bare: Tallystick) -> None:
    described = bare("command", "suspend-receipt")
    assert described.code == 0
    assert "pounds, such as 12.50" in described.said
    assert "one of bank_transfer, direct_debit" in described.said
    fields = {one["field"]: one for one in bare("command", "suspend-receipt", "--json").json()}
    assert fields["candidates"]["takes"] == "a list as JSON"
    assert fields["value_on"] == {
        "field": "value_on",
        "takes": "a date, such as 2026-04-30",
        "required": True,
    }
    assert "payer_digest" not in fields


def test_a_dry_run_shows_everything_and_writes_nothing(tallystick: Tallystick) -> None:
    tallystick("command", *OPEN)
    tried = tallystick("command", *PAY, "--dry-run")
    assert tried.code == 0
    assert "Payment received, effective 2 June 2025" in tried.said
    assert "debit" in tried.said
    assert "1,234.50" in tried.said
    assert "this was a dry run: nothing is written" in tried.said
    assert "1 events verified" in tallystick("verify").out
    found = tallystick("command", *PAY, "--dry-run", "--json").json()
    assert (found["status"], found["dry_run"], found["position"]) == ("posted", True, None)
    (event,) = found["events"]
    assert event["topic"] == "payment-received.v1"
    assert sum(line["amount_minor"] for line in event["postings"]) == 0


def test_a_command_with_an_id_is_done_once(tallystick: Tallystick) -> None:
    tallystick("command", *OPEN)
    first = tallystick("command", *PAY, "--command-id", "till-7")
    assert (first.code, "recorded from position 2" in first.said) == (0, True)
    second = tallystick("command", *PAY, "--command-id", "till-7")
    assert second.code == 0
    assert "already done, at position 2: nothing was posted twice" in second.said
    other = tallystick("command", *(*PAY[:4], "amount=1.00", *PAY[5:]), "--command-id", "till-7")
    assert other.code == 3
    assert "message_exists_with_different_content" in other.said


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_refusal_is_a_sentence_with_its_code_and_exit_3(
    tallystick: Tallystick, dry: tuple[str, ...]
) -> None:
    result = tallystick("command", *PAY, *dry)
    assert result.code == 3
    assert "refused (account_not_open): account 100 is not open in unit HSG" in result.err
    found = tallystick("command", *PAY, *dry, "--json")
    assert (found.code, found.json()["refusals"][0]["code"]) == (3, "account_not_open")


def test_an_actor_whom_the_policy_does_not_name_may_do_nothing(tallystick: Tallystick) -> None:
    result = tallystick("command", *OPEN, "--actor", "visitor")
    assert result.code == 3
    assert "'visitor' holds no role in the authority policy" in result.said


def test_a_date_in_the_far_past_is_refused_and_a_wrong_one_is_wrong_usage(
    tallystick: Tallystick,
) -> None:
    assert tallystick("command", *OPEN, "--effective-on", "1925-01-01").code == 3
    wrong = tallystick("command", *OPEN, "--effective-on", "1/4/2025")
    assert (wrong.code, "1/4/2025" in wrong.said) == (2, True)
