"""The payer's bank details: sealed under the payer's own key, and opened to write a file."""

import base64
import json
from collections.abc import Sequence
from typing import NamedTuple

from consumers.keeping import Digester
from service.parties import PartyVault


class PayerDetails(NamedTuple):
    """A payer's bank account as Bacs knows it: six digits, eight digits, and its name."""

    sort_code: str
    account_number: str
    name: str

    def __repr__(self) -> str:
        """Nothing of what is in it."""
        return "PayerDetails(...)"


class SealedDetails(NamedTuple):
    """Sealed bank details, whose they are, and of which mandate and which change of it."""

    party: str
    sun: str
    mandate: str
    number: int
    sealed: str


def seal(vault: PartyVault, party: str, mandate: tuple[str, str, int], found: PayerDetails) -> str:
    """Details of a mandate (service user number, reference, number of the details), sealed."""
    plain = json.dumps(list(found)).encode()
    return base64.b64encode(vault.seal(party, plain, _bound(*mandate))).decode("ascii")


def unseal(vault: PartyVault, kept: Sequence[SealedDetails]) -> list[PayerDetails | None]:
    """The details; None of a payer who was erased. Raises the errors of `service.parties`."""
    opened = vault.unseal_all(
        [
            (one.party, base64.b64decode(one.sealed), _bound(one.sun, one.mandate, one.number))
            for one in kept
        ]
    )
    return [None if one is None else PayerDetails(*json.loads(one)) for one in opened]


def digest(digester: Digester, found: PayerDetails) -> str:
    """The keyed digest by which a payer's account is recognised, also on a bank's line."""
    return digester(f"{found.sort_code}-{found.account_number}")


def _bound(sun: str, mandate: str, number: int) -> bytes:
    return f"mandate|{sun}|{mandate}|{number}".encode()
