"""Bank reconciliation, told as a bookkeeper does it: statement by statement, line by line."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from .bank_rows import EntryRow, IntakeRow, ReceiptRow, StatementRow
from .lines import Row
from .statements import by_account, statement_gaps
from .view import View


class BankItem(NamedTuple):
    """A receipt, or a line that is none, as the bank brought it."""

    position: int
    on: date
    amount: int
    is_line: bool
    unit: str
    name: str
    account: str
    digest: str | None


class Placed(NamedTuple):
    """A bank item and the statement that shows it; `counts` when that ends by the day."""

    item: BankItem
    statement: StatementRow | None
    counts: bool


def bank_reconciliation(view: View, as_at: date) -> list[Row]:
    placed = _placed(view, as_at)
    rows = [*_statement_side(view, placed, as_at), *_ledger_side(view, placed, as_at)]
    return [*rows, *_summaries(view, rows, as_at)]


def _row(
    account: str | None, unit: str, step: int, kind: str, item: str | None, amount: int | None
) -> Row:
    names = {"bank_account": account, "unit": unit, "step": step, "kind": kind, "item": item}
    return names | {"amount": amount}


def _owner(account: str | None, unit: str) -> str:
    """The unit of a bank account of the council; of none that of the money."""
    return unit if account is None else {"1": "CORP", "2": "HSG"}[account[0]]


def _bank_items(view: View) -> Iterator[BankItem]:
    for row in view.told_receipts:
        if row.kind in ("received", "suspended") and not row.parent and row.bank_account:
            yield _item(row, row.receipt, is_line=False)
    for entry in view.told_entries:
        if entry.side == "bank":
            yield _item(entry, entry.name, is_line=entry.kind == "line")


def _item(row: ReceiptRow | EntryRow, name: str, *, is_line: bool) -> BankItem:
    on, amount = row.effective_on, row.amount_minor
    account = row.bank_account or ""
    return BankItem(row.position, on, amount, is_line, row.unit, name, account, row.digest)


def _placed(view: View, as_at: date) -> list[Placed]:
    found = []
    for item in _bank_items(view):
        own = [
            one
            for one in view.told_statements
            if one.digest == item.digest and one.bank_account == item.account
        ]
        statement = _next_or_last(own, item.position)
        counts = statement is not None and statement.ends_on <= as_at
        found.append(Placed(item, statement, counts))
    return found


def _next_or_last(statements: list[StatementRow], position: int) -> StatementRow | None:
    later = [one for one in statements if one.position > position]
    if later:
        return min(later, key=lambda one: one.position)
    return max(statements, key=lambda one: one.position, default=None)


def _aside(view: View) -> Iterator[tuple[IntakeRow, StatementRow, str | None]]:
    for row in view.intake:
        if row.status != "quarantined":
            continue
        own = [one for one in view.told_statements if one.digest == row.digest]
        ends = [x.status for x in view.intake if x.message == row.message and x is not row]
        statement = _next_or_last(own, row.position)
        if statement is not None:
            yield row, statement, ends[0] if ends else None


def _statement_side(view: View, placed: list[Placed], as_at: date) -> Iterator[Row]:
    for account, statements in by_account(view, as_at).items():
        unit = _owner(account, "")
        balance: int | None = None
        first = True
        moved_before = 0
        for one in statements:
            mine = [x for x in placed if x.statement is one]
            aside = [x for x in _aside(view) if x[1] is one]
            waiting = sum(x.amount_minor or 0 for x, _, end in aside if end != "posted")
            solved = sum(x.amount_minor or 0 for x, _, end in aside if end == "posted")
            retried = sum(x.item.amount for x in mine if x.item.position > one.position)
            unreadable = 0
            if one.closing_minor is not None and one.opening_minor is not None:
                unreadable = one.closing_minor - one.opening_minor - one.lines_minor
            unreadable -= retried - solved
            moved = sum(x.item.amount for x in mine) + waiting + unreadable
            if unreadable:
                yield _row(account, unit, 5, "rows_unreadable", one.statement, unreadable)
            for row, _, end in aside:
                if end != "posted" and not (end == "discarded" and row.amount_minor is None):
                    yield _row(account, unit, 5, "row_set_aside", row.message, row.amount_minor)
            for x in mine:
                if not x.item.is_line and x.item.on > as_at:
                    yield _row(account, unit, 8, "value_dated_later", x.item.name, x.item.amount)
            if one.closing_minor is None:
                moved_before += moved
                continue
            opening = one.closing_minor - moved
            if first:
                # Where statements without balances came first, they began with what is left.
                stated = opening - moved_before if moved_before else one.opening_minor or 0
                gap = 0 if moved_before else opening - stated
                if stated:
                    yield _row(account, unit, 3, "opening_balance", one.statement, stated)
            else:
                gap = opening - (balance or 0) - moved_before
            if gap:
                yield _row(account, unit, 4, "statement_gap", one.statement, gap)
            balance, moved_before, first = one.closing_minor, 0, False
        end_balance = (balance or 0) + moved_before
        yield _row(account, unit, 1, "statement_balance", statements[-1].statement, end_balance)
    for gap_row in statement_gaps(view, as_at):
        if gap_row["kind"] == "numbers":
            account, unit = gap_row["bank_account"], gap_row["unit"]
            yield _row(account, unit, 4, "statement_gap", gap_row["statement"], 0)


def _ledger_side(view: View, placed: list[Placed], as_at: date) -> Iterator[Row]:
    books: dict[tuple[str | None, str], int] = defaultdict(int)
    pairs = _pairs(view, placed, as_at)
    for entry in view.told_entries:
        if entry.side != "books" or entry.effective_on > as_at:
            continue
        mate = pairs.get(entry.position)
        account = mate.account if mate else _came_into(entry, placed) or _only(view, entry.unit)
        books[account, entry.unit] += entry.amount_minor
        if mate is None:
            yield _row(
                account,
                _owner(account, entry.unit),
                7,
                "not_on_statement",
                entry.name,
                -entry.amount_minor,
            )
    paired = {mate.position for mate in pairs.values()}
    for x in placed:
        account, unit = x.item.account, x.item.unit
        if x.item.is_line:
            if x.counts and x.item.position not in paired:
                yield _row(account, unit, 6, "line_not_coded", x.item.name, x.item.amount)
            continue
        if x.item.on <= as_at:
            books[account, x.item.unit] += x.item.amount
            if not x.counts:
                kind = "on_later_statement" if x.statement else "statement_not_taken"
                yield _row(account, unit, 8, kind, x.item.name, -x.item.amount)
    elsewhere: dict[tuple[str | None, str, str | None, date], int] = defaultdict(int)
    for row in view.receipts:
        if row.kind in ("received", "suspended") and not row.parent and not row.bank_account:
            account_ = _only(view, row.unit)
            month = row.effective_on.replace(day=1)
            elsewhere[account_, row.unit, row.method, month] += row.amount_minor
            books[account_, row.unit] += row.amount_minor
    for (account_, unit, method, _), amount in elsewhere.items():
        yield _row(account_, unit, 9, "reported_elsewhere", method, -amount)
    for (account_, unit), amount in books.items():
        yield _row(account_, _owner(account_, unit), 2, "ledger_balance", unit, amount)


def _only(view: View, unit: str) -> str | None:
    names = {row.bank_account for row in view.told_statements if row.unit == unit}
    return names.pop() if len(names) == 1 else None


def _came_into(entry: EntryRow, placed: list[Placed]) -> str | None:
    if entry.kind != "receipt_reversed":
        return None
    return next((x.item.account for x in placed if x.item.name == entry.name), None)


def _pairs(view: View, placed: list[Placed], as_at: date) -> dict[int, BankItem]:
    """What the books knew of, by position, and the line of the bank that is the same money."""
    waiting: list[tuple[date, bool, int, EntryRow | BankItem]] = [
        (entry.effective_on, False, entry.position, entry)
        for entry in view.told_entries
        if entry.side == "books" and entry.effective_on <= as_at
    ]
    waiting += [
        (x.item.on + timedelta(days=5), True, x.item.position, x.item)
        for x in placed
        if x.item.is_line and x.counts
    ]
    stacks: dict[int, list[EntryRow]] = defaultdict(list)
    pairs = {}
    for _, _, _, one in sorted(waiting, key=lambda x: x[:3]):
        if isinstance(one, EntryRow):
            stacks[one.amount_minor].append(one)
        elif stacks[one.amount]:
            entry = stacks[one.amount].pop()
            if (one.on - entry.effective_on).days <= 30:
                pairs[entry.position] = one
    return pairs


def _summaries(view: View, rows: list[Row], as_at: date) -> list[Row]:
    stated = {
        account
        for account, statements in by_account(view, as_at).items()
        if any(one.closing_minor is not None for one in statements)
    }
    groups: dict[tuple[str | None, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["bank_account"], row["unit"]].append(row)
    found = []
    for (account, unit), group in groups.items():
        left = sum((x["amount"] or 0) * (1 if x["step"] == 1 else -1) for x in group)
        blocked = any(x["step"] in (4, 5, 6) or x["kind"] == "statement_not_taken" for x in group)
        clean = account in stated and not blocked and left == 0
        found.append(_row(account, unit, 10, "summary", "clean" if clean else "not clean", left))
    return found
