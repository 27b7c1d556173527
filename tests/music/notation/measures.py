"""How near what was written down comes to the truth."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from mos_appliance.music.mnx.notes import score_notes
from mos_appliance.music.notation.score import Notation, notate
from mos_appliance.music.notes import read_notes
from mos_appliance.music.smf import Smf
from mos_appliance.music.wishes import NONE, Wishes
from tests.music.notation.humanise import Written


class Found(NamedTuple):
    """A note as it was written down. Units: quarters."""

    onset: Fraction
    duration: Fraction
    pitch: int
    staff: int
    voice: int
    tpc: tuple[str, int]


class Marks(NamedTuple):
    """Shares from 0 to 1."""

    metre: float
    downbeat: float
    onsets: float
    onsets_scaled: float
    values: float
    hands: float
    voices: float
    spelling: float
    notes: int


def found_in(smf: Smf, wishes: Wishes = NONE) -> tuple[Notation, list[Found]]:
    """What `notate` makes of a file: its notes in the order of `read_notes`."""
    notation = notate(smf, read_notes(smf), wishes)
    piece = score_notes(notation.score)
    names = {
        note["id"]: note["pitch"]
        for part in notation.score["parts"]
        for measure in part["measures"]
        for sequence in measure["sequences"]
        for item in sequence["content"]
        for event in item.get("content", [item])
        for note in event.get("notes", ())
    }
    by_name = {}
    for row, name in zip(piece.notes, piece.ids, strict=True):
        pitch = names[name]
        times = (Fraction(int(row[field]), piece.division) for field in ("onset", "duration"))
        spelled = (pitch["step"], pitch.get("alter", 0))
        by_name[name] = Found(*times, int(row["pitch"]), int(row["staff"]), int(row["voice"]), spelled)
    return notation, [by_name[name] for name in notation.names]


def aligned(smf: Smf, truth: list[Written]) -> list[Written]:
    """The truth in the order of the file's notes: each pitch's notes come in the same order."""
    waiting: dict[int, list[Written]] = defaultdict(list)
    for note in sorted(truth, key=lambda note: note.onset):
        waiting[note.pitch].append(note)
    return [waiting[int(row["pitch"])].pop(0) for row in read_notes(smf).notes]


def compare(
    smf: Smf, truth: list[Written], metre: tuple[int, int], downbeat: float, wishes: Wishes = NONE
) -> tuple[Marks, Notation]:
    """Marks for one file; `downbeat` is where the first whole bar of the truth begins."""
    notation, found = found_in(smf, wishes)
    wanted = aligned(smf, truth)
    time = notation.score["global"]["measures"][0]["time"]
    right_metre = (time["count"], time["unit"]) == metre
    length = notation.score["global"]["measures"][0].get("_x", {}).get("org.mos", {}).get("length")
    first_bar = Fraction(*length) * 4 if length else Fraction(0)
    origin = found[0].onset - Fraction(wanted[0].onset).limit_denominator(960)
    bar = Fraction(4 * time["count"], time["unit"])
    off = (Fraction(downbeat).limit_denominator(960) + origin - first_bar) % bar
    pairs = list(zip(found, wanted, strict=True))
    scale, onsets = 1.0, 0.0
    scaled = 0.0
    for factor in (1.0, 2.0, 0.5, 1.5, 2 / 3, 3.0, 1 / 3):
        share = _onsets(pairs, factor)
        if factor == 1.0:
            onsets = share
        if share > scaled:
            scaled, scale = share, factor
    values = sum(abs(float(a.duration) - b.duration * scale) < 0.01 for a, b in pairs) / len(pairs)
    hands = sum((a.staff == 1) == (b.hand == "right") for a, b in pairs) / len(pairs)
    spelling = sum(a.tpc == b.tpc for a, b in pairs) / len(pairs)
    right_down = right_metre and off == 0
    return Marks(right_metre, right_down, onsets, scaled, values, hands, _links(pairs), spelling, len(pairs)), notation


def _onsets(pairs: list[tuple[Found, Written]], factor: float) -> float:
    """Share of the steps from one onset to the next that are as written, times `factor`."""
    steps = {}
    for a, b in pairs:
        steps.setdefault(b.onset, []).append(float(a.onset))
    ordered = sorted(steps)
    right = total = 0
    for before, after in pairwise(ordered):
        for at in steps[after]:
            total += 1
            right += abs(at - min(steps[before]) - (after - before) * factor) < 0.01
    return right / max(1, total)


def _links(pairs: list[tuple[Found, Written]]) -> float:
    """F measure of the pairs of notes that follow one another in a voice."""
    theirs, ours = defaultdict(list), defaultdict(list)
    for number, (a, b) in enumerate(pairs):
        theirs[b.voice].append((b.onset, number))
        ours[a.staff, a.voice].append((float(a.onset), number))
    links = [
        {(first, second) for voice in group.values() for (_, first), (_, second) in pairwise(sorted(voice))}
        for group in (theirs, ours)
    ]
    both = len(links[0] & links[1])
    return 2 * both / max(1, len(links[0]) + len(links[1]))
