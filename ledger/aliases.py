"""Payers that are known: the state of one of them, how facts change it, and who may say so.

An alias is learned by a person ("remember this payer?"), and above an amount a second one must
confirm it. It is dated, it can be revoked, and what it matched before stays as it was.
"""

import re
from datetime import date

from ledger import alias_commands as a
from ledger import alias_events as f
from ledger.account_state import AccountState, Dated
from ledger.decision import Context, Decision, asked_date, not_before, opened, positive, text
from ledger.rejections import Code, RefusedError, refuse
from ledger.values import AliasKind, Value

STATE_SHAPE = 1


class Alias(Value):
    """The account for which a payer's money is taken, and since when."""

    to_unit: str
    to_account: str
    effective_on: date


class AliasState(Value):
    """What is known of one payer of a unit: the alias in force, and a proposal that waits."""

    unit: str
    kind: AliasKind
    digest: str
    alias: Alias | None = None
    proposal: f.PayerAliasProposed | None = None


def evolve(state: AliasState | None, dated: Dated) -> AliasState:
    """The state after a fact. Raises ValueError for a history that cannot be."""
    fact = dated.fact
    match fact:
        case f.PayerAliasProposed():
            before = state or AliasState(unit=fact.unit, kind=fact.kind, digest=fact.digest)
            return before.model_copy(update={"proposal": fact})
        case f.PayerAliasConfirmed():
            alias = Alias(
                to_unit=fact.to_unit, to_account=fact.to_account, effective_on=dated.effective_on
            )
            return _known(state).model_copy(update={"alias": alias, "proposal": None})
        case f.PayerAliasRejected():
            return _known(state).model_copy(update={"proposal": None})
        case f.PayerAliasRevoked():
            return _known(state).model_copy(update={"alias": None})
        case _:
            raise ValueError(f"{fact.topic} is no fact of a payer")


def _known(state: AliasState | None) -> AliasState:
    if state is None:
        raise ValueError("an alias was answered that was never proposed")
    return state


def propose_payer_alias(
    state: AliasState | None,
    account: AccountState | None,
    command: a.ProposePayerAlias,
    context: Context,
) -> Decision:
    """Ask that a payer be remembered; confirmed at once by who may confirm so much alone."""
    context.authorise(command.action, command.amount_minor)
    opened(account, command.to_unit, command.to_account)
    _sound(command)
    on = asked_date(context)
    alias = state.alias if state else None
    same = alias and (alias.to_unit, alias.to_account) == (command.to_unit, command.to_account)
    if same:
        raise refuse(Code.NOTHING_TO_CHANGE, f"the payer is known for {command.to_account} already")
    if state is not None and state.proposal is not None:
        raise refuse(
            Code.PROPOSAL_EXISTS,
            f"an alias of this payer to {state.proposal.to_account} waits for an answer",
        )
    if alias is not None:
        raise refuse(
            Code.ALIAS_EXISTS, f"the payer is known for account {alias.to_account} since"
            f" {alias.effective_on.isoformat()}",
        )  # fmt: skip
    # From here it must succeed.
    proposed = f.PayerAliasProposed(proposed_by=context.actor.id, **dict(command))
    if not _confirms_alone(command, context):
        return (Dated(proposed, context.today),)
    return Dated(proposed, context.today), Dated(_confirmed(proposed), on)


def _sound(command: a.ProposePayerAlias) -> None:
    text(command.unit, "the unit")
    if re.fullmatch("[0-9a-f]{32}", command.digest, re.ASCII) is None:
        raise refuse(Code.FIELD_INVALID, f"{command.digest!r} is no keyed digest")
    text(command.from_receipt, "the receipt")
    text(command.reason, "the reason")
    positive(command.amount_minor, "the receipt's amount")


def _confirms_alone(command: a.ProposePayerAlias, context: Context) -> bool:
    try:
        context.authorise(a.ConfirmPayerAlias.action, command.amount_minor)
    except RefusedError:
        return False
    return True


def _confirmed(proposal: f.PayerAliasProposed) -> f.PayerAliasConfirmed:
    return f.PayerAliasConfirmed(
        unit=proposal.unit,
        kind=proposal.kind,
        digest=proposal.digest,
        to_unit=proposal.to_unit,
        to_account=proposal.to_account,
    )


def confirm_payer_alias(
    state: AliasState | None, command: a.ConfirmPayerAlias, context: Context
) -> Decision:
    """Put an alias in force that another person proposed."""
    context.authorise(command.action)
    proposal = state.proposal if state else None
    if proposal is not None:
        context.authorise(command.action, proposal.amount_minor, proposal.proposed_by)
    on = asked_date(context)
    if proposal is None:
        raise _no_proposal()
    return (Dated(_confirmed(proposal), on),)


def _no_proposal() -> Exception:
    return refuse(Code.PROPOSAL_NOT_FOUND, "no alias of this payer waits for an answer")


def reject_payer_alias(
    state: AliasState | None, command: a.RejectPayerAlias, context: Context
) -> Decision:
    """Turn down a proposed alias."""
    context.authorise(command.action)
    text(command.reason, "the reason")
    if state is None or state.proposal is None:
        raise _no_proposal()
    return (Dated(f.PayerAliasRejected(**dict(command)), context.today),)


def revoke_payer_alias(
    state: AliasState | None, command: a.RevokePayerAlias, context: Context
) -> Decision:
    """End an alias; what it has matched stays as it is."""
    context.authorise(command.action)
    text(command.reason, "the reason")
    asked = asked_date(context)
    alias = state.alias if state else None
    if alias is None:
        raise refuse(Code.ALIAS_NOT_FOUND, "no alias of this payer is in force")
    not_before(context, alias.effective_on, "the alias is in force since")
    fact = f.PayerAliasRevoked(to_unit=alias.to_unit, to_account=alias.to_account, **dict(command))
    return (Dated(fact, max(asked, alias.effective_on)),)
