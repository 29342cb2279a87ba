"""Typed identifiers, and the deterministic UUIDs made from them.

Nothing here is random: an id is a function of what it names, so a repeat has the same id.
"""

from functools import lru_cache
from hashlib import sha1
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


def event_id(source_identity: str, sequence: int) -> str:
    """The id of the nth event caused by one input; the same input gives the same ids.

    A UUIDv5 (RFC 9562, section 5.5) in its usual spelling, put together here because the
    standard library takes four times as long by way of its own type.
    """
    name = f"event|{source_identity}|{sequence}".encode()
    digest = bytearray(sha1(_NAMESPACE.bytes + name, usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50  # version 5
    digest[8] = digest[8] & 0x3F | 0x80  # the variant of RFC 9562
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def account_stream(unit: str, account: str) -> str:
    """Name of the stream of one debtor account."""
    return f"account:{unit}:{account}"


def receipt_stream(receipt: str) -> str:
    """Name of the stream of one receipt that is in suspense."""
    return f"receipt:{receipt}"


def intake_stream(source: str) -> str:
    """Name of the stream of one source of messages or files."""
    return f"intake:{source}"


def alias_stream(unit: str, kind: str, digest: str) -> str:
    """Name of the stream of one payer of a unit, known by the digest of an account or a name."""
    return f"alias:{unit}:{kind}:{digest}"


def mandate_stream(sun: str, mandate: str) -> str:
    """Name of the stream of one Direct Debit mandate of a service user number."""
    return f"mandate:{sun}:{mandate}"


def payer_references_stream(sun: str, payer_account_digest: str) -> str:
    """Name of the stream of the references that one bank account of a payer has had with us."""
    return f"payer-references:{sun}:{payer_account_digest}"


def collection_run_stream(run: str) -> str:
    """Name of the stream of one submission to Bacs."""
    return f"collection-run:{run}"


def originator_stream(sun: str) -> str:
    """Name of the stream of the serials of one service user number."""
    return f"originator:{sun}"


def standing_order_stream(unit: str, standing_order: str) -> str:
    """Name of the stream of one standing order that pays an account of a unit."""
    return f"standing-order:{unit}:{standing_order}"


QUARANTINE = "quarantine"  # the one stream that says which others are stopped
QUARANTINABLE = (
    "account:",
    "receipt:",
    "alias:",
    "small-balances:",
    "mandate:",
    "payer-references:",
    "collection-run:",
    "originator:",
    "standing-order:",
)


def small_balances_stream(batch: str) -> str:
    """Name of the stream of one batch of small balances."""
    return f"small-balances:{batch}"
