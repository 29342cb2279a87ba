"""What is taken from an account on a day, and what is held back and why: pure, and the one rule.

Taken is what falls due by the entry day on the bills of the account, as it was announced to the
payer. The plan is shown by it and each collection is decided by it, so what an officer sees is what
happens. What stands against a collection is named in the written order of `HoldBack`.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from ledger.account_state import COLLECTION, AccountState, OpenItem
from ledger.bacs_days import BacsDays, is_dormant
from ledger.direct_debit_policy import DirectDebitPolicy
from ledger.mandate import MandateState
from ledger.money import format_minor
from ledger.represent_rule import represent_until

LODGED_WORKING_DAYS = 5  # after its processing day, in which a bank may still return an instruction


class HoldBack(StrEnum):
    """Why nothing is taken, in precedence: the mandate, the account, the notice, the amount."""

    MANDATE_NOT_ACTIVE = "mandate_not_active"
    MANDATE_DORMANT = "mandate_dormant"
    BEFORE_FIRST_DAY = "before_first_day"
    ALREADY_INSTRUCTED = "already_instructed"
    BREATHING_SPACE = "breathing_space"
    INSOLVENCY = "insolvency"
    ON_HOLD = "on_hold"
    DISPUTED = "disputed"
    REFUND_PENDING = "refund_pending"
    CLAIM_LIVE = "claim_live"
    NOT_ANNOUNCED = "not_announced"
    NOTICE_TOO_SHORT = "notice_too_short"
    WITHHELD = "withheld"
    NOTHING_DUE = "nothing_due"
    AMOUNT_CHANGED = "amount_changed"


class Held(NamedTuple):
    """What is held back: why, in a word and in a sentence, and how much was to be taken."""

    code: HoldBack
    sentence: str
    amount_minor: int


class Due(NamedTuple):
    """What is taken: the amount, and the bills that it pays, the oldest due first."""

    amount_minor: int
    invoices: tuple[str, ...]
    notice: str
    announced_on: date


class DueLine(NamedTuple):
    """What is open and falls due of one instalment."""

    due_on: date
    invoice: str
    amount_minor: int


def plan(
    mandate: MandateState,
    account: AccountState,
    entry_on: date,
    today: date,
    policy: DirectDebitPolicy,
) -> Due | Held:
    """What is taken from an account on a day, or why nothing is."""
    told = mandate.announced.get(entry_on)
    amount = told.take_minor if told else 0
    against = _mandate(mandate, entry_on, policy) or against_account(account, entry_on)
    if against is not None:
        return Held(*against, amount)
    lines = due_lines(mandate, account, entry_on, today, policy)
    if account.holds:
        undisputed = account.model_copy(update={"holds": {}})
        whole = _total(due_lines(mandate, undisputed, entry_on, today, policy))
        if _total(lines) < min(amount, whole):
            sentence = (
                f"of {format_minor(amount)} only {format_minor(_total(lines))} is not disputed"
            )
            return Held(HoldBack.DISPUTED, sentence, amount)
    if told is None:
        return Held(HoldBack.NOT_ANNOUNCED, f"nothing was announced for {entry_on:%-d %B %Y}", 0)
    days = BacsDays(policy.extra_holidays)
    notice = policy.table_on(told.given_on).notice_working_days
    if days.entry_if_noticed(told.given_on, notice) > entry_on:
        sentence = f"notice was given on {told.given_on:%-d %B %Y}, {notice} working days are due"
        return Held(HoldBack.NOTICE_TOO_SHORT, sentence, amount)
    if told.withheld is not None:
        return Held(HoldBack.WITHHELD, told.withheld, amount)
    return _taken(lines, amount, mandate, entry_on)


def _taken(
    lines: tuple[DueLine, ...], amount: int, mandate: MandateState, entry_on: date
) -> Due | Held:
    due_minor = _total(lines)
    if due_minor == 0:
        return Held(HoldBack.NOTHING_DUE, "nothing is due any more", amount)
    if due_minor < amount:
        sentence = (
            f"{format_minor(amount)} was announced, {format_minor(due_minor)} is due:"
            " amend it, or give notice again"
        )
        return Held(HoldBack.AMOUNT_CHANGED, sentence, amount)
    told = mandate.announced[entry_on]
    return Due(amount, _paid(lines, amount), told.notice, told.given_on)


def _total(lines: tuple[DueLine, ...]) -> int:
    return sum(line.amount_minor for line in lines)


def _paid(lines: tuple[DueLine, ...], amount: int) -> tuple[str, ...]:
    paid: dict[str, None] = {}
    for line in lines:
        if amount <= 0:
            break
        paid[line.invoice] = None
        amount -= line.amount_minor
    return tuple(paid)


def due_lines(
    mandate: MandateState,
    account: AccountState,
    entry_on: date,
    today: date,
    policy: DirectDebitPolicy,
) -> tuple[DueLine, ...]:
    """What falls due by a day and may be taken, the oldest due first.

    Not what another collection is taking, until its receipt is on the account, nor what an unpaid
    one will be presented again for, nor what is disputed; unapplied credit pays the oldest of it.
    """
    disputed = _disputed(account, entry_on)
    lines = sorted(
        line
        for item in account.items.values()
        for line in _lines(item, mandate.collect_from, entry_on, disputed.get(item.item, 0))
    )
    for name, collection in mandate.collections.items():
        is_credited = COLLECTION + name in account.collected
        in_flight = collection.status == "instructed" and not is_credited
        until = represent_until(mandate, collection, today, policy)
        if in_flight or (isinstance(until, date) and until > today):
            lines = _less(lines, collection.amount_minor, collection.invoices)
    return tuple(_less(lines, account.unapplied_minor, None))


def _lines(item: OpenItem, first: date, last: date, disputed: int) -> Iterator[DueLine]:
    """The open instalments in a span of days; what is disputed is taken off the latest of all."""
    left = max(0, item.open_minor - disputed)
    for instalment in sorted(item.instalments, key=lambda one: one.due_on):
        amount = min(instalment.open_minor, left)
        left -= amount
        if amount and first <= instalment.due_on <= last:
            yield DueLine(instalment.due_on, item.item, amount)


def _less(lines: list[DueLine], amount: int, invoices: tuple[str, ...] | None) -> list[DueLine]:
    left: list[DueLine] = []
    for line in lines:
        off = min(amount, line.amount_minor) if invoices is None or line.invoice in invoices else 0
        amount -= off
        if off < line.amount_minor:
            left.append(line._replace(amount_minor=line.amount_minor - off))
    return left


def _disputed(account: AccountState, entry_on: date) -> dict[str, int]:
    disputed: dict[str, int] = {}
    for hold in account.holds.values():
        if hold.invoice is not None and _stands(hold.until, entry_on):
            whole = account.items[hold.invoice].open_minor if hold.invoice in account.items else 0
            amount = whole if hold.amount_minor is None else hold.amount_minor
            disputed[hold.invoice] = disputed.get(hold.invoice, 0) + amount
    return disputed


def _stands(until: date | None, on: date) -> bool:
    return until is None or until >= on


def _mandate(
    mandate: MandateState, entry_on: date, policy: DirectDebitPolicy
) -> tuple[HoldBack, str] | None:
    if not can_collect(mandate, entry_on, policy):
        return HoldBack.MANDATE_NOT_ACTIVE, _not_active(mandate, policy)
    if is_dormant(mandate.last_used_on, entry_on, policy.table_on(entry_on).dormant_after_months):
        return HoldBack.MANDATE_DORMANT, (
            f"the mandate was last used on {mandate.last_used_on:%-d %B %Y}: its bank may have"
            " deleted it"
        )
    if entry_on < mandate.collect_from:
        return HoldBack.BEFORE_FIRST_DAY, f"nothing before {mandate.collect_from:%-d %B %Y}"
    for name, one in mandate.collections.items():
        is_own = one.code != "18"  # what is presented again is another debt of the same day
        if is_own and one.entry_on == entry_on and one.status == "instructed":
            return HoldBack.ALREADY_INSTRUCTED, f"{name} takes {format_minor(one.amount_minor)}"
    return None


def can_collect(mandate: MandateState, entry_on: date, policy: DirectDebitPolicy) -> bool:
    """Whether the payer's bank holds the instruction and will pay on a day."""
    if mandate.status == "active":
        return mandate.is_held
    if mandate.status != "lodged" or mandate.lodged_on is None:
        return False
    days = BacsDays(policy.extra_holidays)
    return days.after(mandate.lodged_on, LODGED_WORKING_DAYS) < entry_on


