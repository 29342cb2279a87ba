"""What every decider has at hand, and the guards that many share.

A decider raises `RefusedError` by guards in the precedence of `ledger.rejections`; after the
comment "from here it must succeed" it only builds facts.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from ledger.account_state import AccountState, Credit, Dated, OpenItem
from ledger.authority import Actor, AuthorityPolicy, authorise
from ledger.commands import AllocationTarget
from ledger.direct_debit_policy import NO_DIRECT_DEBITS, DirectDebitPolicy
from ledger.limits import (
    AMOUNT_MINOR_MAX,
    EFFECTIVE_DAYS_AHEAD_MAX,
    EFFECTIVE_YEARS_BACK_MAX,
    TEXT_LENGTH_MAX,
)
from ledger.money import format_minor
from ledger.rejections import Code, RefusedError, refuse
from ledger.small_balance_policy import NO_SMALL_BALANCES, SmallBalancePolicy
from ledger.whereabouts import Place

Decision = tuple[Dated, ...]
# Items, receipts and write-offs that the ledger names itself.
OWN_NAMES = ("REVERSAL:", "TRANSFER:", "SMALL-BALANCE:", "CLAIM:")


class Context(NamedTuple):
    """Who asks, on which business day, for which effective date, by which policy.

    `history` holds the facts of the stream, for commands that look back; otherwise it is empty.
    `reference` is a payment reference that no other account has, for a command that opens one.
    `small_balances` says how small a balance is; without it, none is. `direct_debit` says who
    collects and by which terms; without it, nobody does. `places` are where the money of a claimed
    receipt came to, itself first, for a command about the claim.
    """

    actor: Actor
    policy: AuthorityPolicy
    today: date
    effective_on: date | None = None
    history: tuple[Dated, ...] = ()
    reference: str = ""
    small_balances: SmallBalancePolicy = NO_SMALL_BALANCES
    direct_debit: DirectDebitPolicy = NO_DIRECT_DEBITS
    places: tuple[Place, ...] = ()

    def authorise(self, action: str, amount_minor: int = 0, proposed_by: str | None = None) -> None:
        """Refuse what the actor may not do."""
        authorise(
            self.actor, action, amount_minor, self.policy, self.today, proposed_by=proposed_by
        )

    def may(self, action: str, amount_minor: int) -> bool:
        """Whether the actor's limit for an action reaches an amount; refuses the action itself."""
        self.authorise(action)
        try:
            self.authorise(action, amount_minor)
        except RefusedError as error:
            if error.code == Code.OVER_AUTHORITY_LIMIT:
                return False
            raise
        return True


def opened(state: AccountState | None, unit: str, account: str) -> AccountState:
    """The state of an account that must be open."""
    if state is None:
        raise refuse(Code.ACCOUNT_NOT_OPEN, f"account {account} is not open in unit {unit}")
    return state


def positive(amount_minor: int, what: str) -> None:
    """Refuse an amount that is zero, negative or absurdly large."""
    if amount_minor <= 0:
        raise refuse(
            Code.AMOUNT_NOT_POSITIVE,
            f"{what} must be more than zero, not {format_minor(amount_minor)}",
        )
    if amount_minor > AMOUNT_MINOR_MAX:
        raise refuse(
            Code.AMOUNT_TOO_LARGE,
            f"{what} of {format_minor(amount_minor)} is larger than any amount we take",
        )


def text(value: str, what: str) -> None:
    """Refuse a text that is empty or too long."""
    if not value.strip() or len(value) > TEXT_LENGTH_MAX:
        raise refuse(
            Code.FIELD_INVALID,
            f"{what} must have 1 to {TEXT_LENGTH_MAX} characters: {value[:40]!r}",
        )


def name(value: str, what: str) -> None:
    """Refuse a name that is no name, or one of those that the ledger gives itself."""
    text(value, what)
    if value.startswith(OWN_NAMES):
        raise refuse(Code.FIELD_INVALID, f"{what} may not begin with {' or '.join(OWN_NAMES)}")


def sound_targets(targets: Sequence[AllocationTarget]) -> None:
    """Refuse targets that name an item twice, or an amount that is none."""
    names = [target.item for target in targets]
    for twice in sorted({one for one in names if names.count(one) > 1}):
        raise refuse(Code.FIELD_INVALID, f"{twice} is named twice")
    for target in targets:
        if target.amount_minor is not None:
            positive(target.amount_minor, f"the amount for {target.item}")


def in_range(day: date, today: date, what: str) -> date:
    """Refuse a date that can only be a typing error."""
    earliest = date(today.year - EFFECTIVE_YEARS_BACK_MAX, 1, 1)
    latest = today + timedelta(days=EFFECTIVE_DAYS_AHEAD_MAX)
    if not earliest <= day <= latest:
        raise refuse(
            Code.EFFECTIVE_DATE_OUT_OF_RANGE,
            f"{what} {day.isoformat()} is outside {earliest.isoformat()} to {latest.isoformat()}",
        )
    return day


def same_currency(state: AccountState, currency: str) -> None:
    """Refuse an amount in another currency than the account's."""
    if currency != state.currency:
        raise refuse(
            Code.CURRENCY_DIFFERS, f"the account is kept in {state.currency}, not in {currency}"
        )


def asked_date(context: Context) -> date:
    """The effective date that was asked for, today without one; refused as a typing error."""
    return in_range(context.effective_on or context.today, context.today, "effective date")


def not_before(context: Context, first: date, what: str) -> None:
    """Refuse to be asked for a date before the day on which what it concerns came to be."""
    asked = context.effective_on
    if asked is not None and asked < first:
        raise refuse(
            Code.EFFECTIVE_DATE_TOO_EARLY,
            f"{asked.isoformat()} is before {what} {first.isoformat()}",
        )


def earliest_date(
    context: Context, items: Sequence[OpenItem] = (), credits_: Sequence[Credit] = ()
) -> date:
    """The date that was asked for, or the latest on which what it settles was raised."""
    raised = (*(item.raised_on for item in items), *(credit.raised_on for credit in credits_))
    return max(context.effective_on or context.today, *raised, date.min)


def settling_date(
    context: Context, items: Sequence[OpenItem] = (), credits_: Sequence[Credit] = ()
) -> date:
    """When a settlement takes effect: as asked, but not before what it settles was raised.

    Asked for a date before an invoice was issued, or before its receipt had value, it is refused.
    """
    asked_date(context)
    for item in items:
        not_before(context, item.invoiced_on, f"{item.item} was issued on")
    for credit in credits_:
        not_before(context, credit.value_on, f"receipt {credit.receipt} had value on")
    return earliest_date(context, items, credits_)
