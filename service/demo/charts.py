"""Bars of plain characters, for a terminal without pictures and a reader without colours."""

from decimal import Decimal


def bar(value: Decimal, largest: Decimal, width: int) -> str:
    """A bar of `#` in proportion to the largest value; any value above zero has one at least."""
    if largest <= 0 or value <= 0:
        return ""
    return "#" * max(1, int(value * width / largest))
