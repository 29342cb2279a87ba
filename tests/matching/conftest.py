"""A town of debtors in memory, as far as matching asks the ledger about it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from consumers.formats.statement import BankLine, SourceSpan
from consumers.matching.match import Matched, Matcher
from consumers.matching.names import account_digest, payer_digest
from consumers.matching.policy import MatchingPolicy, parse_matching
from ledger import events as e
from ledger import registers
from ledger.account_state import AccountState, OpenInstalment, OpenItem
from ledger.aliases import STATE_SHAPE, Alias, AliasState
from ledger.digests import keyed_digest
from ledger.ids import account_stream, alias_stream, stream_id
from ledger.recorded import RecordedEvent
from ledger.references import mint
from ledger.store_values import RegisterRow, StreamRow
from ledger.streams import dump, shape_of
from ledger.values import AliasKind, AllocationTarget

DAY = date(2025, 6, 2)
POLICY = Path(__file__).parents[2] / "ledger" / "policy" / "matching.toml"


def digest(text: str) -> str:
    """The keyed digest of the town's payers."""
    return keyed_digest(b"k" * 16, text)


class Town:
    """Debtor accounts with names, bills and payers; answers like the store."""

    day = DAY

    def __init__(self, policy: MatchingPolicy) -> None:
        self.policy = policy
        self.states: dict[tuple[str, str], AccountState] = {}
        self._register: dict[tuple[str, str], RegisterRow] = {}
        self._aliases: dict[str, AliasState] = {}
        self.asked: list[str] = []  # one word for each query

    # -- what is known ---------------------------------------------------------------------------

    def open(self, account: str, name: str | None = None, unit: str = "HSG") -> str:
        """Open an account; its reference."""
        reference = mint(unit, account)
        named = payer_digest(name, digest)
        self.states[unit, account] = AccountState(
            unit=unit,
            account=account,
            reference=reference,
            debt_type="sundry",
            party=None,
            terms_days=30,
            apply_credit=True,
            currency="GBP",
            opened_on=date(2024, 4, 1),
            party_name_digest=named,
        )
        holder = f"{unit}|{account}"
        self.take(registers.ACCOUNT, holder, holder)
        self.take(registers.REFERENCE, reference, holder)
        if named is not None:
            self.take(registers.NAME, f"{named}|{holder}", holder)
        return reference

    def take(self, kind: str, key: str, holder: str) -> None:
        """Take a key of the register."""
        self._register[kind, key] = RegisterRow(kind, key, b"", holder)

    def bill(
        self,
        account: str,
        number: str,
        *parts: int,
        due_on: date = DAY,
        step_days: int = 30,
        unit: str = "HSG",
    ) -> None:
        """Issue a bill of one or more instalments, a month apart."""
        self.take(registers.INVOICE, f"{unit}|{number}", f"{unit}|{account}")
        instalments = tuple(
            OpenInstalment(
                number=place + 1,
                due_on=date.fromordinal(due_on.toordinal() + place * step_days),
                open_minor=pence,
            )
            for place, pence in enumerate(parts)
        )
        item = OpenItem(
            item=number, service="s", invoiced_on=DAY, raised_on=DAY, instalments=instalments
        )
        state = self.states[unit, account]
        self.change(account, unit, items={**state.items, number: item})

    def settle(self, account: str, number: str, unit: str = "HSG") -> None:
        """Close a bill."""
        state = self.states[unit, account]
        items = {item: one for item, one in state.items.items() if item != number}
        self.change(account, unit, items=items, settled=(*state.settled, number))

    def change(self, account: str, unit: str = "HSG", **fields: Any) -> None:  # noqa: ANN401
        """Change what is known of an account."""
        self.states[unit, account] = self.states[unit, account].model_copy(update=fields)

    def paid_from(self, payer_account: str, account: str, unit: str = "HSG") -> None:
        """A payer's bank account has paid a debtor account before."""
        known = account_digest(payer_account, digest)
        self.take(registers.PAYER, f"{known}|{unit}|{account}", f"{unit}|{account}")

    def give_virtual_account(self, account: str, number: str) -> None:
        """A number of its own to pay to."""
        self.take(registers.VIRTUAL_ACCOUNT, number, f"HSG|{account}")

    def instruct(self, account: str, *items: str) -> None:
        """The debtor says what his next payment is for."""
        fact = e.PaymentInstructionRecorded(
            unit="HSG",
            account=account,
            instruction="I-1",
            targets=tuple(AllocationTarget(item=item) for item in items),
            given_on=DAY,
            wording="as agreed",
        )
        self.change(account, instructions={"I-1": fact})

    def learn(
        self, kind: AliasKind, payer: str, account: str | None, since: date = date(2025, 1, 1)
    ) -> None:
        """A payer's alias; None revokes it."""
        known = payer_digest(payer, digest) if kind == "name" else account_digest(payer, digest)
        assert known is not None
        alias = account and Alias(to_unit="HSG", to_account=account, effective_on=since)
        self._aliases[alias_stream("HSG", kind, known)] = AliasState(
            unit="HSG", kind=kind, digest=known, alias=alias or None
        )

    # -- what the matcher asks -------------------------------------------------------------------

    def registered(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], RegisterRow]:
        self.asked.append("registered")
        return {key: self._register[key] for key in keys if key in self._register}

    def registered_under(
        self, kind: str, prefixes: Sequence[str], each_max: int = 8
    ) -> dict[str, tuple[RegisterRow, ...]]:
        self.asked.append(f"under {kind}")
        found = {
            prefix: tuple(
                row
                for (of_kind, key), row in sorted(self._register.items())
                if of_kind == kind and key.startswith(prefix)
            )[:each_max]
            for prefix in prefixes
        }
        return {prefix: rows for prefix, rows in found.items() if rows}

    def streams(self, stream_ids: Sequence[UUID]) -> dict[UUID, StreamRow]:
        self.asked.append("streams")
        wanted = set(stream_ids)
        rows = (*self._account_rows(wanted), *self._alias_rows(wanted))
        return {row.stream_id: row for row in rows}

    def history(self, stream_id: UUID) -> tuple[RecordedEvent, ...]:
        raise AssertionError(f"{stream_id} is of today's shape: nothing is to be refolded")

    def _account_rows(self, wanted: set[UUID]) -> Iterator[StreamRow]:
        for place, state in self.states.items():
            name = account_stream(*place)
            if stream_id(name) in wanted:
                yield StreamRow(stream_id(name), name, 1, shape_of(name), dump(state))

    def _alias_rows(self, wanted: set[UUID]) -> Iterator[StreamRow]:
        for name, state in self._aliases.items():
            if stream_id(name) in wanted:
                yield StreamRow(stream_id(name), name, 1, STATE_SHAPE, dump(state))

    # -- lines -----------------------------------------------------------------------------------

    @staticmethod
    def line(text: str = "", pence: int = 1_000, **fields: Any) -> BankLine:  # noqa: ANN401
        """One receipt."""
        usual: dict[str, Any] = {
            "ordinal": 1,
            "part": 1,
            "parts": 1,
            "amount_minor": pence,
            "currency": "GBP",
            "booked_on": DAY,
            "value_on": DAY,
            "bank_reference": None,
            "references": (),
            "narrative": text,
            "payer_name": None,
            "payer_account": None,
            "method": "bank_transfer",
            "reversal": False,
            "warnings": (),
            "span": SourceSpan(1, 0, 1),
        }
        return BankLine(**(usual | fields))

    def match(self, *lines: BankLine, on: date = DAY) -> list[Matched]:
        """Match lines of the unit's bank account."""
        return Matcher(self, self.policy, digest).match(lines, "HSG", on)

    def one(self, text: str = "", pence: int = 1_000, **fields: Any) -> Matched:  # noqa: ANN401
        """Match one line."""
        return self.match(self.line(text, pence, **fields))[0]


@pytest.fixture
def policy() -> MatchingPolicy:
    """The policy that is shipped."""
    return parse_matching(POLICY.read_text(encoding="utf-8"))


@pytest.fixture
def new_town(policy: MatchingPolicy) -> Callable[[], Town]:
    """Founds a town, for tests that need more than one."""
    return lambda: Town(policy)


@pytest.fixture
def town(new_town: Callable[[], Town]) -> Town:
    """A town without debtors."""
    return new_town()
