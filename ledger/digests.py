"""Keyed digests of personal data: by them a payer is recognised, and not known.

A plain hash of a name or of an eight-digit account number can be reversed by trying all of them;
without the key (HMAC, RFC 2104) that is not possible.
"""

import hmac
import unicodedata

KEY_BYTES_MIN = 16
_DIGEST_BYTES = 16  # 128 bits: no two payers of any council meet by chance


def keyed_digest(key: bytes, text: str) -> str:
    """HMAC-SHA-256 of a normalised text, its first 128 bits as 32 hexadecimal digits.

    The same name in another case, width or spacing has the same digest. Raises ValueError for a
    key of fewer than 16 bytes.
    """
    if len(key) < KEY_BYTES_MIN:
        raise ValueError(f"a digest key has at least {KEY_BYTES_MIN} bytes, not {len(key)}")
    return hmac.digest(key, normalised(text).encode(), "sha256")[:_DIGEST_BYTES].hex()


def normalised(text: str) -> str:
    """Unicode NFKC, case-folded, with single spaces: what two ways of writing have in common."""
    # Case folding can bring back what NFKC had composed, so it is composed once more.
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
