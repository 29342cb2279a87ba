"""The evidence of an event: its source in words, and the exact bytes from the kept raw file."""

from typing import assert_never

from ledger.recorded import RecordedEvent, Source
from service.explain_values import Evidence, Trace
from service.raw_files import RawFileRemovedError, RawFileUnknownError, RawStore


def trace_of(event: RecordedEvent, raw: RawStore) -> Trace:
    """Where an event is in the log, who is behind it, and its evidence."""
    envelope, fact = event.envelope, event.fact
    return Trace(
        position=event.position,
        event_id=envelope.id,
        topic=event.topic,
        effective_on=envelope.effective_on,
        recorded_at=event.recorded_at,
        rule=getattr(fact, "rule", None),
        actor=envelope.actor,
        approver=envelope.approver,
        evidence=evidence_of(envelope.source, raw),
    )


def evidence_of(source: Source, raw: RawStore) -> Evidence:
    """The evidence of one source; bytes that are no longer kept are said to be so."""
    match source.kind:
        case "file":
            return _of_file(source, raw)
        case "kafka":
            schema = f", schema {source.schema}" if source.schema else ""
            place = f"partition {source.partition}, offset {source.offset}"
            return Evidence(source, "none", f"message {source.name}, {place}{schema}")
        case "command":
            return Evidence(source, "none", f"command {source.name}")
        case "system":
            return Evidence(source, "none", f"the ledger itself: {source.name}")
        case _:
            assert_never(source.kind)


def _of_file(source: Source, raw: RawStore) -> Evidence:
    line = f", line {source.line}" if source.line is not None else ""
    place = f"file {source.name}{line}"
    if source.digest is None:
        return Evidence(source, "missing", f"{place}; which bytes it had was not recorded")
    try:
        quote = _quote(source, source.digest, raw)
    except RawFileRemovedError as error:
        when = f"{error.removed_at:%-d %B %Y}"
        why = f"its kept copy was removed on {when} ({error.reason})"
        return Evidence(source, "removed", f"{place}; {why}")
    except RawFileUnknownError:
        return Evidence(source, "missing", f"{place}; its kept copy is not here")
    except ValueError as error:
        return Evidence(source, "damaged", f"{place}; its kept copy has not these bytes: {error}")
    if quote is None:
        return Evidence(source, "none", f"{place}, a binary file that is kept")
    return Evidence(source, "quoted", place, quote)


def _quote(source: Source, digest: str, raw: RawStore) -> bytes | None:
    if source.byte_start is not None and source.byte_end is not None:
        return raw.quote(digest, source.byte_start, source.byte_end)
    with raw.open(digest) as file:
        head = file.read(4)
        if source.line is None or head.startswith(b"Obj\x01"):  # an Avro container has no lines
            return None
        file.seek(0)
        for number, line in enumerate(file, 1):
            if number == source.line:
                return line.rstrip(b"\r\n")
    raise ValueError(f"it has no line {source.line}")
