"""The grade: what teachers weigh, as numbers, and one number of them all.

Every feature is 0 in a take without that fault and grows with it; all times are parts of the student's own quarter,
so that a slower steady tempo changes nothing. docs/tutor.md explains them.
"""

from __future__ import annotations

from math import exp, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.tutor.account import Account
from mos_appliance.tutor.faults import Faults
from mos_appliance.tutor.performance import Performance
from mos_appliance.tutor.score_map import ScoreMap
from mos_appliance.tutor.timing import Timing

WEIGHTS: Final[dict[str, float]] = {
    "missed": 3.0,
    "extra": 2.0,
    "hesitations": 1.1,
    "restarts": 1.0,
    "rhythm": 5.0,
    "drift": 1.2,
    "unsteady": 2.5,
    "touch": 0.02,
    "balance": 0.02,
    "articulation": 0.8,
    "pedal": 0.3,
    "lost": 2.0,
}
"""What a feature of 1 takes from the exponent of the grade."""
_RHYTHM_FREE: Final = 0.045
"""Parts of a quarter that even good players are off."""
_TOUCH_FREE: Final = 7.0
_PHRASE_BARS: Final = 4


def grade_of(features: dict[str, float]) -> float:
    """From 1.0 to 5.0, falling with each feature."""
    burden = sum(WEIGHTS[name] * value for name, value in features.items())
    return round(1.0 + 4.0 * exp(-burden), 2)


def features_of(
    score: ScoreMap, take: Performance, account: Account, timing: Timing, faults: Faults
) -> dict[str, float]:
    """The features of a take, by name."""
    due = max(1, faults.due)
    lost = sum(last - first + 1 for first, last in account.lost)
    features = {
        "missed": faults.missed / due,
        "extra": faults.extra / due,
        "hesitations": min(2.0, _weighed_waits(faults) / faults.bars),
        "restarts": min(2.0, len(faults.restarts) / faults.bars * 2.0),
        "rhythm": _rhythm(take, account, timing),
        "drift": _drift(score, timing),
        "unsteady": _unsteady(score, timing),
        "articulation": _articulation(score, take, account, timing),
        "lost": lost / max(1, len(take)),
    }
    if take.has_velocity:
        features["touch"], features["balance"] = _touch(take, account), _balance(score, take, account)
    if len(take.pedal):
        features["pedal"] = _pedal(timing, take)
    return {name: round(value, 6) for name, value in sorted(features.items())}


def _weighed_waits(faults: Faults) -> float:
    """Hesitations, long ones more: in units of one that doubles a beat."""
    return sum(min(3.0, log(wait.waited / max(wait.expected, 1.0)) / log(2.0)) for wait in faults.waits)


def _rhythm(take: Performance, account: Account, timing: Timing) -> float:
    """How far notes lie off the student's own tempo on average, in quarters; the farthest tenth left out."""
    onsets = take.onset_ms[[match.struck for match in account.matches]]
    off = np.abs(timing.expected_ms - onsets) / timing.quarter_ms
    off = np.sort(off[np.isfinite(off)])
    kept = off[: max(1, int(len(off) * 0.9))]
    return max(0.0, float(kept.mean()) - _RHYTHM_FREE) if len(kept) else 0.0


def _bar_paces(score: ScoreMap, timing: Timing) -> NDArray[np.float64]:
    """The logarithm of the student's pace in each bar played, from its own first note to its last, in order."""
    bars: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for moment, run, came in zip(timing.moment.tolist(), timing.run.tolist(), timing.came_ms.tolist(), strict=True):
        bars.setdefault((run, score.bars[moment]), []).append((score.quarters[moment], came))
    paces = []
    for row in bars.values():
        (begin, first), (end, last) = row[0], row[-1]
        if end - begin >= 0.9 and last > first:
            paces.append(log((last - first) / (end - begin)))
    return np.array(paces)


def _drift(score: ScoreMap, timing: Timing) -> float:
    """How much quicker or slower the last third is than the first, by medians: phrase ends do not show in them."""
    paces = _bar_paces(score, timing)
    third = len(paces) // 3
    if third < 2:
        return 0.0
    return max(0.0, abs(float(np.median(paces[-third:]) - np.median(paces[:third]))) - 0.04)


def _unsteady(score: ScoreMap, timing: Timing) -> float:
    """How much the pace changes from bar to bar, in the steadier third: a phrase's end shows in two bars of four."""
    paces = _bar_paces(score, timing)
    return max(0.0, float(np.quantile(np.abs(np.diff(paces)), 0.35)) - 0.02) if len(paces) > 3 else 0.0


def _touch(take: Performance, account: Account) -> float:
    """How much neighbouring notes differ in velocity, beyond what good players do."""
    velocity = take.velocity[[match.struck for match in account.matches]].astype(float)
    if len(velocity) < 8:
        return 0.0
    level = np.convolve(velocity, np.ones(7) / 7.0, "valid")
    return max(0.0, float(np.abs(velocity[3:-3] - level).mean()) - _TOUCH_FREE)


def _balance(score: ScoreMap, take: Performance, account: Account) -> float:
    """By how much the lower hand is louder than the upper, two of 127 being nothing."""
    if score.hands != 2:
        return 0.0
    hands = np.array([score.hand_of[match.note] for match in account.matches])
    velocity = take.velocity[[match.struck for match in account.matches]]
    if min(np.count_nonzero(hands == 0), np.count_nonzero(hands == 1)) < 8:
        return 0.0
    return max(0.0, float(velocity[hands == 1].mean() - velocity[hands == 0].mean()) - 2.0)


def _articulation(score: ScoreMap, take: Performance, account: Account, timing: Timing) -> float:
    """Share of notes that sound for less than half of their length, beyond a quarter of them: staccato is not read."""
    indices = [match.struck for match in account.matches]
    length = score.page.notes["duration"][[match.note for match in account.matches]] / score.page.division
    ratio = take.duration_ms[indices] / np.maximum(length * timing.quarter_ms, 1.0)
    ratio = ratio[np.isfinite(ratio) & (length >= 0.25)]
    return max(0.0, float(np.mean(ratio < 0.5)) - 0.25) if len(ratio) else 0.0


def _pedal(timing: Timing, take: Performance) -> float:
    """Share of the take during which the pedal was held longer than eight of the student's quarters."""
    paces = timing.pace_ms[np.isfinite(timing.pace_ms)]
    if not len(paces) or len(timing.came_ms) < 2:
        return 0.0
    held = take.pedal[:, 1] - take.pedal[:, 0]
    long = held[held > 8.0 * float(np.median(paces))].sum()
    return float(min(1.0, long / max(1.0, timing.came_ms.max() - timing.came_ms.min())))
