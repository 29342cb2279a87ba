"""Billing messages by every way they can come: posted once, refused by name, never lost."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from consumers import billing_files
from consumers.avro import encode
from consumers.ports import PositionTakenError
from consumers.unreadable import Reason
from ledger import events as e
from ledger.intake_events import IntakeResolved, MessageRefused, MessageUnreadable
from service import intake_desk

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

ACCOUNT_AND_BILL = (e.AccountOpened, e.InvoiceIssued, e.InvoiceCredited)


def _records(council: Council) -> list[dict[str, Any]]:
    billing = council.billing
    return [
        billing.account("100"),
        billing.invoice("100", "INV-1"),
        billing.credit_note("100", "CN-1", "INV-1", 2_500),
    ]


def _by_kafka(council: Council, records: list[dict[str, Any]]) -> None:
    council.post(*records)


def _by_avro(council: Council, records: list[dict[str, Any]]) -> None:
    for number, record in enumerate(records):
        report = council.take(council.avro(f"{number}.avro", [record]))
        assert report.messages == {"posted": 1}, report.problems


def _by_json_lines(council: Council, records: list[dict[str, Any]]) -> None:
    report = council.take(council.json_lines("all.jsonl", records))
    assert report.messages == {"posted": 3}, report.problems


@pytest.mark.parametrize("way", [_by_kafka, _by_avro, _by_json_lines])
def test_every_schema_posts_the_same_facts_by_every_way(
    council: Council, way: Callable[[Council, list[dict[str, Any]]], None]
) -> None:
    way(council, _records(council))
    kinds = [type(event.fact) for event in council.events()]
    assert kinds == list(ACCOUNT_AND_BILL)
    assert council.state("100").items["INV-1"].open_minor == 7_500
    opened, billed, credited = council.events()
    assert opened.envelope.effective_on == date(2025, 4, 1)
    assert billed.envelope.effective_on == date(2025, 5, 1)
    assert credited.envelope.effective_on == date(2025, 5, 20)
    assert credited.envelope.approver == "housing.officer.7"
    assert {event.envelope.actor for event in council.events()} == {"system:intake"}


def test_the_same_bill_from_kafka_and_from_a_file_is_one_bill(council: Council) -> None:
    _by_kafka(council, _records(council))
    report = council.take(council.json_lines("all.jsonl", _records(council)))
    assert report.messages == {"repeated": 3}
    assert len(council.events()) == 3


LINE = {
    "line_number": 1,
    "description": "Rent",
    "service": "RENT",
    "cost_code": "R100",
    "vat_code": "N",
    "net": 10_000,
    "vat": 0,
    "period_from": None,
    "period_to": None,
}
HALF = {"due_date": date(2025, 6, 1), "amount": 5_000}
BROKEN_BILLS: dict[str, dict[str, Any]] = {
    "lines_missing": {"lines": [], "total_net": 0, "total_gross": 0},
    "total_differs_from_lines": {"total_net": 9_999},
    "vat_code_unknown": {"lines": [LINE | {"vat_code": "X9"}]},
    "vat_arithmetic_wrong": {"lines": [LINE | {"vat_code": "S20"}]},
    "due_before_issued": {"due_date": date(2025, 4, 30)},
    "coding_missing": {"lines": [LINE | {"cost_code": " "}]},
    "description_missing": {"lines": [LINE | {"description": ""}]},
    "instalments_differ_from_total": {"instalments": [HALF]},
    "instalment_dates_out_of_order": {
        "instalments": [HALF, HALF | {"due_date": date(2025, 5, 15)}]
    },
    "period_backwards": {
        "lines": [LINE | {"period_from": date(2025, 5, 31), "period_to": date(2025, 5, 1)}]
    },
    "amount_not_positive": {"lines": [LINE | {"net": -1}], "total_net": -1, "total_gross": -1},
    "currency_differs": {"currency": "EUR"},
    "effective_date_out_of_range": {
        "invoice_date": date(1925, 5, 1),
        "tax_point": date(2025, 5, 1),
    },
    "account_not_open": {"account": "nobody"},
}


def test_a_bill_that_breaks_a_rule_is_refused_by_its_name(council: Council) -> None:
    council.opened("100")
    for code, broken in BROKEN_BILLS.items():
        bad = council.billing.invoice("100", f"INV-{code}") | broken
        outcome = council.send([council.message(bad)])[0]
        codes = [one.code for one in outcome.refusals]
        # A bill without lines comes to nothing, which is said before.
        assert code in codes or (code == "lines_missing" and codes == ["amount_not_positive"]), code
        refused = council.facts(MessageRefused)[-1]
        assert refused.refusals == outcome.refusals, code
        assert council.app.raw.has(refused.digest), code
    assert len(council.facts(MessageRefused)) == len(BROKEN_BILLS)
    assert not council.state("100").items


def test_all_failing_rules_of_a_bill_are_named_at_once(council: Council) -> None:
    council.opened("100")
    lines = [LINE | {"cost_code": "", "description": "", "vat_code": "X9"}]
    bad = council.billing.invoice("100", "INV-1", lines=lines, total_net=1, due=date(2025, 4, 1))
    codes = [one.code for one in council.send([council.message(bad)])[0].refusals]
    assert codes == [
        "total_differs_from_lines",
        "vat_code_unknown",
        "due_before_issued",
        "coding_missing",
        "description_missing",
    ]


GOOD = encode("Account", {
    "unit": "HSG",
    "account": "9",
    "action": "open",
    "opened_on": date(2025, 4, 1),
    "debt_type": "rent",
    "payment_terms_days": 14,
    "apply_credit_automatically": True,
    "party": None,
})  # fmt: skip
UNREADABLE: dict[str, bytes | None] = {
    Reason.EMPTY_VALUE: None,
    Reason.TOO_LARGE: b"\0" * ((1 << 20) + 1),
    Reason.UNKNOWN_FRAMING: b"{}",
    Reason.UNKNOWN_SCHEMA: b"\0\0\0\xff\xff" + GOOD[5:],
    Reason.TRUNCATED: GOOD[:-3],
    Reason.TRAILING_BYTES: GOOD + b"\0",
    Reason.NOT_DECODABLE: GOOD[:11] + b"\x20" + GOOD[12:],  # a word outside its closed list
}


def test_bytes_that_are_no_message_are_kept_and_recorded_by_their_reason(
    council: Council,
) -> None:
    for reason, value in UNREADABLE.items():
        assert council.send([council.raw_message(value)])[0].status == "refused"
        unreadable = council.facts(MessageUnreadable)[-1]
        assert unreadable.refusals[0].code == reason
        assert council.app.raw.has(unreadable.digest), reason
    assert len(council.facts(MessageUnreadable)) == len(UNREADABLE)


def test_a_message_without_a_sound_identity_is_unreadable(council: Council) -> None:
    identity = (("ce_id", b"1"), ("ce_source", b"s"))
    for headers, reason in (
        ((), Reason.MISSING_HEADER),
        (identity[:1], Reason.MISSING_HEADER),
        ((("ce_id", b""), identity[1]), Reason.MISSING_HEADER),
        ((("ce_id", b"1"), ("ce_source", b"\xff")), Reason.BAD_HEADER),
        ((*identity, ("ce_specversion", b"9")), Reason.BAD_HEADER),
        ((*identity, ("x", b"y" * 20_000)), Reason.BAD_HEADER),
    ):
        council.send([council.raw_message(GOOD)._replace(headers=headers)])
        assert council.facts(MessageUnreadable)[-1].refusals[0].code == reason, headers
    assert council.facts(e.AccountOpened) == []


def test_a_word_that_we_do_not_know_yet_is_refused_never_guessed(council: Council) -> None:
    for field in ("action", "debt_type"):
        council.send([council.message(council.billing.account("100", **{field: "unknown"}))])
        refused = council.facts(MessageRefused)[-1]
        assert refused.refusals[0].code == "field_invalid"
        assert f"{field.replace('_', ' ')} 'unknown'" in refused.refusals[0].sentence


def test_a_credit_reason_that_we_do_not_know_yet_is_refused(council: Council) -> None:
    council.opened("100")
    council.billed("100", "INV-1")
    note = council.billing.credit_note("100", "CN-1", "INV-1", reason="OTHER")
    council.send([council.message(note)])
    (refused,) = council.facts(MessageRefused)
    assert refused.refusals[0].code == "reason_not_listed"


def test_a_credit_note_before_its_invoice_posts_when_it_is_offered_again(
    council: Council,
) -> None:
    council.opened("100")
    note = council.billing.credit_note("100", "CN-1", "INV-1", 2_500)
    assert council.send([council.message(note)])[0].refusals[0].code == "invoice_not_open"
    (waiting,) = intake_desk.listed(council.app)
    assert intake_desk.retry(council.app, waiting).status == "refused"
    assert len(intake_desk.listed(council.app)) == 1, "a second refusal of the same is no news"
    council.billed("100", "INV-1")
    assert intake_desk.retry(council.app, waiting).status == "posted"
    assert council.state("100").items["INV-1"].open_minor == 7_500
    (resolved,) = council.facts(IntakeResolved)
    assert (resolved.message, resolved.outcome) == (waiting.message, "posted")
    assert intake_desk.listed(council.app) == []
    (again,) = intake_desk.listed(council.app, everything=True)
    assert intake_desk.retry(council.app, again).status == "repeated"
    assert council.state("100").items["INV-1"].open_minor == 7_500


def test_a_discarded_message_cannot_be_offered_again(council: Council) -> None:
    bill = council.billing.invoice("100", "INV-1")
    council.send([council.message(bill)])
    (waiting,) = intake_desk.listed(council.app)
    officer, manager = council.app.actor("officer.ames"), council.app.actor("manager.dean")
    refused = intake_desk.discard(council.app, waiting, officer, "a test message")
    assert [one.code for one in refused] == ["not_authorised"]
    assert intake_desk.discard(council.app, waiting, manager, " ")[0].code == "evidence_missing"
    assert intake_desk.discard(council.app, waiting, manager, "a test message") == ()
    council.opened("100")
    gone = intake_desk.find(council.app, waiting.position)
    assert gone is not None
    assert intake_desk.retry(council.app, gone).refusals[0].code == "discarded"
    assert intake_desk.discard(council.app, gone, manager, "again")[0].code == "nothing_to_change"
    assert not council.state("100").items


def test_a_whole_file_that_was_refused_can_be_offered_again(council: Council) -> None:
    path = council.avro("bills.avro", [council.billing.account("100")])
    broken = council.file("broken.avro", path.read_bytes()[:-20])
    report = council.take(broken)
    assert report.refusal is not None
    assert "broken.avro, row 1: " in report.refusal.sentence
    (waiting,) = intake_desk.listed(council.app)
    assert intake_desk.retry(council.app, waiting).status == "refused"
    assert council.take(path).messages == {"posted": 1}


def test_a_file_that_breaks_off_keeps_its_first_rows_and_posts_the_rest_later(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(billing_files, "MESSAGES_PER_BATCH_MAX", 250)
    records = [council.billing.account(str(number)) for number in range(600)]
    path = council.avro("accounts.avro", records)
    report = council.take(council.file("cut.avro", path.read_bytes()[:-20]))
    assert report.messages == {"posted": 500}
    assert report.refusal is not None
    assert report.refusal.sentence.endswith(
        "500 rows before it were taken: send the whole file again"
    )
    assert council.take(path).messages == {"repeated": 500, "posted": 100}


def test_the_same_message_twice_is_posted_once(council: Council) -> None:
    council.opened("100")
    bill = council.billing.invoice("100", "INV-1")
    first, second = (council.message(bill, "same") for _ in range(2))
    assert [one.status for one in council.send([first, second])] == ["posted", "repeated"]
    assert [one.status for one in council.send([council.message(bill, "same")])] == ["repeated"]
    assert len(council.facts(e.InvoiceIssued)) == 1


def test_a_consumer_that_was_overtaken_does_not_post_what_the_other_was_refused(
    council: Council,
) -> None:
    """Its batch begins before the stored position and ends after it."""
    council.opened("2")
    bill = council.message(council.billing.invoice("1", "I1"))
    account = council.message(council.billing.account("1"))
    later = council.message(council.billing.invoice("2", "I2"))
    frozen, other = council.sink(), council.sink()
    assert frozen.position("t", 0) == other.position("t", 0)
    other.take([bill, account])
    with pytest.raises(PositionTakenError):
        frozen.take([bill, account, later])
    assert council.facts(e.InvoiceIssued) == []
    frozen.position("t", 0)  # as the loop does when it takes the partition up again
    frozen.take([later])
    assert [fact.invoice for fact in council.facts(e.InvoiceIssued)] == ["I2"]


def test_the_same_message_id_with_other_content_is_refused(council: Council) -> None:
    council.opened("100")
    council.send([council.message(council.billing.invoice("100", "INV-1"), "same")])
    other = council.billing.invoice("100", "INV-1", 12_345)
    outcome = council.send([council.message(other, "same")])[0]
    assert outcome.refusals[0].code == "message_exists_with_different_content"
    assert [one.gross_minor for one in council.facts(e.InvoiceIssued)] == [10_000]
    assert len(council.facts(MessageRefused)) == 1


def test_the_same_invoice_number_with_other_content_is_refused(council: Council) -> None:
    council.opened("100", "200")
    council.billed("100", "INV-1")
    for other in (
        council.billing.invoice("100", "INV-1", 12_345),
        council.billing.invoice("200", "INV-1"),
    ):
        outcome = council.send([council.message(other)])[0]
        assert outcome.refusals[0].code == "invoice_exists_with_different_content"
    assert [one.account for one in council.facts(e.InvoiceIssued)] == ["100"]


def test_a_corrected_message_under_the_same_id_posts_after_a_refusal(council: Council) -> None:
    council.opened("100")
    bad = council.billing.invoice("100", "INV-1", due=date(2025, 4, 1))
    assert council.send([council.message(bad, "same")])[0].status == "refused"
    good = council.billing.invoice("100", "INV-1")
    assert council.send([council.message(good, "same")])[0].status == "posted"


CANARIES = ("Canary Wren", "17 Canary Row", "CA1 4RY", "canary@example.org")
PARTY = {
    "kind": "person",
    "name": CANARIES[0],
    "address_lines": [CANARIES[1]],
    "postcode": CANARIES[2],
    "email": CANARIES[3],
}


def test_personal_data_is_in_the_vault_and_with_the_banks_lines_and_nowhere_else(
    council: Council,
    database: Any,  # noqa: ANN401
) -> None:
    billing = council.billing
    council.post(billing.account("100", party=PARTY))
    council.take(council.json_lines("open.jsonl", [billing.account("200", party=PARTY)]))
    council.send([council.message(billing.account("300", party=PARTY, action="unknown"))])
    text = council.json_lines("x", [billing.account("400", party=PARTY)]).read_text()
    council.take(council.file("bad.jsonl", text.replace('"CA1 4RY"', "[17]")))
    row = (date(2025, 6, 2), 5_000, f"{CANARIES[0]} {council.reference('100')}")
    council.take(council.csv("bank.csv", [row]))
    council.take(council.file("odd.csv", f"who,what\n{CANARIES[0]},{CANARIES[3]}\n"))
    council.take(council.file("odder.csv", f"{CANARIES[0]},{CANARIES[3]}\n"))
    assert council.state("100").party is not None
    assert council.app.parties.get(council.state("100").party).name == CANARIES[0]
    council.movements()
    dump = _dump(database.owner_url)
    assert b"message-refused.v1" in dump
    assert b"file-refused.v1" in dump
    assert b"message-unreadable.v1" in dump
    found = [one for one in CANARIES if one.encode() in dump or one.encode().hex().encode() in dump]
    assert found == []


def _dump(url: str) -> bytes:
    """Every row of every table, as text; binary columns as themselves too."""
    parts: list[bytes] = []
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            # The bank's lines are kept to be searched, in a schema of their own.
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'evidence')"
        ).fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"COPY {table} TO STDOUT".encode()) as copy:
                parts += [bytes(row) for row in copy]
        rows = connection.execute("SELECT state FROM ledger.events").fetchall()
        parts += [bytes(row[0]) for row in rows]
    return b"\n".join(parts)


def test_a_pretty_printed_json_file_is_refused_whole_and_not_row_by_row(
    council: Council, tmp_path: Path
) -> None:
    report = council.take(council.file("pretty.json", '{\n  "unit": "HSG"\n}\n'))
    assert report.refusal is not None
    assert report.refusal.code == "format_not_recognised"
    assert council.facts(MessageUnreadable) == []


def test_the_report_of_a_file_says_when_the_very_file_was_taken_before(council: Council) -> None:
    good, bad = council.billing.account("100"), council.billing.account("200", action="unknown")
    path = council.json_lines("mixed.jsonl", [bad, good])
    first, second = council.take(path), council.take(path)
    assert (first.same_file, first.messages) == (False, {"refused": 1, "posted": 1})
    assert second.same_file
    assert second.messages["repeated"] == 2
    assert len(council.facts(MessageRefused)) == 1
