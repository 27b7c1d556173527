"""Why a chord is proposed: what can be checked in the score, and how often it is so in tunes."""

from __future__ import annotations

from typing import Final

import numpy as np

from mos_appliance.tutor.harmony.labels import QUALITIES, Chord, name_of_pitch_class
from mos_appliance.tutor.harmony.proposing import Candidate, Proposal
from mos_appliance.tutor.harmony.tune import Tune

_TONE_NAMES: Final = {
    0: "root",
    3: "third",
    4: "third",
    6: "fifth",
    7: "fifth",
    8: "fifth",
    9: "seventh",
    10: "seventh",
    11: "seventh",
}
_DEGREES: Final = {0: "I", 2: "II", 4: "III", 5: "IV", 7: "V", 9: "VI", 11: "VII"}
_FROM: Final = 0.05


class Reasons:
    """Knows a tune, to say what speaks for a chord on one of its beats."""

    def __init__(self, tune: Tune, proposals: list[Proposal]) -> None:
        self._tune = tune
        self._proposals = proposals
        self._tonic = tonic_of(tune)
        starts = np.array([float(beat.start) for beat in tune.beats])
        self._first = np.searchsorted(tune.ends, starts + _FROM)
        self._starts = starts

    def why(self, beat: int, candidate: Candidate) -> str:
        """In words, the strongest first."""
        chord = candidate.chord
        said = [self._melody(beat, chord), self._step(chord), self._before(beat, chord), self._place(beat, chord)]
        return "; ".join(part for part in said if part)

    def _melody(self, beat: int, chord: Chord) -> str:
        tune = self._tune
        place = tune.beats[beat]
        within = [
            (min(end, float(place.end)) - max(onset, float(place.start)), int(pitch) % 12)
            for onset, end, pitch in self._notes(beat)
        ]
        if not within:
            return "the melody rests here"
        inside: dict[int, None] = {
            pitch: None for _, pitch in within if (pitch - chord.root) % 12 in QUALITIES[chord.quality]
        }
        outside: dict[int, None] = {pitch: None for _, pitch in within if pitch not in inside}
        names = [f"{self._name(pitch)} is its {_TONE_NAMES[(pitch - chord.root) % 12]}" for pitch in inside]
        if names and outside:
            return f"{', '.join(names)} ({', '.join(map(self._name, outside))} passes)"
        return ", ".join(names) or f"{', '.join(map(self._name, outside))} is not of it: a suspension or a neighbour"

    def _notes(self, beat: int) -> list[tuple[float, float, int]]:
        tune, place, out = self._tune, int(self._first[beat]), []
        end = float(tune.beats[beat].end)
        while place < len(tune.onsets) and tune.onsets[place] < end - _FROM:
            out.append((float(tune.onsets[place]), float(tune.ends[place]), int(tune.pitches[place])))
            place += 1
        return out

    def _step(self, chord: Chord) -> str:
        step = (chord.root - self._tonic) % 12
        if step in _DEGREES:
            return f"step {_DEGREES[step]} of {self._name(self._tonic)}"
        return f"from outside {self._name(self._tonic)}"

    def _before(self, beat: int, chord: Chord) -> str:
        if not beat:
            return ""
        before = self._proposals[beat - 1].candidates[0].chord
        if before.root == chord.root and before.quality == chord.quality:
            return "the chord stays"
        if (before.root - chord.root) % 12 == 7:
            return f"a fifth down from {self._name(before.root)}"
        return ""

    def _place(self, beat: int, chord: Chord) -> str:
        last = beat == len(self._proposals) - 1
        if last and chord.root == self._tonic:
            return "the tune ends here"
        return ""

    def _name(self, pitch_class: int) -> str:
        return name_of_pitch_class(pitch_class, self._tune.fifths)


def tonic_of(tune: Tune) -> int:
    """The pitch class that the tune rests on: where it ends, if that is a mode's first step; else its major key's."""
    major = (7 * tune.fifths) % 12
    minor = (major + 9) % 12
    last = int(tune.pitches[-1]) % 12
    return last if last in {minor, (major + 2) % 12, (major + 7) % 12, major} else major
