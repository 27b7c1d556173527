"""Notes as one NumPy structured array, the same for a score and for a performance; and notes out of a MIDI file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.music.general_midi import instrument_name
from mos_appliance.music.midi import DRUM_CHANNEL, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE
from mos_appliance.music.smf import Smf

NOTE: Final = np.dtype(
    [
        ("onset", "<i8"),
        ("duration", "<i8"),
        ("onset_ms", "<f8"),
        ("duration_ms", "<f8"),
        ("bar", "<i4"),
        ("part", "<u2"),
        ("pitch", "u1"),
        ("velocity", "u1"),
        ("staff", "u1"),
        ("voice", "u1"),
        ("grace", "?"),
    ]
)
"""`onset` and `duration` in ticks of the list's `division`; `bar`, `staff` and `voice` count from 1; `velocity` 0 and
`onset_ms` NaN where a score does not tell."""

_PLAIN: Final = ("onset_ms", "duration_ms", "bar", "part", "pitch", "velocity", "staff", "voice", "grace")
_ROWS_AT_ONCE: Final = 4096


@dataclass(frozen=True, slots=True)
class Part:
    """Who plays: a track's channel in a MIDI file. `program` is in force at its first note."""

    name: str
    program: int
    drums: bool
    track: int
    channel: int
    port: int = 0
    id: str = ""
    """What the score calls it; `P1`, `P2` … where it does not."""


@dataclass(frozen=True, slots=True)
class NoteList:
    """The notes of a piece, by onset, then pitch, then part. Shapes: `notes` (n,) NOTE.

    The index of a note is the `performance_index` of the outer contracts.
    """

    notes: NDArray[np.void]
    division: int
    parts: tuple[Part, ...]
    warnings: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    """What a score calls each note; empty where nothing does."""
    passes: tuple[int, ...] = ()
    """How often that place has been played at each note, from 1; empty where there are no repeats."""

    def part_ids(self) -> tuple[str, ...]:
        """What each part is called."""
        return tuple(part.id or f"P{number}" for number, part in enumerate(self.parts, 1))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which note-off ends which note-on: indices into `Smf.events`. Shapes: all (n,), by note-on.

    `off` is -1 where none came; `part` is the index of the note's part.
    """

    on: NDArray[np.int64]
    off: NDArray[np.int64]
    part: NDArray[np.int64]
    parts: tuple[Part, ...]
    stray_offs: int


def read_notes(smf: Smf) -> NoteList:
    """The notes of a MIDI file; those without an end are closed where their track ends, and counted."""
    pairs = pair_notes(smf)
    onsets, pitches = smf.events["tick"][pairs.on].astype(np.int64), smf.events["data1"][pairs.on]
    order = _by_onset(onsets, pitches, pairs.part)
    onsets, ends = onsets[order], end_ticks(smf, pairs)[order]
    tempi = smf.tempo_map()
    notes = np.zeros(len(order), NOTE)
    notes["onset"] = onsets
    notes["duration"] = ends - onsets
    notes["onset_ms"] = starts_ms = tempi.milliseconds(onsets)
    notes["duration_ms"] = tempi.milliseconds(ends) - starts_ms
    notes["bar"] = smf.metre_map().bars(onsets)
    notes["part"], notes["pitch"] = pairs.part[order], pitches[order]
    notes["velocity"] = smf.events["data2"][pairs.on[order]]
    notes["staff"] = notes["voice"] = 1
    return NoteList(notes, smf.division, pairs.parts, smf.warnings + _pair_warnings(pairs))


def _by_onset(onsets: NDArray[np.int64], pitches: NDArray[np.uint8], parts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order by onset, then pitch, then part, then as they stand. Shapes: all (n,)."""
    count = len(onsets)
    if not count:
        return np.zeros(0, np.int64)
    places, wide = int(parts.max()) + 1, count.bit_length()
    if (int(onsets.max()) + 1) * places << wide + 7 >= 1 << 63:
        return np.lexsort((parts, pitches, onsets))
    # As one number each, which a processor sorts many of at once.
    keys = ((onsets << 7 | pitches) * places + parts) << wide | np.arange(count)
    keys.sort()
    order: NDArray[np.int64] = keys & (1 << wide) - 1
    return order


