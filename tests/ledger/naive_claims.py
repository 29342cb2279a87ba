"""A second book of one collection's money, as a clerk keeps it on paper: it imports no decider.

Every part of the money lies in a pot: a receipt on an account or in suspense. A pot has what is
free in it and what it has paid; what went out of it to the payer, or on to another pot, is in
neither. `home` is the pot by which transferred money came to an account at first.
"""

from dataclasses import dataclass, field

FIRST = ("1", "DD:R1/1")
WHOLE = 3000
SUSPENSE = "suspense"
Key = tuple[str, str]


@dataclass
class Pot:
    total: int
    free: int
    spent: int = 0
    since: int = 0
    home: Key | None = None
    is_off: bool = False
    parts: int = 0


@dataclass
class Refund:
    place: str
    takes: list[tuple[Key, int]]
    state: str = "proposed"
    is_stopped: bool = False

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.takes)


@dataclass
class Book:
    pots: dict[Key, Pot] = field(default_factory=lambda: {FIRST: Pot(WHOLE, WHOLE)})
    refunds: dict[str, Refund] = field(default_factory=dict)
    owed: dict[Key, int] = field(default_factory=dict)
    is_live: bool = False
    is_taken: bool = False
    taken_back: set[Key] = field(default_factory=set)
    bank_took: int = 0
    day: int = 0

    # --- what may be done ------------------------------------------------------------------------

    def oldest(self, place: str, amount: int) -> list[tuple[Key, int]]:
        found, left = [], amount
        pots = (one for one in self.pots.items() if one[0][0] == place)
        for key, pot in sorted(pots, key=lambda one: (one[1].since, one[0][1])):
            part = min(left, pot.free)
            if part > 0:
                found.append((key, part))
                left -= part
        return found

    def free_of(self, place: str) -> int:
        return sum(pot.free for (at, _), pot in self.pots.items() if at == place)

    def waiting(self, place: str, receipt: str = "") -> int:
        return sum(
            one.amount
            for one in self.refunds.values()
            if one.state == "proposed" and one.place == place
            if not receipt or one.takes[0][0][1] == receipt
        )

    def may_leave(self, keys: list[Key], to: str = "") -> bool:
        """Nothing that is claimed, or taken back and not on its way to who owes it."""
        place = keys[0][0]
        if self.is_live or (place != SUSPENSE and self.owed.get((place, FIRST[1]))):
            return False
        return to == FIRST[0] or not self.taken_back & set(keys)

    def may_propose(self, place: str, receipt: str, amount: int) -> bool:
        if place == SUSPENSE:
            free, keys = self.pots[place, receipt].free, [(place, receipt)]
        else:
            free, keys = self.free_of(place), [key for key, _ in self.oldest(place, amount)]
        enough = 0 < amount <= free - self.waiting(place, receipt if place == SUSPENSE else "")
        return bool(enough and free and self.may_leave(keys))

    def may_approve(self, name: str) -> bool:
        one = self.refunds[name]
        if one.state != "proposed" or any(self.pots[key].free < part for key, part in one.takes):
            return False
        return self.may_leave([key for key, _ in one.takes])

    # --- what it does ----------------------------------------------------------------------------

    def transfer(self, key: Key, to: Key, amount: int) -> None:
        self.pots[key].free -= amount
        home = self.pots[key].home or key
        self.pots[to] = Pot(amount, amount, since=self.day, home=home)

    def move(self, key: Key, name: str) -> None:
        pot = self.pots[key]
        self.owe(key, pot.total - pot.free - pot.spent)
        pot.free = pot.spent = 0
        pot.is_off = True
        self.pots[SUSPENSE, name] = Pot(pot.total, pot.total)

    def owe(self, key: Key, amount: int) -> None:
        self.owed[key] = self.owed.get(key, 0) + amount

    def find(self, receipt: str, to: str, amount: int) -> Key:
        pot = self.pots[SUSPENSE, receipt]
        name = receipt if pot.parts == 0 else f"{receipt}/{pot.parts + 1}"
        pot.free -= amount
        pot.parts += 1
        self.pots[to, name] = Pot(amount, 0, spent=amount)
        return to, name

    def split(self, receipt: str, name: str, amount: int) -> None:
        pot = self.pots[SUSPENSE, receipt]
        pot.free -= amount
        pot.parts += 1
        self.pots[SUSPENSE, name] = Pot(amount, amount)

    def approve(self, name: str) -> None:
        one = self.refunds[name]
        one.state = "payable"
        for key, part in one.takes:
            self.pots[key].free -= part
            self.pots[key].parts += 1

    def fail(self, name: str) -> None:
        one = self.refunds[name]
        one.state = "failed"
        for key, part in one.takes:
            self.pots[key].free += part

    def claim(self) -> None:
        self.is_live = True
        for one in self.refunds.values():
            one.is_stopped = one.is_stopped or one.state == "payable"

    def withdraw(self) -> None:
        self.is_live = False
        for one in self.refunds.values():
            one.is_stopped = False

    def over(self) -> None:
        """The bank has the money: what other pots had of it is no longer ours to give."""
        if self.is_live:
            self.taken_back |= set(self.pots) - {FIRST}
        self.is_live, self.is_taken = False, True

    def give_up(self, key: Key) -> None:
        """A receipt goes back to the bank: what had left it is owed."""
        pot = self.pots[key]
        self.owe(key, pot.total - pot.free - pot.spent)
        pot.free = pot.spent = 0
        pot.is_off = True
        self.bank_took += pot.total

    def bring_back(self, home: Key) -> None:
        for pot in self.pots.values():
            if pot.home == home:
                part = min(pot.free, self.owed.get(home, 0))
                pot.free -= part
                self.owe(home, -part)

    def settle(self) -> None:
        if not self.pots[FIRST].is_off:
            self.give_up(FIRST)
        else:
            for key, pot in self.pots.items():
                if key[0] == SUSPENSE:
                    self.bank_took += pot.free
                    pot.free = 0
                elif pot.home is None and not pot.is_off:
                    self.give_up(key)
                    self.bring_back(key)
            self.owe(FIRST, WHOLE - self.bank_took)
            self.bank_took = WHOLE
        self.bring_back(FIRST)
        self.over()
