"""The facts of a Direct Debit mandate and of every collection that was made on it.

A mandate is named by its service user number and its core reference, as the payer's bank knows it.
Bank details are in a fact only sealed: encrypted under the payer's own key, so that the file that
was sent can be made again byte for byte, and says nothing any more once the payer is erased.

A collection is named `RUN/ITEM`. It has three dates: `input_on`, the day on which Bacs gets the
file; `processing_on`, the day that every report speaks of; `entry_on`, the next processing day, on
which the payer is debited and we are credited.
"""

from datetime import date
from typing import ClassVar

from ledger.values import (
    AnnouncedCollection,
    CancelledBy,
    CollectionCode,
    DetailsCheck,
    Fact,
    InstructionCode,
    MandateEnd,
    MandateScheme,
    StoppedHow,
)


class MandateFact(Fact):
    """A fact of one mandate."""

    sun: str
    mandate: str


class MandateDrafted(MandateFact):
    """A payer agreed to pay an account by Direct Debit; no bank knows of it yet.

    `sealed` holds sort code, account number and name of the payer's account, encrypted;
    `payer_account_digest` is the account's keyed digest. `details_check` says how far the two
    numbers were checked. `is_migrated` is true for a paper instruction that the bank already holds.
    """

    topic: ClassVar[str] = "mandate-drafted.v1"
    unit: str
    account: str
    party: str
    scheme: MandateScheme
    sealed: str
    payer_account_digest: str
    details_check: DetailsCheck
    agreed_on: date
    collect_from: date
    is_migrated: bool = False


class MandateNotified(MandateFact):
    """The payer was sent the confirmation of the set-up."""

    topic: ClassVar[str] = "mandate-notified.v1"
    notice: str
    given_on: date


class MandateLodged(MandateFact):
    """An instruction to the payer's bank was put into a run: new, converted or cancelled."""

    topic: ClassVar[str] = "mandate-lodged.v1"
    run: str
    item: int
    code: InstructionCode
    details: int
    processing_on: date


class LodgementStopped(MandateFact):
    """The instruction never reached the payer's bank: its run was given up, refused or withdrawn.

    `to_lodge` is the instruction that the next run must carry because of it, if any.
    """

    topic: ClassVar[str] = "lodgement-stopped.v1"
    run: str
    item: int
    code: InstructionCode
    how: StoppedHow
    reason: str
    advice: str | None = None
    to_lodge: InstructionCode | None = None


class MandateActivated(MandateFact):
    """The days in which the bank could refuse the instruction are over: money may be collected."""

    topic: ClassVar[str] = "mandate-activated.v1"
    lodged_on: date


class MandateRejected(MandateFact):
    """The payer's bank returned the instruction (AUDDIS): nothing is collected on it."""

    topic: ClassVar[str] = "mandate-rejected.v1"
    code: str
    reason: str
    reported_on: date
    advice: str


class MandateSuspended(MandateFact):
    """Nothing is collected until it is resumed."""

    topic: ClassVar[str] = "mandate-suspended.v1"
    reason: str
    advice: str | None = None


class MandateResumed(MandateFact):
    """Collecting goes on; after a cancellation this is the bank's reinstatement."""

    topic: ClassVar[str] = "mandate-resumed.v1"
    reason: str
    advice: str | None = None


class MandateCancelled(MandateFact):
    """Nothing is collected any more.

    `tell_bank` is true when we cancelled what the payer's bank still holds: the next run carries
    a 0C. A bank that cancelled by itself is never sent one.
    """

    topic: ClassVar[str] = "mandate-cancelled.v1"
    by: CancelledBy
    code: str | None = None
    reason: str
    reported_on: date
    advice: str | None = None
    tell_bank: bool


class MandateAmended(MandateFact):
    """The payer's account changed; a bank that moved the instruction by itself is told nothing.

    `details` numbers the sealed details from 1; `relodge` is true when a new instruction must be
    lodged before money is collected again.
    """

    topic: ClassVar[str] = "mandate-amended.v1"
    details: int
    sealed: str
    payer_account_digest: str
    details_check: DetailsCheck
    code: str | None = None
    reason: str
    advice: str | None = None
    relodge: bool


class FormerInstructionEnded(MandateFact):
    """A bank that the payer has left says that its instruction is over: it is sent no 0C.

    `details` numbers the last bank details of that instruction; `is_moved` is true when the bank
    has moved it to the very account that the mandate has now, where it needs no new one.
    """

    topic: ClassVar[str] = "former-instruction-ended.v1"
    details: int
    code: str
    reason: str
    reported_on: date
    advice: str
    is_moved: bool = False


class FinalCollectionOrdered(MandateFact):
    """The next collection is the last one (code 19), or after all it is not."""

    topic: ClassVar[str] = "final-collection-ordered.v1"
    is_final: bool
    reason: str


class MandateEnded(MandateFact):
    """The mandate came to its end by itself.

    Its last collection went, or none for 24 months; or its payer was erased, and nothing can be
    written into a file any more.
    """

    topic: ClassVar[str] = "mandate-ended.v1"
    end: MandateEnd
    last_used_on: date


class PayerReferenceTaken(Fact):
    """A payer's bank account has a mandate of this reference: no other may be like it."""

    topic: ClassVar[str] = "payer-reference-taken.v1"
    sun: str
    payer_account_digest: str
    mandate: str


# --- collections ---------------------------------------------------------------------------------


class CollectionsAnnounced(MandateFact):
    """The payer was told what will be taken and when: the advance notice."""

    topic: ClassVar[str] = "collections-announced.v1"
    notice: str
    given_on: date
    collections: tuple[AnnouncedCollection, ...]


class CollectionWithheld(MandateFact):
    """An officer keeps what was announced for a day out of the run."""

    topic: ClassVar[str] = "collection-withheld.v1"
    entry_on: date
    amount_minor: int
    reason: str


class CollectionAmended(MandateFact):
    """What will be taken on a day is less than was announced, or was agreed with the payer."""

    topic: ClassVar[str] = "collection-amended.v1"
    entry_on: date
    was_minor: int
    amount_minor: int
    agreed_on: date | None = None
    reason: str


class CollectionInstructed(MandateFact):
    """A collection was put into a run; `invoices` are the bills that it shall pay, in order.

    `details` is the number of the bank details that were used; `represents` names the unpaid
    collection that is presented again.
    """

    topic: ClassVar[str] = "collection-instructed.v1"
    run: str
    item: int
    unit: str
    account: str
    code: CollectionCode
    details: int
    amount_minor: int
    currency: str
    input_on: date
    processing_on: date
    entry_on: date
    notice: str
    announced_on: date
    invoices: tuple[str, ...]
    represents: str | None = None


class CollectionStopped(MandateFact):
    """The collection never reached the payer's bank: refused at input, withdrawn or abandoned.

    Of one that Bacs returned at input we were credited, and debited again at once.
    """

    topic: ClassVar[str] = "collection-stopped.v1"
    collection: str
    amount_minor: int
    how: StoppedHow
    reason: str
    advice: str | None = None


class CollectionReturned(MandateFact):
    """The payer's bank did not pay (ARUDD): what it had paid is owed again."""

    topic: ClassVar[str] = "collection-returned.v1"
    collection: str
    amount_minor: int
    code: str
    reason: str
    reported_on: date
    advice: str
