"""From a seed to a year's steps: what is sent, how it is mangled on the way, what fails when."""

from collections.abc import Iterator
from random import Random
from typing import Any

from .documents import UNIT, lines_of
from .reference import day as date_of
from .steps import Ask, BankFile, Check, Clock, Fault, FaultKind, Project, Restart, Send, Step, Take

ACCOUNTS = ("1", "2", "3", "4", "5", "6")
WINDOW = 50  # messages within which the order is lost
FAULTY = 0.25  # of the turns of a consumer
CALLS_MAX = 14  # of the store, within one turn
KINDS: tuple[FaultKind, ...] = ("crash", "crash", "lost", "officer")
OFFICERS = ("officer.ames", "senior.cole", "manager.dean", "s151.ford")
Record = dict[str, Any]


def script_of(seed: int, messages: int = 300) -> list[Step]:
    """The steps of a seed; the same seed gives the same steps."""
    return list(_Script(Random(seed), messages).steps())  # noqa: S311 - a repeatable draw, no secret


class _Script:
    """Draws everything from one source of chance."""

    def __init__(self, chance: Random, messages: int) -> None:
        self.chance = chance
        self.sends = self._mangled(list(self._year(messages)))
        self.names = 0
        self.files = 0
        self.receipts: list[tuple[str, str]] = []  # an account or nothing, and its receipt
        self.asked: list[Ask] = []
        self.refunds: list[tuple[str, str]] = []
        self.write_offs: list[tuple[str, str]] = []

    # -- what is published -------------------------------------------------------------------------

    def _year(self, messages: int) -> Iterator[Send]:
        """Messages in the order in which they were meant."""
        invoices: list[tuple[str, str, int, int]] = []
        for number in range(messages):
            day = number * 365 // messages
            if number < len(ACCOUNTS):
                yield self._send(number, self._account(ACCOUNTS[number]))
            elif self.chance.random() < 0.05:
                yield self._send(number, {"kind": "poison", "account": "1", "number": number})
            elif invoices and self.chance.random() < 0.3:
                account, invoice, pence, on = self.chance.choice(invoices[-30:])
                part = self.chance.choice((pence, pence // 2, pence + 1))
                yield self._send(number, self._credit(number, account, invoice, part, max(day, on)))
            else:
                record = self._invoice(number, day)
                invoices.append((record["account"], record["name"], record["pence"], day))
                yield self._send(number, record)

    @staticmethod
    def _send(number: int, record: Record) -> Send:
        return Send(int(record["account"]) % 2, f"m{number}", record)

    def _account(self, account: str) -> Record:
        return {
            "kind": "account",
            "unit": UNIT,
            "account": account,
            "name": account,
            "apply": self.chance.random() < 0.7,
            "day": 0,
        }

    def _invoice(self, number: int, day: int) -> Record:
        record = {
            "kind": "invoice",
            "unit": UNIT,
            "account": self.chance.choice(ACCOUNTS),
            "name": f"I{number}",
            "pence": self.chance.choice((1, 999, 5_000, 12_000, 60_000)),
            "day": day,
        }
        return record | ({"wrong": 1} if self.chance.random() < 0.03 else {})

    @staticmethod
    def _credit(number: int, account: str, invoice: str, pence: int, day: int) -> Record:
        return {
            "kind": "credit",
            "unit": UNIT,
            "account": account,
            "name": f"C{number}",
            "invoice": invoice,
            "pence": pence,
            "day": day,
        }

    # -- what becomes of it on the way -------------------------------------------------------------

    def _mangled(self, sends: list[Send]) -> list[Send]:
        """Duplicated, delayed, out of order, lost and sent again, or with other content."""
        placed: list[tuple[float, Send]] = []
        for place, send in enumerate(sends):
            at = place + (self.chance.uniform(0, WINDOW) if self.chance.random() < 0.4 else 0)
            if self.chance.random() < 0.03:
                at += self.chance.uniform(WINDOW, 4 * WINDOW)  # lost, and sent again much later
            placed.append((at, send))
            if self.chance.random() < 0.2:
                placed.append((at + self.chance.uniform(0, WINDOW), send))
            if self.chance.random() < 0.03:
                placed.append((at + self.chance.uniform(0, WINDOW), self._changed(send)))
            if self.chance.random() < 0.03:  # the same under another id
                other = send._replace(message=f"{send.message}-again")
                placed.append((at + self.chance.uniform(0, WINDOW), other))
        mangled = [send for _, send in sorted(placed, key=lambda one: one[0])]
        if self.chance.random() < 0.2:  # the publisher sends everything of one partition again
            number = self.chance.randrange(2)
            mangled += [send for send in mangled if send.partition == number]
        return mangled

    @staticmethod
    def _changed(send: Send) -> Send:
        record = dict(send.record)
        record["day"] = record.get("day", 0) + 1
        return send._replace(record=record)

    # -- what happens beside it --------------------------------------------------------------------

    def steps(self) -> Iterator[Step]:
        """All steps."""
        for number, send in enumerate(self.sends):
            yield send
            if self.chance.random() < 0.25:
                yield self._take()
            if self.chance.random() < 0.15:
                yield self._beside(number * 365 // len(self.sends))
        for _ in range(2 * len(self.sends) // 40):
            yield Take(40)

    def _take(self) -> Take:
        fault = self._fault() if self.chance.random() < FAULTY else None
        consumer = int(self.chance.random() < 0.1)
        return Take(self.chance.choice((1, 2, 5, 20, 50)), consumer, fault)

    def _fault(self) -> Fault:
        return Fault(self.chance.choice(KINDS), self.chance.randint(1, CALLS_MAX))

    def _beside(self, day: int) -> Step:
        draw = self.chance.random()
        if draw < 0.45:
            return self._ask(day)
        if draw < 0.6:
            return self._bank_file()
        if draw < 0.75:
            dies = self.chance.randint(1, 5) if self.chance.random() < 0.4 else None
            return Project(self.chance.randint(1, 40), dies)
        if draw < 0.85:
            return Clock(self.chance.choice((-86_400, -3_600, -1, 60, 3_600, 86_400, 7 * 86_400)))
        if draw < 0.9:
            return Restart(self.chance.randrange(2))
        return Check() if draw < 0.93 else Clock(86_400)

    def _bank_file(self) -> BankFile:
        again = self.files and self.chance.random() < 0.2
        if not again:
            self.files += 1
        chance = self.chance
        lines = tuple(
            (
                chance.choice((*ACCOUNTS, None, None)),
                chance.choice((5_000, 70_000, 400_000)) + place,
            )
            for place in range(chance.randint(1, 8))
        )
        for line in lines_of(self.files, lines):
            self.receipts.append((line["account"] or "", line["receipt"]))
        fault = self._fault() if chance.random() < FAULTY else None
        return BankFile(self.files, lines, cut=chance.random() < 0.2, fault=fault)

    # -- officers ----------------------------------------------------------------------------------

    def _ask(self, day: int) -> Ask:
        if self.asked and self.chance.random() < 0.15:
            return self.chance.choice(self.asked)._replace(fault=None)
        self.names += 1
        fault = self._fault() if self.chance.random() < FAULTY else None
        action, fields = self._command(f"{self.names}", day)
        if "account" in fields:
            fields = {"unit": UNIT} | fields
        actor = self.chance.choice(OFFICERS) if action != "receive_payment" else "system:intake"
        made = Ask(f"ask|{self.names}", actor, action, fields, fault)
        self.asked.append(made)
        return made

    def _command(self, name: str, day: int) -> tuple[str, Record]:
        chance, account = self.chance, self.chance.choice(ACCOUNTS)
        draw = chance.random()
        if draw < 0.25 or not self.receipts:
            self.receipts.append((account, f"T{name}"))
            amount = chance.choice((100, 5_000, 50_000))
            paid = {"account": account, "receipt": f"T{name}", "amount_minor": amount}
            return "receive_payment", paid | {"value_on": date_of(day)}
        owner, receipt = chance.choice(self.receipts[-20:])
        if draw < 0.45:
            found = {"receipt": receipt, "to_unit": UNIT, "to_account": account, "reason": "x"}
            half = {"amount_minor": 40} if chance.random() < 0.3 else {}
            return "identify_suspense", found | half
        if draw < 0.6:
            gone = {"account": owner or account, "receipt": receipt, "reason": "cheque_bounced"}
            return "reverse_payment", gone
        return self._two_persons(name, account, draw)

    def _two_persons(self, name: str, account: str, draw: float) -> tuple[str, Record]:
        chance = self.chance
        if draw < 0.7:
            self.refunds.append((account, f"RF{name}"))
            amount = chance.choice((1, 500, 5_000))
            asked = {"account": account, "refund": f"RF{name}", "amount_minor": amount}
            return "propose_refund", asked | {"reason": "overpaid"}
        if draw < 0.8 and self.refunds:
            account, refund = chance.choice(self.refunds[-5:])
            return "approve_refund", {"account": account, "refund": refund}
        if draw < 0.9 or not self.write_offs:
            invoices = [one.record for one in self.sends if one.record["kind"] == "invoice"]
            invoice = chance.choice(invoices)
            self.write_offs.append((invoice["account"], f"W{name}"))
            given = {"account": invoice["account"], "write_off": f"W{name}"}
            why = {"invoice": invoice["name"], "reason": "uneconomic", "evidence": "letter"}
            return "propose_write_off", given | why
        account, write_off = chance.choice(self.write_offs[-5:])
        return "approve_write_off", {"account": account, "write_off": write_off}
