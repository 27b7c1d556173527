"""Which hand plays which note: the cheapest way through the piece, by the span of each hand and how far it moves.

Dynamic programming over the places where notes begin: at each the lowest so many notes are the left hand's. What the
hands did last is remembered along the best way to each choice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final, NamedTuple

from mos_appliance.music.notation.tones import Tone
from mos_appliance.music.notation.units import QUARTER

_WIDE: Final = 12
"""Semitones that a hand spans with ease; each more costs."""
_STRETCH: Final = 6.0
_EASY: Final = 7
_REACH: Final = 0.6
_MOVE: Final = 0.55
_FADE: Final = 4 * QUARTER
"""After so long a hand may be anywhere."""
_HOME: Final = (50.0, 70.0)
_AWAY: Final = 0.12
_MIDDLE: Final = 60.0
_OVER: Final = 0.9
"""For each semitone that the left hand plays above middle C, or the right hand below."""
_KEPT: Final = 10
_MOST_AT_ONCE: Final = 5
_MOST_HELD: Final = 12
"""Of more notes that one hand would hold the last are remembered: no hand holds so many."""
_TOO_MANY: Final = 25.0


class _Hand(NamedTuple):
    """What a hand did last. `held` are pitches and ends of what it still holds."""

    low: int
    high: int
    since: int
    held: tuple[tuple[int, int], ...]


@dataclass(slots=True)
class _Path:
    """A way up to here."""

    cost: float
    hands: tuple[_Hand | None, _Hand | None]
    before: _Path | None
    choice: int


def assign_hands(tones: list[Tone], split: int | None = None) -> None:
    """Put each tone on staff 1, right hand, or 2, left hand; `split` is the lowest pitch of the right hand."""
    if split is not None:
        for tone in tones:
            tone.staff = 1 if tone.pitch >= split else 2
        return
    groups: dict[int, list[Tone]] = defaultdict(list)
    for tone in tones:
        groups[tone.onset].append(tone)
    paths = [_Path(0.0, (None, None), None, 0)]
    ordered = [(onset, sorted(groups[onset], key=lambda tone: tone.pitch)) for onset in sorted(groups)]
    for onset, group in ordered:
        paths = _extend(paths, onset, group)
    best: _Path | None = min(paths, key=lambda path: path.cost)
    for _, group in reversed(ordered):
        assert best is not None
        for place, tone in enumerate(group):
            tone.staff = 2 if place < best.choice else 1
        best = best.before


def _extend(paths: list[_Path], onset: int, group: list[Tone]) -> list[_Path]:
    """The best way to each choice, and few of them."""
    found: list[_Path] = []
    for choice in _choices(group):
        low, high = group[:choice], group[choice:]
        best: _Path | None = None
        for path in paths:
            left, left_cost = _play(path.hands[0], low, onset, 0)
            right, right_cost = _play(path.hands[1], high, onset, 1)
            cost = path.cost + left_cost + right_cost + _crossed(left, right)
            if best is None or cost < best.cost:
                best = _Path(cost, (left, right), path, choice)
        if best is not None:
            found.append(best)
    found.sort(key=lambda path: path.cost)
    return found[:_KEPT]


def _choices(group: list[Tone]) -> range:
    """How many notes the left hand may take: of very many, only the middle is looked at."""
    size = len(group)
    if size <= 2 * _MOST_AT_ONCE:
        return range(size + 1)
    middle = sum(tone.pitch < _MIDDLE for tone in group)
    return range(max(0, middle - 3), min(size, middle + 3) + 1)


def _play(hand: _Hand | None, tones: list[Tone], onset: int, side: int) -> tuple[_Hand | None, float]:
    """The hand after these notes, and what they cost it."""
    if not tones:
        return hand, 0.0
    held = tuple(row for row in hand.held if row[1] > onset) if hand else ()
    low, high = tones[0].pitch, tones[-1].pitch
    reach_low = min([low, *(pitch for pitch, _ in held)])
    reach_high = max([high, *(pitch for pitch, _ in held)])
    cost = _STRETCH * max(0, reach_high - reach_low - _WIDE)
    cost += _TOO_MANY * max(0, len(tones) + len(held) - _MOST_AT_ONCE)
    cost += _REACH * max(0, reach_high - reach_low - _EASY)
    centre = (low + high) / 2
    fresh = 0.0
    if hand is not None:
        fresh = max(0.0, 1 - (onset - hand.since) / _FADE)
        cost += (
            _MOVE * fresh * min(abs(low - hand.low), abs(high - hand.high), abs(centre - (hand.low + hand.high) / 2))
        )
    cost += _AWAY * abs(centre - _HOME[side])
    over = sum(max(0.0, (tone.pitch - _MIDDLE) * (1 if side == 0 else -1)) for tone in tones) / len(tones)
    cost += _OVER * over * (1 - 0.6 * fresh)
    return _Hand(low, high, onset, (*held, *((tone.pitch, tone.end) for tone in tones))[-_MOST_HELD:]), cost


def _crossed(left: _Hand | None, right: _Hand | None) -> float:
    """Hands that lie over one another."""
    if left is None or right is None:
        return 0.0
    return 0.8 * max(0, left.high - right.low)
