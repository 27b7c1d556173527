"""Wait mode: the score goes on when its next notes are played, and not before.

Right notes in the right order: a note that is not expected now is refused, whatever comes later in the score. Notes of
a chord have to come within a window of each other; those that came too early for the last are to be struck again. Grace
notes may be played and may be left out.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from mos_appliance.tutor.practice.answers import Answer, Answered, Moved
from mos_appliance.tutor.practice.excerpt import Excerpt
from mos_appliance.wire.records import Verdict

NONE: Final = -1
_CHORD: Final = 3
"""Notes from which on one of them may go unheard by a microphone."""


class _Step(NamedTuple):
    """Notes of the excerpt by pitch: those that are needed, and grace notes that may come before or with them."""

    moment: int
    place: int
    """Where it stands in the excerpt's path."""
    needed: dict[int, int]
    allowed: dict[int, int]


class Waiting:
    """One walk through an excerpt; `loop` begins it again at its end. Times: ms, not going backwards.

    `by_ear`: notes are heard, not sent. What is heard besides may be an overtone, so nothing is refused aloud, and of a
    chord of three and more one note may go unheard.
    """

    def __init__(
        self, excerpt: Excerpt, chord_ms: float, bounce_ms: float, loop: bool, *, by_ear: bool = False
    ) -> None:
        self._by_ear = by_ear
        self._excerpt = excerpt
        self._chord_ms, self._bounce_ms, self._loop = chord_ms, bounce_ms, loop
        self._steps = _steps(excerpt)
        self._at = 0
        self._round = 1
        self._down: dict[int, float] = {}
        """The notes of the chord that were struck so far, and when."""
        self._last: dict[int, float] = {}
        """When each key was struck last."""
        self.refusals: dict[int, list[int]] = {}
        """Keys that were refused, by the first note of the excerpt that was expected."""
        self.done = False

    @property
    def expected(self) -> frozenset[int]:
        """The keys that are waited for."""
        return frozenset() if self.done else frozenset(self._steps[self._at].needed) - self._down.keys()

    @property
    def walked(self) -> int:
        """How many moments of the excerpt's path lie behind, in the round that goes on."""
        return len(self._excerpt.path) if self.done else self._steps[self._at].place

    def place(self) -> Moved:
        """Where the student is to go on."""
        step = self._steps[min(self._at, len(self._steps) - 1)]
        note = min(step.needed.values())
        return Moved(self._excerpt.note_on_page(note), 1.0, 0.0, end=self.done)

    def go_to(self, note: int) -> Moved:
        """Wait at a note of the page, the next time that it is played; stay where it is not waited for."""
        for at, step in enumerate(self._steps):
            if at >= self._at and note in map(self._excerpt.note_on_page, step.needed.values()):
                self._at = at
                self._down.clear()
                break
        return self.place()

    def struck(self, index: int, pitch: int, at_ms: float) -> list[Answer]:
        """A key was struck: what it was, and where the student is now if that has changed."""
        bounced = at_ms - self._last.get(pitch, float("-inf")) < self._bounce_ms
        self._last[pitch] = at_ms
        if self.done or bounced:
            return [self._answer(index, Verdict.EXTRA, NONE)]
        step = self._steps[self._at]
        if pitch in step.needed:
            return self._take(index, pitch, at_ms, step)
        if pitch in step.allowed:
            return [self._answer(index, Verdict.RIGHT, step.allowed[pitch])]
        if self._by_ear:
            return [self._answer(index, Verdict.EXTRA, NONE)]
        self.refusals.setdefault(min(step.needed.values()), []).append(pitch)
        return [self._answer(index, Verdict.WRONG, NONE)]

    def _take(self, index: int, pitch: int, at_ms: float, step: _Step) -> list[Answer]:
        apart = [key for key, at in self._down.items() if at_ms - at > self._chord_ms]
        for key in apart:
            del self._down[key]
        self._down[pitch] = at_ms
        unheard = 1 if self._by_ear and len(step.needed) >= _CHORD else 0
        if len(self._down) < len(step.needed) - unheard:
            verdict = Verdict.APART if apart else Verdict.RIGHT
            return [self._answer(index, verdict, step.needed[pitch])]
        answers: list[Answer] = [self._answer(index, Verdict.RIGHT, step.needed[pitch])]
        self._down.clear()
        self._at += 1
        if self._at == len(self._steps):
            self.done = not self._loop
            self._at, self._round = (self._at, self._round) if self.done else (0, self._round + 1)
        return [*answers, self.place()]

    def _answer(self, index: int, verdict: Verdict, note: int) -> Answered:
        return Answered(index, verdict, self._excerpt.note_on_page(note), 0.0, self._round, True)


def _steps(excerpt: Excerpt) -> list[_Step]:
    """One for each moment with notes that count; grace notes, and moments of them alone, go with the next."""
    score = excerpt.score
    grace = score.page.notes["grace"].tolist()
    notes_at: list[list[int]] = [[] for _ in range(score.moments)]
    for note, moment in enumerate(score.moment_of):
        notes_at[moment].append(note)
    steps: list[_Step] = []
    allowed: dict[int, int] = {}
    for place, moment in enumerate(excerpt.path):
        needed: dict[int, int] = {}
        for note in notes_at[moment]:
            (allowed if grace[note] else needed).setdefault(score.pitch_of[note], note)
        if needed:
            steps.append(_Step(moment, place, needed, allowed))
            allowed = {}
    return steps or [_Step(0, 0, {score.pitch_of[note]: note for note in notes_at[0]}, {})]
