"""What Bacs calls its reports.

Which report a file is, is told by its elements; a report of another kind than ARUDD is named, so
that whoever offered it knows why it was not taken.
"""

import re
from typing import Final

from consumers.formats.errors import UnrecognisedFormatError

_ROOT = re.compile(r"<(?:[\w.-]+:)?(?:BACSDocument|VocaDocument)[\s/>]", re.ASCII)
_OTHERS: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.ASCII), title)
    for pattern, title in (
        (r"advice-type\s*=\s*[\"']ADDACS", "ADDACS (instructions cancelled or amended)"),
        (r"advice-type\s*=\s*[\"']AUDDIS", "AUDDIS (instructions returned by a bank)"),
        (r"advice-type\s*=\s*[\"']AUDACC", "AUDDIS (file of instructions accepted)"),
        (r"advice-type\s*=\s*[\"']AUDREJ", "AUDDIS (file of instructions rejected)"),
        (r"<ARUCS[\s/>]|<ReturnedCreditItem[\s/>]", "ARUCS (credits that came back)"),
        (r"<AWACS[\s/>]|advice-type\s*=\s*[\"']AWACS", "AWACS (wrong account details)"),
        (r"<DDICA|<NewAdvices[\s/>]|<DDICAdvice[\s/>]", "DDICA (indemnity claims)"),
        (r"<InputReport[\s/>]", "Input report"),
        (r"<ArrivalReport[\s/>]", "Arrival report"),
        (r"<WithdrawalReport[\s/>]", "Withdrawal report"),
        (r"<MessagingAdvices[\s/>]", "messaging advices (instructions)"),
    )
)


def named_otherwise(head: str, file: str) -> UnrecognisedFormatError | None:
    """The refusal of a Bacs report that is not read, by its name; None when it is none."""
    root = _ROOT.search(head)
    if root is None:
        return None
    titles = (title for pattern, title in _OTHERS if pattern.search(head))
    title = next(titles, "of a kind that is not known here")
    reason = f"a Bacs report, {title}: of these only ARUDD is read"
    line = head.count("\n", 0, root.start()) + 1
    return UnrecognisedFormatError(file, line, "content", root[0].strip("<>/ \r\n\t"), reason)
