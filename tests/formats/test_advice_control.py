"""The total of an advice is proved before anything of it is registered."""

from dataclasses import replace

import pytest

from consumers.formats.advice import AdviceClosed, AdviceItem, AdviceLine, AdviceOpened
from consumers.formats.advice_control import checked_advice
from consumers.formats.errors import ControlTotalError, UnreadableFileError
from consumers.formats.statement import BadRow, SourceSpan

SPAN = SourceSpan(3, 10, 20)
OPENED = AdviceOpened("A1", None, None, None, "GBP", None, 300, 2, SPAN)
LINE = AdviceLine(1, 100, (), "", None, None, "other", None, None, SPAN)
BAD = BadRow(SPAN, "Reference", "", "none", 200)
CLOSED = AdviceClosed(2, 300, SPAN)


def test_a_quarantined_row_of_known_amount_counts() -> None:
    items: list[AdviceItem] = [OPENED, LINE, BAD, CLOSED]
    assert list(checked_advice(items, "f")) == items


@pytest.mark.parametrize(
    ("items", "field"),
    [
        ([replace(OPENED, total_minor=301), LINE, BAD, CLOSED], "total"),
        ([replace(OPENED, lines=3), LINE, BAD, CLOSED], "number of lines"),
        ([OPENED, LINE, CLOSED], "lines read"),
        ([OPENED, LINE, replace(BAD, amount_minor=None), AdviceClosed(2, 100, SPAN)], "total"),
        (
            [
                replace(OPENED, total_minor=None),
                LINE,
                replace(BAD, amount_minor=None),
                AdviceClosed(2, 100, SPAN),
            ],
            "total",
        ),
    ],
)
def test_what_does_not_add_up_is_refused(items: list[AdviceItem], field: str) -> None:
    with pytest.raises(ControlTotalError) as refused:
        list(checked_advice(items, "f"))
    assert (refused.value.field, refused.value.file) == (field, "f")


def test_an_advice_of_which_nothing_can_be_read_pays_nothing_out() -> None:
    opened = replace(OPENED, total_minor=None, lines=None)
    bad = replace(BAD, amount_minor=None)
    items: list[AdviceItem] = [opened, bad, AdviceClosed(1, 0, SPAN)]
    assert list(checked_advice(items, "f")) == items


@pytest.mark.parametrize(
    "items",
    [[LINE], [BAD], [CLOSED], [OPENED, OPENED], [OPENED, LINE]],
)
def test_rows_outside_an_advice_are_refused(items: list[AdviceItem]) -> None:
    with pytest.raises(UnreadableFileError, match="advice"):
        list(checked_advice(items, "f"))
