"""The nearest real name to a misspelt one."""

import difflib
from collections.abc import Iterable

_MEANT = 0.7  # alike: two slips in a reference of twelve, and not one of another sort


def near(word: str, names: Iterable[str]) -> str | None:
    """The most alike of the names, when one is alike enough to have been meant."""
    found = difflib.get_close_matches(word, list(names), n=1, cutoff=_MEANT)
    return found[0] if found else None


def nearest(word: str, names: Iterable[str]) -> str:
    """The most alike of the names; the first of them when none is alike."""
    known = list(names)
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.0)
    return found[0] if found else known[0]
