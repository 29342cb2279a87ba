"""What must hold of every account and receipt, and what is raised when it does not.

A broken invariant is no refusal: the books, or the program, are wrong. It stops the one stream
that it concerns (`ledger.quarantine`), and nothing of what broke it is appended.

    InvariantBrokenError         of a money fact, a history or a state
     +- UnbalancedPostingsError  the postings of a fact do not add up to zero
     +- ImpossibleHistoryError   a fact cannot follow what was before it
     +- StreamBrokenError        any of what pure code can raise, with the stream it concerns
"""

from dataclasses import dataclass

SENTENCE_LENGTH_MAX = 300  # characters of a breach that are kept; a whole state may be quoted


class InvariantBrokenError(ValueError):
    """Something that must hold does not: nothing may be appended that rests on it."""


class ImpossibleHistoryError(InvariantBrokenError):
    """A fact cannot follow those before it: more would leave than is there, or it came twice."""


class StreamBrokenError(InvariantBrokenError):
    """What is wrong, and the stream in which it came to light."""

    def __init__(self, stream: str, cause: Exception) -> None:
        super().__init__(in_words(cause))
        self.stream = stream


# What pure code and stored bytes can raise when something is not as it must be. Errors of the
# database, of the disk and of memory are not among them: they concern no single stream.
BROKEN: tuple[type[Exception], ...] = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken invariant: the stream that must be stopped, and what is wrong, in plain words."""

    stream: str
    sentence: str


def in_words(error: Exception) -> str:
    """What is wrong, as one line."""
    text = " ".join(str(error).split()).partition(" For further information")[0]
    if not isinstance(error, InvariantBrokenError):
        text = f"it cannot be worked with ({type(error).__name__}: {text})"
    return text[:SENTENCE_LENGTH_MAX]
