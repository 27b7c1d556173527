"""An event as it was read, before it has found its place among tuplets and grace notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from mos_appliance.music.json_text import Json
from mos_appliance.music.musicxml.tree import Element

NO_TIME = Fraction(0)
ONE = Fraction(1)


@dataclass(slots=True)
class Draft:
    """Notes that begin and end together, or a rest. Units: whole notes from the beginning of the bar."""

    onset: Fraction
    length: Fraction
    voice: str
    staff: int
    event: Json
    written: Fraction | None
    """How long the note value lasts, None where the file names none."""
    base: str | None
    dots: int
    ratio: Fraction = ONE
    """Time of a note in a tuplet : its note value."""
    actual: tuple[int, int] = (1, 1)
    """So many notes in the time of so many."""
    unit: tuple[str | None, int] = (None, 0)
    """The note value that these numbers count, and its dots."""
    grace: str | None = None
    """None, or `slash` or `plain`."""
    tremolo: Element | None = None
    """The beginning of a tremolo of two notes."""
    tremolo_stop: Element | None = None
    tuplets: list[Element] = field(default_factory=list)
    whole_bar: bool = False
    where: str = ""
    end: Fraction = field(init=False)
    """Where the next event may begin."""

    def __post_init__(self) -> None:
        onset, length = self.onset, self.length
        self.end = _sum(onset.numerator, onset.denominator, length.numerator, length.denominator) if length else onset


@lru_cache(maxsize=4096)
def _sum(over: int, under: int, other_over: int, other_under: int) -> Fraction:
    """Of two fractions: in bar after bar the same ones are added, and adding is slow."""
    return Fraction(over, under) + Fraction(other_over, other_under)
