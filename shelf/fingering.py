"""Which finger plays each note: what a source says, and between that what the hand's place makes plain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from shelf.notation import Bar, Event, Mistake, Pitch

THUMB: Final = 1
LITTLE: Final = 5
REACH: Final = {1: 2, 2: 4, 3: 5, 4: 7}
"""Between fingers that many apart: the widest step on the staff that a small hand takes (an octave is 7)."""
THUMB_REACH: Final = {1: 4, 2: 5, 3: 6, 4: 7}
"""The same from the thumb."""


class Played(NamedTuple):
    """A note and its finger; `bar` from 1."""

    bar: int
    event: Event
    pitch: Pitch
    finger: int


def fingered(bars: Iterable[Bar], hand: str) -> Iterator[Played]:
    """Every note of the first voice of each bar with its finger; other voices only where their fingers are said.

    Within a place of the hand one step on the staff is one finger. Errors: `Mistake` where that leads off the hand.
    """
    rising = 1 if hand == "right" else -1
    place: tuple[int, int] | None = None
    tied = False
    for number, bar in enumerate(bars, 1):
        for voice_number, voice in enumerate(bar.voices):
            for event in voice:
                if event.fingers == "-":
                    place = None
                if not event.pitches:
                    continue
                if tied and not voice_number:
                    tied = event.tied
                    continue
                fingers = _fingers(event, place if not voice_number else None, rising, number)
                if not fingers:
                    continue
                if not voice_number:
                    tied = event.tied
                    place = (event.pitches[-1].line, fingers[-1])
                for pitch, finger in zip(event.pitches, fingers, strict=True):
                    yield Played(number, event, pitch, finger)


def _fingers(event: Event, place: tuple[int, int] | None, rising: int, number: int) -> list[int]:
    if event.fingers not in {"", "-"}:
        if len(event.fingers) != len(event.pitches):
            raise Mistake(f"bar {number}: {len(event.pitches)} notes, fingers {event.fingers}")
        return [int(finger) for finger in event.fingers]
    if place is None:
        return []
    line, finger = place
    found = [finger + rising * (pitch.line - line) for pitch in event.pitches]
    if any(not THUMB <= one <= LITTLE for one in found):
        raise Mistake(f"bar {number}: {event.pitches} has no finger: the hand stands with {finger} at line {line}")
    return found


def awkward(notes: list[Played], hand: str) -> list[str]:
    """What no teacher would write: one finger on two keys, fingers crossed, stretches, slides."""
    told = []
    rising = 1 if hand == "right" else -1
    chords: dict[int, list[Played]] = {}
    for note in notes:
        chords.setdefault(id(note.event), []).append(note)
    for chord in chords.values():
        told += _awkward_chord(chord, rising)
    for before, after in pairwise(notes):
        if before.event is not after.event:
            told += _awkward_step(before, after, rising)
    return told


def _awkward_chord(chord: list[Played], rising: int) -> list[str]:
    told = []
    for low, high in pairwise(chord):
        steps, fingers = high.pitch.line - low.pitch.line, rising * (high.finger - low.finger)
        if fingers <= 0:
            told.append(f"bar {low.bar}: fingers {low.finger} and {high.finger} cross in a chord")
        elif steps > (THUMB_REACH if THUMB in {low.finger, high.finger} else REACH)[fingers]:
            told.append(f"bar {low.bar}: fingers {low.finger} and {high.finger} are {steps} steps apart")
    return told


def _awkward_step(before: Played, after: Played, rising: int) -> list[str]:
    if "l" in before.event.marks:
        return []  # the hand lifts and falls elsewhere
    if after.event.fingers and before.event.length + before.event.onset < after.event.onset and before.bar == after.bar:
        return []  # a rest between: the hand has time to move
    steps = rising * (after.pitch.line - before.pitch.line)
    fingers = after.finger - before.finger
    if not fingers:
        slides = steps and abs(steps) <= 1 and before.event.slurs
        return [f"bar {after.bar}: finger {after.finger} slides"] if slides else []
    if (steps > 0) == (fingers > 0) or not steps:
        return []
    crossing = THUMB in {before.finger, after.finger} and abs(steps) <= 3  # the thumb passes under, or a finger over it
    leap = abs(steps) >= 2 and bool(after.event.fingers)  # the hand moves
    return [] if crossing or leap else [f"bar {after.bar}: finger {before.finger} then {after.finger} cross"]
