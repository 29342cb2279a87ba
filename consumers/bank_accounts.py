"""Which bank accounts are ours, and whose: a data file that the council keeps.

A statement of an account that is not in it is refused whole: money of an unknown account is never
posted to anybody.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from consumers.formats.accounts import account_key

BankAccounts = Mapping[str, str]  # SSSSSS-NNNNNNNN or IBAN -> unit


class BankAccountsError(ValueError):
    """The file of bank accounts is not usable; the message names the place and the value."""


def parse_bank_accounts(text: str, name: str = "bank-accounts.toml") -> BankAccounts:
    """The accounts of a TOML text: a table `[accounts]` of account = unit."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BankAccountsError(f"{name}: {error}") from error
    accounts = document.pop("accounts", {})
    if document or not isinstance(accounts, dict):
        stray = ", ".join(document) or "accounts"
        raise BankAccountsError(f"{name}: {stray}: there is one table, [accounts], and no more")
    found: dict[str, str] = {}
    for account, unit in accounts.items():
        if not isinstance(unit, str) or not unit.strip():
            raise BankAccountsError(f"{name}: {account}: {unit!r} is not a unit")
        if account_key(account) in found:
            raise BankAccountsError(f"{name}: {account}: the account stands there twice")
        found[account_key(account)] = unit
    return found


def read_bank_accounts(path: Path) -> BankAccounts:
    """The accounts of a file; none when there is no file."""
    if not path.exists():
        return {}
    try:
        return parse_bank_accounts(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise BankAccountsError(f"{path.name}: not text in UTF-8") from error
