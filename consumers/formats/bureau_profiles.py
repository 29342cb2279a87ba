"""What a bureau takes instead of Standard 18, as data: the profiles that `bureau_csv` writes by.

A profile is a TOML file. The packaged ones are in the folder of this name; a council adds its own
in a folder of its own, and one of the same name replaces the packaged one.
"""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from consumers.formats.csv_dates import DateFormat
from consumers.formats.errors import UnreadableFileError
from consumers.formats.standard18_values import CODES

Holds: TypeAlias = Literal[
    "payer_sort_code",
    "payer_account",
    "payer_name",
    "amount",
    "code",
    "own_sort_code",
    "own_account",
    "user_name",
    "reference",
    "processing_on",
    "action",
]
# Without one of these a bureau could not tell whom to debit, with what, and as what.
NEEDED = ("payer_sort_code", "payer_account", "payer_name", "amount", "code", "reference")
PROFILE_BYTES_MAX = 64 << 10  # a profile is a page; more is a mistake
FOLDER = "bureau_profiles"


class BureauColumn(BaseModel):
    """One column: its title, and what of an instruction stands in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=60)]
    holds: Holds


class BureauProfile(BaseModel):
    """One layout. `codes` are those it takes; `actions` say in the bureau's words what each is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
    title: Annotated[str, Field(min_length=1, max_length=80)]
    columns: Annotated[tuple[BureauColumn, ...], Field(min_length=1, max_length=60)]
    header: bool
    quoted: bool = False
    delimiter: Literal[",", ";", "\t", "|"] = ","
    date_format: DateFormat = "DD/MM/YYYY"
    codes: tuple[str, ...] = tuple(sorted(CODES))
    actions: dict[str, str] = {}

    @model_validator(mode="after")
    def _can_be_written(self) -> Self:
        held = [column.holds for column in self.columns]
        missing = [name for name in NEEDED if name not in held]
        if missing:
            raise ValueError(f"no column holds {', '.join(missing)}")
        unknown = [code for code in (*self.codes, *self.actions) if code not in CODES]
        if unknown:
            raise ValueError(f"no codes of Bacs: {', '.join(unknown)}")
        silent = [code for code in self.codes if code not in self.actions]
        if "action" in held and silent:
            raise ValueError(f"no action is said for {', '.join(silent)}")
        return self


def load_bureau_profiles(folder: Path | None = None) -> tuple[BureauProfile, ...]:
    """The packaged profiles and those of a folder, by name; the folder's own win.

    Raises UnreadableFileError for a profile that is not valid: file, key, value, reason.
    """
    packaged = resources.files("consumers.formats").joinpath(FOLDER)
    found = [
        _parsed(item.read_bytes(), item.name)
        for item in packaged.iterdir()
        if item.name.endswith(".toml")
    ]
    for path in sorted(folder.glob("*.toml")) if folder is not None else ():
        if path.stat().st_size > PROFILE_BYTES_MAX:
            raise UnreadableFileError(path.name, 0, "profile", "", "too large to be a profile")
        found.append(_parsed(path.read_bytes(), path.name))
    by_name = {profile.name: profile for profile in found}
    return tuple(by_name[name] for name in sorted(by_name))


def _parsed(content: bytes, file: str) -> BureauProfile:
    try:
        return BureauProfile.model_validate(tomllib.loads(content.decode("utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "profile"
        raise UnreadableFileError(file, 0, where, str(first["input"])[:80], first["msg"]) from None
    except ValueError as error:  # bad UTF-8 and bad TOML alike
        raise UnreadableFileError(file, 0, "profile", "", str(error)) from None
