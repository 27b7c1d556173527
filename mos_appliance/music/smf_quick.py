"""The events of plain MIDI files, found by a few passes over all bytes at once: half of the careful reader's time.

Where an event ends depends on where it begins. So its length is worked out for every byte as if one began there; then
only the chain from the first event on is followed, a step an event. Whatever is unusual or wrong is left to `smf`,
which reads with care and says what it found: the answer is then None, and nothing is guessed.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_BYTES: Final = 1 << 20
"""Larger files are read with care, for the sake of memory: some passes take eight bytes a byte."""
_LONGEST_TICK: Final = 2**31 - 1
_END: Final = b"\xff\x2f\x00"
_END_OF_TRACK: Final = 0x2F
_SYSTEM: Final = (0xF0, 0xF7, 0xFF)

_SIZES: Final = bytes(2 if byte < 0x80 else 0 if byte >= 0xF0 else 2 if byte >> 5 == 6 else 3 for byte in range(256))
"""Bytes of an event by its first one after the time: two data bytes under running status; 0 for system events."""

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]


class Found(NamedTuple):
    """The events of a file, by track, in the order of the file.

    Shapes: arrays (n,), a channel message each; `ends` and `metas` a track each: ticks, and (tick, type, bytes).
    """

    tick: Ints
    track: Ints
    status: Bytes
    data1: Bytes
    data2: Bytes
    ends: list[int]
    metas: list[list[tuple[int, int, bytes]]]
    sysex: int


System = tuple[int, bytes]
"""The type of a system event (-1: exclusive), and its bytes."""


def find_events(data: bytes, place: int, tracks: int, most_events: int) -> Found | None:
    """The events of `tracks` chunks from `place` to the end of the file; None where it takes care."""
    bounds = _chunks(data, place, tracks) if len(data) <= MOST_BYTES else []
    if not bounds:
        return None
    marks, steps = bytearray(len(data)), _steps(data)
    system: list[list[System]] = []
    for begin, end in bounds:
        found = _follow(data, steps, begin, end, marks)
        if found is None:
            return None
        system.append(found)
    starts = np.flatnonzero(np.frombuffer(marks, np.uint8))
    if len(starts) >= most_events:
        return None
    return _decode(np.frombuffer(data, np.uint8), starts, [begin for begin, _ in bounds], system)


def _chunks(data: bytes, place: int, tracks: int) -> list[tuple[int, int]]:
    """Where the events of each track begin and end; none where there is more, or where one does not end as it must."""
    bounds = []
    for _ in range(tracks):
        begin = place + 8
        end = begin + int.from_bytes(data[place + 4 : begin], "big")
        if data[place : place + 4] != b"MTrk" or data[max(begin, end - 3) : end] != _END:
            return []
        bounds.append((begin, end))
        place = end
    return bounds if place == len(data) else []


def _steps(data: bytes) -> bytes:
    """For each byte how long an event is that begins there, its time in one byte or two; 0 where it takes a look."""
    long = np.frombuffer(data, np.uint8) >> 7
    sizes = np.frombuffer(data.translate(_SIZES), np.uint8)
    steps = np.zeros(len(data), np.uint8)
    two = long[:-2]
    after = np.where(two, sizes[2:], sizes[1:-1])
    np.multiply(after + two + 1, (after > 0) & ((two & long[1:-1]) == 0), out=steps[:-2])
    return steps.tobytes()


def _follow(data: bytes, steps: bytes, place: int, end: int, marks: bytearray) -> list[System] | None:
    """Mark where the events of a track begin; its system events, its end the last; None where it takes care."""
    system: list[System] = []
    try:
        while True:
            while step := steps[place]:
                marks[place] = 1
                place += step
            marks[place] = 1
            kind, length, body = data[place + 2], data[place + 3], place + 4
            if data[place + 1] != 0xFF or data[place] > 127 or length > 127:
                _, place = _number(data, place)
                status = data[place]
                if status < 0xF0:
                    place += _SIZES[status]
                    continue
                if status not in _SYSTEM:
                    return None
                kind = data[place + 1] if status == 0xFF else -1
                length, body = _number(data, place + 1 + (status == 0xFF))
            place = body + length
            if place > end:
                return None
            system.append((kind, data[body:place]))
            if kind == _END_OF_TRACK:
                return system if place == end and not length else None
    except (IndexError, ValueError):
        return None


def _number(data: bytes, place: int) -> tuple[int, int]:
    """The number of variable length at `place`, and where it ends. Errors: `ValueError` for more than four bytes."""
    number = 0
    for here in range(place, place + 4):
        byte = data[here]
        number = number << 7 | byte & 127
        if byte < 128:
            return number, here + 1
    raise ValueError(place)


def _decode(raw: Bytes, starts: Ints, begins: list[int], system: list[list[System]]) -> Found | None:
    """What the events say that begin at `starts`."""
    number, place = _times(raw, starts)
    edges = np.searchsorted(starts, [*begins, len(raw)])
    firsts, counts = edges[:-1], edges[1:] - edges[:-1]
    total = np.cumsum(number)
    tick = total - (total[firsts] - number[firsts]).repeat(counts)
    if tick.max() > _LONGEST_TICK:
        return None
    status = raw[place]
    told = status > 127
    if not told.all():
        place = place + told
        inherited = _running(status, told, firsts.repeat(counts))
        if inherited is None:
            return None
        status = inherited
    else:
        place = place + 1
    data1, data2 = raw[place], raw[place + 1]
    short = status >> 5 == 6  # program change and channel pressure have one data byte
    if short.any():
        data2 = np.where(short, np.uint8(0), data2)
    channel = status < 0xF0
    messages = np.flatnonzero(channel)
    track = np.arange(len(counts)).repeat(counts)[messages]
    data1, data2 = data1[messages], data2[messages]
    if ((data1 | data2) > 127).any():
        return None
    ends, metas, exclusive = _system(system, tick[~channel].tolist())
    return Found(tick[messages], track, status[messages], data1, data2, ends, metas, exclusive)


def _times(raw: Bytes, starts: Ints) -> tuple[Ints, Ints]:
    """The times before the events, and where these begin: `_follow` knows that no time has more than four bytes."""
    byte = raw[starts]
    number, place, more = (byte & 127).astype(np.int64), starts + 1, byte > 127
    while more.any():
        byte = raw[place]
        number = np.where(more, number << 7 | byte & 127, number)
        place = place + more
        more &= byte > 127
    return number, place


def _running(status: Bytes, told: NDArray[np.bool_], firsts: Ints) -> Bytes | None:
    """The statuses, those that are not told from before; None where there is none, or where it has one data byte.

    Shapes: all (n,); `firsts`, the first event of the track of each.
    """
    own = np.where(told & (status < 0xF0), np.arange(len(status)), -1)
    last = np.maximum.accumulate(own)
    inherited = np.where(told, status, status[last])
    if (~told & ((last < firsts) | (inherited >> 5 == 6))).any():
        return None
    return inherited


def _system(system: list[list[System]], ticks: list[int]) -> tuple[list[int], list[list[tuple[int, int, bytes]]], int]:
    """Ends and metas of the tracks, and how many events are exclusive."""
    ends, metas, exclusive, place = [], [], 0, 0
    for found in system:
        here = ticks[place : place + len(found)]
        place += len(found)
        ends.append(here[-1])
        rows = [(tick, kind, body) for tick, (kind, body) in zip(here, found, strict=True) if kind >= 0]
        metas.append(rows[:-1])
        exclusive += len(found) - len(rows)
    return ends, metas, exclusive
