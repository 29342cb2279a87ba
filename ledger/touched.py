"""Which streams and which keys an entry can touch: what must be read before it is decided."""

from ledger import commands as c
from ledger import registers
from ledger.ids import account_stream, receipt_stream
from ledger.references import mint
from ledger.requests import Entry, Note, Request

REFERENCE_ATTEMPTS = 4  # references tried for a new account before giving up


def streams_of(entry: Entry) -> list[str]:
    """The names of the streams, the one that decides first."""
    if isinstance(entry, Note):
        return [entry.stream]
    own = [entry.intake.stream] if entry.intake is not None else []
    match entry.command:
        case c.TransferCredit() as command:
            target = account_stream(command.to_unit, command.to_account)
            return [account_stream(command.unit, command.account), target, *own]
        case c.IdentifySuspense() as command:
            target = account_stream(command.to_unit, command.to_account)
            return [receipt_stream(command.receipt), target, *own]
        case c.SuspenseCommand() as command:
            return [receipt_stream(command.receipt), *own]
        case c.AccountCommand() as command:
            return [account_stream(command.unit, command.account), *own]


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
