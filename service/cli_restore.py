"""`restore-check`: what a restored ledger is, in plain words, and what to do next."""

import json
from typing import Annotated, Any

import typer

from service.exits import ERROR, USAGE, fail
from service.moments import written
from service.restored import KnownSeal, Restored, SealFormError, look_at, parse_seal
from service.wiring import UK, open_app

_SHOWN_MAX = 20
_KAFKA_PARTS = 4  # kafka:<cluster>:<topic>:<partition>


def register(app: typer.Typer) -> None:
    """Add the verb of this module."""
    app.command("restore-check")(restore_check)


def restore_check(
    context: typer.Context,
    seal: Annotated[
        str | None, typer.Option(help="NUMBER:HASH of the newest seal that you copied out.")
    ] = None,
    read_bytes: Annotated[
        bool, typer.Option("--bytes", help="Read every kept file and compare its digest.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a script.")] = False,
) -> None:
    """Say where a restored ledger ends, what is missing beside it, and what to do next."""
    try:
        known = parse_seal(seal) if seal is not None else None
    except SealFormError as error:
        fail(str(error), USAGE)
    with open_app(context.obj) as app:
        found = look_at(app, known, read_bytes=read_bytes)
    if as_json:
        typer.echo(json.dumps(_document(found)))
    else:
        for line in (*_ledger(found, known), *_beside(found), *_next(found)):
            typer.echo(line)
    raise typer.Exit(0 if found.is_well else ERROR)


def _ledger(found: Restored, known: KnownSeal | None) -> list[str]:
    last = found.seal
    if last is None:
        lines = [f"This is ledger {found.ledger_id}; it is empty."]
    else:
        when = f"{last.sealed_at.astimezone(UK):%-d %B %Y %H:%M:%S %Z}"
        which = f"This is ledger {found.ledger_id} up to position {last.last_position:,}"
        lines = [
            f"{which}, recorded {when}.",
            f"Its last seal is {last.number}:{last.hash.hex()}",
        ]
    if found.recovering:
        lines.append("The server is still recovering: it can be read and not written to. Wait.")
    if known is not None and found.known_seal is not None:
        lines.append(_of_seal(found, known))
    return lines


def _of_seal(found: Restored, known: KnownSeal) -> str:
    if found.known_seal == "here":
        return f"Seal {known.number:,} is here, as you know it: nothing before it was lost."
    if found.known_seal == "other":
        return (
            f"SEAL {known.number:,} IS ANOTHER ONE HERE: this is another ledger, or its past was"
            " changed. Do not use it."
        )
    ends = found.seal.number if found.seal is not None else 0
    return (
        f"SEAL {known.number:,} IS NOT HERE: the ledger ends with seal {ends:,}, so"
        f" {known.number - ends:,} appends or more are lost. Restore to a later moment if you can."
    )


def _beside(found: Restored) -> list[str]:
    lines = [_of_source(one.name, one.position) for one in found.sources]
    lines += [
        f"The last statement of {one.bank_account} is {one.statement} (file {one.file_name},"
        f" taken {one.recorded_at.astimezone(UK):%-d %B %Y %H:%M %Z})."
        for one in found.statements
    ]
    removed = f"; {found.removed:,} were removed on purpose" if found.removed else ""
    if not found.missing:
        lines.append(f"No kept file is missing: {found.kept:,} are known and here{removed}.")
    for word, digests in (("missing", found.missing), ("damaged", found.damaged)):
        if digests:
            known = found.kept + len(found.missing) + len(found.damaged)
            lines.append(f"{len(digests):,} of {known:,} kept files are {word}{removed}:")
            lines += [f"  {digest}" for digest in digests[:_SHOWN_MAX]]
            if len(digests) > _SHOWN_MAX:
                lines.append(f"  and {len(digests) - _SHOWN_MAX:,} more: --json has them")
    if not found.key_fits:
        lines.append("THE PARTY KEY DOES NOT FIT: set TALLYSTICK_PARTY_KEY to that of the backup.")
    return lines


def _of_source(name: str, position: int) -> str:
    parts = name.split(":")
    if parts[0] != "kafka" or len(parts) < _KAFKA_PARTS:
        return f"{name} goes on after position {position:,}."
    topic, _, partition = ":".join(parts[2:]).rpartition(":")
    return f"Kafka topic {topic} partition {partition} is read on after offset {position:,}."


def _next(found: Restored) -> list[str]:
    since = "then"
    if found.seal is not None:
        since = f"{found.seal.sealed_at.astimezone(UK):%-d %B %Y %H:%M:%S %Z}"
    steps = ["tallystick verify"]
    if found.figures_position < found.position:
        behind = found.position - found.figures_position
        steps.append(f"tallystick project --once: the figures are {behind:,} events behind")
    if found.missing or found.damaged:
        steps.append(
            "find those files (a later copy of raw/, the bank, the sender); give them in again"
        )
    steps += [
        f"tallystick ingest every file that was taken since {since}: what is here is a duplicate",
        f"give again what officers commanded since {since}: nobody else sends it",
        f"erase again the persons, and remove the files, that were erased since {since}",
        "start consume, watch and project: what Kafka still holds comes by itself",
    ]
    return ["Next:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]


def _document(found: Restored) -> dict[str, Any]:
    last = found.seal
    return {
        "ledger": str(found.ledger_id),
        "position": found.position,
        "recovering": found.recovering,
        "seal": None if last is None else f"{last.number}:{last.hash.hex()}",
        "recorded_at": None if last is None else written(last.sealed_at),
        "known_seal": found.known_seal,
        "figures_position": found.figures_position,
        "sources": {one.name: one.position for one in found.sources},
        "statements": {one.bank_account: one.statement for one in found.statements},
        "kept_files": found.kept,
        "removed_files": found.removed,
        "missing_files": list(found.missing),
        "damaged_files": list(found.damaged),
        "party_key_fits": found.key_fits,
    }
