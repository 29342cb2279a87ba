"""A second ledger, written to be compared: plain dicts, everything added up anew each time.

It shares no decision with the product: what is open, unapplied, held or payable is the sum of a
list of movements, and which rules apply is written down a second time, in the plainest way. It
says only whether a command is accepted, and keeps its movements when it is.
"""

import tomllib
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, TypeAlias

Asked: TypeAlias = Any  # a command, read by its fields only
Key = tuple[str, str]
Line = tuple[str, int, date, int]  # item, instalment, due date, amount

ITEM, CREDIT, SUSPENSE, PAYABLE, BAD = "item", "credit", "suspense", "payable", "bad"
SETTLED_REMEMBERED = 24


class NoError(Exception):
    """The second ledger would not do it."""


class Naive:
    """Everything that the second ledger knows."""

    def __init__(self, policy_text: str, today: date, small_text: str) -> None:
        policy = tomllib.loads(policy_text)
        self.small = tomllib.loads(small_text)["small_balances"][-1]
        self.limits = policy["authority"][-1]["roles"]
        self.roles = policy["actors"]
        self.today = today
        self.moves: list[dict[str, Any]] = []
        self.accounts: dict[Key, dict[str, Any]] = {}
        self.items: dict[tuple[Key, str], dict[str, Any]] = {}
        self.receipts: dict[tuple[Key, str], dict[str, Any]] = {}
        self.settled: list[tuple[Key, str]] = []
        self.suspended: dict[str, dict[str, Any]] = {}
        self.proposals: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.payable: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.refunds: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.written: dict[tuple[Key, str], dict[str, Any]] = {}
        self.holds: dict[tuple[Key, str], dict[str, Any]] = {}
        self.returned: dict[tuple[Any, ...], dict[str, Any]] = {}
        self.instructions: dict[tuple[Key, str], Any] = {}
        self.payers: dict[tuple[str, ...], dict[str, Any]] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.approved: list[tuple[Key, str, int, int]] = []  # account, kind, year, amount

    def accepts(self, command: Asked, actor: str, on: date | None) -> bool:
        """Whether the command is done; when it is not, nothing has changed."""
        rule: Callable[[Any, str, date | None], None] = getattr(self, command.action)
        try:
            rule(command, actor, on)
        except NoError:
            return False
        return True

    # --- adding up -------------------------------------------------------------------------------

    def total(self, book: str, **wanted: object) -> int:
        """The sum of the movements of a book that have these fields."""
        return sum(
            move["amount"]
            for move in self.moves
            if move["book"] == book and all(move.get(k) == v for k, v in wanted.items())
        )

    def names(self, book: str, key: object) -> list[str]:
        """The names in a book of one account that do not add up to nothing."""
        found = {m["name"] for m in self.moves if m["book"] == book and m["key"] == key}
        return sorted(name for name in found if self.total(book, key=key, name=name))

    def raised_on(self, book: str, key: Key, name: str) -> date:
        """The latest date of a rise since it was last at nothing."""
        total, latest = 0, date.min
        for move in self.moves:
            if (move["book"], move["key"], move.get("name")) == (book, key, name):
                if move["amount"] > 0:
                    latest = max(latest, move["on"]) if total else move["on"]
                total += move["amount"]
        return latest

    def lines(self, key: Key, item: str | None = None) -> list[Line]:
        """The open instalments of an account or an item, oldest due first."""
        found = []
        for name in [item] if item else self.names(ITEM, key):
            for number, due in self.items.get((key, name), {"due": {}})["due"].items():
                left = self.total(ITEM, key=key, name=name, n=number)
                if left:
                    found.append((name, number, due, left))
        return sorted(found, key=lambda line: (line[2], line[0], line[1]))

    def credits(self, key: Key) -> list[tuple[date, str, int]]:
        """Unapplied credit, oldest first."""
        return sorted(
            (self.receipts[key, name]["value_on"], name, self.total(CREDIT, key=key, name=name))
            for name in self.names(CREDIT, key)
        )

    # --- moving ----------------------------------------------------------------------------------

    def move(
        self, book: str, key: object, name: str, amount: int, on: date, **more: object
    ) -> None:
        """Write a movement down."""
        if amount:
            self.moves.append(
                {"book": book, "key": key, "name": name, "amount": amount, "on": on, **more}
            )

    def lower(self, key: Key, line: Line, on: date, **more: object) -> None:
        """Settle a part of an item, and remember when it is settled whole."""
        item, number, _, amount = line
        self.move(ITEM, key, item, -amount, on, n=number, **more)
        if self.total(ITEM, key=key, name=item) == 0:
            self.settled.append((key, item))

    def settle(self, key: Key, receipt: str, lines: Iterable[Line], asked: date = date.min) -> None:
        """Use credit of a receipt on lines, as far as it goes."""
        rise = self.raised_on(CREDIT, key, receipt)
        left = self.total(CREDIT, key=key, name=receipt)
        for item, number, due, amount in lines:
            part = min(left, amount)
            if part:
                on = max(self.raised_on(ITEM, key, item), rise, asked)
                self.lower(key, (item, number, due, part), on, receipt=receipt)
                self.move(CREDIT, key, receipt, -part, on)
            left -= part

    # --- saying no -------------------------------------------------------------------------------

    def may(self, actor: str, action: str, amount: int = 0, maker: str | None = None) -> None:
        """Say no to who may not, or not so much, or not his own."""
        grants = [
            self.limits.get(role, {})[action]
            for role in self.roles.get(actor, ())
            if action in self.limits.get(role, {})
        ]
        self.no(not grants or maker == actor)
        self.no(all(one != "any" and amount > int(one.replace(".", "")) for one in grants))

    def no(self, reason: object) -> None:
        """Say no when there is a reason."""
        if reason:
            raise NoError

    def account(self, command: Asked) -> Key:
        """The account of a command, which must be open."""
        key = (command.unit, command.account)
        self.no(key not in self.accounts)
        return key

    def dated(self, on: date | None, *earliest: date) -> date:
        """The date that counts, which may not be asked for before the earliest."""
        self.no(on is not None and any(on < one for one in earliest))
        day = on or self.today
        self.no(day < date(self.today.year - 30, 1, 1) or day > self.today + timedelta(days=400))
        return day

    def propose(self, name: tuple[Any, ...], **what: object) -> None:
        """Keep a proposal."""
        self.proposals[name] = what

    def take_proposal(self, *name: object) -> dict[str, Any]:
        """A proposal that must be waiting."""
        self.no(name not in self.proposals)
        return self.proposals[name]

    # --- the account -----------------------------------------------------------------------------

    def open_account(self, command: Asked, actor: str, on: date | None) -> None:
        """Open an account."""
        self.may(actor, "open_account")
        key = (command.unit, command.account)
        self.no(key in self.accounts)
        self.dated(on)
        self.accounts[key] = {"apply": command.apply_credit, "terms": command.terms_days}

    def amend_account(self, command: Asked, actor: str, on: date | None) -> None:
        """Change how credit is applied."""
        self.may(actor, "amend_account")
        key = self.account(command)
        self.dated(on)
        self.no(command.apply_credit in {None, self.accounts[key]["apply"]})
        self.accounts[key]["apply"] = command.apply_credit

    def issue_invoice(self, command: Asked, actor: str, _on: date | None) -> None:
        """Bill; credit on the account is applied at once when the account says so."""
        self.may(actor, "issue_invoice", command.gross_minor)
        key = self.account(command)
        self.no(command.gross_minor != sum(x.net_minor + x.vat_minor for x in command.lines))
        self.no(command.gross_minor <= 0)
        self.dated(command.invoiced_on)
        due = {x.number: x.due_on for x in command.instalments} or {1: command.due_on}
        parts = {x.number: x.amount_minor for x in command.instalments} or {1: command.gross_minor}
        self.items[key, command.invoice] = {
            "due": due,
            "gross": command.gross_minor,
            "on": command.invoiced_on,
        }
        for number, amount in parts.items():
            self.move(ITEM, key, command.invoice, amount, command.invoiced_on, n=number)
        if self.accounts[key]["apply"]:
            for _, receipt, _ in self.credits(key):
                self.settle(key, receipt, self.lines(key, command.invoice))

    # --- credit notes ----------------------------------------------------------------------------

    def credit_invoice(self, command: Asked, actor: str, on: date | None) -> None:
        """Credit a bill, or propose to when it is too much for the maker alone."""
        self.may(actor, "credit_invoice")
        key = self.account(command)
        left = self.total(ITEM, key=key, name=command.invoice)
        self.no(not left)
        item = self.items[key, command.invoice]
        amount = sum(x.net_minor + x.vat_minor for x in command.lines)
        if command.whole:
            amount = item["gross"] or 0
            self.no(amount != left)
        self.no(amount <= 0 or amount > left or not command.source_document.strip())
        name = ("credit", key, command.credit_note)
        self.no(name in self.proposals)
        day = self.dated(on, item["on"])
        try:
            self.may(actor, "credit_invoice", amount)
        except NoError:
            self.propose(name, by=actor, item=command.invoice, amount=amount)
            return
        self.credited(key, command.invoice, amount, day)

    def credited(self, key: Key, item: str, amount: int, day: date) -> None:
        """Lower what is due last first."""
        on = max(day, self.raised_on(ITEM, key, item))
        for line in reversed(self.lines(key, item)):
            part = min(amount, line[3])
            if part:
                self.lower(key, (*line[:3], part), on)
            amount -= part

    def approve_credit_note(self, command: Asked, actor: str, on: date | None) -> None:
        """Post a proposed credit note."""
        key = self.account(command)
        one = self.take_proposal("credit", key, command.credit_note)
        self.may(actor, "approve_credit_note", one["amount"], one["by"])
        self.no(self.total(ITEM, key=key, name=one["item"]) < one["amount"])
        day = self.dated(on, self.items[key, one["item"]]["on"])
        del self.proposals["credit", key, command.credit_note]
        self.credited(key, one["item"], one["amount"], day)

    def reject_credit_note(self, command: Asked, actor: str, _on: date | None) -> None:
        """Drop a proposed credit note."""
        self.may(actor, "reject_credit_note")
        key = self.account(command)
        self.take_proposal("credit", key, command.credit_note)
        del self.proposals["credit", key, command.credit_note]

    # --- cash ------------------------------------------------------------------------------------

    def receive_payment(self, command: Asked, actor: str, _on: date | None) -> None:
        """Money of a known account."""
        self.may(actor, "receive_payment", command.amount_minor)
        key = self.account(command)
        self.no(command.amount_minor <= 0 or command.from_suspense is not None)
        self.dated(command.value_on)
        self.paid(key, command.receipt, command.amount_minor, command.value_on, command)

    def paid(
        self,
        key: Key,
        receipt: str,
        amount: int,
        value_on: date,
        command: Asked,
        on: date | None = None,
    ) -> None:
        """The written order: the debtor's wish, the named invoices, else the oldest."""
        self.came(key, receipt, amount, value_on)
        named = [one for one in (command.invoice, *(command.invoices or ())) if one]
        named = sorted(set(named), key=named.index)
        again = {one for one in named if self.is_settled(key, one)}
        known = {w["item"] for (k, _), w in self.written.items() if k == key}
        lines = self.wished(key, amount)
        if not lines:
            lines = [line for one in named for line in self.lines(key, one)]
        if not lines and not again and not known & set(named):
            lines = self.lines(key)
        self.move(CREDIT, key, receipt, amount, on or value_on)
        self.settle(key, receipt, lines)
        if not named or again != set(named):
            self.wake(key, receipt, named, on or value_on)

    def came(self, key: Key, receipt: str, amount: int, day: date, **more: bool) -> None:
        """Remember a receipt of an account."""
        self.receipts[key, receipt] = {
            "amount": amount,
            "value_on": day,
            "gone": False,
            "transferred": False,
            **more,
        }

    def is_settled(self, key: Key, item: str) -> bool:
        """Whether an item was settled lately and nothing of it is owed."""
        owed = any(k == key and w["item"] == item for (k, _), w in self.written.items())
        known = [name for k, name in self.settled if k == key][-SETTLED_REMEMBERED:]
        return item in known and not owed and not self.total(ITEM, key=key, name=item)

    def wished(self, key: Key, left: int) -> list[Line]:
        """What the debtor asked his next payment to pay; asked once."""
        waiting = [name for name in self.instructions if name[0] == key]
        lines = []
        for one in self.instructions.pop(waiting[0]) if waiting else ():
            wanted = min(left, left if one.amount_minor is None else one.amount_minor)
            for line in self.lines(key, one.item):
                part = min(wanted, line[3])
                wanted -= part
                left -= part
                if part:
                    lines.append((*line[:3], part))
        return lines

    def wake(self, key: Key, receipt: str, named: list[str], came_on: date) -> None:
        """Money came for debt that was written off."""
        mine = [
            (w["item"] not in named, w["on"], n) for (k, n), w in self.written.items() if k == key
        ]
        for _, _, name in sorted(mine):
            one = self.written[key, name]
            left = self.total(CREDIT, key=key, name=receipt)
            amount = min(left, sum(line[3] for line in one["lines"]))
            if amount:
                on = max(one["on"], came_on)
                for line in self.back(key, name, amount, on):
                    self.lower(key, line, on, receipt=receipt)
                    self.move(CREDIT, key, receipt, -line[3], on)

    def back(self, key: Key, name: str, amount: int, on: date) -> list[Line]:
        """Raise written-off debt again."""
        one = self.written[key, name]
        self.move(BAD, key, name, -amount, on)
        taken, kept = [], []
        for item, number, due, line in one["lines"]:
            part = min(amount, line)
            amount -= part
            if part:
                taken.append((item, number, due, part))
                self.move(ITEM, key, item, part, on, n=number)
            if line - part:
                kept.append((item, number, due, line - part))
        one["lines"] = kept
        if not kept:
            del self.written[key, name]
        return taken

    def allocate(self, command: Asked, actor: str, on: date | None) -> None:
        """Use credit as told, or on the oldest."""
        self.may(actor, "allocate")
        key = self.account(command)
        left = self.total(CREDIT, key=key, name=command.receipt)
        self.no(not left)
        lines = self.told(key, command.targets, left) if command.targets else self.oldest(key, left)
        self.no(not lines)
        begun = [self.items[key, line[0]]["on"] for line in lines]
        day = self.dated(on, self.receipts[key, command.receipt]["value_on"], *begun)
        rises = [self.raised_on(ITEM, key, line[0]) for line in lines]
        self.settle(key, command.receipt, lines, max(day, *rises) if on else date.min)

    def oldest(self, key: Key, left: int) -> list[Line]:
        """The oldest lines up to an amount."""
        lines = []
        for line in self.lines(key):
            part = min(left, line[3])
            left -= part
            if part:
                lines.append((*line[:3], part))
        return lines

    def told(self, key: Key, targets: Asked, left: int) -> list[Line]:
        """The lines that an officer named."""
        self.no(len({one.item for one in targets}) < len(targets))
        lines = []
        for one in targets:
            is_open = self.total(ITEM, key=key, name=one.item)
            self.no(not is_open)
            wanted = is_open if one.amount_minor is None else one.amount_minor
            self.no(wanted <= 0 or wanted > is_open)
            self.no(left == 0 or (one.amount_minor is not None and wanted > left))
            wanted = min(wanted, left)
            left -= wanted
            for line in self.lines(key, one.item):
                part = min(wanted, line[3])
                wanted -= part
                if part:
                    lines.append((*line[:3], part))
        return lines

    def allocated(self, key: Key, receipt: str) -> list[Line]:
        """What a receipt pays now, in the order in which it first did."""
        first = dict.fromkeys(
            (m["name"], m["n"])
            for m in self.moves
            if m["book"] == ITEM and m["key"] == key and m.get("receipt") == receipt
        )
        lines = []
        for name, number in first:
            amount = -self.total(ITEM, key=key, name=name, n=number, receipt=receipt)
            if amount:
                lines.append((name, number, self.items[key, name]["due"][number], amount))
        return lines

    def touched_on(self, key: Key, receipt: str) -> date:
        """The latest date on which anything happened to a receipt."""
        days: list[date] = [
            m["on"]
            for m in self.moves
            if m["book"] == CREDIT and m["key"] == key and m["name"] == receipt
        ]
        return max(days)

    def record_payment_instruction(self, command: Asked, actor: str, on: date | None) -> None:
        """Keep what the debtor asked, or make a receipt pay it."""
        self.may(actor, "record_payment_instruction")
        key = self.account(command)
        items = [one.item for one in command.targets]
        self.no(not items or len(set(items)) < len(items))
        self.no(
            any((one.amount_minor or 1) <= 0 or one.amount_minor == 0 for one in command.targets)
        )
        self.dated(command.given_on)
        day = self.dated(on)
        if command.receipt is None:
            self.no((key, command.instruction) in self.instructions)
            self.instructions[key, command.instruction] = command.targets
            return
        begun = [self.items[key, x]["on"] for x in items if self.total(ITEM, key=key, name=x)]
        self.dated(on, *begun)
        self.here(key, command.receipt, on)
        self.rework(key, command.receipt, command.targets, day, day if on else date.min)

    def rework(self, key: Key, receipt: str, targets: Asked, day: date, asked: date) -> None:
        """Take back as little as may be, so that the targets are paid."""
        lines = self.allocated(key, receipt)
        credit = self.total(CREDIT, key=key, name=receipt)
        left, back, more, named = credit + sum(x[3] for x in lines), [], [], set()
        for one in targets:
            mine = [line for line in lines if line[0] == one.item]
            have = sum(line[3] for line in mine)
            payable = have + self.total(ITEM, key=key, name=one.item)
            wanted = payable if one.amount_minor is None else one.amount_minor
            self.no(not payable or wanted > payable)
            self.no(left == 0 or (one.amount_minor is not None and wanted > left))
            wanted = min(wanted, left)
            left -= wanted
            named.add(one.item)
            back += self.cut(reversed(mine), have - wanted)
            more += self.cut(self.lines(key, one.item), wanted - have)
        short = sum(x[3] for x in more) - credit - sum(x[3] for x in back)
        back += self.cut(reversed([x for x in lines if x[0] not in named]), short)
        when = max(day, self.touched_on(key, receipt))
        for name, number, _, amount in back:
            self.move(ITEM, key, name, amount, when, n=number, receipt=receipt)
            self.move(CREDIT, key, receipt, amount, when)
        self.settle(key, receipt, more, asked)

    def cut(self, lines: Iterable[Line], amount: int) -> list[Line]:
        """The first lines up to an amount."""
        found = []
        for line in lines:
            part = max(0, min(line[3], amount))
            amount -= part
            if part:
                found.append((*line[:3], part))
        return found

    def here(self, key: Key, receipt: str, on: date | None) -> dict[str, Any]:
        """A receipt that is still the account's."""
        one = self.receipts.get((key, receipt))
        if one is None or one["gone"]:
            raise NoError
        self.dated(on, one["value_on"])
        return one

    def unallocate(self, command: Asked, actor: str, on: date | None) -> None:
        """Take back what a receipt paid."""
        self.may(actor, "unallocate")
        key = self.account(command)
        self.here(key, command.receipt, on)
        lines = self.allocated(key, command.receipt)
        self.no(not lines or len({x.item for x in command.targets}) < len(command.targets))
        day = self.dated(on)
        chosen = [] if command.targets else lines
        for target in command.targets:
            mine = [line for line in lines if line[0] == target.item]
            have = sum(line[3] for line in mine)
            wanted = have if target.amount_minor is None else target.amount_minor
            self.no(not mine or wanted <= 0 or wanted > have)
            for line in reversed(mine):
                part = min(wanted, line[3])
                wanted -= part
                if part:
                    chosen.append((*line[:3], part))
        when = max(day, self.touched_on(key, command.receipt))
        for name, number, _, amount in chosen:
            self.move(ITEM, key, name, amount, when, n=number, receipt=command.receipt)
            self.move(CREDIT, key, command.receipt, amount, when)

    def reverse_payment(self, command: Asked, actor: str, on: date | None) -> None:
        """The money went back to the bank."""
        self.may(actor, "reverse_payment")
        key = self.account(command)
        self.taken_off(key, command.receipt, on)

    def taken_off(self, key: Key, receipt: str, on: date | None) -> date:
        """All that a receipt was on an account is no more; when."""
        one = self.here(key, receipt, on)
        self.no(one["transferred"])
        when = max(self.dated(on), self.touched_on(key, receipt))
        lines = self.allocated(key, receipt)
        left = self.total(CREDIT, key=key, name=receipt)
        gone = one["amount"] - left - sum(x[3] for x in lines)
        one["gone"] = True
        for name, number, _, amount in lines:
            self.move(ITEM, key, name, amount, when, n=number, receipt=receipt)
        self.move(CREDIT, key, receipt, -left, when)
        name = f"REVERSAL:{receipt}"
        if gone:
            self.items[key, name] = {"due": {1: when}, "gross": 0, "on": when}
            self.move(ITEM, key, name, gone, when, n=1)
        return when

    def move_to_suspense(self, command: Asked, actor: str, on: date | None) -> None:
        """The receipt was not this account's."""
        self.may(actor, "move_to_suspense")
        key = self.account(command)
        self.no(command.new_receipt in self.suspended)
        one = self.here(key, command.receipt, on)
        when = self.taken_off(key, command.receipt, on)
        self.into_suspense(key[0], command.new_receipt, one["amount"], one["value_on"], when)

    # --- credit that leaves ----------------------------------------------------------------------

    def parts(self, key: Key, amount: int) -> list[tuple[str, int]]:
        """The oldest credit that makes up an amount."""
        found = []
        for _, name, left in self.credits(key):
            part = min(amount, left)
            amount -= part
            if part:
                found.append((name, part))
        return found

    def leave(self, key: Key, parts: list[tuple[str, int]], on: date | None) -> date:
        """Credit leaves an account; when."""
        earliest = [self.receipts[key, name]["value_on"] for name, _ in parts]
        rises = [self.raised_on(CREDIT, key, name) for name, _ in parts]
        when = max([self.dated(on, *earliest), *rises])
        for name, part in parts:
            self.move(CREDIT, key, name, -part, when)
        return when

    def transfer_credit(self, command: Asked, actor: str, on: date | None) -> None:
        """Credit goes to another account."""
        self.may(actor, "transfer_credit", command.amount_minor)
        key, target = self.account(command), (command.to_unit, command.to_account)
        self.no(target not in self.accounts or target == key or command.amount_minor <= 0)
        self.no(command.amount_minor > self.total(CREDIT, key=key))
        when = self.leave(key, self.parts(key, command.amount_minor), on)
        name = f"TRANSFER:{command.transfer}"
        self.came(target, name, command.amount_minor, when, transferred=True)
        self.move(CREDIT, target, name, command.amount_minor, when)
        if self.accounts[target]["apply"]:
            self.settle(target, name, self.lines(target))

    def propose_refund(self, command: Asked, actor: str, on: date | None) -> None:
        """Ask for credit to be paid back."""
        self.may(actor, "propose_refund", command.amount_minor)
        key = self.account(command)
        self.dated(on)
        name = ("refund", key, command.refund)
        self.no(name in self.proposals or name in self.payable or command.amount_minor <= 0)
        waiting = sum(p["amount"] for n, p in self.proposals.items() if n[:2] == ("refund", key))
        self.no(command.amount_minor > self.total(CREDIT, key=key) - waiting)
        parts = self.parts(key, command.amount_minor)
        self.propose(name, by=actor, amount=command.amount_minor, parts=parts)

    def approved_before(self, key: Key, kind: str, day: date) -> int:
        """What was approved on the account in the financial year of a day."""
        year = day.year - (day.month < 4)
        return sum(a for k, what, y, a in self.approved if (k, what, y) == (key, kind, year))

    def approve(self, key: Key, kind: str, day: date, amount: int) -> None:
        """Count an approval towards the year's."""
        self.approved.append((key, kind, day.year - (day.month < 4), amount))

    def approve_refund(self, command: Asked, actor: str, on: date | None) -> None:
        """A refund becomes payable."""
        key = self.account(command)
        one = self.take_proposal("refund", key, command.refund)
        rises = [
            self.raised_on(CREDIT, key, n) for n, _ in one["parts"] if n in self.names(CREDIT, key)
        ]
        counted = self.approved_before(key, "refund", max([on or self.today, *rises]))
        self.may(actor, "approve_refund", one["amount"] + counted, one["by"])
        for name, part in one["parts"]:
            self.no(self.total(CREDIT, key=key, name=name) < part)
        when = self.leave(key, one["parts"], on)
        self.approve(key, "refund", when, one["amount"])
        name = ("refund", key, command.refund)
        self.payable[name] = self.refunds[name] = {
            **self.proposals.pop(name),
            "on": when,
            "paid": False,
        }
        self.move(PAYABLE, key[0], "", one["amount"], when)

    def reject_refund(self, command: Asked, actor: str, _on: date | None) -> None:
        """Drop a proposed refund."""
        self.may(actor, "reject_refund")
        key = self.account(command)
        self.take_proposal("refund", key, command.refund)
        del self.proposals["refund", key, command.refund]

    def record_refund_paid(self, command: Asked, actor: str, on: date | None) -> None:
        """A refund left the bank."""
        self.may(actor, "record_refund_paid")
        key = self.account(command)
        name = ("refund", key, command.refund)
        self.no(name not in self.payable)
        when = max(self.dated(on, self.payable[name]["on"]), self.payable[name]["on"])
        one = self.payable.pop(name)
        one.update(paid=True, on=when)
        self.move(PAYABLE, key[0], "", -one["amount"], when)

    def record_refund_failed(self, command: Asked, actor: str, on: date | None) -> None:
        """A refund did not arrive."""
        self.may(actor, "record_refund_failed")
        key = self.account(command)
        name = ("refund", key, command.refund)
        self.no(name not in self.refunds)
        when = max(self.dated(on, self.refunds[name]["on"]), self.refunds[name]["on"])
        one = self.refunds.pop(name)
        if not one["paid"]:
            del self.payable[name]
            self.move(PAYABLE, key[0], "", -one["amount"], when)
        for receipt, part in one["parts"]:
            self.move(CREDIT, key, receipt, part, when)

    # --- write-offs ------------------------------------------------------------------------------

    def propose_write_off(self, command: Asked, actor: str, _on: date | None) -> None:
        """Put debt forward."""
        key = self.account(command)
        left = self.total(ITEM, key=key, name=command.invoice)
        amount = left if command.amount_minor is None else command.amount_minor
        self.may(actor, "propose_write_off", amount)
        name = ("write-off", key, command.write_off)
        self.no(not left or amount <= 0 or amount > left or not command.evidence.strip())
        self.no(name in self.proposals or (key, command.write_off) in self.written)
        self.propose(name, by=actor, item=command.invoice, amount=amount)

    def approve_write_off(self, command: Asked, actor: str, on: date | None) -> None:
        """Write debt off."""
        key = self.account(command)
        one = self.take_proposal("write-off", key, command.write_off)
        rise = self.raised_on(ITEM, key, one["item"])
        left = self.total(ITEM, key=key, name=one["item"])
        counted = self.approved_before(
            key, "write-off", max(on or self.today, rise if left else date.min)
        )
        self.may(actor, "approve_write_off", one["amount"] + counted, one["by"])
        self.no(left < one["amount"])
        when = max(self.dated(on, self.items[key, one["item"]]["on"]), rise)
        del self.proposals["write-off", key, command.write_off]
        self.approve(key, "write-off", when, one["amount"])
        amount, taken = one["amount"], []
        for line in self.lines(key, one["item"]):
            part = min(amount, line[3])
            amount -= part
            if part:
                taken.append((*line[:3], part))
                self.lower(key, taken[-1], when)
        self.written[key, command.write_off] = {"item": one["item"], "on": when, "lines": taken}
        self.move(BAD, key, command.write_off, one["amount"], when)

    def reject_write_off(self, command: Asked, actor: str, _on: date | None) -> None:
        """Drop a proposed write-off."""
        self.may(actor, "reject_write_off")
        key = self.account(command)
        self.take_proposal("write-off", key, command.write_off)
        del self.proposals["write-off", key, command.write_off]

    def write_back(self, command: Asked, actor: str, on: date | None) -> None:
        """Make written-off debt collectable again."""
        self.may(actor, "write_back")
        key = self.account(command)
        self.no((key, command.write_off) not in self.written)
        one = self.written[key, command.write_off]
        available = sum(line[3] for line in one["lines"])
        amount = available if command.amount_minor is None else command.amount_minor
        self.may(actor, "write_back", amount)
        self.no(amount <= 0 or amount > available)
        when = max(self.dated(on, one["on"]), one["on"])
        self.back(key, command.write_off, amount, when)

    # --- holds -----------------------------------------------------------------------------------

    def place_hold(self, command: Asked, actor: str, on: date | None) -> None:
        """Hold an account or an invoice."""
        self.may(actor, "place_hold")
        key = self.account(command)
        self.dated(on)
        left = self.total(ITEM, key=key, name=command.invoice)
        self.no((key, command.hold) in self.holds or (command.invoice is not None and not left))
        disputed = sum(
            hold["amount"]
            for (k, _), hold in self.holds.items()
            if k == key and hold["item"] == command.invoice and hold["kind"] == "dispute"
        )
        if command.kind == "dispute":
            self.no(command.invoice is None or not command.amount_minor or not command.department)
            self.no(command.amount_minor > left - disputed)
        self.holds[key, command.hold] = {
            "kind": command.kind,
            "item": command.invoice,
            "amount": command.amount_minor or 0,
        }

    def release_hold(self, command: Asked, actor: str, on: date | None) -> None:
        """End a hold."""
        self.may(actor, "release_hold")
        key = self.account(command)
        self.dated(on)
        self.no((key, command.hold) not in self.holds)
        del self.holds[key, command.hold]

    # --- suspense --------------------------------------------------------------------------------

    def held(self, receipt: str) -> int:
        """What is left of a receipt in suspense."""
        left = self.total(SUSPENSE, name=receipt)
        self.no(not left)
        return left

    def suspend_receipt(self, command: Asked, actor: str, _on: date | None) -> None:
        """Money of nobody known."""
        self.no(command.receipt in self.suspended)
        self.may(actor, "suspend_receipt", command.amount_minor)
        self.no(command.amount_minor <= 0)
        self.dated(command.value_on)
        day = command.value_on
        self.into_suspense(command.unit, command.receipt, command.amount_minor, day, day)

    def into_suspense(self, unit: str, receipt: str, amount: int, value_on: date, on: date) -> None:
        """Money is in suspense from a day on."""
        self.suspended[receipt] = {
            "unit": unit, "on": value_on, "rose": on, "parts": 0, "owner": None,
        }  # fmt: skip
        self.move(SUSPENSE, unit, receipt, amount, on)

    def part(self, command: Asked, actor: str) -> int:
        """The amount that is meant, which must be free to go."""
        left = self.held(command.receipt)
        amount = left if command.amount_minor is None else command.amount_minor
        self.may(actor, command.action, amount)
        names = [n for n in self.proposals if n[:2] == ("return", command.receipt)]
        self.no(amount <= 0 or amount > left - sum(self.proposals[n]["amount"] for n in names))
        return amount

    def out(self, receipt: str, amount: int, on: date) -> None:
        """Money leaves suspense."""
        one = self.suspended[receipt]
        one["parts"] += 1
        self.move(SUSPENSE, one["unit"], receipt, -amount, on)

    def identify_suspense(self, command: Asked, actor: str, _on: date | None) -> None:
        """A part or the rest belongs to an account."""
        amount = self.part(command, actor)
        self.may(actor, "receive_payment", amount)
        key = (command.to_unit, command.to_account)
        self.no(key not in self.accounts)
        one = self.suspended[command.receipt]
        name = command.receipt + (f"/{one['parts'] + 1}" if one["parts"] else "")
        self.out(command.receipt, amount, one["rose"])
        self.paid(key, name, amount, one["on"], command, one["rose"])

    def split_suspense(self, command: Asked, actor: str, _on: date | None) -> None:
        """A part becomes a receipt of its own."""
        self.no(command.new_receipt in self.suspended)
        amount = self.part(command, actor)
        one = self.suspended[command.receipt]
        self.out(command.receipt, amount, one["rose"])
        self.into_suspense(one["unit"], command.new_receipt, amount, one["on"], one["rose"])

    def assign_suspense(self, command: Asked, actor: str, _on: date | None) -> None:
        """Somebody has to find out."""
        self.may(actor, "assign_suspense")
        self.held(command.receipt)
        one = self.suspended[command.receipt]
        self.no(one["owner"] == command.owner)
        one["owner"] = command.owner

    def leaves(self, receipt: str, on: date | None) -> date:
        """When money leaves suspense."""
        one = self.suspended[receipt]
        rose: date = one["rose"]
        return max(self.dated(on, one["on"]), rose)

    def transfer_suspense(self, command: Asked, actor: str, on: date | None) -> None:
        """A part or the rest goes to a named place."""
        amount = self.part(command, actor)
        when = self.leaves(command.receipt, on)
        self.no(not command.to_gl_account or command.to_gl_account == "income")
        self.out(command.receipt, amount, when)

    def propose_suspense_return(self, command: Asked, actor: str, _on: date | None) -> None:
        """Ask to send money back."""
        amount = self.part(command, actor)
        name = ("return", command.receipt, command.suspense_return)
        self.no(name in self.proposals or name in self.payable or name in self.returned)
        self.propose(name, by=actor, amount=amount)

    def approve_suspense_return(self, command: Asked, actor: str, on: date | None) -> None:
        """Money for its payer becomes payable."""
        left = self.held(command.receipt)
        name = ("return", command.receipt, command.suspense_return)
        one = self.take_proposal(*name)
        self.may(actor, "approve_suspense_return", one["amount"], one["by"])
        when = self.leaves(command.receipt, on)
        self.no(one["amount"] > left)
        self.payable[name] = {**self.proposals.pop(name), "on": when}
        self.out(command.receipt, one["amount"], when)
        self.move(PAYABLE, self.suspended[command.receipt]["unit"], "", one["amount"], when)

    def reject_suspense_return(self, command: Asked, actor: str, _on: date | None) -> None:
        """Drop a proposed return."""
        self.may(actor, "reject_suspense_return")
        name = ("return", command.receipt, command.suspense_return)
        self.take_proposal(*name)
        del self.proposals[name]

    def record_suspense_return_paid(self, command: Asked, actor: str, on: date | None) -> None:
        """Money left for its payer."""
        self.may(actor, "record_suspense_return_paid")
        name = ("return", command.receipt, command.suspense_return)
        self.no(name not in self.payable)
        when = max(self.dated(on, self.payable[name]["on"]), self.payable[name]["on"])
        one = self.returned[name] = {**self.payable.pop(name), "on": when}
        self.move(PAYABLE, self.suspended[command.receipt]["unit"], "", -one["amount"], when)

    def record_suspense_return_failed(self, command: Asked, actor: str, on: date | None) -> None:
        """Money that was to go back is here again."""
        self.may(actor, "record_suspense_return_failed")
        name = ("return", command.receipt, command.suspense_return)
        self.no(name not in self.payable and name not in self.returned)
        one = {**self.payable, **self.returned}[name]
        when = max(self.dated(on, one["on"]), one["on"])
        held = self.suspended[command.receipt]
        if name in self.payable:
            self.move(PAYABLE, held["unit"], "", -one["amount"], when)
        self.payable.pop(name, None)
        self.returned.pop(name, None)
        self.move(SUSPENSE, held["unit"], command.receipt, one["amount"], when)
        held["rose"] = max(held["rose"], when)

    def reverse_suspense(self, command: Asked, actor: str, on: date | None) -> None:
        """The bank took it back."""
        left = self.held(command.receipt)
        self.may(actor, "reverse_suspense", left)
        self.out(command.receipt, left, self.leaves(command.receipt, on))

    # --- payers that are known -------------------------------------------------------------------

    def payer(self, command: Asked) -> dict[str, Any]:
        """What is known of a payer."""
        name = (command.unit, command.kind, command.digest)
        return self.payers.setdefault(name, {"alias": None, "waits": None})

    def propose_payer_alias(self, command: Asked, actor: str, on: date | None) -> None:
        """Remember a payer, at once when the actor may do so much alone."""
        self.may(actor, "propose_payer_alias", command.amount_minor)
        to = (command.to_unit, command.to_account)
        self.no(to not in self.accounts or command.amount_minor <= 0)
        day = self.dated(on)
        one = self.payer(command)
        self.no(one["alias"] or one["waits"])
        try:
            self.may(actor, "confirm_payer_alias", command.amount_minor)
            one["alias"] = (to, day)
        except NoError:
            one["waits"] = (to, command.amount_minor, actor)

    def confirm_payer_alias(self, command: Asked, actor: str, on: date | None) -> None:
        """A second person agrees."""
        one = self.payer(command)
        self.no(not one["waits"])
        to, amount, maker = one["waits"]
        self.may(actor, "confirm_payer_alias", amount, maker)
        one.update(alias=(to, self.dated(on)), waits=None)

    def reject_payer_alias(self, command: Asked, actor: str, _on: date | None) -> None:
        """A second person does not."""
        self.may(actor, "reject_payer_alias")
        one = self.payer(command)
        self.no(not one["waits"])
        one["waits"] = None

    def revoke_payer_alias(self, command: Asked, actor: str, on: date | None) -> None:
        """The payer is known no more."""
        self.may(actor, "revoke_payer_alias")
        one = self.payer(command)
        self.no(not one["alias"])
        self.dated(on, one["alias"][1])
        one["alias"] = None

    # --- small balances --------------------------------------------------------------------------

    def is_small(self, amount: int, reason: str) -> bool:
        """Whether an amount is within the limit of its reason."""
        return amount <= int(self.small["limits"][reason].replace(".", ""))

    def propose_small_balances(self, command: Asked, actor: str, _on: date | None) -> None:
        """Put a batch forward."""
        self.may(actor, "propose_small_balances", sum(x.amount_minor for x in command.lines))
        names = {(x.unit, x.invoice) for x in command.lines}
        self.no(command.batch in self.batches or not names or len(names) < len(command.lines))
        self.no(any(x.amount_minor <= 0 for x in command.lines))
        self.no(not all(self.is_small(x.amount_minor, x.reason) for x in command.lines))
        self.batches[command.batch] = {"by": actor, "lines": command.lines, "state": "waits"}

    def waiting_batch(self, command: Asked) -> dict[str, Any]:
        """A batch that has no answer."""
        one = self.batches.get(command.batch)
        if one is None or one["state"] != "waits":
            raise NoError
        return one

    def approve_small_balances(self, command: Asked, actor: str, on: date | None) -> None:
        """One approval for all of it."""
        one = self.waiting_batch(command)
        total = sum(x.amount_minor for x in one["lines"])
        self.may(actor, "approve_small_balances", total, one["by"])
        one.update(state="approved", on=self.dated(on))

    def reject_small_balances(self, command: Asked, actor: str, _on: date | None) -> None:
        """None of it."""
        self.may(actor, "reject_small_balances")
        self.waiting_batch(command)["state"] = "rejected"

    def write_off_small_balance(self, command: Asked, actor: str, on: date | None) -> None:
        """One line of an approved batch."""
        self.may(actor, "write_off_small_balance", command.amount_minor)
        key, item = self.account(command), command.invoice
        batch = self.batches.get(command.batch, {"state": "none"})
        self.no(batch["state"] != "approved" or not self.total(ITEM, key=key, name=item))
        self.no(self.total(ITEM, key=key, name=item) != command.amount_minor)
        asked = (*key, item, command.amount_minor, command.reason)
        lines = [(x.unit, x.account, x.invoice, x.amount_minor, x.reason) for x in batch["lines"]]
        self.no(asked not in lines or not self.is_small(command.amount_minor, command.reason))
        when = self.dated(on, self.items[key, item]["on"], batch["on"])
        when = max(when, self.raised_on(ITEM, key, item), batch["on"])
        name = f"SMALL-BALANCE:{command.batch}:{item}"
        self.no((key, name) in self.written)
        counted = self.approved_before(key, "small", when) + command.amount_minor
        self.no(counted > int(self.small["yearly_cap"].replace(".", "")))
        self.approve(key, "write-off", when, command.amount_minor)
        self.approve(key, "small", when, command.amount_minor)
        taken = self.lines(key, item)
        for line in taken:
            self.lower(key, line, when)
        self.written[key, name] = {"item": item, "on": when, "lines": taken}
        self.move(BAD, key, name, command.amount_minor, when)
