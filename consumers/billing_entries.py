"""One billing message, readable or not, as an entry for the ledger's door."""

import hashlib
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import NamedTuple

from consumers import billing
from consumers.avro import Decoded, decode
from consumers.cloud_events import read_headers
from consumers.keeping import Digester, PartyDetails, message_bytes
from consumers.matching.names import payer_digest
from consumers.message import Message
from consumers.registry import CREDIT_NOTE, Registry, newest
from consumers.unreadable import UnreadableMessageError
from ledger import commands as c
from ledger.account_state import Dated
from ledger.authority import Actor
from ledger.ids import intake_stream
from ledger.intake_events import MessageRefused, MessageUnreadable
from ledger.recorded import Source
from ledger.rejections import RefusedError
from ledger.requests import Entry, IntakeOf, Note, Request
from ledger.values import Refusal


class Arrival(NamedTuple):
    """An entry, the message to keep should it be refused, the personal data that came along."""

    entry: Entry
    keep: Message | None
    party: tuple[str, PartyDetails] | None = None


class Origin(NamedTuple):
    """Where one input came from, and what names it."""

    stream: str
    source: Source
    identity: str
    content: bytes
    kept: Callable[[], str]


def from_message(
    message: Message,
    actor: Actor,
    today: date,
    registry: Registry | None = None,
    digest: Digester | None = None,
) -> Arrival:
    """The entry of a Kafka message; a message that cannot be read is an entry too.

    With a `digest`, an account is given that of its debtor's name, by which a payer is recognised.
    """
    kept = partial(_digest, message)
    content = hashlib.sha256(message.value or b"").digest()
    place = f"{message.topic}/{message.partition}/{message.offset}"
    stream = intake_stream(f"kafka:{message.topic}")
    source = Source(
        "kafka", message.topic, partition=message.partition, offset=message.offset, digest=None
    )
    origin = Origin(stream, source, f"kafka:{place}|{content.hex()}", content, kept)
    try:
        attributes = read_headers(message.headers)
        decoded = decode(message.value, registry)
    except UnreadableMessageError as error:
        return Arrival(unreadable(error, origin, actor, today), message)
    named = Origin(
        stream,
        Source(
            "kafka",
            message.topic,
            partition=message.partition,
            offset=message.offset,
            schema=newest(decoded.schema_name).file.file,
        ),
        f"{attributes.source}|{attributes.message_id}",
        content,
        kept,
    )
    return readable(decoded, named, actor, today, message, digest)


def _digest(message: Message) -> str:
    return hashlib.sha256(message_bytes(message)).hexdigest()


def readable(
    decoded: Decoded,
    origin: Origin,
    actor: Actor,
    today: date,
    keep: Message | None = None,
    digest: Digester | None = None,
) -> Arrival:
    """The entry of a decoded message: a request, or the record of its refusal."""
    try:
        command = billing.translate(decoded)
    except RefusedError as error:
        return Arrival(_refused(error.refusals, decoded, origin, actor, today), keep)
    party = billing.party(decoded)
    if party is not None and digest is not None:
        name = payer_digest(party[1].name, digest)
        command = command.model_copy(update={"party_name_digest": name})
    request = Request(
        command=command,
        actor=actor,
        source=origin.source,
        identity=origin.identity,
        effective_on=_effective_on(command, decoded),
        approver=billing.approver(decoded),
        content=origin.content,
        intake=IntakeOf(origin.stream, decoded.schema_name, origin.kept),
    )
    return Arrival(request, keep, party)


def _effective_on(command: c.AccountCommand, decoded: Decoded) -> date | None:
    if decoded.schema_name == CREDIT_NOTE:
        return decoded.record["credit_date"]  # type: ignore[no-any-return]
    if isinstance(command, c.OpenAccount):
        return decoded.record["opened_on"]  # type: ignore[no-any-return]
    return None


def _refused(
    refusals: tuple[Refusal, ...], decoded: Decoded, origin: Origin, actor: Actor, today: date
) -> Note:
    fact = MessageRefused(
        source=origin.stream,
        message=origin.identity,
        kind=decoded.schema_name,
        digest=origin.kept(),
        refusals=refusals,
    )
    # The identity is not taken: a corrected message may come under the same one.
    identity = f"refused|{origin.identity}|{origin.content.hex()}"
    return Note(origin.stream, [Dated(fact, today)], actor, origin.source, identity, origin.content)


def unreadable(error: UnreadableMessageError, origin: Origin, actor: Actor, today: date) -> Note:
    """The record of an input that could not be read."""
    fact = MessageUnreadable(
        source=origin.stream,
        message=origin.identity,
        digest=origin.kept(),
        refusals=(Refusal(code=error.reason.value, sentence=error.sentence),),
    )
    identity = f"unreadable|{origin.identity}"
    return Note(origin.stream, [Dated(fact, today)], actor, origin.source, identity, origin.content)
