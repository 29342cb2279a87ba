"""The watched folder: whole files are taken and moved, half-written ones are left alone."""

import json
import threading
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.reports import FileReport
from ledger import suspense_events as s
from ledger.values import Refusal
from service.watching import look

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here

QUICK = 0.02


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


class _Taker:
    """Takes every file, and stops the loop after so many."""

    def __init__(self, stop_after: int = 0, refusal: Refusal | None = None) -> None:
        self.stop = threading.Event()
        self.taken: list[tuple[str, str]] = []
        self._stop_after = stop_after
        self._refusal = refusal

    def __call__(self, path: Path) -> FileReport:
        self.taken.append((path.name, path.read_text(encoding="utf-8")))
        if len(self.taken) == self._stop_after:
            self.stop.set()
        return FileReport(path.name, "ab" * 32, "test", refusal=self._refusal)


def test_names_of_half_written_files_are_left_alone(inbox: Path) -> None:
    for name in ("a.csv.part", "b.TMP", "c.filepart", "d.crdownload", ".hidden", "whole.csv"):
        (inbox / name).write_text("x", encoding="utf-8")
    (inbox / "folder").mkdir()
    taker = _Taker()
    look(inbox, taker, taker.stop, once=True, wait_seconds=QUICK)
    assert [name for name, _ in taker.taken] == ["whole.csv"]
    assert (inbox / "a.csv.part").exists()


@pytest.mark.parametrize("once", [True, False])
def test_a_file_that_still_grows_is_left_alone_until_it_is_whole(inbox: Path, once: bool) -> None:  # noqa: FBT001
    path = inbox / "growing.csv"
    path.write_text("1", encoding="utf-8")
    stop = _Growing(path, looks=4)
    taker = _Taker()
    look(inbox, taker, stop, once=once, wait_seconds=QUICK)
    if once:
        assert taker.taken == []
        assert path.exists()
    else:
        assert taker.taken == [("growing.csv", "1111")], "taken at the second look that agrees"


class _Growing(threading.Event):
    """The stop event of a loop during whose first waits a file is still being written."""

    def __init__(self, path: Path, looks: int) -> None:
        super().__init__()
        self._path = path
        self._left = looks

    def wait(self, timeout: float | None = None) -> bool:
        del timeout  # the test has no time to lose
        self._left -= 1
        if self._left > 0:
            with self._path.open("a", encoding="utf-8") as file:
                file.write("1")
        return self._left < -1


def test_a_file_that_vanishes_between_two_looks_stops_nothing(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (inbox / name).write_text(name, encoding="utf-8")
    stat = Path.stat

    def vanishing(path: Path, **more: bool) -> Any:  # noqa: ANN401
        if path.name == "a":
            raise FileNotFoundError(path)
        return stat(path, **more)

    taker = _Taker()
    with monkeypatch.context() as broken:
        broken.setattr(Path, "stat", vanishing)
        broken.setattr(Path, "is_file", lambda path: path.name in ("a", "b"))
        look(inbox, taker, taker.stop, once=True, wait_seconds=QUICK)
    assert [name for name, _ in taker.taken] == ["b"]


def test_taken_files_move_to_done_and_refused_ones_beside_their_reason(council: Council) -> None:
    inbox: Path = council.folder / "inbox"
    inbox.mkdir()
    good = council.csv("good.csv", [(date(2025, 6, 2), 100, "?")])
    good.rename(inbox / "good.csv")
    (inbox / "bad.pdf").write_bytes(b"%PDF-1.7")
    look(inbox, council.take, threading.Event(), once=True, wait_seconds=QUICK)
    assert sorted(one.name for one in (inbox / "done").iterdir()) == ["good.csv"]
    refused = sorted(one.name for one in (inbox / "refused").iterdir())
    assert refused == ["bad.pdf", "bad.pdf.reason.json"]
    reason = json.loads((inbox / "refused" / "bad.pdf.reason.json").read_text(encoding="utf-8"))
    assert reason["refused"]["code"] == "format_not_recognised"
    assert "a PDF document" in reason["refused"]["sentence"]
    assert len(council.facts(s.ReceiptSuspended)) == 1


def test_two_files_of_one_name_are_both_kept(inbox: Path) -> None:
    for text in ("first", "second"):
        (inbox / "week.csv").write_text(text, encoding="utf-8")
        taker = _Taker()
        look(inbox, taker, taker.stop, once=True, wait_seconds=QUICK)
    kept = {path.name: path.read_text(encoding="utf-8") for path in (inbox / "done").iterdir()}
    assert kept == {"week.csv": "first", f"{'ab' * 6}-week.csv": "second"}


def test_no_further_file_is_begun_after_the_stop(inbox: Path) -> None:
    for name in ("a", "b", "c"):
        (inbox / name).write_text(name, encoding="utf-8")
    taker = _Taker(stop_after=1)
    look(inbox, taker, taker.stop, wait_seconds=QUICK)
    assert [name for name, _ in taker.taken] == ["a"]
    assert (inbox / "b").exists()
