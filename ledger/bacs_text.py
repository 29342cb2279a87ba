"""Text as Bacs carries it: capitals, digits, `. & / -` and blanks."""

import re
import unicodedata

_NOT_CARRIED = re.compile(r"[^A-Z0-9.&/ -]")


def fold(text: str) -> str:
    """The text as the payer's bank will show it: no accents, capitals, all else a blank.

    Folded here and not by Bacs, so that what is kept is what the payer sees.
    """
    split = unicodedata.normalize("NFKD", text)
    plain = "".join(one for one in split if not unicodedata.combining(one))
    return _NOT_CARRIED.sub(" ", plain.upper())


def is_carried(text: str) -> bool:
    """Whether Bacs carries a text just as it is."""
    return _NOT_CARRIED.search(text) is None
