"""What went wrong in a take, note by note and bar by bar, with no more said than is sure."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from mos_appliance.tutor.account import Account, Missed
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.timing import Timing

_AROUND: Final = 3
"""Moments on each side that must have been played for a gap between them to be sure."""
_MEANT: Final = 5
"""Moments and time within which a stray key may be a note of the score."""
_MEANT_MS: Final = 500.0
_WELL_PLAYED: Final = 0.75
_HAND_PLAYS: Final = 0.5
_WAIT_RATIO: Final = 1.8
_WAIT_QUARTERS: Final = 0.75
_LONG_QUARTERS: Final = 1.9
"""After so long a note a player may wait: a phrase ends."""
_SOLID_RUN: Final = 4


class WrongNote(NamedTuple):
    """A key struck in place of another; `struck`: the index of the note played, -1 when none was struck."""

    note: int
    run: int
    times: int
    struck: int
    passes: int
    """How often its place was played in all."""


class Wait(NamedTuple):
    """A hesitation before a moment. Units: ms."""

    moment: int
    run: int
    waited: float
    expected: float


class Restart(NamedTuple):
    """The student went back of their own accord: from one moment to another, with that note played."""

    source: int
    target: int
    struck: int


@dataclass(frozen=True, slots=True)
class Faults:
    """What is sure, and how much there was to do."""

    wrong: tuple[WrongNote, ...]
    """Both wrong and silent notes of the score."""
    waits: tuple[Wait, ...]
    restarts: tuple[Restart, ...]
    missed: int
    """Notes left out where the student played, by a hand that plays."""
    extra: int
    """Notes that are none of the score's, bounced keys and those while lost not counted."""
    due: int
    """Notes of the score that stood where the student played, for the hands that play."""
    bars: int
    """Bars that were played through, each as often as it was."""
    left_out: tuple[Missed, ...] = ()
    """The notes that `missed` counts."""
    strays: tuple[int, ...] = ()
    """The notes played that `extra` counts."""


def find_faults(score: ScoreMap, take: Performance, account: Account, timing: Timing) -> Faults:
    """The faults of a take."""
    ground = _Ground(score, take, account, timing)
    missed = [row for row in account.missed if ground.counts(row)]
    lost = {index for first, last in account.lost for index in range(first, last + 1)}
    extra = [index for index in account.extra if index not in lost and not ground.bounced(index)]
    visited = {(score.bars[moment], run) for moment, run, _ in account.passes.visits}
    return Faults(
        tuple(ground.wrong_notes(missed, extra)),
        tuple(_waits(score, timing)),
        tuple(_restarts(score, account)),
        len(missed),
        len(extra),
        len(account.matches) + len(missed),
        max(1, len(visited)),
        tuple(missed),
        tuple(extra),
    )


