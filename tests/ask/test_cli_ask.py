# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""The verbs that ask: formats, exit codes, misspelt names, and what every answer rests on."""

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from projections import runner
from projections.rebuild import Today, Work, rebuild
from projections.reporting.reports import REPORTS
from service import rebuild_text
from service.report_formats import guarded, jsonable

RENT = "HSG/100234"


@pytest.mark.parametrize("name", [report.name for report in REPORTS])
def test_every_report_can_be_asked_in_every_format(tally: Any, name: str) -> None:
    for form in ("table", "csv", "json"):
        result = tally("report", name, "--format", form)
        assert result.exit_code == 0, result.output
        assert result.stdout


def test_a_report_ends_with_what_it_rests_on_and_fits_into_eighty_columns(tally: Any) -> None:
    result = tally("report", "aged-debt", "--as-at", "2025-06-30", "--basis", "invoice")
    assert result.exit_code == 0
    assert "Definition AD-2.v1, basis invoice" in result.stdout
    assert "As at 2025-06-30, as known 2025-12-01 10:00:00 GMT" in result.stdout
    assert "Read models at position 34, up to date; all 12 identities hold" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_no_report_is_wider_than_the_terminal(tally: Any) -> None:
    for report in REPORTS:
        lines = tally("report", report.name).stdout.splitlines()
        assert max(map(len, lines)) <= 80, report.name


def test_without_a_name_every_report_is_listed_with_a_sentence_and_its_options(tally: Any) -> None:
    result = tally("report")
    assert result.exit_code == 0
    for report in REPORTS:
        assert report.name in result.stdout
    assert "--window-months: Complete months of billing" in result.stdout
    assert "Receipts that are in suspense as at a day" in result.stdout


def test_json_amounts_are_strings_and_name_their_definitions(tally_json: Any) -> None:
    answer = tally_json("report", "account_balances", "--format", "json", "--unit", "HSG")
    assert answer["format"] == "tallystick.report.v1"
    assert answer["definitions"] == ["AB-1.v1"]
    assert answer["freshness"] == {"position": 34, "behind": 0}
    assert answer["identities"] == {"hold": True, "checked": 12, "broken": []}
    balances = {row["account"]: row["balance"] for row in answer["rows"]}
    assert balances == {"100234": "827.00", "100235": "-40.00"}


def test_a_late_receipt_changes_a_report_only_from_when_it_was_known(tally_json: Any) -> None:
    at = ("report", "account_balances", "--as-at", "2025-04-30", "--format", "json")
    before = tally_json(*at, "--as-known", "2025-05-10T09:00")
    after = tally_json(*at)
    assert before["as_known"] == "2025-05-10T09:00:00+01:00"
    assert before["rows"][0]["balance"] == "812.00"
    assert after["rows"][0]["balance"] == "762.00"


def test_a_day_as_known_means_its_end_in_the_united_kingdom(tally_json: Any) -> None:
    answer = tally_json("report", "freshness", "--format", "json", "--as-known", "2025-05-12")
    assert answer["as_known"] == "2025-05-12T23:59:59.999999+01:00"


def test_csv_is_for_spreadsheets_and_its_footer_goes_to_standard_error(tally: Any) -> None:
    result = tally("report", "trial_balance", "--format", "csv")
    text = result.stdout_bytes.decode()
    assert text.endswith("\r\n")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert {row["gl_account"] for row in rows} >= {"bank", "debtors_control"}
    assert sum(Decimal(row["balance"]) for row in rows) == 0
    assert "-1112.00" in result.stdout
    assert "identities hold" in result.stderr


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+44 20", "'+44 20"),
        ("-1", "'-1"),
        ("@sum", "'@sum"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("plain = text", "plain = text"),
        (Decimal("-12.30"), "-12.30"),
        (-7, "-7"),
        (True, "true"),
        (None, ""),
    ],
)
def test_a_text_that_looks_like_a_formula_is_guarded_and_a_number_is_not(
    value: object, cell: str
) -> None:
    assert guarded(value) == cell


