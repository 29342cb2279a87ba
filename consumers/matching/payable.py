"""What can be matched: a line of a bank's statement and a payment of a remittance advice alike."""

from typing import Protocol

from consumers.formats.methods import Method


class Payable(Protocol):
    """One payment as somebody else wrote it; the amount in minor units."""

    @property
    def amount_minor(self) -> int:
        """The money; positive when it is ours."""

    @property
    def references(self) -> tuple[str, ...]:
        """What is in fields that are meant for references."""

    @property
    def narrative(self) -> str:
        """Free text."""

    @property
    def payer_name(self) -> str | None:
        """The payer as the bank calls him."""

    @property
    def payer_account(self) -> str | None:
        """The payer's bank account in its one spelling."""

    @property
    def method(self) -> Method:
        """By what means it was paid."""
