"""VAT codes and the rates in force on a tax point.

Rates are dated data. Standard rate history from HMRC's published table: 17.5 % to 3 January 2011
with 15 % from 1 December 2008 to 31 December 2009, then 20 %. Reduced rate 5 % from 1 September
1997. `E` is exempt, `N` outside the scope (a council's non-business supplies), `Z00` zero-rated.
"""

from datetime import date
from functools import lru_cache

_BEGINNING = date(1997, 9, 1)

# code -> (from, rate in basis points), oldest first
RATES: dict[str, tuple[tuple[date, int], ...]] = {
    "S20": (
        (_BEGINNING, 1750),
        (date(2008, 12, 1), 1500),
        (date(2010, 1, 1), 1750),
        (date(2011, 1, 4), 2000),
    ),
    "R05": ((_BEGINNING, 500),),
    "Z00": ((_BEGINNING, 0),),
    "E": ((_BEGINNING, 0),),
    "N": ((_BEGINNING, 0),),
}


@lru_cache(maxsize=1 << 14)  # one look per line of every bill; codes and tax points are few
def rate_basis_points(code: str, tax_point: date) -> int | None:
    """The rate of a code on a tax point in hundredths of a percent; None when there is none."""
    in_force = [rate for start, rate in RATES.get(code, ()) if start <= tax_point]
    return in_force[-1] if in_force else None
