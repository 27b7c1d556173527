"""Note values and positions as exact fractions. Units: whole notes throughout, as MNX counts."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json

BASES: Final[dict[str, Fraction]] = {
    "duplexMaxima": Fraction(16),
    "maxima": Fraction(8),
    "longa": Fraction(4),
    "breve": Fraction(2),
    "whole": Fraction(1),
    "half": Fraction(1, 2),
    "quarter": Fraction(1, 4),
    "eighth": Fraction(1, 8),
    **{f"{denominator}{'nd' if denominator == 32 else 'th'}": Fraction(1, denominator) for denominator in (16, 32, 64)},
    **{f"{1 << power}th": Fraction(1, 1 << power) for power in range(7, 13)},
}
"""How long each `base` of a note value lasts."""

MAX_DOTS: Final = 8
SHORTEST: Final = 4096 << MAX_DOTS
"""Every note value is a multiple of 1/SHORTEST of a whole note."""
_NO_TIME: Final = Fraction(0)


@lru_cache(maxsize=1024)
def value_of(base: str, dots: int = 0) -> Fraction:
    """How long a note value lasts: each dot adds half of what was added before."""
    return BASES[base] * (2 - Fraction(1, 1 << dots))


@lru_cache(maxsize=1024)
def shortest_of(base: str, dots: int) -> int:
    """How long a note value lasts. Units: 1/SHORTEST of a whole note."""
    return int(value_of(base, dots) * SHORTEST)


def duration_of(value: Json) -> Fraction:
    """How long a `noteValue` object lasts."""
    return value_of(value["base"], value.get("dots", 0))


def quantity_of(value: Json) -> Fraction:
    """How long a `quantity` object lasts, such as three eighths."""
    multiple: int = value["multiple"]
    return duration_of(value["duration"]) * multiple


def position_of(position: Json | None) -> Fraction:
    """Where a `position` lies, from the beginning of its bar; there when it is missing."""
    return fraction_of(position["fraction"]) if position else _NO_TIME


def fraction_of(pair: list[int]) -> Fraction:
    """`[n, d]` as a fraction."""
    return Fraction(pair[0], pair[1])


def as_pair(value: Fraction) -> list[int]:
    """A fraction as MNX writes it."""
    return [value.numerator, value.denominator]


def note_value(length: Fraction) -> Json | None:
    """The `noteValue` object that lasts so long, None when there is none: two thirds of a quarter need a tuplet."""
    found = _VALUES.get(length)
    if found is None:
        return None
    base, dots = found
    return {"base": base, "dots": dots} if dots else {"base": base}


_VALUES: Final = {value_of(base, dots): (base, dots) for base in BASES for dots in range(4, -1, -1)}


def the_same(length: Fraction) -> Fraction:
    """The length itself; of note values always the same object, so that two are quickly found to be equal."""
    return _SAME.get(length, length)


_SAME: Final = {length: length for length in _VALUES}


def exact(value: Any, where: str) -> Fraction:
    """`[n, d]` from an extension. Errors: `BadInput` when it is no fraction above zero."""
    match value:
        case [int(over), int(under)] if over > 0 and under > 0:
            return Fraction(over, under)
    raise BadInput(where, "is no fraction [n, d] above zero")


def exact_position(owner: Any, where: str) -> Fraction | None:
    """The `location` of an object that may be an extension; None when it has none. Errors: `BadInput`."""
    match owner:
        case {"location": {"fraction": [int(over), int(under)]}} if over >= 0 and under > 0:
            return Fraction(over, under)
        case dict() if "location" not in owner:
            return None
    raise BadInput(where, "has a location that is none")
