"""What the documents say is so: commands exist and run, links lead somewhere, nothing is missing.

A fenced block whose info is `console run` is executed: each line after `$ ` in turn, with the exit
code that the block names (`exit=3`, otherwise 0), and every other line must stand in what its
command printed, in that order. Blocks `sql run` are executed as the database's owner and rolled
back. The blocks of one page share one fresh ledger.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import psycopg
import pytest
import typer
from psycopg.rows import tuple_row

from consumers.registry import reviewed_schemas
from projections.reporting.reports import REPORTS
from service import exits
from service.cli import app
from service.command_fields import COMMANDS
from service.embedded_database import EmbeddedDatabase
from service.start_checks import APPEND_ONLY

ROOT = Path(__file__).parents[2]
RUNNING = [
    path
    for path in sorted((*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")))
    if "```console run" in path.read_text("utf-8")
]
OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
# Runs command lines one after another in one interpreter, as a shell would one by one.
_DRIVER = """
import contextlib, io, json, runpy, sys
from service.cli import main
for words in json.load(sys.stdin):
    printed, code = io.StringIO(), 0
    sys.argv = words
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main() if words[0] == "tallystick" else runpy.run_path(words[0], run_name="__main__")
        except SystemExit as end:
            code = end.code or 0
    print(json.dumps({"code": code, "printed": printed.getvalue()}), flush=True)
"""

# A click command or group: typer carries a click of its own.
Command: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block of a page: the words after the fence, and its lines."""

    page: str
    info: str
    body: str

    @property
    def exit_code(self) -> int:
        found = re.search(r"exit=(\d)", self.info)
        return int(found[1]) if found else 0

    def steps(self) -> Iterator[tuple[str, list[str]]]:
        """Each command with the lines that it must print."""
        command, expected = "", list[str]()
        for line in self.body.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, expected
                command, expected = line[2:], []
            elif line.strip():
                expected.append(line)
        if command:
            yield command, expected


def blocks(path: Path) -> list[Block]:
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT).as_posix()
    return [Block(name, found["info"].strip(), found["body"]) for found in _FENCE.finditer(text)]


def verbs(
    command: Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Command]]:
    """Every verb of the command line by its words."""
    for name, one in getattr(command, "commands", {}).items():
        yield from verbs(one, (*path, name))
    if not hasattr(command, "commands"):
        yield path, command


VERBS = dict(verbs(typer.main.get_command(app)))


# -- command lines ---------------------------------------------------------------------------