def _pair_warnings(pairs: Pairs) -> tuple[str, ...]:
    unended = int(np.count_nonzero(pairs.off < 0))
    told = (
        (unended, "without an end closed at the end of the track"),
        (pairs.stray_offs, "ended that had not begun"),
    )
    return tuple(f"{count} note{'s' * (count > 1)} {what}" for count, what in told if count)


def end_ticks(smf: Smf, pairs: Pairs) -> NDArray[np.int64]:
    """Where each note ends: at its note-off, else at the end of its track."""
    ends = smf.events["tick"][pairs.off].astype(np.int64)
    open_ones = np.flatnonzero(pairs.off < 0)
    if len(open_ones):
        track_ends = np.array([track.end_tick for track in smf.tracks], np.int64)
        ends[open_ones] = track_ends[smf.events["track"][pairs.on[open_ones]]]
    return ends


def pair_notes(smf: Smf) -> Pairs:
    """Pairs note-ons and note-offs of one track, channel and pitch, first in, first out; velocity 0 is a note-off."""
    status = smf.events["status"]
    is_note = np.flatnonzero(status & 0xE0 == NOTE_OFF)
    notes = smf.events[is_note]
    status = notes["status"]
    is_on = (status >= NOTE_ON) & (notes["data2"] > 0)
    place = notes["track"].astype(np.int64) << 4 | status & 15
    ends, strays = _ends(place << 7 | notes["data1"], is_on)
    ons = np.flatnonzero(is_on)
    starts, ends, place = is_note[ons], ends[ons], place[ons]
    found = ends >= 0
    ends = is_note[ends] if found.all() else np.where(found, is_note[ends], -1) if len(ends) else ends
    # Which places there are, and the first note of each; tables of all possible places are small.
    table = np.full(int(place.max()) + 1 if len(place) else 0, -1)
    table[place[::-1]] = starts[::-1]
    used = np.flatnonzero(table >= 0)
    first_ticks = smf.events["tick"][table[used]]
    table[used] = np.arange(len(used))
    return Pairs(starts, ends, table[place], _parts(smf, used, first_ticks), strays)


