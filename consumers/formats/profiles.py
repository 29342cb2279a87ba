"""What a bank's CSV looks like, as data: the profiles that `csv_profile` reads and writes by.

A profile is a TOML file. The packaged ones are in `profiles/`; a council adds its own in a folder
of its own, and one of the same name replaces the packaged one. Profiles are settings, not code:
nothing in them is executed.
"""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from consumers.formats.errors import UnreadableFileError
from consumers.formats.methods import Method

Order: TypeAlias = Literal["newest_first", "oldest_first"]
Encoding: TypeAlias = Literal["utf-8", "cp1252", "iso-8859-1", "iso-8859-15"]
DateFormat: TypeAlias = Literal[
    "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d %b %Y", "%d-%b-%Y", "%d %B %Y", "%Y-%m-%d", "%Y%m%d"
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Title = Annotated[str, Field(min_length=1, max_length=60)]

PROFILE_BYTES_MAX = 64 << 10  # a profile is a page; more is a mistake


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Columns(_Data):
    """Which column holds what, by the header's title. `amount`, or `debit` and `credit`."""

    date: Title
    value_date: Title | None = None
    amount: Title | None = None
    debit: Title | None = None
    credit: Title | None = None
    balance: Title | None = None
    type: Title | None = None
    account: tuple[Title, ...] = ()
    narrative: tuple[Title, ...] = ()
    references: tuple[Title, ...] = ()
    bank_reference: Title | None = None
    payer: Title | None = None

    def used(self) -> tuple[str, ...]:
        """Every title that is named, once."""
        single = (
            self.date,
            self.value_date,
            self.amount,
            self.debit,
            self.credit,
            self.balance,
            self.type,
            self.bank_reference,
            self.payer,
        )
        named = [title for title in single if title is not None]
        return tuple(dict.fromkeys((*named, *self.account, *self.narrative, *self.references)))

    @model_validator(mode="after")
    def _one_amount_rule(self) -> Self:
        signed, split = self.amount is not None, (self.debit is not None, self.credit is not None)
        if split not in ((False, False), (True, True)) or signed == split[0]:
            raise ValueError("name either `amount`, or both `debit` and `credit`")
        return self


class Profile(_Data):
    """One bank's CSV layout.

    `order` lists the directions in which the rows may run, the usual one first: the running balance
    must hold in one of them. `inverted` is for card exports, where + is money spent. `payer_before`
    is a mark in the narrative that ends the payer's name. `apostrophes`, `trailing_comma` and
    `header_padding` are habits of the bank that reading tolerates and writing reproduces.
    """

    name: Name
    title: Annotated[str, Field(min_length=1, max_length=80)]
    header: Annotated[tuple[Title, ...], Field(min_length=3, max_length=60)]
    columns: Columns
    date_formats: Annotated[tuple[DateFormat, ...], Field(min_length=1)]
    has_header: bool = True
    aliases: dict[str, tuple[Title, ...]] = {}
    encodings: tuple[Encoding, ...] = ("utf-8", "cp1252")
    delimiter: Literal[",", ";", "\t", "|"] = ","
    preamble_rows_max: Annotated[int, Field(ge=0, le=50)] = 0
    skip_rows_starting: tuple[Title, ...] = ()
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "GBP"
    account: str | None = None
    order: Annotated[tuple[Order, ...], Field(min_length=1)] = ("oldest_first",)
    inverted: bool = False
    payer_before: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    methods: dict[str, Method] = {}
    apostrophes: tuple[Title, ...] = ()
    trailing_comma: bool = False
    header_padding: bool = False

    @model_validator(mode="after")
    def _titles_are_in_the_header(self) -> Self:
        named = (*self.columns.used(), *self.aliases, *self.apostrophes)
        unknown = [title for title in named if title not in self.header]
        if unknown:
            raise ValueError(f"not in the header: {', '.join(unknown)}")
        if len(set(self.header)) != len(self.header):
            raise ValueError("the header names a column twice")
        if self.preamble_rows_max and not self.has_header:
            raise ValueError("rows before the data can be told only by a header")
        if bool(self.columns.account) == (self.account is not None):
            raise ValueError("give the account, or the columns that hold it")
        return self


def packaged_profiles() -> tuple[Profile, ...]:
    """The profiles that are shipped with the program, by name."""
    folder = resources.files("consumers.formats").joinpath("profiles")
    files = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return tuple(_parsed(folder.joinpath(name).read_bytes(), name) for name in files)


def load_profiles(folder: Path | None = None) -> tuple[Profile, ...]:
    """The packaged profiles and those of a folder, by name; the folder's own win.

    Raises UnreadableFileError for a profile that is not valid: file, field, value, reason.
    """
    found = {profile.name: profile for profile in packaged_profiles()}
    for path in sorted(folder.glob("*.toml")) if folder is not None else ():
        if path.stat().st_size > PROFILE_BYTES_MAX:
            raise UnreadableFileError(path.name, 0, "profile", "", "too large to be a profile")
        profile = _parsed(path.read_bytes(), path.name)
        found[profile.name] = profile
    return tuple(found[name] for name in sorted(found))


def explain(profile: Profile) -> str:
    """A profile in a few lines of plain words, for an officer who must pick one."""
    columns = profile.columns
    amount = columns.amount or f"{columns.credit} less {columns.debit}"
    account = profile.account or " and ".join(columns.account)
    balance = f"{columns.balance}, checked row by row" if columns.balance else "none"
    order = " or ".join(order.replace("_", " ") for order in profile.order)
    return "\n".join(
        (
            f"{profile.name}: {profile.title}",
            f"  columns   {', '.join(profile.header)}",
            f"  date      {columns.date}, as {' or '.join(profile.date_formats)}",
            f"  amount    {amount}{', sign turned round' if profile.inverted else ''}",
            f"  account   {account}",
            f"  balance   {balance}",
            f"  rows run  {order}",
        )
    )


def _parsed(content: bytes, file: str) -> Profile:
    try:
        return Profile.model_validate(tomllib.loads(content.decode("utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "profile"
        raise UnreadableFileError(file, 0, where, str(first["input"]), first["msg"]) from None
    except ValueError as error:  # bad UTF-8 and bad TOML alike
        raise UnreadableFileError(file, 0, "profile", "", str(error)) from None
