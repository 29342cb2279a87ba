"""A file that was released can always be had again, and only as it was let go."""

import hashlib
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.keeping import PartyDetails
from ledger.rejections import Code
from service.direct_debit import releasing
from service.direct_debit.releasing import FileChangedError, release
from service.direct_debit.run_file import PayerErasedError, write_file
from service.direct_debit.runs import RunRefusedError, find_run

Town: TypeAlias = Any  # of the conftest, which cannot be imported from here
Killed: TypeAlias = Callable[..., int]

LODGED, COLLECTED = date(2026, 12, 1), date(2026, 12, 15)
PENCE = 10_000


def _prepared(town: Town) -> tuple[str, list[str]]:
    """A run of two collections, and the mandates in it."""
    mandates = list(town.told("1", "2").values())
    return town.prepare(COLLECTED).opened.run, mandates


def _digest(town: Town, run: str) -> str:
    written = find_run(town.app, run).written
    assert written is not None
    return written.digest


def _kept(town: Town, run: str) -> Path:
    kept: Path = town.app.raw.path(_digest(town, run))
    kept.chmod(0o600)
    return kept


def test_a_release_that_is_killed_before_the_file_has_its_name_is_finished_by_the_same_verb(
    town: Town, killed: Killed
) -> None:
    run, _ = _prepared(town)
    order = town.order("senior.cole")

    def work(app: Any) -> None:  # noqa: ANN401
        release(app, order, find_run(app, run), town.folder)

    assert killed(town, work, 1) == -signal.SIGKILL
    # The control: it was recorded, and the file has no name by which it would be sent.
    assert find_run(town.app, run).status == "released"
    assert [one.name for one in town.folder.glob(f"{run}*")] == [f"{run}.part"]
    file = town.deliver(run)
    assert hashlib.sha256(file.read_bytes()).hexdigest() == _digest(town, run)
    assert [one.name for one in town.folder.glob(f"{run}*")] == [f"{run}.txt"]


def test_a_file_that_was_lost_is_the_same_again_whatever_happened_since(town: Town) -> None:
    run, mandates = _prepared(town)
    file = town.release(run)
    content = file.read_bytes()
    file.unlink()
    town.advised("AUDDIS", town.advice("AUDDIS", mandates[0], "5"))
    assert town.deliver(run).read_bytes() == content
    _kept(town, run).unlink()  # from the ledger, as it stood when it was released
    assert town.deliver(run).read_bytes() == content


def test_a_kept_copy_that_was_changed_is_not_what_is_brought_out(town: Town) -> None:
    run, _ = _prepared(town)
    content = town.release(run).read_bytes()
    kept = _kept(town, run)
    kept.write_bytes(content.replace(b"00000010000", b"00000090000"))
    assert town.deliver(run).read_bytes() == content


def test_other_bytes_than_were_let_go_are_brought_out_never(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = _prepared(town)
    file = town.release(run)
    file.unlink()
    _kept(town, run).unlink()
    honest = write_file

    def changed(app: Any, opened: Any, upto: int, out: Path) -> Any:  # noqa: ANN401
        made = honest(app, opened, upto, out)
        out.write_bytes(out.read_bytes().replace(b"00000010000", b"00000090000"))
        return made

    monkeypatch.setattr(releasing, "write_file", changed)
    with pytest.raises(FileChangedError, match="cannot be had again"):
        town.deliver(run)
    assert list(town.folder.glob(f"{run}*")) == []


def test_the_file_of_an_erased_payer_is_had_from_its_kept_copy_only(town: Town) -> None:
    run, mandates = _prepared(town)
    content = town.release(run).read_bytes()
    party = town.state(mandates[0]).party
    town.app.parties.put(party, PartyDetails("person", "Payer 1"))
    town.app.parties.erase(party)
    assert town.deliver(run).read_bytes() == content
    _kept(town, run).unlink()
    with pytest.raises(PayerErasedError):
        town.deliver(run)


def test_only_who_may_release_a_run_gets_its_file(town: Town) -> None:
    run, _ = _prepared(town)
    town.release(run)
    with pytest.raises(RunRefusedError) as error:
        town.deliver(run, "officer.ames")
    assert error.value.refusals[0].code == Code.NOT_AUTHORISED
