"""Pages that are made by a program are what the program makes now.

A generated page says so in a comment: `<!-- Generated: python -m MODULE > docs/PAGE.md -->`. The
data dictionary needs a database and has its test beside the other tests of reporting.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_MARK = re.compile(r"<!-- Generated: python -m (?P<module>[\w.]+) > (?P<page>[\w/.-]+) -->")


def generated(page: Path) -> re.Match[str] | None:
    return _MARK.search(page.read_text(encoding="utf-8")[:2_000])


PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if generated(page)]


def made_by(module: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_generated_page_is_fresh(page: Path) -> None:
    mark = generated(page)
    assert mark is not None
    assert ROOT / mark["page"] == page
    assert page.read_text(encoding="utf-8") == made_by(mark["module"])


def test_the_page_of_the_settings_is_among_them() -> None:
    assert "configuration.md" in {page.name for page in PAGES}
