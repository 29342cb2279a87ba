"""How each fact changes the state of a debtor account: pure, and the same at every replay."""

from datetime import date
from typing import TypeVar

from ledger import events as e
from ledger.account_state import (
    COLLECTED_KEPT_MAX,
    COLLECTION,
    SETTLED_KEPT_MAX,
    AccountState,
    Credit,
    Dated,
    OpenInstalment,
    OpenItem,
    Payable,
    WrittenOff,
    YearTotals,
)
from ledger.calendar import financial_year
from ledger.claim_marks import claim_changes
from ledger.effects import Effect, effect_of
from ledger.invariants import ImpossibleHistoryError
from ledger.sent_refunds import sent_after
from ledger.values import Fact, ItemAmount, ReceiptAmount

_T = TypeVar("_T")


def evolve(state: AccountState | None, dated: Dated) -> AccountState:
    """The state after a fact. Raises ImpossibleHistoryError for a history that cannot be."""
    fact, on = dated.fact, dated.effective_on
    if isinstance(fact, e.AccountOpened):
        if state is not None:
            raise ImpossibleHistoryError(f"account {fact.account} was opened twice")
        return _opened(fact, on)
    if state is None:
        raise ImpossibleHistoryError(f"{fact.topic} on an account that was never opened")
    items, credits_ = dict(state.items), dict(state.credits)
    settled = _move(effect_of(fact), on, items, credits_)
    update: dict[str, object] = {"items": items, "credits": credits_}
    if settled:
        update["settled"] = (*state.settled, *settled)[-SETTLED_KEPT_MAX:]
    update.update(_other_changes(state, fact, on))
    return state.model_copy(update=update)


def _move(
    effect: Effect, on: date, items: dict[str, OpenItem], credits_: dict[str, Credit]
) -> list[str]:
    settled: list[str] = []
    for name, lines in _by_item(effect.raised):
        items[name] = _raised(items.get(name), lines, on)
    for name, lines in _by_item(effect.lowered):
        item = _lowered(_known(items, name), lines)
        if item.instalments:
            items[name] = item
        else:
            del items[name]
            settled.append(name)
    for part in effect.credited:
        credits_[part.receipt] = _credit_raised(credits_.get(part.receipt), part, on)
    for receipt, amount in effect.used:
        if amount:
            _use(credits_, receipt, amount)
    return settled


def _known(mapping: dict[str, _T], name: str) -> _T:
    try:
        return mapping[name]
    except KeyError:
        raise ImpossibleHistoryError(f"{name} is not open on the account") from None


def _by_item(lines: tuple[ItemAmount, ...]) -> list[tuple[str, list[ItemAmount]]]:
    groups: dict[str, list[ItemAmount]] = {}
    for line in lines:
        groups.setdefault(line.item, []).append(line)
    return list(groups.items())


def _raised(item: OpenItem | None, lines: list[ItemAmount], on: date) -> OpenItem:
    open_by_number = {i.number: i for i in item.instalments} if item else {}
    for line in lines:
        before = open_by_number.get(line.instalment)
        open_by_number[line.instalment] = OpenInstalment(
            number=line.instalment,
            due_on=line.due_on,
            open_minor=line.amount_minor + (before.open_minor if before else 0),
        )
    return OpenItem(
        item=lines[0].item,
        service=lines[0].service,
        invoiced_on=lines[0].invoiced_on,
        raised_on=max(on, item.raised_on) if item else on,
        instalments=tuple(open_by_number[number] for number in sorted(open_by_number)),
    )


def _lowered(item: OpenItem, lines: list[ItemAmount]) -> OpenItem:
    left = {instalment.number: instalment.open_minor for instalment in item.instalments}
    for line in lines:
        left[line.instalment] = left.get(line.instalment, 0) - line.amount_minor
        if left[line.instalment] < 0:
            raise ImpossibleHistoryError(
                f"{line.item}/{line.instalment} would be settled beyond what is open"
            )
    instalments = tuple(
        instalment
        if left[instalment.number] == instalment.open_minor
        else instalment.model_copy(update={"open_minor": left[instalment.number]})
        for instalment in item.instalments
        if left[instalment.number]
    )
    return item.model_copy(update={"instalments": instalments})


def _credit_raised(credit: Credit | None, part: ReceiptAmount, on: date) -> Credit:
    return Credit(
        receipt=part.receipt,
        method=part.method,
        value_on=part.value_on,
        raised_on=max(on, credit.raised_on) if credit else on,
        unapplied_minor=part.amount_minor + (credit.unapplied_minor if credit else 0),
    )


def _use(credits_: dict[str, Credit], receipt: str, amount: int) -> None:
    credit = _known(credits_, receipt)
    left = credit.unapplied_minor - amount
    if left < 0:
        raise ImpossibleHistoryError(f"receipt {receipt} would be used beyond its unapplied credit")
    if left:
        credits_[receipt] = credit.model_copy(update={"unapplied_minor": left})
    else:
        del credits_[receipt]


