"""Which keys each command takes, so that a fact about the outside world is posted once.

A key is (kind, key). The same key with the same content is a repeat: no facts, the first answer
again. The same key with other content is a named refusal.
"""

from ledger import commands as c
from ledger.rejections import Code

MESSAGE = "message"
REFUSED = "refused"
REFERENCE = "reference"
INVOICE = "invoice"
CREDIT_NOTE = "credit-note"
RECEIPT = "receipt"
ACCOUNT = "account"
FILE = "file"
STATEMENT = "statement"

# kind -> the refusal when the key is taken by other content, in precedence
CONFLICTS: dict[str, Code] = {
    MESSAGE: Code.MESSAGE_EXISTS_WITH_DIFFERENT_CONTENT,
    INVOICE: Code.INVOICE_EXISTS_WITH_DIFFERENT_CONTENT,
    CREDIT_NOTE: Code.CREDIT_NOTE_EXISTS_WITH_DIFFERENT_CONTENT,
    RECEIPT: Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT,
    ACCOUNT: Code.ACCOUNT_EXISTS_WITH_DIFFERENT_CONTENT,
}


def natural_key(command: c.AnyCommand) -> tuple[str, str] | None:
    """The key by which the outside world names what the command is about, if it has one."""
    match command:
        case c.IssueInvoice():
            return INVOICE, f"{command.unit}|{command.invoice}"
        case c.CreditInvoice():
            return CREDIT_NOTE, f"{command.unit}|{command.credit_note}"
        case c.ReceivePayment() | c.SuspendReceipt():
            return RECEIPT, command.receipt
        case c.OpenAccount():
            return ACCOUNT, f"{command.unit}|{command.account}"
        case _:
            return None


def holder(command: c.AnyCommand) -> str:
    """Who holds the key: `unit|account`, or empty for a receipt in suspense."""
    return f"{command.unit}|{command.account}" if isinstance(command, c.AccountCommand) else ""
