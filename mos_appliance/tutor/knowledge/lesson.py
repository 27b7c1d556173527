"""The next lesson: warm-up, something new, a review, repertoire; about ten minutes, each with its reasons.

How it chooses, in words:

- *New*: a piece whose skills are all begun, or ready because what they build on is there. Wanted is one or two new
  skills, a chance of about two thirds that it goes well, and most of all whatever has waited longest.
- *Review*: the piece in which most that is due comes up, skills and bars, the most overdue first; when much is due, a
  second one takes the place of the repertoire.
- *Repertoire*: what has been played and nearly goes, or goes well and was not heard for long.
- *Warm-up*: something easy that goes well, best with a skill of the new piece, or one that is due.

Ties are broken by level and name, so that the same state gives the same lesson.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Final

from mos_appliance.tutor.knowledge.offers import Offer, fitted
from mos_appliance.tutor.knowledge.outlook import Outlook
from mos_appliance.tutor.knowledge.reasons import Reason
from mos_appliance.tutor.knowledge.student import Student
from mos_appliance.wire.students import Hands

WARM_UP, NEW, REVIEW, REPERTOIRE = "warm-up", "new", "review", "repertoire"
MINUTES: Final = {WARM_UP: 1.5, NEW: 4.0, REVIEW: 2.5, REPERTOIRE: 2.0}
"""Of a lesson of ten minutes."""
MUCH_DUE: Final = 3
"""From so many skills and passages on that are due and left, a second review is put in."""
_SLOW_BELOW: Final = 0.6
_SLOW_TEMPO: Final = 0.7
_HANDS_APART_BELOW: Final = 0.5
_GOES: Final = 0.9


@dataclass(frozen=True, slots=True)
class Taste:
    """How the composer weighs; tuned on simulated students (`docs/evidence/knowledge.md`), none of them the judges."""

    target: float = 0.66
    """The chance that a new piece's skills go right, at which it teaches most."""
    target_width: float = 0.19
    target_weight: float = 2.35
    unready: float = 3.0
    """Against each skill that is not ready."""
    wanted: float = 0.4
    """For each skill that is to be learned now, by what is missing of it …"""
    waited: float = 0.6
    """… and for each lesson that it has waited."""
    weary: float = 1.2
    """Against what was played in the last lesson; half of it after each other one."""
    weak: float = 0.2
    """For weak skills in a review."""
    more_new: bool = True
    """Whether a second new piece takes the place of a review when nothing is due."""
    due: float = 0.4
    """For each skill of a warm-up that is due."""


USUAL: Final = Taste()


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `bar`, `to_bar`: the passage, 0 the whole piece; `tempo`: share of the piece's own."""

    role: str
    piece: str
    title: str
    skills: tuple[str, ...]
    """Those of the piece that the step is for."""
    minutes: float
    hands: Hands
    tempo: float
    reasons: tuple[Reason, ...]
    bar: int = 0
    to_bar: int = 0


@dataclass(frozen=True, slots=True)
class Lesson:
    """The steps in order. `left_out`: how many pieces could not be asked for, by the message that says why."""

    steps: tuple[Step, ...]
    minutes: float
    left_out: dict[str, int]


def compose(student: Student, offers: Sequence[Offer], day: int | None = None, taste: Taste = USUAL) -> Lesson:
    """The student's next lesson out of those pieces, on that day or, where it is not known, without counting days."""
    fitting: list[Offer] = []
    left_out: dict[str, int] = {}
    for offer in sorted(offers, key=lambda offer: (offer.level, offer.name, offer.piece)):
        found, why = fitted(offer, student.equipped)
        if found is None:
            left_out[why] = left_out.get(why, 0) + 1
        else:
            fitting.append(found)
    chooser = _Chooser(Outlook(student, fitting, day), fitting, taste)
    steps = tuple(chooser.steps())
    return Lesson(steps, round(sum(step.minutes for step in steps), 1), left_out)


