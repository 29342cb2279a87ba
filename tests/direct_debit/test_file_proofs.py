"""A kept file that was tampered with, in any field and any layout, is a difference of the proof.

The tampered file is written by the writer of the product with other instructions, so it is sound in
itself, contras and totals included: only the ledger can tell.
"""

import itertools
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.formats import bureau_csv, standard18
from consumers.formats.standard18_values import Instruction, Originator, Submission
from consumers.keeping import PartyDetails
from service.direct_debit import file_proof
from service.direct_debit.proving import Proof
from service.direct_debit.run_file import instructions, items, layout_of, submission_of
from service.direct_debit.runs import find_run
from service.report_run import catch_up

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Lines: TypeAlias = Any
Items: TypeAlias = list[Instruction]

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE = 10_000
LAYOUTS = ("standard18", "paygate", "accesspay")
DIGEST = "file: the SHA-256 of its kept copy is not the one that was recorded"
OTHER = Instruction(
    "107999", "20000000", "SOMEBODY", "17", "089999-66374958", PENCE, "ANYTOWN COUNCIL",
    "HSGOTHER99", date(2026, 12, 14),
)  # fmt: skip
every_layout = pytest.mark.parametrize("layout", LAYOUTS)


def _sent(town: Town) -> tuple[str, list[str]]:
    """A released run of three collections, and the mandates in it."""
    mandates = town.told("1", "2", "3").values()
    run, file = town.sent(COLLECTED)
    assert len(file.read_bytes()) > 100
    return run, sorted(mandates)


def _kept(town: Town, run: str) -> Path:
    written = find_run(town.app, run).written
    assert written is not None
    kept: Path = town.app.raw.path(written.digest)
    kept.chmod(0o600)
    return kept


def _tampered(
    town: Town,
    run: str,
    change: Callable[[Items], Items] = list,
    labels: Callable[[Submission], Submission] = lambda one: one,
) -> Proof:
    """The proof after the kept copy was written with other instructions or other labels."""
    catch_up(town.app)
    opened = find_run(town.app, run).opened
    with items(town.app, run, town.app.store.last_position()) as found:
        changed = change(list(instructions(town.app, opened, found)))
    submission = labels(submission_of(opened))
    with _kept(town, run).open("wb") as file:
        if opened.layout == "standard18":
            standard18.write(submission, changed, file)
        else:
            bureau_csv.write(layout_of(town.app, opened.layout), submission, changed, file)
    proof: Proof = town.prove(run)
    return proof


def _first(all_: Items, **changes: Any) -> Items:  # noqa: ANN401
    return [all_[0]._replace(**changes), *all_[1:]]


@every_layout
def test_a_kept_file_that_nobody_touched_is_no_difference(town: Town) -> None:
    run, _ = _sent(town)
    proof = town.prove(run)
    assert not [one for one in proof.differences if "file" in one]
    assert proof.totals[1][1:3] == (3, 3 * PENCE)


@every_layout
@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"payer_sort_code": "200000"}, "100.00: the payer's sort code in the file is not that"),
        ({"payer_account": "99999999"}, "100.00: the payer's account in the file is not that"),
        ({"payer_name": "MALLORY"}, "100.00: the payer's name in the file is not that"),
        ({"code": "18"}, "100.00: the transaction code is 01 in the ledger, 18 in the file"),
        ({"amount_minor": PENCE + 1}, "100.00 is 100.01 in the file"),
    ],
    ids=lambda one: one if isinstance(one, str) else next(iter(one)),
)
def test_another_field_of_an_item_is_named_and_no_bank_details(
    town: Town, changes: dict[str, Any], says: str
) -> None:
    run, mandates = _sent(town)
    proof = _tampered(town, run, lambda all_: _first(all_, **changes))
    assert any(one.startswith(f"{mandates[0]} {says}") for one in proof.differences)
    assert DIGEST in proof.differences
    told = " ".join(proof.differences)
    assert not [one for one in ("99999999", "200000", "MALLORY", "10000001") if one in told]
    assert len([one for one in proof.differences if one.startswith(mandates[0])]) == 1


@every_layout
def test_an_item_that_is_missing_or_too_much_is_named(town: Town) -> None:
    run, mandates = _sent(town)
    proof = _tampered(town, run, lambda all_: all_[1:])
    assert f"{mandates[0]} 100.00 is in the ledger and not in the file" in proof.differences
    assert "file has 2 items, the ledger 3" in proof.differences
    proof = _tampered(town, run, lambda all_: [all_[0], OTHER, *all_[1:]])
    assert f"{OTHER.reference} 100.00 is in the file and not in the ledger" in proof.differences
    # Nothing is said of those that only stand on another line.
    assert not [one for one in proof.differences if one.startswith(tuple(mandates))]


