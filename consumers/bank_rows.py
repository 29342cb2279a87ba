"""A row or a line of a bank's file that is set aside: recorded, findable, to be offered again."""

from consumers.bank_lines import FilePlace
from consumers.formats.statement import BadRow
from consumers.intake_parts import FILES, IntakeParts
from ledger.account_state import Dated
from ledger.intake_events import RowQuarantined
from ledger.requests import Note, Outcome, Request
from ledger.values import Refusal


def quarantined_row(row: BadRow, place: FilePlace, parts: IntakeParts) -> Note:
    """The note of a row that cannot be read."""
    identity = f"file:{place.digest}|row|{row.span.line}|{row.span.byte_start}"
    sentence = f"{place.name}, line {row.span.line}: {row.field}: {row.reason}"
    fact = RowQuarantined(
        source=FILES,
        message=identity,
        digest=place.digest,
        field=row.field,
        amount_minor=row.amount_minor,
        refusals=(Refusal(code="row_unreadable", sentence=sentence),),
    )
    content = bytes.fromhex(place.digest)
    dated = Dated(fact, parts.ledger.today())
    return Note(FILES, [dated], parts.actor, place.source(row.span), identity, content)


def quarantined_line(made: Request, outcome: Outcome, place: FilePlace, parts: IntakeParts) -> Note:
    """The note of a line that can be read, but that the ledger refuses in every form."""
    identity = f"file:{place.digest}|row|{made.source.line}|{made.source.byte_start}"
    fact = RowQuarantined(
        source=FILES,
        message=identity,
        digest=place.digest,
        field="identity" if is_conflict(outcome) else "line",
        amount_minor=getattr(made.command, "amount_minor", None),
        refusals=outcome.refusals,
    )
    content = bytes.fromhex(place.digest)
    return Note(
        FILES, [Dated(fact, parts.ledger.today())], parts.actor, made.source, identity, content
    )


def is_conflict(outcome: Outcome) -> bool:
    """Whether the ledger has the same identity with other content."""
    return outcome.refusals[0].code.endswith("with_different_content")
