"""The form of the code: sizes, names, docstrings, and what may stand where."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TypeAlias, TypeGuard, get_args

import pytest
from importlinter.application.use_cases import SUCCESS
from importlinter.cli import lint_imports

from ledger.events import InvoiceIssued
from ledger.intake_events import RowQuarantined
from ledger.suspense_events import ReceiptSuspended
from ledger.values import Fact

ROOT = Path(__file__).parents[2]
MODULE_LINES_MAX = 300
# Lists of declarations without a branch: all facts of an account, all commands, each as one page.
PAGES_LINES_MAX = {"ledger/events.py": 400, "ledger/commands.py": 400}
SQL_LINES_MAX = 250
FUNCTION_LINES_MAX = 40
TEST_LINES_MAX = 80
NAMES_THAT_SAY_NOTHING = re.compile(r"(^|_)(utils?|common|help[e]rs?|base|managers?|misc)(_|$)")
# A float is a length of time in these; nothing else in the three packages may hold one.
FLOATS_OF_TIME = {
    "consumers/kafka_loop.py",
    "consumers/patience.py",
    "consumers/registry_http.py",
    "consumers/watchdog.py",
    "projections/runner.py",
}
_OF_TIME = re.compile(r"seconds|\bstep\b", re.IGNORECASE)
CLOCKS = {"consumers/kafka_loop.py", "consumers/kafka.py", "projections/runner.py"}
# An abstract reading of the library's recorder, whose writing half is closed on purpose.
NOT_IMPLEMENTED = {"ledger/store_datastore.py"}

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Check: TypeAlias = Callable[[ast.Module], Iterator[int]]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(tree: ast.AST) -> Iterator[Function]:
    nodes = ast.walk(tree)
    yield from (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def found(paths: Sequence[Path], check: Check, allowed: Sequence[str] = ()) -> list[str]:
    """Where a check finds something, as `file:line`, outside of the files that may."""
    return [
        f"{name(path)}:{line}"
        for path in paths
        if not any(fnmatchcase(name(path), pattern) for pattern in allowed)
        for line in check(parsed(path))
    ]


# -- sizes and names -------------------------------------------------------------------------


def test_no_module_is_longer_than_three_hundred_lines(product: Sequence[Path]) -> None:
    long = {
        name(path): lines(path)
        for path in product
        if lines(path) > PAGES_LINES_MAX.get(name(path), MODULE_LINES_MAX)
    }
    assert long == {}


def test_no_sql_file_is_longer_than_two_hundred_and_fifty_lines() -> None:
    files = [path for package in ROOT.glob("[a-z]*/") for path in package.rglob("*.sql")]
    long = {name(path): lines(path) for path in files if lines(path) > SQL_LINES_MAX}
    assert len(files) > 10
    assert long == {}


def test_half_of_the_modules_are_shorter_than_half_the_limit(product: Sequence[Path]) -> None:
    sizes = sorted(lines(path) for path in product if path.name != "__init__.py")
    assert sizes[len(sizes) // 2] < MODULE_LINES_MAX // 2


def test_no_function_is_longer_than_forty_lines(product: Sequence[Path]) -> None:
    long = {
        f"{name(path)}:{node.name}": length(node)
        for path in [*product, *(ROOT / "benchmarks").glob("*.py")]
        for node in functions(parsed(path))
        if length(node) > FUNCTION_LINES_MAX
    }
    assert long == {}


def test_no_test_is_longer_than_eighty_lines() -> None:
    long = {
        f"{name(path)}:{node.name}": length(node)
        for path in (ROOT / "tests").rglob("*.py")
        for node in functions(parsed(path))
        if length(node) > TEST_LINES_MAX
    }
    assert long == {}


def test_no_module_has_a_name_that_says_nothing(repository: Sequence[Path]) -> None:
    modules = [path for path in repository if path.suffix in (".py", ".sql")]
    assert [name(path) for path in modules if NAMES_THAT_SAY_NOTHING.search(path.stem)] == []


# -- docstrings and leftovers ----------------------------------------------------------------


def bare(tree: ast.Module) -> Iterator[int]:
    """Public classes, functions and methods without a docstring, and the module itself."""
    if tree.body and ast.get_docstring(tree) is None:
        yield 1
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (one.lineno for one in (node, *node.body) if lacks_docstring(one))
        elif not isinstance(node, ast.ClassDef) and lacks_docstring(node):
            yield node.lineno


def lacks_docstring(node: ast.stmt) -> bool:
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return not node.name.startswith("_") and ast.get_docstring(node) is None


def test_everything_public_says_what_it_is(product: Sequence[Path]) -> None:
    assert found(product, bare) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1", [1]),
        ('"""Says it."""\ndef act(): ...', [2]),
        ('"""Says it."""\nclass Thing:\n    """A thing."""\n    def act(self): ...', [4]),
        ('"""Says it."""\ndef _act(): ...\nclass _Thing: ...', []),
    ],
)
def test_a_missing_docstring_is_found(source: str, expected: list[int]) -> None:
    assert list(bare(ast.parse(source))) == expected


def prints(tree: ast.Module) -> Iterator[int]:
    yield from (node.lineno for node in calls(tree) if dotted(node.func) == "print")


def test_the_product_does_not_print(product: Sequence[Path]) -> None:
    assert found(product, prints) == []


def test_nothing_is_left_to_do(repository: Sequence[Path]) -> None:
    unfinished = re.compile(r"\b(T[O]DO|FIX[M]E|X[X]X|HAC[K])\b(?!\")")
    sources = [path for path in repository if path.suffix in (".py", ".sql", ".toml", ".md")]
    left = [
        f"{name(path)}:{number}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if unfinished.search(line)
    ]
    assert left == []


def unimplemented(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in ("NotImplementedError", "NotImplemented"):
            yield node.lineno


def test_nothing_is_a_stub(product: Sequence[Path]) -> None:
    assert found(product, unimplemented, sorted(NOT_IMPLEMENTED)) == []


# -- what may stand where --------------------------------------------------------------------


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def dotted(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def floats(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        is_type = isinstance(node, ast.Name) and node.id == "float"
        if is_float(node) or is_type:
            yield getattr(node, "lineno", 0)


def test_money_never_meets_a_float(product: Sequence[Path]) -> None:
    pure = [path for path in product if not name(path).startswith("service/")]
    assert found(pure, floats, sorted(FLOATS_OF_TIME)) == []


def untimely_floats(tree: ast.Module) -> Iterator[int]:
    """Float literals in statements that do not say that they are about seconds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return | ast.arguments):
            literals = {id(one): one for one in ast.walk(node) if is_float(one)}
            if literals and not _OF_TIME.search(ast.unparse(node)):
                yield from (one.lineno for one in literals.values())


