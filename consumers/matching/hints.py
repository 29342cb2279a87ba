"""The accounts that the clues of lines lead to, and by which rules.

The name of a payer is held against the name that the account has now; which accounts a payer has
paid is known for good. An alias is for money whose line names no account.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from consumers.matching import rules
from consumers.matching.clues import Clues
from consumers.matching.known import (
    ACCOUNTS_OF_A_PAYER_MAX,
    Key,
    Known,
    Reads,
    aliases_of,
    look_up,
    payers_of,
)
from consumers.matching.numbers import Number
from ledger import registers
from ledger.account_state import AccountState
from ledger.store_values import RegisterRow

ACCOUNTS_LOOKED_AT_MAX = 16

Place = tuple[str, str]  # unit, account
_RANK = {rule: rank for rank, rule in enumerate(rules.RULES)}


class Hint(NamedTuple):
    """One rule that leads to an account, and the text by which the payer names it, if he does.

    `is_weak` is the number of a bill that is another debtor's account number, too, or a few digits
    of which nothing says that they are a bill's: it is worth no more than an account number.
    """

    place: Place
    rule: str
    text: str = ""
    is_weak: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether the payer says by it whose account it is."""
        return self.rule in rules.SURE and not self.is_weak


class Hints:
    """The hints of the lines of a batch, by account."""

    def __init__(self, reads: Reads, clues: Sequence[Clues], unit: str, on: date) -> None:
        self._reads = reads
        self._clues = clues
        self._known = look_up(reads, clues, unit)
        found = [_hints(one, unit, self._known) for one in clues]
        self._add_aliases(found, unit, on)
        self.of_lines = [_by_place(hints) for hints in found]

    @property
    def places(self) -> list[Place]:
        """All accounts that any line leads to, each once."""
        return list(dict.fromkeys(place for of_line in self.of_lines for place in of_line))

    def confirm_payers(self, states: Mapping[Place, AccountState]) -> None:
        """Hold the payer of each line against the accounts that the line leads to."""
        paid = self._paid_by_crowded()
        for clues, of_line in zip(self._clues, self.of_lines, strict=True):
            for place, hints in of_line.items():
                state = states.get(place)
                named = state is not None and state.party_name_digest == clues.payer_name
                if clues.payer_name is None or not named:
                    hints[:] = [hint for hint in hints if hint.rule != rules.PAYER_NAME]
                else:
                    _add(hints, Hint(place, rules.PAYER_NAME))
                if clues.payer_account and _payer_key(clues.payer_account, place) in paid:
                    _add(hints, Hint(place, rules.PAYER_KNOWN))

    def _add_aliases(self, found: Sequence[list[Hint]], unit: str, on: date) -> None:
        nameless = [
            (clues, hints)
            for clues, hints in zip(self._clues, found, strict=True)
            if not any(hint.is_sure for hint in hints)
        ]
        aliases = aliases_of(self._reads, (clues for clues, _ in nameless), unit)
        for clues, hints in nameless:
            known = (aliases.get(payer) for payer in payers_of(clues))
            hints += [
                Hint((alias.to_unit, alias.to_account), rules.PAYER_ALIAS)
                for alias in known
                if alias is not None and alias.effective_on <= on
            ]

    def _paid_by_crowded(self) -> Mapping[Key, RegisterRow]:
        """Of payers with many accounts: which of those that lines lead to they have paid."""
        keys = [
            _payer_key(clues.payer_account, place)
            for clues, of_line in zip(self._clues, self.of_lines, strict=True)
            if clues.payer_account is not None
            and len(self._known.payers.get(clues.payer_account, ())) > ACCOUNTS_OF_A_PAYER_MAX
            for place in of_line
        ]
        return self._reads.registered(list(dict.fromkeys(keys))) if keys else {}


def _add(hints: list[Hint], hint: Hint) -> None:
    if hint not in hints:
        hints.append(hint)


def _payer_key(payer_account: str, place: Place) -> Key:
    return registers.PAYER, f"{payer_account}|{place[0]}|{place[1]}"


def _by_place(hints: Sequence[Hint]) -> dict[Place, list[Hint]]:
    """By account, the strongest first; no more accounts than are looked at."""
    found: dict[Place, list[Hint]] = {}
    for hint in hints:
        _add(found.setdefault(hint.place, []), hint)
    if len(found) < 2:
        return found
    strongest = sorted(
        (min(_RANK[hint.rule] for hint in of_place), place) for place, of_place in found.items()
    )
    return {place: found[place] for _, place in strongest[:ACCOUNTS_LOOKED_AT_MAX]}


def _hints(clues: Clues, unit: str, known: Known) -> list[Hint]:
    hints: list[Hint] = []
    for rule, kind, keys in (
        (rules.ACCOUNT_REFERENCE, registers.REFERENCE, clues.references),
        (rules.ACCOUNT_REFERENCE_MENDED, registers.REFERENCE, clues.mended),
        (rules.VIRTUAL_ACCOUNT, registers.VIRTUAL_ACCOUNT, (clues.virtual_account,)),
    ):
        for key in keys:
            row = known.keys.get((kind, key)) if key else None
            if key and row is not None:
                hints.append(Hint(_place(row), rule, key))
    for word in clues.numbers:
        hints += _numbered(known.keys, unit, word)
    if clues.payer_account is not None:
        hints += _under(rules.PAYER_KNOWN, known.payers.get(clues.payer_account, ()), unit)
    if clues.payer_name is not None:
        hints += _under(rules.PAYER_NAME, known.names.get(clues.payer_name, ()), unit)
    return hints


def _numbered(found: Mapping[Key, RegisterRow], unit: str, number: Number) -> Iterator[Hint]:
    key = f"{unit}|{number.text}"
    bill = found.get((registers.INVOICE, key)) if number.of != "account" else None
    account = found.get((registers.ACCOUNT, key)) if number.of != "bill" else None
    if bill is not None:
        is_others = account is not None and account.holder != bill.holder
        yield Hint(_place(bill), rules.INVOICE_NUMBER, number.text, number.is_bare or is_others)
    if account is not None:
        yield Hint(_place(account), rules.ACCOUNT_NUMBER, number.text)


def _place(row: RegisterRow) -> Place:
    unit, _, account = row.holder.partition("|")
    return unit, account


def _under(rule: str, rows: Sequence[RegisterRow], unit: str) -> Iterator[Hint]:
    if len(rows) > ACCOUNTS_OF_A_PAYER_MAX:
        return
    for row in rows:
        _, of_unit, account = row.key.split("|", 2)
        if of_unit == unit:
            yield Hint((of_unit, account), rule)
