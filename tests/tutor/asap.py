"""The (n)ASAP set of aligned piano performances (CC BY-NC-SA 4.0): for measuring only, never part of the repository."""

from __future__ import annotations

import csv
import random
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.formats import format_of
from mos_appliance.music.notes import NoteList, read_notes
from mos_appliance.music.smf import EVENT, FILE_BYTES, Smf, Track, read_smf
from mos_appliance.tutor.score_map import ScoreMap, map_score
from tests.tutor.beginner import Key, Take

SEED: Final = 20261122
PIECES: Final = 60
_LEFT_OUT: Final = ("Liszt/Mephisto_Waltz", "Liszt/Sonata", "Schubert/Wanderer_fantasie")
"""Scores so large that some copies of the set come without them; the draw must not depend on that."""
_NEAR_MS: Final = 3.0
_DIVISION: Final = 10_000
"""Ticks to a quarter of 500 ms: as fine as the set's own times."""


@dataclass(frozen=True)
class Piece:
    """One performance with its truth."""

    name: str
    score: ScoreMap
    keys: tuple[Key, ...]
    deleted: frozenset[str]
    """`id-pass` of each note of the score that was not played."""
    bar_times: tuple[float, ...]
    files: tuple[Path, Path] = (Path(), Path())
    """The score, and the set's alignment."""


def chosen(folder: Path) -> list[dict[str, str]]:
    """The rows of the 60: pieces by title with a robust alignment, drawn by the seed, one performance of each."""
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["robust_note_alignment"] == "1.0"]
    by_title: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        if row["xml_score"].removesuffix("/xml_score.musicxml") not in _LEFT_OUT:
            by_title.setdefault((row["composer"], row["title"]), []).append(row)
    draw = random.Random(SEED)
    return [draw.choice(by_title[title]) for title in draw.sample(sorted(by_title), PIECES)]


def load(folder: Path, row: dict[str, str]) -> Piece:
    """A performance, its score and how they belong together."""
    score = _score((folder / row["xml_score"]).read_bytes())
    notes = read_notes(read_smf((folder / row["midi_performance"]).read_bytes(), most_bytes=FILE_BYTES)).notes
    alignment = folder / f"{row['midi_performance'].removesuffix('.mid')}_note_alignments" / "note_alignment.tsv"
    with alignment.open(encoding="utf-8", newline="") as file:  # the table's own path is cut off at a dot in some rows
        lines = list(csv.reader(file, delimiter="\t"))[1:]
    deleted = frozenset(line[0] for line in lines if line[1] == "deletion")
    meant = _meant(notes, [line for line in lines if line[1] != "deletion" and line[0] != "insertion"])
    staff = dict(zip(score.page.ids, score.page.notes["staff"].tolist(), strict=True))
    keys = []
    for place, row_ in enumerate(notes):
        name, times = meant.get(place, ("", 0))
        at, length = float(row_["onset_ms"]), float(row_["duration_ms"])
        keys.append(Key(at, length, int(row_["pitch"]), int(row_["velocity"]), name, times, staff.get(name, 1)))
    files = (folder / row["xml_score"], alignment)
    return Piece(row["midi_performance"], score, tuple(keys), deleted, _bar_times(score, keys), files)


def _score(data: bytes) -> ScoreMap:
    row = format_of("x.musicxml")
    page = row.notes(data, False)
    try:
        return map_score(page, row.notes(data, True))
    except BadInput:
        return map_score(page)


def _meant(notes: Any, lines: list[list[str]]) -> dict[int, tuple[str, int]]:
    """Index of each note played that has one → id and pass of its note in the score."""
    by_pitch: dict[int, list[tuple[float, int]]] = {}
    for place, (pitch, at) in enumerate(zip(notes["pitch"].tolist(), notes["onset_ms"].tolist(), strict=True)):
        by_pitch.setdefault(pitch, []).append((at, place))
    meant = {}
    for line in lines:
        at = float(line[5]) * 1000.0
        played = by_pitch.get(int(line[4]), [])
        near = bisect_left(played, (at - _NEAR_MS, 0))
        if near < len(played) and played[near][0] <= at + _NEAR_MS:
            name, _, times = line[0].rpartition("-")
            meant[played[near][1]] = name, int(times)
    return meant


