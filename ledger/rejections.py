"""Every named refusal, in the written precedence: an earlier code hides a later one.

A refusal is an answer, not a fault: the command was understood and must not be done. It is a
code, which a program can match, and a sentence, which a person can act on.

    RefusedError    a decider's answer, with one refusal or, for pre-issue checks, all of them
"""

from enum import StrEnum

from ledger.values import Refusal


class Code(StrEnum):
    """In precedence: repeats, place, quarantine, authority, stream, shape, state, amount."""

    # Repeats: the same key with other content. (The same content is no refusal: it is answered.)
    MESSAGE_EXISTS_WITH_DIFFERENT_CONTENT = "message_exists_with_different_content"
    INVOICE_EXISTS_WITH_DIFFERENT_CONTENT = "invoice_exists_with_different_content"
    CREDIT_NOTE_EXISTS_WITH_DIFFERENT_CONTENT = "credit_note_exists_with_different_content"
    RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT = "receipt_exists_with_different_content"
    ACCOUNT_EXISTS_WITH_DIFFERENT_CONTENT = "account_exists_with_different_content"
    COMMAND_EXISTS_WITH_DIFFERENT_CONTENT = "command_exists_with_different_content"
    VIRTUAL_ACCOUNT_ASSIGNED_ELSEWHERE = "virtual_account_assigned_elsewhere"
    # The place
    UNIT_NOT_KEPT_HERE = "unit_not_kept_here"
    # Quarantine
    ACCOUNT_QUARANTINED = "account_quarantined"
    # Authority
    ACTOR_UNKNOWN = "actor_unknown"
    NOT_AUTHORISED = "not_authorised"
    OVER_AUTHORITY_LIMIT = "over_authority_limit"
    OWN_PROPOSAL = "own_proposal"
    # The stream
    ACCOUNT_NOT_OPEN = "account_not_open"
    ACCOUNT_ALREADY_OPEN = "account_already_open"
    RECEIPT_NOT_IN_SUSPENSE = "receipt_not_in_suspense"
    SAME_ACCOUNT = "same_account"
    CURRENCY_DIFFERS = "currency_differs"
    # Shape of the request
    FIELD_INVALID = "field_invalid"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    AMOUNT_TOO_LARGE = "amount_too_large"
    EFFECTIVE_DATE_OUT_OF_RANGE = "effective_date_out_of_range"
    EFFECTIVE_DATE_TOO_EARLY = "effective_date_too_early"
    NOTHING_TO_CHANGE = "nothing_to_change"
    # Pre-issue checks of a bill (all that fail are named together)
    LINES_MISSING = "lines_missing"
    TOTAL_DIFFERS_FROM_LINES = "total_differs_from_lines"
    VAT_CODE_UNKNOWN = "vat_code_unknown"
    VAT_ARITHMETIC_WRONG = "vat_arithmetic_wrong"
    DUE_BEFORE_ISSUED = "due_before_issued"
    CODING_MISSING = "coding_missing"
    DESCRIPTION_MISSING = "description_missing"
    INSTALMENTS_DIFFER_FROM_TOTAL = "instalments_differ_from_total"
    INSTALMENT_DATES_OUT_OF_ORDER = "instalment_dates_out_of_order"
    PERIOD_BACKWARDS = "period_backwards"
    # Credit notes
    INVOICE_NOT_OPEN = "invoice_not_open"
    INVOICE_PARTLY_SETTLED = "invoice_partly_settled"
    REASON_NOT_LISTED = "reason_not_listed"
    SOURCE_DOCUMENT_MISSING = "source_document_missing"
    CREDIT_EXCEEDS_OPEN = "credit_exceeds_open"
    # Cash
    RECEIPT_NOT_ON_ACCOUNT = "receipt_not_on_account"
    RECEIPT_ALREADY_REVERSED = "receipt_already_reversed"
    ITEM_NOT_OPEN = "item_not_open"
    ALLOCATION_EXCEEDS_OPEN = "allocation_exceeds_open"
    ALLOCATION_EXCEEDS_CREDIT = "allocation_exceeds_credit"
    NOT_ALLOCATED_TO_ITEM = "not_allocated_to_item"
    # Suspense, transfers, refunds, write-offs
    PLACE_NOT_NAMED = "place_not_named"
    EVIDENCE_MISSING = "evidence_missing"
    PROPOSAL_EXISTS = "proposal_exists"
    PROPOSAL_NOT_FOUND = "proposal_not_found"
    PROPOSAL_OUT_OF_DATE = "proposal_out_of_date"
    REFUND_NOT_APPROVED = "refund_not_approved"
    EXCEEDS_SUSPENSE = "exceeds_suspense"
    EXCEEDS_UNAPPLIED_CREDIT = "exceeds_unapplied_credit"
    WRITE_OFF_EXCEEDS_OPEN = "write_off_exceeds_open"
    WRITE_BACK_EXCEEDS_WRITTEN_OFF = "write_back_exceeds_written_off"
    # Payer aliases
    ALIAS_EXISTS = "alias_exists"
    ALIAS_NOT_FOUND = "alias_not_found"
    # Small balances
    SMALL_BALANCE_NOT_APPROVED = "small_balance_not_approved"
    OVER_SMALL_BALANCE_LIMIT = "over_small_balance_limit"
    OVER_SMALL_BALANCE_CAP = "over_small_balance_cap"
    # Direct Debit: the mandate
    MANDATE_EXISTS = "mandate_exists"
    MANDATE_NOT_FOUND = "mandate_not_found"
    MANDATE_ENDED = "mandate_ended"
    MANDATE_REFERENCE_LIKE_ANOTHER = "mandate_reference_like_another"
    MANDATE_NOT_NOTIFIED = "mandate_not_notified"
    MANDATE_CHANGED = "mandate_changed"
    # Direct Debit: collections and runs
    NOT_AN_ORIGINATOR = "not_an_originator"
    NOT_A_PROCESSING_DAY = "not_a_processing_day"
    NOTICE_TOO_SHORT = "notice_too_short"
    NOT_ANNOUNCED = "not_announced"
    COLLECTION_HELD_BACK = "collection_held_back"
    COLLECTION_NOT_FOUND = "collection_not_found"
    NOT_TO_BE_REPRESENTED = "not_to_be_represented"
    AMOUNT_DIFFERS = "amount_differs"
    RUN_EXISTS = "run_exists"
    RUN_NOT_FOUND = "run_not_found"
    RUN_NOT_READY = "run_not_ready"
    TOO_EARLY_TO_SEND = "too_early_to_send"
    TOO_LATE_TO_SEND = "too_late_to_send"
    OVER_RUN_LIMIT = "over_run_limit"
    FILE_DIFFERS = "file_differs"
    RUN_NOT_PROVED = "run_not_proved"
    # Direct Debit: indemnity claims
    CLAIM_NOT_FOUND = "claim_not_found"
    CLAIM_OVER = "claim_over"
    CLAIM_LIVE = "claim_live"
    CREDIT_TAKEN_BACK = "credit_taken_back"
    TOO_LATE_TO_CHALLENGE = "too_late_to_challenge"
    COLLECTION_MAY_BE_CLAIMED = "collection_may_be_claimed"
    # Standing orders
    STANDING_ORDER_EXISTS = "standing_order_exists"
    STANDING_ORDER_NOT_FOUND = "standing_order_not_found"
    STANDING_ORDER_ENDED = "standing_order_ended"
    STANDING_ORDER_NOT_OVER = "standing_order_not_over"
    # Holds
    HOLD_EXISTS = "hold_exists"
    HOLD_NOT_FOUND = "hold_not_found"
    DISPUTE_INCOMPLETE = "dispute_incomplete"
    DISPUTE_EXCEEDS_OPEN = "dispute_exceeds_open"
    # Release from quarantine
    NOT_QUARANTINED = "not_quarantined"


class RefusedError(Exception):
    """The command must not be done; `refusals` say why, the first is the one that decided."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(refusal.sentence for refusal in refusals))
        self.refusals = refusals

    @property
    def code(self) -> str:
        """The code that decided."""
        return self.refusals[0].code


def refusal(code: Code, sentence: str) -> Refusal:
    """A refusal as a value."""
    return Refusal(code=code.value, sentence=sentence)


def refuse(code: Code, sentence: str) -> RefusedError:
    """A refusal to raise."""
    return RefusedError(refusal(code, sentence))
