"""The facts of a batch of small balances: what was put forward, and the one approval over it."""

from typing import ClassVar, TypeAlias

from ledger.values import Fact, SmallBalanceLine


class SmallBalancesFact(Fact):
    """A fact of one batch of small balances."""

    batch: str


class SmallBalancesProposed(SmallBalancesFact):
    """Small balances are put forward together; no money moves yet."""

    topic: ClassVar[str] = "small-balances-proposed.v1"
    proposed_by: str
    currency: str
    total_minor: int
    lines: tuple[SmallBalanceLine, ...]


class SmallBalancesApproved(SmallBalancesFact):
    """Another person approved the total: each line may now be written off, once."""

    topic: ClassVar[str] = "small-balances-approved.v1"
    currency: str
    total_minor: int


class SmallBalancesRejected(SmallBalancesFact):
    """A proposed batch was turned down."""

    topic: ClassVar[str] = "small-balances-rejected.v1"
    reason: str


SmallBalancesEvent: TypeAlias = (
    SmallBalancesProposed | SmallBalancesApproved | SmallBalancesRejected
)
