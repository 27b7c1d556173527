"""A MIDI file made ready to be played: parts, 960 ticks to the quarter note, no note without its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mos_appliance.errors import BadInput
from mos_appliance.music.midi import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, POLY_PRESSURE
from mos_appliance.music.notes import Pairs, Part, end_ticks, pair_notes
from mos_appliance.music.smf import Smf
from mos_appliance.music.tempo import MetreMap, TempoMap, metre_map, tempo_map
from mos_appliance.units import TICKS_PER_QUARTER

MAX_PARTS: Final = 32
MAX_PLAYED_EVENTS: Final = 200_000
MAX_TICK: Final = 2**31 - 1
LONGEST_S: Final = 24 * 3600

PLAYED: Final = np.dtype([("tick", "<i8"), ("part", "u1"), ("status", "u1"), ("data1", "u1"), ("data2", "u1")])
"""An event of a part: `status` with its channel nibble 0."""

_NOT_PLAYED: Final = (122, 124, 125, 126, 127)
"""Channel modes that would change how the synthesiser listens: local control, omni, mono, poly."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What the engine plays and the page shows.

    Shapes: `events` (n,) PLAYED by tick; `note_counts` one a part. Units: ticks of 1/960 quarter note.
    """

    title: str
    parts: tuple[Part, ...]
    note_counts: tuple[int, ...]
    events: NDArray[np.void]
    tempi: TempoMap
    metres: MetreMap
    end_tick: int
    warnings: tuple[str, ...]

    def bars(self) -> list[int]:
        """First tick of each bar. Errors: `BadInput` when there are too many."""
        ticks: list[int] = self.metres.bar_ticks(self.end_tick).tolist()
        return ticks


def arrange(smf: Smf, name: str = "") -> Arrangement:
    """The file ready to play. Errors: `BadInput` when it is longer or fuller than the engine takes."""
    where = name or "song"
    pairs = pair_notes(smf)
    parts, part_of, merged = _few_parts(pairs)
    notes = _note_events(smf, pairs, part_of)
    others = _channel_events(smf, parts)
    if len(notes) + len(others) > MAX_PLAYED_EVENTS:
        raise BadInput(where, f"has more than the {MAX_PLAYED_EVENTS:,} events that are played")
    both = np.concatenate((notes, others))
    both = both[np.lexsort((both["order"], both["rank"], both["tick"]))]
    events = np.zeros(len(both), PLAYED)
    events["tick"] = to_960(both["tick"], smf.division)
    for field in ("part", "status", "data1", "data2"):
        events[field] = both[field]
    end = int(to_960(smf.end_tick, smf.division))
    tempi, metres = _maps(smf)
    if end > MAX_TICK or tempi.seconds(end) > LONGEST_S:
        raise BadInput(where, "lasts longer than a day")
    counts = np.bincount(part_of, minlength=len(parts))
    warnings = smf.warnings + ((merged,) if merged else ())
    title = smf.tracks[0].name if smf.tracks else ""
    return Arrangement(title, parts, tuple(counts.tolist()), events, tempi, metres, end, warnings)


def to_960(ticks: ArrayLike, division: int) -> NDArray[np.int64]:
    """Ticks of a file as ticks of 1/960 quarter note, to the nearest."""
    nearest: NDArray[np.int64] = (np.asarray(ticks, np.int64) * (2 * TICKS_PER_QUARTER) + division) // (2 * division)
    return nearest


def _maps(smf: Smf) -> tuple[TempoMap, MetreMap]:
    """The file's tempi and metres, in ticks of 1/960 quarter note."""
    tempi, metres = smf.tempo_map(), smf.metre_map()
    tempo_ticks = to_960(tempi.ticks, smf.division).tolist()
    metre_ticks = to_960(metres.ticks, smf.division).tolist()
    return (
        tempo_map(list(zip(tempo_ticks, tempi.us_per_quarter.tolist(), strict=True))),
        metre_map(list(zip(metre_ticks, metres.numerators.tolist(), metres.denominators.tolist(), strict=True))),
    )