class _Chooser:
    """Chooses step by step; what one step has taken care of is not asked of the next."""

    def __init__(self, outlook: Outlook, offers: Sequence[Offer], taste: Taste) -> None:
        self.outlook = outlook
        self.taste = taste
        self.offers = offers
        self.taken: set[str] = set()
        self.covered: set[str] = set()

    def steps(self) -> Iterable[Step]:
        """In the order in which they are played; the new thing is chosen first, since the others lead to it."""
        if not self.offers:
            return []
        new = self._new()
        warm_up = self._warm_up(new)
        review = self._review() if self._left_due() or not self.taste.more_new else self._new()
        second = self._review() if len(self._left_due()) >= MUCH_DUE else None
        last = second or self._repertoire() or self._new()
        found = [step for step in (warm_up, new, review, last) if step is not None]
        return _stretched(found, self.outlook.student.equipped.minutes)

    # -- the new thing -----------------------------------------------------------------------------------------------

    def _new(self) -> Step | None:
        free = self._free()
        if not free:
            return None
        best = max(free, key=self._new_score)
        outlook = self.outlook
        fresh = [skill for skill in best.skills if skill not in outlook.student.skills]
        begun = [skill for skill in best.skills if outlook.is_begun(skill)]
        reasons = []
        if fresh:
            reasons.append(Reason("new_skill", {"skills": self._titles(fresh)}))
        elif begun:
            message = "new_going_on" if any(outlook.mastery(skill) < 0.5 for skill in begun) else "new_strengthen"
            reasons.append(Reason(message, {"skills": self._titles(begun)}))
        else:
            reasons.append(Reason("new_next_piece"))
        hungry = max(best.skills, key=lambda skill: (outlook.waited(skill), skill))
        if outlook.waited(hungry) >= 5:
            told = {"skill": self._title(hungry), "sittings": outlook.waited(hungry)}
            reasons.append(Reason("new_waiting", told))
        return self._step(NEW, best, tuple(fresh or begun or best.skills), reasons)

    def _new_score(self, offer: Offer) -> float:
        outlook, taste = self.outlook, self.taste
        score = taste.target_weight * _hill(outlook.foreseen(offer), taste.target, taste.target_width)
        score -= taste.unready * outlook.unready(offer)
        for skill in offer.skills:
            if outlook.is_wanted(skill):
                score += taste.wanted * (1.0 - outlook.mastery(skill))
            score += taste.waited * _hunger(outlook.waited(skill, offer.skills))
        return score - self._weary(offer, taste.weary)

    # -- the others --------------------------------------------------------------------------------------------------

    def _warm_up(self, new: Step | None) -> Step | None:
        towards = set(new.skills) if new else set()
        known = [offer for offer in self._free() if offer.piece in self.outlook.student.pieces]
        candidates = known or self._free()[:3]
        if not candidates:
            return None

        def score(offer: Offer) -> float:
            due = sum(min(4.0, self.outlook.urgency(skill)) for skill in self._due_in(offer))
            shared = len(towards & set(offer.skills))
            return 2.0 * self.outlook.foreseen(offer) + 0.3 * shared + self.taste.due * due - self._weary(offer, 1.0)

        best = max(candidates, key=score)
        reasons = [Reason("warm_up_known" if known else "warm_up_first")]
        shared = [skill for skill in best.skills if skill in towards]
        if shared:
            reasons.append(Reason("warm_up_towards", {"skills": self._titles(shared)}))
        due = self._due_in(best)
        if due:
            reasons.append(Reason("review_skills", {"skills": self._titles(due)}))
        return self._step(WARM_UP, best, tuple(due or shared or best.skills), reasons)

    def _review(self) -> Step | None:
        known = [offer for offer in self._free() if self.outlook.can_review(offer)]
        if not known:
            return None

        def score(offer: Offer) -> float:
            return self._urgency(offer) + 0.5 * self.outlook.foreseen(offer) - self._weary(offer, 0.5)

        best = max(known, key=score)
        due, bars = self._due_in(best), self.outlook.due_bars(best.piece)
        reasons = []
        if due:
            reasons.append(Reason("review_skills", {"skills": self._titles(due)}))
            reasons += self._since(due)
        first = last = 0
        if bars:
            first, last = max(1, bars[0] - 1), bars[-1]
            message = "review_bar" if bars[0] == last else "review_bars"
            reasons.append(Reason(message, {"bar": bars[0], "to_bar": last}))
            if due:
                first = last = 0  # the whole piece has them all
        if not reasons:
            weak = sorted(best.skills, key=lambda skill: (self.outlook.mastery(skill), skill))[:2]
            reasons.append(Reason("review_weakest", {"skills": self._titles(weak)}))
            due = weak
        return self._step(REVIEW, best, tuple(due or best.skills), reasons, first, last)

    def _urgency(self, offer: Offer) -> float:
        """How much of what is due the piece takes care of; what is long overdue counts more."""
        skills = sum(self.outlook.urgency(skill) for skill in self._due_in(offer))
        bars = self.outlook.bars_urgency(offer.piece)
        weak = sum(1.0 - self.outlook.mastery(skill) for skill in offer.skills) / len(offer.skills)
        return skills + bars + self.taste.weak * weak

    def _since(self, due: Sequence[str]) -> list[Reason]:
        memory = self.outlook.student.skills[max(due, key=self.outlook.late)].memory
        days = memory.elapsed_days(self.outlook.day)
        if days > 1:
            return [Reason("review_days", {"days": days})]
        sittings = self.outlook.student.sitting - memory.sitting
        return [Reason("review_sittings", {"sittings": sittings})] if not days and sittings > 1 else []

    def _repertoire(self) -> Step | None:
        played = [offer for offer in self._free() if offer.piece in self.outlook.student.pieces]
        if not played:
            return None
        pieces = self.outlook.student.pieces

        def score(offer: Offer) -> float:
            state = pieces[offer.piece]
            rest = min(10, self.outlook.rested(offer.piece))
            near = 1.5 - abs(0.85 - state.best)
            return near + 0.15 * rest + 0.5 * self._urgency(offer) - 0.5 * state.skipped

        best = max(played, key=score)
        state = pieces[best.piece]
        if state.best >= _GOES:
            reasons = [Reason("repertoire_keep")]
        else:
            reasons = [Reason("repertoire_polish", {"percent": round(100 * state.best)})]
        if self.outlook.rested(best.piece) > 2:
            reasons.append(Reason("repertoire_rest", {"sittings": self.outlook.rested(best.piece)}))
        return self._step(REPERTOIRE, best, best.skills, reasons)

    # -- within ------------------------------------------------------------------------------------------------------

    def _free(self) -> list[Offer]:
        return [offer for offer in self.offers if offer.piece not in self.taken]

    def _due_in(self, offer: Offer) -> list[str]:
        return [skill for skill in offer.skills if skill not in self.covered and self.outlook.due(skill)]

    def _left_due(self) -> list[str]:
        """Skills and passages that are due and come up in no step so far."""
        skills = [skill for skill in self.outlook.due_skills() if skill not in self.covered]
        bars = [piece for piece in self.outlook.due_pieces() if piece not in self.taken]
        return skills + bars

    def _weary(self, offer: Offer, weight: float) -> float:
        """What a piece loses by having been played just now, or not having been wanted."""
        state = self.outlook.student.pieces.get(offer.piece)
        if state is None:
            return 0.0
        return weight * (0.5 ** self.outlook.rested(offer.piece)) + 0.4 * state.skipped

    def _step(
        self, role: str, offer: Offer, skills: tuple[str, ...], reasons: list[Reason], bar: int = 0, to_bar: int = 0
    ) -> Step:
        self.taken.add(offer.piece)
        self.covered |= set(offer.skills) if not bar else set()
        hands, tempo = offer.hands, 1.0
        alone = self.outlook.student.equipped.hands
        likely = self.outlook.foreseen(offer)
        if alone != "both" and hands == "both":
            hands = alone
            reasons.append(Reason("one_hand", {"hand": alone}))
        if role in (NEW, REVIEW) and likely < _SLOW_BELOW:
            tempo = _SLOW_TEMPO
            reasons.append(Reason("slowly", {"percent": round(100 * tempo)}))
        if role == NEW and hands == "both" and likely < _HANDS_APART_BELOW:
            reasons.append(Reason("hands_apart"))
        return Step(role, offer.piece, offer.title, skills, MINUTES[role], hands, tempo, tuple(reasons), bar, to_bar)

    def _title(self, skill: str) -> str:
        return self.outlook.student.graph.title(skill)

    def _titles(self, skills: Sequence[str]) -> str:
        return "; ".join(self._title(skill) for skill in skills[:3])


def _hill(value: float, top: float, width: float) -> float:
    """1 at the top, falling to both sides."""
    return exp(-(((value - top) / width) ** 2))


def _hunger(waited: int) -> float:
    """Waiting weighs more the longer it lasts."""
    return waited * waited / 10.0


def _stretched(steps: Sequence[Step], minutes: float) -> list[Step]:
    """The steps, made as long together as a lesson is to be; halves of minutes."""
    total = sum(step.minutes for step in steps)
    return [replace(step, minutes=max(0.5, round(2.0 * step.minutes * minutes / total) / 2.0)) for step in steps]
