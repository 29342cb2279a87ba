"""Settings: where they come from, what is refused, and that no secret is ever shown."""

import json
import logging
import logging.config
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from pydantic import SecretStr, ValidationError

from service.settings import Settings, SettingsError, load_settings, masked, variable
from service.settings_page import configuration_page
from service.telemetry import configure_logging, progress

CANARY = 'canary "of\\the mine'
SECRETS = [
    "database_url",
    "owner_database_url",
    "reporting_url",
    "kafka_sasl_password",
    "party_key",
    "digest_key",
]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working directory, and none of our variables."""
    monkeypatch.chdir(tmp_path)
    for name in (*map(variable, Settings.model_fields), "TALLYSTICK_CONFIG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[], str]]:
    """What a process that configures its logging wrote to standard error so far.

    The suite's own logging is put back afterwards.
    """
    loggers = [logging.getLogger(name) for name in (None, "psycopg", "psycopg.pool", "kafka")]
    levels = [logger.level for logger in loggers]
    monkeypatch.setattr(loggers[0], "handlers", [])
    text = ""

    def read() -> str:
        nonlocal text
        text += capsys.readouterr().err
        return text

    yield read
    structlog.reset_defaults()
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def fail(with_text: str) -> None:
    raise ValueError(with_text)


def test_without_any_setting_everything_has_a_default() -> None:
    settings = load_settings()

    assert settings.home == Path(".tallystick")
    assert settings.database_url is None
    assert settings.kafka_bootstrap == "127.0.0.1:9092"
    assert settings.kafka_topics == (
        "ar.billing.invoice.v1",
        "ar.billing.credit-note.v1",
        "ar.billing.account.v1",
    )


def test_a_variable_wins_over_the_file_and_the_file_over_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("tallystick.toml").write_text('kafka_group = "file"\nactor = "file"\n')
    monkeypatch.setenv("TALLYSTICK_ACTOR", "variable")

    settings = load_settings()

    assert (settings.kafka_group, settings.actor) == ("file", "variable")


def test_the_file_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = tmp_path / "other.toml"
    named.write_text('kafka_topics = ["one", "two"]\n')
    monkeypatch.setenv("TALLYSTICK_CONFIG", str(named))

    assert load_settings().kafka_topics == ("one", "two")


def test_topics_in_a_variable_are_joined_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_KAFKA_TOPICS", "one, two,")

    assert load_settings().kafka_topics == ("one", "two")


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_DATABASE_URL", "")

    assert load_settings().database_url is None


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("KAFKA_SHARE", "2/2", "the shares of 2 processes are 0 to 1"),
        ("KAFKA_SHARE", "1 of 2", "pattern"),
        ("REPORTING_URL", "postgresql://u:canary@one,two/t", "several servers"),
        ("REPORTING_URL", "host=one,two password=canary", "several servers"),
    ],
)
def test_a_share_that_is_none_and_a_replica_that_is_several_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(f"TALLYSTICK_{name}", value)

    with pytest.raises(SettingsError, match=why) as refused:
        load_settings()
    assert "canary" not in str(refused.value)


def test_settings_do_not_change() -> None:
    settings = load_settings()

    with pytest.raises(ValidationError, match="frozen"):
        settings.__setattr__("actor", "somebody")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("TALLYSTICK_DATABSE_URL", "TALLYSTICK_DATABASE_URL"),
        ("TALLYSTICK_KAFKA_BOOTSTRAPS", "TALLYSTICK_KAFKA_BOOTSTRAP"),
        ("tallystick_log_fromat", "TALLYSTICK_LOG_FORMAT"),
        ("TALLYSTICK_CONFIGS", "TALLYSTICK_CONFIG"),
    ],
)
def test_a_misspelt_variable_is_refused_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, written: str, meant: str
) -> None:
    monkeypatch.setenv(written, CANARY)

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value) == f"there is no variable {written}; did you mean {meant}?"


def test_a_misspelt_name_in_the_file_is_refused_with_the_nearest_name() -> None:
    Path("tallystick.toml").write_text("kafka_grup = 'x'\nzzz = 1\n")

    with pytest.raises(SettingsError) as caught:
        load_settings()

    assert str(caught.value).splitlines() == [
        "tallystick.toml: there is no setting 'kafka_grup'; did you mean kafka_group?",
        "tallystick.toml: there is no setting 'zzz'",
    ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("LOG_LEVEL", "loud", "TALLYSTICK_LOG_LEVEL .*'debug', 'info', 'warning' or 'error'"),
        ("SANDBOX_CLOCK", "2026-04-01T09:00:00", "TALLYSTICK_SANDBOX_CLOCK .*timezone"),
        ("KAFKA_TOPICS", " , ", "TALLYSTICK_KAFKA_TOPICS .*at least 1"),
        ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL", "needs kafka_sasl_mechanism, .*password"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(f"TALLYSTICK_{name}", value)

    with pytest.raises(SettingsError, match=expected):
        load_settings()


@pytest.mark.parametrize(
    ("content", "expected"),
    [("kafka_group = ", "is not TOML"), (f"party_key = ['{CANARY}']", "TALLYSTICK_PARTY_KEY")],
)
def test_a_file_that_cannot_be_used_is_refused_without_its_content(
    content: str, expected: str
) -> None:
    Path("tallystick.toml").write_text(content)

    with pytest.raises(SettingsError, match=expected) as caught:
        load_settings()

    assert "canary" not in str(caught.value)


def test_a_named_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_CONFIG", "absent.toml")

    with pytest.raises(SettingsError, match=r"TALLYSTICK_CONFIG: cannot read absent\.toml"):
        load_settings()


def test_masked_shows_every_setting_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.setenv(variable(name), CANARY)

    shown = masked(load_settings())

    assert list(shown) == list(Settings.model_fields)
    assert {name: shown[name] for name in SECRETS} == dict.fromkeys(SECRETS, "********")
    assert shown["actor"] == "(not set)"
    assert "canary" not in repr(load_settings()) + str(shown)


def test_every_setting_is_described_in_a_sentence() -> None:
    described = {name: field.description or "" for name, field in Settings.model_fields.items()}

    assert [name for name, text in described.items() if not text.endswith(".")] == []


def test_the_configuration_page_is_the_generated_one() -> None:
    page = Path(__file__).parents[1] / "docs" / "configuration.md"

    assert page.read_text(encoding="utf-8") == configuration_page()
    names = re.findall(r"^### `(\w+)`$", configuration_page(), re.MULTILINE)
    assert names == [variable(name) for name in Settings.model_fields]


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_secret_reaches_a_log_line(
    written: Callable[[], str], form: str, tmp_path: Path
) -> None:
    folder = tmp_path / "home" / "secrets"
    folder.mkdir(parents=True)
    (folder / "party-key").write_text("generated-canary\n")
    settings = Settings(
        home=tmp_path / "home",
        log_format="json" if form == "json" else "console",
        party_key=SecretStr(CANARY),
        database_url=SecretStr("postgresql://app:url-canary@db/tallystick"),
    )
    configure_logging(settings)
    log = structlog.get_logger("tallystick")

    said = f"said {CANARY}"
    fields = {"api_token": "key-canary", "nested": {"text": CANARY}}
    log.info(said, **fields)
    logging.getLogger("any").warning("postgresql://x:other-canary@host/db password=dsn-canary")
    try:
        fail(f"generated-canary {CANARY}")
    except ValueError:
        log.exception("failed")
        logging.getLogger("any").exception("failed with %s", "generated-canary")

    text = written()
    assert text.count("failed") == 2
    assert "postgresql://x:********@host/db" in text
    assert "canary" not in text


def test_a_json_line_is_one_object_with_a_utc_time(written: Callable[[], str]) -> None:
    configure_logging(Settings(log_format="json"))

    structlog.get_logger("tallystick.intake").info("appended", events=3)

    entry = json.loads(written())
    assert entry["timestamp"].endswith("Z")
    del entry["timestamp"]
    assert entry == {
        "event": "appended",
        "events": 3,
        "level": "info",
        "logger": "tallystick.intake",
    }


def test_lines_below_the_level_are_not_written(written: Callable[[], str]) -> None:
    configure_logging(Settings(log_level="warning"))

    structlog.get_logger().info("quiet")
    logging.getLogger("any").info("quiet")
    structlog.get_logger().warning("loud")

    assert "quiet" not in written()
    assert "loud" in written()


def test_the_pool_that_another_library_silenced_speaks_again(written: Callable[[], str]) -> None:
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    logging.config.dictConfig({"version": 1})  # disables every logger that there is

    configure_logging(Settings())
    logging.getLogger("psycopg.pool").warning("cannot connect")

    assert "cannot connect" in written()


def test_progress_draws_nothing_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress("Reading", 2) as advance:
        advance(1)
        advance(1)

    captured = capsys.readouterr()
    assert (captured.out, captured.err.strip()) == ("", "")
