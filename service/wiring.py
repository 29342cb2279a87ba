"""The composition root: settings in, everything that works together out."""

import gc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import psycopg

from consumers.alarms import log_alarm, quarantine_alarm
from consumers.bank_accounts import read_bank_accounts
from consumers.bank_files import BankIntake
from consumers.billing_files import BillingIntake
from consumers.formats.profiles import Profile, load_profiles
from consumers.formats.remittance_profiles import RemittanceProfile, load_remittance_profiles
from consumers.intake_parts import IntakeParts
from consumers.keeping import Keeping
from consumers.matching.policy import MatchingPolicy, parse_matching
from ledger.authority import Actor, AuthorityPolicy, parse_policy
from ledger.digests import KEY_BYTES_MIN, keyed_digest
from ledger.direct_debit_policy import DirectDebitPolicy, parse_direct_debit
from ledger.handle import Ledger
from ledger.modulus_tables import ModulusTables
from ledger.quarantine_events import StreamQuarantined
from ledger.small_balance_policy import SmallBalancePolicy, parse_small_balances
from ledger.standing_order_policy import StandingOrderPolicy, parse_standing_orders
from ledger.store import Store
from service.bank_line_index import LineIndex
from service.direct_debit.details import VaultDetails
from service.embedded import ensure_running, secret
from service.embedded_database import APP_LOGIN, app_password, ensure_database
from service.meter import Meter, MeteredLedger, MeteredStore
from service.migrations import migrate
from service.modulus_files import read_modulus
from service.parties import PartyVault
from service.raw_files import RawStore
from service.settings import Settings, SettingsError, environment, variable
from service.start_checks import check_start

INTAKE_ACTOR = "system:intake"
UK = ZoneInfo("Europe/London")  # a business day begins and ends where the council is
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the database is, for the application and for its owner."""

    app: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class App:
    """Everything that a command of Tallystick works with."""

    settings: Settings
    urls: Urls
    store: Store
    ledger: Ledger
    keeping: Keeping
    raw: RawStore
    parties: PartyVault
    lines: LineIndex
    policy: AuthorityPolicy
    matching: MatchingPolicy
    direct_debit: DirectDebitPolicy
    standing_orders: StandingOrderPolicy
    profiles: tuple[Profile, ...]
    remittance_profiles: tuple[RemittanceProfile, ...]

    def actor(self, actor_id: str) -> Actor:
        """An actor with the roles that the authority policy gives."""
        return self.policy.actor(actor_id)

    def kept(self, digest: str) -> bytes:
        """The bytes of a kept input."""
        with self.raw.open(digest) as file:
            return file.read()

    @property
    def bank(self) -> BankIntake:
        """Takes bank files."""
        accounts = read_bank_accounts(policy_file(self.settings, "bank-accounts.toml"))
        actor = self.actor(INTAKE_ACTOR)
        parts = IntakeParts(self.ledger, self.keeping, accounts, self.matching, actor)
        return BankIntake(parts, (*self.profiles, *self.remittance_profiles))

    @property
    def modulus(self) -> ModulusTables:
        """The tables of the modulus check, read anew: a caller keeps them while it checks."""
        return read_modulus(self.settings.policy_dir)

    @property
    def billing(self) -> BillingIntake:
        """Takes files of billing messages."""
        return BillingIntake(self.ledger, self.keeping, self.actor(INTAKE_ACTOR))


def business_day(moment: datetime) -> date:
    """The day that a moment belongs to in the United Kingdom."""
    return moment.astimezone(UK).date()


def clock_of(settings: Settings) -> Clock | None:
    """The simulated clock that the settings ask for; None for the server's."""
    fixed = settings.sandbox_clock
    return None if fixed is None else standing_clock(fixed.astimezone(UTC))


def standing_clock(moment: datetime) -> Clock:
    """A clock that always shows one moment."""
    return partial(_same, moment)


def _same(moment: datetime) -> datetime:
    return moment


def database_urls(settings: Settings) -> Urls:
    """The URLs of the settings, or those of the embedded server, which is started for it."""
    if settings.database_url is not None:
        owner = settings.owner_database_url
        return Urls(
            settings.database_url.get_secret_value(), owner.get_secret_value() if owner else None
        )
    server = ensure_running(settings.home)
    database = ensure_database(server)
    if not is_migrated(database.owner_url):
        logins = {APP_LOGIN: app_password(server)}
        migrate(
            database.owner_url,
            login_passwords=logins,
            sandbox=settings.sandbox_clock is not None,
        )
    return Urls(database.app_url, database.owner_url)


