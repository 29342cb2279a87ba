"""Personal data is unreadable in the database, and gone when its key is deleted."""

import secrets
import threading
from collections.abc import Iterator
from typing import Any, TypeAlias
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from pydantic import ValidationError

from consumers.keeping import PartyDetails
from ledger.checks import verify
from service.embedded_database import EmbeddedDatabase
from service.parties import ErasedParty, PartyErasedError, PartyUnknownError, PartyVault
from service.party_keys import PartyTamperedError, WrongMasterKeyError
from service.party_record import BankDetails, PartyRecord, record_of

Desk: TypeAlias = Any  # conftest's, which a test cannot import
Owner: TypeAlias = psycopg.Connection[Any]

MASTER = b"a master key of the tests, 32 b."
CANARIES = ("Quillfeather", "Zyzzyva Terrace", "XQ9 7ZZ", "canary@zyzzyva.test", "07700900777")
BANK = ("309634", "12345678")


def canary() -> PartyRecord:
    return PartyRecord(
        kind="person",
        name="Ms Ottoline Quillfeather",
        address=("1 Zyzzyva Terrace", "Nowhere"),
        postcode="xq97zz",
        email="canary@zyzzyva.test",
        phone="07700 900777",
        bank=BankDetails(sort_code="30-96-34", account_number="12345678"),
    )


@pytest.fixture
def vault(database: EmbeddedDatabase) -> Iterator[PartyVault]:
    vault = PartyVault(database.app_url, MASTER)
    yield vault
    vault.close()


@pytest.fixture
def party() -> str:
    return str(uuid4())