def test_a_value_that_json_would_round_is_refused() -> None:
    with pytest.raises(TypeError, match="float"):
        jsonable(1.5)


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["report", "agd_debt"], 2, "did you mean aged_debt?"),
        (["report", "aged_debt", "--bassis", "due"], 2, "did you mean --basis?"),
        (["report", "aged_debt", "--basis"], 2, "--basis needs a value"),
        (["report", "aged_debt", "--basis", "age"], 2, "basis is due or invoice, not age"),
        (["report", "aged_debt", "--as-at", "31/03/2026"], 2, "is not a day such as 2026-03-31"),
        (["report", "aged_debt", "--as-known", "noon"], 2, "is not a moment such as"),
        (["report", "aged_debt", "--unit", "HGS"], 2, "did you mean HSG?"),
        (["report", "freshness", "--unit", "HSG"], 2, "of the whole ledger"),
        (["report", "debtor_days", "--window-months", "x"], 2, "x"),
        (["explain", "HSG/100236"], 5, "the nearest account is HSG/10023"),
        (["explain", RENT, "--as-at", "soon"], 2, "is not a day such as"),
        (["show", "HSG/200234"], 5, "the nearest account is HSG/100234"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence_and_an_exit_code(
    tally: Any, words: list[str], code: int, sentence: str
) -> None:
    result = tally(*words)
    assert result.exit_code == code, result.output
    assert sentence in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.usefixtures("fresh")
def test_a_broken_identity_is_named_and_the_exit_code_is_four(tally: Any, settings: Any) -> None:
    assert tally("report", "control_account").exit_code == 0
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url) as connection:
        connection.execute("SET ROLE tallystick_projector")
        connection.execute(
            "UPDATE projection.movements_v1 SET amount_minor = amount_minor - 1"
            " WHERE kind = 'billed' AND item = 'HSG-2025-000101'"
        )
    result = tally("report", "control_account")
    assert result.exit_code == 4
    assert "BROKEN ID-5.v1 HSG" in result.stdout
    assert "do not publish" in " ".join(result.stdout.split())
    answer = json.loads(tally("report", "control_account", "--format", "json").stdout)
    assert answer["identities"]["broken"][0]["definition"] == "ID-5.v1"
    explained = tally("explain", RENT)
    assert explained.exit_code == 4
    assert "do not send it out" in explained.stderr


@pytest.mark.usefixtures("fresh")
def test_how_far_the_figures_are_behind_is_said(tally: Any) -> None:
    result = tally("report", "suspense", "--no-catch-up")
    assert "Read models at position 0, 34 events behind the log" in result.stdout


def test_an_explanation_reads_well_in_eighty_columns(tally: Any) -> None:
    result = tally("explain", RENT)
    assert result.exit_code == 0
    assert result.stdout.startswith("You owe £827.00 because you were billed")
    own = [line for line in result.stdout.splitlines() if not line.startswith("    | ")]
    assert max(map(len, own)) <= 80  # what is quoted is quoted as it is
    assert "HSG-2025-000123</Ustrd>" in result.stdout
    assert "Equal to the movements: yes. Equal to the account's state: yes." in " ".join(
        result.stdout.split()
    )


def test_a_debtor_is_told_what_happened_and_not_who_asked_inside(tally: Any) -> None:
    result = tally("explain", RENT, "--no-evidence")
    assert "You paid £150.00 by bank transfer" in result.stdout
    for inside in ("officer.", "position", "SHA-256", "proposed", "case 4"):
        assert inside not in result.stdout


def test_the_json_of_an_explanation_keeps_its_shape(tally_json: Any) -> None:
    answer = tally_json("explain", RENT, "--json")
    assert answer["format"] == "tallystick.explanation.v1"
    assert list(answer) == [
        "format",
        "unit",
        "account",
        "item",
        "currency",
        "as_at",
        "as_known",
        "position",
        "sentences",
        "balance",
        "open",
        "overdue",
        "unapplied_credit",
        "open_items",
        "lines",
        "other_events",
        "checks",
    ]
    assert answer["balance"] == "827.00"
    assert sum(Decimal(line["amount"]) for line in answer["lines"]) == Decimal("827.00")
    assert list(answer["lines"][0]) == [
        "kind",
        "text",
        "amount",
        "balance",
        "effective_on",
        "recorded_at",
        "position",
        "event_id",
        "topic",
        "rule",
        "actor",
        "approver",
        "source",
        "details",
        "origins",
    ]
    assert answer["checks"] == {
        "lines_add_up": True,
        "equals_movements": True,
        "equals_state": True,
        "note": "",
    }
    quoted = [one["source"] for one in answer["lines"] if one["source"]["state"] == "quoted"]
    assert [len(one["sha256"]) for one in quoted] == [64, 64]
    assert "HSG-2025-000123" in quoted[1]["quote"]