def is_migrated(url: str) -> bool:
    """Whether the database has been migrated at all."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT to_regclass('ledger.events') IS NOT NULL").fetchone()
    return bool(row and row[0])


def policy_file(settings: Settings, name: str) -> Path:
    """A policy file: the council's own, else the one that is shipped.

    Raises SettingsError when there is no such folder: a misspelt one must not go unnoticed.
    """
    own = settings.policy_dir
    if own is not None and not own.is_dir():
        raise SettingsError(f"{variable('policy_dir')}: there is no folder {own}")
    if own is not None and (own / name).exists():
        return own / name
    return Path(str(files("ledger") / "policy" / name))


def profiles_of(settings: Settings) -> tuple[Profile, ...]:
    """The CSV profiles: those shipped, and the council's own in `profiles/` of its policy folder.

    Raises UnreadableFileError for one that is not valid.
    """
    own = settings.policy_dir
    return load_profiles(own / "profiles" if own is not None else None)


def _remittance_profiles(settings: Settings) -> tuple[RemittanceProfile, ...]:
    """As `profiles_of`, from `remittance-profiles/`."""
    own = settings.policy_dir
    return load_remittance_profiles(own / "remittance-profiles" if own is not None else None)


class StartRefusedError(Exception):
    """The server or this process is set up in a way that could lose or expose data."""


def refuse_bad_start(url: str) -> None:
    """Raise StartRefusedError, naming every setting that stands against starting."""
    refusals = check_start(url, lambda: datetime.now(UTC), environment())
    if refusals:
        raise StartRefusedError("; ".join(one.sentence for one in refusals))


def settle_memory() -> None:
    """Look for garbage seldom: a batch makes a million short-lived values and no cycles.

    Measured on intake: a fifth less time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


@contextmanager
def open_app(
    settings: Settings, clock: Clock | None = None, meter: Meter | None = None
) -> Iterator[App]:
    """Everything, opened; closed again at the end.

    `clock` is a business clock for a sandbox; it goes before the settings' fixed one. `meter` is
    told what happens.
    """
    urls = database_urls(settings)
    refuse_bad_start(urls.app)
    with ExitStack() as stack:
        parties = stack.enter_context(closing(PartyVault(urls.app, key(settings, "party"))))
        lines = stack.enter_context(closing(LineIndex(urls.app)))
        store = stack.enter_context(closing(_store(urls.app, clock or clock_of(settings), meter)))
        policy = parse_policy(_policy_text(settings, "authority.toml"))
        small_balances = parse_small_balances(_policy_text(settings, "small-balances.toml"))
        direct_debit = parse_direct_debit(_policy_text(settings, "direct-debit.toml"))
        policies = Policies(policy, small_balances, direct_debit)
        ledger = _ledger(store, policies, meter)
        raw = RawStore(settings.home / "raw")
        digest = partial(keyed_digest, key(settings, "digest"))
        yield App(
            settings=settings,
            urls=urls,
            store=store,
            ledger=ledger,
            keeping=Keeping(raw, parties, digest, lines, VaultDetails(parties, digest)),
            raw=raw,
            parties=parties,
            lines=lines,
            policy=policy,
            matching=parse_matching(_policy_text(settings, "matching.toml")),
            direct_debit=direct_debit,
            standing_orders=parse_standing_orders(_policy_text(settings, "standing-orders.toml")),
            profiles=profiles_of(settings),
            remittance_profiles=_remittance_profiles(settings),
        )


def _store(url: str, clock: Clock | None, meter: Meter | None) -> Store:
    return Store(url, clock=clock) if meter is None else MeteredStore(url, meter, clock)


class Policies(NamedTuple):
    """The policies by which the ledger decides."""

    authority: AuthorityPolicy
    small_balances: SmallBalancePolicy
    direct_debit: DirectDebitPolicy


def _ledger(store: Store, policies: Policies, meter: Meter | None) -> Ledger:
    def today() -> date:
        return business_day(store.now())

    def on_stopped(fact: StreamQuarantined) -> None:
        log_alarm(quarantine_alarm(fact))
        if meter is not None:
            meter.broke()

    if meter is None:
        return Ledger(
            store,
            policies.authority,
            today,
            policies.small_balances,
            on_stopped,
            policies.direct_debit,
        )
    return MeteredLedger(
        store,
        policies.authority,
        today,
        policies.small_balances,
        on_stopped,
        policies.direct_debit,
        meter,
    )


def _policy_text(settings: Settings, name: str) -> str:
    return policy_file(settings, name).read_text(encoding="utf-8")


def key(settings: Settings, name: str) -> bytes:
    """The party or the digest key: from the settings, else generated and kept in the home."""
    given = settings.party_key if name == "party" else settings.digest_key
    text = given.get_secret_value() if given is not None else secret(settings.home, f"{name}-key")
    if len(text.encode()) < KEY_BYTES_MIN:
        raise SettingsError(f"{variable(f'{name}_key')} needs at least {KEY_BYTES_MIN} bytes")
    return text.encode()
