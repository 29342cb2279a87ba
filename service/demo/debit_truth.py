"""Holds how mandates and accounts stand at the end against the table of what they must be."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ledger import bacs_codes
from ledger.account_state import AccountState
from ledger.collection import Collection
from ledger.ids import account_stream, mandate_stream
from ledger.mandate import MandateState
from ledger.stream_states import states_of
from service.demo.debit_days import AGAIN_ENTRY, DUE, SUN
from service.demo.debit_rows import Row
from service.demo.debit_town import DebitTown, Payer
from service.wiring import App

_KEPT_OUT = ("withheld", "suspended", "cancelled by us")  # of the April run
_NO_LAST = ("cancelled", "rejected")  # mandates on which the last bill is not collected
Taken = tuple[date, str, str]  # entry day, code, what became of it


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found wrong, by payer, and the codes of each report that did what they must."""

    wrong: tuple[str, ...]
    handled: frozenset[tuple[str, str]]
    statuses: dict[str, int]

    @property
    def missing(self) -> list[str]:
        """Codes of the reports about which no payer stands as he must."""
        all_ = {(report, code) for report, table in bacs_codes.REASONS.items() for code in table}
        return [" ".join(one) for one in sorted(all_ - self.handled)]


def judge(app: App, town: DebitTown) -> Judged:
    """Judge every payer."""
    mandates = states_of(
        app.store, [mandate_stream(SUN, one) for one in town.by_mandate], MandateState
    )
    places = {one.account: account_stream(one.debtor.unit, one.account) for one in town.payers}
    accounts = states_of(app.store, list(places.values()), AccountState)
    wrong: list[str] = []
    handled = set()
    for payer in town.payers:
        own = [mandates.get(mandate_stream(SUN, one)) for one in payer.mandates]
        found = list(_faults(payer, own, accounts[places[payer.account]]))
        wrong += [f"{payer.row.title} {payer.account}: {one}" for one in found]
        if not found:
            handled.add((payer.row.report, payer.row.code))
    statuses: dict[str, int] = {}
    for state in mandates.values():
        statuses[state.status] = statuses.get(state.status, 0) + 1
    return Judged(tuple(wrong), frozenset(handled), statuses)


def _faults(
    payer: Payer, mandates: list[MandateState | None], account: AccountState
) -> Iterator[str]:
    row = payer.row
    must = [row.status, "active"][: len(mandates)]
    are = [one.status if one else "not there" for one in mandates]
    if are != must:
        yield f"mandate {are}, not {must}"
    owes = account.open_minor - account.unapplied_minor
    owed = sum(payer.bills[bill].gross_minor for bill in row.claims)
    if owes != owed:
        yield f"owes {owes} pence, not {owed}"
    is_estate = any(hold.startswith("DECEASED") for hold in account.holds)
    if is_estate != row.estate:
        yield f"held for the estate: {is_estate}"
    if account.claims:
        yield f"claim {next(iter(account.claims))} is live"
    taken = [_taken(one) for state in mandates if state for one in state.collections.values()]
    expected = sorted(must_be_taken(row))
    if sorted(taken) != expected:
        yield f"collections {sorted(taken)}, not {expected}"


def _taken(one: Collection) -> Taken:
    return one.entry_on, one.code, one.status


def must_be_taken(row: Row) -> Iterator[Taken]:
    """Every collection that the mandates of a payer must have, and how each must stand."""
    if 0 in row.bills:
        yield DUE[0], "01", "instructed"
    if 1 in row.bills and row.story not in _KEPT_OUT:
        ends = {"ARUDD": "returned", "Input": "stopped"}
        yield DUE[1], "17", ends.get(row.report, "instructed")
    if (row.report, row.code) == ("ARUDD", "0") and row.story != "paid before":
        yield AGAIN_ENTRY, "18", "returned" if row.story else "instructed"
    is_left = row.status in _NO_LAST and row.story != "signed anew"
    if 2 in row.bills and not is_left and row.story != "reinstated":
        code = "01" if row.bills == (2,) else "17"
        yield DUE[2], code, "stopped"  # in the file that was withdrawn
        yield DUE[2], code, "instructed"


def not_right(town: DebitTown, found: dict[str, list[int]]) -> list[str]:
    """Payers whose payments by another way did not come to their own accounts, in pence."""
    wrong = []
    for payer in town.payers:
        must = sorted(payer.bills[bill].gross_minor for bill in payer.row.otherwise)
        are = sorted(found.get(payer.account, []))
        if must != are:
            wrong.append(f"{payer.row.title} {payer.account}: {are}, not {must}")
    strange = set(found) - {payer.account for payer in town.payers}
    return [*wrong, *(f"account {one} is nobody's of these" for one in sorted(strange))]