def _few_parts(pairs: Pairs) -> tuple[tuple[Part, ...], NDArray[np.int64], str]:
    """At most 32 parts: if more, each channel's tracks are merged. Returns them, each note's, a warning."""
    if len(pairs.parts) <= MAX_PARTS:
        return pairs.parts, pairs.part, ""
    for with_port in (True, False):
        wires = [(part.port if with_port else 0, part.channel) for part in pairs.parts]
        kept = sorted(set(wires))
        if len(kept) <= MAX_PARTS:
            break
    numbers = {wire: number for number, wire in enumerate(kept)}
    firsts = tuple(pairs.parts[wires.index(wire)] for wire in kept)
    place = np.array([numbers[wire] for wire in wires], np.int64)
    return firsts, place[pairs.part], f"{len(pairs.parts)} parts merged to {len(kept)}, one a channel"


_ORDERED: Final = np.dtype([*((name, PLAYED[name]) for name in PLAYED.names or ()), ("rank", "?"), ("order", "<i8")])
"""An event with what decides at one tick: tracks without notes first, then the order of the file."""


def _note_events(smf: Smf, pairs: Pairs, part: NDArray[np.int64]) -> NDArray[np.void]:
    """Note-ons and note-offs. A key that is struck again while it sounds is let go first; of two struck at once one
    is played, as long as the longer and as loud as the louder of them.
    """
    on = smf.events[pairs.on]
    notes = np.zeros(len(on), np.dtype([("key", "<i8"), ("on", "<i8"), ("off", "<i8"), ("at", "<i8"), ("to", "<i8")]))
    notes["key"] = part << 7 | on["data1"]
    notes["on"], notes["off"] = on["tick"], end_ticks(smf, pairs)
    notes["at"], notes["to"] = 2 * pairs.on, np.where(pairs.off < 0, 2 * len(smf.events), 2 * pairs.off)
    order = np.lexsort((notes["at"], notes["on"], notes["key"]))
    notes, velocity = notes[order], on["data2"][order]
    if len(notes):
        first = np.concatenate(([True], (np.diff(notes["key"]) != 0) | (np.diff(notes["on"]) != 0)))
        places = np.flatnonzero(first)
        longest = np.maximum.reduceat(notes["off"], places), np.maximum.reduceat(notes["to"], places)
        velocity = np.maximum.reduceat(velocity, places)
        notes = notes[places]
        notes["off"], notes["to"] = longest
        again = np.flatnonzero((np.diff(notes["key"]) == 0) & (notes["off"][:-1] >= notes["on"][1:]))
        notes["off"][again], notes["to"][again] = notes["on"][again + 1], notes["at"][again + 1] - 1
    events = np.zeros(2 * len(notes), _ORDERED)
    for half, status, tick, place in ((0, NOTE_ON, "on", "at"), (1, NOTE_OFF, "off", "to")):
        rows = events[half::2]
        rows["tick"], rows["order"], rows["status"] = notes[tick], notes[place], status
        rows["part"], rows["data1"] = notes["key"] >> 7, notes["key"] & 127
    events["data2"][0::2] = velocity
    events["rank"] = True
    return events


def _channel_events(smf: Smf, parts: tuple[Part, ...]) -> NDArray[np.void]:
    """Programs, controllers, bends and pressures: what is sent to a channel reaches every part that plays on it."""
    events, kind = smf.events, smf.events["status"] & 0xF0
    is_mode = (kind == CONTROL_CHANGE) & np.isin(events["data1"], _NOT_PLAYED)
    of_channel = np.flatnonzero((kind >= POLY_PRESSURE) & ~is_mode)
    ports = np.array([track.port for track in smf.tracks], np.int64)
    with_notes = np.zeros(len(smf.tracks), bool)
    with_notes[[part.track for part in parts]] = True
    wires = ports[events["track"][of_channel]] << 4 | events["status"][of_channel] & 15
    found, total = [np.zeros(0, _ORDERED)], 0
    for number, part in enumerate(parts):
        chosen = of_channel[wires == (part.port << 4 | part.channel)]
        total += len(chosen)
        if total > MAX_PLAYED_EVENTS:
            break  # refused by the caller, who counts
        rows = np.zeros(len(chosen), _ORDERED)
        for field in ("tick", "data1", "data2"):
            rows[field] = events[field][chosen]
        rows["status"], rows["part"] = kind[chosen], number
        rows["rank"], rows["order"] = with_notes[events["track"][chosen]], 2 * chosen
        found.append(rows)
    return np.concatenate(found)
