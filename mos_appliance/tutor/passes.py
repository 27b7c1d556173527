"""How often each place of a score has been played so far."""

from __future__ import annotations

from bisect import bisect_left

from mos_appliance.tutor.score_map import ScoreMap


class Passes:
    """Counts, for each moment, the runs that came through it. A run goes on until the student jumps."""

    def __init__(self, score: ScoreMap) -> None:
        self.score = score
        self.times = [0] * score.moments
        self.run_at = [-1] * score.moments
        """The run that came through last."""
        self.first: dict[int, int] = {}
        """Where each run began."""
        self.front: dict[int, int] = {}
        """How far each run came."""
        self.visits: list[tuple[int, int, int]] = []
        """(moment, run, pass) in order of time."""

    def through(self, note: int, run: int) -> int:
        """A note of the page was played in a run. Returns the how-manieth pass through its place that is, from 1."""
        moment = self.score.moment_of[note]
        front = self.front.get(run)
        if front is None:
            self.first[run] = self.front[run] = moment
            self.visit(moment, run)
        elif moment > front:
            for between in range(front + 1, moment + 1):
                self.visit(between, run)
            self.front[run] = moment
        elif self.run_at[moment] != run:  # a hand that lags behind a jump
            self.visit(moment, run)
            self.first[run] = min(self.first[run], moment)
        return self.times[moment]

    def visit(self, moment: int, run: int) -> None:
        """One more run comes through a moment."""
        if self.run_at[moment] != run:
            self.run_at[moment] = run
            self.times[moment] += 1
            self.visits.append((moment, run, self.times[moment]))

    def coming(self, moment: int, run: int) -> int:
        """Which pass through a moment it is when that run comes there, from 1."""
        return self.times[moment] + (self.run_at[moment] != run)


class Repeats:
    """Which way the score asks to go on from the end of a section, by how often one came there."""

    def __init__(self, score: ScoreMap) -> None:
        self.sources = sorted({source for source, _ in score.leaps})
        self.ways = score.ways

    def between(self, first: int, last: int) -> int | None:
        """The end of a section from `first` to before `last`; None when none is there."""
        place = bisect_left(self.sources, first)
        if place < len(self.sources) and self.sources[place] < last:
            return self.sources[place]
        return None

    def asked(self, source: int, time: int) -> int:
        """The moment that the score asks for after `source`, the `time`th time from 1."""
        ways = self.ways[source]
        return ways[min(time, len(ways)) - 1]
