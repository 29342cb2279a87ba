"""Remittance advices, and batches of small balances."""

from collections import defaultdict
from datetime import date

from .lines import Row, grouped, working_age, year_start
from .suspense import desk, roots, signed
from .view import View


def remittances(view: View, as_at: date) -> list[Row]:
    held = {
        root.first.receipt: sum(signed(x) for x in desk(view) if x.receipt in root.family)
        for root in roots(view)
    }
    matches = {row.remittance: row.receipt for row in view.remittances if row.kind == "matched"}
    rows = []
    for row in view.remittances:
        if row.kind != "registered":
            continue
        receipt = matches.get(row.remittance)
        waiting = held.get(receipt, 0) if receipt else row.amount_minor
        state = "allocated"
        if waiting:
            state = "not all allocated" if receipt else "no money"
        age = working_age(row.effective_on, as_at)
        rows.append(
            {"state": state, "remittance": row.remittance, "receipt": receipt or row.receipt}
            | {"amount": row.amount_minor, "waiting_amount": waiting, "age_working_days": age}
        )
    for one in view.receipts:
        if one.kind != "suspended" or not one.batch_payments or one.receipt in matches.values():
            continue
        if held[one.receipt]:
            rows.append(
                {"state": "no remittance", "remittance": None, "receipt": one.receipt}
                | {"amount": one.amount_minor, "waiting_amount": held[one.receipt]}
                | {"age_working_days": working_age(one.effective_on, as_at)}
            )
    return rows


def small_balances(view: View, as_at: date, cap: int | None = None) -> list[Row]:
    del as_at
    years = [(year_start(row.effective_on).year, row) for row in view.small]
    of_debtor: dict[tuple[object, ...], int] = defaultdict(int)
    for year, row in years:
        if row.kind == "written_off":
            of_debtor[row.unit, row.account, year] += row.amount_minor
    decisions = {x.batch: x for x in view.small if x.kind in ("approved", "rejected")}
    rows = []
    lines = [row for row in view.small if row.kind in ("proposed", "written_off")]
    for (unit, batch, reason), group in grouped(lines, "unit", "batch", "reason").items():
        for year in {year_start(row.effective_on).year for row in group}:
            mine = [row for row in group if year_start(row.effective_on).year == year]
            proposed = [row for row in mine if row.kind == "proposed"]
            written = [row for row in mine if row.kind == "written_off"]
            debtors = {row.account for row in written}
            had = [of_debtor[unit, account, year] for account in debtors]
            decision = decisions.get(batch)
            rows.append(
                {"unit": unit, "batch": batch, "reason": reason}
                | {"financial_year": f"{year}-{(year + 1) % 100:02d}"}
                | {"state": decision.kind if decision else "proposed"}
                | {"decided_by": decision.actor if decision else None}
                | {"proposed_lines": len(proposed)}
                | {"proposed_amount": sum(row.amount_minor for row in proposed)}
                | {"written_off_lines": len(written)}
                | {"written_off_amount": sum(row.amount_minor for row in written)}
                | {"debtors": len(debtors), "largest_debtor_amount": max(had, default=0)}
                | {"debtors_above_cap": None if cap is None else sum(x > cap * 100 for x in had)}
            )
    return rows
