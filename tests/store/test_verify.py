"""`verify` finds nothing in a clean ledger, whoever writes meanwhile, and never raises."""

import threading
from collections.abc import Callable
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger import checks
from ledger.findings import FINDINGS_MAX
from ledger.store import Store
from ledger.store_values import Batch

Desk: TypeAlias = Any  # conftest's, which a test cannot import
Owner: TypeAlias = psycopg.Connection[Any]
NewStore: TypeAlias = Callable[..., Store]


def test_a_clean_ledger_has_no_findings(filled: Desk) -> None:
    steps: list[int] = []
    assert checks.verify(filled.store, steps.append) == ()
    assert sum(steps) == 2 * filled.store.last_position()


def test_an_empty_ledger_has_no_findings(store: Store) -> None:
    assert checks.verify(store) == ()


def test_each_check_can_be_run_by_itself(filled: Desk) -> None:
    each = (checks.seals, checks.streams, checks.register, checks.postings)
    assert [check(filled.store) for check in each] == [(), (), (), ()]


def test_verifying_while_a_writer_runs_raises_no_false_alarm(
    desk: Desk, new_store: NewStore, desk_on: Callable[[Store], Desk]
) -> None:
    writing, done, written = desk_on(new_store()), threading.Event(), 0
    desk.open("1", "2")

    def write() -> None:
        nonlocal written
        while not done.is_set():
            account = str(written % 2 + 1)
            bill = writing.bill(account, f"I{written}")
            writing.give(bill, writing.pay(account, f"R{written}", 50_00))
            written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        findings = [checks.verify(desk.store) for _ in range(15)]
    finally:
        done.set()
        writer.join(60)
    assert findings == [()] * 15
    assert written > 5


def test_a_check_that_reads_each_table_at_its_own_time_would_raise_false_alarms(
    desk: Desk, new_store: NewStore, desk_on: Callable[[Store], Desk]
) -> None:
    """The control: between two statements that see different times, a writer looks like a thief."""
    desk.open("1")
    writing = desk_on(new_store())
    with desk.store.cursor() as cursor:
        sealed = desk.store.last_position()
        writing.give(writing.pay("1", "R1", 1_00))
        row = cursor.execute("SELECT max(notification_id) FROM ledger.events").fetchone()
    assert row[0] > sealed

    with desk.store.snapshot() as connection:
        before = connection.execute("SELECT count(*) AS n FROM ledger.seals").fetchone()
        writing.give(writing.pay("1", "R2", 1_00))
        after = connection.execute("SELECT count(*) AS n FROM ledger.seals").fetchone()
    assert before == after


def test_a_snapshot_writes_nothing(store: Store) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), store.snapshot() as connection:
        connection.execute("INSERT INTO ledger.register VALUES ('message', 'm', '', '', 1)")


def test_a_ledger_that_is_wrong_everywhere_gives_a_list_of_bounded_length(
    store: Store, plain_batch: Callable[..., Batch]
) -> None:
    """Plain events are no facts of the ledger: none can be read."""
    store.append(plain_batch("intake:a", FINDINGS_MAX + 200))
    findings = checks.verify(store)
    assert len(findings) == FINDINGS_MAX + 1
    assert findings[0].position == 1
    assert (findings[0].check, findings[0].stream) == ("streams", "intake:a")
    assert findings[0].sentence.startswith("position 1 cannot be read")
    assert findings[-1].sentence.startswith("more than")


def test_postings_that_do_not_add_up_are_found(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unbalanced(_: object) -> None:
        raise ValueError("debits are not credits")

    monkeypatch.setattr("ledger.check_register.postings_of", unbalanced)
    findings = checks.postings(filled.store)
    assert len(findings) == filled.store.last_position()
    assert {finding.check for finding in findings} == {"postings"}


def test_a_state_row_of_another_shape_is_no_finding_and_is_refolded(
    filled: Desk, owner: Owner
) -> None:
    owner.execute("UPDATE ledger.streams SET shape = 999, state = 'of an older release'")
    assert checks.verify(filled.store) == ()

    (outcome,) = filled.give(filled.pay("1", "R-after", 1_00))

    assert outcome.status == "posted"
    assert checks.verify(filled.store) == ()
    shapes = owner.execute("SELECT shape <> 999 FROM ledger.streams WHERE name = 'account:HSG:1'")
    assert shapes.fetchone() == (True,)


def test_a_state_row_of_this_shape_that_lies_would_be_believed_but_is_found(
    filled: Desk, owner: Owner
) -> None:
    """The control: only the number of the shape makes the difference."""
    owner.execute("UPDATE ledger.streams SET state = 'rubbish' WHERE name = 'account:HSG:1'")
    (finding,) = checks.verify(filled.store)
    assert (finding.check, finding.stream) == ("streams", "account:HSG:1")
