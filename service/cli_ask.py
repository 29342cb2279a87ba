"""Verbs that ask: report, explain, show; and rebuild, which proves that the answers stand."""

import json
import sys
from datetime import date, datetime, time
from functools import partial
from typing import Annotated, Literal

import typer
from rich.console import Console

from projections import runner
from projections.rebuild import WORKERS, AnotherRebuildError, Today, Work, rebuild
from projections.reporting.reports import Report
from service import account_page, explain_json, explain_text, rebuild_text, report_formats
from service import report_table as tables
from service.exits import ERROR, IDENTITY_BROKEN, NOT_FOUND, USAGE, fail
from service.explain import explain
from service.explain_money import DoesNotAddUpError
from service.explain_target import AmbiguousTargetError, TargetNotFoundError
from service.explain_values import Explanation
from service.nearest import nearest
from service.reading import reading, wait_until_read
from service.report_run import Answer, Question, ReportError, ask, catch_up, find_report, known_now
from service.wiring import UK, App, open_app

AsAt = Annotated[
    str | None, typer.Option("--as-at", help="Effective up to this day, such as 2026-03-31.")
]
AsKnown = Annotated[
    str | None,
    typer.Option(
        "--as-known",
        help="As the ledger knew it at this moment, such as 2026-04-03T17:00; a day means its end.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
AtLeast = Annotated[
    int,
    typer.Option(
        "--at-least", min=0, help="Only with this position of the log known; waits for it a little."
    ),
]
CatchUp = Annotated[
    bool, typer.Option("--catch-up/--no-catch-up", help="Read the newest events first.")
]
_OPEN_ENDED = {"allow_extra_args": True, "ignore_unknown_options": True}


def register(app: typer.Typer) -> None:
    """Add the verbs of this module."""
    app.command("report", context_settings=_OPEN_ENDED)(report)
    app.command("explain")(explain_target)
    app.command("show")(show)
    app.command("position")(position)
    app.command("rebuild")(rebuild_read_models)


def report(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(help="Such as aged_debt; none lists all.")] = None,
    as_at: AsAt = None,
    as_known: AsKnown = None,
    unit: Annotated[str | None, typer.Option(help="Only this unit.")] = None,
    form: Annotated[
        Literal["table", "csv", "json"], typer.Option("--format", help="How to print it.")
    ] = "table",
    fresh: CatchUp = True,
    at_least: AtLeast = 0,
) -> None:
    """Print a report as at a day, as known at a moment, with the identities it must satisfy.

    A report's own options, such as --basis or --period-start, are listed by `tallystick report`.
    """
    if name is None:
        tables.list_reports(Console())
        return
    try:
        found = find_report(name)
        parameters = _parameters(found, context.args)
        with open_app(reading(context.obj)) as app:
            if fresh:
                catch_up(app)
            wait_until_read(app.settings, app.urls.app, at_least)
            moment = _moment(as_known) or known_now(app)
            day = _day(as_at) or app.ledger.today()
            answer = ask(app, Question(found, day, moment, unit, parameters, at_least))
    except ReportError as error:
        fail(str(error), USAGE)
    _print_answer(answer, form)
    raise typer.Exit(IDENTITY_BROKEN if answer.broken else 0)


def _print_answer(answer: Answer, form: str) -> None:
    if form == "json":
        typer.echo(json.dumps(report_formats.as_json(answer)))
    elif form == "csv":
        sys.stdout.write(report_formats.as_csv(answer))
        typer.echo(tables.footer(answer), err=True)  # the answer itself stays a clean CSV
    else:
        tables.show(answer, Console())


def _parameters(found: Report, words: list[str]) -> dict[str, str]:
    """The report's own options, as `--name value` or `--name=value`. Raises ReportError."""
    known = [one.name for one in found.parameters]
    parameters, rest = {}, list(words)
    while rest:
        option, equals, value = rest.pop(0).partition("=")
        name = option.removeprefix("--").replace("-", "_")
        if not option.startswith("--") or name not in known:
            options = ["as_at", "as_known", "unit", "format", *known]
            close = nearest(name, options).replace("_", "-")
            raise ReportError(f"report {found.name} has no {option!r}; did you mean --{close}?")
        if not equals:
            if not rest:
                raise ReportError(f"{option} needs a value")
            value = rest.pop(0)
        parameters[name] = value
    return parameters


def explain_target(
    context: typer.Context,
    target: Annotated[
        str, typer.Argument(help="UNIT/ACCOUNT, an invoice number, or a payment reference.")
    ],
    as_at: AsAt = None,
    as_known: AsKnown = None,
    as_json: Json = False,
    at_least: AtLeast = 0,
    evidence: Annotated[
        bool, typer.Option(help="Show events, files and quoted bytes, or only the sentences.")
    ] = True,
) -> None:
    """Explain a balance: every penny down to its event, and each event down to its source."""
    with open_app(reading(context.obj)) as app:
        catch_up(app)
        wait_until_read(app.settings, app.urls.app, at_least)
        explanation = _explained(app, target, as_at, as_known)
    if as_json:
        typer.echo(json.dumps(explain_json.as_json(explanation)))
    else:
        explain_text.show(explanation, Console(highlight=False), evidence=evidence)


def _explained(app: App, target: str, as_at: str | None, as_known: str | None) -> Explanation:
    try:
        return explain(app, target, _day(as_at), _moment(as_known))
    except TargetNotFoundError as error:
        fail(str(error), NOT_FOUND)
    except (AmbiguousTargetError, ReportError) as error:
        fail(str(error), USAGE)
    except DoesNotAddUpError as error:
        fail(f"this balance cannot be explained, do not send it out: {error}", 4)


def show(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="UNIT/ACCOUNT or a payment reference.")],
    as_json: Json = False,
    at_least: AtLeast = 0,
) -> None:
    """Show an account on one page: balance, overdue, credit, open bills, holds, last events."""
    with open_app(reading(context.obj)) as app:
        catch_up(app)
        wait_until_read(app.settings, app.urls.app, at_least)
        explanation = _explained(app, account, None, None)
        target = explanation.target
        if target.item is not None:  # a bill was named: its account is meant
            explanation = _explained(app, f"{target.unit}/{target.account}", None, None)
        state = account_page.state_of(app, explanation)
    if as_json:
        typer.echo(json.dumps(account_page.page_json(explanation, state)))
    else:
        account_page.show(explanation, state, Console(highlight=False))


