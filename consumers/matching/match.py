"""Whose money a line is: candidates with scores, and whether the best is sure enough; no guess.

In this order:

1. When sure signs (references, virtual accounts, bills by their numbers) name different accounts,
   nothing decides between them: `references-disagree`.
2. The account that is named by a sure sign is chosen, whatever speaks for others; else the account
   with the highest score. A payer's alias is asked for only when his line names no account.
3. Below the policy's `apply` it is not posted: `below-threshold`.
4. When another account comes nearer than the policy's `margin`, it is not posted: `near-equal`.
5. Numbers without check digits and an amount are not enough when the bank names a payer who is not
   the debtor and has never paid here: a slip in an account number meets a neighbour who pays the
   same rent. It is not posted: `payer-differs`.
6. As much as was refunded to the account within the last weeks may be that refund, come back. It is
   not posted: `returned-refund`.

The table is the one in force on the day of matching, as the ledger's states, aliases and limits are
of that day: what was known then decided, and the payment keeps it. Each line is matched against the
ledger as it is before the batch, so that the order of the lines changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from consumers.keeping import Digester
from consumers.matching import rules
from consumers.matching.amounts import explain
from consumers.matching.clues import clues_of
from consumers.matching.hints import Hint, Hints, Place
from consumers.matching.known import Reads
from consumers.matching.open_bills import OpenBills
from consumers.matching.payable import Payable
from consumers.matching.policy import MatchingPolicy, MatchingTable
from consumers.matching.scoring import Scored, scored
from consumers.matching.states import read_state
from ledger.account_state import AccountState
from ledger.ids import account_stream, stream_id
from ledger.values import Candidate, Match

CANDIDATES_KEPT_MAX = 5
LINES_PER_LOOK_UP_MAX = 1_000  # so many lines' candidates are held in memory at a time

Bills = Mapping[Place, OpenBills]


@dataclass(frozen=True, slots=True)
class Matched:
    """The account of a line and why it is that; or why it is none, with those that it may be.

    `rule` is the strongest rule, empty without an account; `reason` says why there is no account
    (`no-candidate`, `below-threshold`, `near-equal`, `payer-differs`, `references-disagree`,
    `no-policy`, `returned-refund`).
    `invoice` and `invoices` are what `ReceivePayment` takes. `matched_reference` is what the payer
    wrote that names the account. `candidates` are the best first, those worth a look.
    """

    account: Place | None = None
    rule: str = ""
    reason: str | None = None
    invoice: str | None = None
    invoices: tuple[str, ...] | None = None
    matched_reference: str | None = None
    match: Match | None = None
    candidates: tuple[Candidate, ...] = ()


NOT_A_RECEIPT = Matched(reason="not-a-receipt")
UNOPENED_BATCH = Matched(reason="unopened-batch")


class Matcher:
    """Matches lines against one ledger by one policy."""

    def __init__(self, reads: Reads, policy: MatchingPolicy, digest: Digester) -> None:
        self._reads = reads
        self._policy = policy
        self._digest = digest

    def match(self, lines: Sequence[Payable], unit: str, on: date) -> list[Matched]:
        """Match the receipts of one unit's bank account; `on` is the day on which this is done."""
        table = self._policy.table_on(on)
        if table is None:
            return [Matched(reason=rules.NO_POLICY) for _ in lines]
        starts = range(0, len(lines), LINES_PER_LOOK_UP_MAX)
        return [
            matched
            for start in starts
            for matched in self._batch(
                lines[start : start + LINES_PER_LOOK_UP_MAX], unit, on, table
            )
        ]

    def _batch(
        self, lines: Sequence[Payable], unit: str, on: date, table: MatchingTable
    ) -> list[Matched]:
        clues = [clues_of(line, on, self._digest) for line in lines]
        hints = Hints(self._reads, clues, unit, on)
        bills = self._bills(hints.places)
        hints.confirm_payers({place: one.state for place, one in bills.items()})
        return [
            _but_returned(
                decide(_scored(line, payer.payer_name, of_line, bills, table, on), table),
                line,
                bills,
                on,
            )
            for line, payer, of_line in zip(lines, clues, hints.of_lines, strict=True)
        ]

    def _bills(self, places: Iterable[Place]) -> dict[Place, OpenBills]:
        ids = {stream_id(account_stream(*place)): place for place in places}
        rows = self._reads.streams(list(ids)) if ids else {}
        states = {ids[one]: read_state(self._reads, row) for one, row in rows.items()}
        return {
            place: OpenBills(state)
            for place, state in states.items()
            if isinstance(state, AccountState)
        }


def _but_returned(matched: Matched, line: Payable, bills: Bills, on: date) -> Matched:
    """What was found, unless it may be a refund of that account that came back: no new payment."""
    if matched.account is None:
        return matched
    sent = bills[matched.account].state.refunds_sent.values()
    if not any(one.may_be(line.amount_minor, on) for one in sent):
        return matched
    return Matched(reason=rules.RETURNED_REFUND, candidates=matched.candidates)


def _scored(
    line: Payable,
    payer_name: str | None,
    hints: Mapping[Place, Sequence[Hint]],
    bills: Bills,
    table: MatchingTable,
    on: date,
) -> list[Scored]:
    found = []
    for place, of_place in hints.items():
        if place in bills and of_place:
            named = [hint.text for hint in of_place if hint.rule == rules.INVOICE_NUMBER]
            explained = explain(bills[place], line.amount_minor, named, table, on)
            debtor = bills[place].state.party_name_digest
            other_name = payer_name is not None and debtor not in (None, payer_name)
            found.append(scored(place, of_place, explained, table, other_name=other_name))
    return found


def decide(found: Iterable[Scored], table: MatchingTable) -> Matched:
    """Whether one of the accounts is sure enough; the order in which they come means nothing."""
    ordered = sorted(found, key=lambda one: (not one.is_named, -one.score, one.place))
    candidates = tuple(
        one.candidate() for one in ordered[:CANDIDATES_KEPT_MAX] if one.score >= table.suggest
    )
    if not candidates:
        return Matched(reason=rules.NO_CANDIDATE)
    chosen, second = ordered[0], ordered[1] if len(ordered) > 1 else None
    reason = _why_not(chosen, second, table)
    if reason is not None:
        return Matched(reason=reason, candidates=candidates)
    match = Match(
        policy_from=table.effective_from,
        score=chosen.score,
        rules=chosen.rules,
        runner_up=_second(second, candidates),
    )
    return Matched(
        account=chosen.place,
        rule=chosen.strongest,
        invoice=chosen.explained.invoice,
        invoices=chosen.explained.invoices,
        matched_reference=chosen.text,
        match=match,
        candidates=candidates,
    )


def _second(second: Scored | None, candidates: Sequence[Candidate]) -> Candidate | None:
    """The second best, though it may not be worth a look by itself."""
    if second is None:
        return None
    return candidates[1] if len(candidates) > 1 else second.candidate()


def _why_not(chosen: Scored, second: Scored | None, table: MatchingTable) -> str | None:
    if second is not None and second.is_named:
        return rules.REFERENCES_DISAGREE
    if chosen.score < table.apply:
        return rules.BELOW_THRESHOLD
    if second is not None and chosen.score - second.score < table.margin:
        return rules.NEAR_EQUAL
    if chosen.payer_differs and not chosen.is_named:
        return rules.PAYER_DIFFERS
    return None
