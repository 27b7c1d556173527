"""Three kinds of simulated students. None of them works like the tutor's own model, and all were fixed before it was.

A student meets exercises; each asks for skills and answers, for each of them, right or wrong. What a skill needs is
taken from the shelf's graph, but each student lacks some of its edges: the graph is right about most people only.

Kinds, with their sources as far as there are any:

- `Rememberer`: activation by every single practice, each fading by a power law whose exponent grows with the activation
  at which it was laid down; nights count little. Source: Pavlik & Anderson, Cognitive Science 29 (2005), 559-586.
- `Climber`: four levels, up by jumps after plateaus of a length that nobody sees; what builds on a skill not yet
  climbed hardly counts; bad days and good days; long disuse drops a level, which comes back fast.
- `Moody`: strength that saturates, fades by an exponential, is disturbed by its fresh neighbours, sinks with fatigue in
  a sitting; motivation follows success and failure, and without it days and exercises are skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Final, NamedTuple

import numpy as np

STUMBLE: Final = 0.12
"""That a failure elsewhere in the exercise spoils what would have been right: blame is never sure."""
LOST_EDGES: Final = 0.2
"""Share of the graph's edges that a student does without."""


class Exercise(NamedTuple):
    """What is put before a student: skills, how hard it is (the shelf's grade), minutes."""

    skills: tuple[str, ...]
    grade: float
    minutes: float


class Graph(NamedTuple):
    """The skills' needs, and the grade of the easiest piece of each."""

    needs: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, float]


def logistic(value: float) -> float:
    return 1.0 / (1.0 + exp(-max(-40.0, min(40.0, value))))


class Learner:
    """What all kinds share. A day is begun, then exercises are met; `truth` looks into the head, rested."""

    def __init__(self, graph: Graph, rng: np.random.Generator) -> None:
        self.rng = rng
        self.graph = graph
        self.needs = {
            skill: tuple(need for need in needs if rng.random() >= LOST_EDGES) for skill, needs in graph.needs.items()
        }
        self.day = 0.0

    def begin(self, day: float) -> bool:
        """A day begins; whether the student practises on it."""
        self.day = day
        return True

    def meets(self, exercise: Exercise) -> list[bool] | None:
        """The answers, one a skill; None when the exercise is skipped."""
        right = [
            bool(self.rng.random() < self.chance(skill, self.excess(skill, exercise))) for skill in exercise.skills
        ]
        self.practise(exercise, right)
        if all(right):
            return right
        spoilt = self.rng.random(len(right)) < STUMBLE
        return [answer and not bad for answer, bad in zip(right, spoilt, strict=True)]

    def excess(self, skill: str, exercise: Exercise) -> float:
        """How much harder than its easiest piece the exercise is for that skill, in grades."""
        return max(-0.5, min(3.0, exercise.grade - self.graph.levels[skill]))

    def truth(self, skill: str) -> float:
        """The chance of a right answer on the skill's easiest piece now, rested and on a common day."""
        raise NotImplementedError

    def chance(self, skill: str, excess: float) -> float:
        raise NotImplementedError

    def practise(self, exercise: Exercise, right: Sequence[bool]) -> None:
        raise NotImplementedError


class Rememberer(Learner):
    """Every practice leaves a trace. Units: times in seconds of the mind."""

    NIGHT: Final = 0.025
    """A second outside of practice counts so much."""

    def __init__(self, graph: Graph, rng: np.random.Generator) -> None:
        super().__init__(graph, rng)
        self.decay = float(np.clip(rng.normal(0.177, 0.03), 0.1, 0.28))
        self.scale = 0.277
        self.threshold = float(rng.normal(-1.55, 0.25))
        self.noise = float(rng.uniform(0.2, 0.4))
        self.now = 1000.0
        self.traces: dict[str, list[tuple[float, float]]] = {skill: [] for skill in graph.needs}
        for skill, needs in graph.needs.items():  # some have sat at a keyboard before
            if not needs and rng.random() < 0.4:
                self.traces[skill] = [(0.0, self.decay)] * int(rng.integers(1, 5))

    def begin(self, day: float) -> bool:
        self.now += (day - self.day) * 86_400.0 * self.NIGHT
        return super().begin(day)

    def activation(self, skill: str) -> float:
        traces = self.traces[skill]
        if not traces:
            return -6.0
        return log(sum(max(1.0, self.now - when) ** -decay for when, decay in traces))

    def chance(self, skill: str, excess: float) -> float:
        weak = [1.0 - self._recall(need, 0.0) for need in self.needs[skill]]
        below = 0.7 * sum(weak) / len(weak) if weak else 0.0
        return 0.05 + 0.91 * self._recall(skill, below + 0.25 * excess)

    def _recall(self, skill: str, below: float) -> float:
        return logistic((self.activation(skill) - below - self.threshold) / self.noise)

    def truth(self, skill: str) -> float:
        return self.chance(skill, 0.0)

    def practise(self, exercise: Exercise, right: Sequence[bool]) -> None:
        for skill, good in zip(exercise.skills, right, strict=True):
            if good or self.rng.random() < 0.6:
                decay = self.scale * exp(self.activation(skill)) + self.decay
                self.traces[skill].append((self.now, min(0.9, decay)))
        self.now += exercise.minutes * 60.0


