"""What comes back about whom in the Direct Debit month: the one table that the play is made from.

Each row is a payer of its own, so that what one report does to another would be seen. It says which
report names him with which code, which of the three bills he has, and how his mandate and account
must stand at the end. To play another code, or to expect another end, change a row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ledger import bacs_codes
from ledger.mandate import MandateStatus

Story: TypeAlias = Literal[
    "",  # what the report asks for
    "unpaid again",  # presented once more, and unpaid once more
    "paid before",  # paid otherwise before it could be presented again
    "details given",  # the report names the new account
    "read at last",  # in the report that was refused for a code that nobody knows
    "reinstated",  # cancelled, and by a second report not
    "signed anew",  # another mandate, on another account of the payer
    "challenged",  # a claim that we dispute, and that its bank then withdraws
    "withdrawn",  # a claim that its bank withdraws by itself
    "withheld",
    "amended",
    "suspended",
    "cancelled by us",
    "later",  # agreed in March
]


@dataclass(frozen=True, slots=True)
class Row:
    """One payer. `bills` are the numbers of the days on which he is due.

    `unpaid` of them come back; `otherwise` are paid by another way. `aside`: a line that the ledger
    leaves to an officer. `claims` are the bills that he owes again because his bank took them back.
    """

    report: str
    code: str
    bills: tuple[int, ...] = (0, 1, 2)
    status: MandateStatus = "active"
    story: Story = ""
    otherwise: tuple[int, ...] = ()
    estate: bool = False
    aside: bool = False
    claims: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """What an officer calls it."""
        return " ".join(part for part in (self.report, self.code, self.story) if part) or "paid"


# ARUDD: the second bill comes back. Who keeps his mandate pays the third by it again.
_UNPAID_ENDS = ("1", "2", "3", "5", "6", "B")
_UNPAID = (
    Row("ARUDD", "0"),
    Row("ARUDD", "0", story="unpaid again", otherwise=(1,)),
    Row("ARUDD", "0", story="paid before", otherwise=(1,)),
    *(
        Row("ARUDD", code, status="cancelled", otherwise=(1, 2), estate=code == "2")
        for code in _UNPAID_ENDS
    ),
    *(Row("ARUDD", code, otherwise=(1,)) for code in ("4", "7", "8", "9", "A")),
)
# ADDACS: told between the second bill and the third.
_CHANGED = (
    *(Row("ADDACS", code, status="cancelled", otherwise=(2,)) for code in ("0", "1", "3", "B")),
    Row("ADDACS", "2", status="cancelled", otherwise=(2,), estate=True),
    Row("ADDACS", "3", story="details given"),
    Row("ADDACS", "C", story="details given"),
    Row("ADDACS", "E", story="details given"),
    Row("ADDACS", "C", aside=True),
    Row("ADDACS", "E", aside=True),
    Row("ADDACS", "D"),  # suspended; an officer asks the payer, and it goes on
    # What its bank reinstates has lost its notice: the bill is paid by another way this month.
    Row("ADDACS", "R", story="reinstated", otherwise=(2,)),
    Row("ADDACS", "1", status="cancelled", story="read at last", otherwise=(2,)),
)
# AUDDIS: no instruction, so only the last bill is meant to be collected.
_ANEW = ("3", "5", "B", "C", "F", "L")
_REJECTED = tuple(
    Row(
        "AUDDIS",
        code,
        (2,),
        "rejected",
        "signed anew" if code in _ANEW else "",
        () if code in _ANEW else (2,),
    )
    for code in bacs_codes.AUDDIS
)
# DDICA: of the first bill, which was collected in March. Nothing is taken while a claim is live.
_CLAIMED = (
    *(Row("DDICA", code, (0, 1), claims=(0,)) for code in ("1", "2")),
    *(Row("DDICA", code, (0, 1), "cancelled", claims=(0,)) for code in ("3", "4", "5", "6", "8")),
    Row("DDICA", "7", (0, 1), claims=(0,), aside=True),
    Row("DDICA", "1", (0, 1), story="challenged"),
    Row("DDICA", "2", (0, 1), story="withdrawn"),
)
# ARUCS, AWACS: who paid the second bill twice is paid back, and the credit is not as it should be.
# A refund that came back is found by its reference; of one that arrived elsewhere nobody is named.
_CREDITED = (
    *(Row("ARUCS", code, (0, 1), otherwise=(1,), estate=code == "2") for code in bacs_codes.ARUCS),
    *(Row("AWACS", code, (0, 1), otherwise=(1,), aside=True) for code in bacs_codes.AWACS),
)
_OWN = (
    Row("Input", "INVALID ACCOUNT NUMBER"),
    Row("Input", "INVALID SORT CODE"),
    Row("", "", story="withheld"),
    Row("", "", story="amended"),
    Row("", "", story="suspended"),
    Row("", "", status="cancelled", story="cancelled by us", otherwise=(1, 2)),
    *(Row("", "", (2,), story="later") for _ in range(4)),
)
ROWS: tuple[Row, ...] = (*_UNPAID, *_CHANGED, *_REJECTED, *_CLAIMED, *_CREDITED, *_OWN)
# Everybody else: three bills, each collected; of one in so many the second comes back at first.
PAID, UNPAID_ONCE = Row("", ""), Row("ARUDD", "0")
_ONE_IN = 40


def rows_for(payers: int) -> Iterator[Row]:
    """A row for each of so many payers, every row of the table at least once."""
    yield from ROWS
    for number in range(1, payers - len(ROWS) + 1):
        yield PAID if number % _ONE_IN else UNPAID_ONCE
