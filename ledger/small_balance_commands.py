"""The requests about small balances: a batch of pennies is written off under one approval."""

from typing import ClassVar

from ledger.commands import AccountCommand, SmallBalancesCommand
from ledger.values import SmallBalanceLine, SmallBalanceReason


class ProposeSmallBalances(SmallBalancesCommand):
    """Put small balances forward together; each line is within the limit of its reason."""

    action: ClassVar[str] = "propose_small_balances"
    currency: str = "GBP"
    lines: tuple[SmallBalanceLine, ...]


class ApproveSmallBalances(SmallBalancesCommand):
    """Approve a batch that another person proposed, with authority over its total."""

    action: ClassVar[str] = "approve_small_balances"


class RejectSmallBalances(SmallBalancesCommand):
    """Turn down a proposed batch."""

    action: ClassVar[str] = "reject_small_balances"
    reason: str


class WriteOffSmallBalance(AccountCommand):
    """Write off one line of an approved batch: all that is open on its invoice."""

    action: ClassVar[str] = "write_off_small_balance"
    batch: str
    invoice: str
    amount_minor: int
    reason: SmallBalanceReason
