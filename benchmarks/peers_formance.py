"""A peer that is a ledger of its own: Formance Ledger v2, over its HTTP API, where one runs.

It is started by whoever runs the benchmark, on a PostgreSQL with the same settings as ours, and
listens on this machine only. Every deed is one transaction of one posting: a bill is money that the
debtor's account gets from nowhere, a payment is the same money going on to the bank.
"""

import http.client
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from benchmarks.ground import Clock, Results
from benchmarks.peers_tables import say_balances
from benchmarks.peers_work import SINGLE, Bare, Deed, Timing, deeds, measure

FORMANCE = "Formance Ledger v2"
BULK = 100  # its own limit for one request, unless it is started with another
BULK_DEEDS = 2_000
ASSET = "GBP/2"


def bench(url: str, results: Results, bare: Bare) -> Iterator[Timing]:
    """Time single deeds and bulks of a hundred, then the balances at a past date."""
    ledger, bulk = _Ledger(url), deeds(BULK_DEEDS, SINGLE // 2)
    yield measure(FORMANCE, deeds(SINGLE, 0), 1, lambda part: ledger.take(part[0]), bare)
    yield measure(FORMANCE, bulk, BULK, ledger.take_all)
    clock = Clock()
    owed = ledger.balances(bulk[-2].on)  # the last bills were not paid yet on that day
    say_balances(FORMANCE, clock.seconds, (len(owed), sum(owed) / 100), results)


class _Ledger:
    """A new ledger of its own, over one connection that is kept."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        self._path = f"/v2/bench{uuid4().hex[:8]}"
        self._ask("POST", "", {})

    def take(self, deed: Deed) -> None:
        """One deed, one transaction."""
        self._ask("POST", "/transactions", _transaction(deed))

    def take_all(self, part: Sequence[Deed]) -> None:
        """Many deeds in one request that holds or fails as a whole."""
        bulk = [{"action": "CREATE_TRANSACTION", "data": _transaction(deed)} for deed in part]
        self._ask("POST", "/_bulk?atomic=true", bulk)

    def balances(self, past: date) -> list[int]:
        """What every debtor owed at the end of a day, page by page."""
        page = f"/volumes?endTime={past.isoformat()}T23:59:59Z&pageSize=100"
        only_debtors = {"$match": {"account": "debtors:"}}
        owed = []
        while page:
            cursor = self._ask("GET", page, only_debtors)["cursor"]
            owed += [one["balance"] for one in cursor["data"] if one["balance"]]
            page = f"/volumes?cursor={cursor['next']}" if cursor["hasMore"] else ""
        return owed

    def _ask(self, verb: str, path: str, body: object) -> Any:  # noqa: ANN401 - whatever it says
        self._connection.request(
            verb, self._path + path, json.dumps(body), {"Content-Type": "application/json"}
        )
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise RuntimeError(f"{verb} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else None


def _transaction(deed: Deed) -> dict[str, object]:
    debtor = f"debtors:{deed.account}"
    source, target = (debtor, "bank") if deed.pays else ("world", debtor)
    posting = {
        "source": source,
        "destination": target,
        "amount": deed.amount_minor,
        "asset": ASSET,
    }
    return {
        "postings": [posting],
        "timestamp": f"{deed.on.isoformat()}T12:00:00Z",
        "reference": deed.receipt if deed.pays else deed.bill,
    }