def is_float(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def test_a_float_in_the_loops_is_a_number_of_seconds() -> None:
    assert found([ROOT / path for path in sorted(FLOATS_OF_TIME)], untimely_floats) == []


@pytest.mark.parametrize("source", ["rate = 0.2", "amount = float(text)", "def f(x: float): ..."])
def test_a_float_is_found(source: str) -> None:
    assert list(floats(ast.parse(source))) == [1]


def test_a_float_that_is_not_of_time_is_found_in_the_loops() -> None:
    tree = ast.parse("RATE = 0.2\nPAUSE_SECONDS = 0.5\n")
    assert list(untimely_floats(tree)) == [1]


def environments(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("os.environ", "os.getenv"):
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            names = {alias.name for alias in node.names}
            yield from [node.lineno] * bool(names & {"environ", "getenv"})


def test_the_environment_is_read_by_the_settings_only(product: Sequence[Path]) -> None:
    assert found(product, environments, ["service/settings.py"]) == []


_CLOCK = re.compile(
    r"(date|datetime)\.(now|today|utcnow)|time\.(time|time_ns|monotonic|perf_counter|localtime)"
)


def clock_reads(tree: ast.Module) -> Iterator[int]:
    yield from (node.lineno for node in calls(tree) if _CLOCK.search(dotted(node.func)))


def test_the_clock_is_read_by_the_service_and_the_two_loops_only(product: Sequence[Path]) -> None:
    assert found(product, clock_reads, ["service/*.py", *sorted(CLOCKS)]) == []


def random_ids(tree: ast.Module) -> Iterator[int]:
    chance = re.compile(r"^(uuid4|uuid\.uuid[14]|random\.|secrets\.)")
    yield from (node.lineno for node in calls(tree) if chance.search(dotted(node.func)))


def test_nothing_in_the_ledger_or_the_projections_is_left_to_chance(
    product: Sequence[Path],
) -> None:
    pure = [path for path in product if name(path).startswith(("ledger/", "projections/"))]
    assert found(pure, random_ids) == []


def imports(*packages: str) -> Check:
    """A check that finds imports of these top-level packages."""

    def check(tree: ast.Module) -> Iterator[int]:
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=aliases):
                    names = [alias.name for alias in aliases]
                case ast.ImportFrom(module=str(module), level=0):
                    names = [module]
                case _:
                    continue
            if any(one.split(".")[0] in packages for one in names):
                yield node.lineno

    return check


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("eventsourcing", ["ledger/store*.py", "benchmarks/*.py"]),
        ("kafka", ["consumers/kafka.py", "consumers/kafka_records.py"]),
        ("typer", ["service/cli*.py", "service/exits.py"]),
        ("fastavro", ["consumers/avro*.py", "consumers/registry.py"]),
    ],
)
def test_a_library_has_one_home(package: str, homes: list[str], product: Sequence[Path]) -> None:
    modules = [*product, *sorted((ROOT / "benchmarks").glob("*.py"))]
    assert found(modules, imports(package), homes) == []
    assert found(modules, imports(package)) != []


