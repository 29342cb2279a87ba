"""What the tests of documents and code look at: the repository's own files."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("ledger", "projections", "consumers", "schemas", "service")


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def product() -> Sequence[Path]:
    """Every module of the packages that are shipped."""
    return sorted(path for package in PRODUCT for path in (ROOT / package).rglob("*.py"))


@pytest.fixture(scope="session")
def repository() -> Sequence[Path]:
    """Every file that is in git or would be added to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


@pytest.fixture(scope="session")
def documents() -> Sequence[Path]:
    """The pages that people read."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "tests" / "README.md"]
    return sorted(pages)
