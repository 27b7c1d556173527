"""Files whose ticks are musical time: from notation programs, or recorded to a click."""

from __future__ import annotations

from typing import Final

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.notation.timeline import MAX_BARS, Ints, Timeline, bars_until
from mos_appliance.music.notation.units import QUARTER, WHOLE, BarSpan, Metre
from mos_appliance.music.notes import NoteList
from mos_appliance.music.smf import KEY_SIGNATURE, SET_TEMPO, TIME_SIGNATURE, Smf
from mos_appliance.music.wishes import Wishes

ON_GRID: Final = 0.9
"""Share of the onsets that must lie on the grid for it to be the file's own."""
_TOLERANCE: Final = QUARTER // 100
_STEPS: Final = (QUARTER // 16, QUARTER // 12, QUARTER // 5, QUARTER // 7)
_ENDS: Final = (QUARTER // 8, QUARTER // 6)
_EXACT: Final = 0.97
_ARTICULATED: Final = 0.5
"""A note that sounds for so much of the time to the next is written as long as that."""


def to_units(ticks: Ints, division: int) -> Ints:
    """Ticks as units, to the nearest."""
    nearest: Ints = (2 * ticks * QUARTER + division) // (2 * division)
    return nearest


def snapped(units: Ints, steps: tuple[int, ...] = _STEPS, tolerance: int = _TOLERANCE) -> tuple[Ints, np.ndarray]:
    """Each place on the first grid that it lies on, and whether it lies on any; the nearest of the first two if not."""
    out = units.copy()
    found = np.zeros(len(units), bool)
    for step in steps:
        near = (units + step // 2) // step * step
        hit = ~found & (np.abs(near - units) <= tolerance)
        out[hit] = near[hit]
        found |= hit
    nearest = [(units + step // 2) // step * step for step in steps[:2]]
    closer = np.where(np.abs(nearest[0] - units) <= np.abs(nearest[-1] - units), nearest[0], nearest[-1])
    out[~found] = closer[~found]
    return out, found


def is_on_grid(smf: Smf, piece: NoteList) -> bool:
    """Whether the file's ticks are musical time."""
    if smf.smpte or not len(piece.notes):
        return False
    onsets = np.unique(piece.notes["onset"].astype(np.int64))
    if smf.division < 24:
        return True
    fine = (QUARTER // 8, QUARTER // 6)
    _, found = snapped(to_units(onsets, smf.division), fine, max(_TOLERANCE // 2, QUARTER // (2 * smf.division)))
    return float(found.mean()) >= ON_GRID


def follows_click(smf: Smf, piece: NoteList) -> bool:
    """Whether the notes were played to the file's own beats: they lie nearer to them than chance would have it.

    Chance leaves them a quarter of a sixteenth away on average; half of that is asked for, over at least 16 places.
    """
    onsets = np.unique(piece.notes["onset"].astype(np.int64))
    if smf.smpte or smf.division < 24 or len(onsets) < 16:
        return False
    units = to_units(onsets, smf.division)
    step = QUARTER // 4
    off = np.abs((units + step // 2) % step - step // 2)
    beat = np.abs((units + QUARTER // 2) % QUARTER - QUARTER // 2)
    return float(off.mean()) < step / 8 and float(np.mean(beat < QUARTER / 12)) > 0.25


def grid_timeline(smf: Smf, piece: NoteList, wishes: Wishes) -> Timeline:
    """The notes where the file says. Errors: `BadInput` when there are too many bars."""
    onset, _ = snapped(to_units(piece.notes["onset"].astype(np.int64), smf.division))
    last = to_units((piece.notes["onset"] + piece.notes["duration"]).astype(np.int64), smf.division)
    end, exact = _ends(onset, last)
    if wishes.grid is not None:
        step = int(wishes.grid * WHOLE)
        onset = (onset + step // 2) // step * step
        end = np.maximum(onset + step, (end + step // 2) // step * step)
    end = np.maximum(end, onset + QUARTER // 16)
    bars = _bars(smf, int(end.max()), wishes)
    return Timeline(onset, end, bars, tempi_of(smf), keys_of_file(smf), exact=exact, metred=True)


def _ends(onset: Ints, last: Ints) -> tuple[Ints, bool]:
    """Where notes end, and whether the file says so exactly; else what is nearly the next onset is the next onset."""
    places = np.unique(onset)
    snapped_ends, found = snapped(last, _STEPS[:2])
    at_onset = np.isin(snapped_ends, places)
    if (
        float(np.mean(found)) >= _EXACT
        and float(np.mean((snapped_ends % QUARTER % (QUARTER // 4) == 0) | at_onset)) > 0.5
    ):
        return snapped_ends, True
    coarse, on_coarse = snapped(last, _ENDS)
    following = places[np.minimum(np.searchsorted(places, onset, "right"), len(places) - 1)]
    gap = following - onset
    sounding = last - onset
    legato = (gap > 0) & (sounding < gap) & (sounding >= _ARTICULATED * gap) & ~(on_coarse & np.isin(coarse, places))
    longer = (gap > 0) & (sounding >= gap)
    near = places[np.clip(np.searchsorted(places, last + QUARTER // 8), 0, len(places) - 1)]
    to_next = longer & (near >= last) & (near - last <= QUARTER // 4)
    nearest = (last + QUARTER // 8) // (QUARTER // 4) * (QUARTER // 4)
    out = np.where(on_coarse, coarse, np.where(nearest > onset, nearest, onset + QUARTER // 4))
    out = np.where(to_next & ~on_coarse, near, out)
    return np.where(legato, following, out).astype(np.int64), False


def _bars(smf: Smf, end: int, wishes: Wishes) -> list[BarSpan]:
    """The bars of the file's metres, or of the one that is wished for."""
    changes = _metres(smf)
    if wishes.metre or wishes.pickup is not None:
        metre = Metre(*wishes.metre) if wishes.metre else changes[0][1]
        pickup = int(wishes.pickup * WHOLE) % metre.bar if wishes.pickup is not None else 0
        return bars_until(end, metre, pickup)
    out: list[BarSpan] = []
    for number, (start, metre) in enumerate(changes):
        stop = changes[number + 1][0] if number + 1 < len(changes) else max(end, start + 1)
        if start >= end and out:
            break
        if (stop - start) // metre.bar + len(out) > MAX_BARS:
            raise BadInput("score", f"would have more than {MAX_BARS:,} bars")
        last = number + 1 == len(changes)
        place = start
        while place < min(stop, end) or (last and not out):
            out.append(BarSpan(place, metre.bar if last else min(metre.bar, stop - place), metre))
            place += metre.bar
    return out


def _metres(smf: Smf) -> list[tuple[int, Metre]]:
    """The file's metres, from the beginning on; what stands between two grid lines is moved to one."""
    step = QUARTER // 8
    found: dict[int, Metre] = {0: Metre(4, 4)}
    for meta in smf.metas(TIME_SIGNATURE):
        place = int(to_units(np.array([meta.tick]), smf.division)[0])
        found[(place + step // 2) // step * step] = Metre(meta.data[0], 1 << meta.data[1])
    return sorted(found.items())


def says_metre(smf: Smf) -> bool:
    """Whether the file names a metre."""
    return bool(smf.metas(TIME_SIGNATURE))


def tempi_of(smf: Smf) -> list[tuple[int, float]]:
    """The file's tempi as (place, quarter notes a minute)."""
    out = []
    for meta in smf.metas(SET_TEMPO):
        us = int.from_bytes(meta.data[:3], "big")
        out.append((int(to_units(np.array([meta.tick]), smf.division)[0]), round(60_000_000 / us, 4)))
    return out


def keys_of_file(smf: Smf) -> list[tuple[int, int, str]]:
    """The file's key signatures as (place, fifths, mode)."""
    out = []
    for meta in smf.metas(KEY_SIGNATURE):
        if len(meta.data) >= 2 and (meta.data[0] <= 7 or meta.data[0] >= 249) and meta.data[1] <= 1:
            fifths = meta.data[0] if meta.data[0] < 128 else meta.data[0] - 256
            place = int(to_units(np.array([meta.tick]), smf.division)[0])
            out.append((place, fifths, "minor" if meta.data[1] else "major"))
    return out
