"""Standing orders: what payers' banks are expected to send, and what came."""
