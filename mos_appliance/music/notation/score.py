"""A MIDI file written down: parts, hands, voices, spelling, key, words; what was guessed is told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.json_text import Json
from mos_appliance.music.mnx.build import document, value
from mos_appliance.music.mnx.extensions import set_own
from mos_appliance.music.notation.grid import follows_click, grid_timeline, is_on_grid, says_metre
from mos_appliance.music.notation.hands import assign_hands
from mos_appliance.music.notation.keys import key_name, keys_of
from mos_appliance.music.notation.metres import accents_of, guess_metres
from mos_appliance.music.notation.pedals import put_pedals
from mos_appliance.music.notation.played import click_timeline, played_timeline
from mos_appliance.music.notation.spelling import spelled
from mos_appliance.music.notation.timeline import Timeline, bars_until
from mos_appliance.music.notation.tones import Tone, Voice
from mos_appliance.music.notation.units import QUARTER, BarSpan, Metre, as_wholes
from mos_appliance.music.notation.voices import separate
from mos_appliance.music.notation.words import add_words
from mos_appliance.music.notation.writing import PartWriter
from mos_appliance.music.notes import NoteList, Part
from mos_appliance.music.smf import Smf
from mos_appliance.music.umf.losses import Guess
from mos_appliance.music.wishes import Wishes

MAX_NOTES: Final = 40_000
KEYBOARDS: Final = range(24)
"""General MIDI programs that two hands play: pianos, mallets, organs."""
_TWO_STAVES: Final = 24
"""Semitones beyond which a keyboard part in one track is written on two staves."""
_ONE_HAND: Final = 14
"""Semitones that one hand may span."""
_MOST_HELD: Final = 12
"""So many notes that sound on are looked at."""
_MIDDLE: Final = 60


@dataclass(slots=True)
class Notation:
    """A score, and for each note of the file what it is called there.

    `on_grid`: the file's ticks said where notes stand; `metred`: its own metre was taken.
    """

    score: Json
    names: list[str]
    on_grid: bool
    metred: bool
    guesses: list[Guess] = field(default_factory=list)
    doubled: int = 0
    """Notes that are written together with another of their pitch."""
    shortened: int = 0
    silence_s: float = 0.0
    metadata: Json = field(default_factory=dict)


@dataclass(slots=True)
class _Staffed:
    """A part to write: the file's parts that it is made of, and its tones."""

    part: Part
    members: list[int]
    tones: list[Tone]
    staves: int = 1


def notate(smf: Smf, piece: NoteList, wishes: Wishes) -> Notation:
    """The file as a score. Errors: `BadInput` for what is too much or too long to be written down."""
    if not len(piece.notes):
        raise BadInput("file", "holds no notes to write down")
    if len(piece.notes) > MAX_NOTES:
        raise BadInput("file", f"has {len(piece.notes):,} notes; at most {MAX_NOTES:,} are written down (--no-score)")
    played = wishes.played
    on_grid = is_on_grid(smf, piece) if played is None else not played
    if on_grid:
        timeline = grid_timeline(smf, piece, wishes)
        if not says_metre(smf) and wishes.metre is None:
            _guess_metre(piece, timeline)
    elif played is None and wishes.tempo is None and wishes.bars is None and follows_click(smf, piece):
        timeline = click_timeline(smf, piece, wishes)
    else:
        timeline = played_timeline(piece, wishes)
    return _Writer(smf, piece, wishes, timeline, on_grid).write()


def _guess_metre(piece: NoteList, timeline: Timeline) -> None:
    """The metre of a file that names none."""
    where, length = timeline.onset / QUARTER, (timeline.end - timeline.onset) / QUARTER
    beats = int(where.max()) + 1
    notes = piece.notes
    accents = accents_of(where, length, notes["pitch"].astype(float), notes["velocity"].astype(float), beats)
    shares: dict[int, float] = defaultdict(float)
    for guess in guess_metres(accents, phase=0):
        shares[guess.beats] += guess.share
    best, *others = sorted(shares.items(), key=lambda row: -row[1])
    timeline.bars = bars_until(int(timeline.end.max()), Metre(best[0], 4))
    told = tuple((f"{beats}/4", share) for beats, share in others)
    timeline.guesses.append(Guess("metre", f"{best[0]}/4", best[1], told))


