"""Typed identifiers, and the deterministic UUIDs made from them.

Nothing here is random: an id is a function of what it names, so a repeat has the same id.
"""

from functools import lru_cache
from typing import NewType
from uuid import UUID, uuid5

UnitId = NewType("UnitId", str)  # a legal entity or operating unit that owns debts
AccountId = NewType("AccountId", str)  # a debtor account, unique within its unit
InvoiceNumber = NewType("InvoiceNumber", str)  # unique within its unit
ReceiptId = NewType("ReceiptId", str)  # money in, unique in the ledger
PartyId = NewType("PartyId", str)  # an opaque id of a person or organisation

_NAMESPACE = UUID("6f1d3c5a-6f5e-5b7c-9d53-0a5a2f0c7e11")


@lru_cache(maxsize=1 << 17)
def stream_id(stream: str) -> UUID:
    """The UUID under which a stream such as `account:HSG:100234` is stored."""
    return uuid5(_NAMESPACE, "stream|" + stream)


def event_id(source_identity: str, sequence: int) -> UUID:
    """The id of the nth event caused by one input; the same input gives the same ids."""
    return uuid5(_NAMESPACE, f"event|{source_identity}|{sequence}")


def account_stream(unit: str, account: str) -> str:
    """Name of the stream of one debtor account."""
    return f"account:{unit}:{account}"


def receipt_stream(receipt: str) -> str:
    """Name of the stream of one receipt that is in suspense."""
    return f"receipt:{receipt}"


def intake_stream(source: str) -> str:
    """Name of the stream of one source of messages or files."""
    return f"intake:{source}"
