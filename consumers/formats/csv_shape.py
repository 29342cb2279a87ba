"""What a profile may say about a bank's CSV: the keys of its TOML file, checked when it is loaded.

Profiles are settings, not code: nothing in them is executed. Titles are those of the columns, in
the order of `header`; where a file has no header the order alone says which column is which.
"""

from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from consumers.formats.csv_dates import DateFormat
from consumers.formats.methods import Method


def _upper_keys(value: Any) -> Any:  # noqa: ANN401 - whatever the file says
    return (
        {str(key).upper(): one for key, one in value.items()} if isinstance(value, dict) else value
    )


Order: TypeAlias = Literal["newest_first", "oldest_first"]
Encoding: TypeAlias = Literal["utf-8", "cp1252", "iso-8859-1", "iso-8859-15"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Title = Annotated[str, Field(min_length=1, max_length=60)]
Marks = Annotated[tuple[Title, ...], Field(min_length=1)]
Cell = Annotated[int, Field(ge=1, le=60)]
CheckRule: TypeAlias = Literal["mod97", "mod11", "luhn"]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _wrong(key: str, value: object, reason: str) -> PydanticCustomError:
    """An error that names the key and the value; only literals may go into its template."""
    return PydanticCustomError(
        "profile", "{reason}", {"key": key, "value": str(value), "reason": reason}
    )


class Columns(_Data):
    """Which column holds what, by its title. `amount`, or `debit` and `credit`."""

    date: Title
    value_date: Title | None = None
    amount: Title | None = None
    debit: Title | None = None
    credit: Title | None = None
    balance: Title | None = None
    type: Title | None = None
    currency: Title | None = None
    account: tuple[Title, ...] = ()
    narrative: tuple[Title, ...] = ()
    references: tuple[Title, ...] = ()
    bank_reference: Title | None = None
    payer: Title | None = None

    def roles(self) -> tuple[tuple[str, str], ...]:
        """Each title that is named, with what it is read as."""
        named = {role: getattr(self, role) for role in type(self).model_fields}
        return tuple(
            (title, role)
            for role, titles in named.items()
            for title in ((titles,) if isinstance(titles, str) else titles or ())
        )

    def used(self) -> tuple[str, ...]:
        """Every title that is named, once."""
        return tuple(dict.fromkeys(title for title, _ in self.roles()))

    @model_validator(mode="after")
    def _one_amount_rule(self) -> Self:
        signed, split = self.amount is not None, (self.debit is not None, self.credit is not None)
        if split not in ((False, False), (True, True)) or signed == split[0]:
            found = [name for name in ("amount", "debit", "credit") if getattr(self, name)]
            raise _wrong(
                "columns", ", ".join(found), "name either `amount`, or both `debit` and `credit`"
            )
        return self


class Direction(_Data):
    """A column whose marks give the amount its direction, such as CR and DR."""

    column: Title
    credit: Marks
    debit: Marks


class BalanceRows(_Data):
    """Rows that state a balance and are no movement: known by a mark in a column."""

    column: Title
    marks: Marks


class LeftOut(_Data):
    """Rows that are shown and never posted: by the value of a column, each with its reason."""

    column: Title
    values: Annotated[
        dict[str, Annotated[str, Field(min_length=1, max_length=60)]], BeforeValidator(_upper_keys)
    ]


class CheckDigit(_Data):
    """A column whose last digits check the others; a row that fails it is posted with a warning."""

    column: Title
    rule: CheckRule


class HeaderRecord(_Data):
    """The first record: its mark, and the cells (from 1) of account, batch number."""

    mark: Title
    account: Cell | None = None
    sequence: Cell | None = None


class TrailerRecord(_Data):
    """The last record: its mark, and the cells (from 1) of the count and the total of payments."""

    mark: Title
    count: Cell
    total: Cell | None = None


class Records(_Data):
    """A file of typed records: the column with the type, and the types."""

    column: Title
    detail: Marks
    header: HeaderRecord | None = None
    trailer: TrailerRecord | None = None


class Profile(_Data):
    """One bank's CSV layout.

    `order` lists the directions in which the rows may run, the usual one first: the running balance
    must hold in one of them. `inverted` is for card exports, where + is money spent. `payer_before`
    is a mark in the narrative that ends the payer's name. `account` is ours when the file does not
    say it; `account_title` stands before it in the rows above the header, and `accounts` translates
    what the file calls it. A `template` gives none of these: it is there to be extended.
    `file_names` (patterns such as `rents-*.csv`) tell apart profiles that fit equally well.
    `apostrophes`, `trailing_comma` and `header_padding` are habits of the bank that reading
    tolerates and writing reproduces.
    """

    name: Name
    title: Annotated[str, Field(min_length=1, max_length=80)]
    header: Annotated[tuple[Title, ...], Field(min_length=3, max_length=60)]
    columns: Columns
    date_formats: Annotated[tuple[DateFormat, ...], Field(min_length=1)]
    extends: Name | None = None
    has_header: bool = True
    aliases: dict[str, tuple[Title, ...]] = {}
    encodings: Annotated[tuple[Encoding, ...], Field(min_length=1)] = ("utf-8", "cp1252")
    delimiter: Literal[",", ";", "\t", "|"] = ","
    preamble_rows_max: Annotated[int, Field(ge=0, le=50)] = 0
    skip_rows_starting: tuple[Title, ...] = ()
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "GBP"
    amounts: Literal["pounds", "pence"] = "pounds"
    account: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    account_title: Title | None = None
    accounts: Annotated[dict[str, str], BeforeValidator(_upper_keys)] = {}
    template: bool = False
    file_names: tuple[Title, ...] = ()
    order: Annotated[tuple[Order, ...], Field(min_length=1)] = ("oldest_first",)
    inverted: bool = False
    payer_before: Annotated[str, Field(min_length=1, max_length=3)] | None = None
    methods: Annotated[dict[str, Method], BeforeValidator(_upper_keys)] = {}
    direction: Direction | None = None
    balance_rows: BalanceRows | None = None
    left_out: LeftOut | None = None
    check_digit: CheckDigit | None = None
    records: Records | None = None
    apostrophes: tuple[Title, ...] = ()
    trailing_comma: bool = False
    header_padding: bool = False

    def needed(self) -> tuple[str, ...]:
        """The titles without which a row cannot be read, each once."""
        parts = (self.direction, self.balance_rows, self.left_out, self.check_digit, self.records)
        others = [part.column for part in parts if part is not None]
        return tuple(dict.fromkeys((*self.columns.used(), *others)))

    @model_validator(mode="after")
    def _titles_are_in_the_header(self) -> Self:
        for title in (*self.needed(), *self.aliases, *self.apostrophes):
            if title not in self.header:
                raise _wrong("header", title, f"not in the header: {title}")
        twice = [title for at, title in enumerate(self.header) if title in self.header[:at]]
        if twice:
            raise _wrong("header", twice[0], "the header names a column twice")
        return self

    @model_validator(mode="after")
    def _rows_can_be_told(self) -> Self:
        if not self.has_header and self.preamble_rows_max:
            reason = "rows before the data can be told only by a header"
            raise _wrong("preamble_rows_max", self.preamble_rows_max, reason)
        if self.records is not None and self.has_header:
            raise _wrong("has_header", "true", "a file of records has no header of columns")
        if self.direction is not None and self.columns.amount is None:
            raise _wrong("direction", self.direction.column, "it gives `amount` its direction")
        return self

    @model_validator(mode="after")
    def _one_account_rule(self) -> Self:
        head = self.records.header if self.records else None
        ways = {
            "account": self.account is not None,
            "columns.account": bool(self.columns.account),
            "account_title": self.account_title is not None,
            "records.header.account": head is not None and head.account is not None,
            "template": self.template,
        }
        given = [name for name, is_given in ways.items() if is_given]
        if len(given) != 1:
            reason = f"say in one way which account of ours it is: {', '.join(ways)}"
            raise _wrong("account", " and ".join(given) or "nothing", reason)
        if self.account_title is not None and not self.preamble_rows_max:
            reason = "it stands above the header: preamble_rows_max must be 1 or more"
            raise _wrong("account_title", self.account_title, reason)
        return self
