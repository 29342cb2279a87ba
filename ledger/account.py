"""How each fact changes the state of a debtor account: pure, and the same at every replay."""

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from ledger import events as e
from ledger.account_state import (
    SETTLED_KEPT_MAX,
    AccountState,
    Credit,
    Dated,
    OpenInstalment,
    OpenItem,
    SettledItem,
    WrittenOff,
    YearTotals,
)
from ledger.calendar import financial_year
from ledger.values import Fact, ItemAmount, ReceiptAmount

_T = TypeVar("_T")


def evolve(state: AccountState | None, dated: Dated) -> AccountState:
    """The state after a fact. Raises ValueError for a history that cannot be."""
    fact, on = dated.fact, dated.effective_on
    if isinstance(fact, e.AccountOpened):
        return _opened(fact, on)
    if state is None:
        raise ValueError(f"{fact.topic} on an account that was never opened")
    items, credits_ = dict(state.items), dict(state.credits)
    settled = _move(effect_of(fact), on, items, credits_)
    update: dict[str, object] = {"items": items, "credits": credits_}
    if settled:
        update["settled"] = (*state.settled, *settled)[-SETTLED_KEPT_MAX:]
    update.update(_other_changes(state, fact, on))
    return state.model_copy(update=update)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a fact does to open items and to unapplied credit."""

    raised: tuple[ItemAmount, ...] = ()
    lowered: tuple[ItemAmount, ...] = ()
    credited: tuple[ReceiptAmount, ...] = ()
    used: tuple[tuple[str, int], ...] = ()  # receipt, amount


NO_EFFECT = Effect()


def effect_of(fact: Fact) -> Effect:
    """The effect of a fact of an account on its items and credits."""
    match fact:
        case e.InvoiceIssued():
            return Effect(raised=_billed(fact))
        case e.PaymentReceived() | e.CreditTransferredIn():
            return Effect(credited=(_received(fact),))
        case e.PaymentAllocated():
            return Effect(lowered=fact.lines, used=((fact.receipt, _sum(fact.lines)),))
        case e.PaymentUnallocated():
            return Effect(raised=fact.lines, credited=(_returned(fact),))
        case e.PaymentReversed():
            return Effect(
                raised=(*fact.reopened, *_recoverable(fact)),
                used=((fact.receipt, fact.unapplied_minor),),
            )
        case e.InvoiceCredited():
            return Effect(lowered=fact.settles)
        case e.WriteOffApproved():
            return Effect(lowered=fact.lines)
        case e.DebtWrittenBack():
            return Effect(raised=fact.lines)
        case e.CreditTransferredOut() | e.RefundApproved():
            return Effect(used=tuple((part.receipt, part.amount_minor) for part in fact.receipts))
        case e.RefundFailed():
            return Effect(credited=fact.receipts)
        case _:
            return NO_EFFECT


def _sum(lines: tuple[ItemAmount, ...]) -> int:
    return sum(line.amount_minor for line in lines)


def _billed(fact: e.InvoiceIssued) -> tuple[ItemAmount, ...]:
    return tuple(
        ItemAmount(
            item=fact.invoice,
            instalment=instalment.number,
            service=fact.service,
            invoiced_on=fact.invoiced_on,
            due_on=instalment.due_on,
            amount_minor=instalment.amount_minor,
        )
        for instalment in fact.instalments
    )


def _received(fact: e.PaymentReceived | e.CreditTransferredIn) -> ReceiptAmount:
    return ReceiptAmount(
        receipt=fact.receipt,
        value_on=fact.value_on,
        method=fact.method,
        amount_minor=fact.amount_minor,
    )


def _returned(fact: e.PaymentUnallocated) -> ReceiptAmount:
    return ReceiptAmount(
        receipt=fact.receipt,
        value_on=fact.value_on,
        method=fact.method,
        amount_minor=_sum(fact.lines),
    )


def reversal_item(receipt: str) -> str:
    """The name of the item that stands for a reversed receipt whose money had left already."""
    return f"REVERSAL:{receipt}"


def _recoverable(fact: e.PaymentReversed) -> tuple[ItemAmount, ...]:
    if fact.recoverable_minor == 0:
        return ()
    line = ItemAmount(
        item=reversal_item(fact.receipt),
        instalment=1,
        service=fact.service,
        invoiced_on=fact.reversed_on,
        due_on=fact.reversed_on,
        amount_minor=fact.recoverable_minor,
    )
    return (line,)


def _move(
    effect: Effect, on: date, items: dict[str, OpenItem], credits_: dict[str, Credit]
) -> list[SettledItem]:
    settled: list[SettledItem] = []
    for name, lines in _by_item(effect.raised):
        items[name] = _raised(items.get(name), lines, on)
    for name, lines in _by_item(effect.lowered):
        item = _lowered(items[name], lines)
        if item.instalments:
            items[name] = item
        else:
            del items[name]
            settled.append(SettledItem(item=name, gross_minor=item.gross_minor))
    for part in effect.credited:
        credits_[part.receipt] = _credit_raised(credits_.get(part.receipt), part, on)
    for receipt, amount in effect.used:
        if amount:
            _use(credits_, receipt, amount)
    return settled


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
        gross_minor=item.gross_minor if item else sum(line.amount_minor for line in lines),
        instalments=tuple(open_by_number[number] for number in sorted(open_by_number)),
    )


def _lowered(item: OpenItem, lines: list[ItemAmount]) -> OpenItem:
    left = {instalment.number: instalment.open_minor for instalment in item.instalments}
    for line in lines:
        left[line.instalment] -= line.amount_minor
        if left[line.instalment] < 0:
            raise ValueError(f"{line.item}/{line.instalment} would be settled beyond what is open")
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
    credit = credits_[receipt]
    left = credit.unapplied_minor - amount
    if left < 0:
        raise ValueError(f"receipt {receipt} would be used beyond its unapplied credit")
    if left:
        credits_[receipt] = credit.model_copy(update={"unapplied_minor": left})
    else:
        del credits_[receipt]


def _other_changes(state: AccountState, fact: Fact, on: date) -> dict[str, object]:
    match fact:
        case e.AccountAmended():
            return fact.model_dump(exclude_none=True, exclude={"unit", "account"})
        case e.CreditNoteProposed():
            return {"credit_notes": {**state.credit_notes, fact.credit_note: fact}}
        case e.CreditNoteRejected() | e.InvoiceCredited():
            return {"credit_notes": _without(state.credit_notes, fact.credit_note)}
        case e.HoldPlaced():
            return {"holds": {**state.holds, fact.hold: fact}}
        case e.HoldReleased():
            return {"holds": _without(state.holds, fact.hold)}
        case e.RefundProposed():
            return {"refunds": {**state.refunds, fact.refund: fact}}
        case e.RefundRejected():
            return {"refunds": _without(state.refunds, fact.refund)}
        case e.RefundApproved():
            return {
                "refunds": _without(state.refunds, fact.refund),
                "refunds_payable": {**state.refunds_payable, fact.refund: fact},
                "totals": _totals(state, on, refunded=fact.amount_minor),
            }
        case e.RefundPaid() | e.RefundFailed():
            return {"refunds_payable": _without(state.refunds_payable, fact.refund)}
        case e.WriteOffProposed():
            return {"write_offs": {**state.write_offs, fact.write_off: fact}}
        case e.WriteOffRejected():
            return {"write_offs": _without(state.write_offs, fact.write_off)}
        case e.WriteOffApproved():
            return {
                "write_offs": _without(state.write_offs, fact.write_off),
                "written_off": {**state.written_off, fact.write_off: _watched(fact, on)},
                "totals": _totals(state, on, written_off=fact.amount_minor),
            }
        case e.DebtWrittenBack():
            return {"written_off": _woken(state.written_off, fact)}
        case _:
            return {}


def _without(mapping: dict[str, _T], key: str) -> dict[str, _T]:
    return {name: value for name, value in mapping.items() if name != key}


def _watched(fact: e.WriteOffApproved, on: date) -> WrittenOff:
    return WrittenOff(invoice=fact.invoice, raised_on=on, lines=fact.lines)


def _woken(written_off: dict[str, WrittenOff], fact: e.DebtWrittenBack) -> dict[str, WrittenOff]:
    before = written_off[fact.write_off]
    back = {line.instalment: line.amount_minor for line in fact.lines}
    lines = tuple(
        line.model_copy(update={"amount_minor": line.amount_minor - back.get(line.instalment, 0)})
        for line in before.lines
        if line.amount_minor > back.get(line.instalment, 0)
    )
    if not lines:
        return _without(written_off, fact.write_off)
    return {**written_off, fact.write_off: before.model_copy(update={"lines": lines})}


def _totals(
    state: AccountState, on: date, *, refunded: int = 0, written_off: int = 0
) -> YearTotals:
    year = financial_year(on)
    before = state.totals if state.totals.year == year else YearTotals(year=year)
    return YearTotals(
        year=year,
        refunded_minor=before.refunded_minor + refunded,
        written_off_minor=before.written_off_minor + written_off,
    )


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
    )
