"""The data dictionary says what is installed, and leaves nothing out."""

from pathlib import Path
from typing import Any, TypeAlias

from projections.dictionary import render, uncommented
from projections.reporting import REPORTS

# What the fixtures of the conftest give; its classes cannot be imported from here.
Books: TypeAlias = Any

DICTIONARY = Path(__file__).parents[2] / "docs" / "data-dictionary.md"


def test_every_relation_column_and_function_of_the_schema_has_a_comment(books: Books) -> None:
    assert uncommented(books.connection) == []


def test_a_column_without_a_comment_is_found(books: Books) -> None:
    books.connection.execute("CREATE VIEW reporting.bare AS SELECT 1 AS thing")
    assert uncommented(books.connection) == ["reporting.bare", "reporting.bare.thing"]


def test_the_committed_dictionary_is_what_the_database_says(books: Books) -> None:
    assert DICTIONARY.read_text("utf-8") == render(books.connection)


def test_every_report_is_in_the_dictionary_as_a_view_and_as_a_function(books: Books) -> None:
    text = render(books.connection)
    for report in REPORTS:
        assert f"### {report.function} (view)" in text
        assert f"`{report.function}(as_at date, as_known timestamp with time zone" in text
