"""Bars that nobody has seen before: to be read at sight, to be echoed by ear, to be clapped.

A melody walks over the steps of a key from the tonic back to it; its level decides how far it may leap, which note
values there are, how many accidentals the key has and whether the other hand plays. Chance comes in as an argument:
the same chance gives the same bars.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final, NamedTuple

from mos_appliance.tutor.exercises.keys import MAJOR, Key
from mos_appliance.tutor.exercises.scales import LOWEST
from mos_appliance.tutor.exercises.sheet import Sheet, Tone

Chance = Callable[[int], int]
"""A whole number from 0 to below its argument."""
LEVELS: Final = 5
_BARS: Final = 8
_F = Fraction


class _Level(NamedTuple):
    """What a melody of a level may have."""

    accidentals: int
    leaps: tuple[int, ...]
    """Steps from note to note, each as often as it stands here."""
    lowest: int
    highest: int
    """Degrees of the scale."""
    rhythms: tuple[tuple[Fraction, ...], ...]
    """Ways to fill half a bar of four quarters, or a whole one."""
    tempo: int
    both: bool


_LEVELS: Final = (
    _Level(0, (1, -1), 0, 4, ((_F(1), _F(1)), (_F(2),)), 66, False),
    _Level(1, (1, -1, 1, -1, 2, -2, 0), 0, 4, ((_F(1), _F(1)), (_F(2),)), 72, False),
    _Level(2, (1, -1, 1, -1, 2, -2, 0), -1, 5, ((_F(1), _F(1)), (_F(2),), (_F(1), _F(1, 2), _F(1, 2))), 72, False),
    _Level(
        3,
        (1, -1, 1, -1, 2, -2, 3, -3),
        -1,
        7,
        ((_F(1), _F(1)), (_F(3, 2), _F(1, 2)), (_F(1, 2),) * 4, (_F(2),)),
        76,
        True,
    ),
    _Level(
        5,
        (1, -1, 2, -2, 3, -3, 4, -4),
        -2,
        8,
        ((_F(1), _F(1)), (_F(3, 2), _F(1, 2)), (_F(1, 2),) * 4, (_F(1, 2), _F(1), _F(1, 2))),
        84,
        True,
    ),
)
_TRIAD: Final = frozenset({0, 2, 4})


def sight_reading(level: int, chance: Chance, bars: int = _BARS) -> Sheet:
    """A melody for the right hand, from level 3 on with a left hand below it. `level` from 0 to `LEVELS` - 1."""
    rules = _LEVELS[level]
    key = _key(rules, chance)
    degrees, lengths = _walk(rules, chance, bars)
    octave = key.tonic_near(LOWEST["right"])
    voices = {"right": [Tone(key.note(d, octave), q) for d, q in zip(degrees, lengths, strict=True)]}
    if rules.both:
        voices["left"] = _below(key, degrees, lengths)
    return Sheet(f"To read, level {level + 1}", key, (4, 4), rules.tempo, voices)


def ear(level: int, chance: Chance) -> Sheet:
    """Phrases of two bars to be heard and played back: one hand, in the hand's own place."""
    rules = _LEVELS[level]._replace(both=False)
    degrees, lengths = _walk(rules, chance, 4)
    key = Key("C")
    tones = [Tone(key.note(d, 4), q) for d, q in zip(degrees, lengths, strict=True)]
    return Sheet(f"To hear, level {level + 1}", key, (4, 4), rules.tempo, {"right": tones})


def rhythm(level: int, chance: Chance, bars: int = 4) -> Sheet:
    """One key, many lengths: level by level more of them, and rests."""
    rules = _LEVELS[level]
    tones = []
    for number, quarters in enumerate(_lengths(rules, chance, bars)):
        rests = level >= 2 and number and quarters == 1 and not chance(5)
        tones.append(Tone("z" if rests else "G", quarters))
    return Sheet(f"Rhythm, level {level + 1}", Key("C"), (4, 4), rules.tempo, {"right": tones})


def _key(rules: _Level, chance: Chance) -> Key:
    usual = [tonic for tonic, sharps in MAJOR.items() if abs(sharps) <= rules.accidentals]
    return Key(usual[chance(len(usual))])


def _lengths(rules: _Level, chance: Chance, bars: int) -> list[Fraction]:
    lengths: list[Fraction] = []
    for _ in range(2 * bars - 2):
        lengths += rules.rhythms[chance(len(rules.rhythms))]
    return [*lengths, _F(4)]


def _walk(rules: _Level, chance: Chance, bars: int) -> tuple[list[int], list[Fraction]]:
    """Degrees and lengths: from the tonic, within the range, back to the tonic in the last bar."""
    lengths = _lengths(rules, chance, bars)
    degrees = [0]
    for left in range(len(lengths) - 2, -1, -1):
        step = rules.leaps[chance(len(rules.leaps))]
        now = degrees[-1]
        if now and left <= abs(now):  # home in time, by step
            step = -1 if now > 0 else 1
        if not rules.lowest <= now + step <= rules.highest:
            step = -step
        degrees.append(0 if not left else now + step)
    return degrees, lengths


def _below(key: Key, degrees: list[int], lengths: list[Fraction]) -> list[Tone]:
    """A root for each bar: of the tonic where its first note is of the tonic's chord, else of the dominant."""
    octave = key.tonic_near(LOWEST["left"])
    tones, at = [], _F(0)
    for degree, quarters in zip(degrees, lengths, strict=True):
        if at % 4 == 0:
            root = 0 if degree % 7 in _TRIAD else -3
            tones.append(Tone(key.note(root, octave), _F(4)))
        at += quarters
    return tones
