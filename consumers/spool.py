"""What was read of a file in its first pass, kept for the second: read once, posted as proved.

In memory up to a bound, then in a file without a name beside the kept ones, which is gone when this
process is. Only what this process wrote is ever read back.
"""

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Generic, Self, TypeVar

MEMORY_BYTES_MAX = 48 << 20  # some 350,000 lines
ITEMS_PER_CHUNK = 1_000

Item = TypeVar("Item")


class Spool(Generic[Item]):
    """Items in their order; written once, then read once. Close it at the end."""

    def __init__(self, folder: Path) -> None:
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(  # noqa: SIM115 - see close
            max_size=MEMORY_BYTES_MAX, dir=str(folder)
        )
        self._chunk: list[Item] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._file.close()

    def passed(self, items: Iterable[Item]) -> Iterator[Item]:
        """Pass items on, and keep them."""
        for item in items:
            self._chunk.append(item)
            if len(self._chunk) >= ITEMS_PER_CHUNK:
                self._write()
            yield item
        self._write()

    def read(self) -> Iterator[Item]:
        """The items that were kept."""
        self._file.seek(0)
        while True:
            try:
                chunk: list[Item] = pickle.load(self._file)  # noqa: S301 - nobody else wrote it
            except EOFError:
                return
            yield from chunk

    def _write(self) -> None:
        if self._chunk:
            pickle.dump(self._chunk, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._chunk = []
