"""A Bacs submission of 250,000 collections: written, and read back to be proved.

The ceiling is to write the same bytes and hash them, with nothing to decide. Each is a process of
its own, so that its peak of memory is its own.
"""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from benchmarks.ground import Clock, Results, peak_megabytes
from consumers.formats import standard18, standard18_read
from consumers.formats.standard18 import Instruction, Originator, Submission, Written

ITEMS = 250_000
FEW = ITEMS // 10
OURS = "089999-66374958"
DAY = date(2026, 11, 30)
RUN = Submission(
    sun="999999",
    serial="000123",
    file_number=123,
    created_on=date(2026, 11, 27),
    processing_on=DAY,
    expires_on=date(2026, 12, 11),
    work="single",
    originators=(Originator(OURS, "ANYTOWN COUNCIL", "RENT DD 301126"),),
)


def bench(results: Results) -> None:
    """Write a large run and a small one, and read the large one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.txt"
        _, few = _measured("write", path, FEW)
        seconds, most = _measured("write", path, ITEMS)
        reading, held = _measured("read", path, ITEMS)
        plain, _ = _measured("copy", path, ITEMS)
    results.add(
        f"Standard 18, {ITEMS:,} collections written",
        f"{seconds:.1f} s, {most} MB",
        f"{seconds / plain:.0f} times the bytes written and hashed; {few} MB for {FEW:,}",
    )
    results.add(
        f"Standard 18, {ITEMS:,} collections read back and proved",
        f"{reading:.1f} s, {held} MB",
        f"{reading / seconds:.1f} times the writing",
    )


def _measured(what: str, path: Path, count: int) -> tuple[float, int]:
    command = [sys.executable, "-m", "benchmarks.submission", what, str(path), str(count)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), int(told[1])


def _instructions(count: int) -> Iterator[Instruction]:
    for number in range(count):
        yield Instruction(
            payer_sort_code="107999",
            payer_account=f"{number + 1:08d}",
            payer_name=f"Mrs Zoë O'Connor-{number}",
            code="17",
            account=OURS,
            amount_minor=1_000 + number,
            user_name="Anytown Council",
            reference=f"R{number:08d}",
            processing_on=DAY,
        )


def _work(what: str, path: Path, count: int) -> str:
    """In the child: seconds and peak megabytes."""
    if what == "copy":
        return _copied(path)
    clock = Clock()
    if what == "write":
        with path.open("wb") as out:
            items = standard18.write(RUN, _instructions(count), out).items
    else:
        items = next(one.items for one in standard18_read.read(path) if isinstance(one, Written))
    if items != count:
        raise RuntimeError(f"{items} of {count}")
    return f"{clock.seconds} {peak_megabytes()}"


def _copied(path: Path) -> str:
    content = path.read_bytes()
    clock = Clock()
    with path.with_suffix(".copy").open("wb") as out:
        out.write(content)
    hashlib.sha256(content).hexdigest()
    return f"{clock.seconds} {peak_megabytes()}"


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(_work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
    else:
        bench(Results())
