"""A release that gives a read model another shape: migrate fills it anew from the log."""

import dataclasses
import importlib
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from ledger.recorded import RecordedEvent
from projections import install, read_models, rebuild_tables, runner
from projections.read_models import READ_MODELS, ReadModel
from projections.tables import Column
from service.embedded import EmbeddedServer

POSTINGS = next(one for one in READ_MODELS if one.view == "reporting.postings")


def _weighed(event: RecordedEvent) -> Iterator[tuple[Any, ...]]:
    for row in POSTINGS.rows(event):
        yield (*row, abs(row[2]))


def _with(model: ReadModel) -> tuple[ReadModel, ...]:
    return tuple(model if one is POSTINGS else one for one in READ_MODELS)


def _column(column: Column, name: str) -> ReadModel:
    table = dataclasses.replace(POSTINGS.table, columns=(*POSTINGS.table.columns, column))
    return dataclasses.replace(POSTINGS, table=table, name=name, rows=_weighed)


WEIGHT = Column("weight_minor", "bigint NOT NULL", "The amount without its sign, in minor units.")


@pytest.fixture
def busy_owner_url(embedded: EmbeddedServer, busy_town: Any) -> str:  # noqa: ANN401 - of the conftest
    return embedded.url(str(conninfo_to_dict(busy_town.url)["dbname"]))


@pytest.fixture
def next_release(monkeypatch: pytest.MonkeyPatch) -> Callable[[ReadModel], None]:
    """Lets the program have another declaration of the postings."""

    # By its name: the package gives its function `install` the name of the module.
    install_figures = importlib.import_module("projections.reporting.install")

    def become(model: ReadModel) -> None:
        for module in (install, install_figures, read_models, rebuild_tables, runner):
            monkeypatch.setattr(module, "READ_MODELS", _with(model))

    return become


@pytest.mark.parametrize("name", ["projection.postings_v1", "projection.postings_v2"])
def test_a_read_model_of_another_shape_is_filled_anew_by_the_migration(
    busy_town: Any,  # noqa: ANN401 - of the conftest
    busy_owner_url: str,
    projector: "psycopg.Connection[tuple[Any, ...]]",
    next_release: Callable[[ReadModel], None],
    name: str,
) -> None:
    runner.catch_up(projector)
    balance = "SELECT * FROM reporting.trial_balance ORDER BY 1, 2, 3"
    before, position = projector.execute(balance).fetchall(), runner.progress(projector)
    next_release(_column(WEIGHT, name))
    with psycopg.connect(busy_owner_url) as owner:
        install.install_read_models(owner)
    filled = projector.execute(
        "SELECT count(*), bool_and(weight_minor = abs(amount_minor)) FROM reporting.postings"
    ).fetchone()
    assert filled is not None
    assert filled[0] > 1_000
    assert filled[1] is True
    assert projector.execute(balance).fetchall() == before
    assert runner.progress(projector) == position
    assert rebuild_tables.live_table(projector, _column(WEIGHT, name)) == name
    busy_town.open(["A99"])
    assert runner.catch_up(projector) > position, "the runner goes on with the new table"
    with psycopg.connect(busy_owner_url) as owner:
        install.install_read_models(owner)
    again = projector.execute("SELECT count(*) FROM reporting.postings").fetchone()
    assert again is not None
    assert again[0] == filled[0], "migrating again changes nothing"


def test_a_read_model_of_the_same_shape_is_left_as_it_is(
    busy_town: Any,  # noqa: ANN401 - of the conftest
    busy_owner_url: str,
    projector: "psycopg.Connection[tuple[Any, ...]]",
) -> None:
    runner.catch_up(projector)
    tables = "SELECT relname, oid FROM pg_class WHERE relnamespace = 'projection'::regnamespace"
    before = set(projector.execute(tables).fetchall())
    with psycopg.connect(busy_owner_url) as owner:
        install.install_read_models(owner)
    assert set(projector.execute(tables).fetchall()) == before
