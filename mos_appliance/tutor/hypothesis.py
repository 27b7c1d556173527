"""One reading of what was played so far, and how it goes on with the next note."""

from __future__ import annotations

from bisect import bisect_left
from math import inf, log
from typing import Final, NamedTuple

from mos_appliance.tutor.passes import Passes, Repeats
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.settings import FollowerSettings

NO_NOTE: Final = -1
_MOMENT_BITS: Final = 20
_TRILL_CLOCK: Final = 0.5
"""The share of its lateness by which a trill's note moves the clock."""
_BEFORE_FLOOR: Final = 3
"""So many moments before a jump's landing a lagging hand may still strike."""
_KNOWN: Final = 40
"""Steps after which the pace is as well known as it will be."""


def run_from(index: int, moment: int) -> int:
    """The number of the run that begins with that note at that moment; two readings may jump with one note."""
    return index << _MOMENT_BITS | moment


def began_with(run: int) -> int:
    """The note with which a run began."""
    return run >> _MOMENT_BITS


class Step(NamedTuple):
    """What a reading makes of one note; steps lead back to the first."""

    before: Step | None
    struck: int
    """Of the note played."""
    note: int
    """Of the score's page; `NO_NOTE` when it plays none."""
    run: int
    """Of `run_from`: changes with every jump."""


class Hypothesis:
    """A reading. Units: ms; `pace` ms a quarter."""

    __slots__ = ("at", "cost", "floor", "front", "got", "hand", "known", "pace", "run", "step", "used")

    def __init__(self, front: int, at: float, pace: float, run: int) -> None:
        self.cost = 0.0
        self.front = front
        """The furthest moment reached since the last jump; -1 before the first."""
        self.floor = max(front, 0)
        """The moment to which it came by the last jump or slip: what lies before was not left out."""
        self.at = at
        """When that moment came, smoothed."""
        self.got = 0.0
        """What leaving out those of its notes that were played would have cost."""
        self.pace = pace
        self.hand = 0
        """0: as many hands as are heard; else one more than the only hand that is taken to play."""
        self.known = 0
        """How many steps the pace was learned from."""
        self.run = run
        self.step: Step | None = None
        self.used: frozenset[int] | set[int] = frozenset()
        """Notes of the score that were played in this run, as far back as they may be looked for."""

    def copy(self) -> Hypothesis:
        """Another one like it."""
        twin = Hypothesis.__new__(Hypothesis)
        twin.cost = self.cost
        twin.front = self.front
        twin.floor = self.floor
        twin.at = self.at
        twin.got = self.got
        twin.hand = self.hand
        twin.pace = self.pace
        twin.known = self.known
        twin.run = self.run
        twin.step = self.step
        twin.used = self.used
        return twin


def _unsure(share: float, known: int) -> tuple[float, float]:
    """How far waits vary when the pace was learned from so many, and what so vague an expectation costs."""
    wide = share + 0.6 / (known + 1)
    return wide, log(wide / (share + 0.6 / (_KNOWN + 1)))


