"""When the notes of a file begin and end in musical time, whichever way that was found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.music.notation.units import BarSpan, Metre
from mos_appliance.music.umf.losses import Guess

MAX_BARS: Final = 5_000

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Timeline:
    """Shapes: `onset` and `end` (n,), one a note. Units: those of `units`, from the beginning of the first bar."""

    onset: Ints
    end: Ints
    bars: list[BarSpan]
    tempi: list[tuple[int, float]]
    """Place, quarter notes a minute."""
    keys: list[tuple[int, int, str]] = field(default_factory=list)
    """Place, fifths, mode: what the file says."""
    guesses: list[Guess] = field(default_factory=list)
    metred: bool = False
    """The bars are the file's own."""
    silence_s: float = 0.0
    """Seconds of silence that were left out."""
    exact: bool = False
    """Notes end where the file says, and not a little before the next."""


def bars_until(end: int, metre: Metre, pickup: int = 0) -> list[BarSpan]:
    """Bars of one metre that hold what lasts until `end`, the first perhaps short. Errors: `BadInput`."""
    first = [BarSpan(0, pickup, metre)] if pickup else []
    count = max(0 if first else 1, -(-max(0, end - pickup) // metre.bar))
    if count + len(first) > MAX_BARS:
        raise BadInput("score", f"would have more than {MAX_BARS:,} bars")
    return [*first, *(BarSpan(pickup + number * metre.bar, metre.bar, metre) for number in range(count))]
