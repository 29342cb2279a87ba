"""A remittance list in CSV: by profile, proved by its total, one row for each debt."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumers.formats import remittance_csv
from consumers.formats.advice import AdviceItem, AdviceLine, AdviceOpened
from consumers.formats.advice_control import checked_advice
from consumers.formats.errors import (
    ControlTotalError,
    FormatError,
    UnreadableFileError,
    UnrecognisedFormatError,
)
from consumers.formats.remittance_csv_write import OutRemittance, OutRemittanceRow, write
from consumers.formats.remittance_profiles import RemittanceProfile, load_remittance_profiles
from consumers.formats.statement import BadRow

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
HEADER = "Reference,Name,Amount\n"
Build = Callable[[str], Path]


@pytest.fixture
def listed(tmp_path: Path) -> Build:
    """Write a list of this text."""

    def build(text: str) -> Path:
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return build


def read(path: Path) -> list[AdviceItem]:
    return list(checked_advice(remittance_csv.read(path), path.name))


def lines(path: Path) -> list[AdviceLine]:
    return [item for item in read(path) if isinstance(item, AdviceLine)]


def head(path: Path) -> AdviceOpened:
    (opened,) = [item for item in read(path) if isinstance(item, AdviceOpened)]
    return opened


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("12.34", 1234),
        ("£12", 1200),
        ('"1,234.50"', 123450),
        ("-5.00", -500),
        ("(5.00)", -500),
        ("5.00-", -500),
    ],
)
def test_an_amount_is_signed_as_people_write_it(listed: Build, amount: str, expected: int) -> None:
    (line,) = lines(listed(f"{HEADER}R1,N,{amount}\n"))
    assert line.amount_minor == expected


def test_a_total_that_is_not_the_sum_refuses_the_list(listed: Build) -> None:
    with pytest.raises(ControlTotalError, match=r"come to 3\.00, which differs from it by 1\.00"):
        read(listed(f"{HEADER}R1,N,1.00\nR2,N,2.00\nTotal,,4.00\n"))


@pytest.mark.parametrize("total", ["Total,,3.00\n", ""])
def test_a_list_of_an_amount_that_cannot_be_read_is_refused(listed: Build, total: str) -> None:
    with pytest.raises(ControlTotalError, match="the Amount of line 3 cannot be read"):
        read(listed(f"{HEADER}R1,N,1.00\nR2,N,two\n{total}"))


def test_a_list_without_a_total_says_that_only_the_money_can_prove_it(listed: Build) -> None:
    opened = head(listed(f"{HEADER}R1,N,1.00\nR2,N,2.00\n"))
    assert (opened.total_minor, opened.advice_id) == (None, "2 payments of 3.00")
    assert opened.warnings[-1] == "the list has no total: only the money can prove it"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{HEADER}R1,N,1.00\nTotal,,1.00\nR2,N,2.00\n", "stands after the total"),
        (f"{HEADER}R1,N,1.00\nTotal,,all of it\n", "not an amount"),
        (HEADER, "the list has no row"),
        (f"{HEADER}Total,,0.00\n", "the list has no row"),
        (f"Paid on,soon\n{HEADER}R1,N,1.00\n", "not a date written as DD/MM/YYYY"),
        ("Reference,Name\nR1,N\n", "not the header"),
        (f'{HEADER}R1,"N\nR2,N",1.00\n', "quotation"),
    ],
)
def test_what_cannot_be_a_list_is_refused_by_name(listed: Build, text: str, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        read(listed(text))


@pytest.mark.parametrize(
    ("row", "field"),
    [("R1,N,1.00,x", "row"), (",,1.00", "Reference")],
)
def test_a_row_that_does_not_fit_is_quarantined(listed: Build, row: str, field: str) -> None:
    items = list(remittance_csv.read(listed(f"{HEADER}{row}\n")))
    (bad,) = [item for item in items if isinstance(item, BadRow)]
    assert bad.field == field


def test_two_equal_rows_are_two_payments(listed: Build) -> None:
    found = lines(listed(f"{HEADER}R1,N,1.00\nR1,N,1.00\nTotal,,2.00\n"))
    assert [line.ordinal for line in found] == [1, 2]
    assert found[0].span != found[1].span


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Reference,Name,Amount", "remittance"),
        ("TENANT, claim reference ,Net Amount", "remittance"),
        ("Reference,Name,Amount,Balance", None),
        ("Date,Description,Amount", None),
        ("Reference,Amount", None),
    ],
)
def test_a_list_is_recognised_by_its_columns(header: str, expected: str | None) -> None:
    found = remittance_csv.recognise(f"{header}\n".encode(), "x.csv")
    assert (found.name if found else None) == expected


def test_a_councils_own_profile_is_data_and_two_that_fit_alike_are_told(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(
        'name = "agent"\ntitle = "Agent"\nheader = ["Ref", "Paid"]\ndelimiter = ";"\n'
        '[columns]\nreferences = ["Ref"]\namount = "Paid"\n'
    )
    profiles = load_remittance_profiles(tmp_path)
    assert [profile.name for profile in profiles] == ["agent", "remittance"]
    path = tmp_path / "list.txt"
    path.write_text("Ref;Paid\nR1;1.00\n")
    profile = remittance_csv.recognise(path.read_bytes(), path.name, profiles)
    assert profile is not None
    items = list(remittance_csv.read(path, profile))
    assert [item.amount_minor for item in items if isinstance(item, AdviceLine)] == [100]
    twin = profile.model_copy(update={"name": "twin"})
    with pytest.raises(UnrecognisedFormatError, match="it fits both agent and twin"):
        remittance_csv.recognise(path.read_bytes(), path.name, [profile, twin])


@pytest.mark.parametrize(
    "change",
    [
        'required = ["Name"]',
        'header = ["Reference"]',
        "amount_column = 3",
        'date_formats = ["whenever"]',
        "not toml",
    ],
)
def test_a_profile_that_is_not_valid_is_refused_by_name(tmp_path: Path, change: str) -> None:
    (tmp_path / "bad.toml").write_text(
        f'name = "bad"\ntitle = "Bad"\n{change}\n'
        + ("" if "header" in change else 'header = ["Reference", "Name", "Amount"]\n')
        + '[columns]\nreferences = ["Reference"]\namount = "Amount"\n'
    )
    with pytest.raises(FormatError, match=r"bad\.toml"):
        load_remittance_profiles(tmp_path)


TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@st.composite
def listed_rows(draw: st.DrawFn) -> OutRemittanceRow:
    day = draw(st.none() | st.dates(date(2000, 1, 1), date(2090, 1, 1)))
    return OutRemittanceRow(
        references=(f"R{draw(TEXT)}", draw(st.just("") | TEXT)),
        amount_minor=draw(st.integers(-(10**8), 10**8)),
        payer_name=draw(st.none() | TEXT),
        narrative=draw(st.just("") | TEXT),
        period_from=day,
        period_to=day,
    )


@pytest.fixture(scope="module")
def generic() -> RemittanceProfile:
    (profile,) = load_remittance_profiles()
    return profile


@SLOW
@given(made=st.lists(listed_rows(), min_size=1, max_size=6), numbered=st.booleans())
def test_a_list_comes_back(
    tmp_path: Path,
    generic: RemittanceProfile,
    made: list[OutRemittanceRow],
    numbered: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    path = tmp_path / "l.csv"
    remittance = OutRemittance(
        made,
        "A-1" if numbered else None,
        "An agent",
        date(2026, 4, 17),
        "300000-12345678",
        "FP1",
    )
    with path.open("wb") as out:
        write(generic, remittance, out)
    opened = head(path)
    assert opened.total_minor == sum(row.amount_minor for row in made)
    assert (opened.account, opened.paid_on) == ("300000-12345678", date(2026, 4, 17))
    assert [
        (line.references, line.amount_minor, line.payer_name, line.period_to)
        for line in lines(path)
    ] == [
        (
            tuple(dict.fromkeys(filter(None, row.references))),
            row.amount_minor,
            row.payer_name,
            row.period_to,
        )
        for row in made
    ]
