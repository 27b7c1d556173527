"""How well heard notes agree with those that were played: onsets within 50 ms, pitch exact, each note once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

WITHIN_MS = 50.0


class Count(NamedTuple):
    right: int
    heard: int
    played: int

    @property
    def precision(self) -> float:
        return self.right / self.heard if self.heard else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.played if self.played else 1.0

    @property
    def f(self) -> float:
        return 2 * self.right / (self.heard + self.played) if self.heard + self.played else 1.0


def compare(heard: Iterable[tuple[float, int]], played: Iterable[tuple[float, int]]) -> Count:
    """Pairs (ms, pitch). For each pitch, first come first matched: with one tolerance for all that is the most."""
    by_pitch: dict[int, tuple[list[float], list[float]]] = {}
    for place, notes in enumerate((heard, played)):
        for at, pitch in notes:
            by_pitch.setdefault(pitch, ([], []))[place].append(at)
    right = total_heard = total_played = 0
    for ours, theirs in by_pitch.values():
        ours.sort()
        theirs.sort()
        total_heard, total_played = total_heard + len(ours), total_played + len(theirs)
        i = j = 0
        while i < len(ours) and j < len(theirs):
            if abs(ours[i] - theirs[j]) <= WITHIN_MS:
                i, j, right = i + 1, j + 1, right + 1
            elif ours[i] < theirs[j]:
                i += 1
            else:
                j += 1
    return Count(right, total_heard, total_played)
