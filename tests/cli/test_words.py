"""Help, wrong usage and things that are not there: a sentence and a code, never a traceback."""

import re
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.ports import TransientError

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here

NOT_LISTED = {"--help", "--install-completion", "--show-completion"}


def test_every_verb_says_what_it_does_and_what_each_option_means(
    bare: Tallystick, verbs: dict[str, Any]
) -> None:
    assert {"ingest", "consume", "intake retry", "verify", "command", "profile list"} <= set(verbs)
    for verb, command in verbs.items():
        result = bare(*verb.split(), "--help")
        assert result.code == 0, verb
        assert "Usage: tallystick" in result.said, verb
        assert len(command.help or "") > 20, f"{verb} does not say what it does"
        for one in command.params:
            assert getattr(one, "help", "") or one.name == "help", f"{verb} {one.name}"


def test_help_in_a_narrow_window_cuts_no_verb(bare: Tallystick, verbs: dict[str, Any]) -> None:
    result = bare("--help", COLUMNS="80")
    for verb in verbs:
        assert verb.split()[0] in result.out


def test_without_a_word_the_command_shows_its_help(bare: Tallystick) -> None:
    assert "Usage: tallystick" in bare().said


def test_the_version_is_that_of_the_package(bare: Tallystick) -> None:
    result = bare("--version")
    assert (result.code, re.fullmatch(r"tallystick \d+\.\d+\.\d+\n", result.out) is None) == (
        0,
        False,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ingset",), "ingest"),
        (("intake", "lst"), "list"),
        (("ingest",), "Missing argument"),
        (("intake", "show", "seven"), "should be a valid integer"),
        (("verify", "--jsn"), "--json"),
        (("intake", "discard", "1"), "--reason"),
        (("command", "propose-refnd"), "did you mean propose-refund?"),
        (("command", "open-account", "unit=H", "acount=1"), "'acount=1' is not one of: unit=,"),
        (
            ("command", "open-account", "unit=H"),
            "account= is missing (text); debt_type= is missing",
        ),
        (("command", "open-account", "unit=H", "unit=H"), "unit= is given twice"),
        (
            ("command", "propose-refund", "amount=ten"),
            "amount= takes pounds, such as 12.50, not 'ten'",
        ),
        (
            ("command", "receive-payment", "value_on=1700000000"),
            "value_on= takes a date, such as 2026-04-30, not '1700000000'",
        ),
        (("command", "receive-payment", "from_suspense=R"), "is not one of"),
        (("command", "allocate", "targets=[x"), "targets= takes a list as JSON, not '[x'"),
        (
            ("command", "open-account", "unit=H", "account=1", "debt_type=rent"),
            "say who gives the command: --actor, or TALLYSTICK_ACTOR",
        ),
        (("intake", "discard", "1", "--reason", "x"), "say who decides"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence_with_code_2(
    bare: Tallystick, words: tuple[str, ...], said: str
) -> None:
    with_actor = {"TALLYSTICK_ACTOR": "officer.ames"} if "who" not in said else {}
    result = bare(*words, **with_actor)
    assert result.code == 2
    assert said in result.said


def test_a_misspelt_variable_is_named_with_the_real_one(bare: Tallystick) -> None:
    result = bare("config", TALLYSTICK_KAFKA_TOPIC="x")
    assert result.code == 2
    assert "there is no variable TALLYSTICK_KAFKA_TOPIC; did you mean" in result.said


@pytest.mark.parametrize(
    "words", [("verify",), ("intake", "list"), ("project", "--once"), ("report", "aged_debt")]
)
def test_a_database_that_is_not_there_is_one_sentence_without_its_password(
    bare: Tallystick, words: tuple[str, ...]
) -> None:
    result = bare(*words)
    assert result.code == 1
    assert "error: the database does not answer" in result.said
    assert "secret-canary" not in result.said
    assert result.err.count("error:") == 1


def test_a_broker_that_is_not_there_is_one_sentence(
    tallystick: Tallystick, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service import streaming  # noqa: PLC0415 - its Kafka client takes a while to import

    def absent(*_: object, **__: object) -> None:
        raise TransientError("no Kafka broker answers: [Errno 111] refused")

    monkeypatch.setattr(streaming, "KafkaBroker", absent)
    result = tallystick("consume")
    assert (result.code, result.err.strip()) == (
        1,
        "error: no Kafka broker answers: [Errno 111] refused",
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("authority.toml", "nonsense", "authority.toml"),
        ("bank-accounts.toml", "[acounts]\n", "acounts: there is one table, [accounts]"),
        ("bank-accounts.toml", '[accounts]\n"300000-12345678" = 7\n', "7 is not a unit"),
        (
            "bank-accounts.toml",
            '[accounts]\n"300000-12345678" = "A"\n"30-00-00 12345678" = "B"\n',
            "the account stands there twice",
        ),
        ("direct-debit.toml", "extra_holidays = 5\n", "extra_holidays: 5 is not a list of dates"),
        ("profiles/mine.toml", 'name = "x"\n', "mine.toml"),
    ],
)
def test_a_policy_file_that_is_wrong_is_named(
    tallystick: Tallystick, tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = tmp_path / "policy" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    bank = tmp_path / "x.csv"
    bank.write_text("a,b\n", encoding="utf-8")
    result = tallystick("ingest", str(bank))
    assert result.code == 1
    assert said in result.said


def test_a_policy_folder_that_does_not_exist_is_not_passed_over(tallystick: Tallystick) -> None:
    result = tallystick("verify", TALLYSTICK_POLICY_DIR="/no/such/folder")
    assert result.code == 2
    assert "TALLYSTICK_POLICY_DIR: there is no folder /no/such/folder" in result.said


def test_a_key_that_is_too_short_is_named_and_not_shown(tallystick: Tallystick) -> None:
    result = tallystick("verify", TALLYSTICK_PARTY_KEY="canary")
    assert result.code == 2
    assert "TALLYSTICK_PARTY_KEY needs at least 16 bytes" in result.said
    assert "canary" not in result.said


SECRETS = {
    "TALLYSTICK_DATABASE_URL": "postgresql://u:canary-1@127.0.0.1:9/d",
    "TALLYSTICK_OWNER_DATABASE_URL": "postgresql://o:canary-2@127.0.0.1:9/d",
    "TALLYSTICK_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "TALLYSTICK_KAFKA_SASL_MECHANISM": "PLAIN",
    "TALLYSTICK_KAFKA_SASL_USERNAME": "u",
    "TALLYSTICK_KAFKA_SASL_PASSWORD": "canary-3",
    "TALLYSTICK_PARTY_KEY": "canary-4" * 4,
    "TALLYSTICK_DIGEST_KEY": "canary-5" * 4,
}


@pytest.mark.parametrize("words", [("config",), ("config", "--json")])
def test_config_shows_what_is_in_force_and_masks_every_secret(
    bare: Tallystick, words: tuple[str, ...]
) -> None:
    result = bare(*words, **SECRETS, TALLYSTICK_KAFKA_GROUP="income-team")
    assert result.code == 0
    assert "canary" not in result.said
    assert "income-team" in result.said
    assert result.said.count("********") == 5
    if "--json" in words:
        assert result.json()["kafka_group"] == "income-team"


def test_migrate_asks_for_the_owner_and_for_a_login(bare: Tallystick) -> None:
    result = bare("migrate")
    assert result.code == 2
    assert "TALLYSTICK_OWNER_DATABASE_URL" in result.said
    owner = "postgresql://o:x@127.0.0.1:9/d"
    result = bare(
        "migrate", TALLYSTICK_DATABASE_URL="postgresql:///d", TALLYSTICK_OWNER_DATABASE_URL=owner
    )
    assert result.code == 2
    assert "must name the application's login and its password" in result.said


def test_the_profiles_are_listed_with_their_banks_and_the_councils_own(
    bare: Tallystick, tmp_path: Path
) -> None:
    profiles = tmp_path / "policy" / "profiles"
    profiles.mkdir(parents=True)
    lloyds = Path(__file__).parents[2] / "consumers" / "formats" / "profiles" / "lloyds.toml"
    own = lloyds.read_text(encoding="utf-8").replace('name = "lloyds"', 'name = "our_bank"')
    (profiles / "our-bank.toml").write_text(own, encoding="utf-8")
    result = bare("profile", "list", TALLYSTICK_POLICY_DIR=str(tmp_path / "policy"))
    assert result.code == 0
    for name in ("barclays: Barclays", "lloyds: Lloyds", "natwest: NatWest", "our_bank: "):
        assert name in result.out


def test_the_schemas_are_listed_and_printed(bare: Tallystick) -> None:
    listed = bare("schema")
    assert "ar.billing.invoice.v1  version 1, registry id " in listed.out
    printed = bare("schema", "ar.billing.credit-note.v1")
    assert printed.json()["name"] == "CreditNote"
    unknown = bare("schema", "ar.billing.invoices.v1")
    assert unknown.code == 5
    assert "there is no topic ar.billing.invoices.v1; there are: ar.billing" in unknown.said
