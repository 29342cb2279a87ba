"""Every request that can be made of a Direct Debit mandate, as one page."""

from datetime import date
from typing import ClassVar

from ledger.commands import MandateCommand
from ledger.values import (
    AnnouncedCollection,
    CancelledBy,
    DetailsCheck,
    InstructionCode,
    MandateEnd,
    MandateScheme,
    StoppedHow,
)


class DraftMandate(MandateCommand):
    """Set up a mandate on an account; its reference is new for the payer's bank account."""

    action: ClassVar[str] = "draft_mandate"
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


class NotifyMandate(MandateCommand):
    """Record that the payer was sent the confirmation of the set-up."""

    action: ClassVar[str] = "notify_mandate"
    notice: str
    given_on: date


class LodgeMandate(MandateCommand):
    """Put an instruction to the payer's bank into a run.

    `details` is of a 0C to a bank that the payer has left: the last bank details there.
    """

    action: ClassVar[str] = "lodge_mandate"
    run: str
    item: int
    code: InstructionCode
    processing_on: date
    details: int | None = None


class StopLodgement(MandateCommand):
    """Record that an instruction in a run never reached the payer's bank."""

    action: ClassVar[str] = "stop_lodgement"
    run: str
    item: int
    how: StoppedHow
    reason: str
    advice: str | None = None


class RejectMandate(MandateCommand):
    """The payer's bank returned the instruction (AUDDIS).

    `of_account` is, here and below, the keyed digest of the account that the bank names: a bank
    that the payer has left speaks of its own instruction only.
    """

    action: ClassVar[str] = "reject_mandate"
    code: str
    reason: str
    reported_on: date
    advice: str
    of_account: str | None = None


class SuspendMandate(MandateCommand):
    """Collect nothing until it is resumed."""

    action: ClassVar[str] = "suspend_mandate"
    reason: str
    advice: str | None = None


class ResumeMandate(MandateCommand):
    """Collect again; with an advice also what its bank had cancelled and has reinstated."""

    action: ClassVar[str] = "resume_mandate"
    reason: str
    advice: str | None = None


class CancelMandate(MandateCommand):
    """Collect nothing any more."""

    action: ClassVar[str] = "cancel_mandate"
    by: CancelledBy
    code: str | None = None
    reason: str
    reported_on: date
    advice: str | None = None
    of_account: str | None = None


class AmendMandate(MandateCommand):
    """Take another bank account of the payer; with an advice its bank has moved it already.

    `details` is the number that the sealed details are bound to: the next one of the mandate.
    """

    action: ClassVar[str] = "amend_mandate"
    sealed: str
    payer_account_digest: str
    details_check: DetailsCheck
    code: str | None = None
    reason: str
    advice: str | None = None
    of_account: str | None = None
    details: int | None = None


class OrderFinalCollection(MandateCommand):
    """Send the next collection as the last one, or after all not."""

    action: ClassVar[str] = "order_final_collection"
    is_final: bool = True
    reason: str


class EndMandate(MandateCommand):
    """Record that the mandate came to its end by itself."""

    action: ClassVar[str] = "end_mandate"
    end: MandateEnd


class AnnounceCollections(MandateCommand):
    """Record the advance notice: what will be taken, and on which days."""

    action: ClassVar[str] = "announce_collections"
    notice: str
    given_on: date
    collections: tuple[AnnouncedCollection, ...]


class WithholdCollection(MandateCommand):
    """Keep what was announced for a day out of the run."""

    action: ClassVar[str] = "withhold_collection"
    entry_on: date
    reason: str


class AmendCollection(MandateCommand):
    """Take another amount than was announced; more than that only when the payer agreed to it."""

    action: ClassVar[str] = "amend_collection"
    entry_on: date
    amount_minor: int
    agreed_on: date | None = None
    reason: str


class InstructCollection(MandateCommand):
    """Put what is due and was announced for a day into a run."""

    action: ClassVar[str] = "instruct_collection"
    unit: str
    account: str
    run: str
    item: int
    input_on: date
    processing_on: date
    entry_on: date
    is_final: bool = False


class RepresentCollection(MandateCommand):
    """Put an unpaid collection into a run once more, of the same amount."""

    action: ClassVar[str] = "represent_collection"
    unit: str
    account: str
    collection: str
    run: str
    item: int
    input_on: date
    processing_on: date
    entry_on: date


class StopCollection(MandateCommand):
    """Record that a collection never reached the payer's bank."""

    action: ClassVar[str] = "stop_collection"
    collection: str
    how: StoppedHow
    reason: str
    advice: str | None = None


class ReturnCollection(MandateCommand):
    """Record that the payer's bank did not pay a collection (ARUDD)."""

    action: ClassVar[str] = "return_collection"
    collection: str
    amount_minor: int
    code: str
    reason: str
    reported_on: date
    advice: str
