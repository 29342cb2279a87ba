"""What it costs to find whose money a bank line is, as the open bills of the ledger grow.

The register and the states are filled with COPY, as the real append would leave them; the lines
are matched by the real matcher over the real store. Processor time of this process alone; what
PostgreSQL does beside it is in the elapsed time.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

import psycopg

from benchmarks.ground import TODAY, Results, ledger, ledger_database
from consumers.formats.statement import BankLine, SourceSpan
from consumers.matching.match import Matcher
from consumers.matching.names import account_digest, payer_digest
from consumers.matching.policy import parse_matching
from consumers.matching.states import read_state
from ledger import registers
from ledger.account_state import AccountState, OpenInstalment, OpenItem
from ledger.digests import keyed_digest
from ledger.ids import account_stream, stream_id
from ledger.limits import MESSAGES_PER_BATCH_MAX
from ledger.references import mint, spaced
from ledger.store import Store
from ledger.streams import dump, shape_of
from service.embedded import EmbeddedServer
from service.wiring import settle_memory

POLICY = Path(__file__).parent.parent / "ledger" / "policy" / "matching.toml"
SIZES = (10_000, 100_000, 1_000_000)
BILLS_OF_ACCOUNT = 5
LINES = 10_000
ROUNDS = 3
UNIT = "HSG"


def bench(running: EmbeddedServer, results: Results, sizes: Sequence[int] = SIZES) -> None:
    """Fill a ledger to each size and match lines against it."""
    at_small = 0.0
    with ledger_database(running, "bench_matching") as database, ledger(database) as door:
        filled = 0
        for size in sizes:
            accounts = size // BILLS_OF_ACCOUNT
            with psycopg.connect(database.owner_url) as connection:
                fill(connection, filled, accounts)
            filled = accounts
            whole, elapsed, applied = _matched(door.store, accounts)
            states = _fastest(lambda: _load_states(door.store, accounts))  # noqa: B023 - run here
            own = (whole - states) * 1_000_000 / LINES
            at_small = at_small or own
            with_states, by_clock = (1_000_000 * one / LINES for one in (whole, elapsed))
            results.add(
                f"matching {LINES:,} lines against {size:,} open bills",
                f"{own:.0f} us a line",
                f"{own / at_small:.2f} of that at {sizes[0]:,}; with states {with_states:.0f} us,"
                f" elapsed {by_clock:.0f} us, {applied * 100 // LINES} % applied",
            )


def _matched(store: Store, accounts: int) -> tuple[float, float, int]:
    """Processor seconds, elapsed seconds, and how many lines found their account."""
    matcher = Matcher(store, parse_matching(POLICY.read_text(encoding="utf-8")), digest)
    lines = list(_lines(accounts))
    settle_memory()  # the lines of a file are not all in memory at once; here they are

    def run() -> int:
        """By the batch, as a file is posted; nothing is kept of it."""
        return sum(
            matched.account is not None
            for start in range(0, LINES, MESSAGES_PER_BATCH_MAX)
            for matched in matcher.match(lines[start : start + MESSAGES_PER_BATCH_MAX], UNIT, TODAY)
        )

    started = time.perf_counter()
    processor = _fastest(run)
    return processor, (time.perf_counter() - started) / ROUNDS, run()


def _fastest(run: Callable[[], object]) -> float:
    """Processor seconds of the fastest of a few runs."""
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        run()
        taken.append(time.process_time() - started)
    return min(taken)


def _load_states(store: Store, accounts: int) -> None:
    """Load what the matcher loads: a state a line, by the batch."""
    chosen = [account_of(number) for number in _chosen(accounts)]
    for start in range(0, LINES, MESSAGES_PER_BATCH_MAX):
        names = dict.fromkeys(
            account_stream(UNIT, account)
            for account in chosen[start : start + MESSAGES_PER_BATCH_MAX]
        )
        for row in store.streams([stream_id(name) for name in names]).values():
            read_state(store, row)


# -- the town -------------------------------------------------------------------------------------


def digest(text: str) -> str:
    """The keyed digest of this run."""
    return keyed_digest(b"benchmark" * 4, text)


def account_of(number: int) -> str:
    """The number of a debtor account."""
    return f"{100_000_000 + number * 7}"


def name_of(number: int) -> str:
    """The debtor's name."""
    letters = "".join(chr(97 + number // 26**place % 26) for place in range(5))
    return f"Amara J {letters.title()}wick"


def bank_of(number: int) -> str:
    """The debtor's bank account."""
    return f"{200_000 + number % 99_999:06}-{number:08}"


def pence_of(number: int, bill: int) -> int:
    """What is owed on a bill."""
    return 5_000 + (number * 7_919 + bill * 104_729) % 60_000


def fill(connection: psycopg.Connection, first: int, last: int) -> None:
    """Debtor accounts with their bills, register and states as an append leaves them."""
    with connection.cursor() as cursor:
        with cursor.copy("COPY ledger.streams FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["uuid", "text", "int8", "int2", "bytea"])
            for number in range(first, last):
                name = account_stream(UNIT, account_of(number))
                state = dump(_state(number))
                copy.write_row((stream_id(name), name, 1, shape_of(name), state))
        with cursor.copy("COPY ledger.register FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["text", "text", "bytea", "text", "int8"])
            for number in range(first, last):
                for kind, key in _keys(number):
                    copy.write_row((kind, key, b"", f"{UNIT}|{account_of(number)}", number))
    connection.commit()
    connection.autocommit = True
    connection.execute("ANALYZE ledger.streams, ledger.register")


def _keys(number: int) -> Iterator[tuple[str, str]]:
    account = account_of(number)
    yield registers.ACCOUNT, f"{UNIT}|{account}"
    yield registers.REFERENCE, mint(UNIT, account)
    yield registers.NAME, f"{payer_digest(name_of(number), digest)}|{UNIT}|{account}"
    yield registers.PAYER, f"{account_digest(bank_of(number), digest)}|{UNIT}|{account}"
    for bill in range(BILLS_OF_ACCOUNT):
        yield registers.INVOICE, f"{UNIT}|INV-{number:08}-{bill}"


def _state(number: int) -> AccountState:
    items = {}
    for bill in range(BILLS_OF_ACCOUNT):
        due = TODAY + timedelta(days=30 * bill - 100)
        part = OpenInstalment(number=1, due_on=due, open_minor=pence_of(number, bill))
        name = f"INV-{number:08}-{bill}"
        items[name] = OpenItem(
            item=name, service="RENT", invoiced_on=due, raised_on=due, instalments=(part,)
        )
    return AccountState(
        unit=UNIT,
        account=account_of(number),
        reference=mint(UNIT, account_of(number)),
        debt_type="rent",
        party=None,
        terms_days=30,
        apply_credit=True,
        currency="GBP",
        opened_on=date(2024, 4, 1),
        items=items,
        party_name_digest=payer_digest(name_of(number), digest),
    )


# -- the lines ------------------------------------------------------------------------------------


def _chosen(accounts: int) -> list[int]:
    rng = Random(12)  # noqa: S311 - the same lines every time
    return [rng.randrange(accounts) for _ in range(LINES)]


def _lines(accounts: int) -> Iterator[BankLine]:
    """Of ten lines five quote a reference, two a bill, two only a payer, one nothing known."""
    for place, number in enumerate(_chosen(accounts)):
        bill = place % BILLS_OF_ACCOUNT
        reference = mint(UNIT, account_of(number))
        text = (
            f"RENT {spaced(reference)}",
            f"RENT {reference} THANK YOU",
            f"REF{reference}",
            f"FLAT 2 {reference}",
            f"HSG {reference}",
            f"INV-{number:08}-{bill}",
            f"PAYMENT OF INV-{number:08}-{bill}",
            "RENT",
            "THANK YOU",
            f"CLAIM {place:012}",
        )[place % 10]
        known = place % 10 < 9
        yield BankLine(
            ordinal=place + 1,
            part=1,
            parts=1,
            amount_minor=pence_of(number, bill),
            currency="GBP",
            booked_on=TODAY,
            value_on=TODAY,
            bank_reference=None,
            references=("NOTPROVIDED",),
            narrative=text,
            payer_name=name_of(number).upper() if known else "A STRANGER",
            payer_account=bank_of(number) if known else None,
            method="bank_transfer",
            reversal=False,
            warnings=(),
            span=SourceSpan(place + 1, 0, 1),
        )


if __name__ == "__main__":
    from benchmarks.ground import server

    with server() as running_server:
        bench(running_server, Results())
