"""Logging and progress: everything that a process says about itself goes to standard error.

Standard output is kept for answers, so that they can be piped. No secret is ever written: values
under secret-looking keys are masked, and so is every known secret wherever it occurs in a line.
"""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from structlog.typing import Processor

from service.settings import Settings

_MASK = "********"
_SECRET_LENGTH_MIN = 6  # a shorter one would blot out ordinary words
_SECRET_KEY = re.compile(r"password|passwd|secret|token|credential|(^|_)key$", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?<=://)([^\s:/@]*):([^\s/@]+)@")
_DSN_PASSWORD = re.compile(r"\bpassword\s*=\s*('(?:[^'\\]|\\.)*'|[^\s'\"]+)", re.IGNORECASE)
# Libraries that narrate every request at INFO. Importing eventsourcing sets psycopg's to ERROR,
# which would hide a pool that cannot connect, so they get a level of ours.
_NARRATORS = ("psycopg", "psycopg.pool", "kafka", "alembic")

_EventDict = MutableMapping[str, Any]
_Advance = Callable[[int], None]


def configure_logging(settings: Settings) -> None:
    """Send structlog and the standard library's loggers to standard error in one form.

    Call it after the imports of the process, once its settings are known; calling it again
    replaces the earlier configuration.
    """
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(_formatter(settings), _known_secrets(settings)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _NARRATORS:
        narrator = logging.getLogger(name)
        narrator.disabled = False  # as whoever configures logging for itself leaves the others
        narrator.setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mask_secret_keys,
    ]


def _formatter(settings: Settings) -> logging.Formatter:
    # Plain tracebacks: the pretty ones print local variables, and those hold secrets.
    console: list[Processor] = [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
    json_lines: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_shared()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(json_lines if settings.log_format == "json" else console),
        ],
    )


def _mask_secret_keys(_logger: object, _method: str, event: _EventDict) -> _EventDict:
    return {k: _MASK if _SECRET_KEY.search(k) and v is not None else v for k, v in event.items()}


class _Redacting(logging.Formatter):
    """Takes every known secret out of the finished line, a traceback's included."""

    def __init__(self, inner: logging.Formatter, known: Iterable[str]) -> None:
        super().__init__()
        self._inner = inner
        forms = {form for value in known for form in _forms(value)}
        ordered = sorted(forms, key=len, reverse=True)  # a secret may contain another
        self._known = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def format(self, record: logging.LogRecord) -> str:
        line = self._inner.format(record)
        if self._known is not None:
            line = self._known.sub(_MASK, line)
        line = _URL_PASSWORD.sub(rf"\1:{_MASK}@", line)
        return _DSN_PASSWORD.sub(f"password={_MASK}", line)


def _forms(value: str) -> Iterator[str]:
    """The spellings that a text may have in a line: plain, inside a repr, inside JSON, or both."""
    for inner in (value, repr(value)[1:-1]):
        yield inner
        yield json.dumps(inner)[1:-1]
        yield json.dumps(inner, ensure_ascii=False)[1:-1]


def _known_secrets(settings: Settings) -> Iterator[str]:
    """The secrets of the settings, and those generated in the home."""
    values = [getattr(settings, name) for name in Settings.model_fields]
    candidates = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    candidates += _generated(settings.home)
    yield from (value for value in candidates if len(value) >= _SECRET_LENGTH_MIN)


def _generated(home: Path) -> list[str]:
    try:
        files = sorted((home / "secrets").iterdir())
        return [file.read_text(encoding="ascii").strip() for file in files]
    except OSError:  # no home yet, or one that belongs to another user
        return []


@contextmanager
def progress(description: str, total: int | None) -> Iterator[_Advance]:
    """A progress bar on standard error; yields the function that advances it by a number of steps.

    Nothing is drawn when standard error is not a terminal. `total` None means that it is unknown.
    """
    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(description, total=total)
        yield lambda steps: bar.advance(task, steps)
