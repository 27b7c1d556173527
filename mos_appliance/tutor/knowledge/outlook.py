"""How things stand for a student before a lesson: what is due, what waits, what is likely to go well."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from mos_appliance.tutor.knowledge.offers import Offer
from mos_appliance.tutor.knowledge.student import Student
from mos_appliance.tutor.knowledge.tracing import KNOWN_NEED, MASTERED

UNSURE_SITTINGS: Final = 7
"""What is begun and not sure is not left for longer."""
NEVER: Final = -1_000_000
_MOST_LATE: Final = 30


class Outlook:
    """Asked by the lesson's composer; looks only.

    `day` None, or before one that was believed already: days are not counted, sittings are.
    """

    def __init__(self, student: Student, offers: Sequence[Offer], day: int | None) -> None:
        self.student = student
        self.day = day if day is None or student.day is None or day >= student.day else None
        self.sitting = student.sitting + 1
        self._offered = {skill for offer in offers for skill in offer.skills}
        self.belief = lru_cache(maxsize=None)(lambda skill: student.belief(skill, self.day))
        self.ready = lru_cache(maxsize=None)(lambda skill: student.ready(skill, self._offered))
        self._bars: dict[str, list[tuple[int, int]]] = {}
        for (piece, bar), memory in student.passages.items():
            late = memory.late(self.day, self.sitting)
            if late >= 0:
                self._bars.setdefault(piece, []).append((bar, late))

    # -- skills ------------------------------------------------------------------------------------------------------

    def mastery(self, skill: str) -> float:
        """0 to 1."""
        return self.belief(skill).mastery

    def is_begun(self, skill: str) -> bool:
        """Whether it was shown, and is not mastered."""
        return skill in self.student.skills and self.belief(skill).firm < MASTERED

    def is_wanted(self, skill: str) -> bool:
        """Whether it is to be learned now: begun, or new and ready."""
        return self.is_begun(skill) or (skill not in self.student.skills and self.ready(skill))

    def waited(self, skill: str, beside: Sequence[str] = ()) -> int:
        """Sittings since a skill that is wanted was shown, or could have been; 0 when it is not wanted.

        One that builds on others of the piece (`beside`) has waited as long as they.
        """
        if not self.is_wanted(skill):
            missing = self._missing(skill) if self._within_reach(skill, beside) else ()
            return max((self.waited(need, beside) for need in missing), default=0)
        state = self.student.skills.get(skill)
        return self.sitting - (state.sitting if state else self.student.ready_since.get(skill, 1))

    def late(self, skill: str) -> int:
        """Days (sittings) since a skill was due, 0 when it just is, below 0 when it is not.

        What is begun and not sure is due after a few sittings at the latest.
        """
        state = self.student.skills.get(skill)
        if state is None:
            return NEVER
        late = state.memory.late(self.day, self.sitting)
        return max(late, self.sitting - state.sitting - UNSURE_SITTINGS) if self.is_begun(skill) else late

    def due(self, skill: str) -> bool:
        """Whether it is time to hear a skill again."""
        return self.late(skill) >= 0

    def urgency(self, skill: str) -> float:
        """What a due skill weighs: 1, and more and more with each day that it is late; 0 when it is not due."""
        return urgency_of(self.late(skill))

    def due_skills(self) -> list[str]:
        """The skills that are due and come up in a piece that can be asked for."""
        return [skill for skill in self.student.skills if skill in self._offered and self.due(skill)]

    # -- pieces ------------------------------------------------------------------------------------------------------

    def due_pieces(self) -> list[str]:
        """The pieces with bars that are due."""
        return sorted(self._bars)

    def due_bars(self, piece: str) -> list[int]:
        """The bars of a piece that are due, in order."""
        return sorted(bar for bar, _ in self._bars.get(piece, ()))

    def bars_urgency(self, piece: str) -> float:
        """How much of a piece's bars is due; those of one piece are played together: each counts in part."""
        return sum(urgency_of(late) for _, late in self._bars.get(piece, ())) / 1.5

    def rested(self, piece: str) -> int:
        """Sittings since a piece was played; many when it never was."""
        state = self.student.pieces.get(piece)
        return self.sitting - state.sitting if state else 1000

    def foreseen(self, offer: Offer) -> float:
        """The chance that a skill of the piece goes right, on average."""
        return sum(self.student.foreseen(skill, offer.level, self.day) for skill in offer.skills) / len(offer.skills)

    def unready(self, offer: Offer) -> int:
        """How many skills of the piece are neither begun nor ready; what the piece itself brings may be built upon."""
        return sum(not self._within_reach(skill, offer.skills) for skill in offer.skills)

    def _within_reach(self, skill: str, beside: Sequence[str]) -> bool:
        if skill in self.student.skills or self.ready(skill):
            return True
        return all(need in beside and self._within_reach(need, beside) for need in self._missing(skill))

    def _missing(self, skill: str) -> list[str]:
        """What a skill builds on and is not there yet."""
        known = self.student.graph.skills.get(skill)
        needs = known.needs if known else ()
        return [need for need in needs if need in self._offered and self.student.mastery(need) < KNOWN_NEED]

    def can_review(self, offer: Offer) -> bool:
        """Whether a piece may be asked for as a review: played, or with nothing new in it."""
        return offer.piece in self.student.pieces or all(skill in self.student.skills for skill in offer.skills)


def urgency_of(late: int) -> float:
    """What something weighs that has been due for so many days."""
    late = min(late, _MOST_LATE)
    return 1.0 + (late / 2.0) ** 2 * (1.0 + (late / 10.0) ** 2) if late >= 0 else 0.0


def is_mastered(student: Student, skill: str) -> bool:
    """Whether a skill is believed to be mastered on the last day that was known."""
    return skill in student.skills and student.belief(skill).firm >= MASTERED
