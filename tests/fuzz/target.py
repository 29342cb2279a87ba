"""One reader under the fuzzer: whatever the bytes, a file is read or refused by a named error.

`run.py` starts this once for each reader. `python tests/fuzz/target.py READER FILE` takes one file,
as to see again what broke; it needs no fuzzer.
"""

import importlib
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDERS = ("golden", "golden_advice", "golden_standard18", "golden_bacs")
GOLDEN = tuple(ROOT / "tests" / "formats" / name for name in FOLDERS)
HEAD_BYTES = 1 << 16
Take = Callable[[bytes], str]


def reader_names() -> list[str]:
    """Every module of formats that reads files, by its two public functions; and `csv`."""
    from consumers import formats  # noqa: PLC0415 - imported under the fuzzer's eyes

    names = [found.name for found in pkgutil.iter_modules(formats.__path__)]
    return ["csv", *(name for name in names if name != "csv_profile" and _reads(_module(name)))]


def taker(name: str, folder: Path) -> Take:
    """A function that reads bytes as a file in `folder`: what came out, `read` or the refusal.

    The first byte of an input of `csv` chooses the profile.
    """
    path = folder / f"{name}.input"
    if name == "csv":
        return partial(_take_csv, path=path, profiles=_profiles())
    module = _module(name)

    def take(content: bytes) -> str:
        path.write_bytes(content)
        return _outcome(
            lambda: chain([module.recognise(content[:HEAD_BYTES], path.name)], module.read(path))
        )

    return take


def seeds(name: str) -> list[bytes]:
    """The golden files that the reader takes for its own, as inputs of its target."""
    paths = [path for folder in GOLDEN for path in sorted(folder.iterdir())]
    files = [path.read_bytes() for path in paths if path.suffix != ".json"]
    if name != "csv":
        module = _module(name)
        return [one for one in files if module.recognise(one[:HEAD_BYTES], "golden") is not None]
    profiles = _profiles()
    known = importlib.import_module("consumers.formats.csv_recognise").recognise
    found = [(known(one[:HEAD_BYTES], "golden", profiles), one) for one in files]
    chosen = [(profiles.index(profile), one) for profile, one in found if profile is not None]
    return [bytes([number]) + one for number, one in chosen]


def _take_csv(content: bytes, path: Path, profiles: list[Any]) -> str:
    csv_profile = _module("csv_profile")
    path.write_bytes(content[1:])
    profile = profiles[(content[0] if content else 0) % len(profiles)]
    head = content[1:][:HEAD_BYTES]
    return _outcome(
        lambda: chain(
            [csv_profile.recognise(head, path.name, profiles)], csv_profile.read(path, profile)
        )
    )


def _outcome(reading: Callable[[], Iterable[Any]]) -> str:
    """Read to the end through the control totals; any error but a named refusal gets through."""
    errors = importlib.import_module("consumers.formats.errors")
    control = importlib.import_module("consumers.formats.control")
    try:
        items: Iterator[Any] = iter(reading())
        next(items)  # what it was taken for
        first = next(items, None)
        if type(first).__name__ == "StatementOpened":
            items = control.checked(chain([first], items), "input")
        return f"read {sum(1 for _ in items)}"
    except errors.FormatError as refused:
        return type(refused).__name__


def _profiles() -> list[Any]:
    """The packaged profiles, each with an account: a template alone reads nothing."""
    packaged = importlib.import_module("consumers.formats.profiles").packaged_profiles()
    given = {"template": False, "account": "40-00-00 12345678"}
    return [one.model_copy(update=given) if one.template else one for one in packaged]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"consumers.formats.{name}")


def _reads(module: ModuleType) -> bool:
    own = all(callable(getattr(module, one, None)) for one in ("read", "recognise"))
    return own and module.read.__module__.startswith("consumers.formats")


def _fuzz(name: str, arguments: list[str]) -> None:
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["consumers.formats"]):
        for one in reader_names() if name == "csv" else [name]:
            _module("csv_profile" if one == "csv" else one)
    take = taker(name, Path(tempfile.mkdtemp(prefix="tallystick-fuzz-")))
    atheris.Setup([sys.argv[0], *arguments], take)
    atheris.Fuzz()


def main(arguments: list[str]) -> None:
    """Fuzz a reader with libFuzzer's own options, or take one file."""
    sys.path.insert(0, str(ROOT))
    name, *rest = arguments
    if len(rest) == 1 and Path(rest[0]).is_file():
        with tempfile.TemporaryDirectory() as folder:
            print(taker(name, Path(folder))(Path(rest[0]).read_bytes()))  # noqa: T201
        return
    _fuzz(name, rest)


if __name__ == "__main__":
    main(sys.argv[1:])
