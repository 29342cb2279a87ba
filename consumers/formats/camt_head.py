"""The head of an ISO 20022 account report: whose account, which balances, which totals and page.

    Id, ElctrncSeqNb (LglSeqNb)   its id and number
    StmtPgntn (NtfctnPgntn)       PgNb, LastPgInd, when one report is cut into several
    Acct/Id/IBAN, /Othr/Id        a GB IBAN becomes sort code and account number
    Acct/Ccy
    Bal+                          Tp/CdOrPrtry/Cd: OPBD (or PRCD) opening, CLBD closing, ITBD at the
                                  edge of a page; Amt@Ccy, CdtDbtInd (missing in some exports:
                                  credit), Dt/Dt or Dt/DtTm
    TxsSummry                     TtlNtries, TtlCdtNtries, TtlDbtNtries: NbOfNtries, Sum

Source: ISO 20022 camt.053.001.02 to .14, camt.054 alike. The head stands before the entries, or
nothing could be proved against it.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from consumers.formats.accounts import account_key
from consumers.formats.amounts import currency_code, decimal_minor, iso_date
from consumers.formats.errors import RowError
from consumers.formats.statement import (
    UNKNOWN_CURRENCY,
    DeclaredTotals,
    SourceSpan,
    StatementOpened,
)
from consumers.formats.xml_records import Record

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_EDGES = ("OPBD", "CLBD")  # a report has one of each


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a report this is, from 1, and whether it is the last."""

    number: int = 1
    is_last: bool = True

    @property
    def is_one_of_several(self) -> bool:
        """Whether the report was cut."""
        return self.number > 1 or not self.is_last


ONLY_PAGE = Page()


@dataclass(slots=True)
class Head:
    """What stands before the entries of one report. `message` is the page of the whole message."""

    message: Page = ONLY_PAGE
    balances: dict[str, Record] = field(default_factory=dict)
    interim: list[Record] = field(default_factory=list)
    summary: Record | None = None

    def add(self, record: Record) -> None:
        """Take note of a balance or of the totals. RowError for a balance stated twice."""
        if record.name == "TxsSummry":
            self.summary = record
            return
        kind = record.first("Tp/CdOrPrtry/Cd", "Tp/Cd") or ""
        if kind in _EDGES and kind in self.balances:
            raise RowError("Bal", kind, "stated twice in one statement")
        self.balances.setdefault(kind, record)
        if kind == "ITBD":
            self.interim.append(record)

    def opened(self, report: Record, first: Record) -> StatementOpened:
        """The opening of a report; `first` is its first entry, or the report when it has none."""
        statement_id, account = report.first("Id"), own_account(report)
        if account is None:
            raise RowError("Acct/Id", "", "the statement names no account")
        if statement_id is None:
            raise RowError("Id", "", "the statement has no id to know it by")
        page = self.page(report)
        opening = self.opening(page)
        currency = self._currency(report, first)
        return StatementOpened(
            account=account,
            statement_id=statement_id,
            sequence=_sequence(report),
            currency=currency,
            opening_minor=balance_minor(opening, currency),
            opened_on=balance_date(opening),
            span=opening.span if opening else _start(report),
            declared=self._declared(page, currency),
            warnings=self._warnings(page),
        )

    def page(self, report: Record) -> Page:
        """Which page of a report its element is.

        Old versions number the pages of a message only; of these a report is a later page when it
        has no opening balance, and not the last one when it has no closing balance.
        """
        for name in ("StmtPgntn", "NtfctnPgntn"):
            if report.first(f"{name}/PgNb") is not None:
                return page_of(report, name)
        has_opening = "OPBD" in self.balances or "PRCD" in self.balances
        number = 1 if has_opening else self.message.number
        return Page(number, is_last=self.message.is_last or "CLBD" in self.balances)

    def opening(self, page: Page) -> Record | None:
        """The opening balance; of a later page the first interim one."""
        opening = self.balances.get("OPBD") or self.balances.get("PRCD")
        if opening is None and page.number > 1 and self.interim:
            return self.interim[0]
        return opening

    def closing(self, page: Page) -> Record | None:
        """The closing balance; of an earlier page than the last, the last interim one."""
        closing = self.balances.get("CLBD")
        if closing is None and not page.is_last and self.interim:
            return self.interim[-1]
        return closing

    def _currency(self, report: Record, first: Record) -> str:
        sources = [self.balances.get("OPBD"), self.balances.get("CLBD"), *self.interim, first]
        stated = report.first("Acct/Ccy") or next(
            (code for source in sources if source and (code := source.first("Amt@Ccy"))), None
        )
        return currency_code(stated, "Acct/Ccy") if stated else UNKNOWN_CURRENCY

    def _declared(self, page: Page, currency: str) -> DeclaredTotals:
        """The control totals; a page does not say whether its totals are its own, so none there."""
        if page.is_one_of_several:
            return DeclaredTotals()
        return declared_totals(self.summary, currency)

    def _warnings(self, page: Page) -> tuple[str, ...]:
        found = {"opening": self.opening(page), "closing": self.closing(page)}
        missing = [
            f"no {word} balance: the movements cannot be proved against it"
            for word, balance in found.items()
            if balance is None and (word == "opening" or page.is_last)
        ]
        if page.is_one_of_several:
            missing.append("a statement in pages: send all of them in one file to have it proved")
        unsigned = [
            f"balance {kind} states no direction: credit is taken"
            for kind, balance in self.balances.items()
            if kind in ("OPBD", "PRCD", "CLBD") and balance.first("CdtDbtInd") is None
        ]
        return (*missing, *unsigned)


