"""The receipt that a returned Direct Debit names, where another system collected it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from consumers.formats.returned_debit import ReturnedDebit
from ledger import events as e
from ledger import registers
from ledger.calendar import add_working_days
from ledger.ids import account_stream, stream_id
from ledger.money import format_minor
from ledger.references import find
from ledger.store_reads import StoreReads

ENTRY_AFTER_PROCESSING = 1  # working days: a payer is debited the day after Bacs processes
ENTRY_LATE_MAX = 3  # working days that a bank may show the credit later


@dataclass(slots=True)
class Receipts:
    """The Direct Debit receipts of accounts, as far as nothing was reversed."""

    store: StoreReads
    taken: set[str] = field(default_factory=set)
    _unreversed: dict[tuple[str, str], tuple[e.PaymentReceived, ...]] = field(default_factory=dict)

    def holder(self, reference: str) -> tuple[str, str] | None:
        """The account of a payment reference that we minted; None when there is none."""
        keys = [(registers.REFERENCE, one) for one in find(reference)]
        holders = {row.holder for row in self.store.registered(keys).values()}
        if len(holders) != 1:
            return None
        unit, account = holders.pop().split("|", 1)
        return unit, account

    def paid_by(
        self, item: ReturnedDebit, holder: tuple[str, str]
    ) -> tuple[e.PaymentReceived, ...]:
        """The receipts that the line may name; those of the entry day alone, when there are any."""
        due_on = add_working_days(item.originally_processed_on, ENTRY_AFTER_PROCESSING)
        last_on = add_working_days(due_on, ENTRY_LATE_MAX)
        found = tuple(
            one
            for one in self._receipts(holder)
            if one.amount_minor == item.amount_minor
            and item.originally_processed_on <= one.value_on <= last_on
            and one.receipt not in self.taken
        )
        on_the_day = tuple(one for one in found if one.value_on == due_on)
        return on_the_day or found

    @staticmethod
    def why_not(item: ReturnedDebit, found: Sequence[e.PaymentReceived]) -> str:
        """Why a line names no single receipt."""
        which = f"{len(found)} receipts" if found else "no receipt that still stands"
        return (
            f"its account has {which} by Direct Debit of"
            f" {format_minor(item.amount_minor, thousands=True)} from a collection of"
            f" {item.originally_processed_on:%-d %B %Y}: reverse the right one by hand"
        )

    def _receipts(self, holder: tuple[str, str]) -> tuple[e.PaymentReceived, ...]:
        if holder not in self._unreversed:
            facts = [one.fact for one in self.store.history(stream_id(account_stream(*holder)))]
            reversed_ = {one.receipt for one in facts if isinstance(one, e.PaymentReversed)}
            self._unreversed[holder] = tuple(
                one
                for one in facts
                if isinstance(one, e.PaymentReceived)
                and one.method == "direct_debit"
                and one.receipt not in reversed_
            )
        return self._unreversed[holder]
