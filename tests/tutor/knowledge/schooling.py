"""Simulated students at school: practising by the tutor's lessons or in fixed order; answers as the tutor has them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from drivers.review_schedule import ReviewSchedule
from mos_appliance.tutor.knowledge import tracing
from mos_appliance.tutor.knowledge.lesson import USUAL, Step, Taste, compose
from mos_appliance.tutor.knowledge.observing import Observation
from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.knowledge.outlook import Outlook, is_mastered
from mos_appliance.tutor.knowledge.student import Student
from mos_appliance.tutor.knowledge.tracing import Model
from mos_appliance.wire.students import Attempted, Equipped, LessonGiven
from tests.tutor.knowledge.learners import KINDS, Exercise, Graph, Learner
from tests.tutor.knowledge.shelf import graph, graph_of, offers, shelved

DAYS: Final = 60
FIRST_DAY: Final = 20_000
MINUTES: Final = (1.5, 4.0, 2.5, 2.0)
TRULY: Final = 0.8
"""A skill is truly mastered while its chance of a right answer is that good."""


class Answer(NamedTuple):
    """What one skill of one exercise did. `level` of the piece."""

    exercise: int
    day: int
    skill: str
    level: float
    right: bool


class School(NamedTuple):
    """What the shelf is to learners and to the tutor."""

    truth: Graph
    offers: list[Offer]
    levels: dict[str, float]


def school() -> School:
    made = offers()
    levels: dict[str, float] = {}
    for offer in made:
        for skill in offer.skills:
            levels[skill] = min(levels.get(skill, 10.0), offer.level)
    return School(graph_of(shelved()), sorted(made, key=lambda offer: (offer.level, offer.name)), levels)


def learner(kind: str, truth: Graph, seed: int) -> Learner:
    return KINDS[kind](truth, np.random.default_rng([seed, sorted(KINDS).index(kind)]))


def new_student(place: School, model: Model = tracing.DEFAULT) -> Student:
    return Student(graph(), ReviewSchedule(), place.levels, model, equipped=Equipped(pedal=True))


def wander(place: School, kind: str, seed: int) -> list[Answer]:
    """Sixty days by nobody's plan: pieces at random from a window that moves up the shelf, a piece a day."""
    who = learner(kind, place.truth, seed)
    rng = np.random.default_rng([seed, 99])
    answers: list[Answer] = []
    for day in range(DAYS):
        if not who.begin(day):
            continue
        for number, minutes in enumerate(MINUTES):
            offer = place.offers[int(np.clip(day + rng.integers(-10, 4), 0, len(place.offers) - 1))]
            answers += _met(who, offer, minutes, day, number)
    return answers


def _met(who: Learner, offer: Offer, minutes: float, day: int, number: int = 0) -> Iterator[Answer]:
    right = who.meets(Exercise(offer.skills, offer.level, minutes))
    if right is not None:
        for skill, good in zip(offer.skills, right, strict=True):
            yield Answer(day * 10 + number, day, skill, offer.level, good)


@dataclass
class Diary:
    """Sixty days of a student."""

    truly: list[set[str]] = field(default_factory=list)
    """After each day: the skills that are truly mastered."""
    shown: dict[str, list[int]] = field(default_factory=dict)
    """By skill: the lessons in which it was shown, from 1."""
    waited: dict[str, int] = field(default_factory=dict)
    """By skill: lessons in which it could have been begun, and was not."""
    gaps: dict[str, int] = field(default_factory=dict)
    """By skill: the most lessons on end in which it was begun, not mastered as the tutor believed, and not shown."""
    late: list[int] = field(default_factory=list)
    """Lessons by which each review came late: 0 in the very lesson for which it was due."""
    bars_late: list[int] = field(default_factory=list)
    """The same for bars that had gone wrong."""
    lessons: int = 0
    open_reviews: list[int] = field(default_factory=list)
    """Lessons for which reviews had been due that had not come at the end, bars among them."""


Plan = Callable[[int], Sequence[tuple[Offer, float]]]


