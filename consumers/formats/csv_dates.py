"""How a CSV writes its dates: a closed set of forms, named as a person would write them."""

from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator

DATE_FORMS = {
    "DD/MM/YYYY": "%d/%m/%Y",
    "DD/MM/YY": "%d/%m/%y",
    "DD-MM-YYYY": "%d-%m-%Y",
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD MMM YYYY": "%d %b %Y",
    "DD-MMM-YYYY": "%d-%b-%Y",
    "DD-MMM-YY": "%d-%b-%y",
    "DD MMMM YYYY": "%d %B %Y",
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY/MM/DD": "%Y/%m/%d",
    "YYYYMMDD": "%Y%m%d",
    "YYMMDD": "%y%m%d",
    "DDMMYYYY": "%d%m%Y",
    "DDMMYY": "%d%m%y",
}
_READABLE = {form: name for name, form in DATE_FORMS.items()}


def _readable_date_form(value: Any) -> Any:  # noqa: ANN401 - whatever the file says, pydantic judges
    """The readable name of a date format that a file writes as `%d/%m/%Y`."""
    return _READABLE.get(value, value) if isinstance(value, str) else value


DateFormat: TypeAlias = Annotated[
    Literal[
        "DD/MM/YYYY",
        "DD/MM/YY",
        "DD-MM-YYYY",
        "DD.MM.YYYY",
        "DD MMM YYYY",
        "DD-MMM-YYYY",
        "DD-MMM-YY",
        "DD MMMM YYYY",
        "YYYY-MM-DD",
        "YYYY/MM/DD",
        "YYYYMMDD",
        "YYMMDD",
        "DDMMYYYY",
        "DDMMYY",
    ],
    BeforeValidator(_readable_date_form),
]


@lru_cache(maxsize=4096)
def parsed_date(text: str, form: str) -> date | None:
    """A date in one form; None when it is not one. strptime is slow, and files repeat dates."""
    if not text.isascii():
        return None
    try:
        return datetime.strptime(text, DATE_FORMS[form]).date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None


def written_date(day: date, form: str) -> str:
    """A date as a file of this form writes it."""
    return day.strftime(DATE_FORMS[form])
