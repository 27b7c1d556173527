"""Standard MIDI Files, written: what `smf.read_smf` reads comes back equal."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.errors import BadInput
from mos_appliance.music.midi import DATA_BYTES
from mos_appliance.music.smf import (
    END_OF_TRACK,
    EVENT,
    MAX_TICK,
    SEQUENCE_NAME,
    SET_TEMPO,
    TIME_SIGNATURE,
    Meta,
    Smf,
    Track,
)
from mos_appliance.units import SAMPLE_RATE, TICKS_PER_QUARTER

_LONGEST_DELTA: Final = (1 << 28) - 1
_PERFORMANCE_QUARTER_US: Final = 500_000


def write_smf(smf: Smf) -> bytes:
    """The file's bytes: every message with its status, metas before messages of the same tick.

    Errors: `BadInput` when it is not of type 0 (with one track) or 1, or its events lie out of order.
    """
    if smf.kind not in {0, 1} or (smf.kind == 0 and len(smf.tracks) != 1):
        raise BadInput("MIDI file", f"type {smf.kind} with {len(smf.tracks)} tracks cannot be written")
    division = smf.division
    if smf.smpte:
        rate = 30 if smf.smpte == 29 else smf.smpte
        division = (256 - smf.smpte) << 8 | smf.division // rate
    out = [b"MThd", struct.pack(">IHHH", 6, smf.kind, len(smf.tracks), division)]
    for number, track in enumerate(smf.tracks):
        body = _track(track, smf.events[smf.events["track"] == number])
        out += (b"MTrk", struct.pack(">I", len(body)), body)
    return b"".join(out)


def _track(track: Track, events: NDArray[np.void]) -> bytes:
    columns = [events[name].tolist() for name in ("tick", "status", "data1", "data2")]
    timed = [(meta.tick, 0, _meta(meta.kind, meta.data)) for meta in track.metas]
    for tick, status, first, second in zip(*columns, strict=True):
        data = (status, first, second)
        timed.append((tick, 1, bytes(data[: 1 + DATA_BYTES[status]])))
    timed.sort(key=lambda item: item[:2])
    timed.append((max(track.end_tick, timed[-1][0] if timed else 0), 2, _meta(END_OF_TRACK, b"")))
    now = 0
    out = bytearray()
    for tick, _, message in timed:
        if not 0 <= tick - now <= _LONGEST_DELTA or tick > MAX_TICK:
            raise BadInput("MIDI file", f"an event at tick {tick} cannot follow one at tick {now}")
        out += variable(tick - now)
        out += message
        now = tick
    return bytes(out)


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((0xFF, kind)) + variable(len(data)) + data


def variable(number: int) -> bytes:
    """`number` (below 2^28) as a quantity of variable length."""
    if number < 128:
        return bytes((number,))
    out = [number & 127]
    while number := number >> 7:
        out.append(number & 127 | 128)
    return bytes(reversed(out))


def tempo_meta(tick: int, us_per_quarter: int) -> Meta:
    """A tempo change."""
    return Meta(tick, SET_TEMPO, us_per_quarter.to_bytes(3, "big"))


def metre_meta(tick: int, numerator: int, denominator: int) -> Meta:
    """A time signature; `denominator` is a power of two."""
    return Meta(tick, TIME_SIGNATURE, bytes((numerator, denominator.bit_length() - 1, 24, 8)))


def name_meta(name: str) -> Meta:
    """A track's name."""
    return Meta(0, SEQUENCE_NAME, name.encode())


def performance_smf(
    frames: NDArray[np.int64], messages: NDArray[np.uint8], title: str, marks: Sequence[Meta] = ()
) -> Smf:
    """A take as a MIDI file of type 0, 120 quarter notes a minute, so that a tick is 25 frames (0.52 ms).

    Shapes: `frames` (n,), not decreasing, counted from the take's beginning; `messages` (n, 3) status and data bytes.
    """
    frames_per_tick = SAMPLE_RATE * _PERFORMANCE_QUARTER_US // (1_000_000 * TICKS_PER_QUARTER)
    events = np.zeros(len(frames), EVENT)
    events["tick"] = (frames + frames_per_tick // 2) // frames_per_tick
    for column, name in enumerate(("status", "data1", "data2")):
        events[name] = messages[:, column]
    metas = (name_meta(title), tempo_meta(0, _PERFORMANCE_QUARTER_US), metre_meta(0, 4, 4), *marks)
    end = max(*events["tick"].tolist()[-1:], *(meta.tick for meta in metas))
    return Smf(0, TICKS_PER_QUARTER, (Track(metas, end),), events)
