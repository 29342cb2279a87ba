"""Every row of a bank's file as somebody would look for it later, whatever became of it."""

from pathlib import Path

from consumers.bank_lines import FilePlace, receipt_id
from consumers.formats.advice import AdviceLine, AdviceOpened
from consumers.formats.returned_debit import ReturnedDebit
from consumers.formats.statement import BadRow, BankLine, SkippedEntry, SourceSpan
from consumers.keeping import IndexedLine

QUOTED_BYTES_MAX = 4_000


def of_line(
    line: BankLine, identity: str, account: str, place: FilePlace, form: str
) -> IndexedLine:
    """A booked line of a statement."""
    return IndexedLine(
        digest=place.digest,
        file_name=place.name,
        format=form,
        line=line.span.line,
        byte_start=line.span.byte_start,
        byte_end=line.span.byte_end,
        ordinal=line.ordinal,
        part=line.part,
        account=account,
        booked_on=line.booked_on,
        value_on=line.value_on,
        amount_minor=line.amount_minor,
        currency=line.currency,
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        text=" ".join((*line.references, line.narrative)).strip(),
        kind="line",
        receipt=receipt_id(identity),
    )


def of_advice_line(
    line: AdviceLine, opened: AdviceOpened, receipt: str, place: FilePlace, form: str
) -> IndexedLine:
    """A payment of a remittance advice; `receipt` is what it becomes when its money is there."""
    return IndexedLine(
        digest=place.digest,
        file_name=place.name,
        format=form,
        line=line.span.line,
        byte_start=line.span.byte_start,
        byte_end=line.span.byte_end,
        ordinal=line.ordinal,
        part=1,
        account=opened.account or "",
        booked_on=opened.paid_on,
        value_on=opened.paid_on,
        amount_minor=line.amount_minor,
        currency=opened.currency,
        payer_name=line.payer_name,
        payer_account=line.payer_account,
        text=" ".join((*line.references, line.narrative)).strip(),
        kind="advice",
        receipt=receipt,
    )


def of_returned(item: ReturnedDebit, place: FilePlace, form: str) -> IndexedLine:
    """A returned Direct Debit; its amount is negative, as it is for us."""
    return IndexedLine(
        digest=place.digest,
        file_name=place.name,
        format=form,
        line=item.span.line,
        byte_start=item.span.byte_start,
        byte_end=item.span.byte_end,
        ordinal=item.ordinal,
        part=1,
        account=item.account,
        booked_on=item.reported_on,
        value_on=item.originally_processed_on,
        amount_minor=-item.amount_minor,
        currency=item.currency,
        payer_name=item.payer_name,
        payer_account=item.payer_account,
        text=f"{item.reference} {item.reason}",
        kind="returned",
    )


def of_row(
    row: BadRow | SkippedEntry, account: str, place: FilePlace, form: str, kept: Path
) -> IndexedLine:
    """A row that could not be read or that is not booked yet, as it stands in its file."""
    is_bad = isinstance(row, BadRow)
    return IndexedLine(
        digest=place.digest,
        file_name=place.name,
        format=form,
        line=row.span.line,
        byte_start=row.span.byte_start,
        byte_end=row.span.byte_end,
        ordinal=0,
        part=1,
        account=account,
        booked_on=None,
        value_on=None,
        amount_minor=row.amount_minor,
        currency=None,
        payer_name=None,
        payer_account=None,
        text=_quoted(row.span, kept),
        kind="quarantined" if is_bad else "not-booked",
    )


def _quoted(span: SourceSpan, kept: Path) -> str:
    with kept.open("rb") as file:
        file.seek(span.byte_start)
        raw = file.read(min(span.byte_end - span.byte_start, QUOTED_BYTES_MAX))
    return raw.decode("utf-8", errors="replace").replace("\0", "")
