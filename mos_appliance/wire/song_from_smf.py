"""An arrangement put on the wire: for the engine as a `Song`, for the page as its description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from mos_appliance.errors import BadInput
from mos_appliance.music.arrangement import MAX_PLAYED_EVENTS, Arrangement, arrange
from mos_appliance.music.smf import UPLOAD_BYTES, read_smf
from mos_appliance.wire.song import EVENT, MAX_METRES, MAX_TEMPI, METRE, PART, TEMPO, Song

if TYPE_CHECKING:
    from mos_appliance.wire import live

_LIMITS: Final = (("tempo changes", MAX_TEMPI), ("changes of metre", MAX_METRES))


def read_song(data: bytes, name: str = "", most_bytes: int = UPLOAD_BYTES) -> Arrangement:
    """The MIDI file in `data`, ready to be put on the wire. Errors: `BadInput` with its place after `name`.

    Twice the events that are played are read at most: it may take a third of a second on a desk, ten times that on
    a small board, so a loop that must not wait calls this elsewhere.
    """
    return arrange(read_smf(data, name, most_bytes, 2 * MAX_PLAYED_EVENTS), name)


def song_from(arrangement: Arrangement) -> Song:
    """The song for the engine. Errors: `BadInput` when there is more than the engine takes."""
    tempi, metres = arrangement.tempi, arrangement.metres
    in_song = tempi.ticks <= arrangement.end_tick
    song_tempi = np.zeros(int(np.count_nonzero(in_song)), TEMPO)
    song_tempi["tick"], song_tempi["us_per_quarter"] = tempi.ticks[in_song], tempi.us_per_quarter[in_song]
    in_song = metres.ticks <= arrangement.end_tick
    song_metres = np.zeros(int(np.count_nonzero(in_song)), METRE)
    song_metres["tick"] = metres.ticks[in_song]
    song_metres["numerator"], song_metres["denominator"] = metres.numerators[in_song], metres.denominators[in_song]
    for (what, most), array in zip(_LIMITS, (song_tempi, song_metres), strict=True):
        if len(array) > most:
            raise BadInput("song", f"has {len(array):,} {what}; at most {most:,} are played")
    parts = np.zeros(len(arrangement.parts), PART)
    parts["channel"] = [part.channel for part in arrangement.parts]
    parts["drums"] = [part.drums for part in arrangement.parts]
    events = np.zeros(len(arrangement.events), EVENT)
    for field in ("tick", "part", "status", "data1", "data2"):
        events[field] = arrangement.events[field]
    return Song(song_tempi, song_metres, parts, events, arrangement.end_tick)


def song_message(arrangement: Arrangement, title: str = "") -> live.SongLoaded:
    """The song for the page; its own title unless one is given. Errors: `BadInput` when it has too many bars."""
    from mos_appliance.wire import live  # noqa: PLC0415 - who renders a file sends no page anything

    parts = [
        live.Part(part.name, part.program, part.drums, notes)
        for part, notes in zip(arrangement.parts, arrangement.note_counts, strict=True)
    ]
    metres = arrangement.metres
    rows = zip(metres.ticks.tolist(), metres.numerators.tolist(), metres.denominators.tolist(), strict=True)
    return live.SongLoaded(
        title or arrangement.title, arrangement.end_tick, parts, arrangement.bars(), [tuple(row) for row in rows]
    )
