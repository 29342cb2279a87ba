"""The Direct Debits of the demo: who collects, by which rules, and the days of it.

Housing collects by Direct Debit into a bank account of its own. The mandates are set up in February
2026 and lodged before March, so that April has everything that Bacs can send back; Easter lies
between the days of the April run. The sort codes are given to no bank, and so is the service user.
"""

from datetime import date

from ledger.modulus_tables import ModulusTables, parse_table

UNIT, SUN = "HSG", "999999"
SORT_CODE, NUMBER = "990208", "20090009"
ACCOUNT = f"{SORT_CODE}-{NUMBER}"
NAME = "NETHERBY DC"
OPENING_MINOR = 10_000_00

TAKEN_ON = date(2026, 2, 9)  # the debtors and their bills
SIGNED_ON = date(2026, 2, 10)  # the first file of mandates
MENDED_ON = date(2026, 2, 12)  # its wrong lines, put right
LODGED_ON = date(2026, 2, 26)
LODGED_REPORT = date(2026, 2, 27)
REFUSED_ON = date(2026, 3, 4)  # AUDDIS
TOLD_ON = date(2026, 3, 9)  # advance notice
FIRST_INPUT = date(2026, 3, 20)
SECOND_FILE = date(2026, 3, 23)  # more mandates; the Input report of the first run
CHANGED_ON = date(2026, 4, 1)
SECOND_INPUT = date(2026, 4, 2)
AFTER_EASTER = date(2026, 4, 7)  # its Input report; the claims; who was suspended is back
UNPAID_ON = (date(2026, 4, 9), date(2026, 4, 10))  # ARUDD
ADVISED_ON = date(2026, 4, 13)  # ADDACS
ADVISED_AGAIN = date(2026, 4, 14)
MENDED_ADVICE = date(2026, 4, 15)
AGAIN_INPUT = date(2026, 4, 16)
EARLY_INPUT = date(2026, 4, 17)  # of the run that is withdrawn
LAST_INPUT = date(2026, 4, 20)
AGAIN_UNPAID = date(2026, 4, 21)  # before the Input report of what is presented again
WON_ON = date(2026, 4, 23)
SETTLED_OTHERWISE = date(2026, 4, 24)
CLAIMED_ON = date(2026, 4, 27)  # the bank takes what was claimed, 14 working days later
ESTATES_ON = date(2026, 4, 28)
CLOSED_ON = date(2026, 4, 29)
COUNTED_ON = (UNPAID_ON[1], ADVISED_ON, LAST_INPUT, SETTLED_OTHERWISE, CLOSED_ON)

LODGED_ENTRY = date(2026, 3, 2)
DUE = (date(2026, 3, 24), date(2026, 4, 8), date(2026, 4, 22))  # payers are debited
AGAIN_ENTRY = date(2026, 4, 20)  # what is presented again

POLICY = f"""\
# Who collects by Direct Debit, and the rules of the scheme from the day on which that began.

[[direct_debit]]
effective_from = 2026-02-01

[[originator]]
unit = "{UNIT}"
sun = "{SUN}"
account = "{ACCOUNT}"
account_name = "NETHERBY DC RENTS"
user_name = "{NAME}"
"""

TABLE_FROM = date(2026, 1, 5)
# The rule that the demo's payers' banks follow: two checks, as many real sort codes have.
WEIGHTS = """\
993000 993999 MOD11    0    0    0    0    0    0    8    7    6    5    4    3    2    1
993000 993999 DBLAL    2    1    2    1    2    1    2    1    2    1    2    1    2    1
"""
SUBSTITUTES = ""


def modulus_tables() -> ModulusTables:
    """The tables that the demo supplies, as the ledger reads them."""
    return ModulusTables((parse_table(TABLE_FROM, WEIGHTS, SUBSTITUTES, "demo"),))
