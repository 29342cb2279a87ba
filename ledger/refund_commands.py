"""The request about a refund that concerns a receipt in suspense too."""

from typing import ClassVar

from ledger.commands import AccountCommand


class IdentifyReturnedRefund(AccountCommand):
    """Say that a receipt in suspense is the bank's credit of a refund that came back.

    A refund that still counts as paid has failed by this; the credit is on the account once.
    """

    action: ClassVar[str] = "identify_returned_refund"
    looks_back: ClassVar[bool] = True
    refund: str
    receipt: str
    reason: str
