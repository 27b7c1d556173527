"""The machine plays with the student: it follows their tempo, waits where they wait, and goes back when they do.

The transport plays the machine's parts; it is led by its tempo scale alone while the two are near each other, and moved
when they are not. It never runs ahead of the student's next note by more than `AHEAD_QUARTERS`.
Source: the idea of a tempo that makes up for the distance as well as for the pace: Dannenberg 1984, "An on-line
algorithm for real-time accompaniment"; Cont, "Antescofo" (ICMC 2008).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

from mos_appliance.tutor.practice.answers import Led
from mos_appliance.tutor.practice.excerpt import Excerpt
from mos_appliance.units import TICKS_PER_QUARTER
from mos_appliance.wire.records import Lead

SLOWEST, FASTEST = 25.0, 200.0
CATCH_UP_QUARTERS: Final = 2.0
"""A distance is made up for within so many quarters …"""
MOST_HURRY: Final = 0.35
"""… by no more than this part of the tempo."""
JUMP_QUARTERS: Final = 1.5
"""Further apart than this the machine goes to where the student is."""
AHEAD_QUARTERS: Final = 0.2
"""So far past the student's next note the machine waits."""
SMOOTHING: Final = 0.35
"""Weight of the newest pace."""
_LEAST_CHANGE: Final = 1.0
"""Per cent: smaller changes of tempo are not worth a command."""


class Accompanist:
    """Leads the transport after one student. Times: ms; `tempi`: (tick, µs a quarter) of the song, the first at 0."""

    def __init__(self, excerpt: Excerpt, tempi: list[tuple[int, int]], percent: float) -> None:
        self._path, self._ticks = excerpt.path, excerpt.ticks
        self._occurrences: dict[int, list[int]] = {}
        for place, moment in enumerate(excerpt.path):
            self._occurrences.setdefault(moment, []).append(place)
        self._tempo_ticks = [tick for tick, _ in tempi]
        self._tempo_ms = [us / 1000.0 for _, us in tempi]
        self._percent = self._scale = percent
        self._pace_ms = 0.0
        self._playing = False
        self._tick, self._tick_ms = 0, 0.0
        """Where the transport was, and when."""
        self._place = -1
        """Which of `path` the student played last."""

    def transport(self, tick: int, at_ms: float, playing: bool, scale: float) -> None:
        """The transport has told where it is."""
        self._tick, self._tick_ms, self._playing, self._scale = tick, at_ms, playing, scale

    def transport_at(self, tick: int, at_ms: float) -> None:
        """The transport, going as before, is there now."""
        self._tick, self._tick_ms = tick, at_ms

    def played(self, moment: int, at_ms: float, pace_ms: float, sure: bool) -> list[Led]:
        """The student has played a moment. `sure`: the place is known."""
        if not sure:
            return []
        now = self._tick_at(at_ms)
        self._place = self._occurrence(moment, now)
        tick = self._ticks[self._place]
        self._pace_ms += (SMOOTHING if self._pace_ms else 1.0) * (pace_ms - self._pace_ms)
        ahead = (tick - now) / TICKS_PER_QUARTER
        if not self._playing:
            return self._set_off(tick, at_ms)
        if abs(ahead) > JUMP_QUARTERS:
            return [self._moved(Lead.SEEK, tick, at_ms, self._wanted(tick, 0.0))]
        scale = self._wanted(tick, ahead)
        return [] if abs(scale - self._scale) < _LEAST_CHANGE else [self._moved(Lead.TEMPO, now, at_ms, scale)]

    def passed(self, now_ms: float) -> list[Led]:
        """Time has gone by: where the student's next note has not come, the machine waits for it."""
        if not self._playing or not 0 <= self._place < len(self._ticks) - 1:
            return []
        next_tick = self._ticks[self._place + 1]
        now = self._tick_at(now_ms)
        if now < next_tick + AHEAD_QUARTERS * TICKS_PER_QUARTER:
            return []
        self._playing = False
        self._tick, self._tick_ms = next_tick, now_ms
        return [Led(Lead.STOP, next_tick)]

    def _set_off(self, tick: int, at_ms: float) -> list[Led]:
        self._playing = True
        return [self._moved(Lead.PLAY, tick, at_ms, self._wanted(tick, 0.0))]

    def _moved(self, verb: Lead, tick: int, at_ms: float, scale: float) -> Led:
        self._tick, self._tick_ms, self._scale = tick, at_ms, scale
        return Led(verb, tick, scale)

    def _wanted(self, tick: int, ahead_quarters: float) -> float:
        """The tempo scale of the student's pace, hurried or held back by the distance."""
        nominal = self._quarter_ms(tick)
        scale = 100.0 * nominal / self._pace_ms if self._pace_ms > 0.0 else self._percent
        hurry = max(-MOST_HURRY, min(MOST_HURRY, ahead_quarters / CATCH_UP_QUARTERS))
        return max(SLOWEST, min(FASTEST, scale * (1.0 + hurry)))

    def _quarter_ms(self, tick: int) -> float:
        return self._tempo_ms[max(0, bisect_right(self._tempo_ticks, tick) - 1)]

    def _tick_at(self, at_ms: float) -> int:
        """Where the transport is by now."""
        if not self._playing:
            return self._tick
        quarter = self._quarter_ms(self._tick) * 100.0 / self._scale
        return self._tick + round(max(0.0, at_ms - self._tick_ms) / quarter * TICKS_PER_QUARTER)

    def _occurrence(self, moment: int, tick: int) -> int:
        """Of the places where that moment is played, repeats counted: the next one, or the nearest."""
        places = self._occurrences[moment]
        after = bisect_left(places, max(self._place, 0))
        near = places[max(0, after - 1) : after + 2]
        return min(near, key=lambda place: abs(self._ticks[place] - tick))
