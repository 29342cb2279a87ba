"""A collection from notice to representation, typed day by day, and what an officer reads."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from consumers.formats import arudd_write, bacs_submission_write
from consumers.formats.arudd_write import OutReturn, OutReturns
from consumers.formats.bacs_items import AccountTotals, InputReport, Tally
from consumers.formats.statement import SourceSpan
from service.embedded_database import EmbeddedDatabase

Command: TypeAlias = Any  # of the conftest, which cannot be imported from here
Council: TypeAlias = Callable[..., Any]

ACCOUNT = "300000-12345678"
POLICY = f"""
[[originator]]
unit = "HSG"
sun = "999999"
account = "{ACCOUNT}"
account_name = "ANYTOWN COUNCIL"
user_name = "ANYTOWN COUNCIL"
"""
AGREED, LODGED_BY, SENT_BY = date(2026, 11, 2), date(2026, 11, 26), date(2026, 12, 11)
PROCESSED, DEBITED = date(2026, 12, 14), date(2026, 12, 15)
TAKEN = "2026-12-15"
LINE = {
    "description": "Rent",
    "service": "RENT",
    "cost_code": "R100",
    "vat_code": "N",
    "net_minor": 10_000,
    "vat_minor": 0,
}


@pytest.fixture
def council(tallystick: Command, sandbox_database: EmbeddedDatabase) -> Council:
    """What an officer types on a day."""
    policy = Path(tallystick.variables["TALLYSTICK_POLICY_DIR"])
    (policy / "direct-debit.toml").write_text(POLICY, encoding="utf-8")
    tallystick.variables["TALLYSTICK_DATABASE_URL"] = sandbox_database.app_url

    def typed(day: date, *words: str, code: int = 0) -> Any:  # noqa: ANN401
        moment = f"{day.isoformat()}T09:00:00+00:00"
        said = tallystick(*words, TALLYSTICK_SANDBOX_CLOCK=moment)
        assert said.code == code, said.said
        return said

    return typed


def _mandates(council: Council, folder: Path) -> list[str]:
    """Three debtors with a bill of £100 and a mandate whose instruction went."""
    rows = ["unit,account,sort_code,account_number,name,scheme,agreed_on"]
    for account in ("1", "2", "3"):
        council(
            AGREED, "command", "open-account", "unit=HSG", f"account={account}", "debt_type=rent"
        )
        council(
            AGREED, "command", "issue-invoice", "unit=HSG", f"account={account}",
            f"invoice=I-{account}", "service=RENT", "invoiced_on=2026-11-02",
            "tax_point_on=2026-11-02", f"due_on={TAKEN}", "currency=GBP", "description=Rent",
            "net=100.00", "vat=0.00", "gross=100.00", f"lines={json.dumps([LINE])}",
            "--actor", "system:intake",
        )  # fmt: skip
        rows.append(f"HSG,{account},107999,1000000{account},Payer,paperless,2026-11-02")
    path = folder / "mandates.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    said = council(AGREED, "dd", "mandate", "add", str(path))
    found = re.findall(r"^(\d{12}) ", said.out, re.MULTILINE)
    assert len(found) == 3
    found.sort()
    for one in found:
        council(AGREED, "dd", "mandate", "notify", one)
    return found


def _announced(council: Council, folder: Path) -> list[str]:
    """The mandates, their instructions sent, and notice given of the first collection."""
    found = _mandates(council, folder)
    council(LODGED_BY, "dd", "run", "--for", "2026-12-01", "--unit", "HSG")
    said = council(LODGED_BY, "dd", "release", "--out", str(folder), "--actor", "manager.dean")
    assert "released: " in said.out
    notices = folder / "notices.csv"
    words = ("dd", "announce", "--for", TAKEN, "--unit", "HSG")
    assert "3 notices would be given, of £300.00" in council(LODGED_BY, *words, "--dry-run").err
    said = council(LODGED_BY, *words, "--out", str(notices))
    assert "3 notices given, of £300.00" in said.err
    rows = notices.read_text("utf-8").splitlines()
    assert rows[0] == "notice,unit,account,mandate,party,taken_on,amount"
    assert sorted(row.split(",")[3] for row in rows[1:]) == found
    assert {tuple(row.split(",")[5:]) for row in rows[1:]} == {(TAKEN, "100.00")}
    again = council(LODGED_BY, *words)
    assert "nothing is due on these days that was not announced" in again.err
    return found


def test_what_was_announced_is_withheld_amended_planned_and_given_up(
    council: Council, tmp_path: Path
) -> None:
    first, second, third = _announced(council, tmp_path)

    def typed(*words: str, code: int = 0) -> Any:  # noqa: ANN401
        return council(SENT_BY, "dd", *words, code=code)

    def change(verb: str, mandate: str, *more: str, code: int = 0) -> Any:  # noqa: ANN401
        words = ("mandate", verb, mandate, "--for", TAKEN, "--reason", "he asked")
        return typed(*words, *more, code=code)

    withheld = change("withhold", first).out
    assert f"mandate {first}: what was announced for 15 December 2026 is withheld" in withheld
    assert f"see the new total: tallystick dd plan --for {TAKEN} --unit HSG" in withheld
    assert "prepare run" not in withheld  # there is none yet
    assert "it is withheld already: he asked" in change("withhold", first, code=3).err
    more = change("amend", second, "--amount", "120.00", code=3).err
    assert "120.00 is more than the 100.00 that was announced: give notice again" in more
    assert "£40.00 instead of £100.00" in change("amend", second, "--amount", "40.00").out
    plan = ("plan", "--for", TAKEN, "--unit", "HSG")
    assert "withheld: he asked" in typed(*plan).said
    assert "to take: 2 collections, £140.00 held back: 1, £100.00 (withheld)" in typed(*plan).said
    run = ("run", "--for", TAKEN, "--unit", "HSG")
    assert f"held back: {first}: withheld: he asked" in typed(*run).out
    name = f"HSG-{TAKEN}-1"
    assert (
        f"to take: 0 collections, £0.00 in run {name}: 2 collections, £140.00" in typed(*plan).said
    )
    told = typed(*plan, "--json").json()
    assert told["in_run"] == {name: {"collections": 2, "amount_minor": 14_000}}
    assert {one["mandate"]: one["in_run"] for one in told["lines"]} == {
        first: None, second: name, third: name
    }  # fmt: skip
    again = f"prepare run {name} again: tallystick dd run --for {TAKEN} --unit HSG"
    assert again in change("amend", second, "--amount", "30.00").out
    assert "£130.00" in typed(*run).out
    assert again in change("withhold", third).out
    assert again in change("amend", third, "--amount", "100.00").out
    assert "2 collections, £130.00" in typed(*run).out
    change("withhold", third)
    release = ("release", "--out", str(tmp_path), "--actor", "manager.dean")
    changed = typed(*release, code=3).err
    assert f"prepare it again: tallystick dd run --for {TAKEN} --unit HSG" in changed
    abandon = ("abandon", "--reason", "wrong day")
    given_up = f"run {name} is given up, 1 collections and 0 instructions with it"
    assert given_up in typed(*abandon).out
    assert "nothing of it was left to stop" in typed(*abandon).out
    assert f"run {name} is abandoned, not written" in typed(*release, code=3).err
    assert "HSG-2026-12-15-2" in typed(*run).out
    typed(*release)
    gone = change("withhold", second, code=3).err
    assert f"went with run HSG-{TAKEN}-2, which is released: it cannot be kept out" in gone
    assert "have Bacs withdraw it" in typed(*abandon, code=3).err
    again = typed(*release)
    assert "it was released before, and this is the file that was let go" in again.out
    assert "not_authorised" in typed(*release[:-1], "officer.ames", code=3).err
    shown = typed("runs").said
    assert "abandoned │ 2 │ 130.00 │ 0" in shown
    assert "released │ 0 │ 0.00 │ 3" in shown


@pytest.mark.parametrize(
    ("limit", "says"),
    [('run_total_max = "299.99"', "has 300.00"), ("run_items_max = 2", "has 3 items")],
)
def test_a_run_over_a_limit_of_the_policy_is_refused_and_cannot_be_released(
    council: Council, tallystick: Command, tmp_path: Path, limit: str, says: str
) -> None:
    _announced(council, tmp_path)
    policy = Path(tallystick.variables["TALLYSTICK_POLICY_DIR"]) / "direct-debit.toml"
    limits = f"[[direct_debit]]\neffective_from = 2000-01-01\n{limit}\n"
    policy.write_text(limits + POLICY, encoding="utf-8")
    run = ("dd", "run", "--for", TAKEN, "--unit", "HSG")
    said = council(SENT_BY, *run, code=3).err
    assert "over_run_limit" in said
    assert f"run HSG-{TAKEN}-1 {says}: more than the policy allows" in " ".join(said.split())
    release = ("dd", "release", "--out", str(tmp_path), "--actor", "manager.dean")
    assert "run_not_ready" in council(SENT_BY, *release, code=3).err
    policy.write_text(POLICY, encoding="utf-8")
    assert "3 collections, £300.00" in council(SENT_BY, *run).out


def test_what_came_back_is_listed_and_presented_again(council: Council, tmp_path: Path) -> None:
    first, *_ = _announced(council, tmp_path)
    council(SENT_BY, "dd", "run", "--for", TAKEN, "--unit", "HSG")
    council(SENT_BY, "dd", "release", "--out", str(tmp_path), "--actor", "manager.dean")
    waiting = council(DEBITED, "dd", "post", code=3).err
    assert f"run HSG-{TAKEN}-1 waits for its Input report" in waiting
    council(DEBITED, "ingest", str(_input_report(tmp_path)))
    assert "accounts credited: 3 collections, £300.00" in council(DEBITED, "dd", "post", code=3).out
    represent = ("dd", "represent", "--unit", "HSG")
    assert "nothing came back" in council(DEBITED, *represent).out
    council(DEBITED, "ingest", str(_unpaid(tmp_path, first)))
    assert f"HSG-{TAKEN}-1/" in council(DEBITED, *represent).said
    assert "22 Dec 2026" in council(DEBITED, *represent).said  # five working days after it
    early = council(DEBITED, *represent, "--for", "2026-12-21", code=5).err
    assert "nothing came back that may be presented again on 2026-12-21" in early
    said = council(DEBITED, *represent, "--for", "2026-12-30").out
    assert "run HSG-2026-12-30-1, serial 000003: 1 collections, £100.00, and 0 instructions" in said
    again = council(DEBITED, *represent, "--for", "2026-12-30", code=5).err
    assert "nothing came back" in again
    story = council(DEBITED, "dd", "mandate", "show", first).out
    assert f"an unpaid collection, presented again (HSG-{TAKEN}-1/" in story


def _input_report(folder: Path) -> Path:
    """All three were taken."""
    tally, nothing = Tally(3, 30_000), Tally(0, 0)
    totals = AccountTotals(ACCOUNT, "0", "debit", tally, nothing, tally)
    report = InputReport(
        SourceSpan(1, 0, 1), "000002", "1", "999999", "002", "1 DAILY", PROCESSED, SENT_BY,
        (totals,), (), (), (),
    )  # fmt: skip
    path = folder / "input.xml"
    with path.open("wb") as file:
        bacs_submission_write.write([report], file, SENT_BY, PROCESSED)
    return path


def _unpaid(folder: Path, reference: str) -> Path:
    """One came back: refer to payer."""
    back = OutReturn(
        reference, 10_000, "0128", "REFER TO PAYER", PROCESSED, "107999-10000001", "PAYER", "01"
    )
    path = folder / "arudd.xml"
    with path.open("wb") as file:
        arudd_write.write([OutReturns(ACCOUNT, "ANYTOWN COUNCIL", [back])], file, DEBITED, "999999")
    return path
