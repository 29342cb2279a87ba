"""The register as one attempt at a batch sees it: keys that are taken, and those that it takes."""

from collections.abc import Iterable, Mapping, Sequence

from ledger import registers
from ledger.requests import Request
from ledger.store_reads import StoreReads
from ledger.store_values import RegisterRow
from ledger.values import Fact

Key = tuple[str, str]


class RoundKeys:
    """Register rows by key; a place counts from the beginning of the batch."""

    def __init__(self, store: StoreReads) -> None:
        self.new: list[RegisterRow] = []
        self._store = store
        self._rows: dict[Key, RegisterRow] = {}
        self._asked: set[Key] = set()  # it is known of these whether they are taken
        self._own: set[Key] = set()

    def load(self, keys: Iterable[Key]) -> None:
        """Read which of the keys are taken, in one query; none when all are known."""
        unknown = [key for key in dict.fromkeys(keys) if key not in self._asked]
        if unknown:
            self.loaded(unknown, self._store.registered(unknown))

    def loaded(self, keys: Iterable[Key], taken: Mapping[Key, RegisterRow]) -> None:
        """Know which of the keys are taken."""
        self._asked.update(keys)
        self._rows.update(taken)

    def row(self, key: Key) -> RegisterRow | None:
        """The row of a key that is taken."""
        return self._rows.get(key)

    def is_taken(self, key: Key) -> bool:
        """Whether a key is taken; asked of the store when it was not foreseen."""
        if key not in self._rows:
            self.load([key])
        return key in self._rows

    def is_of_this_batch(self, row: RegisterRow) -> bool:
        """Whether the position of a key counts from the beginning of this batch."""
        return (row.kind, row.key) in self._own and not row.repeats

    def take(self, key: Key, digest: bytes, holder: str, place: int) -> None:
        """Take a key for what stands at a place."""
        self._add(RegisterRow(*key, digest, holder, place))

    def take_repeated(self, key: Key, digest: bytes, of: RegisterRow) -> None:
        """Take a key for the same as another key, which has the first answer."""
        in_log = not self.is_of_this_batch(of)
        self._add(RegisterRow(*key, digest, "", of.position, repeats=in_log))

    def take_shown(self, request: Request, facts: Sequence[Fact], first: int) -> None:
        """Take the key that names a command, and those that its facts are the first to show."""
        natural = registers.natural_key(request.command)
        shown = False
        for place, fact in enumerate(facts, first):
            for key in registers.keys_of_fact(fact):
                if key == natural:
                    self.take(key, request.named_digest(), registers.holder_of_fact(fact), place)
                    shown = True
                elif registers.is_taken_when_shown(*key) and not self.is_taken(key):
                    self.take(key, b"", registers.holder_of_fact(fact), place)
        if natural is not None and not shown:
            self.take(natural, request.named_digest(), registers.holder(request.command), first)

    def _add(self, row: RegisterRow) -> None:
        self._rows[row.kind, row.key] = row
        self.new.append(row)
        self._own.add((row.kind, row.key))
