"""One attempt at a batch: what it loaded, what it decided, what it would append."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from ledger import commands as c
from ledger import registers
from ledger.account_state import Dated
from ledger.authority import AuthorityPolicy
from ledger.decide_claims import places_of
from ledger.decide_together import decide
from ledger.decision import Context
from ledger.direct_debit_policy import NO_DIRECT_DEBITS, DirectDebitPolicy
from ledger.ids import QUARANTINE, account_stream, event_id, stream_id
from ledger.intake_events import IntakeResolved, MessageRefused
from ledger.invariants import BROKEN, Breach, InvariantBrokenError, StreamBrokenError
from ledger.postings import postings_of
from ledger.quarantine_events import StreamQuarantined
from ledger.receipt import ReceiptState
from ledger.recorded import encode, shared_part
from ledger.references import mint
from ledger.rejections import RefusedError, refuse
from ledger.requests import Entry, IntakeOf, Note, Outcome, Request
from ledger.round_histories import RoundHistories, RoundStream
from ledger.round_keys import RoundKeys
from ledger.round_quarantine import RoundQuarantine
from ledger.small_balance_policy import NO_SMALL_BALANCES, SmallBalancePolicy
from ledger.states import Decided
from ledger.store_reads import StoreReads
from ledger.store_values import Batch, NewEvent, Position, RegisterRow, StreamRow
from ledger.streams import StreamState, dump, evolve, read, shape_of
from ledger.touched import (
    REFERENCE_ATTEMPTS,
    keys_of,
    keys_of_identified,
    looked_back,
    refused_key,
    streams_of,
)


class Round:
    """Decides entries in order over the states it loaded; writes nothing.

    `breaches` are the places of entries that broke an invariant in an earlier attempt at this very
    batch: their streams are stopped there, and the entries refused.
    """

    def __init__(
        self,
        store: StoreReads,
        policy: AuthorityPolicy,
        today: date,
        small_balances: SmallBalancePolicy = NO_SMALL_BALANCES,
        breaches: Mapping[int, Breach] | None = None,
        direct_debit: DirectDebitPolicy = NO_DIRECT_DEBITS,
    ) -> None:
        self._store = store
        self._policy = policy
        self._small_balances = small_balances
        self._direct_debit = direct_debit
        self._today = today
        self._quarantine = RoundQuarantine(breaches or {})
        self._streams: dict[str, RoundStream] = {}
        self._histories = RoundHistories(store)
        self._keys = RoundKeys(store)
        self._events: list[NewEvent] = []
        self._outcomes: list[Outcome] = []
        self._repeats_within: set[int] = set()  # outcomes that repeat another of this batch

    def load(self, entries: Sequence[Entry]) -> None:
        """Read every state and every key that the entries can touch, in one query or two."""
        touched = (name for entry in entries for name in streams_of(entry))
        names = list(dict.fromkeys((QUARANTINE, *touched)))
        ids = [stream_id(name) for name in names]
        keys = list(dict.fromkeys(key for entry in entries for key in keys_of(entry)))
        rows, taken = self._store.states_and_keys(ids, keys)
        for name, one in zip(names, ids, strict=True):
            self._streams[name] = self._stream(name, one, rows.get(one))
        self._keys.loaded(keys, taken)
        self._histories.load({one for entry in entries for one in looked_back(entry)})
        # What a receipt can teach is known from its state only.
        self._keys.load(keys_of_identified(entries, self._receipts()))

    def _receipts(self) -> Iterator[ReceiptState]:
        states = (stream.state for stream in self._streams.values())
        return (state for state in states if isinstance(state, ReceiptState))

    def _stream(self, name: str, one: UUID, row: StreamRow | None) -> RoundStream:
        if row is None:
            return RoundStream(one, name)
        try:
            return RoundStream(one, name, row.version, read(row, self._store.history))
        except BROKEN as error:
            self._quarantine.cannot_read(name, error)
            return RoundStream(one, name, row.version)

    @property
    def taken(self) -> int:
        """How many entries have been decided."""
        return len(self._outcomes)

    @property
    def stopped(self) -> Sequence[StreamQuarantined]:
        """The streams that a breach has put into quarantine."""
        return self._quarantine.facts

    def take(self, entry: Entry) -> None:
        """Decide one entry; its outcome is kept at its place."""
        known = self._keys.row((registers.MESSAGE, entry.identity))
        if isinstance(entry, Note):
            self._outcomes.append(self._note(entry, known))
            return
        self._outcomes.append(self._request(entry, known))

    def _note(self, note: Note, known: RegisterRow | None) -> Outcome:
        if known is not None:
            return self._repeated(known)
        at = len(self._events)
        self._keys.take((registers.MESSAGE, note.identity), note.content, "", at)
        shared = shared_part(note.actor.id, note.source, note.identity)
        self._record(note.stream, note.facts, note.identity, shared, 0)
        return Outcome("posted", tuple(note.facts), position=at)

    def _request(self, request: Request, known: RegisterRow | None) -> Outcome:
        digest = request.digest()
        at = len(self._events)
        try:
            if known is not None:
                return self._repeat(known, digest, registers.MESSAGE, request.identity)
            taken = self._taken_natural_key(request)
            if taken is not None:
                repeated = self._repeat(taken, request.named_digest(), taken.kind, taken.key)
                message = registers.MESSAGE, request.identity
                self._keys.take_repeated(message, digest, taken)
                self._resolve(request, "the same was posted by another message")
                return repeated
            decided = self._decide(request)
        except RefusedError as error:
            return self._refused(request, digest, error)
        self._post(request, digest, decided)
        facts = tuple(dated for _, decision in decided for dated in decision)
        return Outcome("posted", facts, position=at)

    def _repeat(self, known: RegisterRow, digest: bytes, kind: str, key: str) -> Outcome:
        if bytes(known.digest) != digest:
            raise refuse(registers.CONFLICTS[kind], f"{kind} {key} exists with other content")
        return self._repeated(known)

    def _repeated(self, known: RegisterRow) -> Outcome:
        if self._keys.is_of_this_batch(known):
            self._repeats_within.add(len(self._outcomes))
        return Outcome("repeated", position=known.position)

    def _taken_natural_key(self, request: Request) -> RegisterRow | None:
        natural = registers.natural_key(request.command)
        return None if natural is None else self._keys.row(natural)

    def _decide(self, request: Request) -> Decided:
        command = request.command
        self._refuse_stopped(request)
        context = Context(
            actor=request.actor,
            policy=self._policy,
            today=self._today,
            effective_on=request.effective_on,
            history=self._history(command),
            reference=self._reference(command),
            small_balances=self._small_balances,
            direct_debit=self._direct_debit,
            places=places_of(command, self._state, self._facts),
        )
        return decide(command, self._state, context)

    def _state(self, name: str) -> StreamState:
        return self._streams[name].state

    def _facts(self, name: str) -> tuple[Dated, ...]:
        """The facts of any stream; one that no entry names is read now, its state first."""
        if name not in self._streams:
            one = stream_id(name)
            rows, _ = self._store.states_and_keys([one], [])
            self._streams[name] = self._stream(name, one, rows.get(one))
        return self._histories.of(self._streams[name])

    def _refuse_stopped(self, request: Request) -> None:
        fact = self._quarantine.breach_at(len(self._outcomes), request)
        if fact is not None:
            identity = f"{QUARANTINE}|{self._streams[QUARANTINE].version}|{fact.stream}"
            shared = shared_part(request.actor.id, request.source, request.identity)
            self._record(QUARANTINE, [Dated(fact, self._today)], identity, shared, 0)
        self._quarantine.refuse(self._streams[QUARANTINE].state, request.command)

    def _history(self, command: c.AnyCommand) -> tuple[Dated, ...]:
        if not command.looks_back or not isinstance(command, c.AccountCommand):
            return ()
        return self._facts(account_stream(command.unit, command.account))

    def _reference(self, command: c.AnyCommand) -> str:
        if not isinstance(command, c.OpenAccount):
            return ""
        for attempt in range(REFERENCE_ATTEMPTS):
            reference = mint(command.unit, command.account, attempt)
            if self._keys.row((registers.REFERENCE, reference)) is None:
                return reference
        raise InvariantBrokenError(f"no free reference for {command.unit}/{command.account}")

    def _post(self, request: Request, digest: bytes, decided: Decided) -> None:
        message, first = (registers.MESSAGE, request.identity), len(self._events)
        self._keys.take(message, digest, registers.holder(request.command), first)
        facts = [dated.fact for _, decision in decided for dated in decision]
        self._keys.take_shown(request, facts, first)
        shared = shared_part(
            request.actor.id,
            request.source,
            request.correlation or request.identity,
            request.causation,
            request.approver,
        )
        sequence = 0
        for name, decision in decided:
            self._record(name, decision, request.identity, shared, sequence)
            sequence += len(decision)
        self._resolve(request, "offered again and posted", sequence)

    def _resolve(self, request: Request, reason: str, sequence: int = 0) -> None:
        """Say that an input that was refused before has been dealt with."""
        if request.intake is None or not self._was_refused(request):
            return
        resolved = IntakeResolved(
            source=request.intake.stream, message=request.identity, outcome="posted", reason=reason
        )
        self._record_intake(request, request.intake, resolved, sequence)

    def _refused(self, request: Request, digest: bytes, error: RefusedError) -> Outcome:
        if request.intake is not None and not self._was_refused(request):
            refused = MessageRefused(
                source=request.intake.stream,
                message=request.identity,
                kind=request.intake.kind,
                digest=request.intake.kept(),
                refusals=error.refusals,
            )
            self._keys.take(refused_key(request), digest, "", len(self._events))
            self._record_intake(request, request.intake, refused, 0)
        return Outcome("refused", refusals=error.refusals)

    def _was_refused(self, request: Request) -> bool:
        return self._keys.row(refused_key(request)) is not None

    def _record_intake(
        self, request: Request, intake: IntakeOf, fact: MessageRefused | IntakeResolved, at: int
    ) -> None:
        shared = shared_part(request.actor.id, request.source, request.identity)
        # The content is part of it: two refusals under one message id are two events.
        content = request.digest().hex()
        identity = f"{intake.stream}|{request.identity}|{content}|{fact.topic}"
        self._record(intake.stream, [Dated(fact, self._today)], identity, shared, at)

    def _record(
        self, name: str, facts: Iterable[Dated], identity: str, shared: bytes, first: int
    ) -> None:
        stream = self._streams.setdefault(name, RoundStream(stream_id(name), name))
        try:
            for sequence, dated in enumerate(facts, first):
                postings_of(dated.fact)  # raises when it does not balance: nothing is appended then
                stream.state = evolve(name, stream.state, dated)
                stream.version += 1
                stream.decided.append(dated)
                state = encode(dated, event_id(identity, sequence), shared)
                self._events.append(NewEvent(stream.id, stream.version, dated.fact.topic, state))
        except BROKEN as error:
            raise StreamBrokenError(name, error) from error  # this attempt is thrown away

    def batch(self, position: Position | None) -> Batch:
        """Everything that this attempt would append."""
        rows = [
            StreamRow(
                stream.id, stream.name, stream.version, shape_of(stream.name), dump(stream.state)
            )
            for stream in self._streams.values()
            if stream.decided
        ]
        return Batch(self._events, rows, self._keys.new, position)

    def outcomes(self, first_position: int | None) -> tuple[Outcome, ...]:
        """The outcomes in the order of the entries, with their positions in the log."""
        return tuple(
            Outcome(one.status, one.facts, one.refusals, self._place(index, one, first_position))
            for index, one in enumerate(self._outcomes)
        )

    def _place(self, index: int, outcome: Outcome, first_position: int | None) -> int | None:
        if outcome.status != "posted" and index not in self._repeats_within:
            return outcome.position
        if first_position is None or outcome.position is None:
            return None
        return first_position + outcome.position
