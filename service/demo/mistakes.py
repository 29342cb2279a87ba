"""The mistakes that are planted among the billing messages, each with what must become of it.

A bill that is refused comes again, corrected, with the next run, as it does in life.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from service.demo.council import FIRST_DAY, LAST_DAY
from service.demo.runs import Record, Run

_Bill = dict[str, Any]
_Spoil = Callable[[_Bill], None]
TIMES = 2  # that each kind of spoilt bill is planted
_NOT_JSON = '{"unit": "COR", "account": "600'  # a line that was cut off
_NO_SUCH_ACCOUNT = "9999999"


@dataclass(slots=True)
class Planted:
    """What was planted and must be found, exactly; `again` are files delivered a second time."""

    refused_messages: int = 0
    repeated_messages: int = 0
    refused_files: int = 0
    quarantined_rows: int = 0
    duplicate_lines: int = 0
    again: list[str] = field(default_factory=list)


def plant_in_messages(rng: Random, runs: Sequence[Run], careful: frozenset[str]) -> Planted:
    """Plant the mistakes of the billing systems in their runs, which are changed."""
    planted = Planted()
    bills = [run for run in runs if run.schema == "InvoiceIssued" and run.on >= FIRST_DAY]
    before = LAST_DAY - timedelta(days=40)
    scheduled = [run for run in bills if not run.late and run.on < before]
    pick = _Pick(rng, scheduled, careful, set())
    again = scheduled.pop(rng.randrange(1, len(scheduled) - 1))
    planted.again.append(again.name)
    planted.repeated_messages += len(again.records)
    for spoil in _SPOILS * TIMES:
        _spoil_one(pick, spoil)
    for _ in range(TIMES):
        _of_no_account(pick)
        _other_content(pick)
        _sent_twice(pick)
    planted.refused_messages += (len(_SPOILS) + 2) * TIMES
    planted.repeated_messages += TIMES
    planted.refused_messages += _lines_that_are_none(rng, [run for run in bills if run.late])
    planted.refused_messages += _bad_credit_notes(pick, runs)
    return planted


@dataclass(frozen=True, slots=True)
class _Pick:
    """Picks a bill that nothing else was done to: its run, the run after it, and its place."""

    rng: Random
    runs: list[Run]
    careful: frozenset[str]
    used: set[str]

    def bill(self) -> tuple[Run, Run, int, Record]:
        while True:
            place = self.rng.randrange(len(self.runs) - 1)
            run = self.runs[place]
            at = self.rng.randrange(len(run.records))
            found = run.records[at]
            if isinstance(found, str) or found["instalments"]:
                continue
            if found["account"] in self.careful:
                continue
            if found["invoice_number"] not in self.used:
                self.used.add(found["invoice_number"])
                return run, self.runs[place + 1], at, found


def _spoil_one(pick: _Pick, spoil: _Spoil) -> None:
    """Spoil a bill and send the right one with the next run."""
    run, following, at, good = pick.bill()
    bad = _copy(good)
    spoil(bad)
    run.records[at] = bad
    following.records.append(good)


def _of_no_account(pick: _Pick) -> None:
    run, _, _, bill = pick.bill()
    number = f"{bill['invoice_number']}X"
    run.records.append({**bill, "account": _NO_SUCH_ACCOUNT, "invoice_number": number})


def _other_content(pick: _Pick) -> None:
    """A number that is used again for another bill."""
    _, following, _, bill = pick.bill()
    following.records.append({**bill, "description": "Additional charge"})


def _sent_twice(pick: _Pick) -> None:
    run, _, _, bill = pick.bill()
    run.records.append(bill)


def _lines_that_are_none(rng: Random, late: Sequence[Run]) -> int:
    """A line that is cut off, and an amount written as a number with a fraction."""
    run = rng.choice(late)
    run.records.append(_NOT_JSON)
    run.records.append('{"unit": "COR", "invoice_number": "HIR9", "total_gross": 12.50}')
    return 2


def _bad_credit_notes(pick: _Pick, runs: Sequence[Run]) -> int:
    """A note above the bill, one for a reason that is not listed, one that nobody directed."""
    notes = [run for run in runs if run.schema == "CreditNote"]
    for change in (
        {"total_gross": 90_000_00},
        {"reason": "OTHER"},
        {"authorised_by": " "},
    ):
        run = pick.rng.choice(notes)
        good = next(record for record in run.records if not isinstance(record, str))
        lines = [dict(line) for line in good["lines"]] or [_credit_line(good)]
        bad = {**good, "lines": lines, "whole": False, **change}
        bad["credit_note_number"] = f"{good['credit_note_number']}-{len(run.records)}"
        if "total_gross" in change:
            lines[:] = [{**lines[0], "net": change["total_gross"], "vat": 0}]
        run.records.append(bad)
    return 3


def _credit_line(note: Record) -> dict[str, Any]:
    return {
        "service": "HOUSING-RENT",
        "cost_code": "HRA-1100",
        "vat_code": "E",
        "net": note["total_gross"],
        "vat": 0,
    }


def _copy(record: Record) -> _Bill:
    return {**record, "lines": [dict(line) for line in record["lines"]]}


def _wrong_vat(bill: _Bill) -> None:
    bill["lines"][0]["vat"] += 1_00
    bill["total_vat"] += 1_00
    bill["total_gross"] += 1_00


def _due_too_early(bill: _Bill) -> None:
    bill["due_date"] = bill["invoice_date"] - timedelta(days=30)


def _wrong_total(bill: _Bill) -> None:
    bill["total_gross"] += 10_00


def _no_coding(bill: _Bill) -> None:
    bill["lines"][0]["cost_code"] = ""


def _unknown_vat_code(bill: _Bill) -> None:
    bill["lines"][0]["vat_code"] = "T9"


_SPOILS: tuple[_Spoil, ...] = (
    _wrong_vat,
    _due_too_early,
    _wrong_total,
    _no_coding,
    _unknown_vat_code,
)
