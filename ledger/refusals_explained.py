"""What each refusal means and what to do about it, in the written precedence and in groups.

The sentence that comes with a refusal tells the case; this tells the rule.
"""

from ledger.rejections import Code

# group -> code -> meaning
MEANINGS: dict[str, dict[Code, str]] = {
    "Repeats: the same name with other content": {
        Code.MESSAGE_EXISTS_WITH_DIFFERENT_CONTENT: (
            "A message with this id was taken before with other content. Send the new content"
            " under a new id; a repeat must be the same to the byte."
        ),
        Code.INVOICE_EXISTS_WITH_DIFFERENT_CONTENT: (
            "The unit has an invoice of this number with other content. A bill is corrected by a"
            " credit note and a new bill, never by sending it again changed."
        ),
        Code.CREDIT_NOTE_EXISTS_WITH_DIFFERENT_CONTENT: (
            "The unit has a credit note of this number with other content."
        ),
        Code.RECEIPT_EXISTS_WITH_DIFFERENT_CONTENT: (
            "A receipt of this name was posted before, to an account or to suspense, with other"
            " content."
        ),
        Code.ACCOUNT_EXISTS_WITH_DIFFERENT_CONTENT: (
            "The account was opened before with other terms: amend it."
        ),
        Code.COMMAND_EXISTS_WITH_DIFFERENT_CONTENT: (
            "A command of this name was given before with other content."
        ),
        Code.VIRTUAL_ACCOUNT_ASSIGNED_ELSEWHERE: (
            "The virtual account belongs to another debtor account, and is never given to a second."
        ),
    },
    "The place": {
        Code.UNIT_NOT_KEPT_HERE: (
            "The unit is none of those that the authority policy of this database names: it is"
            " kept in another one, and what concerns it must be sent there."
        ),
    },
    "Quarantine": {
        Code.ACCOUNT_QUARANTINED: (
            "Something that must always hold was broken on this account or receipt, so it was"
            " stopped. A person finds out why and releases it; then offer the input again."
        ),
    },
    "Authority": {
        Code.ACTOR_UNKNOWN: "The actor holds no role in the authority policy.",
        Code.NOT_AUTHORISED: "No role of the actor may do this, whatever the amount.",
        Code.OVER_AUTHORITY_LIMIT: (
            "The amount is over the actor's limit; for refunds and write-offs it counts what was"
            " approved on the account in the financial year. Someone of higher rank must do it."
        ),
        Code.OWN_PROPOSAL: "The actor proposed this himself: another person must approve it.",
    },
    "The stream": {
        Code.ACCOUNT_NOT_OPEN: "The unit has no account of this number: open it first.",
        Code.ACCOUNT_ALREADY_OPEN: "The account is open already: amend it.",
        Code.RECEIPT_NOT_IN_SUSPENSE: "The receipt was never in suspense, or none of it is left.",
        Code.SAME_ACCOUNT: "Credit cannot be transferred to the account that it is on.",
        Code.CURRENCY_DIFFERS: "The amount is in another currency than the account is kept in.",
    },
    "Shape of the request": {
        Code.FIELD_INVALID: "A field is missing, too long, or not of the form it must have.",
        Code.AMOUNT_NOT_POSITIVE: "The amount must be more than zero.",
        Code.AMOUNT_TOO_LARGE: "The amount is larger than any that is taken: a typing error.",
        Code.EFFECTIVE_DATE_OUT_OF_RANGE: (
            "The date lies so far in the past or the future that it is taken for a typing error."
        ),
        Code.EFFECTIVE_DATE_TOO_EARLY: (
            "The date that was asked for is before what it concerns came to be: before the bill"
            " was issued, the money had value, or the refund was approved."
        ),
        Code.NOTHING_TO_CHANGE: "The account is already as the amendment would make it.",
    },
    "Pre-issue checks of a bill (all that fail are named together)": {
        Code.LINES_MISSING: "A bill has at least one line, and no more than it can have.",
        Code.TOTAL_DIFFERS_FROM_LINES: "A stated total is not the sum of the lines.",
        Code.VAT_CODE_UNKNOWN: "The VAT code has no rate on the tax point.",
        Code.VAT_ARITHMETIC_WRONG: (
            "The VAT is not that of the rate in force on the tax point, neither rounded on each"
            " line nor on the sum of its code."
        ),
        Code.DUE_BEFORE_ISSUED: "The bill would be due before its invoice date.",
        Code.CODING_MISSING: "The issuing service, or a line's service or cost code, is missing.",
        Code.DESCRIPTION_MISSING: "A line does not say what it is for.",
        Code.INSTALMENTS_DIFFER_FROM_TOTAL: (
            "The instalments do not add up to the bill, one of them is not positive, or there are"
            " too many."
        ),
        Code.INSTALMENT_DATES_OUT_OF_ORDER: (
            "The instalments are not numbered from 1 with due dates in order from the invoice date."
        ),
        Code.PERIOD_BACKWARDS: "The period of a line ends before it begins.",
    },
    "Credit notes": {
        Code.INVOICE_NOT_OPEN: "Nothing is open on an invoice of this number on the account.",
        Code.INVOICE_PARTLY_SETTLED: (
            "An invoice is cancelled only while all of it is open: take back what settled it, or"
            " credit what is open."
        ),
        Code.REASON_NOT_LISTED: "The reason is not in the closed list.",
        Code.SOURCE_DOCUMENT_MISSING: "The document that directed the credit is not named.",
        Code.CREDIT_EXCEEDS_OPEN: "More would be credited than is open on the invoice.",
    },
    "Cash": {
        Code.RECEIPT_NOT_ON_ACCOUNT: (
            "The account never had the receipt, has no unapplied credit of it, or had it by"
            " transfer from another account, where it must be reversed."
        ),
        Code.RECEIPT_ALREADY_REVERSED: "The money of the receipt went back already.",
        Code.ITEM_NOT_OPEN: "The item is not open on the account, or nothing is.",
        Code.ALLOCATION_EXCEEDS_OPEN: "More would be allocated than is open on the item.",
        Code.ALLOCATION_EXCEEDS_CREDIT: "More would be allocated than the receipt has left.",
        Code.NOT_ALLOCATED_TO_ITEM: "The receipt pays less of the item than is to be taken back.",
    },
    "Suspense, transfers, refunds, write-offs": {
        Code.PLACE_NOT_NAMED: (
            "Money leaves suspense only to a named account outside the debtors ledger."
        ),
        Code.EVIDENCE_MISSING: "A write-off names a document or a case that shows why.",
        Code.PROPOSAL_EXISTS: (
            "A proposal or an instruction of this name waits already, or was approved."
        ),
        Code.PROPOSAL_NOT_FOUND: "No proposal of this name waits for an answer.",
        Code.PROPOSAL_OUT_OF_DATE: (
            "What was proposed is no longer there in full: propose it anew for what is left."
        ),
        Code.REFUND_NOT_APPROVED: "The refund was not approved, or it was paid or failed already.",
        Code.EXCEEDS_SUSPENSE: (
            "More would leave than is held, less what is proposed to go back to its payer."
        ),
        Code.EXCEEDS_UNAPPLIED_CREDIT: (
            "More would leave than the account has of unapplied credit, less refunds that wait."
        ),
        Code.WRITE_OFF_EXCEEDS_OPEN: "More would be written off than is open on the invoice.",
        Code.WRITE_BACK_EXCEEDS_WRITTEN_OFF: "More would be written back than was written off.",
    },
    "Payer aliases": {
        Code.ALIAS_EXISTS: "The payer is known for another account: revoke that alias first.",
        Code.ALIAS_NOT_FOUND: "No alias of this payer is in force.",
    },
    "Small balances": {
        Code.SMALL_BALANCE_NOT_APPROVED: "No approved batch of this name holds such a line.",
        Code.OVER_SMALL_BALANCE_LIMIT: (
            "The amount is over the limit for its reason: propose a write-off with evidence."
        ),
        Code.OVER_SMALL_BALANCE_CAP: (
            "The account's small balances of the financial year would be over the yearly cap."
        ),
    },
    "Direct Debit: the mandate": {
        Code.MANDATE_EXISTS: (
            "The service user has, or had, a mandate of this reference: a reference is never used"
            " again."
        ),
        Code.MANDATE_NOT_FOUND: "The service user has no mandate of this reference.",
        Code.MANDATE_ENDED: (
            "The mandate was cancelled, rejected, has expired or is dormant, or its payer was"
            " erased: set up a new one."
        ),
        Code.MANDATE_REFERENCE_LIKE_ANOTHER: (
            "One bank account may not have two mandates of which one reference is a part of the"
            " other: its bank could take one for the other."
        ),
        Code.MANDATE_NOT_NOTIFIED: (
            "The payer must be sent the confirmation of the set-up before it is lodged."
        ),
        Code.MANDATE_CHANGED: (
            "The bank details of the mandate were changed by somebody else in the same moment: look"
            " at it, and give it again."
        ),
    },
    "Direct Debit: collections and runs": {
        Code.NOT_AN_ORIGINATOR: (
            "The file direct-debit.toml names the units that collect, each with its service user"
            " number."
        ),
        Code.NOT_A_PROCESSING_DAY: (
            "Bacs works from Monday to Friday, and not on English bank holidays."
        ),
        Code.NOTICE_TOO_SHORT: (
            "The payer must be told so many working days before the debit; a larger amount needs a"
            " new notice, or the payer's agreement."
        ),
        Code.NOT_ANNOUNCED: "Nothing was announced on the mandate for this day.",
        Code.COLLECTION_HELD_BACK: (
            "Something stands against the collection; the sentence names it: see `dd plan`."
        ),
        Code.COLLECTION_NOT_FOUND: "The mandate has no such collection.",
        Code.NOT_TO_BE_REPRESENTED: (
            "Only what came back as refer to payer is presented again: once each time, for the same"
            " amount, to the bank that did not pay, within a month of the first presentation, while"
            " the mandate lives."
        ),
        Code.AMOUNT_DIFFERS: "The amount is not that of the collection or receipt that it names.",
        Code.RUN_EXISTS: "There is a run of this name already.",
        Code.RUN_NOT_FOUND: "There is no run of this name.",
        Code.RUN_NOT_READY: "The run is not at the step after which this may be done.",
        Code.TOO_EARLY_TO_SEND: "Bacs takes a file at most a month before its processing day.",
        Code.TOO_LATE_TO_SEND: "The day on which the file had to be sent is over.",
        Code.OVER_RUN_LIMIT: "The run has more items, or more money, than the policy allows.",
        Code.FILE_DIFFERS: "The file is not the one that was made last from the ledger.",
        Code.RUN_NOT_PROVED: (
            "Ledger, file, Input report and bank must have the same total; `dd prove` explains each"
            " difference."
        ),
    },
    "Direct Debit: indemnity claims": {
        Code.CLAIM_NOT_FOUND: "The account has no live claim of this name.",
        Code.CLAIM_OVER: (
            "The claim was settled, and the money has gone: what the bank gives back later is a new"
            " receipt."
        ),
        Code.CLAIM_LIVE: (
            "The payer's bank is claiming this money back: paying it out too would pay it twice."
        ),
        Code.CREDIT_TAKEN_BACK: (
            "The bank took the collection back, and it is owed to us: nothing is paid out of it."
        ),
        Code.TOO_LATE_TO_CHALLENGE: "The days in which a claim can be challenged are over.",
        Code.COLLECTION_MAY_BE_CLAIMED: (
            "The money was collected by Direct Debit, whose payer can claim it back from the bank"
            " at any time: the refund must say that this is understood."
        ),
    },
    "Standing orders": {
        Code.STANDING_ORDER_EXISTS: (
            "A standing order of this name is recorded with other terms: change it, or name the new"
            " one otherwise."
        ),
        Code.STANDING_ORDER_NOT_FOUND: "The unit has no standing order of this name.",
        Code.STANDING_ORDER_ENDED: (
            "The standing order has stopped or finished, or all its payments were due before:"
            " record a new one."
        ),
        Code.STANDING_ORDER_NOT_OVER: (
            "The schedule has no last day, or it is still to come: say that the order stopped."
        ),
    },
    "Holds": {
        Code.HOLD_EXISTS: "A hold of this name is in place already.",
        Code.HOLD_NOT_FOUND: "There is no hold of this name.",
        Code.DISPUTE_INCOMPLETE: "A dispute names its invoice, its amount and a department.",
        Code.DISPUTE_EXCEEDS_OPEN: (
            "More would be disputed than is open on the invoice and not disputed already."
        ),
    },
    "Release from quarantine": {
        Code.NOT_QUARANTINED: "The account or receipt is not stopped: there is nothing to release.",
    },
}
