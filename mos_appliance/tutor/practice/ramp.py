"""A stretch played again and again with the machine, a little faster after each clean round."""

from __future__ import annotations

from typing import Final

CLEAN: Final = 0.9
"""Share of a round's notes that makes it a clean one …"""
ROUGH: Final = 0.6
"""… and below which the next round is slower."""
FULL_PERCENT: Final = 100.0


class Ramp:
    """The tempo of the next round. Units: per cent of the piece's own tempo."""

    def __init__(self, begin: float, step: float) -> None:
        self._begin = begin
        self._step = step
        self.percent = begin

    def next_round(self, right: int, due: int) -> float:
        """A round is over in which so many of the notes due were played as written. Returns the next one's tempo."""
        share = right / due if due else 0.0
        if share >= CLEAN and self.percent < FULL_PERCENT:
            self.percent = min(FULL_PERCENT, self.percent + self._step)
        elif share < ROUGH:
            self.percent = max(self._begin, self.percent - self._step)
        return self.percent


class Rounds:
    """Sees the transport begin its loop again, and how much of each round was played as written."""

    def __init__(self, ramp: Ramp, due: int) -> None:
        """`due`: notes of one round."""
        self._ramp = ramp
        self._due = due
        self._right: set[int] = set()
        self._tick = 0

    def matched(self, note: int) -> None:
        """A note of the score was played."""
        self._right.add(note)

    def transport(self, tick: int) -> float:
        """The transport is there now. Returns the tempo that it is to have from here on, 0 where that stays."""
        back, self._tick = tick < self._tick, tick
        if not back:
            return 0.0
        before, now = self._ramp.percent, self._ramp.next_round(len(self._right), self._due)
        self._right.clear()
        return now if now != before else 0.0
