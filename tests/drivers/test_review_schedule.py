"""FSRS behind the port: deterministic, by days alone, as the library itself would have it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from drivers.review_schedule import MAX_INTERVAL_DAYS, ReviewSchedule
from mos_appliance.tutor.knowledge.memory import AGAIN, EASY, GOOD, HARD, Memory, Strength, rating_of, reviewed

reviews = st.lists(st.tuples(st.sampled_from((AGAIN, HARD, GOOD, EASY)), st.integers(0, 400)), min_size=1, max_size=12)


@given(reviews)
def test_strengths_are_those_of_the_library_review_by_review(history: list[tuple[int, int]]) -> None:
    ours, strength = ReviewSchedule(), None
    library = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False, maximum_interval=180)
    card, now = Card(), datetime(2026, 1, 1, tzinfo=UTC)
    for rating, days in history:
        now += timedelta(days=days if strength else 0)
        card, _ = library.review_card(card, Rating(rating), now)
        strength = ours.review(strength, rating, days)
        assert card.stability == pytest.approx(strength.stability, rel=1e-3)
        assert abs((card.due - now).days - strength.interval) <= 1
        assert 1 <= strength.interval <= MAX_INTERVAL_DAYS


@given(reviews)
def test_the_same_reviews_give_the_same_strength_on_every_box(history: list[tuple[int, int]]) -> None:
    found = []
    for schedule in (ReviewSchedule(), ReviewSchedule()):
        strength: Strength | None = None
        for rating, days in history:
            strength = schedule.review(strength, rating, days)
        found.append(strength)
    assert found[0] == found[1]


def test_a_memory_fades_with_days_and_is_due_when_one_in_ten_would_be_lost() -> None:
    schedule = ReviewSchedule()
    strength = schedule.review(schedule.review(None, GOOD, 0), GOOD, 3)
    kept = [schedule.retrievability(strength, days) for days in (0, strength.interval, 10 * strength.interval)]
    assert kept[0] == 1.0
    assert 0.88 < kept[1] < 0.92
    assert kept[2] < kept[1]


def test_what_went_wrong_comes_back_sooner() -> None:
    schedule = ReviewSchedule()
    first = schedule.review(None, GOOD, 0)
    assert schedule.review(first, AGAIN, 3).interval < schedule.review(first, GOOD, 3).interval


def test_a_review_is_late_by_days_where_they_are_known_and_by_sittings_where_not() -> None:
    memory = Memory(Strength(4.0, 5.0, 4), 100, 10)
    assert [memory.late(day, 12) for day in (100, 104, 110)] == [-4, 0, 6]
    assert memory.late(None, 12) == -2
    assert Memory(Strength(4.0, 5.0, 4), None, 10).late(110, 16) == 2
    assert memory.elapsed_days(None) == 0
    assert memory.elapsed_days(90) == 0


def test_nothing_is_easy_that_is_not_sure() -> None:
    assert [rating_of(right, True) for right in (0.0, 0.6, 0.9, 1.0)] == [AGAIN, HARD, GOOD, EASY]
    assert rating_of(1.0, False) == GOOD


def test_a_date_that_becomes_known_late_counts_from_then() -> None:
    schedule = ReviewSchedule()
    memory = reviewed(schedule, None, 1.0, False, None, 1)
    assert memory.day is None
    memory = reviewed(schedule, memory, 1.0, False, 20_500, 2)
    assert memory.day == 20_500
    assert reviewed(schedule, memory, 1.0, False, None, 3).day == 20_500