def fixed_order(place: School, lessons_a_piece: int = 1) -> Plan:
    """The shelf in the order of its levels: a new piece every so many lessons, with the three before it."""

    def plan(lesson: int) -> Sequence[tuple[Offer, float]]:
        at = min(lesson // lessons_a_piece, len(place.offers) - 1)
        chosen = [place.offers[max(0, at - back)] for back in (3, 0, 1, 2)]
        return list(zip(chosen, MINUTES, strict=True))

    return plan


def by_plan(place: School, kind: str, seed: int, plan: Plan) -> Diary:
    """Practising as planned; a plan that has come to its end stays there."""
    who, diary = learner(kind, place.truth, seed), Diary()
    for day in range(DAYS):
        if who.begin(day):
            for offer, minutes in plan(diary.lessons):
                for answer in _met(who, offer, minutes, day):
                    diary.shown.setdefault(answer.skill, []).append(diary.lessons + 1)
            diary.lessons += 1
        _look_into(who, place, diary)
    return diary


Take = Callable[[Offer, Step, Sequence[Answer], np.random.Generator], Attempted]


def by_tutor(
    place: School,
    kind: str,
    seed: int,
    model: Model = tracing.DEFAULT,
    taste: Taste = USUAL,
    taken: Take | None = None,
) -> Diary:
    """Practising by the tutor's lessons. `taken`: the tutor is not told answers, but takes with bars."""
    who, diary, student = learner(kind, place.truth, seed), Diary(), new_student(place, model)
    by_cid, chance = {offer.piece: offer for offer in place.offers}, np.random.default_rng([seed, 7])
    due: dict[Hashable, int] = {}
    for day in range(DAYS):
        if who.begin(day):
            lesson = compose(student, place.offers, FIRST_DAY + day, taste)
            student.come_to(FIRST_DAY + day)
            student.begin_lesson(LessonGiven(tuple((step.role, step.piece) for step in lesson.steps)))
            diary.lessons += 1
            _note_due(student, place, diary, due)
            for step in lesson.steps:
                offer = by_cid[step.piece]
                answers = list(_met(who, offer, step.minutes, day))
                if answers and taken:
                    take = taken(offer, step, answers, chance)
                    student.attempted(take)
                    _settle(diary, diary.bars_late, due, [(offer.piece, bar.bar) for bar in take.bars])
                elif answers:
                    _take_in(student, offer, answers)
                _settle(diary, diary.late, due, [answer.skill for answer in answers])
                for answer in answers:
                    diary.shown.setdefault(answer.skill, []).append(diary.lessons)
        _look_into(who, place, diary)
    diary.open_reviews = [diary.lessons - lesson for lesson in due.values()]
    return diary


def _settle(diary: Diary, late: list[int], due: dict[Hashable, int], done: Sequence[Hashable]) -> None:
    late += [diary.lessons - due.pop(what) for what in done if what in due]


def _note_due(student: Student, place: School, diary: Diary, due: dict[Hashable, int]) -> None:
    outlook = Outlook(student, place.offers, student.day)
    outlook.sitting = student.sitting  # the lesson has begun
    for piece in outlook.due_pieces():
        for bar in outlook.due_bars(piece):
            due.setdefault((piece, bar), diary.lessons)
    for skill, state in student.skills.items():
        if outlook.due(skill):
            due.setdefault(skill, diary.lessons)
        if not is_mastered(student, skill):
            diary.gaps[skill] = max(diary.gaps.get(skill, 0), student.sitting - state.sitting)
    for skill in {skill for offer in place.offers if not outlook.unready(offer) for skill in offer.skills}:
        if skill not in student.skills and outlook.ready(skill):
            diary.waited[skill] = diary.waited.get(skill, 0) + 1


def _take_in(student: Student, offer: Offer, answers: Sequence[Answer]) -> None:
    """What the tutor would learn of it: the answers, one a skill."""
    for answer in answers:
        student.observe(Observation(answer.skill, float(answer.right), 1.0, answer.level))
    share = sum(answer.right for answer in answers) / len(answers)
    student.keep_piece(offer.piece, offer.title, share)


def _look_into(who: Learner, place: School, diary: Diary) -> None:
    diary.truly.append({skill for skill in place.truth.needs if who.truth(skill) >= TRULY})
