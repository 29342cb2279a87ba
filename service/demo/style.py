"""How the ending looks: plain tables that fit into 80 columns and need no colour."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table


def headline(console: Console, text: str) -> None:
    """The title of a part."""
    console.print()
    console.print(text, style="bold", highlight=False)
    console.print("-" * len(text), highlight=False)


def table(title: str, first: str, *numbers: str) -> Table:
    """A table of a first column of names and columns of numbers."""
    made = Table(
        title=title or None,
        title_justify="left",
        title_style="",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        highlight=False,
    )
    made.add_column(first, overflow="fold")
    for name in numbers:
        made.add_column(name, justify="right", no_wrap=True)
    return made
