"""A song as the engine takes it: one flat block of bytes, read in place.

Layout (little endian): header (`MAGIC`, version, counts, end tick), then the tempo map, the metres, the parts and the
events, each an array of the dtypes below. Ticks are 1/960 of a quarter note. Events are sorted by tick.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.wire.controls import PARTS

MAGIC: Final = b"MOSSONG1"
MAX_EVENTS: Final = 200_000
MAX_TEMPI: Final = 20_000
MAX_METRES: Final = 5_000
MAX_TICK: Final = 2**31 - 1

TEMPO: Final = np.dtype([("tick", "<u4"), ("us_per_quarter", "<u4")])
METRE: Final = np.dtype([("tick", "<u4"), ("numerator", "u1"), ("denominator", "u1"), ("pad", "<u2")])
PART: Final = np.dtype([("channel", "u1"), ("drums", "u1"), ("pad", "<u2")])
EVENT: Final = np.dtype([("tick", "<u4"), ("part", "u1"), ("status", "u1"), ("data1", "u1"), ("data2", "u1")])

_HEADER: Final = struct.Struct("<8sIIIIII")


@dataclass(frozen=True, slots=True)
class Song:
    """A song ready to play.

    Shapes: `tempi` (n,) TEMPO, `metres` (m,) METRE, `parts` (p,) PART with p ≤ 32, `events` (e,) EVENT.
    `status` is a channel message with its channel nibble 0: the part says where it sounds.
    """

    tempi: NDArray[np.void]
    metres: NDArray[np.void]
    parts: NDArray[np.void]
    events: NDArray[np.void]
    end_tick: int


def encode_song(song: Song) -> bytes:
    """The song as one block of bytes."""
    header = _HEADER.pack(MAGIC, len(song.tempi), len(song.metres), len(song.parts), len(song.events), song.end_tick, 0)
    arrays = (song.tempi, song.metres, song.parts, song.events)
    return header + b"".join(array.tobytes() for array in arrays)


def decode_song(block: bytes | memoryview, *, events_too: bool = True) -> Song:
    """The song in `block`, its arrays being views into it. Errors: `BadInput` when it is not a valid song.

    Without `events_too` its events are left to `check_events`, which the engine calls bit by bit.
    """
    if len(block) < _HEADER.size:
        raise BadInput("song", "is shorter than its header")
    magic, tempi, metres, parts, events, end_tick, _ = _HEADER.unpack_from(block)
    if magic != MAGIC:
        raise BadInput("song", "does not start with MOSSONG1")
    limits = ((tempi, MAX_TEMPI), (metres, MAX_METRES), (parts, PARTS), (events, MAX_EVENTS))
    if any(count > most for count, most in limits) or end_tick > MAX_TICK:
        raise BadInput("song", "has more than the engine takes")
    arrays = []
    offset = _HEADER.size
    for count, dtype in ((tempi, TEMPO), (metres, METRE), (parts, PART), (events, EVENT)):
        if offset + count * dtype.itemsize > len(block):
            raise BadInput("song", "is cut off")
        arrays.append(np.frombuffer(block, dtype, count, offset))
        offset += count * dtype.itemsize
    song = Song(arrays[0], arrays[1], arrays[2], arrays[3], end_tick)
    _check_maps(song)
    if events_too:
        check_events(song, 0, len(song.events))
    return song


def _check_ticks(name: str, ticks: NDArray[np.uint32], end_tick: int) -> None:
    if len(ticks) and (np.any(ticks[1:] < ticks[:-1]) or int(ticks[-1]) > end_tick):
        raise BadInput("song", f"has {name} out of order or past its end")


def _check_maps(song: Song) -> None:
    """Errors: `BadInput` when tempi or metres break what the engine relies on."""
    for name, ticks in (("tempi", song.tempi["tick"]), ("metres", song.metres["tick"])):
        _check_ticks(name, ticks, song.end_tick)
    if not len(song.tempi) or song.tempi["tick"][0] != 0 or np.any(song.tempi["us_per_quarter"] < 1):
        raise BadInput("song", "has no tempo at its beginning, or one of zero")
    if not len(song.metres) or song.metres["tick"][0] != 0:
        raise BadInput("song", "has no metre at its beginning")
    denominators = song.metres["denominator"]
    if np.any(song.metres["numerator"] < 1) or not np.all(np.isin(denominators, (1, 2, 4, 8, 16, 32, 64))):
        raise BadInput("song", "has a metre that does not exist")


def check_events(song: Song, start: int, stop: int) -> None:
    """Check events `start` to `stop`, in order. Errors: `BadInput` when one breaks what the engine relies on."""
    events = song.events[start:stop]
    if not len(events):
        return
    _check_ticks("events", song.events["tick"][max(0, start - 1) : stop], song.end_tick)
    if int(events["part"].max()) >= len(song.parts):
        raise BadInput("song", "has an event of a part that it lacks")
    status, high = events["status"], events["data1"] | events["data2"]
    if np.any((status < 0x80) | (status > 0xEF) | (status & 0x0F != 0)) or np.any(high > 127):
        raise BadInput("song", "has an event that is no channel message")
