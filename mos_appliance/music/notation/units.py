"""Time in notation: whole numbers, so fine that sixty-fourths, triplets, quintuplets and septuplets are exact."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

QUARTER: Final = 6_720
"""Units a quarter note."""
WHOLE: Final = 4 * QUARTER


def as_wholes(units: int) -> Fraction:
    """Units as a share of a whole note."""
    return Fraction(units, WHOLE)


def is_dyadic(units: int) -> bool:
    """Whether note values reach it without tuplets."""
    denominator = Fraction(units, WHOLE).denominator
    return denominator & (denominator - 1) == 0


@dataclass(frozen=True, slots=True)
class Metre:
    """A metre. Units: those of this module."""

    count: int
    unit: int

    @property
    def bar(self) -> int:
        """How long a bar lasts."""
        return self.count * WHOLE // self.unit

    @property
    def compound(self) -> bool:
        """Whether three make a beat: 6/8, 9/8, 12/8."""
        return self.count % 3 == 0 and self.count > 3 and self.unit >= 8

    @property
    def beat(self) -> int:
        """How long a beat lasts."""
        return (3 if self.compound else 1) * WHOLE // self.unit

    def levels(self) -> tuple[int, ...]:
        """Steps of the hierarchy from the bar down: the half bar where there is one, beats, and what divides them."""
        steps = [self.bar]
        beats = self.bar // self.beat
        if beats % 2 == 0 and beats > 2:
            steps.append(self.bar // 2)
        if beats > 1:
            steps.append(self.beat)
        step = self.beat
        if self.compound:
            step //= 3
            steps.append(step)
        while step % 2 == 0 and step > QUARTER // 32:
            step //= 2
            steps.append(step)
        return tuple(steps)


@dataclass(frozen=True, slots=True)
class BarSpan:
    """A bar of the piece. Units: those of this module, from its beginning; `length` may be less than the metre's."""

    start: int
    length: int
    metre: Metre

    @property
    def offset(self) -> int:
        """How far into its metre a bar begins that is cut short at its beginning: a pick-up."""
        return self.metre.bar - self.length if self.start == 0 and self.length < self.metre.bar else 0
