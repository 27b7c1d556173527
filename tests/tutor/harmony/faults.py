"""A judge of voice leading that shares no code with what it judges: pitch by pitch, as a teacher with a red pencil."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any

from mos_appliance.tutor.harmony.voicing import REST, Ensemble, Moment


def faults(voices: Any, moments: list[Moment], ensemble: Ensemble) -> list[str]:
    """Everything that is forbidden, in words."""
    found = []
    rows = [list(map(int, row)) for row in voices]
    for place, (row, moment) in enumerate(zip(rows, moments, strict=True)):
        sounding = [pitch for pitch in row if pitch != REST]
        if sounding != sorted(sounding) or (sounding and REST != moment.first < sounding[-1]):
            found.append(f"{place}: voices cross: {row} under {moment.first}")
        for pitch, (low, high) in zip(row, ensemble.ranges, strict=True):
            if pitch != REST and not low <= pitch <= high:
                found.append(f"{place}: {pitch} is out of range")
    for place, ((one, here), (other, there)) in enumerate(pairwise(zip(rows, moments, strict=True)), 1):
        for upper in {here.first, here.last}:
            found += [f"{place}: {fault}" for fault in parallels([*one, upper], [*other, there.first])]
    return found


def parallels(before: list[int], after: list[int]) -> list[str]:
    """Fifths, octaves and unisons between the same two voices, one after another, both moving."""
    found = []
    for low, high in combinations(range(len(before)), 2):
        pitches = before[low], before[high], after[low], after[high]
        if REST in pitches or before[low] == after[low] or before[high] == after[high]:
            continue
        first, second = (before[high] - before[low]) % 12, (after[high] - after[low]) % 12
        if first == second and first in {0, 7}:
            found.append(f"parallel {'fifths' if first else 'octaves'}, voices {low} and {high}")
    return found
