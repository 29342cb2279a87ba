"""Debtors' names and addresses, invented: places that do not exist and the postcode area ZZ.

They go into account messages and, as payers' names, into bank files; never into an event.
"""

from dataclasses import dataclass
from random import Random
from typing import Literal

_FIRST = (
    "Amara", "Arthur", "Beatrice", "Callum", "Ceri", "Dilys", "Edith", "Farah", "Gareth", "Harriet",
    "Imran", "Isla", "Jarek", "Jasmine", "Kofi", "Leila", "Magda", "Morag", "Nerys", "Oscar",
    "Priya", "Quentin", "Rhona", "Samir", "Tamsin", "Una", "Vikram", "Winifred", "Yusuf", "Zofia",
)  # fmt: skip
_LAST = (
    "Appleyard", "Birtwhistle", "Cragthorne", "Dunnock", "Elderfield", "Fossdyke", "Gathercole",
    "Hollinbeck", "Inglethorpe", "Jessamine", "Kettlewick", "Larkrise", "Merriweather",
    "Nightingale-Howe", "Oakenshaw", "Penhallow", "Quillfeather", "Rushbrook", "Silverdale",
    "Thistlewood", "Underbank", "Vennwater", "Whortleberry", "Yarrowby",
)  # fmt: skip
_STREETS = (
    "Abacus Row", "Bobbin Lane", "Counterfoil Street", "Dovecote Rise", "Exchequer Walk",
    "Foolscap Close", "Gosling Green", "Hazel Tally Way", "Inkwell Terrace", "Journal Court",
    "Kestrel Mews", "Ledger Hill", "Notch Lane", "Parchment Place", "Quill Avenue", "Stick Yard",
)  # fmt: skip
_TOWNS = ("Netherby", "Upper Netherby", "Stockton-under-Tally", "Foilbridge")
_TRADES = (
    "Bakery", "Bike Repairs", "Bookshop", "Cafe", "Carpentry", "Dance School", "Dental Supplies",
    "Flooring", "Garden Centre", "Joinery", "Metalwork", "Pottery", "Printing", "Scaffolding",
    "Taproom", "Toy Library", "Upholstery", "Window Cleaning",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A debtor as a billing system knows one."""

    kind: Literal["person", "organisation"]
    name: str
    address: tuple[str, ...]
    postcode: str
    email: str | None


def person(rng: Random) -> Person:
    """A tenant, a leaseholder, a client."""
    name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    return Person("person", name, _address(rng), _postcode(rng), _email(rng, name))


def business(rng: Random) -> Person:
    """A shop, a club, a small company."""
    name = f"{rng.choice(_LAST)} {rng.choice(_TRADES)} {rng.choice(('Ltd', 'LLP', 'CIC', '& Co'))}"
    return Person("organisation", name, _address(rng), _postcode(rng), _email(rng, name))


def _address(rng: Random) -> tuple[str, ...]:
    return (f"{rng.randint(1, 98)} {rng.choice(_STREETS)}", rng.choice(_TOWNS))


def _postcode(rng: Random) -> str:
    return f"ZZ{rng.randint(1, 9)} {rng.randint(1, 9)}{rng.choice('ABDEF')}{rng.choice('GHJLN')}"


def _email(rng: Random, name: str) -> str | None:
    """An address in a domain that can never receive mail (RFC 2606), or none."""
    if rng.random() < 0.3:
        return None
    local = "".join(letter if letter.isalpha() else "." for letter in name.lower())
    return f"{local.strip('.')}@example.org"
