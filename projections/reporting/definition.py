"""One definition of a figure: what its id means, for good."""

from dataclasses import dataclass

OWN = "Tallystick"


@dataclass(frozen=True, slots=True)
class Definition:
    """One row of the table, in the order of its columns."""

    definition: str
    title: str
    formula: str
    measured_in: str
    source: str