class Climber(Learner):
    """Levels 0 to 3 a skill."""

    CHANCES: Final = (0.1, 0.42, 0.72, 0.94)

    def __init__(self, graph: Graph, rng: np.random.Generator) -> None:
        super().__init__(graph, rng)
        self.slowness = float(rng.uniform(0.7, 1.6))
        self.level = {skill: int(rng.random() < 0.25 and not needs) for skill, needs in graph.needs.items()}
        self.best = dict(self.level)
        self.counted = dict.fromkeys(graph.needs, 0.0)
        self.plateau = {skill: self._plateau() for skill in graph.needs}
        self.last = dict.fromkeys(graph.needs, 0.0)
        self.disuse = {skill: 10 + int(rng.poisson(8)) for skill in graph.needs}
        self.form = 0

    def _plateau(self) -> float:
        return 1.0 + float(self.rng.poisson(1.1 * self.slowness))

    def begin(self, day: float) -> bool:
        self.form = int(self.rng.choice((-1, 0, 1), p=(0.2, 0.7, 0.1)))
        for skill, last in self.last.items():
            if self.level[skill] > 1 and day - last > self.disuse[skill]:
                self.level[skill] -= 1
                self.last[skill] = day
                self.plateau[skill] = 1.0  # what was there before comes back fast
        return super().begin(day)

    def chance(self, skill: str, excess: float) -> float:
        level = max(0, min(3, self.level[skill] + self.form))
        plain = self.CHANCES[level]
        return logistic(log(plain / (1.0 - plain)) - 0.7 * excess)

    def truth(self, skill: str) -> float:
        return self.CHANCES[self.level[skill]]

    def practise(self, exercise: Exercise, right: Sequence[bool]) -> None:  # noqa: ARG002  (doing counts, right or wrong)
        for skill in exercise.skills:
            ready = all(self.level[need] >= 2 for need in self.needs[skill])
            self.counted[skill] += (1.0 if ready else 0.15) * (0.5 if self.form < 0 else 1.0)
            self.last[skill] = self.day
            if self.counted[skill] >= self.plateau[skill] and self.level[skill] < 3:
                self.level[skill] += 1
                self.counted[skill] = 0.0
                again = self.level[skill] < self.best[skill]
                self.best[skill] = max(self.best[skill], self.level[skill])
                self.plateau[skill] = 1.0 if again else self._plateau()


class Moody(Learner):
    """Strength from 0 to 1 a skill."""

    def __init__(self, graph: Graph, rng: np.random.Generator) -> None:
        super().__init__(graph, rng)
        self.gain = float(rng.uniform(0.2, 0.42))
        self.fading = float(rng.uniform(0.015, 0.05))
        self.strength = {skill: float(rng.uniform(0.0, 0.25)) * (not needs) for skill, needs in graph.needs.items()}
        self.times = dict.fromkeys(graph.needs, 0)
        self.last = dict.fromkeys(graph.needs, 0.0)
        self.fatigue = 0.0
        self.motivation = float(rng.uniform(0.5, 0.9))
        self.usual = self.motivation
        self.families: dict[str, list[str]] = {}
        for skill in graph.needs:
            self.families.setdefault(skill.partition(".")[0], []).append(skill)

    def begin(self, day: float) -> bool:
        super().begin(day)
        self.fatigue = 0.0
        drift = 0.15 * (self.usual - self.motivation) + float(self.rng.normal(0.0, 0.07))
        self.motivation = float(np.clip(self.motivation + drift, 0.05, 1.0))
        return bool(self.rng.random() >= 0.05 + 0.45 * (1.0 - self.motivation))

    def meets(self, exercise: Exercise) -> list[bool] | None:
        if self.rng.random() < 0.25 * (1.0 - self.motivation):
            return None
        answers = super().meets(exercise)
        share = sum(answers or ()) / max(1, len(answers or ()))
        self.motivation = float(np.clip(self.motivation + 0.04 * (share - 0.6), 0.05, 1.0))
        self.fatigue += 0.02 * exercise.minutes
        return answers

    def kept(self, skill: str) -> float:
        days = self.day - self.last[skill]
        return self.strength[skill] * exp(-self.fading * days / (1.0 + self.times[skill] / 5.0))

    def chance(self, skill: str, excess: float) -> float:
        below = min((self.kept(need) for need in self.needs[skill]), default=1.0)
        now = self.kept(skill) * (0.6 + 0.4 * below) - self.fatigue - 0.07 * excess
        return 0.06 + 0.9 * logistic(9.0 * (now - 0.38))

    def truth(self, skill: str) -> float:
        fatigue, self.fatigue = self.fatigue, 0.0
        try:
            return self.chance(skill, 0.0)
        finally:
            self.fatigue = fatigue

    def practise(self, exercise: Exercise, right: Sequence[bool]) -> None:
        for skill, good in zip(exercise.skills, right, strict=True):
            now = self.kept(skill)
            pace = self.gain * (0.5 + 0.5 * self.motivation) * (1.0 if good else 0.7) * (1.0 - self.fatigue)
            self.strength[skill] = now + pace * (1.0 - now)
            self.last[skill] = self.day
            self.times[skill] += 1
            if now < 0.6:  # what is fresh gets into the way of its like
                for other in self.families[skill.partition(".")[0]]:
                    if other != skill and 0.05 < self.strength[other] < 0.75:
                        self.strength[other] = max(0.05, self.strength[other] - 0.01)


KINDS: Final[dict[str, type[Learner]]] = {"rememberer": Rememberer, "climber": Climber, "moody": Moody}
