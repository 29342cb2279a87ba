"""Streams that are stopped because their books cannot be right: who stops, who releases."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from ledger.invariants import InvariantBrokenError, StreamBrokenError, in_words
from ledger.limits import QUARANTINED_STREAMS_MAX
from ledger.quarantine import refused, stopped
from ledger.quarantine_events import StreamReleased
from ledger.rejections import Code

Given = Callable[..., Any]


def stopped_now(scenario: Any) -> list[str]:  # noqa: ANN401 - of a module that is loaded by path
    return list(stopped(scenario.world.states.get("quarantine")))


def test_a_check_s_finding_stops_a_stream(given: Given, b: ModuleType, world: ModuleType) -> None:
    scenario = given(b.opened()).when(b.stop(), world.COLE)
    assert stopped_now(scenario) == ["account:HSG:1"]
    assert scenario.world.log[-1][1].fact.stopped_by == "senior.cole"


def test_another_person_releases_it(given: Given, b: ModuleType, world: ModuleType) -> None:
    fact = StreamReleased(stream="account:HSG:1", reason="mended")
    scenario = given(b.stopped("senior.cole")).when(b.release(), world.DEAN)
    scenario.then(b.on(b.TODAY, fact))
    assert stopped_now(scenario) == []


def test_nobody_releases_what_he_stopped(given: Given, b: ModuleType, world: ModuleType) -> None:
    given(b.stopped("manager.dean")).when(b.release(), world.DEAN).refused(Code.OWN_PROPOSAL)
    given(b.stopped("manager.dean")).when(b.release(), world.FORD).fine()


@pytest.mark.parametrize("who", ["AMES", "COLE", "INTAKE"])
def test_releasing_is_for_managers(
    given: Given, b: ModuleType, world: ModuleType, who: str
) -> None:
    given(b.stopped()).when(b.release(), getattr(world, who)).refused(Code.NOT_AUTHORISED)


def test_a_stream_is_stopped_once(given: Given, b: ModuleType, world: ModuleType) -> None:
    given(b.stopped()).when(b.stop(), world.DEAN).refused(Code.NOTHING_TO_CHANGE)


@pytest.mark.parametrize("name", ["", "quarantine", "intake:bank", "HSG/1"])
def test_only_accounts_and_the_like_are_stopped(given: Given, b: ModuleType, name: str) -> None:
    given().when(b.stop(name)).refused(Code.FIELD_INVALID)


def test_stopping_everything_is_not_offered(given: Given, b: ModuleType) -> None:
    many = [b.stopped(stream=f"account:HSG:{n}") for n in range(QUARANTINED_STREAMS_MAX)]
    given(*many).when(b.stop("account:HSG:more")).refused(Code.NOTHING_TO_CHANGE)
    given(*many[1:]).when(b.stop("account:HSG:more")).fine()


def test_the_refusal_says_what_is_wrong_and_since_when(b: ModuleType, given: Given) -> None:
    why = stopped(given(b.stopped()).world.states["quarantine"])["account:HSG:1"]
    error = refused("account:HSG:1", why)
    assert error.code == Code.ACCOUNT_QUARANTINED
    assert "since 2026-06-15" in str(error)
    assert "it cannot be" in str(error)


def test_a_breach_is_told_in_one_short_line() -> None:
    assert in_words(InvariantBrokenError("R1 would\nbe used twice")) == "R1 would be used twice"
    assert in_words(KeyError("x")) == "it cannot be worked with (KeyError: 'x')"
    assert len(in_words(ValueError("x" * 5_000))) == 300
    assert StreamBrokenError("receipt:R1", KeyError("x")).stream == "receipt:R1"
