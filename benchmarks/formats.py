"""How fast bank files and the reports of Bacs are read, and in how much memory.

100,000 entries of each format of a bank, 10,000 items of each report: a large council in a day.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

from consumers.formats import (
    arudd_write,
    bacs_advices_write,
    bacs_claims_write,
    camt053,
    csv_profile,
)
from consumers.formats.accounts import gb_iban
from consumers.formats.bacs_items import IndemnityClaim, InstructionAdvice
from consumers.formats.profiles import packaged_profiles
from consumers.formats.statement import SourceSpan

ROWS = 100_000
ITEMS = 10_000
NOWHERE = SourceSpan(0, 0, 0)
DAY = date(2026, 4, 1)
# A process of its own, so that its peak is the reader's and not the writer's.
READ = """
import sys, time
from pathlib import Path
from benchmarks.ground import peak_megabytes
from consumers.formats.control import checked
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import recognise
path = Path(sys.argv[1])
started = time.perf_counter()
found = recognise(path, packaged_profiles())
if type(found).__name__ == "StatementFile":
    rows = sum(1 for _ in checked(found.reader(path), path.name)) - 2
else:
    rows = sum(1 for _ in found.reader(path))
seconds = time.perf_counter() - started
print(rows, f"{seconds:.2f}", peak_megabytes())
"""


class _Entries:
    """As many credits as asked for, each with a payer and a reference; none is kept."""

    def __iter__(self) -> Iterator[camt053.OutEntry]:
        for number in range(ROWS):
            detail = camt053.OutDetail(
                amount_minor=1_000 + number,
                end_to_end_id=f"HSG-{number:06d}",
                party_name="MRS A OKAFOR",
                party_iban=gb_iban("BARC", "200000", "55779911"),
                remittance=(f"INV {number:06d}",),
            )
            yield camt053.OutEntry(1_000 + number, DAY, DAY, details=(detail,))


def bench() -> list[tuple[str, str]]:
    """What was measured, and the figure with its unit."""
    with tempfile.TemporaryDirectory() as folder:
        xml, text = Path(folder) / "camt.xml", Path(folder) / "lloyds.csv"
        return [*_camt(xml), *_csv(text), *_bacs(Path(folder) / "bacs.xml")]


def _camt(path: Path) -> list[tuple[str, str]]:
    started = time.perf_counter()
    iban = gb_iban("LOYD", "300000", "12345678")
    statement = camt053.OutStatement(iban, "S", 1, DAY, DAY, 0, _Entries())
    with path.open("wb") as out:
        camt053.write([statement], out)
    written = ("camt.053 written", f"{ROWS:,} entries in {time.perf_counter() - started:.1f} s")
    return [written, ("camt.053 read and proved", _read(path))]


def _csv(path: Path) -> list[tuple[str, str]]:
    profile = next(profile for profile in packaged_profiles() if profile.name == "lloyds")
    rows = (
        csv_profile.OutRow("300000-12345678", DAY, 100, f"INV {n}", balance_minor=n * 100)
        for n in range(ROWS)
    )
    with path.open("wb") as out:
        csv_profile.write(profile, rows, out)
    return [("CSV read and proved", _read(path))]


def _bacs(path: Path) -> list[tuple[str, str]]:
    figures = []
    for what, write in (
        ("ARUDD", _write_arudd),
        ("ADDACS", _write_addacs),
        ("DDICA", _write_ddica),
    ):
        with path.open("wb") as out:
            write(out)
        figures.append((f"{what} read and proved", _read(path)))
    return figures


def _write_arudd(out: BinaryIO) -> None:
    returns = (
        arudd_write.OutReturn(
            f"HSG{number:08d}", 100 + number, "0128", "REFER TO PAYER", DAY, "200000-55779911", "A"
        )
        for number in range(ITEMS)
    )
    arudd_write.write([arudd_write.OutReturns("300000-12345678", "COUNCIL", returns)], out, DAY)


def _write_addacs(out: BinaryIO) -> None:
    advices = (
        InstructionAdvice(
            *(NOWHERE, "ADDACS", f"HSG{number:08d}", "3", DAY, DAY, "200000", "55779911", "A"),
            *("400000", "55779912", "400123", str(number), "A", DAY),
        )
        for number in range(1, ITEMS + 1)
    )
    bacs_advices_write.write(advices, out, "ADDACS", DAY)


def _write_ddica(out: BinaryIO) -> None:
    claims = [
        IndemnityClaim(
            *(NOWHERE, str(number), f"BARC{number:08d}", f"HSG{number:08d}", "5", "NONE HELD"),
            *(((DAY, 6_500), (DAY, number)), 6_500 + number, DAY, False, "200000", "55779911"),
            *("A", 1, "400123"),
        )
        for number in range(1, ITEMS + 1)
    ]
    bacs_claims_write.write(claims, out, "400123", DAY)


def _read(path: Path) -> str:
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-c", READ, str(path)]
    told = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    rows, seconds, peak = told.split()
    return f"{int(rows):,} rows in {seconds} s, {peak} MB, {path.stat().st_size >> 20} MB of file"


if __name__ == "__main__":
    for what, figure in bench():
        print(f"{what:28} {figure}")
