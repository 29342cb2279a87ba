"""A bank file in a line, for the tests of the formats."""

from collections.abc import Callable
from pathlib import Path

import pytest

from consumers.formats import camt053, control
from consumers.formats.profiles import Profile, packaged_profiles
from consumers.formats.statement import StatementItem

OPENING = (
    '<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="GBP">{}</Amt>'
    "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-04-01</Dt></Dt></Bal>"
)


@pytest.fixture
def golden() -> Path:
    """The folder of look-alike files, each with what it must be read as beside it."""
    return Path(__file__).parent / "golden"


@pytest.fixture
def camt_file(tmp_path: Path) -> Callable[..., Path]:
    """Write one camt.053 statement of these entries (XML) between two balances."""

    def build(
        entries: str = "", opening: str | None = None, closing: str | None = None, head: str = ""
    ) -> Path:
        balances = OPENING.format(opening) if opening else ""
        if closing:
            balances += OPENING.format(closing).replace("OPBD", "CLBD")
        path = tmp_path / "statement.xml"
        path.write_text(
            "<Document><BkToCstmrStmt><Stmt><Id>S1</Id>"
            "<Acct><Id><IBAN>GB82WEST12345698765432</IBAN></Id><Ccy>GBP</Ccy></Acct>"
            f"{balances}{head}{entries}</Stmt></BkToCstmrStmt></Document>",
            encoding="utf-8",
        )
        return path

    return build


@pytest.fixture
def entry() -> Callable[..., str]:
    """The XML of one entry of 1 April 2026."""

    def build(
        amount: str = "10.00",
        direction: str = "CRDT",
        extra: str = "",
        dates: str = "<BookgDt><Dt>2026-04-01</Dt></BookgDt><ValDt><Dt>2026-04-01</Dt></ValDt>",
        currency: str = "GBP",
    ) -> str:
        return (
            f'<Ntry><Amt Ccy="{currency}">{amount}</Amt>'
            f"<CdtDbtInd>{direction}</CdtDbtInd>{dates}{extra}</Ntry>"
        )

    return build


@pytest.fixture
def proved() -> Callable[[Path], list[StatementItem]]:
    """Read a camt.053 file through the control totals."""
    return lambda path: list(control.checked(camt053.read(path), path.name))


@pytest.fixture
def profiles() -> dict[str, Profile]:
    """The packaged CSV profiles by name."""
    return {profile.name: profile for profile in packaged_profiles()}
