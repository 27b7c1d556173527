"""An arrangement whose parts are hands: each staff of the score is a part of its own, to be played or left out."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.arrangement import MAX_PARTS, PLAYED, Arrangement, to_960
from mos_appliance.music.midi import NOTE_OFF, NOTE_ON
from mos_appliance.music.notes import NoteList

_NEAR_TICKS = 480
"""A note is struck no further from where the score has it: ornaments and broken chords move it a little."""


def hands_apart(arrangement: Arrangement, unfolded: NoteList) -> Arrangement:
    """The arrangement with a part for every hand of `unfolded`, in the order in which they stand in the score.

    The same arrangement where its parts are not those of the score, or where that would be too many.
    """
    staves = np.unique(unfolded.notes[["part", "staff"]]).tolist()
    if len(arrangement.parts) != len(unfolded.parts) or not len(staves) <= MAX_PARTS:
        return arrangement
    number = {tuple(place): index for index, place in enumerate(staves)}
    places = _places(unfolded)
    events = arrangement.events
    part = events["part"].copy()
    sounding: dict[tuple[int, int], list[int]] = {}
    copies = []
    for index, (tick, of, status, pitch, velocity) in enumerate(events.tolist()):
        key = of, pitch
        if status == NOTE_ON and velocity:
            hand = number.get((of, _staff(places.get(key), tick)), number.get((of, 1), 0))
            sounding.setdefault(key, []).append(hand)
            part[index] = hand
        elif status in (NOTE_ON, NOTE_OFF):
            waiting = sounding.get(key)
            part[index] = waiting.pop(0) if waiting else number.get((of, 1), 0)
        else:
            hands = [hand for (owner, _), hand in number.items() if owner == of] or [0]
            part[index] = hands[0]
            copies += [(tick, hand, status, pitch, velocity) for hand in hands[1:]]
    split = events.copy()
    split["part"] = part
    both = np.concatenate((np.array(copies, PLAYED), split)) if copies else split
    both = both[np.argsort(both["tick"], kind="stable")]
    is_on = (both["status"] == NOTE_ON) & (both["data2"] > 0)
    counts = np.bincount(both["part"][is_on], minlength=len(staves))
    parts = tuple(arrangement.parts[owner] for owner, _ in staves)
    return replace(arrangement, parts=parts, note_counts=tuple(counts.tolist()), events=both)


def _places(unfolded: NoteList) -> dict[tuple[int, int], tuple[list[int], list[int]]]:
    """For each part and pitch: where it is struck, and on which staff."""
    ticks: NDArray[np.int64] = to_960(unfolded.notes["onset"], unfolded.division)
    found: dict[tuple[int, int], tuple[list[int], list[int]]] = {}
    columns = (unfolded.notes[name].tolist() for name in ("part", "pitch", "staff"))
    for part, pitch, staff, tick in zip(*columns, ticks.tolist(), strict=True):
        when, staves = found.setdefault((part, pitch), ([], []))
        when.append(tick)
        staves.append(staff)
    return found


def _staff(places: tuple[list[int], list[int]] | None, tick: int) -> int:
    """The staff on which a key is struck about then; the first where none is."""
    if places is None:
        return 1
    when, staves = places
    after = bisect_left(when, tick)
    near = [place for place in (after - 1, after) if 0 <= place < len(when)]
    nearest = min(near, key=lambda place: abs(when[place] - tick))
    return staves[nearest] if abs(when[nearest] - tick) <= _NEAR_TICKS else 1