def test_an_account_page_shows_balance_open_bills_holds_and_the_last_events(tally: Any) -> None:
    result = tally("show", RENT)
    assert result.exit_code == 0
    for words in (
        "payment reference",
        "Balance £827.00: overdue £827.00, unapplied credit £0.00.",
        "HSG-2025-000150, instalment 1",
        "Hold D-1: dispute of £50.00 on bill HSG-2025-000150",
        "Every penny: tallystick explain HSG/100234",
    ):
        assert words in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_a_bill_shows_the_page_of_its_account(tally_json: Any) -> None:
    page = tally_json("show", "HSG-2025-000123", "--json")
    assert (page["account"], page["balance"]) == ("100234", "827.00")
    assert page["holds"][0]["hold"] == "D-1"
    assert len(page["last"]) == 8


@pytest.mark.usefixtures("fresh")
def test_a_rebuild_that_is_equal_is_switched_to(tally_json: Any) -> None:
    done = tally_json("rebuild", "--json")
    assert done["switched"] is True
    assert (done["position"], done["differences"]) == (34, [])
    assert done["cells_compared"] > 1_000


@pytest.mark.usefixtures("fresh")
def test_a_rebuild_that_was_stopped_says_from_where_it_goes_on(tally: Any, settings: Any) -> None:
    tally("report", "freshness")

    class StoppedError(Exception):
        pass

    def stop(done: int, _total: int) -> None:
        if done >= 20:
            raise StoppedError

    with runner.connect(settings.database_url.get_secret_value()) as connection:
        today = Today(date(2025, 12, 1), datetime(2025, 12, 1, tzinfo=UTC))
        with pytest.raises(StoppedError):
            rebuild(connection, today, Work(page_events=10, on_progress=stop))
    result = tally("rebuild")
    assert result.exit_code == 0, result.output
    assert "going on from 20 of 34 events" in " ".join(result.stderr.split())
    assert "34 events folded again, 20 of them by an earlier run" in result.stdout


def test_how_far_a_rebuild_is_is_said_every_few_seconds_with_rate_and_time_left() -> None:
    said: list[str] = []
    now = [100.0]
    teller = rebuild_text.Teller(said.append, lambda: now[0])
    teller.stage("fold")
    for second, done in ((0, 1_000), (2, 3_000), (5, 6_000), (7, 8_000), (10, 21_000)):
        now[0] = 100.0 + second
        teller.folded(done, 81_000)
    teller.stage("compare")
    assert said == [
        "An earlier rebuild was stopped: going on from 1,000 of 81,000 events.",
        "6,000 of 81,000 events folded, 1,000 a second, 0:01:15 left",
        "21,000 of 81,000 events folded, 2,000 a second, 0:00:30 left",
        "Comparing every row and every figure; intake and readers go on.",
    ]


@pytest.mark.usefixtures("fresh")
def test_a_rebuild_that_differs_names_the_cells_and_leaves_the_live_tables(
    tally: Any, settings: Any
) -> None:
    tally("report", "freshness")
    url = settings.database_url.get_secret_value()
    with psycopg.connect(url) as connection:
        connection.execute("SET ROLE tallystick_projector")
        connection.execute(
            "UPDATE projection.movements_v1 SET amount_minor = amount_minor - 1"
            " WHERE kind = 'billed' AND item = 'HSG-2025-000101'"
        )
    result = tally("rebuild")
    assert result.exit_code == 4
    assert "account_balances as at 2025-12-01" in result.stdout
    assert "balance is 826.99, rebuilt 827.00" in result.stdout
    assert "The live tables stay as they were" in " ".join(result.stdout.split())
    accepted = tally("rebuild", "--accept-differences", "a penny was lost by hand")
    assert accepted.exit_code == 0, accepted.output
    assert tally("report", "control_account").exit_code == 0
