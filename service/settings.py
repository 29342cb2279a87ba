"""Every setting of Tallystick: its name, type, default and meaning.

The only module that reads the environment. A setting comes from a variable `TALLYSTICK_<NAME>`,
else from the TOML file, else from its default. docs/configuration.md is generated from here.
"""

import difflib
import os
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    AwareDatetime,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "TALLYSTICK_"
CONFIG_VARIABLE = "TALLYSTICK_CONFIG"
CONFIG_FILE = Path("tallystick.toml")
_MASK = "********"


class SettingsError(ValueError):
    """The settings cannot be used; one line for each thing to put right, none shows a value."""


class Settings(BaseSettings):
    """The settings of one process, complete and never changed after they are read."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,  # compose files and units pass empty strings for "not set"
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # an error must not print the secret that is malformed
    )

    home: Path = Field(
        default=Path(".tallystick"),
        description="Folder of this installation: embedded database, generated secrets, kept raw "
        "files. Relative paths are taken from the working directory.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Connection URL of the application's login, for PostgreSQL 15 or later. "
        "Without it an embedded PostgreSQL runs in the home, for trying and testing only.",
    )
    owner_database_url: SecretStr | None = Field(
        default=None,
        description="Connection URL of the database's owner, needed by `migrate` "
        "only. Keep it away from the processes that serve.",
    )
    reporting_url: SecretStr | None = Field(
        default=None,
        description="Connection URL of a streaming replica, with the application's login. "
        "`report`, `explain`, `show` and `verify --replica` read there and write nothing; every "
        "decision goes to the database above. One server only: two may differ by a moment.",
    )
    reading_wait_seconds: int = Field(
        default=10,
        ge=0,
        le=600,
        description="How long a question with `--at-least` waits for the position that it names.",
    )
    kafka_bootstrap: str = Field(
        default="127.0.0.1:9092",
        min_length=1,
        description="Kafka brokers to ask first, as `host:port`, several joined by commas.",
    )
    kafka_group: str = Field(
        default="tallystick", min_length=1, description="Consumer group of `consume`."
    )
    kafka_topics: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("ar.billing.invoice.v1", "ar.billing.credit-note.v1", "ar.billing.account.v1"),
        min_length=1,
        description="Topics to consume. As a variable: joined by commas.",
    )
    kafka_share: str = Field(
        default="0/1",
        pattern=r"^[0-9]{1,3}/[1-9][0-9]{0,2}$",
        description="Which partitions this process takes, as `i/n`: those whose number modulo n is "
        "i. Every i below n needs a process, or its partitions are not read.",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="How brokers are spoken to."
    )
    kafka_ssl_cafile: Path | None = Field(
        default=None,
        description="File of the certificate authorities that sign the brokers' certificates, in "
        "PEM form; the system's own when not set.",
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        default=None, description="How to log in to the brokers, for the two SASL protocols."
    )
    kafka_sasl_username: str | None = Field(
        default=None, description="User name at the brokers, for the two SASL protocols."
    )
    kafka_sasl_password: SecretStr | None = Field(
        default=None, description="Password at the brokers, for the two SASL protocols."
    )
    schema_registry_url: str | None = Field(
        default=None,
        description="Address of a Confluent-compatible schema registry, asked which of the shipped "
        "schemas a message's number stands for. A schema that was not shipped is never accepted.",
    )
    policy_dir: Path | None = Field(
        default=None,
        description="Folder of your own policy files and tables; those shipped when not set.",
    )
    party_key: SecretStr | None = Field(
        default=None,
        description="Master key of the personal data in party records. Generated and kept in the "
        "home when not set; without it names and addresses cannot be read again.",
    )
    digest_key: SecretStr | None = Field(
        default=None,
        description="Key of the digests by which a payer is recognised. Generated and kept in the "
        "home when not set.",
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="Form of the log lines on standard error."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important log lines that are still written."
    )
    sandbox_clock: AwareDatetime | None = Field(
        default=None,
        description="A fixed business time with its offset, such as `2026-04-01T09:00:00+01:00`. "
        "Honoured only by a ledger that was created as a sandbox.",
    )
    disk_free_percent_min: int = Field(
        default=10,
        ge=0,
        le=100,
        description="Percent of the home's disk that must be free for `health` to call it well.",
    )
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="Port on which a process that runs serves `/metrics`, `/healthz` and `/readyz`;"
        " none is opened when not set, 0 takes a free one.",
    )
    metrics_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address on which that port is opened. It has no login: keep it inside.",
    )
    actor: str | None = Field(
        default=None,
        min_length=1,
        description="Who gives the commands when a command line does not name an actor.",
    )

    @field_validator("kafka_topics", mode="before")
    @classmethod
    def _split_topics(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for word in value.split(",") if (part := word.strip()))
        return value

    @field_validator("kafka_share")
    @classmethod
    def _share_exists(cls, value: str) -> str:
        index, count = value.split("/")
        if int(index) >= int(count):
            raise ValueError(f"{value}: the shares of {count} processes are 0 to {int(count) - 1}")
        return value

    @field_validator("reporting_url")
    @classmethod
    def _one_server(cls, value: SecretStr | None) -> SecretStr | None:
        """Two connections of one question must not meet two replicas of different age."""
        with suppress(psycopg.ProgrammingError):  # no URL at all: connecting says so
            parts = conninfo_to_dict(value.get_secret_value()) if value is not None else {}
            if "," in str(parts.get("host") or ""):
                raise ValueError("it names several servers; a reader needs one, to go on asking it")
        return value

    @field_validator("home", "policy_dir", "kafka_ssl_cafile")
    @classmethod
    def _expand_home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value is not None else None

    @model_validator(mode="after")
    def _complete_sasl(self) -> Self:
        """A SASL protocol needs all three parts of a login; half of one is an oversight."""
        names = ("kafka_sasl_mechanism", "kafka_sasl_username", "kafka_sasl_password")
        missing = [name for name in names if getattr(self, name) is None]
        if self.kafka_security_protocol.startswith("SASL") and missing:
            raise ValueError(
                f"kafka_security_protocol {self.kafka_security_protocol} needs {', '.join(missing)}"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then variables, then the TOML file; no other source is read."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, InitSettingsSource(settings_cls, _file_values())


def load_settings() -> Settings:
    """The settings of this process. Raises SettingsError, which names each thing to put right."""
    _refuse_unknown_variables()
    try:
        return Settings()
    except ValidationError as error:
        lines = [_sentence(problem["loc"], problem["msg"]) for problem in error.errors()]
        raise SettingsError("\n".join(lines)) from None


def masked(settings: Settings) -> dict[str, str]:
    """Every setting as text in the order of the documentation, secrets as asterisks."""
    return {name: _shown(getattr(settings, name)) for name in Settings.model_fields}


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return _MASK
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    return "(not set)" if value is None else str(value)


def _sentence(location: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not location:
        return message
    name = str(location[0])
    return f"{variable(name)} (or {name} in the TOML file): {message}"


def _file_values() -> dict[str, Any]:
    """The TOML file's settings. Raises SettingsError when it cannot be used as a whole."""
    named = os.environ.get(CONFIG_VARIABLE)
    path = Path(named).expanduser() if named else CONFIG_FILE
    if not named and not path.exists():
        return {}
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{CONFIG_VARIABLE}: cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not TOML: {error}") from None
    known = list(Settings.model_fields)
    unknown = [name for name in values if name not in known]
    _refuse([f"{path}: there is no setting {name!r}{_nearest(name, known)}" for name in unknown])
    return values


def _refuse_unknown_variables() -> None:
    known = [CONFIG_VARIABLE, *map(variable, Settings.model_fields)]
    names = [name for name in sorted(os.environ) if name.upper().startswith(PREFIX)]
    unknown = [name for name in names if name.upper() not in known]
    _refuse([f"there is no variable {name}{_nearest(name.upper(), known)}" for name in unknown])


def _nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean X?` for the real name closest to `name`, or nothing."""
    close = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {close[0]}?" if close else ""


def _refuse(problems: list[str]) -> None:
    if problems:
        raise SettingsError("\n".join(problems))


def environment() -> dict[str, str]:
    """The variables of this process, for checks that must see all of them."""
    return dict(os.environ)
