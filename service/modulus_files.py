"""The tables of the modulus check that a council downloads: a folder for each issue.

`modulus/2026-06-15/` in the policy folder has the two files as they were published; its name is
the day from which they are valid.
"""

from datetime import date
from pathlib import Path

from ledger.authority import PolicyError
from ledger.modulus_tables import NO_TABLES, ModulusTable, ModulusTables, parse_table

FOLDER = "modulus"
_FILE_BYTES_MAX = 4 << 20  # an issue has a tenth of a megabyte


def read_modulus(policy_dir: Path | None) -> ModulusTables:
    """Every issue in a policy folder; none without it. Raises PolicyError, naming the file."""
    folder = None if policy_dir is None else policy_dir / FOLDER
    if folder is None or not folder.is_dir():
        return NO_TABLES
    issues = [_issue(one) for one in folder.iterdir() if not one.name.startswith(".")]
    return ModulusTables(tuple(sorted(issues, key=lambda issue: issue.valid_from)))


def _issue(folder: Path) -> ModulusTable:
    where = f"{FOLDER}/{folder.name}"
    try:
        valid_from = date.fromisoformat(folder.name)
    except ValueError as error:
        raise PolicyError(f"{where}: the name is not a date such as 2026-06-15") from error
    if not folder.is_dir() or valid_from.isoformat() != folder.name:
        raise PolicyError(f"{where}: there is no folder of a date such as 2026-06-15")
    return parse_table(valid_from, _text(folder, "valacdos"), _text(folder, "scsubtab"), where)


def _text(folder: Path, begins: str) -> str:
    """The one file whose name begins so, whatever the number of the issue behind it."""
    where = f"{FOLDER}/{folder.name}"
    files = [path for path in folder.iterdir() if path.name.lower().startswith(begins)]
    if len(files) != 1:
        raise PolicyError(f"{where}: {len(files)} files are named {begins}*, there must be one")
    try:
        if files[0].stat().st_size > _FILE_BYTES_MAX:
            raise PolicyError(f"{where}/{files[0].name}: it is too large for such a table")
        return files[0].read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{where}/{files[0].name}: {error}") from error
