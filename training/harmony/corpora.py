"""Tunes with a chord on every beat: the Nottingham collection and Bach's chorales, split by melody.

Neither is part of the repository. Nottingham: the folder `MIDI` of the cleaned edition. Bach: the corpus that the
package music21 brings.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.formats import format_of
from mos_appliance.music.notes import NoteList, read_notes
from mos_appliance.music.smf import Smf, read_smf
from mos_appliance.tutor.harmony.naming import name_chord
from mos_appliance.tutor.harmony.tune import Tune, tune_of_score, tune_of_smf
from mos_appliance.tutor.harmony.vocabulary import NONE_CLASS, class_of

_CHOIR: Final = ("soprano", "alto", "tenor", "bass")
_INCIPIT: Final = 10
_FOLDS: Final = 10
"""One of ten groups of tunes is for testing, one for choosing, the others are learnt from."""


class Example(NamedTuple):
    """Shapes: `classes` one a beat, `vocabulary.class_of` in the tune's own signature; −1 where nothing is said."""

    name: str
    style: str
    fold: int
    tune: Tune
    classes: np.ndarray


def nottingham(folder: Path) -> list[Example]:
    """Tunes whose file has a melody and chords."""
    examples = []
    for path in sorted(folder.glob("*.mid")):
        smf = read_smf(path.read_bytes())
        piece = read_notes(smf)
        if len(piece.parts) != 2:
            continue
        melody = tune_of_smf(_track(smf, piece.parts[0].track))
        chords = _part(piece, 1)
        examples.append(Example(path.stem, "folk", -1, melody, _classes(melody, chords)))
    return _folded(examples)


def chorales(folder: Path) -> list[Example]:
    """The four-voice chorales; the soprano is the melody, chords are named from the four voices.

    In some horns, trumpets or strings stand above the choir: voices are found by their names.
    """
    examples = []
    for path in sorted(folder.glob("bwv*.mxl")):
        row = format_of(path.name)
        data = path.read_bytes()
        try:
            document = row.load(data).document["score"]
            piece = row.notes(data, False)
            voices = _voices([part.get("name", "") for part in document["parts"]])
            if len(voices) < len(_CHOIR):
                continue
            alone = {**document, "parts": [document["parts"][voices[0]]]}
            melody = tune_of_score(alone)
        except BadInput:
            continue
        sung = NoteList(piece.notes[np.isin(piece.notes["part"], voices)], piece.division, piece.parts)
        examples.append(Example(path.stem, "chorale", -1, melody, _classes(melody, sung)))
    return _folded(examples)


def _voices(names: list[str]) -> list[int]:
    """The places of soprano, alto, tenor and bass; none where they are not all there."""
    lower = [name.lower() for name in names]
    found = [next((place for place, name in enumerate(lower) if name.startswith(voice)), -1) for voice in _CHOIR]
    return found if min(found) >= 0 else []


def _track(smf: Smf, track: int) -> Smf:
    """The file without the notes of other tracks."""
    return Smf(smf.kind, smf.division, smf.tracks, smf.events[smf.events["track"] == track])


def _part(piece: NoteList, part: int) -> NoteList:
    return NoteList(piece.notes[piece.notes["part"] == part], piece.division, piece.parts)


def _classes(tune: Tune, sounding: NoteList) -> np.ndarray:
    """The chord of each beat, by what sounds in it."""
    notes, division = sounding.notes, sounding.division
    classes = np.full(len(tune.beats), NONE_CLASS, np.int64)
    onsets = notes["onset"] / division
    ends = onsets + notes["duration"] / division
    for place, beat in enumerate(tune.beats):
        start, end = float(beat.start), float(beat.end)
        inside = (onsets < end - 1e-6) & (ends > start + 1e-6)
        if not inside.any():
            continue
        span = np.minimum(ends[inside], end) - np.maximum(onsets[inside], start)
        on_beat = onsets[inside] < start + 1e-6
        weights = np.bincount(notes["pitch"][inside] % 12, span * np.where(on_beat, 1.5, 1.0), 12)
        first = inside & (onsets < start + 1e-6)
        bass = int(notes["pitch"][first if first.any() else inside].min()) % 12
        chord = name_chord(weights, bass)
        if chord is not None:
            classes[place] = class_of(chord, tune.fifths)
    return classes


def incipit(tune: Tune) -> tuple[int, ...]:
    """How the melody begins, whatever its key: its first intervals, repeated notes as one."""
    steps = np.diff(tune.pitches)
    return tuple(steps[steps != 0][:_INCIPIT].tolist())


def _folded(examples: list[Example]) -> list[Example]:
    """Each with its fold; tunes that begin alike are in one."""
    leaders: list[tuple[int, ...]] = []
    groups: list[list[Example]] = []
    for example in examples:
        opening = incipit(example.tune)
        for leader, group in zip(leaders, groups, strict=True):
            if _apart(opening, leader) <= 2:
                group.append(example)
                break
        else:
            leaders.append(opening)
            groups.append([example])
    folded = []
    for leader, group in zip(leaders, groups, strict=True):
        fold = int(hashlib.sha256(repr(leader).encode()).hexdigest(), 16) % _FOLDS
        folded += [example._replace(fold=fold) for example in group]
    return sorted(folded, key=lambda example: example.name)


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Edit distance, given up beyond 2."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row = row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(row[-1] + 1, last[j] + 1, last[j - 1] + (a != b)))
        if min(row) > 2:
            return 3
    return row[-1]


def beat_at(tune: Tune, quarters: float) -> int:
    """The beat that a moment lies in."""
    return max(0, bisect_right([float(beat.start) for beat in tune.beats], quarters + 1e-6) - 1)