def dump(owner: Owner) -> str:
    """Every row of every table, bytes as text where they are text."""
    tables = owner.execute(
        "SELECT schemaname, tablename FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    rows: list[str] = []
    for schema, table in tables:
        name = sql.Identifier(schema, table)
        for row in owner.execute(sql.SQL("SELECT * FROM {}").format(name)):
            rows += (
                value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row
            )
    return "\n".join(rows)


def test_what_is_put_is_got_back_normalised(vault: PartyVault, party: str) -> None:
    vault.put(party, canary())
    got = vault.get(party)
    assert got == canary()
    assert (got.postcode, got.phone) == ("XQ9 7ZZ", "07700900777")
    assert got.bank == BankDetails(sort_code="309634", account_number="12345678")


def test_a_record_is_replaced_under_the_same_key(
    vault: PartyVault, party: str, owner: Owner
) -> None:
    vault.put(party, canary())
    keys = owner.execute("SELECT * FROM parties.keys").fetchall()
    vault.put(party, canary().model_copy(update={"name": "Ms O Smith"}))
    assert vault.get(party).name == "Ms O Smith"
    assert owner.execute("SELECT * FROM parties.keys").fetchall() == keys


def test_no_table_of_the_database_shows_any_personal_data(
    desk: Desk, vault: PartyVault, party: str, owner: Owner
) -> None:
    account = desk.account("1").model_copy(update={"party": party})
    desk.give(account)
    vault.put(party, canary())
    everything = dump(owner)
    assert party in everything
    for text in (*CANARIES, *BANK):
        assert text not in everything, text


def test_stored_in_the_clear_the_same_search_would_find_it(owner: Owner) -> None:
    """The control of the search."""
    owner.execute(
        "INSERT INTO parties.records VALUES (gen_random_uuid(), %s)",
        (canary().model_dump_json().encode(),),
    )
    everything = dump(owner)
    assert all(text in everything for text in (*CANARIES, *BANK))


def test_an_erased_person_cannot_be_read_and_the_ledger_still_verifies(
    desk: Desk, vault: PartyVault, party: str, owner: Owner
) -> None:
    desk.give(desk.account("1").model_copy(update={"party": party}))
    desk.give(desk.bill("1", "I1"))
    vault.put(party, canary())
    before = owner.execute("SELECT ciphertext FROM parties.records").fetchall()

    vault.erase(party)
    vault.erase(party)

    with pytest.raises(PartyErasedError, match="was erased"):
        vault.get(party)
    assert owner.execute("SELECT count(*) FROM parties.keys").fetchone() == (0,)
    assert owner.execute("SELECT ciphertext FROM parties.records").fetchall() == before
    assert verify(desk.store) == ()


def test_an_erased_person_stays_erased(vault: PartyVault, party: str) -> None:
    vault.put(party, canary())
    vault.erase(party)
    with pytest.raises(PartyErasedError, match="needs a new party"):
        vault.put(party, canary())
    vault.put(party, PartyDetails("person", "Ms O Quillfeather"))  # a billing system goes on
    with pytest.raises(PartyErasedError):
        vault.get(party)


def test_an_unknown_person_is_no_erased_one(vault: PartyVault, party: str) -> None:
    with pytest.raises(PartyUnknownError):
        vault.get(party)
    with pytest.raises(PartyUnknownError):
        vault.erase(party)


def test_what_was_sealed_for_a_person_without_a_record_is_gone_with_the_key(
    vault: PartyVault, party: str, owner: Owner
) -> None:
    kept = vault.seal(party, b"309634 12345678", b"mandate|1")
    assert vault.unseal_all([(party, kept, b"mandate|1")]) == [b"309634 12345678"]
    assert vault.erase(party) == ErasedParty(record=False, key=True)
    assert owner.execute("SELECT count(*) FROM parties.keys").fetchone() == (0,)
    assert vault.unseal_all([(party, kept, b"mandate|1")]) == [None]


def test_who_had_no_record_is_given_no_other_key_after_erasing(
    vault: PartyVault, party: str
) -> None:
    vault.seal(party, b"309634 12345678", b"mandate|1")
    vault.erase(party)
    with pytest.raises(PartyErasedError):
        vault.seal(party, b"309634 12345678", b"mandate|2")
    with pytest.raises(PartyErasedError):
        vault.put(party, canary())
    assert vault.erase(party).key is False


def test_erasing_says_what_there_was(vault: PartyVault, party: str) -> None:
    vault.put(party, canary())
    assert vault.erase(party) == ErasedParty(record=True, key=True)
    assert vault.erase(party) == ErasedParty(record=True, key=False)


def test_another_master_key_is_a_named_error(
    database: EmbeddedDatabase, vault: PartyVault, party: str
) -> None:
    vault.put(party, canary())
    other = PartyVault(database.app_url, b"some other master key of 32 byte")
    try:
        with pytest.raises(WrongMasterKeyError, match="TALLYSTICK_PARTY_KEY"):
            other.get(party)
        with pytest.raises(WrongMasterKeyError):
            other.put(str(uuid4()), canary())
        with pytest.raises(WrongMasterKeyError):
            other.rotate_master(secrets.token_bytes(32))
    finally:
        other.close()
    assert vault.get(party) == canary()


def test_a_short_master_key_is_refused(database: EmbeddedDatabase) -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        PartyVault(database.app_url, b"short")


TAMPERINGS = {
    "a bit": "UPDATE parties.records SET ciphertext ="
    " set_byte(ciphertext, 20, get_byte(ciphertext, 20) # 1)",
    "the form": "UPDATE parties.records SET ciphertext = set_byte(ciphertext, 0, 2)",
    "cut off": "UPDATE parties.records SET ciphertext = substr(ciphertext, 1, 5)",
    "the key": "UPDATE parties.keys SET wrapped_key ="
    " set_byte(wrapped_key, 30, get_byte(wrapped_key, 30) # 1)",
    "another's record": "UPDATE parties.records a SET ciphertext = b.ciphertext"
    " FROM parties.records b WHERE a.party_id <> b.party_id",
    "another's key": "UPDATE parties.keys a SET wrapped_key = b.wrapped_key"
    " FROM parties.keys b WHERE a.party_id <> b.party_id",
    "another's record and key": "WITH moved AS (UPDATE parties.keys a SET wrapped_key ="
    " b.wrapped_key FROM parties.keys b WHERE a.party_id <> b.party_id)"
    " UPDATE parties.records a SET ciphertext = b.ciphertext"
    " FROM parties.records b WHERE a.party_id <> b.party_id",
}


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_with_a_record_or_a_key_is_detected(
    vault: PartyVault, owner: Owner, tampering: str
) -> None:
    parties = [str(uuid4()), str(uuid4())]
    for one in parties:
        vault.put(one, canary())
    owner.execute(TAMPERINGS[tampering].encode())
    for one in parties:
        with pytest.raises(PartyTamperedError):
            vault.get(one)


def test_a_rotated_master_key_opens_everything_and_the_old_one_nothing(
    database: EmbeddedDatabase, vault: PartyVault, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.parties._KEYS_PER_PAGE", 3)
    parties = [str(uuid4()) for _ in range(7)]
    for one in parties:
        vault.put(one, canary())
    records = owner.execute("SELECT ciphertext FROM parties.records ORDER BY 1").fetchall()

    assert vault.rotate_master(b"the next master key of the tests") == 7

    assert [vault.get(one) for one in parties] == [canary()] * 7
    assert owner.execute("SELECT ciphertext FROM parties.records ORDER BY 1").fetchall() == records
    old = PartyVault(database.app_url, MASTER)
    try:
        for one in parties:
            with pytest.raises(WrongMasterKeyError):
                old.get(one)
    finally:
        old.close()


def test_eight_who_put_the_same_new_person_at_once_agree_on_one_key(
    vault: PartyVault, party: str, owner: Owner
) -> None:
    failed: list[BaseException] = []

    def put() -> None:
        try:
            vault.put(party, canary())
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shall show it
            failed.append(error)

    threads = [threading.Thread(target=put) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert vault.get(party) == canary()
    assert owner.execute("SELECT count(*) FROM parties.keys").fetchone() == (1,)


def test_neither_a_repr_nor_an_error_shows_personal_data() -> None:
    shown = repr(canary()) + str(canary())
    with pytest.raises(ValidationError) as caught:
        PartyRecord(kind="person", name="Quillfeather\x07", email="canary at zyzzyva.test")
    shown += str(caught.value)
    assert not [text for text in (*CANARIES, *BANK, "canary at") if text in shown]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 141},
        {"name": "right-to-left \u202e"},
        {"address": ("line",) * 8},
        {"email": "nobody"},
        {"phone": "call me"},
        {"kind": "robot"},
        {"bank": {"sort_code": "12345", "account_number": "12345678"}},
        {"bank": {"sort_code": "123456", "account_number": "\uff11" * 8}},
        {"nickname": "x"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    fields = {"kind": "person", "name": "Ms O Quillfeather", **wrong}
    with pytest.raises(ValidationError):
        PartyRecord.model_validate(fields)


def test_what_a_billing_system_sends_in_a_wrong_form_is_kept_as_unclear() -> None:
    details = PartyDetails("person", "Ms O\x07", ("1 High St",), "75008", "nobody")
    record = record_of(details)
    assert (record.name, record.address, record.postcode) == ("unclear", ("1 High St",), "75008")
    assert record.email is None
    assert sorted(record.unclear) == ["email: 'nobody'", "name: 'Ms O\\x07'"]
    clear = record_of(PartyDetails("organisation", "Acme Ltd", postcode="sw1a1aa"))
    assert (clear.postcode, clear.unclear) == ("SW1A 1AA", ())