def command_lines(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Every command line of the page that calls tallystick, with where it stands."""
    indented = re.findall(
        r"^    (tallystick .*)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE
    )
    yield from ((f"{page.name}: {line}", shlex.split(line)[1:]) for line in indented)
    for block in blocks(page):
        if block.info.split(" ")[0] not in ("console", "sh", "ini"):
            continue
        for line in block.body.splitlines():
            called = re.match(r"(?:\$ )?(?:[A-Z_]+=\S* )*tallystick (.*)", line)
            if called is not None:
                yield f"{block.page}: {line}", shlex.split(called[1], comments=True)


def mistake(words: Sequence[str]) -> str | None:
    """What is wrong with a command line: no such verb, no such option."""
    if words[:1] in (["--version"], ["--help"]):
        return None
    path = next((path for path in VERBS if tuple(words[: len(path)]) == path), None)
    if path is None:
        return "there is no such verb"
    options = {option for one in VERBS[path].params for option in (*one.opts, *one.secondary_opts)}
    if path == ("report",):
        options |= {f"--{one.name}".replace("_", "-") for r in REPORTS for one in r.parameters}
    given = [word.split("=")[0] for word in words[len(path) :] if word.startswith("--")]
    unknown = [word for word in given if word not in {*options, "--help"}]
    if unknown:
        return f"there is no option {unknown[0]}"
    named = words[1] if path == ("command",) and len(words) > 1 else ""
    if named and not named.startswith("--") and named not in COMMANDS:
        return f"there is no command {named}"
    return None


def test_every_command_line_in_the_documents_exists(documents: Sequence[Path]) -> None:
    lines = [line for page in documents for line in command_lines(page)]
    wrong = {where: mistake(words) for where, words in lines if mistake(words)}
    assert len(lines) > 20
    assert wrong == {}


@pytest.mark.parametrize(
    "line", ["frobnicate x", "intake forget 3", "verify --loudly", "command propose-refunds a=b"]
)
def test_a_command_line_that_does_not_exist_is_found(line: str) -> None:
    assert mistake(line.split()) is not None


def test_every_command_that_a_text_quotes_exists(repository: Sequence[Path]) -> None:
    quoted = [
        (path.name, found.split())
        for path in repository
        if path.suffix in (".md", ".py", ".sql", ".toml", ".yml", "") and path != Path(__file__)
        for found in re.findall(r"`tallystick ([a-z][^`\n]*)`", path.read_text("utf-8"))
    ]
    wrong = [
        f"{name}: {' '.join(words)}"
        for name, words in quoted
        if not any(tuple(words[: len(path)]) == path or path[:1] == tuple(words) for path in VERBS)
    ]
    assert len(quoted) > 50
    assert wrong == []


def test_every_verb_is_in_the_operator_s_manual() -> None:
    missing = [path for path in VERBS if f"`tallystick {' '.join(path)}" not in OPERATING]
    assert missing == []


def test_every_option_that_is_named_beside_a_verb_is_one_of_its_options() -> None:
    rows = re.findall(
        r"^\| `tallystick ([a-z -]+?)[ A-Z\[\].=]*` \| (.*) \|$", OPERATING, re.MULTILINE
    )
    wrong = [
        (verb, option)
        for verb, text in rows
        for option in re.findall(r"`(--[a-z-]+)", text)
        if mistake([*verb.split(), option]) is not None
    ]
    assert {tuple(verb.split()) for verb, _ in rows} == set(VERBS)
    assert wrong == []


def test_every_exit_code_is_in_the_operator_s_manual() -> None:
    codes = {
        name: code for name, code in vars(exits).items() if name.isupper() and isinstance(code, int)
    }
    told = re.findall(r"^\| (\d) \| ([A-Z_]+) \|", OPERATING, re.MULTILINE)
    assert {name: int(code) for code, name in told} == codes


def test_every_variable_in_the_documents_is_a_setting(documents: Sequence[Path]) -> None:
    configuration = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    known = set(re.findall(r"`(TALLYSTICK_[A-Z_]+)`", configuration))
    # For the tests and for the compose file, which make settings of them.
    known |= {"TALLYSTICK_TEST_KAFKA", "TALLYSTICK_DB_OWNER_PASSWORD", "TALLYSTICK_DB_APP_PASSWORD"}
    named = {
        (page.name, name)
        for page in documents
        for name in re.findall(r"TALLYSTICK_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8"))
    }
    assert {(page, name) for page, name in named if name not in known} == set()


# -- what the documents list -----------------------------------------------------------------


def test_every_append_only_table_is_protected_as_the_manual_says() -> None:
    assert set(APPEND_ONLY) >= {"events", "register", "seals"}
    assert "append-only triggers missing or disabled" in OPERATING


def rows_of(record: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(field["name"], field["doc"]) for field in record["fields"]}


def records(schema: object) -> Iterator[Mapping[str, Any]]:
    """Every record type of a schema, outside in."""
    match schema:
        case {"type": "record", "fields": fields}:
            yield schema  # type: ignore[misc]
            for field in fields:
                yield from records(field["type"])
        case {"items": items}:
            yield from records(items)
        case list():
            for one in schema:
                yield from records(one)


def test_the_field_tables_are_those_of_the_schemas() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    text = page[page.index("### ar.billing") : page.index("## The same messages in files")]
    told = set(
        re.findall(r"^\| `(\w+)` \| [^|]* \| (.*?)(?: Default: `[^`]*`\.)? \|$", text, re.MULTILINE)
    )
    fields = set[tuple[str, str]]()
    for one in reviewed_schemas():
        for record in records(one.source):
            fields |= rows_of(record)
    assert len(fields) > 30
    assert told == fields


def test_every_topic_has_a_section_of_its_own() -> None:
    text = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    assert re.findall(r"^### (ar\..*)$", text, re.MULTILINE) == [
        one.file.topic for one in reviewed_schemas()
    ]


def test_the_sample_in_the_publisher_s_page_is_the_sample_that_is_tested() -> None:
    page = (ROOT / "docs" / "publishing.md").read_text(encoding="utf-8")
    sample = (ROOT / "docs" / "examples" / "producer.py").read_text(encoding="utf-8")
    assert f"```python\n{sample}```" in page


# -- links and words -------------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as they are made by the usual renderers."""
    text = _FENCE.sub("", path.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def broken_links(page: Path) -> Iterator[str]:
    for found in _LINK.finditer(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = unquote(found["target"]).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = page.parent / target if target else page
        if not path.exists() or (anchor and anchor not in anchors(path)):
            yield f"{page.name}: {found['target']}"


def test_every_relative_link_leads_somewhere(documents: Sequence[Path]) -> None:
    assert [link for page in documents for link in broken_links(page)] == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](page.md#here) [b](gone.md) [c](#there) [d](https://example.org)\n")
    assert list(broken_links(page)) == ["page.md: gone.md", "page.md: #there"]


def test_every_target_of_make_in_the_documents_exists(documents: Sequence[Path]) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = {
        word
        for page in documents
        for line in re.findall(
            r"(?:^|`)make ((?:[a-z]+ ?)+)", page.read_text("utf-8"), re.MULTILINE
        )
        for word in line.split()
    }
    assert {"test", "check"} <= named <= targets


def test_nothing_tells_of_the_machine_or_of_who_wrote_it(repository: Sequence[Path]) -> None:
    # Written so that this file does not find itself.
    said = re.compile(
        r"(?<![\w.-])/(w[o]rk|tmp/b[r]ief|r[o]ot/)(?![\w-])"
        r"|\b(L[L]M|A[I]|GP[T]|Clau[d]e|chatb[o]t|language m[o]del|sub-?ag[e]nt|help[e]rs?)\b"
        r"|\bgenerated by (?:a|an|the) (?:model|assistant)"
    )
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in repository
        if path.name != "uv.lock"
        for number, line in enumerate(path.read_text("utf-8", errors="ignore").splitlines(), 1)
        if said.search(line)
    ]
    assert found == []


# -- running them ----------------------------------------------------------------------------


def run(commands: Sequence[str], environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Exit code and output of each command line."""
    argv = [shlex.split(line) for line in commands]
    argv = [words[1:] if words[0] == "python" else words for words in argv]
    done = subprocess.run(
        [sys.executable, "-c", _DRIVER],
        input=json.dumps(argv),
        env={**environment, "PATH": os.environ["PATH"], "COLUMNS": "200", "PYTHONUTF8": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def squeezed(text: str) -> str:
    return " ".join(text.split())


def missing_lines(expected: Sequence[str], printed: str) -> list[str]:
    """The expected lines that are not in the output, or not in their order."""
    rest, missing = squeezed(printed), []
    for line in expected:
        _, found, after = rest.partition(squeezed(line))
        if found:
            rest = after
        else:
            missing.append(line)
    return missing


@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.name)
def test_every_block_that_is_marked_runs(
    page: Path, database: EmbeddedDatabase, open_folder: Path
) -> None:
    marked = [one for one in blocks(page) if re.match(r"console run", one.info)]
    steps = [(block, *step) for block in marked for step in block.steps()]
    environment = {
        "TALLYSTICK_HOME": str(open_folder),
        "TALLYSTICK_DATABASE_URL": database.app_url,
        "TALLYSTICK_POLICY_DIR": "docs/examples/policy",
        "TALLYSTICK_DISK_FREE_PERCENT_MIN": "0",  # whatever the disk of this machine
    }
    results = run([command for _, command, _ in steps], environment)
    assert len(results) == len(steps) > 0
    wrong = [
        f"$ {command}\nexit {result['code']}, missing {missing}:\n{result['printed']}"
        for (block, command, expected), result in zip(steps, results, strict=True)
        if (missing := missing_lines(expected, result["printed"]))
        or result["code"] != block.exit_code
    ]
    assert wrong == [], "\n\n".join(wrong)


def test_output_that_a_page_promises_and_a_command_does_not_print_is_found() -> None:
    assert missing_lines(["one", "two"], "  two\n one ") == ["two"]
    assert missing_lines(["a   b"], "x a b y") == []


def test_every_sql_block_that_is_marked_runs(
    documents: Sequence[Path], database: EmbeddedDatabase
) -> None:
    marked = [one for page in documents for one in blocks(page) if one.info == "sql run"]
    assert len(marked) > 1
    for block in marked:
        with psycopg.connect(database.owner_url, row_factory=tuple_row) as connection:
            for statement in block.body.split(";"):
                if statement.strip():
                    connection.execute(statement.encode())
            connection.rollback()
