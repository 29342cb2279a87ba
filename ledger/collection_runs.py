"""Deciding about a Bacs submission: opened, written, released, given up, credited, signed off."""

from datetime import date

from ledger import collection_run_commands as rc
from ledger import collection_run_events as r
from ledger import suspense_events as s
from ledger.account_state import Dated
from ledger.bacs_days import BacsDays, CollectionDays, send_from
from ledger.collection_run import CollectionRunState, OriginatorState, RunStatus
from ledger.decision import Context, Decision, name, text
from ledger.direct_debit_policy import Originator
from ledger.held import held, leaving_on
from ledger.money import format_minor
from ledger.receipt import ReceiptState
from ledger.rejections import Code, refuse

SERIALS_MAX = 999_999


def open_run(
    state: CollectionRunState | None,
    originator: OriginatorState | None,
    command: rc.OpenRun,
    context: Context,
) -> tuple[Decision, Decision]:
    """Begin a run: its days, and a serial that was never used."""
    context.authorise(command.action)
    name(command.run, "the run")
    if state is not None:
        raise refuse(Code.RUN_EXISTS, f"there is a run {command.run} already")
    own = _originator(command, context)
    three = _days(command.entry_on, context)
    serial = 1 if originator is None else originator.last_serial + 1
    if serial > SERIALS_MAX:
        raise refuse(Code.FIELD_INVALID, f"service user {command.sun} has used all its serials")
    # From here it must succeed.
    fact = r.RunOpened(
        run=command.run,
        unit=command.unit,
        sun=command.sun,
        serial=f"{serial:06d}",
        bank_account=own.account,
        account_name=own.account_name,
        user_name=own.user_name,
        layout=context.direct_debit.table_on(context.today).layout,
        input_on=three.input_on,
        processing_on=three.processing_on,
        entry_on=command.entry_on,
        opened_on=context.today,
        prepared_by=context.actor.id,
    )
    taken = r.BacsSerialTaken(sun=command.sun, serial=fact.serial, run=command.run)
    return (Dated(fact, context.today),), (Dated(taken, context.today),)


def _days(entry_on: date, context: Context) -> CollectionDays:
    """The three days of a run, which Bacs works on and for which there is time."""
    days = BacsDays(context.direct_debit.extra_holidays)
    if not days.is_processing_day(entry_on):
        raise refuse(
            Code.NOT_A_PROCESSING_DAY, f"{entry_on.isoformat()} is no day on which Bacs works"
        )
    three = days.entered_on(entry_on)
    _in_time(three.input_on, three.processing_on, context)
    return three


def _originator(command: rc.OpenRun, context: Context) -> Originator:
    own = context.direct_debit.originator(command.unit)
    if own is None or own.sun != command.sun:
        raise refuse(
            Code.NOT_AN_ORIGINATOR,
            f"unit {command.unit} does not collect with service user number {command.sun}:"
            " direct-debit.toml says who collects",
        )
    return own


def _in_time(input_on: date, processing_on: date, context: Context) -> None:
    if input_on < context.today:
        raise refuse(
            Code.TOO_LATE_TO_SEND,
            f"the file had to be sent by {input_on.isoformat()}: choose a later entry day",
        )
    ahead = context.direct_debit.table_on(context.today).days_ahead_max
    if send_from(processing_on, ahead) > context.today:
        raise refuse(
            Code.TOO_EARLY_TO_SEND,
            f"Bacs takes a file {ahead} days before its processing day"
            f" {processing_on.isoformat()}, not earlier",
        )


def existing(state: CollectionRunState | None, run: str) -> CollectionRunState:
    """The state of a run that must be there."""
    if state is None:
        raise refuse(Code.RUN_NOT_FOUND, f"there is no run {run}")
    return state


def in_status(
    state: CollectionRunState | None, run: str, *allowed: RunStatus
) -> CollectionRunState:
    """The state of a run that must be there and stand so."""
    one = existing(state, run)
    if one.status not in allowed:
        shown = " or ".join(allowed).replace("_", " ")
        raise refuse(
            Code.RUN_NOT_READY, f"run {run} is {one.status.replace('_', ' ')}, not {shown}"
        )
    return one


def record_run_written(
    state: CollectionRunState | None, command: rc.RecordRunWritten, context: Context
) -> Decision:
    """Record the file that was made of the run."""
    context.authorise(command.action)
    in_status(state, command.run, "opened", "written")
    table = context.direct_debit.table_on(context.today)
    for most, is_, what in (
        (table.run_items_max, command.collections, str(command.collections) + " items"),
        (table.run_total_max, command.amount_minor, format_minor(command.amount_minor)),
    ):
        if most is not None and is_ > most:
            raise refuse(
                Code.OVER_RUN_LIMIT, f"run {command.run} has {what}: more than the policy allows"
            )
    fact = r.RunWritten(written_by=context.actor.id, **dict(command))
    return (Dated(fact, context.today),)


