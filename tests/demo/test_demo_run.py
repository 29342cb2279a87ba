"""The whole demo, small: through the real intake on a sandbox database, to its printed end."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from rich.console import Console

from consumers.formats.control import checked
from consumers.formats.errors import FormatError
from consumers.formats.profiles import packaged_profiles
from consumers.formats.recognise import StatementFile, recognise
from consumers.formats.statement import StatementClosed, StatementItem
from consumers.reports import PARTS
from service.demo import show
from service.demo.checks import Check
from service.demo.council import UNITS, Unit
from service.demo.files import Council
from service.demo.player import Played, play
from service.demo.sandbox import DemoError, clear_folder
from service.embedded import EmbeddedServer
from service.embedded_database import (
    APP_LOGIN,
    EmbeddedDatabase,
    app_password,
    drop_database,
    ensure_database,
)
from service.exits import ERROR, IDENTITY_BROKEN, OK
from service.settings import Settings

ACCOUNTS = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """What a run left behind."""

    code: int
    text: str
    out: Path
    played: Played
    settings: Settings
    database: EmbeddedDatabase

    @property
    def council(self) -> Council:
        return self.played.desk.council


@pytest.fixture(scope="module")
def database(embedded: EmbeddedServer, worker_id: str) -> Iterator[EmbeddedDatabase]:
    from service.migrations import migrate  # noqa: PLC0415 - only tests of the database pay for it

    made = ensure_database(embedded, f"demo_whole_{worker_id}")
    migrate(made.owner_url, login_passwords={APP_LOGIN: app_password(embedded)}, sandbox=True)
    yield made
    drop_database(embedded, made.name)


@pytest.fixture(scope="module")
def shown(database: EmbeddedDatabase, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("demo")
    settings = Settings(home=folder / "home", database_url=SecretStr(database.app_url))
    kept: list[Played] = []

    def keep(*args: object, **named: object) -> Played:
        kept.append(play(*args, **named))  # type: ignore[arg-type]
        return kept[0]

    text = StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(show, "play", keep)
        code = show.run(
            settings, ACCOUNTS, "", folder / "out", Console(file=text, width=80, no_color=True)
        )
    return Shown(code, text.getvalue(), folder / "out", kept[0], settings, database)


def test_the_demo_ends_well_and_every_identity_holds(shown: Shown) -> None:
    assert "FAIL" not in shown.text
    assert len(re.findall(r"✓  ok   ID-[1-8] ", shown.text)) == 8
    assert shown.code == OK


def test_every_planted_mistake_is_found_and_nothing_else_is_refused(shown: Shown) -> None:
    planted, intake = shown.council.planted, shown.played.intake
    assert intake.messages["refused"] == planted.refused_messages == 19
    assert intake.messages["repeated"] == planted.repeated_messages > 2
    assert len(intake.refused_files) == planted.refused_files == 3
    assert intake.total("quarantined").lines == planted.quarantined_rows == 2
    assert intake.total("duplicates").lines == planted.duplicate_lines > 2
    assert intake.same_files == len(planted.again) == 2


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.code)
def test_what_the_files_reported_adds_up_to_what_moved_in_the_bank(
    shown: Shown, unit: Unit
) -> None:
    """Opening balance of two years plus every line that is new = closing balance."""
    assert shown.played.intake.does_not_add_up == []
    parts = shown.played.intake.accounts[unit.bank_account]
    new = sum(parts[name].amount_minor for name in PARTS if name != "duplicates")
    closing, unexplained = balances(shown, unit)
    # A row whose amount cannot be read counts as nothing; the balances say what it must come to.
    assert unit.opening_minor + new + unexplained == closing
    assert bool(unexplained) == (unit.code == "ASC")


def statement_items(path: Path) -> Iterator[StatementItem]:
    """The items of a bank statement, proved. Raises FormatError."""
    found = recognise(path, packaged_profiles())
    assert isinstance(found, StatementFile)
    return checked(found.reader(path), path.name)


def balances(shown: Shown, unit: Unit) -> tuple[int, int]:
    """The last closing balance of a unit's files, and what rows of unknown amount come to."""
    names = [one.name for one in shown.council.deliveries if f"-bank-{unit.code}." in one.name]
    closing = unexplained = 0
    for name in sorted(set(names)):
        path = shown.council.folder / name
        with suppress(FormatError):  # the one whose total was spoilt
            for item in statement_items(path):
                if isinstance(item, StatementClosed):
                    closing = item.closing_minor or 0
                    unexplained += item.unexplained_minor or 0
    return closing, unexplained


