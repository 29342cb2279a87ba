"""The fuzzer's targets know every reader, have seeds for it, and take them as files."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def target() -> ModuleType:
    """The module beside this one; this folder is no package."""
    path = Path(__file__).parent / "target.py"
    spec = importlib.util.spec_from_file_location("tallystick_fuzz_target", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_module_that_reads_files_is_a_target(target: ModuleType) -> None:
    folder = ROOT / "consumers" / "formats"
    reads = {path.stem for path in folder.glob("*.py") if "\ndef recognise(" in path.read_text()}
    beside = {"recognise", "csv_recognise"}
    assert {*target.reader_names()} == (reads - beside) | {"csv"}
    assert "camt053" in target.reader_names()


def test_every_target_has_golden_files_for_its_seeds_and_reads_them(
    target: ModuleType, tmp_path: Path
) -> None:
    for name in target.reader_names():
        take = target.taker(name, tmp_path)
        told = [take(seed) for seed in target.seeds(name)]
        assert told, f"no golden file for {name}"
        assert any(one.startswith("read") for one in told), (name, told)


def test_a_fault_of_a_reader_gets_through_and_a_refusal_does_not(
    target: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = target.taker("camt053", tmp_path)
    assert take(b"<a/>") == "UnreadableFileError"
    monkeypatch.setattr("consumers.formats.camt053.read", lambda _: iter([1 // 0]))
    with pytest.raises(ZeroDivisionError):
        take(b"<a/>")
