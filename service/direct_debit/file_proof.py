"""The kept file of a run held against the ledger: its SHA-256, and every field of every item.

Bank details are opened as for the writing of the file, are compared, and are in no message: a
difference says whose they are and which field differs.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from consumers.formats import bureau_csv_read, standard18_read
from consumers.formats.errors import ControlTotalError, FormatError
from consumers.formats.standard18_read import InstructionLine, ReadContra
from consumers.formats.standard18_values import (
    NOTICES,
    Instruction,
    Originator,
    Submission,
    printed_name,
)
from ledger.collection_run import CollectionRunState
from ledger.money import format_minor
from service.direct_debit.run_file import instructions, items, layout_of, submission_of
from service.raw_files import RawFileDamagedError
from service.wiring import App

_BANK_DETAILS = ("payer_sort_code", "payer_account", "payer_name")
_SHOWN = {"code": "transaction code", "account": "account of ours", "user_name": "name of ours"}


class FileProof(NamedTuple):
    """What the kept file has: collections and their minor units, None when it cannot be read."""

    items: int | None
    amount_minor: int | None
    note: str
    differences: tuple[str, ...] = ()


def prove_file(app: App, state: CollectionRunState, upto: int) -> FileProof:
    """Hold the kept file of a run against the ledger. The read models must have caught up."""
    if state.written is None:
        return FileProof(None, None, "it was not made yet")
    path = app.raw.path(state.written.digest)
    if not path.exists():
        return FileProof(None, None, "its kept copy was removed")
    held = _Held(app, state, path)
    try:
        held.compare(upto)
    except FormatError as error:
        return FileProof(None, None, _unreadable(error), _digest(app, state))
    note = f"SHA-256 {state.written.digest[:12]}"
    if held.erased:
        note += f", bank details of {len(held.erased):,} erased payers are not compared"
    return FileProof(held.count, held.total, note, (*_digest(app, state), *held.differences()))


def _digest(app: App, state: CollectionRunState) -> tuple[str, ...]:
    if state.written is None:
        return ()
    try:
        app.raw.check(state.written.digest)
    except RawFileDamagedError:
        return ("file: the SHA-256 of its kept copy is not the one that was recorded",)
    return ()


def _unreadable(error: FormatError) -> str:
    """Which line and field cannot be read; not its value, which may be somebody's account."""
    why = error.reason if isinstance(error, ControlTotalError) else f"line {error.line}"
    return f"its kept copy is not what was sent: {error.field}, {why}"


class _Held:
    """The items of both, beside each other, and what is left of either.

    Both are in the order of the run, so what is the same is let go at once, and what was left out
    or put in moves the rest by one place only: a file of any size needs a table of a few.
    """

    def __init__(self, app: App, state: CollectionRunState, path: Path) -> None:
        self._app, self._opened, self._path = app, state.opened, path
        self._submission = submission_of(state.opened)
        self._left = Counter[Instruction]()
        self._labels: list[str] = []
        self.erased: set[str] = set()
        self.count = self.total = 0

    def compare(self, upto: int) -> None:
        """Go through both. Raises FormatError."""
        with items(self._app, self._opened.run, upto) as found:
            ours = instructions(self._app, self._opened, found, self.erased)
            for own, sent in zip_longest(ours, self._sent()):
                known = self._known(sent)
                if own != known:
                    self._count(own, 1)
                    self._count(known, -1)

    def _count(self, one: Instruction | None, number: int) -> None:
        if one is not None:
            self._left[one] += number
            if not self._left[one]:
                del self._left[one]

    def _known(self, one: Instruction | None) -> Instruction | None:
        if one is None or one.reference not in self.erased:
            return one
        return one._replace(payer_sort_code="", payer_account="", payer_name="")

    def _sent(self) -> Iterator[Instruction]:
        for one in self._lines():
            match one:
                case InstructionLine():
                    if one.instruction.code not in NOTICES:
                        self.count += 1
                        self.total += one.instruction.amount_minor
                    yield one.instruction
                case Submission():
                    self._label(one)
                case ReadContra():
                    self._contra(one)
                case _:
                    pass

    def _lines(self) -> Iterator[object]:
        if self._opened.layout == "standard18":
            return standard18_read.read(self._path)
        layout = layout_of(self._app, self._opened.layout)
        return bureau_csv_read.read(layout, self._submission, self._path)

    def _label(self, found: Submission) -> None:
        ours = self._submission._replace(originators=())
        for field, own, sent in zip(found._fields, ours, found, strict=True):
            if own != sent:
                name = field.replace("_", " ")
                self._labels.append(f"the file has {name} {sent}, the ledger {own}")

    def _contra(self, found: ReadContra) -> None:
        (own,) = self._submission.originators
        printed = Originator(own.account, printed_name(own.name), printed_name(own.narrative))
        if found.originator != printed:
            self._labels.append(
                f"the contra on line {found.contra.line} of the file is not on our account"
            )

    def differences(self) -> Iterator[str]:
        """What differs, item by item; of one that is on both sides, the fields."""
        yield from self._labels
        sent: dict[str, list[Instruction]] = {}
        for one in (-self._left).elements():
            sent.setdefault(one.reference, []).append(one)
        for own in (+self._left).elements():
            others = sent.get(own.reference)
            if others:
                yield from _differing(own, others.pop(0))
            else:
                yield f"{_item(own)} is in the ledger and not in the file"
        for others in sent.values():
            for one in others:
                yield f"{_item(one)} is in the file and not in the ledger"


def _item(one: Instruction) -> str:
    what = f"instruction {one.code}" if one.code in NOTICES else format_minor(one.amount_minor)
    return f"{one.reference} {what}"


def _differing(own: Instruction, sent: Instruction) -> Iterator[str]:
    for field, ours, theirs in zip(own._fields, own, sent, strict=True):
        if ours == theirs:
            continue
        if field == "amount_minor":
            was, now = format_minor(own.amount_minor), format_minor(sent.amount_minor)
            yield f"{own.reference} {was} is {now} in the file"
        elif field in _BANK_DETAILS:
            what = field.replace("_", " ").replace("payer ", "payer's ")
            yield f"{_item(own)}: the {what} in the file is not that of the mandate"
        else:
            what = _SHOWN.get(field, "processing day")
            yield f"{_item(own)}: the {what} is {ours} in the ledger, {theirs} in the file"