class _Ground:
    """What surrounds a note: how well its neighbourhood was played, and when it was due."""

    def __init__(self, score: ScoreMap, take: Performance, account: Account, timing: Timing) -> None:
        self.score, self.take, self.timing = score, take, timing
        self.passes = account.passes.times
        self.played = {(match.note, match.run) for match in account.matches}
        self.hands = _hands_by_bar(score, account)
        self.times: dict[int, tuple[list[int], list[float]]] = {}
        for moment, run, came in zip(timing.moment.tolist(), timing.run.tolist(), timing.came_ms.tolist(), strict=True):
            moments, times = self.times.setdefault(run, ([], []))
            moments.append(moment)
            times.append(came)
        self.notes_at: dict[int, list[int]] = {}
        for note, moment in enumerate(score.moment_of):
            self.notes_at.setdefault(moment, []).append(note)
        self.struck: dict[int, list[float]] = {}
        for pitch, at in zip(take.pitch.tolist(), take.onset_ms.tolist(), strict=True):
            self.struck.setdefault(pitch, []).append(at)

    def counts(self, missed: Missed) -> bool:
        """Whether a note left out is the student's: where they played, with a hand that plays."""
        if missed.run < 0 or missed.unison or self.score.page.notes["grace"][missed.note]:
            return False
        bar = self.score.bars[self.score.moment_of[missed.note]]
        return self.hands.get((bar, self.score.hand_of[missed.note]), 0.0) >= _HAND_PLAYS

    def bounced(self, index: int) -> bool:
        """Whether the key was struck just before."""
        if not index:
            return False
        pitch, at = int(self.take.pitch[index]), float(self.take.onset_ms[index])
        times = self.struck[pitch]
        place = bisect_left(times, at)
        return place > 0 and at - times[place - 1] < 60.0

    def due(self, moment: int, run: int) -> float | None:
        """When a moment was due, None where its neighbours do not tell."""
        moments, times = self.times.get(run, ([], []))
        place = bisect_left(moments, moment)
        if not 0 < place < len(moments) or moments[place] - moments[place - 1] > 2 * _AROUND:
            return None
        quarters = self.score.quarters
        begin, end = quarters[moments[place - 1]], quarters[moments[place]]
        share = (quarters[moment] - begin) / max(end - begin, 1e-9)
        return times[place - 1] + share * (times[place] - times[place - 1])

    def sure(self, note: int, run: int) -> bool:
        """Whether all around the note was played as written."""
        moment = self.score.moment_of[note]
        around = [
            (other, run) in self.played
            for near in range(moment - _AROUND, moment + _AROUND + 1)
            for other in self.notes_at.get(near, ())
            if other != note
        ]
        return len(around) >= 4 and sum(around) >= _WELL_PLAYED * len(around)

    def wrong_notes(self, missed: list[Missed], extra: list[int]) -> list[WrongNote]:
        """Notes left out, each with the key that was struck in its place."""
        found = []
        onsets = [float(self.take.onset_ms[index]) for index in extra]
        taken: set[int] = set()
        for row in missed:
            moment = self.score.moment_of[row.note]
            due = self.due(moment, row.run)
            if due is None or not self.sure(row.note, row.run) or self.elsewhere(row.note, due):
                continue
            pitch = self.score.pitch_of[row.note]
            near = range(bisect_left(onsets, due - 150.0), bisect_left(onsets, due + 150.0))
            struck = [
                extra[place]
                for place in near
                if extra[place] not in taken and abs(int(self.take.pitch[extra[place]]) - pitch) <= 2
            ]
            if len(struck) == 1:
                taken.add(struck[0])
                if not self.belongs(struck[0], moment, row.run):
                    found.append(WrongNote(row.note, row.run, row.times, struck[0], self.passes[moment]))
            elif not near:
                found.append(WrongNote(row.note, row.run, row.times, -1, self.passes[moment]))
        return found

    def belongs(self, struck: int, moment: int, run: int) -> bool:
        """Whether the score has that key about then, so that it may have been meant."""
        places = self.score.places[int(self.take.pitch[struck])]
        first = bisect_left(places, moment - _MEANT)
        for near in places[first : first + 2 * _MEANT]:
            if near > moment + _MEANT:
                break
            due = self.due(near, run)
            if due is None or abs(due - float(self.take.onset_ms[struck])) < _MEANT_MS:
                return True
        return False

    def elsewhere(self, note: int, due: float) -> bool:
        """Whether the key was struck about then, for whatever note: an alignment might be in doubt."""
        times = self.struck.get(self.score.pitch_of[note], [])
        place = bisect_left(times, due - 400.0)
        return place < len(times) and times[place] <= due + 400.0


def _hands_by_bar(score: ScoreMap, account: Account) -> dict[tuple[int, int], float]:
    """For each bar and hand: the share of its notes, and of its neighbours', that was played at all."""
    bars = np.array([score.bars[moment] for moment in score.moment_of], np.int64)
    hands = np.array(score.hand_of, np.int64)
    played = np.zeros(len(bars), bool)
    played[[match.note for match in account.matches]] = True
    last = int(bars.max()) + 2 if len(bars) else 2
    shares = {}
    for hand in range(score.hands):
        mine = hands == hand
        due = np.bincount(bars[mine], minlength=last + 1).astype(float)
        hit = np.bincount(bars[mine & played], minlength=last + 1).astype(float)
        due, hit = np.convolve(due, np.ones(3), "same"), np.convolve(hit, np.ones(3), "same")
        for bar in range(last + 1):
            if due[bar]:
                shares[bar, hand] = float(hit[bar] / due[bar])
    return shares


def _waits(score: ScoreMap, timing: Timing) -> list[Wait]:
    """Moments that came much later than the student's own tempo had them."""
    found = []
    quarters = np.array(score.quarters)
    for place in range(2, len(timing.moment)):
        run, moment, before = timing.run[place], int(timing.moment[place]), int(timing.moment[place - 1])
        if timing.run[place - 1] != run or moment - before > 2:
            continue
        step = float(quarters[moment] - quarters[before])
        around = timing.pace_ms[max(0, place - 6) : place + 5]
        if step >= _LONG_QUARTERS or not bool(np.isfinite(around).any()):
            continue
        pace = float(np.nanmedian(around))
        waited, expected = float(timing.came_ms[place] - timing.came_ms[place - 1]), step * pace
        if waited - expected > _WAIT_QUARTERS * pace and waited > _WAIT_RATIO * expected:
            found.append(Wait(moment, int(run), waited, expected))
    return found


def _restarts(score: ScoreMap, account: Account) -> list[Restart]:
    """Jumps back that the score did not ask for, between passages that are long enough to be sure of."""
    count: dict[int, int] = {}
    first: dict[int, int] = {}
    for match in account.matches:
        count[match.run] = count.get(match.run, 0) + 1
        first.setdefault(match.run, match.struck)
    runs = [run for run in sorted(count, key=lambda run: first[run]) if count[run] >= _SOLID_RUN]
    found = []
    for before, after in pairwise(runs):
        source, target = account.passes.front[before], account.passes.first[after]
        asked = any(abs(source - start) <= 12 and abs(target - end) <= 6 for start, end in score.leaps)
        if target <= source and not asked:
            found.append(Restart(source, target, first[after]))
    return found
