"""What every intake of bank files works with."""

from dataclasses import dataclass

from consumers.bank_accounts import BankAccounts
from consumers.keeping import Keeping
from consumers.matching.names import name_key
from consumers.matching.policy import MatchingPolicy
from ledger.authority import Actor
from ledger.handle import Ledger
from ledger.ids import intake_stream

FILES = intake_stream("bank-files")
REMITTANCES = intake_stream("remittances")


@dataclass(frozen=True, slots=True)
class IntakeParts:
    """The ledger, the places beside it, our bank accounts, and the policy by which cash matches."""

    ledger: Ledger
    keeping: Keeping
    accounts: BankAccounts
    matching: MatchingPolicy
    actor: Actor

    def payer_digest(self, name: str | None) -> str | None:
        """The keyed digest of a payer's name, in the form in which names are compared."""
        return self.keeping.digest(name_key(name)) if name else None

    def account_digest(self, account: str | None) -> str | None:
        """The keyed digest of a payer's bank account."""
        return self.keeping.digest(account) if account else None
