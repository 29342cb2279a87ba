"""Which keys each command takes, so that a fact about the outside world is posted once.

A key is (kind, key). The same key with the same content is a repeat: no facts, the first answer
again. The same key with other content is a named refusal.
"""

from ledger import commands as c
from ledger import events as e
from ledger import small_balance_commands as b
from ledger import suspense_commands as sc
from ledger import suspense_events as s
from ledger.rejections import Code
from ledger.values import Fact

MESSAGE = "message"
REFUSED = "refused"
REFERENCE = "reference"
INVOICE = "invoice"
CREDIT_NOTE = "credit-note"
RECEIPT = "receipt"
ACCOUNT = "account"
PAYER = "payer"  # a payer's account and a debtor account that it has paid: learned, never refused
REFUTED = "payer-refuted"  # a payer's account and a debtor account that was found not to be his
NAME = "name"  # the name of a party and a debtor account that it has: learned, never refused
VIRTUAL_ACCOUNT = "virtual-account"
COMMAND = "command"  # names that officers give: transfers, refunds, write-offs, returns

# kind -> the refusal when the key is taken by other content, in precedence
CONFLICTS: dict[str, Code] = {
    MESSAGE: Code.MESSAGE_EXISTS_WITH_DIFFERENT_CONTENT,
    INVOICE: Code.INVOICE_EXISTS_WITH_DIFFERENT_CONTENT,
    CREDIT_NOTE: Code.CREDIT_NOTE_EXISTS_WITH_DIFFERENT_CONTENT,
    RECEIPT: Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT,
    ACCOUNT: Code.ACCOUNT_EXISTS_WITH_DIFFERENT_CONTENT,
    COMMAND: Code.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT,
    VIRTUAL_ACCOUNT: Code.VIRTUAL_ACCOUNT_ASSIGNED_ELSEWHERE,
}


def natural_key(command: c.AnyCommand) -> tuple[str, str] | None:
    """The key by which the outside world names what the command is about, if it has one."""
    match command:
        case c.IssueInvoice():
            return INVOICE, f"{command.unit}|{command.invoice}"
        case c.CreditInvoice():
            return CREDIT_NOTE, f"{command.unit}|{command.credit_note}"
        case c.ReceivePayment() | sc.SuspendReceipt():
            return RECEIPT, command.receipt
        case sc.SplitSuspense() | c.MoveToSuspense():
            return RECEIPT, command.new_receipt
        case c.OpenAccount():
            return ACCOUNT, f"{command.unit}|{command.account}"
        case c.TransferCredit():
            return COMMAND, f"transfer|{command.transfer}"
        case c.ProposeRefund():
            return COMMAND, f"refund|{command.unit}|{command.refund}"
        case c.ProposeWriteOff():
            return COMMAND, f"write-off|{command.unit}|{command.write_off}"
        case sc.ProposeSuspenseReturn():
            return COMMAND, f"return|{command.receipt}|{command.suspense_return}"
        case _:
            return _named_key(command)


def _named_key(command: c.AnyCommand) -> tuple[str, str] | None:
    match command:
        case c.AssignVirtualAccount():
            return VIRTUAL_ACCOUNT, command.virtual_account
        case c.RecordPaymentInstruction():
            return COMMAND, f"instruction|{command.unit}|{command.instruction}"
        case b.ProposeSmallBalances():
            return COMMAND, f"small-balances|{command.batch}"
        case b.WriteOffSmallBalance():
            return COMMAND, f"small-balance|{command.batch}|{command.unit}|{command.invoice}"
        case _:
            return None


def learned_keys(command: c.AnyCommand) -> tuple[tuple[str, str], ...]:
    """The keys of what a command may teach: who pays for whom, who bears which name."""
    match command:
        case c.ReceivePayment():
            return payer_keys(command.payer_account_digest, command.unit, command.account)
        case c.OpenAccount() | c.AmendAccount():
            return _name_keys(command.party_name_digest, command.unit, command.account)
        case _:
            return ()


def payer_keys(digest: str | None, unit: str, account: str) -> tuple[tuple[str, str], ...]:
    """The key that says that a payer's account has paid a debtor account; none without digest."""
    return () if digest is None else ((PAYER, f"{digest}|{unit}|{account}"),)


def _refuted(fact: s.ReceiptMovedToSuspense) -> tuple[tuple[str, str], ...]:
    """What a receipt that was not its account's teaches: that payer is not this debtor."""
    if fact.from_account is None or fact.payer_account_digest is None:
        return ()
    return ((REFUTED, f"{fact.payer_account_digest}|{fact.from_unit}|{fact.from_account}"),)


def _name_keys(digest: str | None, unit: str, account: str) -> tuple[tuple[str, str], ...]:
    return () if digest is None else ((NAME, f"{digest}|{unit}|{account}"),)


def holder(command: c.AnyCommand) -> str:
    """Who holds the key: `unit|account`, or empty for a receipt in suspense."""
    return f"{command.unit}|{command.account}" if isinstance(command, c.AccountCommand) else ""


# the kinds whose every row has a fact in the log that says the same
KINDS_OF_FACTS = (
    INVOICE, CREDIT_NOTE, RECEIPT, ACCOUNT, REFERENCE, VIRTUAL_ACCOUNT, PAYER, REFUTED, NAME,
)  # fmt: skip
LEARNED = frozenset(
    {PAYER, REFUTED, NAME}
)  # held by the first fact that shows them; others say it again
SHOWN_ONLY = LEARNED | {REFERENCE}  # taken because a fact shows them, never asked for by a name


def is_taken_when_shown(kind: str, key: str) -> bool:
    """Whether no command names a key: it is taken because a fact shows it.

    So is the receipt by which a claim takes money off an account that it was found for.
    """
    return kind in SHOWN_ONLY or (kind == RECEIPT and key.startswith("CLAIM:"))


def keys_of_fact(fact: Fact) -> tuple[tuple[str, str], ...]:
    """The keys that a fact shows to be taken; the other direction of `natural_key`."""
    match fact:
        case e.InvoiceIssued():
            return ((INVOICE, f"{fact.unit}|{fact.invoice}"),)
        case e.CreditNoteProposed() | e.InvoiceCredited():
            return ((CREDIT_NOTE, f"{fact.unit}|{fact.credit_note}"),)
        case e.PaymentReceived():
            learned = payer_keys(fact.payer_account_digest, fact.unit, fact.account)
            # What was identified from suspense took its key when it was suspended.
            own = () if fact.from_suspense is not None else ((RECEIPT, fact.receipt),)
            return (*own, *learned)
        case s.ReceiptSuspended():
            return ((RECEIPT, fact.receipt),)
        case s.ReceiptMovedToSuspense():
            return ((RECEIPT, fact.receipt), *_refuted(fact))
        case e.AccountOpened():
            learned = _name_keys(fact.party_name_digest, fact.unit, fact.account)
            account = ACCOUNT, f"{fact.unit}|{fact.account}"
            return (account, (REFERENCE, fact.reference), *learned)
        case e.AccountAmended():
            return _name_keys(fact.party_name_digest, fact.unit, fact.account)
        case e.VirtualAccountAssigned():
            return ((VIRTUAL_ACCOUNT, fact.virtual_account),)
        case _:
            return ()


def holder_of_fact(fact: Fact) -> str:
    """Who holds the keys of a fact: `unit|account`, or empty for a receipt in suspense."""
    return f"{fact.unit}|{fact.account}" if isinstance(fact, e.AccountFact) else ""
