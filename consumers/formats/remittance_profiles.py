"""What a remittance list looks like, as data: the profiles that `remittance_csv` reads by.

A profile is a TOML file. The packaged ones are in the folder of this name; a council adds its own
in a folder of its own, and one of the same name replaces the packaged one. Profiles are settings,
not code: nothing in them is executed.
"""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from consumers.formats.csv_dates import DateFormat
from consumers.formats.errors import UnreadableFileError
from consumers.formats.methods import Method

Encoding: TypeAlias = Literal["utf-8", "cp1252", "iso-8859-1", "iso-8859-15"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Title = Annotated[str, Field(min_length=1, max_length=60)]
Titles = tuple[Title, ...]

PROFILE_BYTES_MAX = 64 << 10  # a profile is a page; more is a mistake
FOLDER = "remittance_profiles"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RemittanceColumns(_Data):
    """Which column holds what, by the header's title. The amount is signed: - is taken back."""

    references: Annotated[Titles, Field(min_length=1)]
    amount: Title
    payer: Title | None = None
    payer_account: Title | None = None
    narrative: Titles = ()
    period_from: Title | None = None
    period_to: Title | None = None

    def used(self) -> Titles:
        """Every title that is named, once."""
        single = (self.amount, self.payer, self.payer_account, self.period_from, self.period_to)
        named = [title for title in single if title is not None]
        return tuple(dict.fromkeys((*self.references, *named, *self.narrative)))


class Preamble(_Data):
    """Labels of the rows above the header, each with its value in the next cell."""

    advice: Titles = ()
    sender: Titles = ()
    paid_on: Titles = ()
    account: Titles = ()
    bank_reference: Titles = ()


class RemittanceProfile(_Data):
    """One layout of a remittance list.

    `header` are the columns as they are written; `required` those without which a file is not of
    this profile, all of them when it is empty. A file with a column of `never_with` is not either.
    `total_row` is what the first cell of the last row says; its amount is the total.
    """

    name: Name
    title: Annotated[str, Field(min_length=1, max_length=80)]
    header: Annotated[Titles, Field(min_length=2, max_length=60)]
    columns: RemittanceColumns
    date_formats: Annotated[tuple[DateFormat, ...], Field(min_length=1)] = ("DD/MM/YYYY",)
    required: Titles = ()
    never_with: Titles = ()
    aliases: dict[str, Titles] = {}
    encodings: tuple[Encoding, ...] = ("utf-8", "cp1252")
    delimiter: Literal[",", ";", "\t", "|"] = ","
    preamble: Preamble = Preamble()
    preamble_rows_max: Annotated[int, Field(ge=0, le=50)] = 0
    total_row: Title | None = None
    sender: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "GBP"
    method: Method = "bank_transfer"

    @model_validator(mode="after")
    def _titles_are_in_the_header(self) -> Self:
        named = (*self.columns.used(), *self.required, *self.aliases)
        unknown = [title for title in named if title not in self.header]
        if unknown:
            raise ValueError(f"not in the header: {', '.join(unknown)}")
        if len(set(self.header)) != len(self.header):
            raise ValueError("the header names a column twice")
        needed = self.needed()
        if self.columns.amount not in needed or not set(self.columns.references) & set(needed):
            raise ValueError("the amount and a reference must be required")
        return self

    def needed(self) -> Titles:
        """The columns that a file must have."""
        return self.required or self.columns.used()


def load_remittance_profiles(folder: Path | None = None) -> tuple[RemittanceProfile, ...]:
    """The packaged profiles and those of a folder, by name; the folder's own win.

    Raises UnreadableFileError for a profile that is not valid: file, key, value, reason.
    """
    packaged = resources.files("consumers.formats").joinpath(FOLDER)
    files = [item for item in packaged.iterdir() if item.name.endswith(".toml")]
    found = [_parsed(item.read_bytes(), item.name) for item in files]
    for path in sorted(folder.glob("*.toml")) if folder is not None else ():
        if path.stat().st_size > PROFILE_BYTES_MAX:
            raise UnreadableFileError(path.name, 0, "profile", "", "too large to be a profile")
        found.append(_parsed(path.read_bytes(), path.name))
    by_name = {profile.name: profile for profile in found}
    return tuple(by_name[name] for name in sorted(by_name))


def _parsed(content: bytes, file: str) -> RemittanceProfile:
    try:
        return RemittanceProfile.model_validate(tomllib.loads(content.decode("utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "profile"
        raise UnreadableFileError(file, 0, where, str(first["input"])[:80], first["msg"]) from None
    except ValueError as error:  # bad UTF-8 and bad TOML alike
        raise UnreadableFileError(file, 0, "profile", "", str(error)) from None
