"""What every intake of bank files works with."""

from dataclasses import dataclass

from consumers.bank_accounts import BankAccounts
from consumers.keeping import Keeping
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
