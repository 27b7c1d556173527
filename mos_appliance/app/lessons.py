"""Lessons for the students of this box: the shelf as it ships, and the tutor's answers as the API gives them.

Pure of disks once it is loaded; used in the roster's worker thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from drivers.review_schedule import ReviewSchedule
from mos_appliance.companion.student_resources import (
    Equipment,
    LessonReason,
    LessonStep,
    NextLesson,
    Progress,
    SkillProgress,
)
from mos_appliance.music.cid import cid_of
from mos_appliance.music.json_text import read_json
from mos_appliance.tutor.knowledge.lesson import Lesson, compose
from mos_appliance.tutor.knowledge.offers import Offer, offer_of
from mos_appliance.tutor.knowledge.outlook import Outlook, is_mastered
from mos_appliance.tutor.knowledge.reasons import worded_reason
from mos_appliance.tutor.knowledge.skills import Graph, read_graph
from mos_appliance.tutor.knowledge.student import Student, fold
from mos_appliance.wire.students import Envelope

_Role = Literal["warm-up", "new", "review", "repertoire"]
SHELF: Final = Path(__file__).parents[1] / "shelf"


@dataclass(frozen=True, slots=True)
class Syllabus:
    """What there is to learn, and out of what."""

    graph: Graph
    offers: tuple[Offer, ...]
    levels: dict[str, float]
    """The level of each skill's easiest piece."""
    schedule: ReviewSchedule

    def offer(self, piece: str) -> Offer | None:
        """The piece of that CID; None for one that is not of the shelf."""
        return next((offer for offer in self.offers if offer.piece == piece), None)

    def state_of(self, events: list[Envelope]) -> Student:
        """A student out of the events of their life."""
        return fold(events, self.graph, self.schedule, self.levels)

    def next_lesson(self, student: Student, day: int | None) -> Lesson:
        """What comes next."""
        return compose(student, self.offers, day)


def read_syllabus(folder: Path = SHELF) -> Syllabus:
    """The shelf that ships. Errors: `BadInput`, `OSError`."""
    graph = read_graph((folder / "skills.json").read_bytes())
    offers = []
    for file in sorted((folder / "pieces").glob("*.umf")):
        data = file.read_bytes()
        offer = offer_of(read_json(data), cid_of(data))
        if offer is not None:
            offers.append(offer)
    levels: dict[str, float] = {}
    for offer in offers:
        for skill in offer.skills:
            levels[skill] = min(levels.get(skill, offer.level), offer.level)
    return Syllabus(graph, tuple(offers), levels, ReviewSchedule())


def told_lesson(student: str, number: int, lesson: Lesson) -> NextLesson:
    """A lesson as the API tells it."""
    steps = [
        LessonStep(
            role=_role(step.role),
            piece=step.piece,
            title=step.title,
            minutes=step.minutes,
            hands=step.hands,
            tempo=step.tempo,
            bar=step.bar,
            to_bar=step.to_bar,
            skills=list(step.skills),
            reasons=[LessonReason(reason.message, reason.arguments, worded_reason(reason)) for reason in step.reasons],
        )
        for step in lesson.steps
    ]
    return NextLesson(student, number, lesson.minutes, steps, lesson.left_out)


def _role(role: str) -> _Role:
    told: _Role = msgspec.convert(role, _Role)
    return told


def told_progress(name: str, student: Student, syllabus: Syllabus, day: int | None) -> Progress:
    """A student's state as the API tells it."""
    outlook = Outlook(student, syllabus.offers, day)
    skills = []
    for skill in syllabus.graph.skills.values():
        state = student.skills.get(skill.id)
        skills.append(
            SkillProgress(
                skill=skill.id,
                title=skill.title,
                area=skill.area,
                mastery=round(outlook.mastery(skill.id), 3) if state else 0.0,
                state=_standing(student, outlook, skill.id),
                attempts=state.attempts if state else 0,
                due=outlook.due(skill.id),
                review_in_days=max(0, -outlook.late(skill.id)) if state else None,
            )
        )
    return Progress(
        student=name,
        nickname=student.nickname,
        equipment=Equipment(**msgspec.structs.asdict(student.equipped)),
        lessons=student.lessons,
        minutes_played=round(student.seconds / 60.0),
        date_known=day is not None,
        skills=skills,
        passages_due=sum(len(outlook.due_bars(piece)) for piece in outlook.due_pieces()),
    )


def _standing(student: Student, outlook: Outlook, skill: str) -> Literal["waiting", "ready", "begun", "mastered"]:
    if skill not in student.skills:
        return "ready" if outlook.ready(skill) else "waiting"
    return "mastered" if is_mastered(student, skill) else "begun"