@every_layout
def test_an_item_that_is_there_twice_is_named(town: Town) -> None:
    run, mandates = _sent(town)
    proof = _tampered(town, run, lambda all_: [*all_, all_[1]])
    assert f"{mandates[1]} 100.00 is in the file and not in the ledger" in proof.differences


@every_layout
def test_another_processing_day_is_named(town: Town) -> None:
    run, _ = _sent(town)
    day = date(2026, 12, 15)
    proof = _tampered(
        town,
        run,
        lambda all_: [one._replace(processing_on=day) for one in all_],
        lambda one: one._replace(processing_on=day),
    )
    told = [one for one in proof.differences if "processing" in one or "processing_on" in one]
    assert told
    assert DIGEST in proof.differences


@pytest.mark.parametrize("layout", ["standard18", "paygate"])
def test_our_own_account_and_name_are_compared(town: Town) -> None:
    run, _ = _sent(town)
    other = "089999-66374959"
    proof = _tampered(
        town,
        run,
        lambda all_: [one._replace(account=other) for one in all_],
        lambda one: one._replace(originators=(Originator(other, "ANYTOWN COUNCIL", "RENT"),)),
    )
    assert any("account of ours" in one or "account" in one for one in proof.differences)
    proof = _tampered(town, run, lambda all_: _first(all_, user_name="OTHER COUNCIL"))
    assert any(
        "the name of ours is ANYTOWN COUNCIL in the ledger" in one for one in proof.differences
    )


@pytest.mark.parametrize(
    ("label", "value", "says"),
    [
        ("serial", "000777", "the file has serial 000777, the ledger 000002"),
        ("sun", "888888", "the file has sun 888888, the ledger 999999"),
        ("file_number", 7, "the file has file number 7, the ledger 2"),
    ],
)
def test_another_label_is_named(town: Town, label: str, value: Any, says: str) -> None:  # noqa: ANN401
    run, _ = _sent(town)
    proof = _tampered(town, run, labels=lambda one: one._replace(**{label: value}))
    assert says in proof.differences


def test_no_two_files_in_a_row_have_the_same_number(town: Town) -> None:
    run, _ = _sent(town)
    opened = find_run(town.app, run).opened
    numbers = [
        submission_of(opened.model_copy(update={"serial": f"{serial:06d}"})).file_number
        for serial in range(1, 3_000)
    ]
    assert numbers[:2] == [1, 2]
    assert numbers[998:1000] == [999, 1]
    assert (min(numbers), max(numbers)) == (1, 999)  # three digits, never 000
    assert all(one != after for one, after in itertools.pairwise(numbers))


def test_a_contra_that_names_another_is_told(town: Town) -> None:
    run, _ = _sent(town)
    names = (Originator("089999-66374958", "OTHER COUNCIL", "RENT"),)
    proof = _tampered(town, run, labels=lambda one: one._replace(originators=names))
    assert "the contra on line 8 of the file is not on our account" in proof.differences


def test_a_contra_of_another_amount_is_told(town: Town) -> None:
    run, _ = _sent(town)
    kept = _kept(town, run)
    kept.write_bytes(kept.read_bytes().replace(b"00000030000", b"00000030001"))
    told = town.prove(run).differences
    assert any(one.startswith("file: its kept copy is not what was sent: contra") for one in told)
    assert DIGEST in told


@every_layout
def test_a_byte_that_no_writer_of_ours_would_write_is_told_without_its_line(town: Town) -> None:
    run, _ = _sent(town)
    kept = _kept(town, run)
    kept.write_bytes(kept.read_bytes().replace(b"PAYER 1", b"payer 1"))
    told = town.prove(run).differences
    assert any(one.startswith("file: its kept copy is not what was sent: ") for one in told)
    assert DIGEST in told
    assert not [one for one in told if "payer 1" in one or "10000001" in one]


def test_the_items_of_an_erased_payer_are_proved_but_for_the_bank_details(town: Town) -> None:
    run, mandates = _sent(town)
    party = town.state(mandates[0]).party
    town.app.parties.put(party, PartyDetails("person", "Payer 1"))
    town.app.parties.erase(party)
    proof = town.prove(run)
    assert not [one for one in proof.differences if "file" in one]
    assert "bank details of 1 erased payers are not compared" in proof.totals[1].note


def test_without_the_comparison_field_by_field_only_the_digest_would_tell(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    run, mandates = _sent(town)
    monkeypatch.setattr(file_proof._Held, "_count", lambda *_: None)
    proof = _tampered(town, run, lambda all_: _first(all_, payer_account="99999999"))
    assert not [one for one in proof.differences if one.startswith(tuple(mandates))]
    assert DIGEST in proof.differences
