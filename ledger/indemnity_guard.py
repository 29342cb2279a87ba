"""The guard by which nobody is paid back twice: by us, and by an indemnity claim of the bank."""

from collections.abc import Iterable

from ledger import indemnity_events as i
from ledger import suspense_events as s
from ledger.account_state import COLLECTION, AccountState, Credit, Payable
from ledger.effects import reversal_item
from ledger.money import format_minor
from ledger.receipt import ReceiptState
from ledger.rejections import Code, RefusedError, refuse


def not_claimed(account: AccountState, receipts: Iterable[str], what: str) -> None:
    """Refuse to let money go that its payer's bank is claiming back, here or where it came from."""
    by_receipt: dict[str, i.IndemnityClaimRaised | i.CreditClaimed] = {}
    by_receipt |= {claim.receipt: claim for claim in account.claimed}
    by_receipt |= {claim.receipt: claim for claim in account.claims.values()}
    for receipt in receipts:
        claim = by_receipt.get(receipt)
        if claim is not None:
            raise _paid_twice(claim, receipt, what)


def not_taken_back(
    account: AccountState,
    receipts: Iterable[str],
    what: str,
    to: tuple[str, str] | None = None,
) -> None:
    """Refuse to let money go that the bank took back, and that is owed to us where it came in.

    It may pay debts, or go back there: `to` is the account (unit, account) that it would go to.
    """
    for name, item in account.items.items():
        if name.startswith(reversal_item(COLLECTION)):
            raise refuse(
                Code.CREDIT_TAKEN_BACK,
                f"{what} waits until {name} is paid: the bank took that collection back, and"
                f" {format_minor(item.open_minor)} of it is owed by account {account.account}",
            )
    gone = {one.receipt: one for one in account.taken_back}
    for receipt in receipts:
        one = gone.get(receipt)
        if one is not None and to != (one.of_unit, one.of_account):
            raise refuse(
                Code.CREDIT_TAKEN_BACK,
                f"{what} is of receipt {receipt}, whose money the bank took back (claim"
                f" {one.claim}): transfer it to account {one.of_account} of {one.of_unit}, which"
                " owes it",
            )


def not_claimed_in_suspense(
    receipt: ReceiptState, what: str, to: tuple[str, str] | None = None
) -> None:
    """Refuse to let money leave suspense that its payer's bank is claiming back, or took back.

    What it took back and is here again can be found to be the account's that owes it (`to`).
    """
    for claim in receipt.claims:
        raise _paid_twice(claim, receipt.receipt, what)
    for claim in receipt.taken_back:
        if to != (claim.of_unit, claim.of_account):
            raise refuse(
                Code.CREDIT_TAKEN_BACK,
                f"{what} is of receipt {receipt.receipt}, whose money the bank took back (claim"
                f" {claim.claim}): identify it to account {claim.of_account} of {claim.of_unit},"
                " which owes it",
            )


def _paid_twice(
    claim: i.IndemnityClaimRaised | i.CreditClaimed | s.SuspenseClaimed, receipt: str, what: str
) -> RefusedError:
    return refuse(
        Code.CLAIM_LIVE,
        f"{what} would pay {format_minor(claim.amount_minor)} of receipt {receipt} twice:"
        f" indemnity claim {claim.claim} takes it back on {claim.debit_on.isoformat()}",
    )


def claim_on(payable: Payable, refund: str, *, paid_despite: bool | None) -> str | None:
    """The claim on the same money as a payable refund: to pay it is refused, to say so is not.

    What has left the bank is a fact, and is recorded with the claim that it was paid beside.
    """
    if not payable.claims:
        return None
    claim = payable.claims[0]
    if not paid_despite:
        raise refuse(
            Code.CLAIM_LIVE,
            f"refund {refund} must not be paid: indemnity claim {claim} takes the same"
            f" {format_minor(payable.amount_minor)} back. Stop it and record it as failed; if it"
            " has left the bank already, record it with paid_despite_claim",
        )
    return claim


def risk_accepted(credits_: Iterable[Credit], *, accepted: bool | None) -> None:
    """Refuse to refund a Direct Debit without a word about the claim that may still come."""
    collected = [one.receipt for one in credits_ if one.method == "direct_debit"]
    if collected and not accepted:
        raise _may_be_claimed(collected[0])


def risk_accepted_in_suspense(receipt: ReceiptState, *, accepted: bool | None) -> None:
    """Refuse to send a Direct Debit back without a word about the claim that may still come."""
    if receipt.method == "direct_debit" and not accepted:
        raise _may_be_claimed(receipt.receipt)


def _may_be_claimed(receipt: str) -> RefusedError:
    return refuse(
        Code.COLLECTION_MAY_BE_CLAIMED,
        f"receipt {receipt} was collected by Direct Debit: its payer can claim it back from the"
        " bank at any time, and would then be paid twice. Propose it with accepts_claim_risk when"
        " that is understood",
    )