def own_account(report: Record | None) -> str | None:
    """The account of a report, in its one spelling; None when it names none."""
    account = report.first("Acct/Id/IBAN", "Acct/Id/Othr/Id") if report is not None else None
    return account_key(account) if account else None


def page_of(record: Record, name: str) -> Page:
    """The page that an element says it is; page 1 of 1 when it says nothing that can be read."""
    number = record.first(f"{name}/PgNb") or ""
    last = record.first(f"{name}/LastPgInd")
    return Page(int(number) if _NUMBER.fullmatch(number) else 1, is_last=last not in ("false", "0"))


def balance_minor(balance: Record | None, currency: str) -> int | None:
    """A balance with its sign. RowError when it cannot be read or is in another currency."""
    if balance is None:
        return None
    stated = balance.first("Amt@Ccy")
    if stated != currency:
        raise RowError("Bal/Amt@Ccy", stated or "", f"the statement is in {currency}")
    amount = decimal_minor(balance.first("Amt") or "", currency, "Bal/Amt")
    indicator = balance.first("CdtDbtInd") or "CRDT"
    if indicator not in ("CRDT", "DBIT"):
        raise RowError("Bal/CdtDbtInd", indicator, "neither CRDT nor DBIT")
    return amount if indicator == "CRDT" else -amount


def balance_date(balance: Record | None) -> date | None:
    """The day of a balance, where it says one. RowError when it cannot be read."""
    text = balance.first("Dt/Dt", "Dt/DtTm", "Dt") if balance is not None else None
    return iso_date(text, "Bal/Dt") if text else None


def declared_totals(summary: Record | None, currency: str) -> DeclaredTotals:
    """The control totals of `TxsSummry`; RowError for a figure that cannot be read."""
    if summary is None:
        return DeclaredTotals()

    def count(group: str) -> int | None:
        text = summary.first(f"{group}/NbOfNtries")
        if text is not None and _NUMBER.fullmatch(text) is None:
            raise RowError(f"{group}/NbOfNtries", text, "not a whole number")
        return int(text) if text else None

    def total(group: str) -> int | None:
        text = summary.first(f"{group}/Sum")
        return decimal_minor(text, currency, f"{group}/Sum") if text else None

    return DeclaredTotals(
        entries=count("TtlNtries"),
        sum_minor=total("TtlNtries"),
        credit_entries=count("TtlCdtNtries"),
        credits_minor=total("TtlCdtNtries"),
        debit_entries=count("TtlDbtNtries"),
        debits_minor=total("TtlDbtNtries"),
    )


def _sequence(report: Record) -> int | None:
    sequence = report.first("ElctrncSeqNb", "LglSeqNb")
    if sequence is not None and _NUMBER.fullmatch(sequence) is None:
        raise RowError("ElctrncSeqNb", sequence, "not a whole number")
    return int(sequence) if sequence else None


def _start(report: Record) -> SourceSpan:
    """Where a report begins; its end is not known while its entries are still to come."""
    return SourceSpan(report.line, report.byte_start, report.byte_start)