def release_run(
    state: CollectionRunState | None, command: rc.ReleaseRun, context: Context
) -> Decision:
    """Let that very file go: by another person than who opened the run and who wrote the file."""
    context.authorise(command.action)
    one = in_status(state, command.run, "written")
    if one.written is None:  # a status without its fact cannot be
        raise TypeError(command.run)
    context.authorise(command.action, one.written.amount_minor)
    for what, maker in (
        ("opened run", one.opened.prepared_by),
        ("made the file of run", one.written.written_by),
    ):
        if maker == context.actor.id:
            raise refuse(
                Code.OWN_PROPOSAL,
                f"{maker!r} {what} {command.run}: another person must release it",
            )
    _in_time(one.opened.input_on, one.opened.processing_on, context)
    if command.digest != one.written.digest:
        raise refuse(
            Code.FILE_DIFFERS, f"the file of run {command.run} is not the one that was written last"
        )
    fact = r.RunReleased(
        run=command.run, digest=command.digest, amount_minor=one.written.amount_minor
    )
    return (Dated(fact, context.today),)


def abandon_run(
    state: CollectionRunState | None, command: rc.AbandonRun, context: Context
) -> Decision:
    """Give a run up that was not released."""
    context.authorise(command.action)
    if existing(state, command.run).status in ("released", "signed_off"):
        raise refuse(
            Code.RUN_NOT_READY,
            f"the file of run {command.run} was released: have Bacs withdraw it, and take its"
            " Withdrawal report",
        )
    in_status(state, command.run, "opened", "written")
    text(command.reason, "the reason")
    return (Dated(r.RunAbandoned(**dict(command)), context.today),)


def sign_off_run(
    state: CollectionRunState | None, command: rc.SignOffRun, context: Context
) -> Decision:
    """Sign the run off when its four totals agree."""
    context.authorise(command.action)
    one = in_status(state, command.run, "released")
    if one.reported is None:  # of instructions alone there is no total that would show it
        raise refuse(
            Code.RUN_NOT_PROVED,
            f"the Input report of run {command.run} has not come: Bacs may have refused some of it",
        )
    for what, count, amount_minor in totals(one):
        counts = count is None or count == command.collections
        if not counts or amount_minor != command.amount_minor:
            raise refuse(
                Code.RUN_NOT_PROVED,
                f"{what} has {format_minor(amount_minor)}, the ledger"
                f" {format_minor(command.amount_minor)}: tallystick dd prove {command.run}",
            )
    fact = r.RunSignedOff(**dict(command))
    return (Dated(fact, context.today),)


def totals(one: CollectionRunState) -> tuple[tuple[str, int | None, int], ...]:
    """The totals that must be those of the ledger: what it is, items (where told), minor units."""
    written, reported = one.written, one.reported
    rejected = reported.rejected_minor if reported else 0
    return (
        (
            "the file",
            written.collections if written else 0,
            written.amount_minor if written else 0,
        ),
        (
            "the Input report",
            reported.accepted + reported.rejected if reported else 0,
            reported.accepted_minor + reported.rejected_minor if reported else 0,
        ),
        ("the bank", None, one.credited_minor + one.returned_minor + rejected),
    )


def identify_run_credit(
    state: ReceiptState | None,
    run: CollectionRunState | None,
    command: rc.IdentifyRunCredit,
    context: Context,
) -> tuple[Decision, Decision]:
    """The facts of the receipt in suspense and of the run that it is the credit of."""
    context.authorise(command.action)
    receipt = held(state, command.receipt)
    one = in_status(run, command.to_run, "released")
    if receipt.unit != one.opened.unit or receipt.bank_account != one.opened.bank_account:
        raise refuse(
            Code.FIELD_INVALID,
            f"receipt {command.receipt} came in on another bank account than run {command.to_run}",
        )
    # From here it must succeed.
    on = leaving_on(receipt, context)
    out = s.SuspenseIdentifiedAsRun(
        receipt=receipt.receipt,
        unit=receipt.unit,
        currency=receipt.currency,
        amount_minor=receipt.held_minor,
        to_run=command.to_run,
    )
    into = r.RunCredited(
        run=command.to_run,
        unit=receipt.unit,
        currency=receipt.currency,
        receipt=receipt.receipt,
        amount_minor=receipt.held_minor,
        returned_minor=command.returned_minor,
    )
    return (Dated(out, on),), (Dated(into, on),)
