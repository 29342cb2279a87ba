"""A real Apache Kafka without a container: one KRaft process from Maven's jars.

Run by `make kafka` for a person to play with; loaded by file path by the test fixtures.
Needs java >= 17 and mvn (the jars are fetched once, into tests/kafka/.cache).
"""

import argparse
import atexit
import base64
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE / ".cache"
JAVA_OPTIONS = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 20
FETCH_SECONDS_MAX = 600
READY = "Kafka Server started"


class BrokerError(RuntimeError):
    """The broker could not be fetched or started; the message ends with its own log."""


def java_major() -> int:
    """The major version of `java` on the path, 0 when there is none."""
    if shutil.which("java") is None:
        return 0
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', told.stderr)
    return int(version.group(1)) if version else 0


def available() -> bool:
    """Whether a real broker can be had here: java >= 17, and mvn or the jars already fetched."""
    return java_major() >= 17 and (shutil.which("mvn") is not None or (CACHE / "libs").is_dir())


def jars() -> Path:
    """The folder with Kafka's jars, fetched once; safe when several processes ask at once."""
    libs = CACHE / "libs"
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not libs.is_dir():
            with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
                _fetch(Path(scratch) / "libs")
                (Path(scratch) / "libs").replace(libs)
    return libs


def _fetch(target: Path) -> None:
    command = ["mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies"]
    fetched = subprocess.run(
        [*command, f"-DoutputDirectory={target}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=FETCH_SECONDS_MAX,
    )
    if fetched.returncode != 0 or not target.is_dir():
        raise BrokerError(f"mvn could not fetch Kafka:\n{fetched.stdout}{fetched.stderr}")


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on now, all different."""
    holders = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [holder.getsockname()[1] for holder in holders]
    for holder in holders:
        holder.close()
    return ports


def new_cluster_id() -> str:
    """A fresh cluster id: 16 bytes in base64url, not beginning like an option."""
    first, *rest = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")


# A broker may outlive the process that started it, so its handle must not be taken for a leak.
_STARTED: list[subprocess.Popen[bytes]] = []


@atexit.register
def _let_go() -> None:
    for process in _STARTED:
        if process.poll() is None:
            process.returncode = 0  # another process ends it


class ApacheKafka:
    """One broker in one folder. Processes that know the folder can restart each other's broker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pid_file = folder / "pid"
        self._log = folder / "kafka.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return (self.folder / "bootstrap").read_text(encoding="utf-8")

    def create(self) -> None:
        """Choose ports, write the settings and format the storage."""
        self.folder.mkdir(parents=True, exist_ok=True)
        broker_port, controller_port = free_ports(2)
        template = (HERE / "server.properties").read_text(encoding="utf-8")
        data = str(self.folder / "data").replace(" ", "\\ ")
        settings = template.format(
            broker_port=broker_port, controller_port=controller_port, data=data
        )
        (self.folder / "server.properties").write_text(settings, encoding="utf-8")
        (self.folder / "bootstrap").write_text(f"127.0.0.1:{broker_port}", encoding="utf-8")
        command = self._java("kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c")
        formatted = subprocess.run(command, capture_output=True, text=True, check=False)
        if formatted.returncode != 0:
            raise BrokerError(f"the storage cannot be formatted:\n{formatted.stderr[-2000:]}")

    def _java(self, *words: str) -> list[str]:
        settings = str(self.folder / "server.properties")
        return ["java", *JAVA_OPTIONS, "-cp", f"{jars()}/*", *words, settings]

    def start(self) -> None:
        """Start the process and return when it serves; about four seconds."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._java("kafka.Kafka"),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C for the tests is not one for the broker
            )
        _STARTED.append(self._process)
        self._pid_file.write_text(str(self._process.pid), encoding="ascii")
        deadline = time.monotonic() + START_SECONDS_MAX
        while READY not in (text := self._log.read_text(encoding="utf-8", errors="replace")):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise BrokerError(f"the broker did not start:\n{text[-2000:]}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Shut down cleanly, or by force when that takes too long."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the process at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop cleanly and start again on the same ports with the same data."""
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        pid = int(self._pid_file.read_text(encoding="ascii"))
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        deadline = time.monotonic() + STOP_SECONDS_MAX
        while self._is_alive():
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)

    def _is_alive(self) -> bool:
        # Our own child is reaped; another's child may stay a zombie, but it listens no more.
        if self._process is not None:
            return self._process.poll() is None
        host, port = self.bootstrap.split(":")
        with socket.socket() as probe:
            return probe.connect_ex((host, int(port))) == 0


def main() -> int:
    """Run a broker until Ctrl-C; its data goes when it ends."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    if not available():
        sys.stderr.write("java >= 17 and mvn are needed\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="tallystick-kafka-") as scratch:
        broker = ApacheKafka(Path(scratch))
        sys.stdout.write("starting Apache Kafka; the first time its jars are fetched\n")
        broker.create()
        broker.start()
        try:
            sys.stdout.write(f"{broker.bootstrap}\nCtrl-C stops it and removes its data\n")
            sys.stdout.flush()
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            signal.pause()
        except KeyboardInterrupt:
            sys.stdout.write("stopping\n")
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not orphan it
            broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
