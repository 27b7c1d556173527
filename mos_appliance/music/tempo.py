"""Musical time and real time, exact: tempo map and metre map.

Time is counted in units of 1/(ticks per quarter) µs: a tick lasts exactly `us_per_quarter` units, so the sum over a
tempo map is an integer and no error accumulates. With 2^31 ticks and 24-bit tempi it stays below 2^55.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mos_appliance.errors import BadInput
from mos_appliance.units import SAMPLE_RATE, TICKS_PER_QUARTER

DEFAULT_QUARTER_US: Final = 500_000
MAX_BARS: Final = 100_000

Ints = NDArray[np.int64]

_FRAME_GCD: Final = 8_000
_FRAMES: Final = SAMPLE_RATE // _FRAME_GCD
_MICROSECONDS: Final = 1_000_000 // _FRAME_GCD
"""One second is 6 × 8,000 frames and 125 × 8,000 µs."""


@dataclass(frozen=True, slots=True)
class TempoMap:
    """Ticks ↔ frames. Shapes: `ticks`, `us_per_quarter`, `elapsed` (n,), n ≥ 1, `ticks` rising from 0.

    Units: `elapsed` is the time at each change in 1/`ticks_per_quarter` µs.
    """

    ticks_per_quarter: int
    ticks: Ints
    us_per_quarter: Ints
    elapsed: Ints

    def units(self, ticks: ArrayLike) -> Ints:
        """Time of each tick in 1/`ticks_per_quarter` µs, exact."""
        wanted = np.asarray(ticks, np.int64)
        place = np.searchsorted(self.ticks, wanted, "right") - 1 if len(self.ticks) > 1 else 0
        exact: Ints = self.elapsed[place] + (wanted - self.ticks[place]) * self.us_per_quarter[place]
        return exact

    def seconds(self, tick: int) -> Fraction:
        """Time of a tick, exact."""
        return Fraction(int(self.units(tick)), self.ticks_per_quarter * 1_000_000)

    def milliseconds(self, ticks: ArrayLike) -> NDArray[np.float64]:
        """Time of each tick."""
        out: NDArray[np.float64] = self.units(ticks) / (self.ticks_per_quarter * 1_000.0)
        return out

    def frames(self, ticks: ArrayLike) -> Ints:
        """The frame (48 kHz) nearest to each tick."""
        scale = self.ticks_per_quarter * _MICROSECONDS
        nearest: Ints = (self.units(ticks) * _FRAMES + scale // 2) // scale
        return nearest

    def ticks_at(self, frames: ArrayLike) -> Ints:
        """The last tick that does not lie after each frame. Units: `frames` at 48 kHz, below 2^44."""
        per_frame = self.ticks_per_quarter * _MICROSECONDS
        units = np.asarray(frames, np.int64) * per_frame // _FRAMES
        place = np.searchsorted(self.elapsed, units, "right") - 1
        last: Ints = self.ticks[place] + (units - self.elapsed[place]) // self.us_per_quarter[place]
        return last


def tempo_map(
    changes: Sequence[tuple[int, int]],
    ticks_per_quarter: int = TICKS_PER_QUARTER,
    first_us: int = DEFAULT_QUARTER_US,
) -> TempoMap:
    """The map of (tick, µs a quarter note) in order of ticks; of several at one tick the last counts."""
    kept: dict[int, int] = {0: first_us}
    kept.update(changes)
    if len(kept) == 1 and kept[0] > 0:
        nothing = np.zeros(1, np.int64)
        return TempoMap(ticks_per_quarter, nothing, np.array([kept[0]]), nothing)
    ticks = np.fromiter(kept.keys(), np.int64, len(kept))
    tempi = np.fromiter(kept.values(), np.int64, len(kept))
    if np.any(np.diff(ticks) <= 0) or np.any(tempi < 1):
        raise BadInput("tempo map", "out of order, or with a tempo of zero")
    news = np.concatenate(([True], np.diff(tempi) != 0))
    ticks, tempi = ticks[news], tempi[news]
    elapsed = np.concatenate(([0], np.cumsum(np.diff(ticks) * tempi[:-1])))
    return TempoMap(ticks_per_quarter, ticks, tempi, elapsed.astype(np.int64))


@dataclass(frozen=True, slots=True)
class MetreMap:
    """Ticks ↔ bars and beats. Every change of metre begins a bar, so a bar may be cut short: a pick-up, for one.

    Shapes: all (n,), n ≥ 1, `ticks` rising from 0; `first_bar` counts from 0.
    """

    ticks_per_quarter: int
    ticks: Ints
    numerators: Ints
    denominators: Ints
    first_bar: Ints

    def _bar_ticks(self, place: Ints | np.int64) -> tuple[Ints, Ints]:
        """Length of a bar of those metres as a fraction: numerator and denominator, in ticks."""
        return self.numerators[place] * (4 * self.ticks_per_quarter), self.denominators[place]

    def bars(self, ticks: ArrayLike) -> Ints:
        """The bar of each tick, counted from 1."""
        wanted = np.asarray(ticks, np.int64)
        place = np.searchsorted(self.ticks, wanted, "right") - 1
        long, parts = self._bar_ticks(place)
        bar: Ints = self.first_bar[place] + (wanted - self.ticks[place]) * parts // long + 1
        return bar

    def beats(self, ticks: ArrayLike) -> Ints:
        """The beat of each tick in its bar, counted from 1."""
        wanted = np.asarray(ticks, np.int64)
        place = np.searchsorted(self.ticks, wanted, "right") - 1
        long, parts = self._bar_ticks(place)
        into = (wanted - self.ticks[place]) * parts % long
        beat: Ints = into // (4 * self.ticks_per_quarter) + 1
        return beat

    def bar_ticks(self, end_tick: int) -> Ints:
        """The first tick of each bar that begins before `end_tick`; at least one.

        Errors: `BadInput` when there are more than MAX_BARS.
        """
        last = int(self.bars(max(end_tick - 1, 0)))
        if last > MAX_BARS:
            raise BadInput("metre map", f"has more than {MAX_BARS:,} bars")
        bars = np.arange(last, dtype=np.int64)
        place = np.searchsorted(self.first_bar, bars, "right") - 1
        long, parts = self._bar_ticks(place)
        begin: Ints = self.ticks[place] + -(-(bars - self.first_bar[place]) * long // parts)
        return begin


def metre_map(changes: Sequence[tuple[int, int, int]], ticks_per_quarter: int = TICKS_PER_QUARTER) -> MetreMap:
    """The map of (tick, numerator, denominator) in order of ticks; of several at one tick the last counts."""
    kept: dict[int, tuple[int, int]] = {0: (4, 4)}
    kept.update((tick, (numerator, denominator)) for tick, numerator, denominator in changes)
    rows: list[tuple[int, int, int, int]] = []
    before, bar = -1, 0
    for tick, (numerator, denominator) in kept.items():
        if tick <= before or numerator < 1 or denominator < 1:
            raise BadInput("metre map", "out of order, or with a metre that does not exist")
        if rows:
            _, over, under, _ = rows[-1]
            bar -= -(tick - before) * under // (over * 4 * ticks_per_quarter)
        rows.append((tick, numerator, denominator, bar))
        before = tick
    return MetreMap(ticks_per_quarter, *np.array(rows, np.int64).T)
