"""What is left of a receipt in suspense, and the guards that its deciders share."""

from datetime import date

from ledger import suspense_commands as sc
from ledger.decision import Context, asked_date, not_before
from ledger.money import format_minor
from ledger.receipt import ReceiptState
from ledger.rejections import Code, refuse


def known(state: ReceiptState | None, receipt: str) -> ReceiptState:
    """A receipt that is, or was, in suspense."""
    if state is None:
        raise refuse(Code.RECEIPT_NOT_IN_SUSPENSE, f"receipt {receipt} was never in suspense")
    return state


def held(state: ReceiptState | None, receipt: str) -> ReceiptState:
    """A receipt of which something is still in suspense."""
    if state is None or state.held_minor == 0:
        raise refuse(Code.RECEIPT_NOT_IN_SUSPENSE, f"receipt {receipt} is not in suspense")
    return state


def absent(state: ReceiptState | None, receipt: str) -> None:
    """Refuse a name that a receipt in suspense has, or had."""
    if state is not None:
        raise refuse(
            Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT,
            f"receipt {receipt} is already in suspense",
        )


def part(
    state: ReceiptState | None,
    command: sc.IdentifySuspense | sc.TransferSuspense | sc.ProposeSuspenseReturn,
    context: Context,
) -> tuple[ReceiptState, int]:
    """The receipt and the amount of it that is meant, when the actor may dispose of so much."""
    context.authorise(command.action, command.amount_minor or 0)
    receipt = held(state, command.receipt)
    amount = receipt.held_minor if command.amount_minor is None else command.amount_minor
    context.authorise(command.action, amount)
    return receipt, amount


def not_above(receipt: ReceiptState, amount_minor: int) -> None:
    """Refuse more than is held and is not proposed to go back to its payer."""
    waiting = sum(proposal.amount_minor for proposal in receipt.returns.values())
    if amount_minor > receipt.held_minor - waiting:
        raise refuse(
            Code.EXCEEDS_SUSPENSE,
            f"{format_minor(amount_minor)} is more than the {format_minor(receipt.held_minor)} of"
            f" receipt {receipt.receipt} in suspense, less {format_minor(waiting)} proposed to go"
            " back to its payer",
        )


def leaving_on(receipt: ReceiptState, context: Context) -> date:
    """When money leaves: as asked, but not before it came."""
    asked = asked_date(context)
    not_before(context, receipt.value_on, "the receipt's value date")
    return max(asked, receipt.raised_on)


def payer_of_part(
    command: sc.SplitSuspense, of_whole: tuple[str | None, str | None]
) -> tuple[str | None, str | None]:
    """The digests of a part's payer, of name and account: the whole's when none is given."""
    own = command.payer_digest, command.payer_account_digest
    return of_whole if own == (None, None) else own
