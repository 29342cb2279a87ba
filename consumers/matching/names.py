"""The form of a name in which a payer and a debtor are compared.

    MR JOHN A SMITH, SMITH J A, J. A. Smith, Mr J.A. Smith     SMITH/AJ
    SMITH, JOHN A
    Mr J & Mrs A Smith, J AND A SMITH                          SMITH/A&J
    ACME TRADING LIMITED, Acme Trading Ltd.                    ACME TRADING LTD

A person is the surname and the first letters of all other names, sorted; an organisation, known by
a word such as LTD or COUNCIL or by a digit, is all its words. So these are one name: John and Jane
Smith; A J and J A Smith. And these are two, though they may be one person: with and without a
middle name; `SMITH JOHN` beside `JOHN SMITH` (nothing says which is the surname) and `SMITH JA`
beside `J A SMITH` (JA may be a surname); a long name and what a bank cut it to. So a name alone
never moves money: see `policy`.
"""

import re
import unicodedata
from functools import lru_cache

from consumers.keeping import Digester

_TITLE_WORDS = "MR MRS MS MISS MX DR REV REVD PROF SIR MESSRS"
_TITLES = frozenset(_TITLE_WORDS.split())
_FOLDED = {
    "AND": "&",
    "LIMITED": "LTD",
    "CYF": "LTD",
    "CYFYNGEDIG": "LTD",
    "CCC": "PLC",
    "COMPANY": "CO",
    "INCORPORATED": "INC",
}
_ORGANISATION_WORDS = """
    LTD PLC LLP LP CIC CIO CO INC ACADEMY ASSOCIATES ASSOCIATION AUTHORITY BAKERY BANK BOROUGH BROS
    CAFE CARE CENTRE CHARITY CHURCH CLINIC CLUB COLLEGE COMMITTEE COMMUNITY COUNCIL COUNTY
    DEPARTMENT DIOCESE DISTRICT DWP ESTATE ESTATES FOUNDATION FUND GROUP HMRC HOLDINGS HOMES
    HOSPITAL HOTEL HOUSING INSURANCE INVESTMENTS LEAGUE LETTINGS MANAGEMENT MINISTRY MOSQUE NHS
    NURSERY OFFICE PARISH PARTNERS PARTNERSHIP PHARMACY PRACTICE PROPERTIES PROPERTY RESTAURANT
    SCHOOL SERVICES SHOP SOCIETY SOLICITORS SONS STORES SUPPLIES SURGERY TEMPLE THE TRADING TRUST
    TRUSTEES UK UNION UNIVERSITY
"""
_ORGANISATION = frozenset(_ORGANISATION_WORDS.split())
# Letters that are no accented ones, as banks write them.
_WITHOUT_STROKES = str.maketrans({"Ł": "L", "Ø": "O", "Đ": "D", "Æ": "AE", "Œ": "OE", "Þ": "TH"})
_PUBLIC_COMPANY = re.compile(r"\bPUBLIC LIMITED COMPANY\b")
_APOSTROPHES = re.compile(r"['`\u2018\u2019]")
_DIGIT = re.compile(r"[0-9]")
_WORD = re.compile(r"[A-Z0-9]+|[&,]", re.ASCII)


def payer_digest(name: str | None, digest: Digester) -> str | None:
    """The keyed digest of a name in the form in which names are compared; None without one."""
    return digest(name_key(name)) if name and name.strip() else None


def account_digest(account: str | None, digest: Digester) -> str | None:
    """The keyed digest of a bank account in its one spelling (`formats.accounts`)."""
    return digest(account) if account else None


@lru_cache(maxsize=1 << 14)
def name_key(name: str) -> str:
    """The form of a name in which it is compared; of a text without a letter or digit, itself."""
    folded = _plain(name)
    if "PUBLIC" in folded:
        folded = _PUBLIC_COMPANY.sub("PLC", folded)
    said = [_FOLDED.get(word, word) for word in _WORD.findall(folded)]
    words = [word for word in said if word not in _TITLES] or said
    if not _ORGANISATION.isdisjoint(words) or _DIGIT.search(folded):
        return " ".join(word for word in words if word != ",")
    return _person(words) or name.strip().upper()


def _plain(name: str) -> str:
    """In capitals, without accents and apostrophes."""
    if name.isascii():
        return name.upper().replace("'", "").replace("`", "")
    split = unicodedata.normalize("NFKD", name).upper()
    letters = "".join(letter for letter in split if not unicodedata.combining(letter))
    return _APOSTROPHES.sub("", letters.translate(_WITHOUT_STROKES))


def _person(words: list[str]) -> str:
    if "," in words:  # `SMITH, JOHN A`
        comma = words.index(",")
        words = [*words[comma + 1 :], *words[:comma]]
    names = [word for word in words if word not in "&,"]
    if not names:
        return ""
    surname = next((word for word in reversed(names) if len(word) > 1), names[-1])
    initials = sorted(word[0] for word in names)
    initials.remove(surname[0])
    return f"{surname}/{('&' if '&' in words else '').join(initials)}"
