"""The verb for a topic that was deleted and made again: accept-topic."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledger.store_values import PositionTakenError
from service.exits import ERROR, NOT_FOUND, REFUSED, USAGE, fail
from service.wiring import open_app

if TYPE_CHECKING:
    from service.topic_desk import TopicSeen


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("accept-topic")(accept_topic)


def accept_topic(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="A topic of Kafka that was made again.")],
    confirm: Annotated[
        str | None, typer.Option(help="The id that this command shows when you only look.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why it was made again.")] = "",
    actor: Annotated[str | None, typer.Option(help="Who decides.")] = None,
) -> None:
    """Look at a topic that was deleted and made again; with --confirm, read it from its beginning.

    What is in it and was posted before is a repeat and is not posted twice. Stop `consume` first,
    and start it again afterwards.
    """
    from service import topic_desk  # noqa: PLC0415 - few verbs need the client

    name = actor or context.obj.actor
    if confirm is not None and name is None:
        fail("say who decides: --actor, or TALLYSTICK_ACTOR", USAGE)
    with open_app(context.obj) as app:
        try:
            seen = topic_desk.look(app, topic)
        except topic_desk.TopicUnknownError as error:
            fail(str(error), NOT_FOUND)
        if seen.is_accepted():
            fail(f"topic {topic} with the id {seen.topic_id} was accepted before", REFUSED)
        if not seen.was_read():
            fail(f"nothing was ever taken of topic {topic}: there is nothing to accept", REFUSED)
        if confirm is None:
            _show(seen)
            return
        if confirm != seen.topic_id:
            fail(f"the topic's id is {seen.topic_id}: look at it again", REFUSED)
        try:
            refusals = topic_desk.accept(app, seen, app.actor(name or ""), reason)
        except PositionTakenError:
            fail(f"somebody else has accepted topic {topic} meanwhile", ERROR)
    if refusals:
        fail("; ".join(one.sentence for one in refusals), REFUSED)
    typer.echo(f"accepted: {topic} is read from its beginning when `consume` starts again")


def _show(seen: "TopicSeen") -> None:
    console = Console()
    table = Table("partition", title=f"topic {escape(seen.topic)} as it is now")
    for title in ("taken up to offset", "first offset", "end"):
        table.add_column(title, justify="right")
    for one in seen.partitions:
        read = "nothing" if one.read is None else f"{one.read:,}"
        table.add_row(str(one.number), read, f"{one.first:,}", f"{one.end:,}")
    console.print(table)
    console.print(
        "Nothing was changed. If this is another topic than the one that was taken, and is to be"
        " read from its first offset:",
        soft_wrap=True,
    )
    console.print(
        f"tallystick accept-topic {escape(seen.topic)} --confirm {seen.topic_id}"
        " --reason WHY --actor WHO",
        soft_wrap=True,
        highlight=False,
    )
