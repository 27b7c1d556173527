"""FSRS: reviews when about one in ten would have been forgotten. Source: the library `fsrs` (FSRS-6), its defaults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from fsrs import Card, Rating, Scheduler, State

from mos_appliance.tutor.knowledge.memory import Strength

MAX_INTERVAL_DAYS: Final = 180
"""Whoever learns an instrument grows: what was learned is worth a look twice a year."""
_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
_RATINGS: Final = {rating.value: rating for rating in Rating}


class ReviewSchedule:
    """The port `Schedule`. Without chance (the library's fuzzing is off) and clock: the same gives the same."""

    def __init__(self, retention: float = 0.9) -> None:
        self._scheduler = Scheduler(
            desired_retention=retention,
            learning_steps=(),
            relearning_steps=(),
            maximum_interval=MAX_INTERVAL_DAYS,
            enable_fuzzing=False,
        )
        self._review = lru_cache(maxsize=4096)(self._reviewed)

    def review(self, before: Strength | None, rating: int, elapsed_days: int) -> Strength:
        """The strength after a review."""
        return self._review(before, rating, elapsed_days)

    def _reviewed(self, before: Strength | None, rating: int, elapsed_days: int) -> Strength:
        now = _EPOCH + timedelta(days=elapsed_days)
        card, _ = self._scheduler.review_card(_card(before), _RATINGS[rating], now)
        if card.stability is None or card.difficulty is None:
            raise ValueError("FSRS left a reviewed card without stability")
        interval = max(1, round((card.due - now) / timedelta(days=1)))
        return Strength(round(card.stability, 6), round(card.difficulty, 6), interval)

    def retrievability(self, strength: Strength, elapsed_days: int) -> float:
        """The share of times that it would be remembered now."""
        return self._scheduler.get_card_retrievability(_card(strength), _EPOCH + timedelta(days=elapsed_days))


def _card(strength: Strength | None) -> Card:
    if strength is None:
        return Card(card_id=1, due=_EPOCH)
    return Card(
        card_id=1,
        state=State.Review,
        stability=strength.stability,
        difficulty=strength.difficulty,
        due=_EPOCH,
        last_review=_EPOCH,
    )
