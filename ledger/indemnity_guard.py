"""The guard by which nobody is paid back twice: by us, and by an indemnity claim of the bank."""

from collections.abc import Iterable

from ledger.account_state import AccountState, Credit
from ledger.money import format_minor
from ledger.rejections import Code, refuse


def not_claimed(account: AccountState, receipts: Iterable[str], what: str) -> None:
    """Refuse to let money go that its payer's bank is claiming back."""
    by_receipt = {claim.receipt: claim for claim in account.claims.values()}
    for receipt in receipts:
        claim = by_receipt.get(receipt)
        if claim is not None:
            raise refuse(
                Code.CLAIM_LIVE,
                f"{what} would pay {format_minor(claim.amount_minor)} of receipt {receipt} twice:"
                f" indemnity claim {claim.claim} takes it back on {claim.debit_on.isoformat()}",
            )


def risk_accepted(credits_: Iterable[Credit], *, accepted: bool) -> None:
    """Refuse to refund a Direct Debit without a word about the claim that may still come."""
    collected = [one.receipt for one in credits_ if one.method == "direct_debit"]
    if collected and not accepted:
        raise refuse(
            Code.COLLECTION_MAY_BE_CLAIMED,
            f"receipt {collected[0]} was collected by Direct Debit: its payer can claim it back"
            " from the bank at any time, and would then be paid twice. Propose it with"
            " accepts_claim_risk when that is understood",
        )
