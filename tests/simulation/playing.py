"""Plays steps on a council, with its faults; the first disagreement ends the run."""

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, assert_never

import psycopg
import structlog

from consumers.billing_sink import BillingSink
from consumers.matching.policy import parse_matching
from ledger import commands, suspense_commands
from ledger.authority import parse_policy
from ledger.handle import Ledger
from ledger.recorded import Source
from ledger.requests import Request

from .checking import Checker, Disagreement
from .council import Council, MakeStore
from .documents import UNIT, lines_of, statement_of, value_of
from .faults import Crash, StoreInMemory
from .memory_store import Contents
from .projecting import Projector, ProjectorInMemory
from .reference import Reference
from .steps import Ask, BankFile, Check, Clock, Project, Restart, Send, Step, Take

COMMANDS = {
    one.action: one
    for one in (
        commands.ReceivePayment,
        commands.ReversePayment,
        commands.ProposeRefund,
        commands.ApproveRefund,
        commands.ProposeWriteOff,
        commands.ApproveWriteOff,
        commands.PlaceHold,
        suspense_commands.IdentifySuspense,
    )
}
TRIES = 3  # of an officer whose connection was lost or whose process died


def in_memory(clock: Any, weather: Any) -> StoreInMemory:  # noqa: ANN401 - as MakeStore
    """The fake store, empty."""
    return StoreInMemory(Contents(), clock, weather)


@dataclass(frozen=True)
class Parts:
    """What a council is made of; a broken variant replaces one of them."""

    second_ledger: Callable[[], Any]
    policy_text: str
    matching_text: str
    make_store: MakeStore = in_memory
    make_ledger: Callable[..., Ledger] = Ledger
    make_sink: Callable[..., BillingSink] = BillingSink
    make_projector: Callable[..., Projector] = ProjectorInMemory

    def council(self) -> Council:
        """A council of these parts."""
        return Council(
            self.make_store,
            parse_policy(self.policy_text),
            parse_matching(self.matching_text),
            Reference(self.second_ledger()),
            self.make_ledger,
            self.make_sink,
        )


def failure(steps: Sequence[Step], parts: Parts) -> str | None:
    """Why the steps fail, None when they do not; whatever goes wrong counts."""
    try:
        play(steps, parts)
    except Exception as error:  # noqa: BLE001 - any error is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({last.name}, line {last.lineno})"
    return None


def play(steps: Sequence[Step], parts: Parts) -> None:
    """Play all steps and check at the end. Raises Disagreement, and what the product raises."""
    with playing_to_the_end(steps, parts):
        pass


@contextmanager
def playing_to_the_end(steps: Sequence[Step], parts: Parts) -> Iterator[Council]:
    """As `play`, and shows the council as it is then."""
    with closing(parts.council()) as council, structlog.testing.capture_logs():
        player = Player(council, parts.make_projector(council.store))
        for step in (*steps, Check()):
            player.step(step)
        yield council


class Player:
    """One run."""

    def __init__(self, council: Council, projector: Projector) -> None:
        self.council = council
        self.projector = projector
        self.checker = Checker(council, projector)
        council.weather.officer = self._officer_between
        self._between = 0

    def step(self, step: Step) -> None:
        """One step; afterwards the weather is fine again."""
        match step:
            case Send():
                self._send(step)
            case Take():
                self._take(step)
            case Restart():
                self.council.consumers.pop(step.consumer, None)
            case Clock():
                self.council.pass_time(step.seconds)
            case BankFile():
                self._bank_file(step)
            case Ask():
                self._ask(step)
            case Project():
                self.projector.run(step.page, step.dies_on)
            case Check():
                self.checker.check()
            case _:
                assert_never(step)

    def _send(self, step: Send) -> None:
        offset = self.council.topic.publish(step.partition, step.message, value_of(step.record))
        self.council.sent[step.partition, offset] = (step.message, step.record)

    # -- consumers ---------------------------------------------------------------------------------

    def _take(self, step: Take) -> None:
        council = self.council
        council.told.clear()
        council.answers.clear()
        council.weather.brew(step.fault)
        try:
            consumer = council.consumer(step.consumer)
            consumer.reader.batch = step.batch
            consumer.loop.turn(lambda _: None)
        except Crash:
            council.consumers.pop(step.consumer, None)
        else:
            told = [one.status for one in council.told]
            if told != council.answers:
                raise Disagreement(f"publishers were told {told}, not {council.answers}")
        finally:
            council.weather.brew(None)

    def _officer_between(self) -> None:
        """Somebody is faster than the batch that was just decided."""
        self._between += 1
        fields = {"unit": "HSG", "account": "1", "receipt": f"TILL-{self._between}"}
        more = {"amount_minor": 777, "value_on": self.council.today()}
        step = Ask(f"till|{self._between}", "system:intake", "receive_payment", fields | more)
        self._give(step)

    # -- the bank ----------------------------------------------------------------------------------

    def _bank_file(self, step: BankFile) -> None:
        council = self.council
        if step.number not in council.offered:
            lines = [(a if self._is_clear(a, pence) else None, pence) for a, pence in step.lines]
            council.offered[step.number] = statement_of(step.number, lines, council.opening)
            council.opening += sum(pence for _, pence in lines)
            for line in lines_of(step.number, lines):
                council.expected[line["identity"]] = partial(council.reference.bank_line, line)
        content = council.offered[step.number]
        path = council.folder / f"statement-{step.number}.xml"
        if step.cut:
            path.write_bytes(content[: len(content) // 2])
            council.bank().take(path)
        path.write_bytes(content)
        council.weather.brew(step.fault)
        try:
            council.bank().take(path)
        except (Crash, psycopg.OperationalError):
            council.weather.brew(None)
            council.bank().take(path)  # whoever offered it offers it again
        finally:
            council.weather.brew(None)

    def _is_clear(self, account: str | None, pence: int) -> bool:
        """Whether money is more than any bill that it could be taken for.

        What an amount says is left to the tests of matching: here it goes to the oldest debt.
        """
        books = self.council.reference.books
        key = (UNIT, account)
        return key in books.accounts and pence > 2 * books.total("item", key=key) + 200

    # -- officers ----------------------------------------------------------------------------------

    def _ask(self, step: Ask) -> None:
        self.council.weather.brew(step.fault)
        died = False
        for _ in range(TRIES):
            try:
                self._give(step, died=died)
            except Crash:
                died = True
                continue
            except psycopg.OperationalError:
                continue
            break
        self.council.weather.brew(None)

    def _give(self, step: Ask, *, died: bool = False) -> None:
        council, answers = self.council, list[str]()
        command = COMMANDS[step.action].model_validate({**step.fields, **_filled(step.action)})

        def tell() -> None:
            answer = council.reference.command(
                step.identity, step.actor, step.action, step.fields, None
            )
            answers.append(answer)

        council.expected[step.identity] = tell
        actor = council.policy.actor(step.actor)
        request = Request(command, actor, Source("command", "simulated"), step.identity)
        outcome = council.ledger().handle([request])[0]
        if council.expected.pop(step.identity, None) is not None:
            tell()
        if outcome.status != answers[0] and not (died and outcome.status == "repeated"):
            raise Disagreement(f"{step} was {outcome}, not {answers[0]}")


def _filled(action: str) -> dict[str, Any]:
    if action == "receive_payment":
        return {"method": "cash", "rule": "account-reference"}
    return {}
