"""A council to try Tallystick with: its files, its two years, its figures.

council people debtors        who: units, services, debtors and how they pay
bills credits payments        what happens between them, drawn from a seed
messages runs mistakes        billing messages, in runs, with planted mistakes
bank_days statements bank_files bank_mistakes   the weekly bank files, likewise
month*                        a month of every kind of bank line, its truth and its checks
debit_*                       a month of Direct Debits: every reason code of every report of Bacs
files                         all of it as files with the day on which each arrives
sandbox player officers *_desk kafka_carrier    two years through the real intake
tally figures ages checks ending_* charts pictures show   the ending
"""

from service.demo.show import run

__all__ = ["run"]
