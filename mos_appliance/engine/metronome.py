"""Where the clicks are: beats of the song's metres, of a count-in, or of a metronome running alone."""

from __future__ import annotations

from typing import Final

from mos_appliance.engine.song_time import FAR, WHOLE_NOTE, MetreMap

SUBDIVISION: Final = 0
BEAT: Final = 1
ACCENT: Final = 2
FIRST_BEAT_ONLY: Final = 1
"""The accents at start. In a compound metre they mean: first beat strong, the other threes plain, the rest soft."""


class Metronome:
    """A walk from click to click: `tick`, `beat`, `bar` and `level` tell of the next one.

    A beat is one unit of the metre's denominator; `subdivision` clicks a beat always fall on whole ticks.
    """

    __slots__ = (
        "_bar_end",
        "_bar_start",
        "_beat_ticks",
        "_click",
        "_click_ticks",
        "_metres",
        "_next_metre",
        "_numerator",
        "accents",
        "bar",
        "subdivision",
        "tick",
    )

    def __init__(self) -> None:
        self.accents = FIRST_BEAT_ONLY
        self.subdivision = 1
        self._metres: MetreMap | None = None
        self.run_alone(4, WHOLE_NOTE // 4)

    def run_alone(self, beats: int, beat_ticks: int) -> None:
        """Begin at tick 0 with bars of `beats` beats for ever."""
        self.bar = 1
        self._next_metre = FAR
        self._enter(0, beats, beat_ticks, 0)

    def follow(self, metres: MetreMap, tick: int) -> None:
        """Go on with the first click at or after `tick` in the song's metres."""
        self._metres = metres
        row = metres.row_at(tick)
        self._enter_metre(row)
        bar_ticks = self._numerator * self._beat_ticks
        bars, within = divmod(tick - self._bar_start, bar_ticks)
        self.bar += bars
        self._enter(self._bar_start + bars * bar_ticks, self._numerator, self._beat_ticks, 0)
        self._to(-(-within // self._click_ticks))

    def count_in(self, metres: MetreMap, tick: int, bars: int) -> int:
        """Begin `bars` bars before `tick`, in the metre there and on its beats. Returns the count-in's first tick."""
        self._metres = metres
        row = metres.row_at(tick)
        bar_ticks = metres.numerators[row] * metres.beat_ticks[row]
        before, within = divmod(tick - metres.ticks[row], bar_ticks)
        self.bar = 0
        self._next_metre = FAR
        start = metres.ticks[row] + (before - bars) * bar_ticks
        self._enter(start, metres.numerators[row], metres.beat_ticks[row], 0)
        self._to(-(-within // self._click_ticks))
        return int(tick - bars * bar_ticks)

    def change(self, beats: int, beat_ticks: int) -> None:
        """Take other beats from the next beat on."""
        at, beat = self._next_beat()
        beat = 0 if at >= self._bar_end else beat % beats
        self._enter(at - beat * beat_ticks, beats, beat_ticks, beat)

    def subdivide(self, subdivision: int) -> None:
        """Take another number of clicks a beat from the next beat on."""
        beat = self._next_beat()[1]
        self.subdivision = subdivision
        self._click_ticks = self._beat_ticks // subdivision
        self._to(beat * subdivision)

    def _next_beat(self) -> tuple[int, int]:
        beat = -(-self._click * self._click_ticks // self._beat_ticks)
        return self._bar_start + beat * self._beat_ticks, beat

    @property
    def beat(self) -> int:
        """Beat in the bar of the next click, counted from 1."""
        return self._click // self.subdivision + 1

    @property
    def on_beat(self) -> bool:
        """Whether the next click is a beat and not a subdivision."""
        return not self._click % self.subdivision

    @property
    def level(self) -> int:
        """How the next click sounds: ACCENT, BEAT or SUBDIVISION."""
        beat, between = divmod(self._click, self.subdivision)
        if between:
            return SUBDIVISION
        if self.accents != FIRST_BEAT_ONLY:
            return ACCENT if self.accents >> beat & 1 else BEAT
        if beat == 0:
            return ACCENT
        compound = self._numerator > 3 and self._numerator % 3 == 0 and self._beat_ticks <= WHOLE_NOTE // 8
        return SUBDIVISION if compound and beat % 3 else BEAT

    def step(self) -> None:
        """Go to the next click."""
        self._to(self._click + 1)

    def _to(self, click: int) -> None:
        self._click = click
        self.tick = self._bar_start + click * self._click_ticks
        if self.tick < self._bar_end:
            return
        self.bar += self.bar > 0
        if self._bar_end == self._next_metre and self._metres is not None:
            self._enter_metre(self._metres.row_at(self._bar_end))
        else:
            self._enter(self._bar_end, self._numerator, self._beat_ticks, 0)

    def _enter_metre(self, row: int) -> None:
        metres = self._metres
        if metres is None:
            return
        self._next_metre = metres.ticks[row + 1] if row + 1 < len(metres.ticks) else FAR
        self.bar = metres.bars[row]
        self._enter(metres.ticks[row], metres.numerators[row], metres.beat_ticks[row], 0)

    def _enter(self, start: int, beats: int, beat_ticks: int, beat: int) -> None:
        self._bar_start = start
        self._numerator = beats
        self._beat_ticks = beat_ticks
        self._bar_end = min(start + beats * beat_ticks, self._next_metre)
        self._click_ticks = beat_ticks // self.subdivision
        self._click = beat * self.subdivision
        self.tick = start + beat * beat_ticks