def _bar_times(score: ScoreMap, keys: list[Key]) -> tuple[float, ...]:
    """When each bar began, as played: the first time that one of its first notes came after the bar before."""
    bar_of = dict(zip(score.page.ids, score.page.notes["bar"].tolist(), strict=True))
    times: list[float] = []
    last = 0
    for key in keys:
        bar = bar_of.get(key.name, last)  # one that our reading of the score does not have tells nothing
        if bar > last or last - bar > 2:
            last = bar
            times.append(key.at_ms - 1.0)
    return tuple(times)


def with_errors(piece: Piece, draw: random.Random) -> tuple[list[Key], frozenset[str]]:
    """5 % of the notes left out, 4 % another key within two semitones, 3 % extra notes; and what is then not played."""
    keys: list[Key] = []
    deleted = set(piece.deleted)
    for key in piece.keys:
        chance = draw.random() if key.name else 1.0
        if chance < 0.09:
            deleted.add(f"{key.name}-{key.times}")
        if chance >= 0.05:
            wrong = key._replace(pitch=key.pitch + draw.choice((-2, -1, 1, 2)), name="", times=0)
            keys.append(wrong if chance < 0.09 else key)
        if draw.random() < 0.03:
            pitch = min(108, max(21, key.pitch + draw.choice((-7, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 7))))
            keys.append(Key(key.at_ms + draw.uniform(20.0, 200.0), 150.0, pitch, key.velocity, "", 0, key.staff))
    return sorted(keys, key=lambda key: (key.at_ms, key.pitch)), frozenset(deleted)


def midi(keys: tuple[Key, ...] | list[Key]) -> Smf:
    """A take as a MIDI file."""
    rows = []
    for key in keys:
        start = round(key.at_ms * _DIVISION / 500.0)
        end = start + max(1, round(key.length_ms * _DIVISION / 500.0))
        rows += [(start, 0x90, key.pitch, key.velocity), (end, 0x80, key.pitch, 0)]
    rows.sort()
    events = np.zeros(len(rows), EVENT)
    for place, (tick, status, pitch, velocity) in enumerate(rows):
        events[place] = (tick, 0, status, pitch, velocity, 0)
    return Smf(0, _DIVISION, (Track((), rows[-1][0] if rows else 0),), events)


def alike(score: ScoreMap, moment: int, other: int) -> bool:
    """Whether the bar of a moment stands note for note also where `other` would be that moment."""
    begin, end = _bar_span(score, moment)
    shift = score.quarters[other] - score.quarters[moment]
    return _between(score, begin, end, 0.0) == _between(score, begin, end, shift)


def _bar_span(score: ScoreMap, moment: int) -> tuple[float, float]:
    """Where the moment's bar begins and ends, in quarters."""
    start = score.bar_start(moment)
    later = [first for first in score.bar_starts if first > start]
    return score.quarters[start], score.quarters[later[0]] if later else score.quarters[-1] + 1.0


def _between(score: ScoreMap, begin: float, end: float, shift: float) -> list[tuple[int, float]]:
    low, high = (bisect_left(score.quarters, at + shift - 1e-6) for at in (begin, end))
    inside = (
        (score.pitch_of[note], round(score.quarters[moment] - begin - shift, 6))
        for note, moment in enumerate(score.moment_of)
        if low <= moment < high
    )
    return sorted(inside)


def in_file_order(take: Take) -> tuple[list[Key], list[int], list[int]]:
    """The keys in the order in which a MIDI file numbers them, their passes, and for each landing where it went."""
    order = sorted(
        range(len(take.keys)), key=lambda place: (round(take.keys[place].at_ms * 20), take.keys[place].pitch)
    )
    return [take.keys[place] for place in order], [take.passes[place] for place in order], order


def unison_names(page: NoteList, score: ScoreMap) -> dict[str, str]:
    """Notes in unison by one name: the set draws lots which of them a key press plays."""
    return {page.ids[other]: page.ids[first] for first, others in score.unisons.items() for other in others}
