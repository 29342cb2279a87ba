"""Which streams and which keys an entry can touch: what must be read before it is decided."""

from collections.abc import Iterable
from typing import assert_never
from uuid import UUID

from ledger import commands as c
from ledger import mandate_commands as mc
from ledger import registers
from ledger import suspense_commands as sc
from ledger.alias_commands import ProposePayerAlias
from ledger.collection_run_commands import IdentifyRunCredit, OpenRun
from ledger.held import payer_of_part
from ledger.ids import (
    QUARANTINE,
    account_stream,
    alias_stream,
    collection_run_stream,
    mandate_stream,
    originator_stream,
    payer_references_stream,
    receipt_stream,
    small_balances_stream,
    standing_order_stream,
    stream_id,
)
from ledger.receipt import ReceiptState
from ledger.references import mint
from ledger.refund_commands import IdentifyReturnedRefund
from ledger.requests import Entry, Note, Request
from ledger.small_balance_commands import WriteOffSmallBalance
from ledger.standing_order_commands import ExpectStandingOrder

REFERENCE_ATTEMPTS = 4  # references tried for a new account before giving up


def streams_of(entry: Entry) -> list[str]:
    """The names of the streams, the one that decides first."""
    if isinstance(entry, Note):
        return [entry.stream]
    own = [entry.intake.stream] if entry.intake is not None else []
    return [*decided_by(entry.command), *own]


def looked_back(entry: Entry) -> list[UUID]:
    """The stream whose whole history the entry's command must see, if any."""
    command = entry.command if isinstance(entry, Request) else None
    if not isinstance(command, c.AccountCommand) or not command.looks_back:
        return []
    return [stream_id(account_stream(command.unit, command.account))]


def decided_by(command: c.AnyCommand) -> list[str]:
    """The names of the streams whose states decide a command, in the order of its decider."""
    match command:
        case c.AccountCommand():
            return [account_stream(command.unit, command.account), *_second(command)]
        case c.SuspenseCommand():
            return [receipt_stream(command.receipt), *_second(command)]
        case c.AliasCommand():
            own = alias_stream(command.unit, command.kind, command.digest)
            return [own, *_second(command)]
        case c.SmallBalancesCommand():
            return [small_balances_stream(command.batch)]
        case c.QuarantineCommand():
            return [QUARANTINE]
        case c.MandateCommand():
            return [mandate_stream(command.sun, command.mandate), *_beside_mandate(command)]
        case c.CollectionRunCommand():
            own = collection_run_stream(command.run)
            return [own, originator_stream(command.sun)] if isinstance(command, OpenRun) else [own]
        case c.StandingOrderCommand():
            return [standing_order_stream(command.unit, command.standing_order), *_second(command)]
        case _:
            assert_never(command)


def _second(command: c.AnyCommand) -> list[str]:
    match command:
        case c.TransferCredit() | sc.IdentifySuspense() | ProposePayerAlias():
            return [account_stream(command.to_unit, command.to_account)]
        case sc.SplitSuspense() | c.MoveToSuspense():
            return [receipt_stream(command.new_receipt)]
        case IdentifyReturnedRefund():
            return [receipt_stream(command.receipt)]
        case IdentifyRunCredit():
            return [collection_run_stream(command.to_run)]
        case ExpectStandingOrder():
            return [account_stream(command.unit, command.account)]
        case WriteOffSmallBalance():
            return [small_balances_stream(command.batch)]
        case _:
            return []


def _beside_mandate(command: c.MandateCommand) -> list[str]:
    match command:
        case mc.DraftMandate():
            references = payer_references_stream(command.sun, command.payer_account_digest)
            return [references, account_stream(command.unit, command.account)]
        case mc.AmendMandate():
            return [payer_references_stream(command.sun, command.payer_account_digest)]
        case mc.InstructCollection() | mc.RepresentCollection():
            return [account_stream(command.unit, command.account)]
        case _:
            return []


def keys_of(entry: Entry) -> list[tuple[str, str]]:
    """The register keys, taken or to be taken."""
    keys = [(registers.MESSAGE, entry.identity)]
    if isinstance(entry, Note):
        return keys
    if entry.intake is not None:
        keys.append(refused_key(entry))
    natural = registers.natural_key(entry.command)
    if natural is not None:
        keys.append(natural)
    keys += registers.learned_keys(entry.command)
    if isinstance(entry.command, c.OpenAccount):
        command = entry.command
        keys += (
            (registers.REFERENCE, mint(command.unit, command.account, attempt))
            for attempt in range(REFERENCE_ATTEMPTS)
        )
    return keys


def refused_key(request: Request) -> tuple[str, str]:
    """The key that says that this very input was refused before."""
    return registers.REFUSED, f"{request.identity}|{request.digest().hex()[:32]}"


def keys_of_identified(
    entries: Iterable[Entry], receipts: Iterable[ReceiptState]
) -> list[tuple[str, str]]:
    """The keys that identified receipts can teach: their payers are known by their streams only.

    `receipts` are the states that were loaded; receipts that the entries make count too.
    """
    payers = {one.receipt: (one.payer_digest, one.payer_account_digest) for one in receipts}
    keys: list[tuple[str, str]] = []
    for entry in entries:
        match entry:
            case Request(command=sc.SuspendReceipt() as command):
                payers[command.receipt] = command.payer_digest, command.payer_account_digest
            case Request(command=sc.SplitSuspense() as command):
                whole = payers.get(command.receipt, (None, None))
                payers[command.new_receipt] = payer_of_part(command, whole)
            case Request(command=sc.IdentifySuspense() as command):
                _, digest = payers.get(command.receipt, (None, None))
                keys += registers.payer_keys(digest, command.to_unit, command.to_account)
            case _:
                pass
    return keys
