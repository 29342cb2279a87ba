"""The requests about payer aliases: a payer whose money goes to one debtor account.

An alias is proposed when a person has found whose money it was ("remember this payer?"). A payer
is known by a keyed digest only: of a bank account (`kind` "account") or of a name ("name").
"""

from typing import ClassVar

from ledger.commands import AliasCommand


class ProposePayerAlias(AliasCommand):
    """Ask that money of this payer be taken for this account from now on.

    `from_receipt` is the receipt by which it was learned, and `amount_minor` its amount: who may
    confirm an alias of so much has confirmed it by proposing, otherwise a second person must.
    """

    action: ClassVar[str] = "propose_payer_alias"
    to_unit: str
    to_account: str
    from_receipt: str
    amount_minor: int
    reason: str


class ConfirmPayerAlias(AliasCommand):
    """Put an alias in force that another person proposed."""

    action: ClassVar[str] = "confirm_payer_alias"


class RejectPayerAlias(AliasCommand):
    """Turn down a proposed alias."""

    action: ClassVar[str] = "reject_payer_alias"
    reason: str


class RevokePayerAlias(AliasCommand):
    """End an alias; what it has matched stays as it is."""

    action: ClassVar[str] = "revoke_payer_alias"
    reason: str