class Reader:
    """Goes on with hypotheses, note by note. `share` tells for each hand how much of it is played, 0 to 1."""

    def __init__(self, score: ScoreMap, settings: FollowerSettings) -> None:
        self.score = score
        self.settings = settings
        self.share = [1.0] * score.hands
        silent = settings.miss * settings.miss_silent
        alone = [
            [settings.miss if mine == hand else silent for mine in range(score.hands)] for hand in range(score.hands)
        ]
        self.miss = [[settings.miss] * score.hands, *alone]
        """For each `Hypothesis.hand`: what a note left out by each hand costs."""
        self.leap_sources = [before for before, _ in score.leaps]
        self.repeats = Repeats(score)
        self.passes = Passes(score)
        self.unsure = [_unsure(settings.timing_share, known) for known in range(_KNOWN + 1)]
        self.weigh_hands()

    def weigh_hands(self) -> None:
        """Take over what is known about which hands play."""
        settings = self.settings
        for hand in range(self.score.hands):
            share = self.share[hand] if settings.hands is None else float(hand in settings.hands)
            self.miss[0][hand] = settings.miss * max(settings.miss_silent, share)

    def left_out(self, first: int, last: int, hand: int) -> float:
        """What it costs that nothing from moment `first` to before `last` is (yet) played, by that reading's hands."""
        weights, miss = self.score.weights, self.miss[hand]
        cost = (weights[0][last] - weights[0][first]) * miss[0]
        for other in range(1, len(weights)):
            cost += (weights[other][last] - weights[other][first]) * miss[other]
        return cost

    def spared(self, hand: int, note: int) -> float:
        """What a note that is struck no longer costs that reading's hands."""
        return self.miss[hand][self.score.hand_of[note]] * self.score.weight_of[note]

    def next_due(self, reading: Hypothesis) -> int:
        """The next moment that the hands which play have a note of."""
        first = reading.front + 1
        last = min(first + self.settings.ahead, self.score.moments - 1)
        for moment in range(first, last):
            if self.left_out(moment, moment + 1, reading.hand) > 0.3 * self.settings.miss:
                return moment
        return last

    def timing(self, late_ms: float, wait_ms: float, known: int) -> float:
        """What coming `late_ms` late costs after an expected wait; negative is early."""
        settings = self.settings
        share, vague = self.unsure[known]
        deviation = late_ms / (settings.chord_ms + share * wait_ms)
        cost = settings.timing * log(1.0 + deviation * deviation)
        most = settings.timing_most if late_ms > 0 else settings.timing_early
        return (cost if cost < most else most) + vague

    def extra(self, before: Hypothesis, index: int, cost: float) -> Hypothesis:
        """The note plays none of the score's."""
        after = before.copy()
        after.cost += cost
        after.step = Step(before.step, index, NO_NOTE, before.run)
        return after

    def matches(self, before: Hypothesis, index: int, pitch: int, at: float, most: float = inf) -> list[Hypothesis]:
        """Readings in which the note plays one of the score's nearby, none that costs more than `most`."""
        settings, score = self.settings, self.score
        places, heads = score.places[pitch], score.heads[pitch]
        front = before.front
        last = front + settings.ahead
        found: list[Hypothesis] = []
        place = bisect_left(places, front - settings.behind)
        while place < len(places):
            moment, note = places[place], heads[place]
            place += 1
            if moment > last:
                break
            if note in before.used:
                continue
            if moment > front:
                after = self.onward(before, index, note, moment, at, most)
                if after is None:
                    break
                found.append(after)
            else:
                after = self.behind(before, index, note, moment, at)
                if after is not None:
                    found.append(after)
        return found

    def behind(self, before: Hypothesis, index: int, note: int, moment: int, at: float) -> Hypothesis | None:
        """A note of the present moment or of one before; None when it would come too late."""
        settings, quarters = self.settings, self.score.quarters
        wait = (quarters[before.front] - quarters[moment]) * before.pace
        late = at - before.at + wait
        if late > settings.hands_ms and moment < before.front:
            return None
        miss = self.spared(before.hand, note)
        after = before.copy()
        after.cost += self.timing(late, 0.5 * wait, before.known)
        if before.hand and before.hand != self.score.hand_of[note] + 1:
            after.cost += settings.other_hand
        if moment < before.floor:
            if moment < before.floor - _BEFORE_FLOOR:
                return None
            after.cost += settings.late_hand
        elif moment < before.front:
            after.cost -= miss * (1.0 - settings.late_hand / settings.miss)
        else:
            after.got += miss
        after.step = Step(before.step, index, note, before.run)
        after.used = before.used | {note}
        return after

    def onward(
        self, before: Hypothesis, index: int, note: int, moment: int, at: float, most: float
    ) -> Hypothesis | None:
        """A note further on; None when leaving out what lies between costs too much."""
        score, front = self.score, before.front
        cost = before.cost + self.left_out(front if front > 0 else 0, moment, before.hand) - before.got
        if cost > most:
            return None
        after = before.copy()
        if before.hand and before.hand != score.hand_of[note] + 1:
            cost += self.settings.other_hand
        after.cost = cost
        after.got = self.spared(before.hand, note)
        if front >= 0:
            self.walk(before, after, score.quarters[moment] - score.quarters[front], at)
            if score.trill_of[note]:
                self.keep_time(before, after, score.quarters[moment] - score.quarters[front], at)
            if self.leap_sources:
                after.cost += self.passed_by(front, moment, before.run)
        else:
            after.at = at
        after.front = moment
        after.step = Step(before.step, index, note, before.run)
        after.used = self.still_near(before.used, moment) | {note}
        return after

    def walk(self, before: Hypothesis, after: Hypothesis, quarters: float, at: float) -> None:
        """Cost, time and pace of going on by so many quarters until `at`."""
        known = before.known
        wait = quarters * before.pace
        waited = at - before.at
        late = waited - wait
        after.cost += self.timing(late, wait, known)
        after.at = before.at + wait + 0.7 * late if abs(late) < 0.35 * wait + 30.0 else at
        if quarters < 0.05 or waited <= 1.0:
            return
        ratio = waited / wait
        if late > self.settings.patience_ms and ratio > 1.8 and known > 3:
            return
        weight = max(1.0 / (known + 1), min(0.35, 0.08 + wait / 2500.0))
        after.pace = min(max(before.pace * min(max(ratio, 0.5), 2.0) ** weight, 60.0), 8000.0)
        after.known = min(known + 1, _KNOWN)

    def keep_time(self, before: Hypothesis, after: Hypothesis, quarters: float, at: float) -> None:
        """A trill's notes come as fast as they come: the pace stays, and the clock runs on nearly as before."""
        due = before.at + quarters * before.pace
        after.at = due + _TRILL_CLOCK * (at - due)
        after.pace, after.known = before.pace, before.known

    def passed_by(self, front: int, moment: int, run: int) -> float:
        """What it costs not to take a repeat that the score asks for, between two moments."""
        source = self.repeats.between(front, moment)
        if source is None or self.repeats.asked(source, self.passes.coming(source, run)) == source + 1:
            return 0.0
        return self.settings.repeat_ignored

    def still_near(self, used: frozenset[int] | set[int], front: int) -> frozenset[int] | set[int]:
        """Only those that may be looked for again."""
        if len(used) < 64:
            return used
        moment_of, least = self.score.moment_of, front - self.settings.behind
        return frozenset(note for note in used if moment_of[note] >= least)

    def leaps(self, before: Hypothesis, index: int, pitch: int, at: float) -> list[Hypothesis]:
        """Readings in which a repeat of the score is taken before the note."""
        found = []
        front, ahead = before.front, self.settings.ahead
        first = bisect_left(self.leap_sources, front)
        for source, target in self.score.leaps[first:]:
            if source > front + ahead // 2:
                break
            places = self.score.places[pitch]
            for place in range(bisect_left(places, target), len(places)):
                moment = places[place]
                if moment > target + 3:
                    break
                found.append(self.leap(before, index, (source, target), (self.score.heads[pitch][place], moment), at))
        return found

    def leap(
        self, before: Hypothesis, index: int, leap: tuple[int, int], goal: tuple[int, int], at: float
    ) -> Hypothesis:
        """On through a repeat to a note behind it."""
        source, target = leap
        note, moment = goal
        score = self.score
        gap = min(1.0, score.quarters[source + 1] - score.quarters[source]) if source + 1 < score.moments else 1.0
        quarters = score.quarters[source] - score.quarters[before.front] + gap
        quarters += score.quarters[moment] - score.quarters[target]
        after = before.copy()
        after.cost += self.settings.jump_asked
        if self.repeats.asked(source, self.passes.coming(source, before.run)) != target:
            after.cost += self.settings.repeat_unasked
        after.cost += self.left_out(before.front, source + 1, before.hand) - before.got
        after.cost += self.left_out(target, moment, before.hand)
        after.got = self.spared(before.hand, note)
        self.walk(before, after, quarters, at)
        after.front, after.floor, after.run = moment, target, run_from(index, moment)
        after.step = Step(before.step, index, note, after.run)
        after.used = frozenset((note,))
        return after
