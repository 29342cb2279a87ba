"""What is kept of a person or an organisation: who they are, where, and where to pay them.

Neither an error nor a `repr` of these values shows what is in them.
"""

import re
import unicodedata
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from consumers.keeping import PartyDetails

NAME_LENGTH_MAX = 140  # as long as a bank statement sends one
ADDRESS_LINES_MAX = 7
ADDRESS_LINE_LENGTH_MAX = 70  # ISO 20022 postal address line
POSTCODE_LENGTH_MAX = 16  # ISO 20022; debtors live abroad too
_UK_POSTCODE = re.compile(r"(GIR|[A-Z]{1,2}[0-9][0-9A-Z]?) ?([0-9][A-Z]{2})", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[0-9]{7,15}", re.ASCII)


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") for character in text):
        raise ValueError("control characters are not part of a name or an address")
    shown = " ".join(text.split())
    if not shown:
        raise ValueError("an empty line says nothing")
    return shown


def _postcode(text: str) -> str:
    upper = _one_line(text).upper()
    found = _UK_POSTCODE.fullmatch(upper)
    return f"{found[1]} {found[2]}" if found is not None else upper


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ValueError("not an e-mail address")
    return text


def _phone(text: str) -> str:
    number = re.sub(r"[ ()./-]", "", text)
    if not _PHONE.fullmatch(number):
        raise ValueError("not a telephone number")
    return number


def _without_dashes(value: object) -> object:
    return re.sub(r"[ -]", "", value) if isinstance(value, str) else value


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class BankDetails(_Kept):
    """A bank account in the United Kingdom: sort code of 6 digits, account number of 8."""

    sort_code: Annotated[
        str, BeforeValidator(_without_dashes), Field(pattern=r"^[0-9]{6}$", repr=False)
    ]
    account_number: Annotated[
        str, BeforeValidator(_without_dashes), Field(pattern=r"^[0-9]{8}$", repr=False)
    ]


class PartyRecord(_Kept):
    """Personal data of one debtor or payer.

    `unclear` holds, as they came, fields that a billing system sent in a form they cannot have.
    """

    kind: Literal["person", "organisation", "unknown"]
    name: Annotated[str, AfterValidator(_one_line), Field(max_length=NAME_LENGTH_MAX, repr=False)]
    address: Annotated[
        tuple[
            Annotated[str, AfterValidator(_one_line), Field(max_length=ADDRESS_LINE_LENGTH_MAX)],
            ...,
        ],
        Field(max_length=ADDRESS_LINES_MAX, repr=False),
    ] = ()
    postcode: (
        Annotated[str, AfterValidator(_postcode), Field(max_length=POSTCODE_LENGTH_MAX)] | None
    ) = Field(default=None, repr=False)
    email: Annotated[str, AfterValidator(_email), Field(max_length=254)] | None = Field(
        default=None, repr=False
    )
    phone: Annotated[str, AfterValidator(_phone)] | None = Field(default=None, repr=False)
    bank: BankDetails | None = Field(default=None, repr=False)
    unclear: Annotated[tuple[str, ...], Field(repr=False)] = ()


def record_of(details: PartyDetails) -> PartyRecord:
    """The record of what a billing system sent.

    A letter can be sent without a well-formed e-mail address, so what has not the form of its
    field is kept as unclear and nothing is refused or lost.
    """
    sent = {
        "kind": details.kind,
        "name": details.name,
        "address": details.address,
        "postcode": details.postcode,
        "email": details.email,
    }
    try:
        return PartyRecord.model_validate(sent)
    except ValidationError as error:
        wrong = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
    clear = {name: value for name, value in sent.items() if name not in wrong}
    unclear = tuple(f"{name}: {sent[name]!r}" for name in wrong)
    return PartyRecord.model_validate(
        {"kind": "unknown", "name": "unclear", **clear, "unclear": unclear}
    )
