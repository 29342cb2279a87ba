"""Erase a debtor's personal data: python erase_person.py UNIT ACCOUNT"""
# ruff: noqa: D400, INP001 - a page to run, not a module of the package

import sys

from service.erasing import erase_debtor
from service.settings import load_settings
from service.wiring import open_app

unit, account = sys.argv[1:]
with open_app(load_settings()) as app:
    done = erase_debtor(app, unit, account, app.settings.actor or "system:intake")
sys.stdout.write(f"the debtor of {unit}/{account} is {done}\n")
