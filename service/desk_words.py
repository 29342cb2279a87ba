"""Facts as an officer says them: what happened to a receipt, to a payer, to a batch."""

from ledger import alias_events as a
from ledger import events as e
from ledger import mandate_events as m
from ledger import quarantine_events as q
from ledger import small_balance_events as b
from ledger import suspense_events as s
from ledger.values import AliasKind, Fact
from service.desk_account_words import of_account, titled
from service.desk_claim_words import of_claim
from service.desk_mandate_words import of_mandate
from service.desk_rules import why_held
from service.explain_terms import BY_METHOD, REVERSED, day, money

PAYER: dict[AliasKind, str] = {"account": "bank account", "name": "name"}


def words(fact: Fact) -> str:
    """One sentence about a fact, without its full stop."""
    match fact:
        case s.ReceiptFact():
            return _of_receipt(fact)
        case e.AccountFact():
            return of_account(fact)
        case m.MandateFact():
            return f"mandate {fact.mandate}: {of_mandate(fact)}"
        case a.AliasFact():
            return _of_alias(fact)
        case b.SmallBalancesFact():
            return _of_batch(fact)
        case q.QuarantineFact():
            return _of_quarantine(fact)
        case _:
            return titled(fact.topic)


def _of_quarantine(fact: q.QuarantineFact) -> str:
    match fact:
        case q.StreamQuarantined():
            return f"{fact.stream} was stopped: {fact.breach}"
        case q.StreamReleased():
            return f"{fact.stream} takes commands again: {fact.reason}"
        case _:
            return titled(fact.topic)


def _of_receipt(fact: s.ReceiptFact) -> str:
    match fact:
        case s.ReceiptSuspended():
            way = f"{money(fact.amount_minor, fact.currency)} came{BY_METHOD[fact.method]}"
            why = why_held(fact.reason)
            return f"{way} with value of {day(fact.value_on)} and was put in suspense: {why}"
        case s.ReceiptMovedToSuspense():
            return _moved(fact)
        case s.SuspenseSplit():
            amount = money(fact.amount_minor, fact.currency)
            return f"{amount} of it became receipt {fact.new_receipt}: {fact.reason}"
        case s.SuspenseAssigned():
            return f"{fact.assigned_by} gave it to {fact.owner} to look after"
        case s.SuspenseIdentified():
            place = f"{fact.to_unit}/{fact.to_account}"
            amount = money(fact.amount_minor, fact.currency)
            return f"{amount} of it was found to belong to {place}: {fact.reason}"
        case s.SuspenseIdentifiedAsRun():
            amount = money(fact.amount_minor, fact.currency)
            return f"{amount} of it is the bank's credit of Direct Debit run {fact.to_run}"
        case s.SuspenseIdentifiedAsRefund():
            amount = money(fact.amount_minor, fact.currency)
            place = f"{fact.to_unit}/{fact.to_account}"
            return f"{amount} of it is refund {fact.refund} of {place}, which came back"
        case s.SuspenseTransferred():
            amount = money(fact.amount_minor, fact.currency)
            return f"{amount} of it went to GL code {fact.to_gl_account}: {fact.reason}"
        case s.SuspenseClaimed() | s.SuspenseClaimClosed():
            return of_claim(fact)
        case s.SuspenseReversed():
            return f"{money(fact.amount_minor, fact.currency)} went back: {REVERSED[fact.reason]}"
        case _:
            return _of_return(fact)


def _moved(fact: s.ReceiptMovedToSuspense) -> str:
    amount = money(fact.amount_minor, fact.currency)
    if fact.from_receipt is not None:
        return (
            f"{amount} of receipt {fact.from_receipt} became receipt {fact.receipt}: {fact.reason}"
        )
    place = f"{fact.from_unit}/{fact.from_account}"
    return f"{amount} came back to suspense from {place} as receipt {fact.receipt}: {fact.reason}"


def _of_return(fact: s.ReceiptFact) -> str:
    match fact:
        case s.SuspenseReturnProposed():
            amount = money(fact.amount_minor, fact.currency)
            asked = f"{fact.proposed_by} proposed to send {amount} back to the payer"
            return f"{asked} ({fact.way} {fact.suspense_return}): {fact.reason}"
        case s.SuspenseReturnApproved():
            amount = money(fact.amount_minor, fact.currency)
            return f"{fact.suspense_return} of {amount} was approved: it is payable to the payer"
        case s.SuspenseReturnRejected():
            return f"{fact.suspense_return} was turned down: {fact.reason}"
        case s.SuspenseReturnPaid():
            amount = money(fact.amount_minor, fact.currency)
            return f"{fact.suspense_return} of {amount} left our bank ({fact.payment_reference})"
        case s.SuspenseReturnFailed():
            amount = money(fact.amount_minor, fact.currency)
            what = f"{fact.suspense_return} did not reach the payer"
            return f"{what}, {amount} is in suspense again: {fact.reason}"
        case _:
            return titled(fact.topic)


def _of_alias(fact: a.AliasFact) -> str:
    payer = f"payer {fact.digest[:8]} ({PAYER[fact.kind]})"
    match fact:
        case a.PayerAliasProposed():
            place = f"{fact.to_unit}/{fact.to_account}"
            return f"{fact.proposed_by} proposed that {payer} means {place}: {fact.reason}"
        case a.PayerAliasConfirmed():
            place = f"{fact.to_unit}/{fact.to_account}"
            return f"From now on money of {payer} is taken for {place}"
        case a.PayerAliasRejected():
            return f"What was proposed for {payer} was turned down: {fact.reason}"
        case a.PayerAliasRevoked():
            place = f"{fact.to_unit}/{fact.to_account}"
            return f"Money of {payer} is no longer taken for {place}: {fact.reason}"
        case _:
            return titled(fact.topic)


def _of_batch(fact: b.SmallBalancesFact) -> str:
    match fact:
        case b.SmallBalancesProposed():
            amount, count = money(fact.total_minor, fact.currency), len(fact.lines)
            return f"{fact.proposed_by} put forward {_bills(count)} of {amount}, batch {fact.batch}"
        case b.SmallBalancesApproved():
            return f"Batch {fact.batch} of {money(fact.total_minor, fact.currency)} was approved"
        case b.SmallBalancesRejected():
            return f"Batch {fact.batch} was turned down: {fact.reason}"
        case _:
            return titled(fact.topic)


def _bills(count: int) -> str:
    return "1 small balance" if count == 1 else f"{count:,} small balances"
