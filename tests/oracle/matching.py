"""Matching: first pass, wrong matches, and money by method and rule, receipt by receipt."""

from collections import defaultdict
from datetime import date

from .bank_rows import ReceiptRow
from .lines import Row, grouped, ratio, year_start
from .suspense import COMES, LEAVES, signed
from .view import View


def match_rates(view: View, as_at: date, period: date | None = None) -> list[Row]:
    opens = period or year_start(as_at)
    mine = [
        row
        for row in view.receipts
        if row.kind in ("received", "suspended")
        and row.parent is None
        and row.bank_account
        and row.effective_on >= opens
    ]
    rows = []
    for (unit, currency), group in grouped(mine, "unit", "currency").items():
        good = [row for row in group if row.kind == "received" and row.automatic]
        files = grouped(group, "digest").values()
        whole = [file for file in files if all(row in good for row in file)]
        in_whole = [row for file in whole for row in file]
        everything = _sum(group)
        shares = (
            ("MR-1.v1", len(good), len(group), _sum(good), ratio(len(good), len(group))),
            ("MR-2.v1", len(good), len(group), _sum(good), ratio(_sum(good), everything)),
            ("MR-3.v1", len(whole), len(files), _sum(in_whole), ratio(len(whole), len(files))),
            ("MR-4.v1", len(whole), len(files), _sum(in_whole), ratio(_sum(in_whole), everything)),
        )
        rows += [
            {"unit": unit, "currency": currency, "definition": definition, "matched": matched}
            | {"of_all": of_all, "matched_amount": amount, "of_amount": everything}
            | {"value": value}
            for definition, matched, of_all, amount, value in shares
        ]
    return rows


def _sum(rows: list[ReceiptRow]) -> int:
    return sum(row.amount_minor for row in rows)


def match_quality(view: View, as_at: date, period: date | None = None) -> list[Row]:
    opens = period or year_start(as_at)
    by_person = [row for row in view.receipts if not row.automatic]
    mine = [
        row
        for row in view.receipts
        if row.kind == "received" and row.automatic and row.bank_account
    ]
    mine = [row for row in mine if row.value_on is not None and row.value_on >= opens]
    groups = {**grouped(mine, "unit", "currency", "rule")}
    groups |= {(*key, "all rules"): x for key, x in grouped(mine, "unit", "currency").items()}
    rows = []
    for (unit, currency, rule), group in groups.items():
        faults = [_undone(row, by_person) for row in group]
        wrong = [
            min(row.amount_minor, sum(fault.values()))
            for row, fault in zip(group, faults, strict=True)
        ]
        count = sum(amount > 0 for amount in wrong)
        rows.append(
            {"unit": unit, "currency": currency, "rule": rule, "matched": len(group)}
            | {"matched_amount": _sum(group), "wrong": count, "wrong_amount": sum(wrong)}
            | {column: sum(fault[column] > 0 for fault in faults) for column in faults[0]}
            | {"rate_by_count": ratio(count, len(group))}
            | {"rate_by_value": ratio(sum(wrong), _sum(group))}
        )
    return rows


def _undone(match: ReceiptRow, by_person: list[ReceiptRow]) -> dict[str, int]:
    """Pounds by the way in which a person undid a match."""
    after = [row for row in by_person if row.receipt == match.receipt]
    given: dict[str | None, int] = defaultdict(int)
    for row in after:
        if row.kind == "allocated":
            given[row.item] += row.amount_minor
        if row.kind == "unallocated":
            given[row.item] -= row.amount_minor
    plus = sum(amount for amount in given.values() if amount > 0)
    minus = -sum(amount for amount in given.values() if amount < 0)
    return {
        "moved_to_suspense": _sum([row for row in after if row.kind == "moved_to_suspense"]),
        "transferred": _sum([row for row in after if row.kind == "credit_transferred"]),
        "reversed_in_error": _sum(
            [row for row in after if row.kind == "reversed" and row.rule == "posted_in_error"]
        ),
        "allocated_elsewhere": min(plus, minus),
    }


def receipts_by_rule(view: View, as_at: date, period: date | None = None) -> list[Row]:
    opens = period or year_start(as_at)
    parts: list[Row] = []

    def stands(row: ReceiptRow, place: str, rule: str | None, amount: int) -> None:
        automatic = row.automatic if place == "account" else None
        parts.append(
            {"unit": row.unit, "currency": row.currency, "method": row.method, "place": place}
            | {"rule": rule, "automatic": automatic, "amount": amount}
        )

    for row in view.receipts:
        if row.value_on is None or row.value_on < opens:
            continue
        of_it = [x for x in view.receipts if x.receipt == row.receipt]
        if row.kind == "received":
            gone = _sum([x for x in of_it if x.kind == "moved_to_suspense"])
            stands(row, "account", row.rule, row.amount_minor - gone)
        if row.kind in ("suspended", "moved_in"):
            held = sum(signed(x) for x in of_it if x.kind in COMES + LEAVES)
            stands(row, "suspense", row.rule, held)
            for place, out, back in (
                ("transferred", "transferred", ""),
                ("returned", "returned", "return_failed"),
                ("bounced", "bounced", ""),
            ):
                amount = _sum([x for x in of_it if x.kind == out])
                amount -= _sum([x for x in of_it if x.kind == back])
                stands(row, place, None, amount)
    return _by_rule([part for part in parts if part["amount"]])


def _by_rule(parts: list[Row]) -> list[Row]:
    rows: dict[tuple[object, ...], Row] = {}
    for part in parts:
        key = tuple(value for name, value in part.items() if name != "amount")
        row = rows.setdefault(key, part | {"amount": 0, "receipts": 0})
        row["amount"] += part["amount"]
        row["receipts"] += 1
    totals: dict[object, int] = defaultdict(int)
    for row in rows.values():
        totals[row["unit"]] += row["amount"]
    return [row | {"share": ratio(row["amount"], totals[row["unit"]])} for row in rows.values()]
