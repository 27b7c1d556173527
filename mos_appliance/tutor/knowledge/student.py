"""A student's state: a pure fold over the events of their life.

`fold(events, …)` gives the same for the same events whatever way they came; `Student.take_in` goes on from there with
events that come after all others. Events of kinds that are not known, or damaged in themselves, change nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mos_appliance.errors import BadInput
from mos_appliance.tutor.knowledge import tracing
from mos_appliance.tutor.knowledge.memory import RETIRED_DAYS, Memory, Schedule, reviewed
from mos_appliance.tutor.knowledge.observing import Observation, bar_quality, observations_of, piece_quality
from mos_appliance.tutor.knowledge.skills import Graph
from mos_appliance.tutor.knowledge.tracing import Belief, Form, Model
from mos_appliance.wire.students import Attempted, Envelope, Equipped, LessonGiven, Named, StepSkipped, body_of

MAX_PASSAGES: Final = 400
"""Bars that are remembered as having gone wrong; the firmest make room."""
TROUBLE: Final = 0.65
"""A bar that goes worse than that is looked after by itself."""
_CLEAN: Final = 0.95
_AGAIN: Final = 0.7
"""The same piece once more in a sitting says and teaches so much less each time: the fingers still know it."""
_MOST_AGAIN: Final = 6
MAX_PIECES: Final = 5000
EXERCISE: Final = "exercise."
"""So begin the names of exercises; their bars do not come again, and are not looked after."""


@dataclass(slots=True)
class SkillState:
    """What is believed of a skill. `sitting`: when it was last shown; `attempts`: how often."""

    belief: Belief
    memory: Memory
    attempts: int
    sitting: int
    mastered_in: int = 0
    """The sitting in which it was first mastered; 0 not yet."""


@dataclass(slots=True)
class PieceState:
    """What became of a piece. Qualities are 0 to 1."""

    title: str
    attempts: int = 0
    sitting: int = 0
    best: float = 0.0
    last: float = 0.0
    skipped: int = 0
    """Sittings in which its step was not wanted, since it was last played."""
    again: int = 0
    """How often it was repeated in its last sitting."""


@dataclass(slots=True)
class Student:
    """The state. `day`: the last one that is known; `sitting` counts lessons and days of practice, from 1."""

    graph: Graph
    schedule: Schedule
    levels: Mapping[str, float] = field(default_factory=dict)
    """The level of each skill's easiest piece."""
    model: Model = tracing.DEFAULT
    nickname: str = ""
    equipped: Equipped = field(default_factory=Equipped)
    day: int | None = None
    sitting: int = 0
    lessons: int = 0
    last_lesson: LessonGiven | None = None
    seconds: float = 0.0
    form: Form = field(default_factory=Form)
    skills: dict[str, SkillState] = field(default_factory=dict)
    pieces: dict[str, PieceState] = field(default_factory=dict)
    passages: dict[tuple[str, int], Memory] = field(default_factory=dict)
    """By piece and bar."""
    ready_since: dict[str, int] = field(default_factory=dict)
    """The sitting since which a skill that was never shown could have been."""
    lesson_sitting: int = 0
    """The sitting of the last lesson."""
    unread: int = 0
    """Events of this student that this version does not understand; they are kept."""

    def take_in(self, event: Envelope) -> None:
        """Go on by one event, which must come after all that were taken in."""
        try:
            body = body_of(event)
        except BadInput:
            body = None
        if body is None:
            self.unread += 1
            return
        self.come_to(event.day)
        match body:
            case Named():
                self.nickname = body.nickname
            case Equipped():
                self.equipped = body
            case LessonGiven():
                self.begin_lesson(body)
            case StepSkipped():
                piece = self.pieces.setdefault(body.piece, PieceState(""))
                piece.skipped += 1
            case Attempted():
                self.attempted(body)

    # -- what is asked of it -----------------------------------------------------------------------------------------

    def have(self, skill: str) -> float:
        """How much of what a skill builds on is there, 0 to 1; skills that the graph does not know need nothing."""
        known = self.graph.skills.get(skill)
        needs = known.needs if known else ()
        return sum(self.mastery(need) for need in needs) / len(needs) if needs else 1.0

    def belief(self, skill: str, day: int | None = None) -> Belief:
        """What is believed of a skill, on that day or on the last that was known."""
        state = self.skills.get(skill)
        if state is None:
            return tracing.first_belief(self._rates(skill), self.have(skill))
        elapsed = state.memory.elapsed_days(self.day if day is None else day)
        if not elapsed:
            return state.belief
        remembered = self.schedule.retrievability(state.memory.strength, elapsed)
        return tracing.faded(state.belief, self.model, remembered)

    def mastery(self, skill: str, day: int | None = None) -> float:
        """0 to 1."""
        return self.belief(skill, day).mastery

    def ready(self, skill: str, offered: Container[str] | None = None) -> bool:
        """Whether all that a skill builds on is there; what is in none of the pieces `offered` is not asked for."""
        known = self.graph.skills.get(skill)
        needs = known.needs if known else ()
        asked = [need for need in needs if offered is None or need in offered]
        return all(self.mastery(need) >= tracing.KNOWN_NEED for need in asked)

    def foreseen(self, skill: str, level: float, day: int | None = None) -> float:
        """The chance that a skill goes right in a piece of that level."""
        return tracing.foreseen(self.belief(skill, day), self._chances(skill, level, self.have(skill)))

    # -- within ------------------------------------------------------------------------------------------------------

    def come_to(self, day: int | None) -> None:
        """Days are counted only while the date is known, and never backwards."""
        if not self.sitting:
            self._sit_down()
        if day is not None and (self.day is None or day > self.day):
            before, self.day = self.day, day
            if before is not None:
                self._sit_down()

    def _sit_down(self) -> None:
        """Another sitting: form is that of the day, and what has become ready begins to wait."""
        self.sitting += 1
        self.form = self.form._replace(today=0.0)
        for skill in self.graph.skills:
            if skill not in self.skills and skill not in self.ready_since and self.ready(skill):
                self.ready_since[skill] = self.sitting

    def begin_lesson(self, lesson: LessonGiven) -> None:
        """Another lesson is another sitting where the day does not tell."""
        if self.lessons and self.lesson_sitting == self.sitting:
            self._sit_down()
        self.lessons += 1
        self.last_lesson = lesson
        self.lesson_sitting = self.sitting

    def attempted(self, attempt: Attempted) -> None:
        """A take was judged."""
        self.seconds += attempt.seconds
        before = self.pieces.get(attempt.piece)
        again = before.again + 1 if before and before.sitting == self.sitting else 0
        for seen in observations_of(attempt):
            self.observe(replace(seen, weight=seen.weight * _AGAIN ** min(again, _MOST_AGAIN)))
        if not attempt.piece.startswith(EXERCISE):
            self._follow_bars(attempt)
        self.keep_piece(attempt.piece, attempt.title, piece_quality(attempt))
        self.pieces[attempt.piece].again = again

    def keep_piece(self, name: str, title: str, quality: float) -> None:
        """Remember how a piece went, 0 to 1."""
        piece = self.pieces.setdefault(name, PieceState(title))
        piece.title, piece.last = title, quality
        piece.attempts, piece.sitting, piece.skipped = piece.attempts + 1, self.sitting, 0
        piece.best = max(piece.best, piece.last)
        if len(self.pieces) > MAX_PIECES:
            del self.pieces[min(self.pieces, key=lambda name: (self.pieces[name].sitting, name))]

    def observe(self, seen: Observation) -> float:
        """Learn from one observation. Returns how right it was foreseen to be."""
        rates, have, belief = self._rates(seen.skill), self.have(seen.skill), self.belief(seen.skill)
        right = self._chances(seen.skill, seen.level, have)
        expected = tracing.foreseen(belief, right)
        belief = tracing.told(belief, right, seen.right, seen.weight)
        belief = tracing.practised(belief, rates, self.model, have, self.form, seen.weight)
        self.form = tracing.surprised(self.form, self.model, seen.right, expected, seen.weight)
        before = self.skills.get(seen.skill)
        sure = belief.firm >= tracing.MASTERED
        known = before.memory if before else None
        memory = reviewed(self.schedule, known, seen.right, sure, self.day, self.sitting)
        state = SkillState(belief, memory, (before.attempts if before else 0) + 1, self.sitting)
        state.mastered_in = before.mastered_in if before else 0
        if sure and not state.mastered_in:
            state.mastered_in = self.sitting
        self.skills[seen.skill] = state
        return expected

    def _follow_bars(self, attempt: Attempted) -> None:
        """Bars that went wrong get a memory of their own, and keep it until it is firm."""
        for bar in attempt.bars:
            key = attempt.piece, bar.bar
            quality, before = bar_quality(bar), self.passages.get(key)
            if before is None and quality >= TROUBLE:
                continue
            memory = reviewed(self.schedule, before, quality, quality > _CLEAN, self.day, self.sitting)
            if memory.strength.stability >= RETIRED_DAYS:
                self.passages.pop(key, None)
            else:
                self.passages[key] = memory
        while len(self.passages) > MAX_PASSAGES:
            del self.passages[max(self.passages, key=lambda key: (self.passages[key].strength.stability, key))]

    def _rates(self, skill: str) -> tracing.Rates:
        known = self.graph.skills.get(skill)
        return self.model.rates(known.area if known else "")

    def _chances(self, skill: str, level: float, have: float) -> tuple[float, float, float]:
        base = self.levels.get(skill, level)
        excess = max(-1.0, min(3.0, level - base)) if level >= 0.0 and base >= 0.0 else 0.0
        return tracing.chances(self.model, self._rates(skill), excess, have, self.form)


def fold(
    events: Iterable[Envelope],
    graph: Graph,
    schedule: Schedule,
    levels: Mapping[str, float] | None = None,
    model: Model = tracing.DEFAULT,
) -> Student:
    """The state that those events lead to, in whatever order they come; one that is there twice counts once."""
    student = Student(graph, schedule, levels or {}, model)
    known = {event.id: event for event in events}
    for event in sorted(known.values(), key=lambda event: event.order):
        student.take_in(event)
    return student
