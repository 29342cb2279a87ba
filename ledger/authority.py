"""Who may propose and approve what, up to how much, and never his own.

One pure function over (actor, action, amount, proposer) and a policy with effective dates. What
the policy does not grant is refused. The policy is a file that finance owns; reading it from disk
is the service's work.
"""

import tomllib
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.money import format_minor, parse_minor
from ledger.rejections import Code, refuse

ANY_AMOUNT = "any"


class PolicyError(ValueError):
    """The policy file is not usable; the message names the place and the value."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a system that gives commands: one id for one person, and the roles held."""

    id: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorityTable:
    """Limits in force from a date: role -> action -> limit in minor units, None = any amount."""

    effective_from: date
    limits: dict[str, dict[str, int | None]]


@dataclass(frozen=True, slots=True)
class AuthorityPolicy:
    """All tables, oldest first, the actors that the policy itself names, and the units kept here.

    Without `units` every unit is kept here: the whole ledger is in one database.
    """

    tables: tuple[AuthorityTable, ...]
    actors: dict[str, Actor] = field(default_factory=dict)
    units: frozenset[str] = frozenset()

    def keeps(self, unit: str) -> None:
        """Return when the unit is kept here; otherwise raise RefusedError."""
        if self.units and unit not in self.units:
            raise refuse(
                Code.UNIT_NOT_KEPT_HERE,
                f"unit {unit} is not kept in this database, which has"
                f" {', '.join(sorted(self.units))}",
            )

    def table_on(self, day: date) -> AuthorityTable | None:
        """The table in force on a day."""
        in_force = [table for table in self.tables if table.effective_from <= day]
        return in_force[-1] if in_force else None

    def actor(self, actor_id: str) -> Actor:
        """The actor of that id; one without roles when the policy does not name it."""
        return self.actors.get(actor_id, Actor(actor_id))


def authorise(
    actor: Actor,
    action: str,
    amount_minor: int,
    policy: AuthorityPolicy,
    on: date,
    *,
    proposed_by: str | None = None,
) -> None:
    """Return when the actor may do this; otherwise raise RefusedError.

    Precedence: unknown actor, action not granted, over the limit, own proposal.
    """
    if not actor.roles:
        raise refuse(Code.ACTOR_UNKNOWN, f"{actor.id!r} holds no role in the authority policy")
    table = policy.table_on(on)
    grants = (
        [table.limits[role][action] for role in actor.roles if action in table.limits.get(role, {})]
        if table
        else []
    )
    if not grants:
        raise refuse(
            Code.NOT_AUTHORISED,
            f"no role of {actor.id!r} ({', '.join(actor.roles)}) may {action.replace('_', ' ')}",
        )
    limit = max((grant for grant in grants if grant is not None), default=0)
    if None not in grants and amount_minor > limit:
        raise refuse(
            Code.OVER_AUTHORITY_LIMIT,
            f"{format_minor(amount_minor)} is over the limit of {format_minor(limit)} up to which"
            f" {actor.id!r} may {action.replace('_', ' ')}",
        )
    if proposed_by is not None and proposed_by == actor.id:
        raise refuse(
            Code.OWN_PROPOSAL, f"{actor.id!r} proposed this and may not approve it: another must"
        )


def parse_policy(text: str, name: str = "authority.toml") -> AuthorityPolicy:
    """The policy of a TOML text. Raises PolicyError, naming the place and the value."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name}: {error}") from error
    tables = sorted(
        (_table(entry, name) for entry in document.get("authority", ())),
        key=lambda table: table.effective_from,
    )
    if not tables:
        raise PolicyError(f"{name}: there is no [[authority]] table")
    if len({table.effective_from for table in tables}) < len(tables):
        raise PolicyError(f"{name}: two [[authority]] tables have the same effective_from")
    actors = {
        actor_id: Actor(actor_id, _names(roles, f"{name}: actors.{actor_id}", "role"))
        for actor_id, roles in document.get("actors", {}).items()
    }
    units = _names(document.get("units", []), f"{name}: units", "unit")
    return AuthorityPolicy(tuple(tables), actors, frozenset(units))


def _table(entry: dict[str, Any], name: str) -> AuthorityTable:
    effective_from = entry.get("effective_from")
    if type(effective_from) is not date:  # a datetime is a date too, but compares with none
        raise PolicyError(f"{name}: effective_from: {effective_from!r} is not a date")
    limits = {
        role: {
            action: _limit(value, f"{name}: {role}.{action}") for action, value in grants.items()
        }
        for role, grants in entry.get("roles", {}).items()
    }
    return AuthorityTable(effective_from, limits)


def _names(value: object, where: str, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise PolicyError(f"{where}: {value!r} is not a list of {what}s")
    return tuple(value)


def _limit(value: object, where: str) -> int | None:
    if value == ANY_AMOUNT:
        return None
    try:
        return _not_negative(value) if isinstance(value, str) else _not_text(value)
    except ValueError as error:
        raise PolicyError(f"{where}: {error}") from error


def _not_text(value: object) -> int:
    raise ValueError(f'{value!r} must be a text such as "250.00" or "{ANY_AMOUNT}"')


def _not_negative(value: str) -> int:
    limit = parse_minor(value)
    if limit < 0:
        raise ValueError(f"{value} is below zero")
    return limit
