"""The relay of dead letters, with a topic of letters that is too small for one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeAlias

import pytest

from consumers import dead_letters
from consumers.message import Headers, Message
from consumers.ports import TooLargeError

Council: TypeAlias = Any  # of the conftest, which cannot be imported from here
TAKEN_BYTES_MAX = 2_000_000


@dataclass
class SmallTopic:
    """A publisher whose brokers refuse a letter that is too large, with all in flight."""

    letters: list[tuple[bytes | None, Headers]] = field(default_factory=list)
    waiting: list[tuple[bytes | None, Headers]] = field(default_factory=list)

    def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        del topic, key
        self.waiting.append((value, headers))

    def flush(self) -> None:
        waiting, self.waiting = self.waiting, []
        if any(len(value or b"") > TAKEN_BYTES_MAX for value, _ in waiting):
            raise TooLargeError("the brokers say so")
        self.letters += waiting


def _refused(council: Council, poison: ModuleType, names: Sequence[str]) -> None:
    sender = poison.Sender(council.billing)
    kinds = [one for one in poison.CORPUS if one.name in names]
    letters = [one.letter(sender, number) for number, one in enumerate(kinds)]
    council.send(
        [
            Message("t", 0, number, key, value, headers, 0)
            for number, (key, value, headers) in enumerate(letters)
        ]
    )


def test_a_letter_that_is_too_large_goes_without_its_bytes_and_stops_no_other(
    council: Council, poison: ModuleType
) -> None:
    _refused(council, poison, ["JSON", "5 MB", "XML"])
    topic = SmallTopic()
    assert dead_letters.relay(council.app.store, topic, council.app.kept) == 3
    told = [dict(headers) for _, headers in topic.letters]
    assert sorted(value is None for value, _ in topic.letters) == [False, False, True]
    (empty,) = [one for one in told if "x-dlq-missing" in one]
    assert empty["x-dlq-reason"] == b"too_large"
    missing = (empty["x-dlq-missing"] or b"").decode()
    assert missing.startswith("larger than the topic of dead letters takes")
    assert len(council.app.kept(missing.split()[-1])) > TAKEN_BYTES_MAX
    assert dead_letters.relay(council.app.store, topic, council.app.kept) == 0


def test_without_that_the_relay_would_fail_at_the_same_letter_for_ever(
    council: Council, poison: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""

    def all_or_nothing(events: Any, publisher: Any, read: Any) -> int:  # noqa: ANN401
        count = sum(dead_letters._publish(event, publisher, read) for event in events)
        publisher.flush()
        return count

    monkeypatch.setattr(dead_letters, "_publish_all", all_or_nothing)
    _refused(council, poison, ["JSON", "5 MB", "XML"])
    for _ in range(2):
        with pytest.raises(TooLargeError):
            dead_letters.relay(council.app.store, SmallTopic(), council.app.kept)
