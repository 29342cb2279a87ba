"""The keys of party records: a master key that wraps one key for each person, and AES-256-GCM."""

import secrets
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32  # AES-256
MASTER_KEY_BYTES_MIN = 16
_PURPOSE = b"tallystick party master key v1"
_NONCE_BYTES = 12
_FORM = b"\x01"  # of both stored values; another form gets another number
_KEY_ID_BYTES = 8


class PartyError(Exception):
    """Personal data cannot be kept or read."""


class PartyTamperedError(PartyError):
    """A stored record or key was changed, or moved from another person."""


class WrongMasterKeyError(PartyError):
    """The stored keys are wrapped by another master key than the one given."""


class MasterKey:
    """The wrapping of data keys by a master key, whose own short id stands in front."""

    def __init__(self, key: bytes) -> None:
        if len(key) < MASTER_KEY_BYTES_MIN:
            raise ValueError(f"a master key has {MASTER_KEY_BYTES_MIN} bytes or more: {len(key)}")
        derived = HKDF(
            algorithm=SHA256(), length=KEY_BYTES + _KEY_ID_BYTES, salt=None, info=_PURPOSE
        ).derive(key)
        self._key, self._id = derived[:KEY_BYTES], derived[KEY_BYTES:]

    def wrap(self, party: UUID, data_key: bytes) -> bytes:
        """Wrap the data key of a person."""
        return self._id + sealed(self._key, data_key, b"key" + party.bytes)

    def expect(self, wrapped: bytes) -> None:
        """Raise WrongMasterKeyError for a key that another master key wrapped."""
        if wrapped[:_KEY_ID_BYTES] != self._id:
            raise WrongMasterKeyError(
                "party records are under another master key: set TALLYSTICK_PARTY_KEY to it"
            )

    def unwrap(self, party: UUID, wrapped: bytes) -> bytes:
        """The data key of a person."""
        self.expect(wrapped)
        return opened(self._key, wrapped[_KEY_ID_BYTES:], b"key" + party.bytes)


def sealed(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Encrypt; what it is bound to must be given again to open it."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _FORM + nonce + AESGCM(key).encrypt(nonce, plain, _FORM + bound_to)


def opened(key: bytes, stored: bytes, bound_to: bytes) -> bytes:
    """Decrypt. Raises PartyTamperedError for what was changed or is of something else."""
    form, nonce = stored[:1], stored[1 : 1 + _NONCE_BYTES]
    try:
        # The form is authenticated with the rest: another one does not open.
        return AESGCM(key).decrypt(nonce, stored[1 + _NONCE_BYTES :], form + bound_to)
    except (InvalidTag, ValueError) as error:
        raise PartyTamperedError("a stored party record was changed or moved") from error
