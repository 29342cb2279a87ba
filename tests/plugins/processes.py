"""Real processes of `tallystick`, and lives that end in a kill.

They work on the council of tests/intake, its database and its folder, and on any of topics.py.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol, TypeAlias

import pytest

Council: TypeAlias = Any  # of tests/intake/conftest.py, which cannot be imported from here
Broker: TypeAlias = Any  # of plugins/kafka_broker.py
Topic: TypeAlias = Any  # of plugins/topics.py

ROOT = Path(__file__).parents[2]
CRASHING = ROOT / "tests" / "intake" / "crashing_consumer.py"
PATIENCE_SECONDS = 60


class Database(Protocol):
    """Where a database is."""

    app_url: str
    owner_url: str


class Running:
    """One process, and what it has logged."""

    def __init__(self, words: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("w") as file:
            self.process = subprocess.Popen(
                [sys.executable, *words],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                bufsize=1,
            )

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def logged(self, event: str = "") -> list[dict[str, Any]]:
        """The log lines, of one event or all."""
        lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
        return [one for one in lines if event in ("", one["event"])]

    def eventually(
        self, condition: Callable[[], object], seconds: float = PATIENCE_SECONDS
    ) -> None:
        """Wait for the condition, as long as the process lives."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)

    def stop(self) -> int:
        """Ask it to end, and how it ended."""
        self.process.send_signal(signal.SIGTERM)
        with self.process:
            return self.process.wait(PATIENCE_SECONDS)

    def finish(self) -> tuple[int, str]:
        """Wait until it ends by itself; its exit code, and all that it said and logged."""
        out, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out + self.log()

    def end(self) -> None:
        """End it however it is."""
        with self.process:
            self.process.kill()


class Tallystick:
    """Starts processes on one database, and ends them with the test."""

    def __init__(self, council: Council, database: Database, bootstrap: str, topic: str) -> None:
        self._folder: Path = council.folder
        self._stack = ExitStack()
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "TALLYSTICK_HOME": str(council.settings.home),
            "TALLYSTICK_POLICY_DIR": str(council.settings.policy_dir),
            "TALLYSTICK_DATABASE_URL": database.app_url,
            "TALLYSTICK_OWNER_DATABASE_URL": database.owner_url,
            "TALLYSTICK_PARTY_KEY": "p" * 32,
            "TALLYSTICK_DIGEST_KEY": "d" * 32,
            "TALLYSTICK_KAFKA_BOOTSTRAP": bootstrap,
            "TALLYSTICK_KAFKA_TOPICS": topic,
            "TALLYSTICK_LOG_FORMAT": "json",
        }

    def start(self, *words: str, **settings: str) -> Running:
        """Start one, such as `consume`, with settings of its own beside those of all."""
        return self._begin("-c", "from service.cli import main; main()", *words, **settings)

    def lives(self) -> "Lives":
        return Lives(self._begin(str(CRASHING)), self._stack)

    def _begin(self, *words: str, **settings: str) -> Running:
        log = self._folder / f"{Path(words[-1]).stem}-{time.monotonic_ns()}.log"
        own = {f"TALLYSTICK_{name.upper()}": value for name, value in settings.items()}
        running = Running(words, self._environment | own, log)
        self._stack.callback(running.end)
        return running

    def end(self) -> None:
        self._stack.close()


class Lives:
    """One process after another, forked from a mother, each of which may die in its own way."""

    def __init__(self, mother: Running, stack: ExitStack) -> None:
        self._mother = mother
        self._lines = SimpleQueue[str]()
        self.pid = 0
        self.eventually = mother.eventually
        self.log = mother.log
        self.logged = mother.logged
        Thread(target=self._read, daemon=True).start()
        stack.callback(self._end)

    def begin(self, verb: str, point: str = "none", times: int = 1) -> None:
        assert self._mother.process.stdin is not None
        self._mother.process.stdin.write(f"{verb}|{point}|{times}\n")
        self.pid = int(self._said("pid"))

    def _said(self, word: str) -> str:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except Empty:
                pytest.fail(f"no word of {word!r} in {PATIENCE_SECONDS} s\n{self.log()}")
            assert line, self.log()
            first, _, rest = line.rstrip().partition(" ")
            if first == word:
                return rest

    def _read(self) -> None:
        """Keep what the mother says, so that who waits for a word need not wait for ever."""
        assert self._mother.process.stdout is not None
        for line in self._mother.process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def is_frozen(self) -> bool:
        """Whether it has stopped itself and waits for a SIGCONT."""
        told = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        return told.rsplit(")", 1)[1].split()[0] == "T"

    def wake(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def at_work(self) -> None:
        """Wait until it says that it has something to do."""
        self._said("work")

    def ended(self) -> int:
        """Wait for its end; its exit code, negative for a signal."""
        code = int(self._said("ended"))
        self.pid = 0
        return code

    def kill(self, how: signal.Signals = signal.SIGKILL) -> int:
        os.kill(self.pid, how)
        return self.ended()

    def _end(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)


@pytest.fixture
def processes() -> Iterator[Callable[..., Tallystick]]:
    """Makes starters of processes on any database; all of them are gone at the end."""
    with ExitStack() as stack:

        def make(
            council: Council, database: Database, bootstrap: str = "", topic: str = "none"
        ) -> Tallystick:
            one = Tallystick(council, database, bootstrap or "127.0.0.1:1", topic)
            stack.callback(one.end)
            return one

        yield make


@pytest.fixture
def tallystick(
    council: Council,
    database: Database,
    kafka_broker: Broker,
    billing_topic: Topic,
    processes: Callable[..., Tallystick],
) -> Tallystick:
    """Starts processes on the test's database and topic."""
    return processes(council, database, kafka_broker.bootstrap, billing_topic.name)


@pytest.fixture
def killable(tallystick: Tallystick) -> Lives:
    """Processes that die; whatever happens, the last of them is gone at the end."""
    return tallystick.lives()
