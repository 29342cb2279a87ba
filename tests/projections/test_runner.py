# ruff: noqa: ANN401 - what conftest gives has no importable type in importlib mode
"""The read models are the same however they were filled, and only one runner fills them."""

from typing import Any

import pytest

from projections import pages, runner
from projections.read_models import READ_MODELS
from projections.runner import AnotherRunnerError


def _again(connection: Any, page_events: int) -> None:
    """Empty the read models and fill them once more."""
    for table in (*(model.name for model in READ_MODELS), "projection.progress"):
        connection.execute(f"TRUNCATE {table}")
    runner.catch_up(connection, page_events=page_events)


def test_any_page_size_gives_the_same_tables(busy_town: Any, projector: Any, contents: Any) -> None:
    runner.catch_up(projector)
    whole = contents(projector)
    assert len(whole["projection.movements_v1"]) > 1_000
    for page_events in (7, 64, 999, 5_000):
        _again(projector, page_events)
        assert contents(projector) == whole, page_events


def test_pages_of_one_event_give_the_same_tables(town: Any, projector: Any, contents: Any) -> None:
    town.open(["A0", "B0"])
    town.live(3, ["A0", "B0"])
    runner.catch_up(projector)
    whole = contents(projector)
    _again(projector, 1)
    assert contents(projector) == whole


def test_catching_up_twice_changes_nothing(busy_town: Any, projector: Any, contents: Any) -> None:
    reached = runner.catch_up(projector)
    once = contents(projector)
    assert runner.catch_up(projector) == reached
    assert contents(projector) == once


def test_the_order_of_accounts_within_a_batch_does_not_change_a_figure(
    town: Any, projector: Any
) -> None:
    query = (
        "SELECT unit, account, not_yet_due, overdue, unapplied_credit"
        " FROM reporting.account_balances(%s, %s) ORDER BY 1, 2"
    )
    names = ["A0", "A1", "A2", "B0", "B1", "B2"]
    town.open([*names, *(f"{name}X" for name in names)])
    bills = [town.bill(name, 40 + index) for index, name in enumerate(names)]
    pays = [town.pay(name, 10 + index * 9) for index, name in enumerate(names)]
    town.do(*bills, *pays)
    for one in reversed([*zip(bills, pays, strict=True)]):
        town.do(
            *(
                part.model_copy(update={"account": f"{part.account}X", key: town.name("Z")})
                for part, key in zip(one, ("invoice", "receipt"), strict=True)
            )
        )
    runner.catch_up(projector)
    projector.execute("SET ROLE tallystick_reader")
    rows = projector.execute(query, (town.today, town.clock[0])).fetchall()
    figures = {(unit, account): rest for unit, account, *rest in rows}
    assert len(figures) == 12
    for (unit, account), rest in figures.items():
        assert rest == figures[unit, account.removesuffix("X")]


def test_a_second_runner_is_refused_and_leaves_no_row(
    busy_town: Any, projector: Any, contents: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pages.fetch

    def overtaken(connection: Any, position: int, limit: int) -> Any:
        page = real(connection, position, limit)
        monkeypatch.setattr(pages, "fetch", real)
        with busy_town.connect() as faster:
            runner.catch_up(faster)
        return page

    monkeypatch.setattr(pages, "fetch", overtaken)
    with pytest.raises(AnotherRunnerError, match="no longer at position 0"):
        runner.catch_up(projector)
    filled = contents(projector)
    _again(projector, 5_000)
    assert contents(projector) == filled
