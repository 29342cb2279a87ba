"""Balances, open items, ageing, unapplied credit, control account and trial balance."""

from datetime import date
from typing import Any

from .lines import Movement, Posting, Row, anniversary, grouped, items, total, year_start


def account_balances(lines: list[Movement], as_at: date) -> list[Row]:
    rows = []
    mine = [x for x in lines if x.control in ("debtors", "unapplied")]
    for key, group in grouped(mine, "unit", "account", "debt_type", "currency").items():
        open_items_ = items(group)
        credit = -total(group, control="unapplied")
        debt = sum(item.open for item in open_items_)
        overdue = sum(item.open for item in open_items_ if item.due_on < as_at)
        rows.append(
            dict(zip(("unit", "account", "debt_type", "currency"), key, strict=True))
            | {"not_yet_due": debt - overdue, "overdue": overdue, "open_debt": debt}
            | {"unapplied_credit": credit, "balance": debt - credit}
        )
    return rows


def open_items(lines: list[Movement], as_at: date) -> list[Row]:
    return [
        {
            "unit": item.first.unit,
            "account": item.first.account,
            "item": item.first.item,
            "instalment": item.first.instalment,
            "service": item.first.service,
            "debt_type": item.first.debt_type,
            "currency": item.first.currency,
            "invoiced_on": item.invoiced_on,
            "due_on": item.due_on,
            "days_overdue": max(0, (as_at - item.due_on).days),
            "billed": total(item.lines, kinds="billed"),
            "credited": -total(item.lines, kinds="credited"),
            "cash": -total(item.lines, kinds="allocated"),
            "written_off": -total(item.lines, kinds="written_off written_back"),
            "reopened": total(item.lines, kinds="reversed"),
            "open_amount": item.open,
        }
        for item in items(lines)
        if item.open
    ]


BUCKETS = (
    "not_yet_due",
    "days_1_30",
    "days_31_60",
    "days_61_90",
    "days_91_180",
    "days_181_365",
    "years_1_2",
    "years_2_6",
    "over_6_years",
)


def bucket(aged_from: date, as_at: date) -> str:
    days = (as_at - aged_from).days
    for limit, name in zip((0, 30, 60, 90, 180, 365), BUCKETS, strict=False):
        if days <= limit:
            return name
    if as_at <= anniversary(aged_from, 2):
        return "years_1_2"
    return "years_2_6" if as_at <= anniversary(aged_from, 6) else "over_6_years"


def aged_debt(lines: list[Movement], as_at: date, basis: str = "due") -> list[Row]:
    rows: dict[tuple[Any, ...], Row] = {}

    def row(x: Movement) -> Row:
        key = (x.unit, x.currency, x.debt_type, x.service)
        names = ("unit", "currency", "debt_type", "service")
        empty = dict.fromkeys((*BUCKETS, "total_debt", "unapplied_credit", "net_debt"), 0)
        return rows.setdefault(key, dict(zip(names, key, strict=True)) | empty)

    for item in items(lines):
        mine = row(item.first)
        mine[bucket(item.due_on if basis == "due" else item.invoiced_on, as_at)] += item.open
        mine["total_debt"] += item.open
        mine["net_debt"] += item.open
    for x in lines:
        if x.control == "unapplied":
            mine = row(x)
            mine["unapplied_credit"] -= x.amount_minor
            mine["net_debt"] += x.amount_minor
    return list(rows.values())


def unapplied_credit(lines: list[Movement], as_at: date) -> list[Row]:
    rows = []
    mine = [x for x in lines if x.control == "unapplied"]
    for key, group in grouped(mine, "unit", "account", "debt_type", "currency").items():
        if not (credit := -total(group)):
            continue
        assert credit > 0, "a history must never over-use a credit"
        last = max((x.effective_on for x in group if x.kind == "received"), default=None)
        rows.append(
            dict(zip(("unit", "account", "debt_type", "currency"), key, strict=True))
            | {"unapplied_credit": credit, "last_received_on": last}
            | {"days_since_received": None if last is None else (as_at - last).days}
        )
    return rows


def control_account(lines: list[Movement], as_at: date, period: date | None = None) -> list[Row]:
    opens = period or year_start(as_at)
    rows = []
    mine = [x for x in lines if x.control in ("debtors", "unapplied")]
    for (unit, currency), group in grouped(mine, "unit", "currency").items():
        during = [x for x in group if x.effective_on >= opens]
        rows.append(
            {
                "unit": unit,
                "currency": currency,
                "brought_forward": total(x for x in group if x.effective_on < opens),
                "billed": total(during, kinds="billed"),
                "credited": -total(during, kinds="credited"),
                "cash": -total(during, kinds="received reversed"),
                "written_off": -total(during, kinds="written_off"),
                "written_back": total(during, kinds="written_back"),
                "refunded": total(during, kinds="refunded"),
                "transferred": total(during, kinds="transferred"),
                "carried_forward": total(group),
                "difference": 0,
            }
        )
    return rows


def trial_balance(postings: list[Posting], _as_at: date) -> list[Row]:
    rows = []
    for key, group in grouped(postings, "unit", "currency", "gl_account", "service").items():
        debit = sum(x.amount_minor for x in group if x.amount_minor > 0)
        credit = -sum(x.amount_minor for x in group if x.amount_minor < 0)
        rows.append(
            dict(zip(("unit", "currency", "gl_account", "service"), key, strict=True))
            | {"debit": debit, "credit": credit, "balance": debit - credit}
        )
    return rows
