"""A song's tempo map and metres as exact integers.

Units. A *weight* is ticks × µs per quarter, summed over the tempo map: an integer at every tick. A *place* is a
weight × `num`, where `num / den` is rate / 9600 in lowest terms (5 / 1 at 48 kHz). One frame is `den` × (tempo scale
in 1/1000 %) places, an integer too. So places and frames convert by one exact division, and nothing can drift.
Bounds: ticks < 2^31, tempi < 2^32, hence weights < 2^63 (int64) and places are Python integers.
"""

from __future__ import annotations

from bisect import bisect_right
from math import gcd
from typing import Final

import numpy as np

from mos_appliance.units import TICKS_PER_QUARTER
from mos_appliance.wire.song import Song

FAR: Final = 1 << 200
"""Further than any place, tick or frame."""
WHOLE_NOTE: Final = 4 * TICKS_PER_QUARTER


def place_units(rate: int) -> tuple[int, int]:
    """`(num, den)`: places per unit of weight, and places per frame per 1/1000 % of tempo scale."""
    common = gcd(rate, 9600)
    return rate // common, 9600 // common


class TempoMap:
    """When each tick of a song is; searched in O(log n), never walked."""

    __slots__ = ("num", "tempi", "ticks", "weights")

    def __init__(self, song: Song, num: int) -> None:
        ticks = song.tempi["tick"].astype(np.int64)
        tempi = song.tempi["us_per_quarter"].astype(np.int64)
        weights = np.zeros(len(ticks), np.int64)
        np.cumsum(np.diff(ticks) * tempi[:-1], out=weights[1:])
        self.num = num
        self.ticks = ticks.data
        self.tempi = tempi.data
        self.weights = weights.data

    def tick_at(self, place: int) -> int:
        """The last tick that is not after `place` (≥ 0)."""
        row = bisect_right(self.weights, place // self.num) - 1
        return int(self.ticks[row] + (place - self.weights[row] * self.num) // (self.tempi[row] * self.num))

    def tempo_at(self, tick: int) -> int:
        """µs per quarter at `tick`."""
        return int(self.tempi[bisect_right(self.ticks, tick) - 1])


class TickClock:
    """Turns ticks into places, remembering the stretch of even tempo that it was last asked about."""

    __slots__ = ("_base", "_high", "_low", "_map", "_origin", "rate")

    def __init__(self) -> None:
        self._map: TempoMap | None = None
        self.run_evenly(0, 0, 1)

    def follow(self, tempo_map: TempoMap) -> None:
        """Take ticks as the song's from now on."""
        self._map = tempo_map
        self._find(0)

    def run_evenly(self, origin: int, base: int, rate: int) -> None:
        """Every tick, before or after `origin`, lasts `rate` places; `origin` is at place `base`."""
        self._low, self._high = -FAR, FAR
        self._origin, self._base, self.rate = origin, base, rate

    def place(self, tick: int) -> int:
        """The place of `tick`."""
        if not self._low <= tick < self._high:
            self._find(tick)
        return self._base + (tick - self._origin) * self.rate

    def _find(self, tick: int) -> None:
        tempi = self._map
        if tempi is None:
            return
        row = bisect_right(tempi.ticks, tick) - 1
        self._low = self._origin = tempi.ticks[row]
        self._high = tempi.ticks[row + 1] if row + 1 < len(tempi.ticks) else FAR
        self._base = tempi.weights[row] * tempi.num
        self.rate = tempi.tempi[row] * tempi.num


class MetreMap:
    """Where the bars are: a change of metre within a bar begins a new one."""

    __slots__ = ("bars", "beat_ticks", "numerators", "ticks")

    def __init__(self, song: Song) -> None:
        ticks = song.metres["tick"].astype(np.int64)
        numerators = song.metres["numerator"].astype(np.int64)
        beat_ticks = WHOLE_NOTE // song.metres["denominator"].astype(np.int64)
        bar_ticks = numerators * beat_ticks
        bars = np.ones(len(ticks), np.int64)
        bars[1:] += np.cumsum(-(-np.diff(ticks) // bar_ticks[:-1]))
        self.ticks = ticks.data
        self.numerators = numerators.data
        self.beat_ticks = beat_ticks.data
        self.bars = bars.data

    def row_at(self, tick: int) -> int:
        """The row of the metre that rules at `tick` (≥ 0)."""
        return bisect_right(self.ticks, tick) - 1

    def bar_and_beat(self, tick: int) -> tuple[int, int]:
        """Bar and beat at `tick`, both counted from 1; a beat is one unit of the metre's denominator."""
        row = self.row_at(tick)
        beat = (tick - self.ticks[row]) // self.beat_ticks[row]
        bars, beat = divmod(beat, self.numerators[row])
        return self.bars[row] + bars, beat + 1
