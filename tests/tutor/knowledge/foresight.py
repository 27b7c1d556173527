"""How well the next answers of simulated students are foreseen: by the tutor, by plain BKT, and by running means.

Every method sees the same exercises in the same order, foretells all answers of one, and learns from them afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.knowledge.observing import Observation
from mos_appliance.tutor.knowledge.student import Student
from mos_appliance.tutor.knowledge.tracing import Model
from tests.tutor.knowledge.schooling import FIRST_DAY, Answer, School, new_student


class Method(Protocol):
    """Foretells and learns; one object a student."""

    def foretell(self, answer: Answer) -> float:
        """How likely it is right; its `right` is not looked at."""

    def learn(self, answer: Answer) -> None:
        """It became known."""


Make = Callable[[], Method]


class RunningMean:
    """The share of right answers of the skill so far, drawn to the student's own by `pull` answers."""

    def __init__(self, pull: float = 1.0) -> None:
        self.pull = pull
        self.skills: dict[str, tuple[float, float]] = {}
        self.right, self.count = 1.0, 2.0

    def foretell(self, answer: Answer) -> float:
        right, count = self.skills.get(answer.skill, (0.0, 0.0))
        return (right + self.pull * self.right / self.count) / (count + self.pull)

    def learn(self, answer: Answer) -> None:
        right, count = self.skills.get(answer.skill, (0.0, 0.0))
        self.skills[answer.skill] = right + answer.right, count + 1.0
        self.right, self.count = self.right + answer.right, self.count + 1.0


class StudentMean:
    """The share of all right answers of the student so far."""

    def __init__(self) -> None:
        self.right, self.count = 1.0, 2.0

    def foretell(self, answer: Answer) -> float:  # noqa: ARG002  (the same for all)
        return self.right / self.count

    def learn(self, answer: Answer) -> None:
        self.right, self.count = self.right + answer.right, self.count + 1.0


class Four(NamedTuple):
    """The parameters of plain BKT."""

    known: float
    learn: float
    guess: float
    slip: float


class PlainBkt:
    """Corbett & Anderson (1995)."""

    @classmethod
    def of(cls, four: Sequence[float]) -> Make:
        """One for each student."""
        return lambda: cls(Four(*four))

    def __init__(self, four: Four) -> None:
        self.four = four
        self.known: dict[str, float] = {}

    def foretell(self, answer: Answer) -> float:
        known = self.known.get(answer.skill, self.four.known)
        return known * (1.0 - self.four.slip) + (1.0 - known) * self.four.guess

    def learn(self, answer: Answer) -> None:
        four, known = self.four, self.known.get(answer.skill, self.four.known)
        yes, no = (1.0 - four.slip, four.guess) if answer.right else (four.slip, 1.0 - four.guess)
        known = known * yes / (known * yes + (1.0 - known) * no)
        self.known[answer.skill] = known + (1.0 - known) * four.learn


class Tutor:
    """Ours, as it runs in the appliance."""

    def __init__(self, student: Student) -> None:
        self.student = student

    def foretell(self, answer: Answer) -> float:
        self.student.come_to(FIRST_DAY + answer.day)
        return self.student.foreseen(answer.skill, answer.level)

    def learn(self, answer: Answer) -> None:
        self.student.observe(Observation(answer.skill, float(answer.right), 1.0, answer.level))


def tutors(place: School, model: Model) -> Make:
    return lambda: Tutor(new_student(place, model))


def foretold(lives: Sequence[Sequence[Answer]], make: Make) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What was foretold of each answer of each student, and what it was."""
    expected, right = [], []
    for life in lives:
        method = make()
        for answers in exercises(life):
            expected += [method.foretell(answer) for answer in answers]
            right += [answer.right for answer in answers]
            for answer in answers:
                method.learn(answer)
    return np.array(expected), np.array(right, bool)


def exercises(life: Sequence[Answer]) -> Iterator[list[Answer]]:
    for _, answers in groupby(life, key=lambda answer: answer.exercise):
        yield list(answers)


def area_under_curve(expected: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """AUC by ranks; ties count half."""
    _, place, counts = np.unique(expected, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    rank = (last - (counts - 1) / 2.0)[place]
    good, bad = int(right.sum()), int((~right).sum())
    return float((rank[right].sum() - good * (good + 1) / 2.0) / (good * bad))


def log_loss(expected: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Mean surprise, in nats."""
    chance = np.clip(np.where(right, expected, 1.0 - expected), 1e-3, 1.0)
    return float(-np.log(chance).mean())


GRID: Final = (
    (0.005, 0.01, 0.02, 0.05, 0.1, 0.2),
    (0.03, 0.06, 0.1, 0.15, 0.2, 0.3),
    (0.05, 0.1, 0.15, 0.2, 0.3),
    (0.03, 0.06, 0.1, 0.15, 0.2),
)


def fit_plain(lives: Sequence[Sequence[Answer]]) -> Four:
    """The best of a grid by the likelihood of those lives, all at once for every skill."""
    by_skill: list[list[bool]] = []
    for life in lives:
        rows: dict[str, list[bool]] = {}
        for answer in life:
            rows.setdefault(answer.skill, []).append(answer.right)
        by_skill += rows.values()
    longest = max(map(len, by_skill))
    right = np.zeros((longest, len(by_skill)))
    there = np.zeros((longest, len(by_skill)))
    for column, row in enumerate(by_skill):
        right[: len(row), column], there[: len(row), column] = row, 1.0
    found = [
        (_loss(Four(known, learn, guess, slip), right, there), Four(known, learn, guess, slip))
        for known in GRID[0]
        for learn in GRID[1]
        for guess in GRID[2]
        for slip in GRID[3]
    ]
    return min(found)[1]


def _loss(four: Four, right: NDArray[np.float64], there: NDArray[np.float64]) -> float:
    known = np.full(right.shape[1], four.known)
    loss = 0.0
    for answer, counts in zip(right, there, strict=True):
        chance = known * (1.0 - four.slip) + (1.0 - known) * four.guess
        loss -= float((counts * np.log(np.where(answer > 0, chance, 1.0 - chance))).sum())
        yes = np.where(answer > 0, 1.0 - four.slip, four.slip)
        no = np.where(answer > 0, four.guess, 1.0 - four.guess)
        known = known * yes / (known * yes + (1.0 - known) * no)
        known = known + (1.0 - known) * four.learn
    return loss
