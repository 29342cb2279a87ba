"""The nearest real name to a misspelt one."""

import difflib
from collections.abc import Iterable


def nearest(word: str, names: Iterable[str]) -> str:
    """The most alike of the names; the first of them when none is alike."""
    known = list(names)
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.0)
    return found[0] if found else known[0]
