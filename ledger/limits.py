"""Every bound of the system, with its unit and its reason. Nothing is unbounded by accident."""

MESSAGE_BYTES_MAX = 1 << 20  # one Kafka value; a larger one is refused before it is decoded
MESSAGES_PER_BATCH_MAX = 1_000  # one append; large enough to pay for its fsync, small to retry
FILE_BYTES_MAX = 2 << 30  # one bank or billing file
FILE_ROWS_MAX = 2_000_000  # rows of one file
LINE_BYTES_MAX = 64 << 10  # one text line of a file
TEXT_LENGTH_MAX = 2_000  # a free text in a command
REFERENCE_LENGTH_MAX = 140  # a reference or narrative part, the longest a bank sends
AMOUNT_MINOR_MAX = 10**12 - 1  # pence; under ten thousand million pounds
INVOICE_LINES_MAX = 1_000
INSTALMENTS_MAX = 120
STANDING_ORDER_PAYMENTS_MAX = 1_600  # weekly for thirty years; more is a typing error
SMALL_BALANCES_MAX = 1_000  # lines under one approval; they stay in the batch's state
QUARANTINED_STREAMS_MAX = 100  # more are no fault of single accounts: the process ends instead
BREACHES_PER_BATCH_MAX = 10  # each is a batch decided anew; more, and the process ends instead
EVENTS_PER_APPEND_MAX = 50_000
FREE_ATTEMPTS = 3  # decisions made while others may append; the next one is made alone
EFFECTIVE_YEARS_BACK_MAX = 30  # older effective dates are taken for typing errors
EFFECTIVE_DAYS_AHEAD_MAX = 400  # bills for the coming year are known in advance, little else
