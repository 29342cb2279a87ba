"""The bank account of the Direct Debits: its statements, written as the days go by."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

from consumers.formats.accounts import gb_iban
from consumers.formats.camt053_write import OutDetail, OutEntry, OutStatement, write
from consumers.formats.methods import Method
from service.demo.debit_days import NUMBER, OPENING_MINOR, SORT_CODE
from service.demo.debit_town import Payer


class _Booked(NamedTuple):
    """What moved the account."""

    minor: int
    method: Method
    text: str
    name: str | None = None


class DebitBank:
    """Books what moves the account, and writes a statement of the day when there is anything."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._booked: list[_Booked] = []
        self._number = 0
        self.balance_minor = OPENING_MINOR
        self.runs_minor = 0  # credited for runs
        self.taken_back_minor = 0  # for unpaid and claimed Direct Debits

    def credit_run(self, amount_minor: int, serial: str) -> None:
        """What a run came to, in one sum."""
        self.runs_minor += amount_minor
        self._booked.append(_Booked(amount_minor, "direct_debit", f"BACS SUBMISSION {serial}"))

    def takes_back(self, amount_minor: int, text: str) -> None:
        """A Direct Debit that came back, or was claimed back."""
        self.taken_back_minor += amount_minor
        self._booked.append(_Booked(-amount_minor, "direct_debit_returned", text))

    def paid_in(self, payer: Payer, amount_minor: int) -> None:
        """A payer pays by another way, and names what he pays."""
        text = f"RENT {payer.debtor.reference}"
        self._booked.append(_Booked(amount_minor, "bank_transfer", text, payer.name))

    def paid_out(self, amount_minor: int, text: str) -> None:
        """A refund leaves the account."""
        self._booked.append(_Booked(-amount_minor, "bank_transfer", text))

    def credit_back(self, amount_minor: int, text: str) -> None:
        """A refund comes back."""
        self._booked.append(_Booked(amount_minor, "bank_transfer", text))

    def statement(self, on: date) -> Path | None:
        """The statement of a day; None for a day on which nothing moved."""
        if not self._booked:
            return None
        self._number += 1
        opening, booked = self.balance_minor, self._booked
        self.balance_minor += sum(one.minor for one in booked)
        self._booked = []
        entries = tuple(
            OutEntry(
                amount_minor=one.minor,
                booked_on=on,
                value_on=on,
                method=one.method,
                bank_reference=f"DD{self._number:03d}{at:05d}",
                details=(OutDetail(one.minor, party_name=one.name, remittance=(one.text,)),),
            )
            for at, one in enumerate(booked, 1)
        )
        iban = gb_iban("NETH", SORT_CODE, NUMBER)
        told = OutStatement(iban, f"DD-{on}", self._number, on, on, opening, entries)
        path = self._folder / f"{on:%Y-%m}" / f"{on}-bank-direct-debits.xml"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write([told], file, f"DD{self._number:04d}")
        return path
