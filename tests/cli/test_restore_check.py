"""`tallystick restore-check` says in plain words what a restored ledger is, and what to do next."""

from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import psycopg
import pytest

from consumers.formats.csv_write import OutRow
from consumers.formats.csv_write import write as write_csv
from consumers.formats.profiles import load_profiles
from ledger.store import Store
from ledger.store_values import Batch, Position
from service.cli_restore import _ledger
from service.embedded_database import EmbeddedDatabase
from service.restored import Restored

Tallystick: TypeAlias = Any  # of the conftest, which cannot be imported from here

KEYS = {"TALLYSTICK_PARTY_KEY": "p" * 32, "TALLYSTICK_DIGEST_KEY": "d" * 32}
NEXT = ("tallystick verify", "tallystick ingest every file", "start consume, watch and project")


@pytest.fixture
def ledger(tallystick: Tallystick, database: EmbeddedDatabase, billing: Any, tmp_path: Path) -> Any:  # noqa: ANN401
    """A ledger with a person, a bank file and a Kafka position."""
    from consumers.avro_files import write_container  # noqa: PLC0415 - as the product: only here

    tallystick.variables.update(KEYS)
    party = {"kind": "person", "name": "Ada Okafor", "address_lines": ["1 Hill"], "postcode": None}
    accounts = tmp_path / "accounts.avro"
    record = billing.account("1", party={**party, "email": None})
    write_container(accounts, "Account", [record])
    bank = tmp_path / "bank.csv"
    profile = next(one for one in load_profiles(None) if one.name == "lloyds")
    row = OutRow("300000-12345678", billing.invoice("1", "I")["invoice_date"], 500, "HELLO")
    with bank.open("wb") as file:
        write_csv(profile, [row], file)
    assert tallystick("ingest", str(accounts), str(bank)).code == 0
    store = Store(database.app_url)
    store.append(Batch(position=Position("kafka:c1:ar.billing.invoice.v1:0", 4312, "print")))
    store.close()
    return tallystick


def kept(ledger: Tallystick) -> list[Path]:
    return sorted(one for one in (ledger.home / "raw").rglob("*") if one.is_file())


def test_it_says_where_the_ledger_ends_and_what_each_source_is_asked_for(
    ledger: Tallystick,
) -> None:
    result = ledger("restore-check")
    assert result.code == 0, result.said
    assert "up to position" in result.said
    assert (
        "Kafka topic ar.billing.invoice.v1 partition 0 is read on after offset 4,312" in result.out
    )
    assert "The last statement of 300000-12345678" in result.out
    assert "file bank.csv" in result.out
    assert "No kept file is missing: 2 are known and here." in result.out
    assert "the figures are" in result.out
    for step in NEXT:
        assert step in result.out
    assert "MISSING" not in result.said.upper().replace("NO KEPT FILE IS MISSING", "")


def test_the_seal_that_was_copied_out_is_looked_for(ledger: Tallystick) -> None:
    seal = ledger("restore-check", "--json").json()["seal"]
    here = ledger("restore-check", "--seal", seal)
    assert (here.code, "is here, as you know it" in here.out) == (0, True)
    number, _, digest = seal.partition(":")
    later = ledger("restore-check", "--seal", f"{int(number) + 3}:{digest}")
    assert (later.code, "3 appends or more are lost" in later.out) == (1, True)
    other = ledger("restore-check", "--seal", f"{number}:{'0' * 64}")
    assert (other.code, "IS ANOTHER ONE HERE" in other.out) == (1, True)
    wrong = ledger("restore-check", "--seal", "twelve")
    assert (wrong.code, "a seal is NUMBER:HASH" in wrong.err) == (2, True)


def test_kept_files_of_an_earlier_moment_are_named_and_found_again(
    ledger: Tallystick, tmp_path: Path
) -> None:
    """`raw/` is from before the bank's file came; giving the file in again mends it."""
    (lost,) = [
        one for one in kept(ledger) if one.read_bytes() == (tmp_path / "bank.csv").read_bytes()
    ]
    lost.unlink()
    result = ledger("restore-check")
    assert result.code == 1
    assert "1 of 2 kept files are missing" in result.out
    assert lost.name in result.out
    assert ledger("verify").code == 0, "money and seals are whole"
    assert ledger("ingest", str(tmp_path / "bank.csv")).code in {0, 3}
    assert ledger("restore-check").code == 0


def test_kept_files_of_a_later_moment_do_no_harm(ledger: Tallystick) -> None:
    extra = ledger.home / "raw" / "ab" / ("ab" * 32)
    extra.parent.mkdir(exist_ok=True)
    extra.write_bytes(b"from later")
    assert ledger("restore-check").code == 0


def test_a_damaged_file_is_found_when_bytes_are_read(ledger: Tallystick) -> None:
    kept(ledger)[0].write_bytes(b"rot")
    assert ledger("restore-check").code == 0
    result = ledger("restore-check", "--bytes", "--json")
    assert result.code == 1
    assert result.json()["damaged_files"] == [kept(ledger)[0].name]


def test_a_party_key_of_another_installation_is_told(ledger: Tallystick) -> None:
    result = ledger("restore-check", TALLYSTICK_PARTY_KEY="q" * 32)
    assert result.code == 1
    assert "THE PARTY KEY DOES NOT FIT" in result.out


def test_an_empty_ledger_is_called_empty(tallystick: Tallystick) -> None:
    result = tallystick("restore-check")
    assert (result.code, "it is empty" in result.out) == (0, True)


def test_it_writes_nothing(ledger: Tallystick, database: EmbeddedDatabase) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            f"ALTER DATABASE {database.name} SET default_transaction_read_only = on".encode()
        )
    assert ledger("restore-check").code == 0


def test_a_server_that_is_still_recovering_is_told() -> None:
    """Of the words alone; tests/plugins/archiving.py meets a server in recovery, and waits."""
    found = Restored(
        ledger_id=UUID(int=1),
        recovering=True,
        seal=None,
        known_seal=None,
        figures_position=0,
        sources=(),
        statements=(),
        kept=0,
        removed=0,
        missing=(),
        damaged=(),
        key_fits=True,
    )
    assert not found.is_well
    assert any("still recovering" in line for line in _ledger(found, None))