class _Writer:
    """One file being written down."""

    def __init__(self, smf: Smf, piece: NoteList, wishes: Wishes, timeline: Timeline, on_grid: bool) -> None:
        self.smf = smf
        self.piece = piece
        self.wishes = wishes
        self.timeline = timeline
        self.on_grid = on_grid
        self._doubles: list[tuple[int, int]] = []
        self.notation = Notation({}, [""] * len(piece.notes), on_grid, timeline.metred, list(timeline.guesses))

    def write(self) -> Notation:
        staffed = self._parts()
        keys = self._keys()
        self._spell(staffed, keys)
        ids = count(1)
        bars = self.timeline.bars
        parts = []
        for item in staffed:
            staves = self._voices(item)
            loud = self.on_grid and len({tone.velocity for tone in item.tones}) > 1
            writer = PartWriter(bars, ids, loud=loud)
            add_words(self.smf, item.part.track, staves[0], self.on_grid)
            measures = writer.write(staves)
            if self.on_grid:
                put_pedals(self.smf, item.part, measures, bars)
            for index, name in writer.names.items():
                self.notation.names[index] = name
            parts.append(self._part(item, measures))
        for index, first in self._doubles:
            self.notation.names[index] = self.notation.names[first]
        self.notation.doubled = len(self._doubles)
        self.notation.silence_s = self.timeline.silence_s
        self.notation.score = document(self._measures(keys), parts)
        self._describe(keys[0])
        return self.notation

    def _describe(self, key: tuple[int, int, str]) -> None:
        metre = self.timeline.bars[0].metre
        self.notation.metadata = {"key": key_name(key[1], key[2]), "metre": f"{metre.count}/{metre.unit}"}
        if self.timeline.tempi:
            bpm = max(1.0, min(10_000.0, self.timeline.tempi[0][1]))
            self.notation.metadata["tempo"] = int(bpm) if bpm == int(bpm) else bpm

    def _parts(self) -> list[_Staffed]:
        """The file's parts with their tones; two tracks of one keyboard are one part with two staves."""
        tones: list[list[Tone]] = [[] for _ in self.piece.parts]
        seen: dict[tuple[int, int, int], int] = {}
        columns = [self.piece.notes[name].tolist() for name in ("pitch", "velocity", "part")]
        rows = zip(self.timeline.onset.tolist(), self.timeline.end.tolist(), *columns, strict=True)
        for index, (onset, end, pitch, velocity, part) in enumerate(rows):
            first = seen.setdefault((part, onset, pitch), index)
            if first == index:
                tones[part].append(Tone(onset, end, pitch, velocity, index))
            else:  # a key struck twice at one place is written once
                self._doubles.append((index, first))
        staffed = [_Staffed(part, [number], tones[number]) for number, part in enumerate(self.piece.parts)]
        staffed = [item for item in staffed if item.tones]
        pair = _two_hands(staffed)
        if pair is not None:
            return [pair]
        for item in staffed:
            heights = [tone.pitch for tone in item.tones]
            reaching = max(heights) - min(heights) > _TWO_STAVES or _needs_two(item.tones)
            wide = reaching and min(heights) < _MIDDLE - 5 < max(heights)
            one_hand = not wide and self.wishes.split is None
            if item.part.drums or item.part.program not in KEYBOARDS or one_hand:
                continue
            assign_hands(item.tones, self.wishes.split)
            item.staves = 2
        return staffed

    def _keys(self) -> list[tuple[int, int, str]]:
        """Key signatures: as wished, as the file says, else guessed."""
        if self.wishes.key is not None:
            return [(0, *self.wishes.key)]
        said = sorted({place: (place, fifths, mode) for place, fifths, mode in self.timeline.keys}.values())
        if said and (self.on_grid or any(fifths or mode == "minor" for _, fifths, mode in said)):
            return said if said[0][0] == 0 else [(0, 0, "major"), *said]
        drums = np.array([part.drums for part in self.piece.parts])
        kept = ~drums[self.piece.notes["part"]]
        if not kept.any():
            return [(0, 0, "major")]
        lengths = np.minimum(self.timeline.end - self.timeline.onset, 4 * QUARTER)[kept].astype(np.float64)
        found = keys_of(self.piece.notes["pitch"][kept].astype(np.int64), lengths)
        (fifths, mode), share = found[0]
        others = tuple((key_name(*key), other) for key, other in found[1:4] if other > 0.01)
        self.notation.guesses.append(Guess("key", key_name(fifths, mode), share, others))
        return [(0, fifths, mode)]

    def _spell(self, staffed: list[_Staffed], keys: list[tuple[int, int, str]]) -> None:
        """Names for all tones, those of all parts together; each key's stretch moves to suit it."""
        tones = sorted((tone for item in staffed for tone in item.tones), key=lambda tone: (tone.onset, tone.pitch))
        fifths = sum(key[1] for key in keys) / len(keys)
        for tone, name in zip(tones, spelled([tone.pitch for tone in tones], round(fifths)), strict=True):
            tone.name = name

    def _voices(self, item: _Staffed) -> list[list[Voice]]:
        out = []
        for staff in range(1, item.staves + 1):
            tones = [tone for tone in item.tones if tone.staff == staff]
            if not self.timeline.exact:
                _trim(tones)
            voices, shortened = separate(tones)
            self.notation.shortened += shortened
            out.append(voices or [[]])
        return out

    def _part(self, item: _Staffed, measures: list[Json]) -> Json:
        part: Json = {"measures": measures, "name": item.part.name}
        if item.staves > 1:
            part["staves"] = item.staves
        if item.part.drums:
            set_own(part, "drums", True)
        else:
            set_own(part, "program", item.part.program)
        return part

    def _measures(self, keys: list[tuple[int, int, str]]) -> list[Json]:
        """The bars in `global`: metres, keys and tempi."""
        bars = self.timeline.bars
        measures: list[Json] = [{} for _ in bars]
        for number, bar in enumerate(bars):
            if number == 0 or bar.metre != bars[number - 1].metre:
                measures[number]["time"] = {"count": bar.metre.count, "unit": bar.metre.unit}
            if bar.length != bar.metre.bar:
                wholes = as_wholes(bar.length)
                set_own(measures[number], "length", [wholes.numerator, wholes.denominator])
        starts = np.array([bar.start for bar in bars])
        for place, fifths, mode in keys:
            number = int(np.searchsorted(starts, place + QUARTER // 4, "right")) - 1
            measures[max(number, 0)]["key"] = key = {"fifths": fifths}
            set_own(key, "mode", mode)
        _put_tempi(measures, bars, self.timeline.tempi)
        return measures


def _put_tempi(measures: list[Json], bars: list[BarSpan], tempi: list[tuple[int, float]]) -> None:
    starts = np.array([bar.start for bar in bars])
    end = bars[-1].start + bars[-1].length
    last: float | None = None
    for place, bpm in tempi[:20_000]:
        if place >= end or bpm == last:
            continue
        last = bpm
        number = max(0, int(np.searchsorted(starts, place, "right")) - 1)
        bounded = max(1.0, min(10_000.0, bpm))
        row: Json = {"bpm": round(bounded), "value": value(as_wholes(QUARTER))}
        at = as_wholes((place - bars[number].start) // 70 * 70)
        if at > 0:
            row["location"] = {"fraction": [at.numerator, at.denominator]}
        if bounded != round(bounded):
            set_own(row, "bpm", bounded)
        rows = [other for other in measures[number].get("tempos", []) if other.get("location") != row.get("location")]
        measures[number]["tempos"] = [*rows, row]


def _two_hands(staffed: list[_Staffed]) -> _Staffed | None:
    """Two tracks with one keyboard sound and nothing else are its hands."""
    if len(staffed) != 2 or any(item.part.drums or item.part.program not in KEYBOARDS for item in staffed):
        return None
    if staffed[0].part.program != staffed[1].part.program:
        return None
    heights = [sum(tone.pitch for tone in item.tones) / len(item.tones) for item in staffed]
    upper = 0 if heights[0] >= heights[1] else 1
    for number, item in enumerate(staffed):
        for tone in item.tones:
            tone.staff = 1 if number == upper else 2
    both = [*staffed[0].tones, *staffed[1].tones]
    return _Staffed(staffed[upper].part, [0, 1], both, 2)


def _needs_two(tones: list[Tone]) -> bool:
    """Whether, more than now and then, more sounds at once than one hand spans."""
    held: list[Tone] = []
    stretched = 0
    for tone in sorted(tones, key=lambda tone: tone.onset):
        held = [*(other for other in held[-_MOST_HELD:] if other.end > tone.onset + QUARTER // 8), tone]
        heights = [other.pitch for other in held]
        stretched += max(heights) - min(heights) > _ONE_HAND
    return stretched >= max(2, len(tones) // 10)


def _trim(tones: list[Tone]) -> None:
    """Played notes that last a little into what follows end there; chords end together."""
    groups: dict[int, list[Tone]] = defaultdict(list)
    for tone in tones:
        groups[tone.onset].append(tone)
    onsets = sorted(groups)
    for number, onset in enumerate(onsets):
        following = onsets[number + 1 :][:8]
        for tone in groups[onset]:
            for later in following:
                if later >= tone.end:
                    break
                if tone.end - later <= max(QUARTER // 4, (tone.end - tone.onset) * 3 // 10):
                    tone.end = later
                    break
        ends = sorted(tone.end for tone in groups[onset])
        middle = ends[len(ends) // 2]
        for tone in groups[onset]:
            if abs(tone.end - middle) <= max(QUARTER // 4, (middle - onset) // 3):
                tone.end = middle
