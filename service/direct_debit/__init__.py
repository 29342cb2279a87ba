"""Direct Debit: from a mandate to the bank and back, as its officers work."""
