"""Write notifications in camt.054.001.08: the other direction of `camt054`, byte for byte.

For tests and for the demo council's bank. The same notifications give the same bytes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from consumers.formats.camt_entry_write import OutDetail, OutEntry, entry_xml, tag
from ledger.money import GBP

__all__ = ["OutDetail", "OutEntry", "OutNotification", "write"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">\n<BkToCstmrDbtCdtNtfctn>\n'
)
_FOOT = "</BkToCstmrDbtCdtNtfctn>\n</Document>\n"


@dataclass(frozen=True, slots=True)
class OutNotification:
    """What a bank notifies of one account on one day; each entry with details is an advice."""

    iban: str
    notification_id: str
    notified_on: date
    entries: Iterable[OutEntry]
    currency: str = GBP


def write(notifications: Iterable[OutNotification], out: BinaryIO, message_id: str = "1") -> None:
    """Write notifications as one file, holding one entry at a time.

    Raises ValueError when there is none.
    """
    started = False
    for notification in notifications:
        if not started:
            head = tag("MsgId", message_id) + _created(notification)
            out.write((_HEAD + f"<GrpHdr>{head}</GrpHdr>\n").encode())
            started = True
        out.writelines(piece.encode() for piece in _notification(notification))
    if not started:
        raise ValueError("a file of no notifications cannot be written: camt.054 needs one")
    out.write(_FOOT.encode())


def _notification(notification: OutNotification) -> Iterator[str]:
    yield "<Ntfctn>\n" + tag("Id", notification.notification_id) + "\n"
    yield _created(notification) + "\n"
    account = f"<Id>{tag('IBAN', notification.iban)}</Id>{tag('Ccy', notification.currency)}"
    yield f"<Acct>{account}</Acct>\n"
    for entry in notification.entries:
        yield entry_xml(entry, notification.currency)
    yield "</Ntfctn>\n"


def _created(notification: OutNotification) -> str:
    return tag("CreDtTm", f"{notification.notified_on}T23:59:59")
