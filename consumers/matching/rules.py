"""The rules by which money finds its account: their ids, in the order in which they are told.

Ids are recorded with payments and summed in reports, so they are never renamed.
"""

ACCOUNT_REFERENCE = "account-reference"
VIRTUAL_ACCOUNT = "virtual-account"
INVOICE_NUMBER = "invoice-number"
ACCOUNT_REFERENCE_MENDED = "account-reference-mended"
PAYER_ALIAS = "payer-alias"
ACCOUNT_NUMBER = "account-number"
PAYER_KNOWN = "payer-known"
PAYER_NAME = "payer-name"
DEBTOR_INSTRUCTION = "debtor-instruction"
AMOUNT_EXACT = "amount-exact"
AMOUNT_INSTALMENT = "amount-instalment"
AMOUNT_SUM = "amount-sum"
AMOUNT_WITHIN_TOLERANCE = "amount-within-tolerance"
RECENTLY_CLOSED = "recently-closed"

RULES = (
    ACCOUNT_REFERENCE,
    VIRTUAL_ACCOUNT,
    INVOICE_NUMBER,
    ACCOUNT_REFERENCE_MENDED,
    PAYER_ALIAS,
    ACCOUNT_NUMBER,
    PAYER_KNOWN,
    PAYER_NAME,
    DEBTOR_INSTRUCTION,
    AMOUNT_EXACT,
    AMOUNT_INSTALMENT,
    AMOUNT_SUM,
    AMOUNT_WITHIN_TOLERANCE,
    RECENTLY_CLOSED,
)
# The payer says by these whose account it is; when they name different ones, nobody else decides.
SURE = frozenset((ACCOUNT_REFERENCE, VIRTUAL_ACCOUNT, INVOICE_NUMBER, ACCOUNT_REFERENCE_MENDED))
# Of an amount the best of these holds, never two.
AMOUNT_RULES = frozenset(
    (
        DEBTOR_INSTRUCTION,
        AMOUNT_EXACT,
        AMOUNT_INSTALMENT,
        AMOUNT_SUM,
        AMOUNT_WITHIN_TOLERANCE,
        RECENTLY_CLOSED,
    )
)

# Why a line was not given to an account.
NO_CANDIDATE = "no-candidate"
BELOW_THRESHOLD = "below-threshold"
NEAR_EQUAL = "near-equal"
PAYER_DIFFERS = "payer-differs"
REFERENCES_DISAGREE = "references-disagree"
NO_POLICY = "no-policy"
RETURNED_REFUND = "returned-refund"
