"""Lessons out of the shelf that ships: ten minutes, with reasons, for this student and this keyboard."""

from __future__ import annotations

import string

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mos_appliance.tutor.knowledge.lesson import NEW, REPERTOIRE, REVIEW, WARM_UP, Lesson, compose
from mos_appliance.tutor.knowledge.offers import Offer, fitted
from mos_appliance.tutor.knowledge.outlook import Outlook
from mos_appliance.tutor.knowledge.reasons import ENGLISH, worded_reason
from mos_appliance.tutor.knowledge.student import Student
from mos_appliance.wire.students import Attempted, Body, Equipped, LessonGiven, StepSkipped
from tests.tutor.knowledge.lives import BY_NAME, DAY, SHELF, folded, life, took

FIRST_PIECES = ("black-key-bells", "grandfather-clock", "five-steps-right", "five-steps-left", "lure-lure-laempken")


def after(*happened: tuple[int | None, Body]) -> Student:
    return folded(life(happened))


def roles(lesson: Lesson) -> list[str]:
    return [step.role for step in lesson.steps]


def offered(lesson: Lesson) -> list[Offer]:
    return [next(offer for offer in SHELF if offer.piece == step.piece) for step in lesson.steps]


def texts(lesson: Lesson) -> str:
    return " ".join(worded_reason(reason) for step in lesson.steps for reason in step.reasons)


def a_month() -> list[tuple[int | None, Body]]:
    """A first month: five pieces again and again, better and better."""
    return [(DAY + day, took(BY_NAME[FIRST_PIECES[day % 5]], min(1.0, 0.5 + day / 20.0))) for day in range(24)]


def test_the_first_lesson_begins_at_the_very_beginning() -> None:
    lesson = compose(after(), SHELF, DAY)
    assert {NEW, WARM_UP} <= set(roles(lesson))
    assert max(offer.level for offer in offered(lesson)) <= 0.5
    assert all(not offer.reading for offer in offered(lesson))


def test_a_lesson_of_a_month_has_all_four_parts_each_with_its_reason_and_takes_ten_minutes() -> None:
    lesson = compose(after(*a_month()), SHELF, DAY + 200)
    assert roles(lesson)[:3] == [WARM_UP, NEW, REVIEW]
    assert len(lesson.steps) == 4
    assert abs(lesson.minutes - 10.0) <= 1.0
    assert all(step.reasons for step in lesson.steps)
    assert len({step.piece for step in lesson.steps}) == 4


def test_the_new_piece_builds_on_what_is_there_or_brings_it_itself() -> None:
    happened: list[tuple[int | None, Body]] = []
    for day in range(10):
        lesson = compose(after(*happened), SHELF, DAY + day)
        student = after(*happened)
        new = next(step for step in lesson.steps if step.role == NEW)
        offer = next(offer for offer in SHELF if offer.piece == new.piece)
        assert Outlook(student, SHELF, DAY + day).unready(offer) == 0
        happened += [(DAY + day, LessonGiven(())), *((DAY + day, took(offer, 0.9)) for offer in offered(lesson))]


def test_when_nothing_is_due_a_second_new_piece_takes_the_place_of_the_review() -> None:
    student = after(*a_month())
    outlook = Outlook(student, SHELF, DAY + 24)
    assert not [skill for skill in student.skills if outlook.due(skill)]
    assert roles(compose(student, SHELF, DAY + 24)) == [WARM_UP, NEW, NEW, REPERTOIRE]


def test_what_was_not_heard_for_long_is_reviewed_and_said_to_be() -> None:
    happened = [*a_month(), *((DAY + 24 + day, took(BY_NAME["call-and-answer"], 1.0)) for day in range(5))]
    student = after(*happened)
    day = DAY + 200
    lesson = compose(student, SHELF, day)
    outlook = Outlook(student, SHELF, day)
    due = {skill for skill in student.skills if outlook.due(skill)}
    covered = {skill for offer in offered(lesson) for skill in offer.skills}
    assert len(due & covered) > len(due) / 2
    review = next(step for step in lesson.steps if step.role == REVIEW)
    assert {reason.message for reason in review.reasons} >= {"review_skills", "review_days"}


def test_a_bar_that_went_wrong_comes_back_by_itself_with_the_bar_before_it() -> None:
    ode = BY_NAME["ode-to-joy"]
    bars = tuple(msgspec.structs.replace(bar, missed=5 if bar.bar == 6 else 0) for bar in took(ode, 1.0, bars=8).bars)
    stumbled: Attempted = msgspec.structs.replace(took(ode, 1.0), bars=bars)
    happened: list[tuple[int | None, Body]] = [(DAY + day, took(ode, 1.0, bars=8)) for day in range(0, 40, 4)]
    happened += [(DAY + 39, took(BY_NAME["black-key-bells"], 1.0)), (DAY + 40, stumbled)]
    student = after(*happened)
    outlook = Outlook(student, [ode], DAY + 41)
    assert outlook.due_bars(ode.piece) == [6]
    step = next(step for step in compose(student, [ode, *SHELF[:8]], DAY + 41).steps if step.role == REVIEW)
    assert (step.piece, step.bar, step.to_bar) == (ode.piece, 5, 6)
    assert [worded_reason(reason) for reason in step.reasons] == ["Bar 6 went wrong before: it is due."]


