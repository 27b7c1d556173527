"""Played files: beats, metre and note values of what nobody wrote."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.music.notation.beats import (
    Beats,
    Floats,
    divide,
    find_beats,
    group_onsets,
    places_in_beats,
    smoothed,
)
from mos_appliance.music.notation.grid import keys_of_file, tempi_of
from mos_appliance.music.notation.metres import MetreGuess, accents_of, guess_metres
from mos_appliance.music.notation.timeline import Ints, Timeline, bars_until
from mos_appliance.music.notation.units import QUARTER, WHOLE, Metre
from mos_appliance.music.notes import NoteList
from mos_appliance.music.smf import TIME_SIGNATURE, Smf
from mos_appliance.music.umf.losses import Guess
from mos_appliance.music.wishes import Wishes

LONGEST_S: Final = 4 * 3600
SILENCE_MS: Final = 8_000
"""No note value is looked for that lasts longer."""
_RATIOS: Final = (1.0, 2.0, 0.5, 1.5, 2 / 3, 3.0, 1 / 3, 4.0, 0.25)
"""How a beat is mistaken for another."""
_LEGATO: Final = 0.62
"""A note that sounds for so much of the time to the next of its kind is written as long as that."""
_LONG: Final = 0.08
"""Of a long note so much more of each beat may be missing at its end: hands leave long notes sooner."""
_THIRDS: Final = 0.62
"""Share of beats divided by three from which on the metre is compound."""


def played_timeline(piece: NoteList, wishes: Wishes) -> Timeline:
    """Beats found, metre guessed, rhythm quantised. Errors: `BadInput` for what lasts too long."""
    if wishes.bars is None or wishes.tempo is not None:
        return _timeline(piece, wishes)
    first = _timeline(piece, wishes)
    seemed = sum(bar.start <= first.onset.max() for bar in first.bars)  # a last note that rings on makes no bar
    tempo = first.tempi[0][1] * _twice_or_half(wishes.bars / seemed)
    return first if tempo == first.tempi[0][1] else _timeline(piece, replace(wishes, tempo=Fraction(tempo)))


def _twice_or_half(ratio: float) -> float:
    """How much faster, when there are so many bars as many as there seemed to be."""
    return min(_RATIOS, key=lambda known: abs(math.log(ratio / known)))


def _timeline(piece: NoteList, wishes: Wishes) -> Timeline:
    piece, removed_s = without_silence(piece)
    notes = piece.notes
    onsets = notes["onset_ms"] / 1000.0
    if float(onsets[-1] - onsets[0]) > LONGEST_S:
        raise BadInput("performance", "lasts too long to be written down: more than four hours")
    weights = 0.6 + np.minimum(notes["duration_ms"] / 800.0, 1.2) + 0.4 * (notes["pitch"] < 52)
    groups = group_onsets(onsets, weights)
    compound = Metre(*wishes.metre).compound if wishes.metre else None
    beat_s = _beat_seconds(wishes, bool(compound))
    found = find_beats(groups, beat_s, wishes.tuplets is not False or bool(compound))
    best = found[0]
    finest = _finest(wishes, bool(compound))
    beats = smoothed(groups, best.times, wishes.tuplets is not False or bool(compound), finest)
    where = places_in_beats(groups.time, beats)
    slots, divisions, _ = divide(where, np.diff(beats), wishes.tuplets is not False or bool(compound), finest)
    divided = divisions[divisions > 1]
    thirds = float(np.mean(np.isin(divided, (3, 6)))) if len(divided) else 0.0
    if compound is None:
        compound = thirds > _THIRDS and len(divided) >= 0.25 * len(divisions) and wishes.tuplets is not True
    first = int(np.floor(slots[0] + 1e-6))
    slots = slots - first
    placed = slots[groups.first]
    ends = _ends(piece, beats, first, placed, 4 if not compound else 3)
    unit = QUARTER * 3 // 2 if compound else QUARTER
    metre, guess = _metre(piece, placed, ends, wishes, compound)
    onset = _units(placed, unit)
    end = np.maximum(_units(ends, unit), onset + unit // 12)
    pickup, shift = _pickup(guess, metre, unit, int(onset.min()), wishes)
    onset, end = onset + shift, end + shift
    bpm = 60.0 / float(np.median(np.diff(beats))) * unit / QUARTER
    bars = bars_until(int(end.max()), metre, pickup)
    guesses = [_told_metre(guess, compound, wishes), *_told_tempo(found, unit, bpm, wishes)]
    told = [row for row in guesses if row is not None]
    return Timeline(onset, end, bars, [(0, round(bpm))], guesses=told, silence_s=removed_s)


def without_silence(piece: NoteList) -> tuple[NoteList, float]:
    """The notes with pauses shortened in which nobody plays on for long, and by how many seconds in all."""
    begins = piece.notes["onset_ms"]
    gaps = np.diff(begins) - SILENCE_MS
    places = np.flatnonzero(gaps > 0)
    if not len(places):
        return piece, 0.0
    notes = piece.notes.copy()
    starts = begins[places] + SILENCE_MS
    total = np.concatenate(([0.0], np.cumsum(gaps[places])))

    def removed(times: Floats) -> Floats:
        number = np.searchsorted(starts, times, "right")
        last = np.maximum(number - 1, 0)
        inside = np.minimum(times - starts[last], gaps[places][last])
        out: Floats = np.where(number > 0, total[last] + np.maximum(inside, 0.0), 0.0)
        return out

    ends = begins + notes["duration_ms"]
    notes["onset_ms"] = begins - removed(begins)
    notes["duration_ms"] = np.maximum(ends - removed(ends) - notes["onset_ms"], 1.0)
    return replace(piece, notes=notes), float(total[-1]) / 1000


def click_timeline(smf: Smf, piece: NoteList, wishes: Wishes) -> Timeline:
    """Played to the file's own beats: quantised there, in its metre."""
    quarters = piece.notes["onset"] / smf.division
    tempi = smf.tempo_map()
    last = int(np.ceil(float(quarters.max()))) + 2
    beats = np.arange(last + 1, dtype=np.float64)
    seconds = tempi.milliseconds((beats * smf.division).astype(np.int64)) / 1000.0
    groups = group_onsets(piece.notes["onset_ms"] / 1000.0, np.ones(len(quarters)))
    where = places_in_beats(groups.time, seconds)
    finest = _finest(wishes, False)
    slots, _, _ = divide(where, np.diff(seconds), wishes.tuplets is not False, finest)
    placed = slots[groups.first]
    ends = _ends(piece, seconds, 0, placed, 4)
    onset = _units(placed, QUARTER)
    end = np.maximum(_units(ends, QUARTER), onset + QUARTER // 12)
    metas = smf.metas(TIME_SIGNATURE)
    metre = Metre(*wishes.metre) if wishes.metre else Metre(4, 4)
    if metas and not wishes.metre:
        metre = Metre(metas[0].data[0], 1 << metas[0].data[1])
    pickup = int(wishes.pickup * WHOLE) % metre.bar if wishes.pickup is not None else 0
    bars = bars_until(int(end.max()), metre, pickup)
    return Timeline(onset, end, bars, tempi_of(smf), keys_of_file(smf), metred=True)


def _beat_seconds(wishes: Wishes, compound: bool) -> float | None:
    if wishes.tempo is None:
        return None
    return 60.0 / float(wishes.tempo) * (1.5 if compound else 1.0)


def _finest(wishes: Wishes, compound: bool) -> int:
    """The finest division of a beat that is looked for."""
    if wishes.grid is None:
        return 6 if compound else 4
    per_quarter = int(wishes.grid.denominator) // 4 or 1
    return per_quarter * 3 // 2 if compound else per_quarter


def _units(beats: Floats, unit: int) -> Ints:
    """Beats as units, on halves to eighths, thirds and sixths exactly."""
    out: Ints = np.round(np.round(beats * 24) * unit / 24).astype(np.int64)
    return out


def _ends(piece: NoteList, beats: Floats, first: int, placed: Floats, division: int) -> Floats:
    """Where notes end, in beats: at the next onset when they nearly reach it, else on a simple division."""
    notes = piece.notes
    last = places_in_beats((notes["onset_ms"] + notes["duration_ms"]) / 1000.0, beats) - first
    places = np.unique(placed)
    closing = np.ceil(float(last.max()) - 0.25)
    if closing > places[-1]:  # the last notes are held until a beat, as others are until the next note
        places = np.append(places, closing)
    number = np.searchsorted(places, placed, "right")
    following = places[np.minimum(number, len(places) - 1)]
    sounding = last - placed
    gap = following - placed
    coarse = np.maximum(np.round(last * 2) / 2, placed)
    fine = np.maximum(np.ceil(last * division - 0.35) / division, placed + 1 / division)
    out = np.where(coarse - placed >= 1, coarse, fine)
    near = places[np.clip(np.searchsorted(places, last - 0.3 * np.minimum(sounding, 1.0)), 0, len(places) - 1)]
    reach = 0.38 * np.clip(sounding, 0.2, 1.0) + _LONG * np.clip(sounding - 1.0, 0.0, 4.0)
    close = (near > placed) & (np.abs(near - last) <= reach)
    out = np.where(close, near, out)
    short = (gap > 0) & (gap <= 2) & (sounding >= _LEGATO * gap) & (sounding <= 1.25 * gap)
    out = np.where(short, following, out)
    result: NDArray[np.float64] = np.maximum(out, placed + 1 / 8)
    return result


def _metre(
    piece: NoteList, placed: Floats, ends: Floats, wishes: Wishes, compound: bool
) -> tuple[Metre, list[MetreGuess]]:
    notes = piece.notes
    count = int(np.floor(float(placed.max()))) + 1
    accents = accents_of(placed, ends - placed, notes["pitch"].astype(float), notes["velocity"].astype(float), count)
    if wishes.metre:
        wanted = Metre(*wishes.metre)
        beats = max(1, wanted.bar // wanted.beat)
        if not wanted.compound:
            beats = max(1, wanted.bar // QUARTER)
        return wanted, guess_metres(accents, (beats,))
    guesses = guess_metres(accents, (2, 4, 3) if compound else (4, 3, 2))
    beats = guesses[0].beats
    return (Metre(3 * beats, 8) if compound else Metre(beats, 4)), guesses


def _pickup(guesses: list[MetreGuess], metre: Metre, unit: int, first: int, wishes: Wishes) -> tuple[int, int]:
    """How long the first bar is when it is short, else 0; and how far notes move for that."""
    if wishes.pickup is not None:
        pickup = int(wishes.pickup * WHOLE) % metre.bar
        return pickup, -first
    downbeat = guesses[0].phase * unit
    pickup = downbeat - first
    if pickup <= 0:
        return (0, 0) if downbeat == 0 else (metre.bar + pickup, -first)
    if pickup > metre.bar * 3 // 4:  # nearly a whole bar: it begins with a rest
        return 0, metre.bar - downbeat
    return pickup, -first


def _told_metre(guesses: list[MetreGuess], compound: bool, wishes: Wishes) -> Guess | None:
    if wishes.metre:
        return None
    shares: dict[str, float] = {}
    for guess in guesses:
        name = f"{3 * guess.beats}/8" if compound else f"{guess.beats}/4"
        shares[name] = shares.get(name, 0.0) + guess.share
    best = next(iter(shares))
    others = sorted(((name, share) for name, share in shares.items() if name != best), key=lambda row: -row[1])
    return Guess("metre", best, shares[best], tuple(others))


def _told_tempo(found: list[Beats], unit: int, bpm: float, wishes: Wishes) -> list[Guess]:
    if wishes.tempo is not None:
        return []
    costs = np.array([beats.cost for beats in found])
    shares = np.exp(-(costs - costs[0]) / max(4.0, 0.02 * abs(costs[0])))
    shares /= shares.sum()
    names = [f"{60.0 / float(np.median(np.diff(beats.times))) * unit / QUARTER:.0f}" for beats in found]
    return [Guess("tempo", f"{bpm:.0f}", float(shares[0]), tuple(zip(names[1:], shares[1:].tolist(), strict=True)))]
