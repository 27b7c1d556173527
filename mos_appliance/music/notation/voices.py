"""Voices within a staff: which notes are one line, and which are a chord.

Chords and lines are given to the voice that is free and nearest in pitch and time, all at one onset together, so that
voices do not cross; the costs follow E. Chew and X. Wu, "Separating voices in polyphonic music: a contig mapping
approach" (2004), and D. Temperley's preference rules (2001).
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, permutations, product
from typing import Final

from mos_appliance.music.notation.tones import Chord, Tone, Voice
from mos_appliance.music.notation.units import QUARTER

MOST: Final = 4
"""Voices on one staff; what does not fit shortens what sounds."""
_NEW: Final = 11.0
_CROSS: Final = 9.0
_GAP: Final = 2.0
_LONGEST_GAP: Final = 4.0
_INDEPENDENT: Final = 0.12
"""Share of places with several notes that do not begin or end together, from which on lines are kept apart."""


def separate(tones: list[Tone]) -> tuple[list[Voice], int]:
    """The voices of a staff, the highest first, and how many notes were shortened for want of voices."""
    groups: dict[int, list[Tone]] = defaultdict(list)
    for tone in tones:
        groups[tone.onset].append(tone)
    lines = _independent(tones, groups)
    separator = _Separator()
    for onset in sorted(groups):
        separator.add(_chords(groups[onset], lines), onset)
    voices = [voice for voice in separator.voices if voice]
    voices.sort(key=lambda voice: -sum(chord.height for chord in voice) / len(voice))
    return voices, separator.shortened


def _chords(tones: list[Tone], lines: bool) -> list[Chord]:
    """The tones at one onset, from above: those that end together are one chord."""
    found: dict[int, list[Tone]] = defaultdict(list)
    for tone in tones:
        found[tone.index if lines else tone.end].append(tone)
    chords = [
        Chord(group[0].onset, group[0].end, sorted(group, key=lambda tone: tone.pitch)) for group in found.values()
    ]
    chords.sort(key=lambda chord: -chord.height)
    while len(chords) > MOST:
        low, high = chords.pop(), chords.pop()
        end = max(low.end, high.end)
        chords.append(Chord(low.onset, end, [*low.tones, *high.tones]))
    return chords


def _independent(tones: list[Tone], groups: dict[int, list[Tone]]) -> bool:
    """Whether the staff holds few lines that move on their own, rather than chords."""
    if max(map(len, groups.values()), default=0) > 3:
        return False
    together = apart = 0
    ordered = sorted(tones, key=lambda tone: tone.onset)
    sounding: list[Tone] = []
    for tone in ordered:
        sounding = [other for other in sounding if other.end > tone.onset]
        if len(sounding) > 2:
            return False
        for other in sounding:
            same = other.onset == tone.onset and other.end == tone.end
            together, apart = together + same, apart + (not same)
        sounding.append(tone)
    return apart > _INDEPENDENT * max(1, together + apart) and apart > 1


class _Separator:
    """Voices as they grow."""

    def __init__(self) -> None:
        self.voices: list[Voice] = []
        self.shortened = 0

    def add(self, chords: list[Chord], onset: int) -> None:
        free = [number for number, voice in enumerate(self.voices) if voice[-1].end <= onset]
        while len(free) + MOST - len(self.voices) < len(chords):
            free.append(self._cut(onset, free))
        new = range(len(self.voices), min(MOST, len(self.voices) + len(chords)))
        sounding = [voice[-1].height for number, voice in enumerate(self.voices) if number not in free]
        best = self._best(chords, [*free, *new], onset, sounding)
        for chord, number in sorted(zip(chords, best, strict=True), key=lambda row: row[1]):
            if number >= len(self.voices):
                self.voices.append([chord])
            else:
                self.voices[number].append(chord)

    def _cut(self, onset: int, free: list[int]) -> int:
        """Shorten what ends first."""
        number = min(
            (number for number in range(len(self.voices)) if number not in free),
            key=lambda number: self.voices[number][-1].end,
        )
        last = self.voices[number][-1]
        last.end = onset
        self.shortened += len(last.tones)
        return number

    def _best(self, chords: list[Chord], voices: list[int], onset: int, sounding: list[float]) -> tuple[int, ...]:
        """The voices, one for each chord, that cost least together."""
        if len(chords) == 1:
            costs = [self._cost(chords[0], number, onset, sounding) for number in voices]
            return (voices[costs.index(min(costs))],)
        table = {
            (place, number): self._cost(chord, number, onset, sounding)
            for (place, chord), number in product(enumerate(chords), voices)
        }
        return min(
            permutations(voices, len(chords)),
            key=lambda choice: (
                sum(table[place, number] for place, number in enumerate(choice)) + self._crossing(choice)
            ),
        )

    def _crossing(self, choice: tuple[int, ...]) -> float:
        """Chords come from above: their voices should too, by what they did last."""
        last = [self.voices[number][-1].height if number < len(self.voices) else None for number in choice]
        known = [height for height in last if height is not None]
        return _CROSS * sum(low > high for high, low in pairwise(known))

    def _cost(self, chord: Chord, number: int, onset: int, sounding: list[float]) -> float:
        if number >= len(self.voices):
            return _NEW + 0.1 * (number - len(self.voices))
        last = self.voices[number][-1]
        gap = min(_LONGEST_GAP, (onset - last.end) / QUARTER) * _GAP
        crossed = sum((height > chord.height) != (height > last.height) for height in sounding)
        return abs(chord.height - last.height) + gap + _CROSS * crossed