def test_no_due_review_waits_longer_than_two_weeks_while_lessons_are_played() -> None:
    student = after(*a_month())
    day, late = DAY + 30, 0
    for _ in range(30):
        lesson = compose(student, SHELF, day)
        outlook = Outlook(student, SHELF, day)
        late = max(late, *(outlook.late(skill) for skill in student.skills))
        events = life([(day, LessonGiven(())), *((day, took(offer, 0.9)) for offer in offered(lesson))])
        for event in events:
            student.take_in(event)
        day += 1
    assert late <= 14 + 30  # what the month before left behind comes first
    outlook = Outlook(student, SHELF, day)
    assert max(outlook.late(skill) for skill in student.skills) <= 14


@pytest.mark.parametrize(
    ("equipped", "why"),
    [
        (Equipped(reading=False), "needs_reading"),
        (Equipped(hands="left"), "needs_other_hand"),
        (Equipped(lowest=60, highest=72), "needs_keys"),
        (Equipped(pedal=False), "needs_pedal"),
        (Equipped(semitones=-2, lowest=50, highest=86), "needs_keyboard"),
    ],
)
def test_nobody_is_asked_for_what_they_or_their_keyboard_cannot_do(equipped: Equipped, why: str) -> None:
    student = after((DAY, equipped), *a_month())
    lesson = compose(student, SHELF, DAY + 30)
    assert lesson.left_out[why] > 0
    assert lesson.steps
    for offer, step in zip(offered(lesson), lesson.steps, strict=True):
        assert fitted(offer, equipped)[0] is not None
        if equipped.hands == "left":
            assert step.hands == "left"
            assert not any(skill.startswith("hands.") for skill in step.skills)
        if equipped.semitones:
            assert offer.melody is not None
            assert not any(skill.startswith(("chord.", "hands.", "pedal.")) for skill in step.skills)
        if not equipped.reading:
            assert not offer.reading


def test_a_student_of_one_line_can_begin_though_they_have_no_keyboard_hand() -> None:
    lesson = compose(after((DAY, Equipped(semitones=-2, lowest=50, highest=86))), SHELF, DAY)
    assert NEW in roles(lesson)
    assert min(offer.level for offer in offered(lesson)) < 1.0


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(SHELF), st.floats(0, 1)), max_size=15),
    st.one_of(st.none(), st.integers(DAY, DAY + 500)),
    st.integers(3, 60),
)
def test_whatever_was_played_a_lesson_is_the_same_each_time_and_can_be_told(
    takes: list[tuple[int, Offer, float]], day: int | None, minutes: int
) -> None:
    happened: list[tuple[int | None, Body]] = [(None, Equipped(minutes=minutes))]
    happened += [(DAY + on, took(offer, right)) for on, offer, right in sorted(takes, key=lambda row: row[0])]
    student = after(*happened)
    lesson = compose(student, SHELF, day)
    assert lesson == compose(after(*happened), list(reversed(SHELF)), day)
    assert len({step.piece for step in lesson.steps}) == len(lesson.steps)
    assert abs(lesson.minutes - minutes) <= 1.0 + 0.1 * minutes
    assert texts(lesson)
    assert all(0.0 < step.tempo <= 1.0 and step.minutes > 0 for step in lesson.steps)


def test_without_any_piece_there_is_no_lesson_and_nobody_is_blamed() -> None:
    assert compose(after(*a_month()), [], DAY).steps == ()


def test_a_step_that_was_not_wanted_is_not_asked_for_again_at_once() -> None:
    first = compose(after(), SHELF, DAY)
    new = next(step for step in first.steps if step.role == NEW)
    again = compose(after(*((DAY, StepSkipped(new.piece)) for _ in range(6))), SHELF, DAY)
    assert next(step for step in again.steps if step.role == NEW).piece != new.piece


def test_on_a_board_without_a_date_reviews_come_by_lessons() -> None:
    happened: list[tuple[int | None, Body]] = [(None, took(BY_NAME["black-key-bells"], 1.0))]
    for number in range(30):
        happened += [(None, LessonGiven(())), (None, took(SHELF[5 + number % 3], 0.9))]
    outlook = Outlook(after(*happened), SHELF, None)
    assert outlook.student.sitting == 30
    assert outlook.due("keys.black")


def test_after_a_date_that_was_too_late_reviews_come_by_lessons_until_it_is_past() -> None:
    wrong = DAY + 5 * 365
    happened: list[tuple[int | None, Body]] = [(wrong, took(BY_NAME["black-key-bells"], 1.0))]
    for number in range(30):
        happened += [(DAY + number, LessonGiven(())), (DAY + number, took(SHELF[5 + number % 3], 0.9))]
    student = after(*happened)
    assert student.day == wrong
    assert Outlook(student, SHELF, DAY + 31).due("keys.black")
    assert student.skills["keys.black"].memory.late(wrong, 31) < 0


def test_every_reason_has_words_for_its_arguments() -> None:
    for text in ENGLISH.values():
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        assert text.format(**dict.fromkeys(names, 1))