def _other_changes(state: AccountState, fact: Fact, on: date) -> dict[str, object]:
    match fact:
        case e.InvoiceIssued() | e.PaymentAllocated():
            return {}  # nine facts of ten: items and credits are all that they change
        case e.AccountAmended():
            return fact.model_dump(exclude_none=True, exclude={"unit", "account"})
        case e.VirtualAccountAssigned():
            return {"virtual_accounts": (*state.virtual_accounts, fact.virtual_account)}
        case e.PaymentInstructionRecorded():
            return _instructed(state, fact)
        case e.PaymentReceived():
            return _obeyed(state, fact)
        case e.HoldPlaced():
            return {"holds": {**state.holds, fact.hold: fact}}
        case e.HoldReleased():
            return {"holds": _without(state.holds, fact.hold)}
        case _:
            return _proposal_changes(state, fact, on)


def _proposal_changes(state: AccountState, fact: Fact, on: date) -> dict[str, object]:
    match fact:
        case e.CreditNoteProposed():
            return {"credit_notes": {**state.credit_notes, fact.credit_note: fact}}
        case e.CreditNoteRejected() | e.InvoiceCredited():
            return {"credit_notes": _without(state.credit_notes, fact.credit_note)}
        case e.RefundProposed():
            return {"refunds": {**state.refunds, fact.refund: fact}}
        case e.RefundRejected():
            return {"refunds": _without(state.refunds, fact.refund)}
        case e.RefundApproved():
            return {
                "refunds": _without(state.refunds, fact.refund),
                "refunds_payable": {**state.refunds_payable, fact.refund: _payable(fact, on)},
                "totals": _totals(state, on, refunded=fact.amount_minor),
            }
        case e.RefundPaid() | e.RefundFailed():
            return {
                "refunds_payable": _without(state.refunds_payable, fact.refund),
                "refunds_sent": sent_after(state.refunds_sent, fact, on),
            }
        case e.RefundReturned():
            return {"refunds_sent": _without(state.refunds_sent, fact.refund)}
        case e.WriteOffProposed():
            return {"write_offs": {**state.write_offs, fact.write_off: fact}}
        case e.WriteOffRejected():
            return {"write_offs": _without(state.write_offs, fact.write_off)}
        case e.WriteOffApproved():
            return {
                "write_offs": _without(state.write_offs, fact.write_off),
                "written_off": {**state.written_off, fact.write_off: _watched(fact, on)},
                "totals": _written_off_totals(state, on, fact),
            }
        case e.DebtWrittenBack():
            return {"written_off": _woken(state.written_off, fact)}
        case _:
            return claim_changes(state, fact)


def _without(mapping: dict[str, _T], key: str) -> dict[str, _T]:
    return {name: value for name, value in mapping.items() if name != key}


def _instructed(state: AccountState, fact: e.PaymentInstructionRecorded) -> dict[str, object]:
    """An instruction for a receipt is carried out at once; one for the next payment waits."""
    if fact.receipt is not None:
        return {}
    return {"instructions": {**state.instructions, fact.instruction: fact}}


def _obeyed(state: AccountState, fact: e.PaymentReceived) -> dict[str, object]:
    new: dict[str, object] = {}
    if fact.instruction is not None:
        new["instructions"] = _without(state.instructions, fact.instruction)
    if fact.receipt.startswith(COLLECTION):
        new["collected"] = (*state.collected, fact.receipt)[-COLLECTED_KEPT_MAX:]
    return new


def _payable(fact: e.RefundApproved, on: date) -> Payable:
    receipts = tuple(part.receipt for part in fact.receipts)
    return Payable(amount_minor=fact.amount_minor, approved_on=on, receipts=receipts)


def _watched(fact: e.WriteOffApproved, on: date) -> WrittenOff:
    return WrittenOff(invoice=fact.invoice, raised_on=on, lines=fact.lines)


def _woken(written_off: dict[str, WrittenOff], fact: e.DebtWrittenBack) -> dict[str, WrittenOff]:
    before = _known(written_off, fact.write_off)
    back = {line.instalment: line.amount_minor for line in fact.lines}
    lines = tuple(
        line.model_copy(update={"amount_minor": line.amount_minor - back.get(line.instalment, 0)})
        for line in before.lines
        if line.amount_minor > back.get(line.instalment, 0)
    )
    if not lines:
        return _without(written_off, fact.write_off)
    return {**written_off, fact.write_off: before.model_copy(update={"lines": lines})}


def _written_off_totals(
    state: AccountState, on: date, fact: e.WriteOffApproved
) -> tuple[YearTotals, ...]:
    small = fact.amount_minor if fact.batch is not None else 0
    return _totals(state, on, written_off=fact.amount_minor, small_balances=small)


def _totals(
    state: AccountState,
    on: date,
    *,
    refunded: int = 0,
    written_off: int = 0,
    small_balances: int = 0,
) -> tuple[YearTotals, ...]:
    before = state.totals_of(on)
    after = YearTotals(
        year=financial_year(on),
        refunded_minor=before.refunded_minor + refunded,
        written_off_minor=before.written_off_minor + written_off,
        small_balances_minor=before.small_balances_minor + small_balances,
    )
    return (*(one for one in state.totals if one.year != after.year), after)


def _opened(fact: e.AccountOpened, on: date) -> AccountState:
    return AccountState(
        unit=fact.unit,
        account=fact.account,
        reference=fact.reference,
        debt_type=fact.debt_type,
        party=fact.party,
        terms_days=fact.terms_days,
        apply_credit=fact.apply_credit,
        currency=fact.currency,
        opened_on=on,
        party_name_digest=fact.party_name_digest,
    )
