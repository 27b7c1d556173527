"""Flow mode: nothing waits; the tutor keeps the place through errors, stops and restarts, at the student's pace.

Each note is answered at once as the best reading has it, and again when that is final.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from mos_appliance.tutor.follower import Decision, Follower
from mos_appliance.tutor.hypothesis import NO_NOTE
from mos_appliance.tutor.practice.answers import Answer, Answered, Missed, Moved
from mos_appliance.tutor.practice.excerpt import Excerpt
from mos_appliance.tutor.settings import FollowerSettings
from mos_appliance.wire.records import Verdict

EARLY_MS: Final = 90.0
"""Notes less early or late than this are in time …"""
EARLY_SHARE: Final = 0.2
"""… and so are those that are less early or late than that part of a quarter."""
PASSED_MS: Final = 900.0
"""A note is passed over when it has not come so long after a later one: a hand may lag behind."""
HESITATION: Final = 0.6
"""A note that is off by more of a quarter than this was waited for or jumped to: it is neither early nor late."""
_WARM: Final = 4
"""Notes after which the pace is known well enough."""
_FARTHEST: Final = 8
"""Moments between two notes that tell when the later was due."""


class _Anchor(NamedTuple):
    """The last moment that was played: from it the next are reckoned."""

    moment: int
    run: int
    at: float
    due: float
    """When it was due by the moment before; when it came, where nothing tells."""


class Flowing:
    """Follows one take of an excerpt. Times: ms, not going backwards."""

    def __init__(self, excerpt: Excerpt, settings: FollowerSettings | None = None, first: int = 0) -> None:
        """`first`: the number of the first note that comes."""
        self._first = first
        self._excerpt = excerpt
        self._score = excerpt.score
        self.follower = Follower(excerpt.score, settings)
        self._notes_at: list[list[int]] = [[] for _ in range(self._score.moments)]
        for note, moment in enumerate(self._score.moment_of):
            self._notes_at[moment].append(note)
        self.decisions: list[Decision] = []
        self._anchor: _Anchor | None = None
        self._early: dict[int, float] = {}
        self._place = -1
        self._lost = False
        self._fronts: dict[int, int] = {}
        self._matched: set[tuple[int, int]] = set()
        self._passed: deque[tuple[float, int, int, int]] = deque()
        """When a moment was passed, which, in which run and pass."""
        self.last_ms = float("-inf")

    @property
    def place(self) -> int:
        """The moment of the excerpt where the student seems to be; -1 before the first note."""
        return self.follower.place

    @property
    def lost(self) -> bool:
        """Whether that is not known."""
        return self._lost

    @property
    def at_end(self) -> bool:
        """Whether the last moment was played."""
        return self.place == self._score.moments - 1

    def struck(self, index: int, pitch: int, velocity: int, at_ms: float) -> list[Answer]:
        """A key was struck: what it seems to be, what has become final, and where the student is."""
        self.last_ms = at_ms
        decided = self.follower.played(pitch, velocity, at_ms)
        step = self.follower.readings[0].step
        note = step.note if step is not None and step.struck == index - self._first else NO_NOTE
        early = self._earliness(note, step.run if step else 0, at_ms)
        self._early[index] = early
        answers: list[Answer] = [
            Answered(index, self._verdict(note, early), self._excerpt.note_on_page(note), early, 1, False)
        ]
        answers += self._final(decided, at_ms)
        return answers + self._moved()

    def passed(self, now_ms: float) -> list[Answer]:
        """Time has gone by."""
        answers = self._final(self.follower.waited(now_ms), now_ms)
        return answers + self._missed(now_ms)

    def ended(self) -> list[Answer]:
        """No more notes come."""
        return self._final(self.follower.ended(), self.last_ms)

    def _moved(self) -> list[Answer]:
        place = self.follower.place
        if place == self._place and self.follower.lost == self._lost:
            return []
        self._place, self._lost = place, self.follower.lost
        if place < 0:
            return []
        note = self._excerpt.note_on_page(self._notes_at[place][0])
        return [Moved(note, self.follower.confidence, self.follower.pace, self._lost, self.at_end)]

    def _earliness(self, note: int, run: int, at: float) -> float:
        """How much too early a note came by the student's own pace, from the moment before; 0 where that is unknown."""
        if note == NO_NOTE:
            return 0.0
        moment, anchor = self._score.moment_of[note], self._anchor
        due = at
        if anchor is not None and anchor.run == run:
            if moment == anchor.moment:
                due = anchor.due
            elif 0 < moment - anchor.moment <= _FARTHEST:
                quarters = self._score.quarters[moment] - self._score.quarters[anchor.moment]
                due = anchor.at + quarters * self.follower.pace
        if anchor is None or anchor.run != run or moment > anchor.moment:
            self._anchor = _Anchor(moment, run, at, due)
        early = due - at
        return early if len(self._matched) >= _WARM and abs(early) < HESITATION * self.follower.pace else 0.0

    def _verdict(self, note: int, early: float) -> Verdict:
        if note == NO_NOTE:
            return Verdict.WRONG
        free = max(EARLY_MS, EARLY_SHARE * self.follower.pace)
        return Verdict.EARLY if early > free else Verdict.LATE if early < -free else Verdict.RIGHT

    def _final(self, decided: Iterable[Decision], now_ms: float) -> list[Answer]:
        answers: list[Answer] = []
        for decision in decided:
            self.decisions.append(decision)
            struck = decision.struck + self._first
            early = self._early.pop(struck, 0.0) if decision.note != NO_NOTE else 0.0
            verdict = self._verdict(decision.note, early)
            page = self._excerpt.note_on_page(decision.note)
            answers.append(Answered(struck, verdict, page, early, decision.times, True))
            if decision.note != NO_NOTE:
                self._walk(decision, now_ms)
        return answers

    def _walk(self, decision: Decision, now_ms: float) -> None:
        """Note which moments were left behind."""
        moment, run = self._score.moment_of[decision.note], decision.run
        self._matched.add((decision.note, run))
        front = self._fronts.get(run)
        if front is None or moment > front:
            for behind in range(moment if front is None else front, moment):
                self._passed.append((now_ms, behind, run, decision.times))
            self._fronts[run] = moment

    def _missed(self, now_ms: float) -> list[Answer]:
        missed: list[Answer] = []
        while self._passed and now_ms - self._passed[0][0] > PASSED_MS:
            _, moment, run, times = self._passed.popleft()
            missed += [
                Missed(self._excerpt.note_on_page(note), times)
                for note in self._notes_at[moment]
                if (note, run) not in self._matched and not self._score.page.notes["grace"][note]
            ]
        return missed
