"""The facts of payers that are known: whose money goes to which account, who said so, since when.

A payer is a keyed digest of a bank account or of a name, never the number or the name itself.
"""

from typing import ClassVar

from ledger.values import AliasKind, Fact


class AliasFact(Fact):
    """A fact of one payer of a unit."""

    unit: str
    kind: AliasKind
    digest: str


class PayerAliasProposed(AliasFact):
    """Money of this payer shall be taken for an account; learned from a receipt of that amount."""

    topic: ClassVar[str] = "payer-alias-proposed.v1"
    proposed_by: str
    to_unit: str
    to_account: str
    from_receipt: str
    amount_minor: int
    reason: str


class PayerAliasConfirmed(AliasFact):
    """The alias is in force from its effective date on."""

    topic: ClassVar[str] = "payer-alias-confirmed.v1"
    to_unit: str
    to_account: str


class PayerAliasRejected(AliasFact):
    """A proposed alias was turned down."""

    topic: ClassVar[str] = "payer-alias-rejected.v1"
    reason: str


class PayerAliasRevoked(AliasFact):
    """The alias is in force no more; what it has matched stays as it is."""

    topic: ClassVar[str] = "payer-alias-revoked.v1"
    to_unit: str
    to_account: str
    reason: str
