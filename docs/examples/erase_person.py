"""Erase a debtor's personal data: python erase_person.py UNIT ACCOUNT"""
# ruff: noqa: D400, INP001 - a page to run, not a module of the package

import sys

from consumers.billing import party_id
from service.settings import load_settings
from service.wiring import open_app

unit, account = sys.argv[1:]
with open_app(load_settings()) as app:
    app.parties.erase(party_id(unit, account))
sys.stdout.write(f"the debtor of {unit}/{account} is erased; the ledger is unchanged\n")