def test_no_name_and_no_street_is_in_an_event(shown: Shown) -> None:
    people = [debtor.person for debtor in shown.council.debtors]
    people += [tenant.debtor.person for tenant in shown.council.month.tenants]
    payers = shown.council.debits.payers
    people += [payer.debtor.person for payer in payers]
    words = {person.name for person in people} | {person.address[0] for person in people}
    words |= {number for payer in payers for _, number in payer.banks}
    with psycopg.connect(shown.database.owner_url) as connection:
        rows = connection.execute(
            "SELECT count(*) FROM ledger.events WHERE convert_from(state, 'UTF8') ~* %s",
            ("|".join(re.escape(word) for word in words),),
        ).fetchone()
        kept = connection.execute("SELECT count(*) FROM ledger.events").fetchone()
    assert rows == (0,)
    assert kept is not None
    assert kept[0] > 3_000


def test_officers_did_their_work_and_were_told_no(shown: Shown) -> None:
    done, refused = shown.played.desk.done, shown.played.desk.refused
    assert done["identify_suspense"] > 0
    assert done["approve_write_off"] > 0
    assert done["place_hold"] > 0
    assert "own_proposal" in {one.code for one in refused}
    assert all(one.sentence for one in refused)


def test_officers_put_every_receipt_of_the_month_right(shown: Shown) -> None:
    """All but the last days' and a stranger's; one was given to the wrong debtor and moved back."""
    done = shown.played.desk.done
    for action in (
        "assign_suspense",
        "split_suspense",
        "confirm_payer_alias",
        "record_suspense_return_paid",
        "transfer_suspense",
    ):
        assert done[action] > 0, action
    assert done["move_to_suspense"] == len(shown.council.month.known.mixed_up) == 1
    assert "Left in suspense of these accounts: 1 below-threshold, 1 no-candidate." in shown.text
    with psycopg.connect(shown.database.owner_url) as connection:
        rows = connection.execute(
            "SELECT r.bank_account, s.amount_minor, s.value_on, r.unit, r.account"
            " FROM reporting.receipts AS r JOIN reporting.receipts AS s ON s.receipt = r.parent"
            " WHERE r.kind = 'received' AND NOT r.automatic AND s.kind IN ('suspended', 'moved_in')"
        ).fetchall()
    given = {(account, minor, on): place for account, minor, on, *place in rows}
    truth = shown.council.month.truth()
    checked_ = [key for key in given if key in truth and truth[key].owner is not None]
    assert len(checked_) >= 6
    wrong = [key for key in checked_ if tuple(given[key]) != truth[key].owner]
    mixed_up = set(shown.council.month.known.mixed_up)
    assert not set(wrong) - mixed_up


def test_only_what_is_missing_is_said_to_be_missing(shown: Shown) -> None:
    (missing,) = (one for one in shown.played.intake.notices if "has not come" in one)
    assert missing.startswith("2026-04-20-month-HS2.sta: bank account 990201-20010001:")
    assert missing.endswith("statement 10 has not come: statement 11 follows 9")


def test_the_ledger_knew_less_on_the_day_than_it_knows_now(shown: Shown) -> None:
    found = re.search(r"difference +(-?[\d,.]+) +(-?[\d,.]+) +(-?[\d,.]+) +(-?[\d,.]+)", shown.text)
    assert found is not None
    assert found[4] != "0.00"


def test_the_end_fits_into_80_columns_but_for_paths(shown: Shown) -> None:
    long = [line for line in shown.text.splitlines() if len(line.rstrip()) > 80]
    assert all("/" in line or line.startswith("✓") for line in long)


def test_pictures_and_settings_are_left_for_the_commands(shown: Shown) -> None:
    for name in ("aged-debt.png", "collection-curve.png", "unpaid-by-reason.png"):
        assert (shown.out / "pictures" / name).read_bytes().startswith(b"\x89PNG")
    config = (shown.out / "tallystick.toml").read_text(encoding="utf-8")
    assert "sandbox_clock" in config
    assert "postgresql://" not in config
    assert "report aged_debt --as-at 2026-03-31" in shown.text


def test_a_ledger_that_is_not_empty_is_not_played_in(
    shown: Shown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = show.run(shown.settings, ACCOUNTS, "", tmp_path, Console(file=StringIO()))
    assert code == ERROR


def test_a_folder_that_the_demo_did_not_make_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(DemoError, match="not made by the demo"):
        clear_folder(tmp_path)
    assert (tmp_path / "thesis.txt").exists()


@pytest.mark.parametrize(
    ("check", "code"),
    [
        (Check("ID-1", holds=False, found="1 pence out", is_identity=True), IDENTITY_BROKEN),
        (Check("files", holds=False, found="1 of 2"), ERROR),
        (Check("files", holds=True, found="2 of 2"), OK),
    ],
)
def test_the_exit_code_says_what_did_not_hold(
    check: Check, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(show, "_run", lambda *_, **__: (check,))
    settings = Settings(home=tmp_path / "home")
    assert show.run(settings, ACCOUNTS, "", tmp_path / "out", Console(file=StringIO())) == code
