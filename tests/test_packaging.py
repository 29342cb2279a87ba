"""What surrounds the code: the commands of the workshop, the wheel, the image and the services."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from service.settings import CONFIG_VARIABLE, Settings, load_settings, variable

ROOT = Path(__file__).parents[1]
TARGETS = {
    "help", "setup", "demo", "test", "soak", "simulate", "check", "bench", "fuzz", "kafka", "clean",
}  # fmt: skip
VARIABLES = {"ACCOUNTS", "KAFKA", "SCALE", "FUZZ_SECONDS", "SOAK_MINUTES", "SEEDS", "WORKERS"}
VERBS = {"migrate", "consume", "watch", "project"}
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def make(*words: str, **extra: str) -> str:
    """What make prints; nothing is run but what the arguments ask for."""
    environment = {"PATH": os.environ["PATH"], **extra}
    done = subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file as a YAML parser reads it."""
    yaml = pytest.importorskip("yaml", reason="the YAML parser is not installed")
    parsed: dict[str, Any] = yaml.safe_load(COMPOSE)
    return parsed


def test_make_alone_explains_every_target_and_variable() -> None:
    shown = make()

    assert set(re.findall(r"^  make (\w+)", shown, re.MULTILINE)) == TARGETS
    assert set(re.findall(r"^  ([A-Z_]+)=", shown, re.MULTILINE)) >= VARIABLES


def test_every_target_is_phony_and_every_phony_target_is_explained() -> None:
    declared = re.search(r"^\.PHONY: (help .*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert declared is not None
    assert set(declared[1].split()) == TARGETS


@pytest.mark.parametrize("given", [{}, {"ACCOUNTS": "7", "KAFKA": "host:9092", "SCALE": "2"}])
def test_variables_reach_the_commands_only_when_they_are_given(
    given: dict[str, str], tmp_path: Path
) -> None:
    makefile = tmp_path / "probe.mk"
    makefile.write_text("include ours.mk\nprobe:\n\t@env\n")
    (tmp_path / "ours.mk").write_text((ROOT / "Makefile").read_text())
    arguments = [f"{name}={value}" for name, value in given.items()]

    done = subprocess.run(
        ["make", "-s", "-f", makefile.name, *arguments, "probe"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )

    names = {"ACCOUNTS", "KAFKA", "SCALE"}
    entries = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert {name: value for name, value in entries.items() if name in names} == given


def test_a_python_that_is_too_old_is_named_with_the_way_out(tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n')
    old.chmod(0o755)
    for name in ("Makefile", "uv.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())

    done = subprocess.run(
        ["make", f"PYTHON={old}", "setup"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "needs Python 3.11 or later" in done.stderr
    assert "is Python 3.9.2" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_ci_runs_exactly_check_and_test() -> None:
    script = ROOT / ".ci" / "run"

    commands = [line for line in script.read_text().splitlines() if not line.startswith("#")]
    assert commands == ["set -eu", 'cd "$(dirname "$0")/.."', "make check test"]
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    assert os.access(script, os.X_OK)


def test_the_wheel_names_each_package_and_ships_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert packages == ["ledger", "projections", "consumers", "schemas", "service"]
    assert all((ROOT / package).is_dir() for package in packages)
    assert project["project"]["scripts"] == {"tallystick": "service.cli:main"}


def test_the_image_holds_the_packages_of_the_wheel_and_runs_without_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    packages = ["ledger", "projections", "consumers", "schemas", "service"]

    assert re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE) == packages
    assert re.findall(r"^!(\w+)$", allowed, re.MULTILINE) == packages
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["tallystick"]
    assert 'ENTRYPOINT ["tallystick"]' in dockerfile
    syncs = re.findall(r"uv sync (.*)$", dockerfile, re.MULTILINE)
    assert len(syncs) == 2
    assert all("--locked --no-dev" in words and "extra" not in words for words in syncs)


def test_compose_runs_our_processes_and_two_named_images() -> None:
    images = set(re.findall(r"^ +image: (\S+)$", COMPOSE, re.MULTILINE))
    commands = re.findall(r"^    command: (\[.*\])$", COMPOSE, re.MULTILINE)

    assert images == {"postgres:18", "apache/kafka:4.3.1", "tallystick:local"}
    assert {json.loads(command)[0] for command in commands} == VERBS


def test_compose_holds_no_password_of_its_own() -> None:
    secret_lines = [
        line
        for line in COMPOSE.splitlines()
        if re.search(r"PASSWORD|_KEY|DATABASE_URL", line) and not line.lstrip().startswith("#")
    ]
    settings = [line for line in secret_lines if re.match(r" +\w+: ", line)]

    assert len(settings) == 5
    assert [line for line in settings if not re.search(r"\$\{\w+:\?[^}]+\}", line)] == []


def test_compose_is_a_whole_installation(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert set(services) == {"postgres", "kafka", "topics", *VERBS}
    for verb in VERBS:
        assert services[verb]["command"] == [verb]
        assert services[verb]["build"] == "."
    for verb in VERBS - {"migrate"}:
        assert services[verb]["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully"
        }
        assert services[verb]["healthcheck"]["test"][0] == "CMD"
    for name in ("postgres", "kafka"):
        assert services[name]["healthcheck"]["test"][0] == "CMD-SHELL"
    mounts = [mount.split(":")[0] for one in services.values() for mount in one.get("volumes", [])]
    assert set(mounts) == set(compose["volumes"])


def test_only_the_migration_holds_the_owner_s_password(compose: dict[str, Any]) -> None:
    holders = {
        name
        for name, one in compose["services"].items()
        if "TALLYSTICK_DB_OWNER_PASSWORD" in str(one.get("environment"))
    }

    assert holders == {"postgres", "migrate"}


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_compose_sets_real_settings(
    compose: dict[str, Any], verb: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*map(variable, Settings.model_fields), CONFIG_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    for name, value in compose["services"][verb]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{(\w+):\?[^}]*\}", r"value-of-\1", value))

    settings = load_settings()

    assert settings.kafka_bootstrap == "kafka:9092"
    assert settings.database_url is not None
    assert (settings.owner_database_url is not None) == (verb == "migrate")


def test_the_broker_of_compose_has_every_topic_that_is_consumed() -> None:
    created = re.search(r"for topic in (.*); do", COMPOSE)

    assert created is not None
    assert tuple(created[1].split()) == Settings.model_fields["kafka_topics"].default
