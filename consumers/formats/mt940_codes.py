"""How money moved, by the type id of field 61: a letter, and three that say what.

    N + code    the SWIFT list (TRF, DDT, CHK ...), or a code of the bank's own
    F + code    first advice: the same codes
    S + number  the SWIFT message that carried it, such as S103
    N + digits  a code of the bank's own; where the narrative has the German layout, the code of
                business transactions (`Geschäftsvorfallcode`) with which that begins

Source: SWIFT user handbook, MT940, field 61 subfield 6; DK "Anlage 3", table of business
transaction codes. UK banks put the codes of their paper statements there (NBGC, NDDR).
"""

from functools import lru_cache
from typing import Final

from consumers.formats.methods import Method, iso_method

_SWIFT: Final[dict[str, Method]] = {
    **dict.fromkeys(("TRF", "CMS", "CMT", "CMZ", "SWP", "SAL"), "bank_transfer"),
    "DDT": "direct_debit",
    "STO": "standing_order",
    **dict.fromkeys(("CHK", "CLR", "LBX", "TCK"), "cheque"),
    **dict.fromkeys(("CSH", "ATM"), "cash"),
    **dict.fromkeys(("POS", "CRD"), "card"),
    **dict.fromkeys(("CHG", "COM", "BRF"), "charge"),
    "INT": "interest",
}
_GERMAN: Final[dict[str, Method]] = {
    **dict.fromkeys(("051", "116", "153", "154", "156", "166", "169", "177"), "bank_transfer"),
    **dict.fromkeys(("004", "005", "010", "104", "105", "171", "174"), "direct_debit"),
    **dict.fromkeys(("008", "052", "117", "152", "157"), "standing_order"),
    **dict.fromkeys(("108", "109", "183", "184"), "direct_debit_returned"),
    **dict.fromkeys(("001", "070", "101"), "cheque"),
    **dict.fromkeys(("082", "083"), "cash"),
    **dict.fromkeys(("106", "107", "110"), "card"),
    **dict.fromkeys(("805", "808"), "charge"),
    "814": "interest",
}


@lru_cache(maxsize=1024)
def swift_method(type_id: str, german: str | None, *, into: bool) -> Method:
    """The method of an entry, `into` the account or out of it; `other` when its codes say nothing.

    RTI is any returned item: out of the account it is a debit that bounced; into it, a payment of
    ours that came back.
    """
    code = type_id[1:].strip()
    if code == "RTI":
        return "other" if into else "direct_debit_returned"
    if type_id[:1] == "S" and code.isdigit():
        return "bank_transfer"
    return _SWIFT.get(code) or _GERMAN.get(german or "") or iso_method(None, None, code)
