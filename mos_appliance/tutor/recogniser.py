"""Where in the score do the last notes come from? Heard from anywhere, without knowing where the student was.

For every moment of the score the cheapest account of all notes so far that ends there is kept: onward by a few
moments, a further note of the chord, a repeat that the score asks for, or a jump from wherever it was cheapest to be.
A note moves only the moments that have its key; all others call it an extra one, which costs all of them the same.

Source: the forward pass of a hidden Markov model over all places of the score, with the rank-one jumps of Nakamura,
Nakamura & Sagayama, "Real-time audio-to-score alignment of music performances containing errors and arbitrary repeats
and skips" (IEEE/ACM TASLP 24(2), 2016), in its cheapest-path form, at a cost that does not grow with the square of it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.settings import FollowerSettings

_STEPS: Final = 4
"""Moments from one matched note to the next, at most."""
_NEVER: Final = 1e9
_SHARE_MOVED: Final = 0.15
"""What is known about the hands must change by so much for costs to be reckoned anew."""
_BELIEVED: Final = 2.0
"""By how much another place may be likelier than the one that the readings take for it."""
_MOMENT: Final = 0xFFFFFFFF


class Place(NamedTuple):
    """A run that may be going on: its first note, the moment of that, the moment now, and what it cost so far.

    Units: nats; `cost` is to be compared with `Recogniser.cost_at`.
    """

    note: int
    moment: int
    now: int
    cost: float


class Recogniser:
    """Keeps, for each moment, how cheaply the notes up to now can end there."""

    def __init__(self, score: ScoreMap, settings: FollowerSettings) -> None:
        self.score, self.settings = score, settings
        padded = score.moments + _STEPS + 1
        self.cost = np.full(padded, _NEVER)
        """Less what all have paid for extra notes. Moments are shifted by `_STEPS + 1`; before is nothing."""
        self.least, self.source = 0.0, -1
        """The least of `cost`, and where."""
        self.rest = np.zeros(padded)
        """What it costs to go on from there, leaving out the rest of its chord."""
        self.struck = np.zeros(padded, np.int64)
        """Which notes of its chord have been struck, as bits."""
        self.began = np.zeros(padded, np.int64)
        """First note << 32 | first moment, of the run that ends there."""
        shift = _STEPS + 1
        self.places = [np.array(row, np.int64) + shift for row in score.places]
        self.bits = _bits(score)
        self.reach = [self._reach(row) for row in self.places]
        self.bars = np.array([0] * shift + score.bars, np.int64)
        self.upbeat = np.ones(padded)
        self.upbeat[shift:] = [not score.starts_bar(moment) for moment in range(score.moments)]
        self.miss = [0.0] * score.hands
        self.through = np.zeros(padded + 1)
        """What it costs to leave out everything before a moment."""
        self.chord = np.zeros(padded)
        self.known: list[tuple[NDArray[np.float64], NDArray[np.float64]] | None] = [None] * 128
        self.now = np.zeros(0, np.int64)

    def weigh(self, miss: list[float]) -> None:
        """Take over what a note left out costs, by hand."""
        if max(abs(new - old) for new, old in zip(miss, self.miss, strict=True)) < _SHARE_MOVED:
            return
        self.miss = list(miss)
        chord = np.zeros(len(self.chord))
        for hand, weights in enumerate(self.score.weights):
            chord[_STEPS + 1 :] += np.diff(weights) * miss[hand]
        self.rest += chord - self.chord
        self.chord = chord
        np.cumsum(chord, out=self.through[1:])
        self.known = [None] * 128

    def hear(self, note: int, pitch: int, extra: float, reluctance: float) -> None:
        """One more note, numbered from 0. `extra`: what that would cost; `reluctance`: by how much a jump costs more
        than after a pause, 0 when there was one."""
        self.now = places = self.places[pitch]
        if not len(places):
            return
        skipped, credit = self._costs(pitch)
        reach, bit = self.reach[pitch], self.bits[pitch]
        onward = self.cost.take(reach)
        onward += self.rest.take(reach)
        onward += skipped
        chosen = onward.argmin(1)
        rows = np.arange(len(places))
        walked = onward[rows, chosen]
        before = self.cost.take(places)
        struck = self.struck.take(places)
        chord = before - credit
        chord[(struck & bit) != 0] = _NEVER
        if not reluctance:
            walked += self.settings.pause_onward
            chord += self.settings.pause_onward
        leapt = self._jumps(places, reluctance)
        leapt += self.least
        best = np.minimum(walked, leapt)
        same = chord < best
        np.minimum(best, chord, out=best)
        best -= extra
        won = np.flatnonzero(best < before)
        if not len(won):
            return
        at, same = places[won], same[won]
        new = leapt[won] < walked[won]
        origin = np.where(
            new,
            (note << 32) | (at - (_STEPS + 1)),
            self.began.take(reach[won, chosen[won]]),
        )
        self.began[at] = np.where(same, self.began[at], origin)
        self.struck[at] = np.where(same, struck[won] | bit[won], bit[won])
        self.rest[at] = np.where(same, self.rest[at], self.chord[at]) - credit[won]
        self.cost[at] = best[won]
        self.source = int(self.cost.argmin())
        self.least = float(self.cost[self.source])

    def believe(self, moment: int) -> None:
        """Who knows more than is known here takes that for the place: nowhere else is much likelier."""
        at = moment + _STEPS + 1
        most = self.least + _BELIEVED
        if moment >= 0 and self.cost[at] > most:
            self.cost[at] = most

    def cost_at(self, moment: int) -> float:
        """What the cheapest account that ends there costs."""
        return float(self.cost[moment + _STEPS + 1]) if moment >= 0 else _NEVER

    def best(self, count: int) -> list[Place]:
        """The `count` cheapest runs that the note just heard belongs to, each once."""
        costs = self.cost.take(self.now)
        few = np.argpartition(costs, 3 * count)[: 3 * count] if len(costs) > 3 * count else np.arange(len(costs))
        found: dict[int, Place] = {}
        for place in few[np.argsort(costs[few], kind="stable")].tolist():
            at = int(self.now[place])
            began = int(self.began[at])
            if began not in found:
                found[began] = Place(began >> 32, began & _MOMENT, at - (_STEPS + 1), float(costs[place]))
                if len(found) == count:
                    break
        return list(found.values())

    def _jumps(self, places: NDArray[np.int64], reluctance: float) -> NDArray[np.float64]:
        """What it costs to jump to each of those places from the likeliest one."""
        settings = self.settings
        source = self.source if self.source >= 0 else _STEPS + 1
        cost = settings.jump_far * np.log1p(np.abs(self.bars.take(places) - self.bars[source]))
        cost += settings.jump_inside * self.upbeat.take(places)
        if self.source < 0:
            cost += settings.jump
            cost[places == source] = 0.0
            return np.asarray(cost, np.float64)
        cost += settings.jump + reluctance
        gap = places - self.source
        near = (gap >= -settings.slip_back) & (gap <= settings.slip_moments)
        cost[near] = np.minimum(cost, settings.slip + settings.slip_moment * np.abs(gap))[near]
        return np.asarray(cost, np.float64)

    def _reach(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each place: the moments from which one comes there, the last of them by a repeat of the score."""
        reach = places[:, None] - np.arange(1, _STEPS + 2)
        reach[:, -1] = 0
        for source, target in self.score.leaps:
            for after in range(_STEPS):
                reach[places == target + after + _STEPS + 1, -1] = source + _STEPS + 1
        return np.ascontiguousarray(reach)

    def _costs(self, pitch: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For each place of a pitch: what is left out on the way there, and what striking the note itself spares."""
        known = self.known[pitch]
        if known is None:
            places, reach = self.places[pitch], self.reach[pitch]
            skipped = self.through[places][:, None] - self.through[reach + 1]
            skipped[:, -1] = np.where(reach[:, -1] > 0, self.settings.jump_asked, _NEVER)
            for _, target in self.score.leaps:
                behind = (reach[:, -1] > 0) & (places > target + _STEPS + 1) & (places <= target + 2 * _STEPS)
                skipped[behind, -1] += self.through[places[behind]] - self.through[target + _STEPS + 1]
            heads = self.score.heads[pitch]
            credit = np.array([self.miss[self.score.hand_of[note]] * self.score.weight_of[note] for note in heads])
            known = self.known[pitch] = skipped, credit
        return known


def _bits(score: ScoreMap) -> list[NDArray[np.int64]]:
    """For each pitch and each of its moments: a bit of its own among the notes that are struck together there."""
    count = [0] * score.moments
    out = []
    for places in score.places:
        bits = []
        for moment in places:
            bits.append(1 << min(count[moment], 62))
            count[moment] += 1
        out.append(np.array(bits, np.int64))
    return out