def test_the_import_contracts_hold(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(str(ROOT))
    status = lint_imports(config_filename="pyproject.toml", no_cache=True, no_logo=True)
    assert status == int(not SUCCESS), capsys.readouterr().out


# -- stored facts ----------------------------------------------------------------------------


def kinds(base: type[Fact]) -> Iterator[type[Fact]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_a_field_that_may_be_empty_may_be_left_out() -> None:
    # A fact is stored without its empty fields: one without a default could not be read again.
    stuck = [
        f"{kind.__name__}.{name}"
        for kind in {*kinds(Fact)}
        for name, field in kind.model_fields.items()
        if type(None) in get_args(field.annotation) and field.is_required()
    ]
    assert {InvoiceIssued, ReceiptSuspended, RowQuarantined} <= {*kinds(Fact)}
    assert stuck == []


# -- tests -----------------------------------------------------------------------------------

_VERDICTS = {"raises", "warns", "fail", "run_state_machine_as_test", "check_call"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A function of the tests: whether it asserts, and the last words of what it calls."""

    name: str
    asserts: bool
    calls: frozenset[str]

    def has_verdict(self, sure: set[str]) -> bool:
        return self.asserts or bool(self.calls & sure)


def judged(tree: ast.Module) -> list[Judged]:
    return [
        Judged(
            node.name,
            any(isinstance(inner, ast.Assert) for inner in ast.walk(node)),
            frozenset(dotted(call.func).rpartition(".")[2] for call in calls(node)),
        )
        for node in functions(tree)
    ]


def judging(all_functions: Sequence[Judged]) -> set[str]:
    """Names of functions that assert something, by themselves or through one another."""
    sure = set(_VERDICTS)
    while more := {one.name for one in all_functions if one.has_verdict(sure)} - sure:
        sure |= more
    return sure


def test_every_test_can_fail() -> None:
    found_in = {path: judged(parsed(path)) for path in sorted((ROOT / "tests").rglob("*.py"))}
    sure = judging([one for many in found_in.values() for one in many])
    idle = [
        f"{name(path)}:{one.name}"
        for path, many in found_in.items()
        if path.name.startswith("test_")
        for one in many
        if one.name.startswith("test_") and not one.has_verdict(sure)
    ]
    assert idle == []


def test_a_test_without_an_assertion_is_found() -> None:
    both = judged(ast.parse("def test_it_runs():\n    act()\ndef act(): ...\n"))
    assert [one.has_verdict(judging(both)) for one in both] == [False, False]
