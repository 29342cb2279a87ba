"""The verbs of `tallystick dd`, as an officer types them; bank details stay where they are."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from ledger.bacs_days import BacsDays

Command: TypeAlias = Any  # of the conftest, which cannot be imported from here

POLICY = """
[[originator]]
unit = "HSG"
sun = "999999"
account = "300000-12345678"
account_name = "ANYTOWN COUNCIL"
user_name = "ANYTOWN COUNCIL"
"""
CANARY_NUMBER, CANARY_NAME = "88837491", "Quillfeather"


@pytest.fixture
def council(tallystick: Command) -> Command:
    """A council that collects, with two debtors and bills that are due on the first day it can."""
    policy = Path(tallystick.variables["TALLYSTICK_POLICY_DIR"])
    (policy / "direct-debit.toml").write_text(POLICY, encoding="utf-8")
    for account in ("1", "2"):
        said = tallystick(
            "command", "open-account", "unit=HSG", f"account={account}", "debt_type=rent"
        )
        assert said.code == 0, said.said
    return tallystick


def _file(tmp_path: Path, *rows: str) -> str:
    head = "unit,account,sort_code,account_number,name,scheme,agreed_on"
    path = tmp_path / "mandates.csv"
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return str(path)


def _day() -> date:
    days = BacsDays()
    return days.after(days.on_or_after(date.today() + timedelta(days=1)), 3)  # noqa: DTZ011 - the day of the server


def test_wrong_rows_are_told_by_file_line_and_field_and_the_others_are_set_up(
    council: Command, tmp_path: Path
) -> None:
    today = date.today().isoformat()  # noqa: DTZ011 - the day of the server
    path = _file(
        tmp_path,
        f"HSG,1,107999,{CANARY_NUMBER},{CANARY_NAME},paperless,{today}",
        f"HSG,2,1079,{CANARY_NUMBER},{CANARY_NAME},paperless,{today}",
        f"HSG,2,107999,{CANARY_NUMBER},{CANARY_NAME},telepathy,{today}",
        f"HSG,9,107999,{CANARY_NUMBER},{CANARY_NAME},paper,{today}",
    )
    said = council("dd", "mandate", "add", path)
    assert said.code == 3
    assert "mandates.csv, line 3: sort_code: a sort code has six digits" in said.err
    assert "mandates.csv, line 4: scheme: 'telepathy' is not paper or paperless" in said.err
    assert "line 5: refused (account_not_open): account 9 is not open in unit HSG" in said.err
    assert "1 mandate set up" in said.out
    again = council("dd", "mandate", "add", path)
    (known,) = (line for line in again.out.splitlines() if "(it was there already)" in line)
    assert known.split(" (it was")[0] in said.out  # with the reference that it has
    assert CANARY_NUMBER not in said.said + again.said
    assert CANARY_NAME not in said.said + again.said


def test_a_file_without_a_column_says_which(council: Command, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("unit,account\nHSG,1\n", encoding="utf-8")
    said = council("dd", "mandate", "add", str(path))
    assert (said.code, "bad.csv, line 1: there is no column sort_code" in said.err) == (2, True)


def test_the_verbs_tell_their_story_and_no_bank_details(council: Command, tmp_path: Path) -> None:
    today = date.today().isoformat()  # noqa: DTZ011 - the day of the server
    path = _file(tmp_path, f"HSG,1,107999,{CANARY_NUMBER},{CANARY_NAME},paperless,{today}")
    told = [council("dd", "mandate", "add", path)]
    (reference,) = re.findall(r"^(\d{12}) ", told[0].out, re.MULTILINE)
    day = _day().isoformat()
    told += [
        council("dd", "mandate", "notify", reference),
        council("dd", "plan", "--for", day, "--unit", "HSG"),
        council("dd", "run", "--for", day, "--unit", "HSG", "--actor", "senior.cole"),
    ]
    assert [one.code for one in told] == [0, 0, 0, 0], [one.said for one in told]
    assert "0 collections, £0.00, and 1 instructions" in told[-1].out
    own = council("dd", "release", "--out", str(tmp_path), "--actor", "senior.cole")
    assert (own.code, "own_proposal" in own.err) == (3, True)
    nowhere = council("dd", "release", "--out", str(tmp_path / "no"), "--actor", "manager.dean")
    assert (nowhere.code, "No such file or directory" in nowhere.err) == (1, True)
    assert not list(tmp_path.glob("HSG-*"))  # nothing lies there that nobody may send
    told.append(council("dd", "release", "--out", str(tmp_path), "--actor", "manager.dean"))
    assert not list(tmp_path.glob("*.part"))
    released = tmp_path / f"HSG-{day}-1.txt"
    assert CANARY_NUMBER in released.read_text("ascii")  # the one place where they belong
    told += [
        council("dd", "runs"),
        council("dd", "prove"),
        council("dd", "sign-off", "--actor", "senior.cole"),
        council("dd", "mandate", "suspend", reference, "--reason", "on leave"),
        council("dd", "mandate", "resume", reference, "--reason", "back"),
        council("dd", "mandate", "final", reference, "--reason", "moves out"),
        council("dd", "mandate", "final", reference, "--undo", "--reason", "stays"),
        council("dd", "mandate", "cancel", reference, "--reason", "asked for"),
        council("dd", "mandate", "show", reference),
        council("dd", "represent", "--unit", "HSG"),
        council("dd", "post"),
    ]
    assert council("dd", "prove").code == 4
    assert "Input report: it has not come" in council("dd", "prove").err
    story = council("dd", "mandate", "show", reference).out
    assert f"a new instruction for the payer's bank was put into run HSG-{day}-1, line 5" in story
    assert "the next collection is after all not the last one: stays" in story
    assert "we cancelled it: asked for" in story
    said = " ".join(one.said for one in told)
    assert CANARY_NUMBER not in said
    assert CANARY_NAME.upper() not in said.upper()
    _assert_no_details_in_the_database(council)


def _assert_no_details_in_the_database(council: Command) -> None:
    url = council.variables["TALLYSTICK_DATABASE_URL"]
    with psycopg.connect(url) as connection:
        connection.execute("SET ROLE tallystick_auditor")
        rows = connection.execute("SELECT convert_from(state, 'UTF8') FROM ledger.events")
        text = "".join(row[0] for row in rows)
    assert "mandate-drafted" not in text or CANARY_NUMBER not in text
    assert len(text) > 1_000
    assert CANARY_NUMBER not in text
    assert CANARY_NAME.upper() not in text.upper()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("dd", "mandate", "show", "12"), 5, "there is no mandate '12'"),
        (("dd", "prove", "X"), 5, "there is no Direct Debit run yet"),
        (("dd", "plan", "--for", "2026-12-25", "--unit", "HSG"), 5, "Bacs does not work on Friday"),
        (("dd", "plan", "--for", "2026-12-15", "--unit", "ZZZ"), 5, "unit ZZZ does not collect"),
    ],
    ids=str,
)
def test_what_is_not_there_is_named(
    council: Command, words: tuple[str, ...], code: int, says: str
) -> None:
    said = council(*words)
    assert (said.code, says in said.err) == (code, True), said.said
