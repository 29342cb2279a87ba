"""Runs `tallystick` in this process as the shell would: words in, exit code and outputs out."""

import importlib.util
import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import structlog
import typer.main

from service.cli import app, main
from service.embedded_database import EmbeddedDatabase


def all_verbs() -> dict[str, Any]:
    """Every verb as it is typed, `intake list`, with its command."""
    return dict(_verbs(typer.main.get_command(app), ()))


def _verbs(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    below = getattr(command, "commands", None)
    if below is None:
        yield " ".join(words), command
        return
    for name, one in below.items():
        yield from _verbs(one, (*words, name))


@dataclass(frozen=True)
class Result:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both outputs on one line, as words."""
        return " ".join(f"{self.out} {self.err}".split())

    def json(self) -> Any:  # noqa: ANN401
        """The output as JSON."""
        return json.loads(self.out)


class Tallystick:
    """The command with an environment of its own."""

    def __init__(self, home: Path, **variables: str) -> None:
        self.home = home
        self.variables = {"TALLYSTICK_HOME": str(home), "COLUMNS": "160", **variables}

    def __call__(self, *words: str, **more: str) -> Result:
        out, err, patch = io.StringIO(), io.StringIO(), pytest.MonkeyPatch()
        handlers, level = logging.root.handlers[:], logging.root.level
        try:
            for name in [one for one in os.environ if one.startswith("TALLYSTICK_")]:
                patch.delenv(name)
            for name, value in {**self.variables, **more}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["tallystick", *words])
            with redirect_stdout(out), redirect_stderr(err):
                code = _exit_code()
        finally:
            patch.undo()
            logging.root.handlers[:] = handlers
            logging.root.setLevel(level)
            structlog.reset_defaults()
        result = Result(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in result.said, result.said
        return result


def _exit_code() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def verbs() -> dict[str, Any]:
    """Every verb with its command."""
    return all_verbs()


@pytest.fixture
def bare(tmp_path: Path) -> Tallystick:
    """The command without a database: nothing listens where its URL points."""
    url = "postgresql://tallystick:secret-canary@127.0.0.1:9/none?connect_timeout=2"
    return Tallystick(tmp_path / "home", TALLYSTICK_DATABASE_URL=url)


@pytest.fixture
def tallystick(database: EmbeddedDatabase, tmp_path: Path) -> Tallystick:
    """The command with a fresh ledger and one bank account."""
    policy = tmp_path / "policy"
    policy.mkdir()
    accounts = '[accounts]\n"30-00-00 12345678" = "HSG"\n'
    (policy / "bank-accounts.toml").write_text(accounts, encoding="utf-8")
    return Tallystick(
        tmp_path / "home",
        TALLYSTICK_DATABASE_URL=database.app_url,
        TALLYSTICK_POLICY_DIR=str(policy),
        TALLYSTICK_ACTOR="officer.ames",
        TALLYSTICK_LOG_LEVEL="error",
    )


@pytest.fixture(scope="session")
def billing() -> Any:  # noqa: ANN401
    """What a billing system sends: the records of tests/intake/conftest.py, loaded by path."""
    path = Path(__file__).parents[1] / "intake" / "conftest.py"
    spec = importlib.util.spec_from_file_location("tallystick_test_intake_records", path)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Billing()
