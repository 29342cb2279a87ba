"""Exit codes that a script can use, and the one way in which a command ends with an error."""

from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

OK = 0
ERROR = 1
USAGE = 2
REFUSED = 3
IDENTITY_BROKEN = 4
NOT_FOUND = 5
NOT_YET = 6

STDERR = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(sentence: str, code: int = ERROR) -> NoReturn:
    """Say in one sentence what is wrong, and end with the code."""
    complain(sentence)
    raise typer.Exit(code)


def complain(sentence: str) -> None:
    """Write an error to standard error; whatever the sentence quotes stays as it is."""
    STDERR.print(f"[bold]error:[/bold] {escape(sentence)}")