def _not_active(mandate: MandateState, policy: DirectDebitPolicy) -> str:
    """How a mandate stands, and what it waits for."""
    if mandate.status == "notified":
        return "the mandate is notified: the next run lodges it"
    if mandate.status == "lodged" and mandate.lodged_on is not None:
        last = BacsDays(policy.extra_holidays).after(mandate.lodged_on, LODGED_WORKING_DAYS)
        return f"the mandate is lodged: its bank may refuse it until {last:%-d %B %Y}"
    return f"the mandate is {mandate.status}"


def against_account(account: AccountState, entry_on: date) -> tuple[HoldBack, str] | None:
    """What stands against taking anything from an account on a day."""
    order = {"breathing_space": 0, "insolvency": 1}
    whole = [
        hold
        for hold in account.holds.values()
        if hold.invoice is None and _stands(hold.until, entry_on)
    ]
    for hold in sorted(whole, key=lambda one: order.get(one.kind, 2)):
        code = {
            "breathing_space": HoldBack.BREATHING_SPACE,
            "insolvency": HoldBack.INSOLVENCY,
        }.get(hold.kind, HoldBack.ON_HOLD)
        return code, f"hold {hold.hold}, {hold.kind.replace('_', ' ')}: {hold.reason}"
    if account.refunds or account.refunds_payable:
        refund = next(iter({**account.refunds, **account.refunds_payable}))
        return HoldBack.REFUND_PENDING, f"refund {refund} is on its way"
    if account.claims:
        return HoldBack.CLAIM_LIVE, f"indemnity claim {next(iter(account.claims))} is live"
    return None
