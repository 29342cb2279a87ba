"""A statement that the bank cut into pages, in one file or in several."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from consumers.formats.camt053 import read
from consumers.formats.control import checked
from consumers.formats.errors import ControlTotalError
from consumers.formats.statement import (
    BankLine,
    StatementClosed,
    StatementItem,
    StatementOpened,
)

Entry = Callable[..., str]


@pytest.fixture
def pages(tmp_path: Path) -> Callable[..., Path]:
    """Write these statements, each a list of XML pieces, as one message."""

    def build(*statements: Sequence[str], header: str = "") -> Path:
        path = tmp_path / "pages.xml"
        account = "<Acct><Id><IBAN>GB82WEST12345698765432</IBAN></Id><Ccy>GBP</Ccy></Acct>"
        inner = "".join(
            f"<Stmt><Id>{name}</Id>{page}{account}{''.join(rest)}</Stmt>"
            for name, page, *rest in statements
        )
        path.write_text(
            f"<Document><BkToCstmrStmt><GrpHdr>{header}</GrpHdr>{inner}</BkToCstmrStmt></Document>",
            encoding="utf-8",
        )
        return path

    return build


def balance(kind: str, amount: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="GBP">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>'
    )


def page(number: int, last: str, name: str = "StmtPgntn") -> str:
    return f"<{name}><PgNb>{number}</PgNb><LastPgInd>{last}</LastPgInd></{name}>"


def proved(path: Path) -> list[StatementItem]:
    return list(checked(read(path), path.name))


def opened(items: list[StatementItem]) -> list[StatementOpened]:
    return [item for item in items if isinstance(item, StatementOpened)]


def test_pages_that_follow_each_other_are_one_statement_with_one_count(
    pages: Callable[..., Path], entry: Entry
) -> None:
    path = pages(
        ("S1", page(1, "false"), balance("OPBD", "1.00"), balance("ITBD", "11.00"), entry("10.00")),
        ("S1", page(2, "false"), balance("ITBD", "11.00"), balance("ITBD", "16.00"), entry("5.00")),
        ("S1", page(3, "true"), balance("ITBD", "16.00"), balance("CLBD", "18.00"), entry("2.00")),
        ("S2", "", balance("OPBD", "18.00"), balance("CLBD", "19.00"), entry("1.00")),
    )
    items = proved(path)
    assert [one.statement_id for one in opened(items)] == ["S1", "S2"]
    assert [item.ordinal for item in items if isinstance(item, BankLine)] == [1, 2, 3, 1]
    closed = [item.closing_minor for item in items if isinstance(item, StatementClosed)]
    assert closed == [1800, 1900]


def test_a_page_that_does_not_add_up_with_the_others_refuses_the_file(
    pages: Callable[..., Path], entry: Entry
) -> None:
    path = pages(
        ("S1", page(1, "false"), balance("OPBD", "1.00"), entry("10.00")),
        ("S1", page(2, "true"), balance("CLBD", "12.01"), entry("1.00")),
    )
    with pytest.raises(ControlTotalError, match="closing balance"):
        proved(path)


@pytest.mark.parametrize("second", [("S1", page(3, "true")), ("S9", page(2, "true"))])
def test_a_page_that_is_missing_ends_the_statement_at_what_its_page_says(
    pages: Callable[..., Path], entry: Entry, second: tuple[str, str]
) -> None:
    path = pages(
        ("S1", page(1, "false"), balance("OPBD", "1.00"), balance("ITBD", "11.00"), entry("10.00")),
        (*second, balance("ITBD", "16.00"), balance("CLBD", "18.00"), entry("2.00")),
    )
    items = proved(path)
    assert len(opened(items)) == 2
    closed = [item.closing_minor for item in items if isinstance(item, StatementClosed)]
    assert closed == [1100, 1800]


def test_a_later_page_in_a_file_of_its_own_is_told_from_the_first(
    pages: Callable[..., Path], entry: Entry
) -> None:
    path = pages(
        ("S1", page(2, "true"), balance("ITBD", "11.00"), balance("CLBD", "12.00"), entry("1.00"))
    )
    (one,) = opened(proved(path))
    assert (one.statement_id, one.opening_minor) == ("S1 page 2", 1100)


def test_the_first_page_alone_is_proved_against_its_interim_balance(
    pages: Callable[..., Path], entry: Entry
) -> None:
    path = pages(
        ("S1", page(1, "false"), balance("OPBD", "1.00"), balance("ITBD", "12.00"), entry("10.00"))
    )
    with pytest.raises(ControlTotalError, match="closing balance"):
        proved(path)


def test_old_versions_number_the_pages_of_the_message(
    pages: Callable[..., Path], entry: Entry
) -> None:
    header = page(2, "true", "MsgPgntn")
    path = pages(("S1", "", balance("CLBD", "12.00"), entry("1.00")), header=header)
    assert opened(proved(path))[0].statement_id == "S1 page 2"
    whole = pages(
        ("S1", "", balance("OPBD", "11.00"), balance("CLBD", "12.00"), entry("1.00")),
        header=header,
    )
    assert opened(proved(whole))[0].statement_id == "S1"
