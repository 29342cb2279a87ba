"""Fuzz every reader of files: `python tests/fuzz/run.py SECONDS [READER ...]`.

The seconds are divided among the readers. Seeds are the golden files. An input may take two
seconds and the process 256 MB; whatever breaks that, or escapes as any error but a named refusal,
is kept in `.fuzz/`, the command that shows it again is printed, and the run ends with 1.
Needs atheris.
"""

import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KEPT = ROOT / ".fuzz"
INPUT_SECONDS_MAX = 2
MEMORY_MB_MAX = 256
INPUT_BYTES_MAX = 8_192
SECONDS_MIN = 5


def main(arguments: list[str]) -> int:
    """Fuzz the readers that are named, else all; 1 when anything broke."""
    sys.path[:0] = [str(HERE), str(ROOT)]
    target = import_module("target")  # this folder is no package

    seconds, *names = arguments or ["60"]
    chosen = names or target.reader_names()
    each = max(SECONDS_MIN, int(seconds) // len(chosen))
    KEPT.mkdir(exist_ok=True)
    broken = [name for name in chosen if not _holds(name, each)]
    print(f"{len(chosen)} readers, {each} s each: {', '.join(broken) or 'none'} broke")  # noqa: T201
    return 1 if broken else 0


def _holds(name: str, seconds: int) -> bool:
    seeds = import_module("target").seeds
    with tempfile.TemporaryDirectory(prefix="tallystick-corpus-") as corpus:
        for number, content in enumerate(seeds(name)):
            (Path(corpus) / f"seed-{number}").write_bytes(content)
        command = [
            *(sys.executable, str(HERE / "target.py"), name, corpus),
            *(f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS_MAX}"),
            *(f"-rss_limit_mb={MEMORY_MB_MAX}", f"-max_len={INPUT_BYTES_MAX}"),
            *(f"-artifact_prefix={KEPT}/{name}-", "-print_final_stats=1", "-verbosity=0"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    told = done.stderr.splitlines()
    runs = next((line.split()[-1] for line in told if "number_of_executed_units" in line), "?")
    print(f"{name:16} {runs:>10} inputs", flush=True)  # noqa: T201
    if done.returncode:
        print("\n".join((*done.stdout.splitlines()[-5:], *told[-40:])))  # noqa: T201
        print(f"see it again: {sys.executable} {HERE / 'target.py'} {name} FILE")  # noqa: T201
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
