"""What Bacs calls its reports. Which of them a file is, is told by its elements alone."""

import re
from typing import Final

from consumers.formats.errors import UnrecognisedFormatError

_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:BACSDocument|VocaDocument)[\s/>]", re.ASCII)
_KINDS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.ASCII), report)
    for pattern, report in (
        (r"<(?:[\w.-]+:)?ARUDD[\s/>]", "ARUDD"),
        (r"<(?:[\w.-]+:)?ARUCS[\s/>]", "ARUCS"),
        *(
            (rf"advice-type\s*=\s*[\"']{one}[\"']", one)
            for one in ("ADDACS", "AUDDIS", "AUDACC", "AUDREJ", "AWACS")
        ),
        # A header may say nothing, or stand at the end: then the first record type tells.
        *(
            (rf"MessagingAdvice\s[^>]{{0,2000}}?\brecord-type\s*=\s*[\"']{types}[\"']", report)
            for types, report in (
                ("A", "ADDACS"),
                ("[NDS]", "AUDDIS"),
                ("V", "AUDACC"),
                ("R", "AUDREJ"),
            )
        ),
        *(
            (rf"<(?:[\w.-]+:)?{element}[\s/>]", report)
            for element, report in (
                ("MessagingAdvices", "MessagingAdvices"),
                ("NewAdvices", "DDICA"),
                ("Cancellations", "DDICA"),
                ("InputReport", "Input"),
                ("WithdrawalReport", "Withdrawal"),
                ("ArrivalReport", "Arrival"),
            )
        ),
    )
)
UNKNOWN: Final = "unknown"


def report_of(head: bytes) -> str | None:
    """The name of the report that a file begins with; UNKNOWN for another of Bacs, else None."""
    text = head.replace(b"\0", b"").decode("latin-1")  # good enough for UTF-16 too
    if _ROOT.search(text) is None:
        return None
    return next((report for pattern, report in _KINDS if pattern.search(text)), UNKNOWN)


def named_otherwise(head: bytes, file: str) -> UnrecognisedFormatError | None:
    """The refusal of a report that is not read, as one of Bacs; None for every other file."""
    if report_of(head) != UNKNOWN:
        return None
    text = head.replace(b"\0", b"").decode("latin-1")
    root = _ROOT.search(text)
    line = text.count("\n", 0, root.start()) + 1 if root else 0
    value = root[0].strip("<>/ \r\n\t") if root else ""
    reason = "a Bacs report of a kind that is not known here"
    return UnrecognisedFormatError(file, line, "content", value, reason)
