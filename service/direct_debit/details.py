"""The payer's bank details: sealed under the payer's own key, and opened to write a file."""

import base64
import json
from collections.abc import Sequence
from typing import NamedTuple

from consumers.keeping import Digester, NewDetails, SealedDetails
from service.parties import PartyVault


class PayerDetails(NamedTuple):
    """A payer's bank account as Bacs knows it: six digits, eight digits, and its name."""

    sort_code: str
    account_number: str
    name: str

    def __repr__(self) -> str:
        """Nothing of what is in it."""
        return "PayerDetails(...)"


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


class VaultDetails:
    """The bank details of payers in the vault, for intake: a `DetailsKeeper`."""

    def __init__(self, vault: PartyVault, digester: Digester) -> None:
        self._vault, self._digester = vault, digester

    def moved(self, before: SealedDetails, new: NewDetails) -> tuple[str, str] | None:
        """The new details, sealed, and the account's keyed digest; None of an erased payer."""
        (old,) = unseal(self._vault, [before])
        if old is None:
            return None
        now = PayerDetails(
            new.sort_code or old.sort_code,
            new.account_number or old.account_number,
            new.name or old.name,
        )
        mandate = before.sun, before.mandate, before.number + 1
        return seal(self._vault, before.party, mandate, now), digest(self._digester, now)


def _bound(sun: str, mandate: str, number: int) -> bytes:
    return f"mandate|{sun}|{mandate}|{number}".encode()
