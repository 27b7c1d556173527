"""Reviews: when something learned is to be heard again. The scheduling itself, FSRS, comes in as a port."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4
"""Ratings of a review, as FSRS has them."""
_BOUNDS: Final = ((0.55, AGAIN), (0.8, HARD), (0.97, GOOD))
RETIRED_DAYS: Final = 21.0
"""A passage that is remembered so long by itself is looked after with its piece."""


class Strength(NamedTuple):
    """How firmly something is remembered. `stability`: days until nine of ten times; `interval`: days to wait."""

    stability: float
    difficulty: float
    interval: int


class Schedule(Protocol):
    """Decides how a memory grows. Deterministic, and without a clock: days that have passed come in."""

    def review(self, before: Strength | None, rating: int, elapsed_days: int) -> Strength:
        """After a review; `before` is None at the first one."""

    def retrievability(self, strength: Strength, elapsed_days: int) -> float:
        """The share of times that it would be remembered now."""


class Memory(NamedTuple):
    """A memory, and when it was last seen: the day where that was known, and the count of sittings, which always is."""

    strength: Strength
    day: int | None
    sitting: int

    def elapsed_days(self, day: int | None) -> int:
        """Days since; 0 while one of both is unknown: nothing is forgotten because a board did not know the date."""
        return 0 if day is None or self.day is None else max(0, day - self.day)

    def late(self, day: int | None, sitting: int) -> int:
        """Days since it was due, 0 on the day; below 0 it is not yet.

        Sittings stand for days while one of both dates is unknown.
        """
        undated = day is None or self.day is None
        return (sitting - self.sitting if undated else self.elapsed_days(day)) - self.strength.interval


def rating_of(right: float, sure: bool) -> int:
    """The rating of something that was so far right, 0 to 1; nothing is easy that is not sure yet."""
    rating = next((rating for bound, rating in _BOUNDS if right < bound), EASY)
    return rating if sure else min(rating, GOOD)


def reviewed(
    schedule: Schedule, before: Memory | None, right: float, sure: bool, day: int | None, sitting: int
) -> Memory:
    """The memory after it was seen again, so far right; `sure`: whether it is believed to be mastered."""
    elapsed = before.elapsed_days(day) if before else 0
    strength = schedule.review(before.strength if before else None, rating_of(right, sure), elapsed)
    known = day if day is not None else (before.day if before else None)
    return Memory(strength, known, sitting)
