"""What a take says about skills: which of them it shows, how right they were, and how far that is to be believed.

A fault is blamed on what it is about: wrong notes on reading, keys and chords, uneven time on rhythm, waiting and going
back on both. Bars in which the piece's author pointed at a skill tell more about it than the others. What the keyboard
cannot send, and what a way of practising does not ask for, is not observed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from mos_appliance.wire.students import Attempted, BarTally

NOTES, FLOW, TIME, ARTICULATION, BALANCE, TOUCH, PEDAL = range(7)
"""Aspects of a take."""

ASPECTS: Final[Mapping[str, tuple[float, Mapping[int, float]]]] = {
    "reading": (1.0, {NOTES: 0.75, FLOW: 0.25}),
    "keys": (1.0, {NOTES: 1.0}),
    "hand": (0.8, {NOTES: 0.6, FLOW: 0.4}),
    "position": (1.0, {NOTES: 0.6, FLOW: 0.4}),
    "hands": (1.0, {NOTES: 0.5, FLOW: 0.5}),
    "interval": (1.0, {NOTES: 1.0}),
    "chord": (1.0, {NOTES: 0.8, FLOW: 0.2}),
    "scale": (1.0, {NOTES: 0.7, FLOW: 0.3}),
    "rhythm": (1.0, {TIME: 0.7, FLOW: 0.3}),
    "touch": (0.8, {ARTICULATION: 1.0}),
    "touch.balance": (0.8, {BALANCE: 1.0}),
    "dynamics": (0.5, {TOUCH: 1.0}),
    "pedal": (0.6, {PEDAL: 1.0}),
    "ear": (0.4, {NOTES: 0.6, FLOW: 0.4}),
    "form": (0.3, {FLOW: 1.0}),
    "improvise": (0.3, {FLOW: 1.0}),
}
"""By skill, else by the word before its dot: how far such evidence is believed, and which aspects it rests on."""

_POINTED: Final = 0.75
"""So much of what is said about a skill comes from the bars that were pointed at for it."""
_FULL_BARS: Final = 4
"""Fewer bars than that are believed less."""
_SCALES: Final[Mapping[int, tuple[str, float]]] = {
    TIME: ("rhythm", 0.12),
    ARTICULATION: ("articulation", 0.5),
    BALANCE: ("balance", 24.0),
    TOUCH: ("touch", 16.0),
    PEDAL: ("pedal", 0.5),
}
"""The feature of an aspect, and where it leaves nothing right."""
_SLOW_LEVELS: Final = 2.0
"""Levels by which a piece at half of its tempo is easier."""
_OTHER: Final[Mapping[str, tuple[str, ...]]] = {
    "left": ("hand.right", "touch.balance"),
    "right": ("hand.left", "touch.balance"),
}
"""What one hand alone does not show, besides what hands do together."""
_WAIT_MODE: Final = "wait"


@dataclass(frozen=True, slots=True)
class Observation:
    """A skill was shown. `right` 0 to 1; `weight` 0 to 1, how far it is believed; `level` of what it was shown on."""

    skill: str
    right: float
    weight: float
    level: float


def observations_of(attempt: Attempted) -> tuple[Observation, ...]:
    """What an attempt says about each skill of its piece."""
    found = []
    level = attempt.level
    if 0.0 < attempt.tempo < 1.0 and level >= 0.0:
        level = max(0.0, level - _SLOW_LEVELS * 2.0 * (1.0 - attempt.tempo))
    for skill in attempt.skills:
        if attempt.hands != "both" and (skill.startswith("hands.") or skill in _OTHER[attempt.hands]):
            continue
        believed, aspects = ASPECTS.get(skill) or ASPECTS.get(skill.partition(".")[0], (0.5, {NOTES: 1.0}))
        told = {aspect: _quality(aspect, skill, attempt) for aspect in aspects}
        known = {aspect: value for aspect, value in told.items() if value is not None}
        total = sum(aspects[aspect] for aspect in known)
        if not known or not attempt.bars or total < 0.5:
            continue
        right = sum(aspects[aspect] * value for aspect, value in known.items()) / total
        weight = believed * min(1.0, 0.4 + 0.6 * len(attempt.bars) / _FULL_BARS)
        found.append(Observation(skill, round(right, 6), round(weight, 6), level))
    return tuple(found)


def bar_quality(bar: BarTally) -> float:
    """How well a bar went, 0 to 1."""
    return round(_notes(bar) * 0.7 + _flow(bar) * 0.3, 6)


def piece_quality(attempt: Attempted) -> float:
    """How well the piece went as far as it was played, 0 to 1."""
    return round(sum(map(bar_quality, attempt.bars)) / max(1, len(attempt.bars)), 6)


def _quality(aspect: int, skill: str, attempt: Attempted) -> float | None:
    """How right an aspect was, None where it was not shown."""
    if aspect in (NOTES, FLOW):
        quality = _notes if aspect == NOTES else _flow
        return _over_bars(skill, attempt, quality) if attempt.bars else None
    if attempt.mode == _WAIT_MODE and aspect == TIME:
        return None
    if aspect in (BALANCE, TOUCH) and not attempt.velocity:
        return None
    name, nothing = _SCALES[aspect]
    feature = attempt.features.get(name)
    return None if feature is None else min(1.0, max(0.0, 1.0 - feature / nothing))


def _over_bars(skill: str, attempt: Attempted, quality: Callable[[BarTally], float]) -> float:
    """How right the bars were: mostly those that were pointed at; where none was, the worst ones tell as much as all.

    What is not yet learned goes wrong where it is asked for, and most bars ask for something else.
    """
    told = [(quality(bar), _pointed(skill, bar.bar, attempt)) for bar in attempt.bars]
    mean = sum(value for value, _ in told) / len(told)
    pointed = [value for value, here in told if here]
    if pointed:
        return _POINTED * sum(pointed) / len(pointed) + (1.0 - _POINTED) * mean
    worst = sorted(value for value, _ in told)[: max(1, len(told) // 4)]
    return 0.5 * mean + 0.5 * sum(worst) / len(worst)


def _pointed(skill: str, bar: int, attempt: Attempted) -> bool:
    return any(point.skill == skill and point.bar <= bar <= point.to_bar for point in attempt.points)


def _notes(bar: BarTally) -> float:
    """A bar with a third of its notes wrong shows nothing right."""
    return max(0.0, 1.0 - 3.0 * (bar.missed + 0.7 * bar.extra) / max(1, bar.due))


def _flow(bar: BarTally) -> float:
    return 1.0 / (1.0 + bar.waits + 1.5 * bar.restarts)
