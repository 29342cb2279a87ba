"""A small council that behaves at random and never breaks the ledger's rules.

Items and credits are never over-used on either axis: what adds may be dated back, what uses up
takes effect no earlier than everything recorded before it on the same item or account.
"""

from datetime import date, timedelta

from .desk import Desk


class Council(Desk):
    """Makes events one after the other, chosen at random."""

    def __init__(self, seed: int, start: date = date(2024, 1, 15)) -> None:
        super().__init__(seed, start)

    def live(self, steps: int) -> "Council":
        actions = [self.invoice] * 6 + [self.receive] * 5 + [self.allocate] * 8
        actions += [self.credit_note, self.unallocate, self.reverse, self.refund, self.transfer]
        actions += [self.write_off, self.suspend, self.suspend, self.identify, self.release]
        actions += [self.split, self.move_to_suspense, self.assign, self.fail_return]
        actions += [self.bank_line, self.bank_line, self.set_aside, self.resolve, self.remit]
        actions += [self.take_statement] * 3 + [self.small_batch]
        for _ in range(steps):
            self.now += timedelta(hours=self.chance.choice((0, 1, 5, 26, 70)))
            self.chance.choice(actions)()
        return self
