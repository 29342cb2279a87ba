"""Bank files from their bytes to the ledger: every line in one part of the report, posted once."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers import bank_statements
from consumers.formats.csv_dates import parsed_date
from ledger import events as e
from ledger import suspense_events as s
from ledger.handle import Ledger
from ledger.intake_events import (
    BankLineRecorded,
    BankStatementTaken,
    FileRefused,
    IntakeResolved,
    RowQuarantined,
)
from service import intake_desk

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

DAY = date(2025, 6, 2)
NEXT = date(2025, 6, 3)
PARTS = ("posted", "suspended", "other", "quarantined", "duplicates")


def _parts(report: Any) -> dict[str, tuple[int, int]]:  # noqa: ANN401
    """Lines and pence of each part of the only statement that is not empty."""
    (one,) = report.statements
    assert one.adds_up()
    found = {name: getattr(one, name) for name in PARTS}
    return {name: (part.lines, part.amount_minor) for name, part in found.items() if part.lines}


def _received(council: Council) -> list[int]:
    return [one.amount_minor for one in council.facts(e.PaymentReceived)]


def _suspended(council: Council) -> list[int]:
    return [one.amount_minor for one in council.facts(s.ReceiptSuspended)]


def test_every_kind_of_line_is_in_one_part_and_the_parts_are_the_file(council: Council) -> None:
    council.opened("100")
    pay, entry = council.reference("100"), council.entry
    first = [entry(10_000, pay), entry(700, "no idea", method="cash")]
    council.take(council.camt("first.xml", first))
    report = council.take(
        council.camt(
            "second.xml",
            [
                entry(2_500, pay, bank_reference="A"),
                entry(300, "who knows", bank_reference="B"),
                entry(-150, "bank charge", method="charge", bank_reference="C"),
                entry(40, "interest", method="interest", bank_reference="D"),
                entry(-5_000, "to the council", bank_reference="E"),
                entry(-2_500, "unpaid", method="direct_debit_returned", bank_reference="F"),
                entry(0, "nothing", bank_reference="G"),
                entry(999, pay, status="PDNG", bank_reference="H"),
            ],
            statement="S2",
            opening=10_700,
        )
    )
    assert _parts(report) == {
        "posted": (1, 2_500),
        "suspended": (1, 300),
        "other": (5, -150 + 40 - 5_000 - 2_500),
    }
    (statement,) = report.statements
    assert statement.not_booked == 1
    assert statement.closing_minor - statement.opening_minor == statement.total_minor
    kinds = [one.kind for one in council.facts(BankLineRecorded)]
    assert kinds == [
        "charge",
        "interest",
        "bank_transfer",
        "direct_debit_returned",
        "bank_transfer",
    ]
    taken = council.facts(BankStatementTaken)[-1]
    assert (taken.posted.amount_minor, taken.suspended.lines, taken.other.lines) == (2_500, 1, 5)


@pytest.mark.parametrize("form", ["csv", "camt"])
def test_the_same_file_again_posts_nothing(council: Council, form: str) -> None:
    council.opened("100")
    if form == "csv":
        path = council.csv("a.csv", [(DAY, 100, council.reference("100")), (DAY, 200, "?")])
    else:
        path = council.camt("a.xml", [council.entry(100, council.reference("100"))])
    council.take(path)
    before = len(council.events())
    again = council.take(path)
    assert again.same_file
    assert set(_parts(again)) == {"duplicates"}
    assert len(council.events()) == before


def test_a_half_overlapping_csv_posts_only_its_new_lines(council: Council) -> None:
    """Two equal lines on one day in file A, three in the overlapping file B: three in all."""
    council.opened("100")
    equal = (DAY, 3_725, f"J PATEL {council.reference('100')}")
    old, new = (date(2025, 6, 1), 500, "A"), (NEXT, 600, "B")
    first = council.take(council.csv("a.csv", [old, equal, equal]))
    second = council.take(council.csv("b.csv", [equal, equal, equal, new], opening=500))
    assert _parts(first) == {"posted": (2, 7_450), "suspended": (1, 500)}
    assert _parts(second) == {
        "posted": (1, 3_725),
        "suspended": (1, 600),
        "duplicates": (2, 7_450),
    }
    assert _received(council) == [3_725] * 3
    assert len({one.receipt for one in council.facts(e.PaymentReceived)}) == 3


def test_an_overlapping_camt_is_recognised_by_the_banks_references(council: Council) -> None:
    council.opened("100")
    lines = [
        council.entry(1_000, council.reference("100"), bank_reference=f"BANK-{number}")
        for number in range(4)
    ]
    council.take(council.camt("a.xml", lines[:3], statement="S1"))
    report = council.take(council.camt("b.xml", lines[1:], statement="S2", opening=1_000))
    assert _parts(report) == {"posted": (1, 1_000), "duplicates": (2, 2_000)}
    assert _received(council) == [1_000] * 4


def test_the_same_statement_in_another_file_posts_nothing(council: Council) -> None:
    council.opened("100")
    lines = [council.entry(1_000, council.reference("100")) for _ in range(2)]
    council.take(council.camt("a.xml", lines))
    report = council.take(council.camt("sent again.xml", lines))
    assert not report.same_file
    assert _parts(report) == {"duplicates": (2, 2_000)}


def test_a_bank_that_counts_its_references_anew_in_every_statement_loses_no_money(
    council: Council,
) -> None:
    """`NtryRef` is unique within a statement only, and some banks send nothing else."""
    council.opened("100")
    pay = council.reference("100")
    for number, on in enumerate((DAY, NEXT), 1):
        lines = [
            council.entry(1_000, pay, on=on, bank_reference="1"),
            council.entry(-50, "charge", on=on, method="charge", bank_reference="2"),
        ]
        path = council.camt(f"{number}.xml", lines, f"S{number}", number, 950 * (number - 1), on)
        assert _parts(council.take(path)) == {"posted": (1, 1_000), "other": (1, -50)}


def test_a_return_with_the_reference_of_its_payment_is_a_line_of_its_own(council: Council) -> None:
    council.opened("100")
    pay = council.entry(1_000, council.reference("100"), bank_reference="X")
    back = council.entry(-1_000, "returned", bank_reference="X")
    council.take(council.camt("a.xml", [pay]))
    report = council.take(council.camt("b.xml", [back], statement="S2", opening=1_000))
    assert _parts(report) == {"other": (1, -1_000)}


def test_statement_numbers_that_begin_anew_each_year_are_other_statements(
    council: Council,
) -> None:
    council.opened("100")
    pay = council.reference("100")
    council.take(council.camt("2024.xml", [council.entry(100, pay, on=DAY)], "1", 1))
    next_year = date(2026, 6, 2)
    lines = [council.entry(100, pay, on=next_year)]
    report = council.take(council.camt("2025.xml", lines, "1", 1, 100, next_year))
    assert _parts(report) == {"posted": (1, 100)}


def test_the_same_bank_line_with_other_content_is_set_aside_and_posted_to_nobody(
    council: Council,
) -> None:
    council.opened("100", "200")
    first = council.entry(1_000, council.reference("100"), bank_reference="X")
    other = council.entry(1_000, council.reference("200"), bank_reference="X")
    council.take(council.camt("a.xml", [first]))
    report = council.take(council.camt("b.xml", [other], statement="S2"))
    assert _parts(report) == {"quarantined": (1, 1_000)}
    (row,) = council.facts(RowQuarantined)
    assert (row.field, row.amount_minor) == ("identity", 1_000)
    assert row.refusals[0].code == "message_exists_with_different_content"
    assert _received(council) == [1_000]


LLOYDS = (
    "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,"
    "Debit Amount,Credit Amount,Balance,\r\n"
)


def _bad_csv(second_day: str) -> str:
    rows = (
        "03/06/2025,FPI,'30-00-00,12345678,LATER,,5.00,28.00,",
        f"{second_day},FPI,'30-00-00,12345678,MIDDLE,,20.00,23.00,",
        "01/06/2025,FPI,'30-00-00,12345678,FIRST,,3.00,3.00,",
    )
    return LLOYDS + "\r\n".join(rows) + "\r\n"


def test_a_bad_row_is_set_aside_by_name_and_a_corrected_file_posts_it(council: Council) -> None:
    report = council.take(council.file("bad.csv", _bad_csv("31/06/2025")))
    assert _parts(report) == {"suspended": (2, 800), "quarantined": (1, 2_000)}
    assert report.problems == [
        "line 3: Transaction Date '31/06/2025': not a date written as DD/MM/YYYY"
    ]
    (row,) = council.facts(RowQuarantined)
    assert (row.field, row.amount_minor) == ("Transaction Date", 2_000)
    (event,) = [one for one in council.events() if one.fact == row]
    source = event.envelope.source
    assert (source.name, source.line, source.digest) == ("bad.csv", 3, report.digest)
    (waiting,) = intake_desk.listed(council.app)
    assert "MIDDLE" in intake_desk.quoted(council.app, waiting)
    assert "LATER" not in intake_desk.quoted(council.app, waiting)
    assert intake_desk.retry(council.app, waiting).status == "refused", "the file has not changed"
    corrected = council.take(council.file("good.csv", _bad_csv("02/06/2025")))
    assert _parts(corrected) == {"suspended": (1, 2_000), "duplicates": (2, 800)}
    assert sum(_suspended(council)) == 2_800


def test_retrying_a_row_takes_its_file_again_and_resolves_what_can_be_read_by_now(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consumers.formats import csv_cells  # noqa: PLC0415 - mended in the middle of the test

    read = parsed_date
    with monkeypatch.context() as broken:
        broken.setattr(
            csv_cells,
            "parsed_date",
            lambda text, form: None if text == "02/06/2025" else read(text, form),
        )
        report = council.take(council.file("a.csv", _bad_csv("02/06/2025")))
        assert _parts(report)["quarantined"] == (1, 2_000)
    (waiting,) = intake_desk.listed(council.app)
    assert intake_desk.retry(council.app, waiting).status == "posted"
    assert sum(_suspended(council)) == 2_800
    assert intake_desk.listed(council.app) == []
    assert len(council.facts(IntakeResolved)) == 1
    places = {event.envelope.source.name for event in council.events()}
    assert places == {"a.csv", "intake posted"}, "the file keeps its name"


def test_a_row_whose_amount_cannot_be_read_is_measured_by_the_banks_balances(
    council: Council,
) -> None:
    text = _bad_csv("02/06/2025").replace(",20.00,23.00", ",2O.00,23.00")
    report = council.take(council.file("bad.csv", text))
    (statement,) = report.statements
    assert statement.unexplained_minor == 2_000
    assert _parts(report) == {"suspended": (2, 800), "quarantined": (1, 0)}


def test_a_wrong_total_refuses_the_file_whole(council: Council) -> None:
    path = council.camt("a.xml", [council.entry(1_000), council.entry(2_000)])
    bad = path.read_bytes().replace(b">30.00<", b">31.00<")
    report = council.take(council.file("bad.xml", bad))
    assert report.refusal.code == "control_total_wrong"
    assert report.statements == []
    assert [type(event.fact) for event in council.events()] == [FileRefused]
    assert "bad.xml, line" in report.refusal.sentence


def test_a_file_is_refused_whole_when_its_second_statement_is_wrong(council: Council) -> None:
    first = council.camt("a.xml", [council.entry(1_000)], "S1").read_text()
    second = (
        council.camt("b.xml", [council.entry(2_000)], "S2").read_text().replace("20.00", "9.00", 1)
    )
    body = second[second.index("<Stmt>") : second.index("</BkToCstmrStmt>")]
    report = council.take(
        council.file("both.xml", first.replace("</BkToCstmrStmt>", body + "</BkToCstmrStmt>"))
    )
    assert report.refusal.code == "control_total_wrong"
    assert [type(event.fact) for event in council.events()] == [FileRefused]


def test_a_statement_of_an_unknown_bank_account_is_refused_whole(council: Council) -> None:
    report = council.take(council.csv("a.csv", [(DAY, 100, "x")], account="999999-11112222"))
    assert report.refusal.code == "bank_account_unknown"
    assert "999999-11112222" in report.refusal.sentence
    assert "bank-accounts.toml" in report.refusal.sentence
    assert [type(event.fact) for event in council.events()] == [FileRefused]


@pytest.mark.parametrize("batches_done", [1, 2, 3])
def test_a_file_that_was_cut_off_by_a_crash_goes_on_where_it_stopped(
    council: Council, monkeypatch: pytest.MonkeyPatch, batches_done: int
) -> None:
    council.opened("100")
    monkeypatch.setattr(bank_statements, "MESSAGES_PER_BATCH_MAX", 4)
    pay = council.reference("100")
    rows = [(DAY, 100 + number, pay if number % 3 else "?") for number in range(10)]
    path = council.csv("a.csv", rows)
    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "handle", _dies_after(Ledger.handle, batches_done))
        with pytest.raises(RuntimeError, match="power"):
            council.take(path)
    posted = len(_received(council)) + len(_suspended(council))
    assert posted == min(batches_done * 4, 10)
    report = council.take(path)
    parts = _parts(report)
    assert parts.get("duplicates", (0, 0))[0] == posted
    assert sum(lines for lines, _ in parts.values()) == 10
    assert sorted(_received(council) + _suspended(council)) == [100 + one for one in range(10)]
    assert len(council.facts(BankStatementTaken)) == 1


def _dies_after(handle: Callable[..., Any], calls: int) -> Callable[..., Any]:
    done = 0

    def dying(*args: Any, **more: Any) -> Any:  # noqa: ANN401
        nonlocal done
        if done == calls:
            raise RuntimeError("the power is gone")
        done += 1
        return handle(*args, **more)

    return dying


def test_money_that_its_account_refuses_goes_to_suspense(council: Council) -> None:
    council.opened("100")
    euros = council.camt("a.xml", [council.entry(1_000, council.reference("100"))])
    text = euros.read_text().replace("GBP", "EUR")
    report = council.take(council.file("euros.xml", text))
    assert _parts(report) == {"suspended": (1, 1_000)}
    (held,) = council.facts(s.ReceiptSuspended)
    assert (held.reason, held.currency, held.amount_minor) == ("currency_differs", "EUR", 1_000)


def test_money_that_not_even_suspense_takes_is_set_aside_with_its_reason(
    council: Council,
) -> None:
    far = date(1990, 6, 2)
    report = council.take(council.camt("a.xml", [council.entry(1_000, on=far)], on=far))
    assert _parts(report) == {"quarantined": (1, 1_000)}
    (row,) = council.facts(RowQuarantined)
    assert (row.field, row.refusals[0].code) == ("line", "effective_date_out_of_range")
    assert not report.is_whole()


def test_a_receipt_in_suspense_names_its_candidates(council: Council) -> None:
    council.opened("100234", "100777")
    council.take(council.csv("a.csv", [(DAY, 500, "RENT ACCOUNT 100234")]))
    (held,) = council.facts(s.ReceiptSuspended)
    assert held.reason == "below-threshold"
    assert [(one.account, one.rule) for one in held.candidates] == [("100234", "account-number")]


def test_the_bytes_of_a_line_can_be_quoted_from_the_kept_file(council: Council) -> None:
    council.opened("100")
    path = council.csv("a.csv", [(DAY, 500, council.reference("100")), (DAY, 600, "OTHER")])
    council.take(path)
    (event,) = [one for one in council.events() if isinstance(one.fact, e.PaymentReceived)]
    source = event.envelope.source
    quoted = council.app.raw.quote(source.digest, source.byte_start, source.byte_end).decode()
    assert council.reference("100") in quoted
    assert "OTHER" not in quoted
    assert path.read_text().splitlines()[source.line - 1] == quoted


def test_a_file_that_changes_while_it_is_taken_is_posted_as_it_was_proved(
    council: Council, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = council.csv("a.csv", [(DAY, 500, "FIRST")])
    prove = type(council.app.bank)._proved

    def overwrite(intake: Any, *args: Any) -> Any:  # noqa: ANN401
        proved = prove(intake, *args)
        council.csv("a.csv", [(DAY, 99_900, "SWAPPED")])
        return proved

    monkeypatch.setattr(type(council.app.bank), "_proved", overwrite)
    assert _parts(council.take(path)) == {"suspended": (1, 500)}
    assert _suspended(council) == [500]