def position(context: typer.Context, as_json: Json = False) -> None:
    """Print the newest position of the log: `--at-least` of an answer that must know all of it."""
    with open_app(context.obj) as app:
        last = app.store.last_position()
    typer.echo(json.dumps({"log_position": last}) if as_json else str(last))


def rebuild_read_models(
    context: typer.Context,
    accept_differences: Annotated[
        str, typer.Option(metavar="REASON", help="Switch although figures differ; say why.")
    ] = "",
    workers: Annotated[
        int, typer.Option(min=1, max=16, help="Processes that fold the log side by side.")
    ] = WORKERS,
    as_json: Json = False,
) -> None:
    """Rebuild all read models beside the live ones, compare every figure, switch if equal.

    One that was killed is taken up where it stopped: give the same command again.
    """
    teller = rebuild_text.Teller(partial(typer.echo, err=True))
    work = Work(workers=workers, on_progress=teller.folded, on_stage=teller.stage)
    with open_app(context.obj) as app, runner.connect(app.urls.app) as connection:
        catch_up(app)
        today = Today(app.ledger.today(), known_now(app))
        try:
            done = rebuild(connection, today, work, accept_reason=accept_differences.strip())
        except AnotherRebuildError as error:
            fail(str(error), ERROR)
    rebuild_text.log(done, accept_differences)
    if as_json:
        typer.echo(json.dumps(rebuild_text.as_json(done)))
    else:
        rebuild_text.show(done, Console(highlight=False))
    raise typer.Exit(0 if done.switched else IDENTITY_BROKEN)


def _day(text: str | None) -> date | None:
    """A date option. Raises ReportError."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ReportError(f"{text!r} is not a day such as 2026-03-31") from None


def _moment(text: str | None) -> datetime | None:
    """A moment option; without an offset it is UK time, a day is its end. Raises ReportError."""
    if text is None:
        return None
    try:
        moment = (
            datetime.combine(date.fromisoformat(text), time.max)
            if len(text) == len("2026-03-31")
            else datetime.fromisoformat(text)
        )
    except ValueError:
        raise ReportError(f"{text!r} is not a moment such as 2026-04-03T17:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UK)
