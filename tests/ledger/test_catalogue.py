"""The reference pages say what the code says."""

from pathlib import Path

import pytest

from ledger import catalogue
from ledger.recorded import FACTS
from ledger.refusals_explained import MEANINGS
from ledger.rejections import Code

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (catalogue.EVENTS_PAGE, catalogue.page()),
        (catalogue.REFUSALS_PAGE, catalogue.refusals_page()),
    ],
)
def test_the_committed_page_is_what_the_code_says(name: str, text: str) -> None:
    committed = (DOCS / name).read_text("utf-8")
    assert committed == text, "python -m ledger.catalogue docs"


def test_every_fact_is_in_the_catalogue_with_its_meaning() -> None:
    page = catalogue.page()
    for topic, fact in FACTS.items():
        assert f"### `{topic}`" in page
        assert " ".join((fact.__doc__ or "?").split()) in page


def test_every_refusal_is_explained_in_the_written_precedence() -> None:
    assert [code for codes in MEANINGS.values() for code in codes] == list(Code)


def test_every_explanation_is_a_sentence() -> None:
    for codes in MEANINGS.values():
        for meaning in codes.values():
            assert meaning[0].isupper()
            assert meaning.endswith(".")


def test_a_type_that_facts_may_not_have_is_not_described() -> None:
    with pytest.raises(KeyError):
        catalogue.describe(float)


def test_the_pages_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    catalogue.write(tmp_path)
    assert (tmp_path / "refusals.md").read_text("utf-8") == catalogue.refusals_page()