def _ends(key: NDArray[np.int64], is_on: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """For each on the index of the off that ends it, -1 for none; and the number of stray offs.

    Shapes: all (n,); what stands at an off means nothing.
    """
    # Of numbers of 16 bits NumPy sorts equal ones stably in linear time.
    narrow = key.astype(np.uint16) if len(key) and int(key.max()) < 1 << 16 else key
    by_key = np.argsort(narrow, kind="stable")
    key, is_on = key[by_key], is_on[by_key]
    ends = np.full(len(key), -1)
    if not len(key) % 2 and is_on[::2].all() and not is_on[1::2].any() and (key[::2] == key[1::2]).all():
        ends[by_key[::2]] = by_key[1::2]  # nearly always: each on is followed by its off
        return ends, 0
    on, off, strays = _first_in_first_out(key, is_on)
    ends[by_key[on]] = np.where(off < 0, -1, by_key[off])
    return ends, strays


def _first_in_first_out(
    key: NDArray[np.int64], is_on: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """For each on, by key: its place, the place of the off that ends it (-1: none); and the number of stray offs.

    Shapes: both (n,), sorted by key, in order of time within a key. An off is stray when no note of its key sounds:
    when the running sum of ons and offs falls below all before it. The others end the ons in order, one each.
    """
    if not len(key):
        none = np.zeros(0, np.int64)
        return none, none, 0
    first = np.concatenate(([True], np.diff(key) != 0))
    group = np.cumsum(first) - 1
    balance = np.cumsum(np.where(is_on, 1, -1))
    before_group = (balance - np.where(is_on, 1, -1))[first]
    floor = -group * (2 * len(key) + 2)  # each key's sums lie below those of the keys before it
    level = balance - before_group[group] + floor
    lowest = np.minimum.accumulate(np.minimum(level, floor))
    lowest_before = np.where(first, floor, np.roll(lowest, 1))
    stray = ~is_on & (level < lowest_before)
    ons, offs = np.flatnonzero(is_on), np.flatnonzero(~is_on & ~stray)
    ids = group[ons] * (len(key) + 1) + _rank(group[ons])
    ending = group[offs] * (len(key) + 1) + _rank(group[offs])
    place = np.searchsorted(ending, ids)
    found = place < len(ending)
    found[found] = ending[place[found]] == ids[found]
    ended = np.full(len(ons), -1, np.int64)
    ended[found] = offs[place[found]]
    return ons, ended, int(np.count_nonzero(stray))


def _rank(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each element in its group. Shapes: (n,), sorted."""
    rank: NDArray[np.int64] = np.arange(len(group)) - np.searchsorted(group, group)
    return rank


def _parts(smf: Smf, places: NDArray[np.int64], first_ticks: NDArray[np.int64]) -> tuple[Part, ...]:
    """The part of each place (track << 4 | channel), whose first note stands at `first_ticks`."""
    ports = [track.port for track in smf.tracks]
    tracks, channels = (places >> 4).tolist(), (places & 15).tolist()
    wires = [ports[track] << 4 | channel for track, channel in zip(tracks, channels, strict=True)]
    programs = _programs(smf, np.array(ports), np.array(wires, np.int64), first_ticks)
    parts = []
    for track, channel, program in zip(tracks, channels, programs.tolist(), strict=True):
        drums = channel == DRUM_CHANNEL
        name = smf.tracks[track].name if tracks.count(track) == 1 else ""
        name = name or ("Drums" if drums else instrument_name(program))
        parts.append(Part(name, 0 if drums else program, drums, track, channel, ports[track]))
    return tuple(parts)


def _programs(
    smf: Smf, ports: NDArray[np.int64], wires: NDArray[np.int64], ticks: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The instrument in force on each wire (port << 4 | channel) at each tick; any track of the port may set it."""
    places = np.flatnonzero(smf.events["status"] & 0xF0 == PROGRAM_CHANGE)
    if not len(places):
        return np.zeros(len(wires), np.int64)
    changes = smf.events[places]
    when = (ports[changes["track"]] << 4 | changes["status"] & 15) << 32 | changes["tick"]
    order = np.argsort(when, kind="stable")
    when = when[order]
    last = np.searchsorted(when, wires << 32 | ticks, "right") - 1
    known = (last >= 0) & (when[last] >> 32 == wires)
    return np.where(known, changes["data1"][order][last], 0).astype(np.int64)


def rows_of(piece: NoteList) -> Iterator[dict[str, Any]]:
    """Each note as `mos notes --json` prints it, made as they are asked for: a file may hold a million."""
    part_ids = piece.part_ids()
    for begin in range(0, len(piece.notes), _ROWS_AT_ONCE):
        notes = piece.notes[begin : begin + _ROWS_AT_ONCE]
        onsets, durations = (_fractions(notes[name], piece.division) for name in ("onset", "duration"))
        columns = [notes[name].tolist() for name in _PLAIN]
        for index, onset, duration, values in zip(
            range(begin, begin + len(notes)), onsets, durations, zip(*columns, strict=True), strict=True
        ):
            onset_ms, duration_ms, bar, part, pitch, velocity, staff, voice, grace = values
            row = {
                "id": piece.ids[index] if piece.ids else f"n{index}",
                "part": part_ids[part],
                "staff": staff,
                "voice": voice,
                "bar": bar,
                "onset_quarters": onset,
                "duration_quarters": duration,
                "pitch": pitch,
                "grace": grace,
            }
            if piece.passes:
                row["pass"] = piece.passes[index]
            if velocity:
                row["velocity"] = velocity
            if not math.isnan(onset_ms):
                row["onset_ms"], row["duration_ms"] = round(onset_ms, 4), round(duration_ms, 4)
            yield row


def _fractions(ticks: NDArray[np.int64], division: int) -> list[str]:
    """Ticks as exact fractions of a quarter note, `n/d` in lowest terms."""
    common = np.gcd(ticks, division)
    pairs = zip((ticks // common).tolist(), (division // common).tolist(), strict=True)
    return [f"{numerator}/{denominator}" for numerator, denominator in pairs]


def facts_of(piece: NoteList) -> dict[str, Any]:
    """What `mos notes --json` prints besides the notes."""
    parts = [
        {
            "id": name,
            "name": part.name,
            "program": part.program,
            "drums": part.drums,
            "track": part.track + 1,
            "channel": part.channel + 1,
        }
        for name, part in zip(piece.part_ids(), piece.parts, strict=True)
    ]
    return {"parts": parts, "warnings": list(piece.warnings)}
