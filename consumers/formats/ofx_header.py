"""The head of an OFX file: that it is one, its version, and its character set. See `ofx`."""

import re
from dataclasses import dataclass
from typing import Final

_START = re.compile(
    rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*"
    rb"(?:OFXHEADER\s*[:=]"
    rb"|(?:<(?:\?xml|!--|!DOCTYPE OFX)[^>]{0,400}>\s*){0,4}<(?:\?OFX\b|OFX\s*>))",
    re.IGNORECASE,
)
_VERSION = re.compile(rb"\bVERSION\s*[:=]\s*\"?([0-9]{3})\b")
_CHARSET = re.compile(rb"\bCHARSET\s*:\s*([\w-]+)|\bencoding\s*=\s*[\"']([\w-]+)", re.IGNORECASE)
_CODECS: Final[dict[str, str]] = {
    # Windows-1252 holds all of ASCII and ISO 8859-1; what is UTF-8 is read as that in any case.
    **dict.fromkeys(("1252", "WINDOWS-1252", "CP1252", "8859-1", "ISO-8859-1"), "cp1252"),
    **dict.fromkeys(("NONE", "ASCII", "USASCII", "US-ASCII"), "cp1252"),
    **dict.fromkeys(("UTF-8", "UTF8", "CSUNICODE", "UNICODE"), "cp1252"),
    **dict.fromkeys(("8859-15", "ISO-8859-15"), "iso8859-15"),
    **{f"125{number}": f"cp125{number}" for number in (0, 1, 3, 4, 5, 6, 7, 8)},
}


@dataclass(frozen=True, slots=True)
class OfxHeader:
    """`version` in words; `charset` is the codec of values that are not UTF-8."""

    version: str
    charset: str
    warnings: tuple[str, ...] = ()


def header(head: bytes) -> OfxHeader | None:
    """The header in the first bytes of a file, or None when it is not OFX."""
    plain = head.replace(b"\0", b"")  # UTF-16 too is known for what it is, and then refused
    if _START.match(plain) is None:
        return None
    start = plain[: max(plain.upper().find(b"<OFX>"), 0) or 2000]
    version = _VERSION.search(start)
    words = f"version {'.'.join(version[1].decode())}" if version else "without a version"
    charset = _CHARSET.search(start)
    named = (charset[1] or charset[2]).decode().upper() if charset else "NONE"
    codec = _CODECS.get(named)
    if codec is None:
        warning = f"the character set {named} is not known: names may be misspelt"
        return OfxHeader(words, "cp1252", (warning,))
    return OfxHeader(words, codec)
